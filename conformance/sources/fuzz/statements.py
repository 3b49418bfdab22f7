"""The statements of a drawn program. Each is made of what the program has by then, mostly so that it is right; one that
raises is worth as much, since the error and what it leaves behind are compared too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from conformance.sources.fuzz.drawing import DTYPES, FLOATS, SHAPES, Draw, Name

Statement: TypeAlias = Callable[[Draw], str | None]
"""Code of one statement; None if nothing is there that it could be made of."""

STATEMENTS: dict[Statement, int] = {}
"""All statements, and how often each comes in relation to the others."""


def statement(weight: int) -> Callable[[Statement], Statement]:
    """Adds a statement to STATEMENTS."""

    def add(made: Statement) -> Statement:
        STATEMENTS[made] = weight
        return made

    return add


def _differentiable(name: Name) -> bool:
    return name.is_differentiable


def _tracked(name: Name) -> bool:
    return name.tracked


# --- values ---------------------------------------------------------------------------------------


@statement(4)
def leaf(draw: Draw) -> str:
    """A new leaf, which mostly requires grad."""
    name = Name(draw.fresh("x"), draw.one(SHAPES), draw.one(DTYPES))
    name.tracked = name.leaf = name.is_differentiable and draw.chance(0.8)
    draw.names.append(name)
    flag = ", requires_grad=True" if name.tracked else ""
    if not draw.chance(0.15):
        return f"{name.name} = torch.tensor({draw.literal(name.shape, name.dtype)}, dtype=torch.{name.dtype}{flag})"
    made = draw.one(("ones", "zeros", "full")) if name.is_real else "ones"
    fill = ", 0.5" if made == "full" else ""
    return f"{name.name} = torch.{made}({name.shape}{fill}, dtype=torch.{name.dtype}{flag})"


POINTWISE = (
    "sin", "cos", "tanh", "sigmoid", "abs", "square", "neg", "exp", "sign", "relu", "erf", "atan", "sinh", "expm1",
    "sgn",
    "floor", "frac", "clone", "positive", "conj", "angle", "nan_to_num", "deg2rad", "sinc", "log1p", "sqrt", "log",
    "reciprocal", "rsqrt", "asinh", "trunc", "round", "logit",
)  # fmt: skip
FUNCTIONAL = (
    "relu", "gelu", "silu", "softplus", "elu", "leaky_relu", "hardtanh", "logsigmoid", "selu", "relu6", "softsign",
    "hardswish", "mish", "tanhshrink", "softshrink", "celu",
)  # fmt: skip


@statement(10)
def pointwise(draw: Draw) -> str | None:
    x = draw.tensor(_differentiable)
    if x is None:
        return None
    if x.is_real and draw.chance(0.25):
        return f"{draw.bind(x, x.shape)} = torch.nn.functional.{draw.one(FUNCTIONAL)}({x.name})"
    function = draw.one(POINTWISE)
    call = f"torch.{function}({x.name})" if draw.chance(0.5) else f"{x.name}.{function}()"
    return f"{draw.bind(x, x.shape)} = {call}"


def _broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...] | None:
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    shorter = (1,) * (len(longer) - len(shorter)) + shorter
    if any(m != n and 1 not in (m, n) for m, n in zip(longer, shorter, strict=True)):
        return None
    return tuple(n if m == 1 else m for m, n in zip(longer, shorter, strict=True))


def _pair(draw: Draw, fits: Callable[[Name], bool] = lambda _: True) -> tuple[Name, Name, tuple[int, ...]] | None:
    """Two tensors that go together, now and then the same one twice, and the shape of the two."""
    x = draw.tensor(fits)
    if x is None:
        return None
    first = x
    y = draw.tensor(lambda other: fits(other) and _broadcast(first.shape, other.shape) is not None)
    shape = None if y is None else _broadcast(x.shape, y.shape)
    return None if y is None or shape is None else (x, y, shape)


def _promoted(x: Name, y: Name) -> Name:
    """What is known of a result of both: the wider dtype, tracked if one of them is."""
    order = ("bool", "int64", "float32", "float64", "complex128")
    return Name("", (), max(x.dtype, y.dtype, key=order.index), x.tracked or y.tracked)


@statement(12)
def arithmetic(draw: Draw) -> str | None:
    pair = _pair(draw)
    if pair is None:
        return None
    x, y, shape = pair
    form = draw.one(
        ("{x} + {y}", "{x} - {y}", "{x} * {y}", "{x} / ({y} * {y} + 1)", "torch.maximum({x}, {y})", "{x} * {y} * {x}",
         "torch.where({x} > 0, {x}, {y})", "torch.minimum({x}, {y})", "torch.atan2({x}, {y})", "torch.hypot({x}, {y})",
         "torch.lerp({x}, {y}, 0.25)", "torch.addcmul({x}, {x}, {y}, value=2)", "{x}.mul({y}).add({x}, alpha=-2)",
         "torch.fmod({x}, {y})", "{x} ** {y}", "torch.logaddexp({x}, {y})", "torch.xlogy({x}, {y})",
         "torch.copysign({x}, {y})", "torch.complex({x}, {y})", "{x}.float() - {y}", "torch.dist({x}, {y})")
    )  # fmt: skip
    return f"{draw.bind(_promoted(x, y), shape)} = {form.format(x=x.name, y=y.name)}"


@statement(5)
def with_a_number(draw: Draw) -> str | None:
    x = draw.tensor()
    if x is None:
        return None
    form = draw.one(
        ("{x} * {c}", "{c} - {x}", "{x} + {c}", "{x} / {c}", "{c} / ({x} * {x} + 1)", "{x} ** 2", "{x} ** 3",
        "{c} ** {x}",
         "{x}.clamp(-1, 1)", "{x}.clamp(min={c})", "torch.remainder({x}, {c})", "{x} // {c}", "{x}.float() * {c}",
         "-{x}",
         "{x}.pow(0)", "{x}.masked_fill({x} > 0, {c})", "{x}.clip(max={c})", "{x}.rsub({c})", "{x}.add(1, alpha=2)")
    )  # fmt: skip
    return f"{draw.bind(x, x.shape)} = {form.format(x=x.name, c=draw.number())}"


@statement(8)
def reduction(draw: Draw) -> str | None:
    x = draw.tensor(_differentiable)
    if x is None:
        return None
    function = draw.one(
        ("sum", "mean", "sum", "mean", "prod", "amax", "amin", "logsumexp", "var", "std", "norm", "nansum", "cumsum",
         "cumprod", "max", "min", "median", "softmax", "log_softmax", "cummax", "sort", "argmax", "all",
         "count_nonzero",
         "logcumsumexp", "nanmean", "aminmax")
    )  # fmt: skip
    whole = ("sum", "mean", "prod", "amax", "amin", "var", "std", "norm", "max", "min", "median", "argmax", "all")
    if not x.shape or (function in whole and draw.chance(0.4)):
        return f"{draw.bind(x, ())} = {x.name}.{function}({'0' if function not in whole else ''})"
    dim = draw.random.randrange(len(x.shape))
    kept = function in ("cumsum", "cumprod", "softmax", "log_softmax", "cummax", "sort", "logcumsumexp")
    keepdim = not kept and function not in ("count_nonzero", "aminmax") and draw.chance(0.4)
    shape = x.shape if kept else (*x.shape[:dim], *((1,) if keepdim else ()), *x.shape[dim + 1 :])
    call = f"{x.name}.{function}({'dim=' if function == 'aminmax' else ''}{dim}{', keepdim=True' if keepdim else ''})"
    if function in ("max", "min", "median", "cummax", "sort"):
        return f"{draw.bind(x, shape)}, {draw.fresh('i')} = {call}"
    if function == "aminmax":
        return f"{draw.bind(x, shape)}, {draw.bind(x, shape)} = {call}"
    return f"{draw.bind(x, shape)} = {call}"


@statement(4)
def product(draw: Draw) -> str | None:
    """A matrix product or a relative of it."""
    x = draw.tensor(lambda each: each.is_differentiable and len(each.shape) in (1, 2))
    if x is None:
        return None
    left = x
    y = draw.tensor(
        lambda each: each.dtype == left.dtype and len(each.shape) in (1, 2) and each.shape[0] == left.shape[-1]
    )
    if y is None:
        return f"{draw.bind(x, (x.shape[0], x.shape[0]))} = {x.name} @ {x.name}.mT" if len(x.shape) == 2 else None
    shape = (*x.shape[:-1], *y.shape[1:])
    form = draw.one(("{x} @ {y}", "torch.matmul({x}, {y})", "torch.tensordot({x}, {y}, 1)"))
    if len(x.shape) == len(y.shape) == 2:
        form = draw.one(
            (form, "torch.einsum('ij,jk->ik', {x}, {y})", "{x}.mm({y})", "torch.nn.functional.linear({x}, {y}.T)")
        )
    return f"{draw.bind(_promoted(x, y), shape)} = {form.format(x=x.name, y=y.name)}"


@statement(3)
def joined(draw: Draw) -> str | None:
    x = draw.tensor(lambda each: len(each.shape) > 0)
    if x is None:
        return None
    first = x
    y = draw.tensor(lambda each: each.shape == first.shape) or x
    if draw.chance(0.5):
        return f"{draw.bind(_promoted(x, y), (2, *x.shape))} = torch.stack([{x.name}, {y.name}])"
    shape = (x.shape[0] + y.shape[0], *x.shape[1:])
    return f"{draw.bind(_promoted(x, y), shape)} = torch.cat([{x.name}, {y.name}])"


@statement(2)
def converted(draw: Draw) -> str | None:
    x = draw.tensor()
    if x is None:
        return None
    dtype = draw.one(("float64", "float64", "float32", "complex128", "int64", "bool"))
    form = draw.one(("{x}.to(torch.{d})", "{x}.type(torch.{d})", "{x}.to({x}.dtype)", "{x}.to(torch.{d}, copy=True)"))
    return f"{draw.bind(x, x.shape, dtype)} = {form.format(x=x.name, d=dtype)}"


@statement(2)
def drawn(draw: Draw) -> str | None:
    """Random numbers, under the seed of the case."""
    x = draw.tensor(lambda each: each.is_real)
    if x is None:
        return None
    form = draw.one(
        (
            "{x} * torch.rand_like({x})",
            "torch.nn.functional.dropout({x}, 0.5)",
            "{x} + torch.randn({s}, dtype={x}.dtype)",
        )
    )
    return f"{draw.bind(x, x.shape)} = {form.format(x=x.name, s=x.shape)}"


@statement(3)
def layer(draw: Draw) -> str | None:
    """Functions of nn.functional that take a loss or a layer together."""
    x = draw.tensor(lambda each: each.is_real and len(each.shape) == 2 and 0 not in each.shape)
    if x is None:
        return None
    rows, columns = x.shape
    form, shape = draw.one((
        (f"layer_norm({{x}}, ({columns},))", x.shape), ("normalize({x})", x.shape),
        ("mse_loss({x}, torch.zeros_like({x}))", ()),
        (f"cross_entropy({{x}}, torch.arange({rows}) % {columns})", ()), ("smooth_l1_loss({x}, {x}.detach() * 2)", ()),
        ("pad({x}, (1, 0))", (rows, columns + 1)), ("softmax({x}, dim=0)", x.shape),
        ("l1_loss({x}, {x}.detach() + 1)", ()),
        (f"nll_loss({{x}}, torch.arange({rows}) % {columns}, reduction='none')", (rows,)),
        ("glu({x}.repeat(1, 2))", x.shape),
        ("kl_div({x}.log_softmax(-1), torch.ones_like({x}), reduction='batchmean')", ()),
        ("binary_cross_entropy_with_logits({x}, torch.ones_like({x}))", ()), ("cosine_similarity({x}, {x}.flip(0))",
        (rows,)),
    ))  # fmt: skip
    return f"{draw.bind(x, shape)} = torch.nn.functional.{form.format(x=x.name)}"


# --- views and indices ----------------------------------------------------------------------------


@statement(10)
def view(draw: Draw) -> str | None:
    x = draw.tensor(lambda each: len(each.shape) > 0)
    if x is None:
        return None
    n, rest = x.shape[0], x.shape[1:]
    size = 1
    for length in x.shape:
        size *= length
    forms: list[tuple[str, tuple[int, ...]]] = [
        ("{x}.view(-1)", (size,)), ("{x}.reshape(-1)", (size,)), ("{x}.unsqueeze(0)", (1, *x.shape)),
        ("{x}[...]", x.shape),
        ("{x}[..., None]", (*x.shape, 1)), ("{x}[1:]", (max(n - 1, 0), *rest)), ("{x}[::2]", (-(-n // 2), *rest)),
        ("{x}.mT", (*x.shape[:-2], *x.shape[:-3:-1])), ("{x}.flip(0)", x.shape), ("{x}.roll(1, 0)", x.shape),
        ("{x}.squeeze()", tuple(length for length in x.shape if length != 1)), ("{x}.detach()", x.shape),
        ("{x}.expand(2, *{x}.shape)", (2, *x.shape)), ("{x}.movedim(0, -1)", (*rest, n)), ("{x}.flatten()", (size,)),
        ("{x}.narrow(0, 0, 1)", (1, *rest)), ("{x}.as_strided((2,), (1,))", (2,)), ("{x}.contiguous()", x.shape),
        ("{x}.view_as({x})", x.shape), ("{x}.repeat(2, *[1] * ({x}.dim() - 1))", (2 * n, *rest)),
        ("{x}.tile(2)", x.shape),
        ("{x}.alias() if hasattr({x}, 'alias') else {x}.view({x}.shape)", x.shape), ("{x}.unfold(0, 1, 1)",
        (n, *rest, 1)),
    ]  # fmt: skip
    if n:
        forms += [("{x}[0]", rest), ("{x}[-1]", rest), ("{x}.select(0, 0)", rest)] * 2
    if len(x.shape) == 2:
        forms += [("{x}.T", x.shape[::-1]), ("{x}.t()", x.shape[::-1]), ("{x}[:, 0]", (n,)), ("{x}.diagonal()",
        (min(x.shape),)),
                  ("{x}[:, 1:]", (n, max(x.shape[1] - 1, 0))), ("{x}.permute(1, 0)", x.shape[::-1]),
                  ("{x}.tril()", x.shape)]  # fmt: skip
    if x.dtype.startswith("complex"):
        forms += [("{x}.real", x.shape), ("{x}.imag", x.shape), ("torch.view_as_real({x})", (*x.shape, 2))] * 3
    form, shape = draw.one(forms)
    dtype = "float64" if ".real" in form or ".imag" in form or "as_real" in form else x.dtype
    tracked = x.tracked and "detach" not in form
    return f"{draw.bind(x, shape, dtype, tracked=tracked)} = {form.format(x=x.name)}"


@statement(3)
def pieces(draw: Draw) -> str | None:
    """Several views of one tensor."""
    x = draw.tensor(lambda each: len(each.shape) > 0 and each.shape[0] in (2, 3))
    if x is None:
        return None
    count, rest = x.shape[0], x.shape[1:]
    form = draw.one(("unbind()", "split(1)", "chunk({n})", "tensor_split({n})", "unsafe_split(1)"))
    shape = rest if form == "unbind()" else (1, *rest)
    names = ", ".join(draw.bind(x, shape) for _ in range(count))
    return f"{names} = {x.name}.{form.format(n=count)}"


@statement(4)
def indexed(draw: Draw) -> str | None:
    x = draw.tensor(lambda each: len(each.shape) > 0 and each.shape[0] >= 2)
    if x is None:
        return None
    rest = x.shape[1:]
    forms: list[tuple[str, tuple[int, ...]]] = [
        ("{x}[[0, 1]]", (2, *rest)), ("{x}[torch.tensor([1, 0, 1])]", (3, *rest)), ("{x}[{x} > 0].sum()", ()),
        ("{x}.index_select(0, torch.tensor([1, 1]))", (2, *rest)), ("{x}.take(torch.tensor([0, 1]))", (2,)),
        ("{x}.gather(0, torch.zeros_like({x}, dtype=torch.int64))", x.shape), ("{x}[torch.tensor(1)]", rest),
        ("{x}.masked_select({x} < 1).mean()", ()), ("{x}[..., [0, 0]]", (*x.shape[:-1], 2)), ("{x}[[[0], [1]]]",
        (2, 1, *rest)),
        ("{x}.scatter(0, torch.zeros_like({x}, dtype=torch.int64), {x})", x.shape), ("{x}[None, 1]", (1, *rest)),
        ("{x}.index_add(0, torch.tensor([0, 0]), {x}[:2])", x.shape),
        ("{x}.scatter_add(0, torch.zeros_like({x}, dtype=torch.int64), {x} * 2)", x.shape),
        ("{x}.index_copy(0, torch.tensor([0]), {x}[1:2])", x.shape),
        ("{x}.index_fill(0, torch.tensor([0]), 3)", x.shape),
    ]  # fmt: skip
    form, shape = draw.one(forms)
    return f"{draw.bind(x, shape)} = {form.format(x=x.name)}"


# --- writing in place -----------------------------------------------------------------------------


@statement(12)
def write(draw: Draw) -> str | None:
    x = draw.tensor(lambda each: not each.leaf) if draw.chance(0.85) else draw.tensor()
    if x is None:
        return None
    into = x
    y = draw.tensor(lambda each: _broadcast(into.shape, each.shape) == into.shape and each.dtype == into.dtype)
    forms = [
        "{x}.mul_({c})", "{x}.add_({c})", "{x}.zero_()", "{x}.fill_({c})", "{x} *= {c}", "{x}.neg_()", "{x}.sin_()",
        "{x}.clamp_(-1, 1)",
        "{x}.exp_()", "{x}.tanh_()", "{x}.relu_()", "{x}[...] = {c}", "{x}.detach_()",
        "{x}.masked_fill_({x} > 0, {c})", "{x} -= {c}",
        "{x}.data.mul_({c})", "{x}.detach().add_({c})", "{x}.requires_grad_()", "{x}.sigmoid_()", "{x}.pow_(2)",
        "{x}.abs_()",
        "{x}.requires_grad_(False)", "{x}.unsqueeze_(0)", "{x}.t_()", "{x}.sqrt_()", "torch.sin({x}, out={x})",
    ]  # fmt: skip
    if x.shape:
        forms += ["{x}[0] = {c}", "{x}[-1:] *= {c}", "{x}[0].mul_({c})", "{x}.view(-1)[0] = {c}",
        "{x}[{x} > 0] = {c}", "{x}[[0]] += {c}",
                  "{x}.select(0, 0).fill_({c})", "{x}.index_fill_(0, torch.tensor([0]), {c})", "{x}.cumsum_(0)",
                  "{x}[0] = {x}[-1]"]  # fmt: skip
    if y is not None:
        forms += ["{x}.add_({y})", "{x}.mul_({y})", "{x}.copy_({y})", "{x} += {y}", "{x}.sub_({y}, alpha=2)",
        "{x}.div_({y} * {y} + 1)",
                  "{x}.lerp_({y}, 0.5)", "{x}[...] = {y}", "{x}.addcmul_({y}, {y})", "{x}.set_({y})",
                  "{x}.data = {y}.detach()",
                  "{x}.swap_({y}) if hasattr({x}, 'swap_') else None", "{x}.copy_({y} * 2)"]  # fmt: skip
        if x.shape and x.shape == y.shape:
            forms += [
                "{x}[0] = {y}[0]",
                "{x}[1:] = {y}[1:] * {c}",
                "{x}[{y} > 0] = {y}[{y} > 0]",
                "{x}[0].add_({y}[0])",
            ] * 2
    code = draw.one(forms).format(x=x.name, c=draw.number(), y=y.name if y else "")
    return f"with torch.no_grad():\n    {code}" if draw.chance(0.2) else code


# --- modes, flags, hooks --------------------------------------------------------------------------


@statement(4)
def under_a_mode(draw: Draw) -> str | None:
    x = draw.tensor(_differentiable)
    if x is None:
        return None
    mode = draw.one(
        ("no_grad()", "no_grad()", "inference_mode()", "enable_grad()", "set_grad_enabled(False)",
         "autograd.graph.saved_tensors_hooks(lambda t: t * 1, lambda t: t + 0)", "autograd.graph.save_on_cpu()",
         "autograd.set_multithreading_enabled(False)", "autograd.detect_anomaly(check_nan=False)",
         "autograd.graph.allow_mutation_on_saved_tensors()")
    )  # fmt: skip
    tracked = x.tracked and mode not in ("no_grad()", "inference_mode()", "set_grad_enabled(False)")
    form = draw.one(
        ("{x} * 2", "{x}.sin()", "{x}.view(-1)", "{x}[...]", "{x}.sum()", "{x}.detach()", "({x} * {x}).sum()")
    )
    shape = () if "sum" in form else x.shape
    new = draw.bind(x, shape, tracked=tracked)
    lines = [f"{new} = {form.format(x=x.name)}"]
    if draw.chance(0.3):
        lines.append(
            draw.one(
                (f"{new}.add_(1)", f"{new}.requires_grad_()", f"print({new}.requires_grad, torch.is_grad_enabled())")
            )
        )
    return f"with torch.{mode}:\n" + "\n".join(f"    {line}" for line in lines)


@statement(3)
def flag(draw: Draw) -> str | None:
    x = draw.tensor()
    if x is None:
        return None
    form = draw.one(
        ("{x}.retain_grad()", "{x}.retain_grad()", "{x}.requires_grad = True", "{x}.requires_grad = False",
        "{x}.grad = None",
         "{x}.grad = torch.ones_like({x})", "{x}.grad.zero_()", "{x}.grad = {x}.detach() * 2", "{x}.grad.mul_(2)",
         "del {x}.grad")
    )  # fmt: skip
    return form.format(x=x.name)


@statement(4)
def hook(draw: Draw) -> str | None:
    x = draw.tensor(_tracked)
    if x is None:
        return None
    h = draw.fresh("h")
    forms = [
        "{h} = {x}.register_hook(lambda g: print('hook of {x}', g.shape))",
        "{h} = {x}.register_hook(lambda g: g * 2)",
        "{h} = {x}.register_hook(lambda g: g[0])",
        "{h} = torch.autograd.graph.register_multi_grad_hook([{x}], lambda gs: print(len(gs), gs[0] is None))",
    ]
    if x.leaf:
        forms += ["{h} = {x}.register_post_accumulate_grad_hook(lambda t: print('post {x}', t.grad.sum().item()))"]
    else:
        forms += [
            "{h} = {x}.grad_fn.register_hook(lambda i, o: print('node', [g is None for g in i], len(o)))",
            "{h} = {x}.grad_fn.register_prehook(lambda o: tuple(None if g is None else g * 3 for g in o))",
            "{h} = {x}.grad_fn.register_hook(lambda i, o: tuple(None if g is None else g + 1 for g in i))",
        ]
    code = draw.one(forms).format(h=h, x=x.name)
    return f"{code}\n{h}.remove()" if draw.chance(0.15) else code


# --- going backward -------------------------------------------------------------------------------


@statement(12)
def backward(draw: Draw) -> str | None:
    y = draw.tensor(_tracked)
    if y is None:
        return None
    options = [
        word for word in ("retain_graph=True", "create_graph=True") if draw.chance(0.35 if "retain" in word else 0.1)
    ]
    x = draw.tensor(lambda each: each.tracked and each.leaf)
    if x is not None and draw.chance(0.15):
        options.append(f"inputs=[{x.name}]")
    if y.shape == () and y.is_real:
        return f"{y.name}.backward({', '.join(options)})"
    if draw.chance(0.4):
        return f"{y.name}.sum().backward({', '.join(options)})"
    return f"{y.name}.backward({', '.join([f'torch.ones_like({y.name})', *options])})"


@statement(7)
def gradient(draw: Draw) -> str | None:
    """`autograd.grad`, and now and then the gradient of a function of what it gives."""
    y, x = draw.tensor(_tracked), draw.tensor(_tracked)
    if y is None or x is None:
        return None
    z = draw.tensor(_tracked) or x
    inputs = (x, z) if draw.chance(0.3) else (x,)
    options = [word for word in ("allow_unused=True", "create_graph=True", "retain_graph=True",
    "materialize_grads=True")
               if draw.chance(0.12 if "material" in word else 0.5)]  # fmt: skip
    names = [draw.bind(each, each.shape, tracked="create_graph=True" in options) for each in inputs]
    given = ", ".join(each.name for each in inputs)
    call = f"torch.autograd.grad({y.name}.sum(), [{given}], {', '.join(options)})".replace(", )", ")")
    if draw.chance(0.2):
        call = (
            f"torch.autograd.grad([{y.name}], [{given}], [torch.full_like({y.name}, 2)], {', '.join(options)})".replace(
                ", )", ")"
            )
        )
    return f"{', '.join(names)}{',' if len(names) == 1 else ''} = {call}"


FUNCTIONS = ("(t * t).sum()", "t.sin().sum()", "(t.exp() * t).sum()", "t.prod()", "(t[0] * t).sum()", "t.tanh().mean()",
             "(t.T @ t).sum()", "t.norm()", "torch.where(t > 0, t, t * t).sum()", "t.logsumexp(0).sum()",
             "(t / (t * t + 1)).sum()")  # fmt: skip


@statement(4)
def transform(draw: Draw) -> str | None:
    """A transform of torch.func, or one of autograd.functional."""
    x = draw.tensor(lambda each: each.is_real and len(each.shape) in (1, 2) and 0 not in each.shape)
    if x is None:
        return None
    form, shape = draw.one((
        ("torch.func.grad(lambda t: {f})({x})", x.shape),
        ("torch.func.jvp(lambda t: {f}, ({x},), (torch.ones_like({x}),))[1]", ()),
        ("torch.func.vmap(lambda t: t.sin() * 2)({x})", x.shape), ("torch.func.jacrev(lambda t: {f})({x})", x.shape),
        ("torch.func.hessian(lambda t: {f})({x})", x.shape + x.shape),
        ("torch.func.vmap(lambda t: (t * t).sum())({x})", x.shape[:1]),
        ("torch.autograd.functional.jacobian(lambda t: {f}, {x})", x.shape),
        ("torch.func.vmap(torch.func.grad(lambda t: (t ** 3).sum()))({x})", x.shape),
        ("torch.func.grad(torch.func.grad(lambda t: t ** 3))({x}.reshape(-1)[0])", ()),
        ("torch.func.jacfwd(lambda t: {f})({x})", x.shape),
        ("torch.autograd.functional.hvp(lambda t: {f}, {x}, torch.ones_like({x}))[1]", x.shape),
        ("torch.func.vjp(lambda t: t * t, {x})[1](torch.ones_like({x}))[0]", x.shape),
        ("torch.func.vmap(lambda t: t.cumsum(0) if t.dim() else t, in_dims=-1)({x})", x.shape[::-1]),
        ("torch.utils.checkpoint.checkpoint(lambda t: {f}, {x}, use_reentrant=False)", ()),
    ))  # fmt: skip
    new = draw.bind(x, shape)
    code = f"{new} = {form.format(x=x.name, f=draw.one(FUNCTIONS))}"
    return f"import torch.utils.checkpoint\n{code}" if "checkpoint" in code else code


@statement(2)
def forward_mode(draw: Draw) -> str | None:
    x = draw.tensor(lambda each: each.is_real)
    if x is None:
        return None
    form = draw.one(("{d} * {d}", "{d}.sin()", "{d}.view(-1)", "{d}.sum()", "({d} * 2).exp()", "{d} / ({d} * {d} + 1)"))
    p, d = draw.fresh("p"), draw.fresh("d")
    return (
        "import torch.autograd.forward_ad as fwAD\n"
        "with fwAD.dual_level():\n"
        f"    {d} = fwAD.make_dual({x.name}, torch.ones_like({x.name}))\n"
        f"    {p} = fwAD.unpack_dual({form.format(d=d)}).tangent\n"
        f"del {d}"
    )


CUSTOM = {
    "Double": "ctx.save_for_backward(x)\n        return x * 2|x, = ctx.saved_tensors\n        return g * 2",
    "Cube": "ctx.save_for_backward(x)\n        return x ** 3|x, = ctx.saved_tensors\n        return g * 3 * x * x",
    "Inplace": "ctx.mark_dirty(x)\n        return x.mul_(2)|return g * 2",
    "Same": "return x|return g * 5",
    "View": "return x.view_as(x)|return g.clone()",
    "Nothing": "ctx.needs = ctx.needs_input_grad\n        return x + 1|return None",
    "Wrong": "return x.sum()|return g",
    "Two": "return x * 1, (x > 0)|return g",
    "Flat": "ctx.mark_non_differentiable(x)\n        return x|return g",
}
"""Bodies of forward and backward of functions that users write, right ones and wrong ones."""


@statement(4)
def custom(draw: Draw) -> str | None:
    """A function of the user's own."""
    x = draw.tensor(_differentiable)
    if x is None:
        return None
    kind = draw.one(tuple(CUSTOM))
    forward, back = CUSTOM[kind].split("|")
    name = draw.fresh(kind)
    grads = "g, *others" if kind == "Two" else "g"
    new = draw.bind(x, x.shape)
    target = f"{new}, {draw.fresh('m')}" if kind == "Two" else new
    once = "    @torch.autograd.function.once_differentiable\n" if draw.chance(0.1) else ""
    return (
        f"class {name}(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n        {forward}\n\n"
        f"    @staticmethod\n{once}    def backward(ctx, {grads}):\n        {back}\n\n{target} = {name}.apply({x.name})"
    )


# --- looking --------------------------------------------------------------------------------------


@statement(4)
def look(draw: Draw) -> str | None:
    x = draw.tensor()
    if x is None:
        return None
    form = draw.one(
        ("print({x}.shape)", "print({x}.grad is None)", "{x}.dtype", "print({x}.grad_fn, {x}._version, {x}.is_leaf)",
        "{x}.grad_fn.next_functions",
         "print({x}._is_view(), {x}._base is None)", "print({x}.data_ptr() == {x}.detach().data_ptr())",
         "print([n for n in dir({x}.grad_fn) if n.startswith('_saved')])",
         "print({x}.retains_grad, {x}.output_nr)", "{x}.stride(), {x}.is_contiguous(), {x}.storage_offset()",
         "bool({x}.any())",
         "print({x}.grad_fn.metadata)", "f'{{{x}.sum():.3f}}'")
    )  # fmt: skip
    return form.format(x=x.name)


@statement(1)
def deleted(draw: Draw) -> str | None:
    if len(draw.names) < 4:
        return None
    x = draw.one(draw.names)
    draw.names.remove(x)
    return f"del {x.name}"


@statement(1)
def shared_with_numpy(draw: Draw) -> str | None:
    """A tensor that shares memory with another, by way of NumPy."""
    x = draw.tensor(lambda each: each.dtype in FLOATS)
    if x is None:
        return None
    new = draw.bind(x, x.shape, tracked=False)
    return f"{new} = torch.from_numpy({x.name}.detach().numpy())"
