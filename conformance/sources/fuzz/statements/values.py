"""Statements that make leaves, and compute."""

from __future__ import annotations

from conformance.sources.fuzz.drawing import DTYPES, SHAPES, Draw, Name, pair_of, promoted
from conformance.sources.fuzz.statements.registry import anything, differentiable, dimensioned, real, statement


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


@statement(10, of=differentiable)
def pointwise(draw: Draw, x: Name) -> str | None:
    if x.is_real and draw.chance(0.25):
        return f"{draw.bind(x, x.shape)} = torch.nn.functional.{draw.one(FUNCTIONAL)}({x.name})"
    function = draw.one(POINTWISE)
    call = f"torch.{function}({x.name})" if draw.chance(0.5) else f"{x.name}.{function}()"
    return f"{draw.bind(x, x.shape)} = {call}"


@statement(12)
def arithmetic(draw: Draw) -> str | None:
    pair = pair_of(draw)
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
    return f"{draw.bind(promoted(x, y), shape)} = {form.format(x=x.name, y=y.name)}"


@statement(5, of=anything)
def with_a_number(draw: Draw, x: Name) -> str | None:
    form = draw.one(
        ("{x} * {c}", "{c} - {x}", "{x} + {c}", "{x} / {c}", "{c} / ({x} * {x} + 1)", "{x} ** 2", "{x} ** 3",
        "{c} ** {x}",
         "{x}.clamp(-1, 1)", "{x}.clamp(min={c})", "torch.remainder({x}, {c})", "{x} // {c}", "{x}.float() * {c}",
         "-{x}",
         "{x}.pow(0)", "{x}.masked_fill({x} > 0, {c})", "{x}.clip(max={c})", "{x}.rsub({c})", "{x}.add(1, alpha=2)")
    )  # fmt: skip
    return f"{draw.bind(x, x.shape)} = {form.format(x=x.name, c=draw.number())}"


@statement(8, of=differentiable)
def reduction(draw: Draw, x: Name) -> str | None:
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
    # Of elements that share memory torch's median reads what is beside.
    source = f"{x.name}.clone()" if function == "median" else x.name
    call = f"{source}.{function}({'dim=' if function == 'aminmax' else ''}{dim}{', keepdim=True' if keepdim else ''})"
    if function in ("max", "min", "median", "cummax", "sort"):
        return f"{draw.bind(x, shape)}, {draw.fresh('i')} = {call}"
    if function == "aminmax":
        return f"{draw.bind(x, shape)}, {draw.bind(x, shape)} = {call}"
    return f"{draw.bind(x, shape)} = {call}"


@statement(4, of=lambda each: each.is_differentiable and len(each.shape) in (1, 2))
def product(draw: Draw, x: Name) -> str | None:
    """A matrix product or a relative of it."""
    y = draw.tensor(lambda each: each.dtype == x.dtype and len(each.shape) in (1, 2) and each.shape[0] == x.shape[-1])
    if y is None:
        return f"{draw.bind(x, (x.shape[0], x.shape[0]))} = {x.name} @ {x.name}.mT" if len(x.shape) == 2 else None
    shape = (*x.shape[:-1], *y.shape[1:])
    form = draw.one(("{x} @ {y}", "torch.matmul({x}, {y})", "torch.tensordot({x}, {y}, 1)"))
    if len(x.shape) == len(y.shape) == 2:
        form = draw.one(
            (form, "torch.einsum('ij,jk->ik', {x}, {y})", "{x}.mm({y})", "torch.nn.functional.linear({x}, {y}.T)")
        )
    return f"{draw.bind(promoted(x, y), shape)} = {form.format(x=x.name, y=y.name)}"


@statement(3, of=dimensioned)
def joined(draw: Draw, x: Name) -> str | None:
    y = draw.tensor(lambda each: each.shape == x.shape) or x
    if draw.chance(0.5):
        return f"{draw.bind(promoted(x, y), (2, *x.shape))} = torch.stack([{x.name}, {y.name}])"
    shape = (x.shape[0] + y.shape[0], *x.shape[1:])
    return f"{draw.bind(promoted(x, y), shape)} = torch.cat([{x.name}, {y.name}])"


@statement(2, of=anything)
def converted(draw: Draw, x: Name) -> str | None:
    dtype = draw.one(("float64", "float64", "float32", "complex128", "int64", "bool"))
    form = draw.one(("{x}.to(torch.{d})", "{x}.type(torch.{d})", "{x}.to({x}.dtype)", "{x}.to(torch.{d}, copy=True)"))
    return f"{draw.bind(x, x.shape, dtype)} = {form.format(x=x.name, d=dtype)}"


@statement(2, of=real)
def drawn(draw: Draw, x: Name) -> str | None:
    """Random numbers, under the seed of the case."""
    form = draw.one(
        (
            "{x} * torch.rand_like({x})",
            "torch.nn.functional.dropout({x}, 0.5)",
            "{x} + torch.randn({s}, dtype={x}.dtype)",
        )
    )
    return f"{draw.bind(x, x.shape)} = {form.format(x=x.name, s=x.shape)}"


@statement(3, of=lambda each: each.is_real and len(each.shape) == 2 and 0 not in each.shape)
def layer(draw: Draw, x: Name) -> str | None:
    """Functions of nn.functional that take a loss or a layer together."""
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
