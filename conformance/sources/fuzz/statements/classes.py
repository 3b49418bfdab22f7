"""Statements with what users write themselves: custom functions, subclasses, modules."""

from __future__ import annotations

from conformance.sources.fuzz.drawing import Draw, Name, pair_of
from conformance.sources.fuzz.statements.registry import differentiable, filled, real, statement

CUSTOM = {
    "Double": ("ctx.save_for_backward(x)\nreturn x * 2", "x, = ctx.saved_tensors\nreturn g * 2"),
    "Cube": ("ctx.save_for_backward(x)\nreturn x ** 3", "x, = ctx.saved_tensors\nreturn g * 3 * x * x"),
    "Exp": ("y = x.exp()\nctx.save_for_backward(y)\nreturn y", "y, = ctx.saved_tensors\nreturn g * y"),
    "Inner": ("y = x.sin()\nctx.save_for_backward(y)\nreturn y * 2", "y, = ctx.saved_tensors\nreturn g * y"),
    "Kept": ("ctx.x = x\nreturn x * x", "return 2 * g * ctx.x"),
    "Inplace": ("ctx.mark_dirty(x)\nreturn x.mul_(2)", "return g * 2"),
    "Unmarked": ("return x.mul_(2)", "return g * 2"),
    "Marked": ("ctx.mark_dirty(x)\nreturn x + 1", "return g"),
    "Same": ("return x", "return g * 5"),
    "View": ("return x.view_as(x)", "return g.clone()"),
    "Flattened": ("ctx.shape = x.shape\nreturn x.view(-1)", "return g.view(ctx.shape) * 2"),
    "Part": ("ctx.shape = x.shape\nreturn x[...]", "return g.expand(ctx.shape)"),
    "Detached": ("return x.detach()", "return g"),
    "Nothing": ("ctx.needs = ctx.needs_input_grad\nreturn x + 1", "return None"),
    "Wrong": ("return x.sum()", "return g"),
    "WrongShape": ("return x * 2", "return g.reshape(-1)[:1].repeat(7)"),
    "Many": ("return x * 2", "return g, g"),
    "Flat": ("ctx.mark_non_differentiable(x)\nreturn x", "return g"),
    "Sign": ("y = x.sgn()\nctx.mark_non_differentiable(y)\nreturn y", "return g"),
    "Told": ("return x * 3", "print(ctx.needs_input_grad, g.shape, torch.is_grad_enabled())\nreturn g * 3"),
    "Unmaterialized": ("ctx.set_materialize_grads(False)\nreturn x * 3", "return None if g is None else g * 3"),
    "Changed": ("return x * 3", "g *= 3\nreturn g"),
    "Zero": ("ctx.save_for_backward(x)\nreturn x * 0 + 1", "return torch.zeros_like(ctx.saved_tensors[0])"),
    "Number": ("return x.mean().item()", "return g"),
    "Graph": (
        "with torch.enable_grad():\n    d = x.detach().requires_grad_()\n    y = (d * d).sin()\n"
        "ctx.save_for_backward(d, y)\nreturn y.detach()",
        "d, y = ctx.saved_tensors\nreturn torch.autograd.grad(y, d, g, retain_graph=True)[0]",
    ),
}  # fmt: skip
"""Bodies of forward and backward of functions that users write, right ones and wrong ones."""
TWO = {
    "Two": ("return x * 1, (x > 0)", "return g"),
    "Both": ("return x * 2, x * 3", "return g * 2 + h * 3"),
    "Halves": ("return x[...], x * 1", "return g + h"),
    "Marks": ("y = x.abs()\nctx.mark_non_differentiable(y)\nreturn x * 2, y", "return g * 2"),
    "Optional": ("ctx.set_materialize_grads(False)\nreturn x * 2, x * 3",
                 "print(g is None, h is None)\nreturn g if h is None else h"),
    "Parts": ("ctx.shape = x.shape\nreturn x.expand(2, *x.shape).unbind()", "return (g + h).reshape(ctx.shape)"),
    "Extra": ("return x * 2, 'text'", "return g * 2"),
}  # fmt: skip
"""Of functions with two outputs."""


def _body(text: str) -> str:
    return "\n".join(f"        {line}" for line in text.split("\n"))


def _class(name: str, forward: str, back: str, grads: str, *, once: bool = False, parameters: str = "x") -> str:
    decorator = "    @torch.autograd.function.once_differentiable\n" if once else ""
    return (
        f"class {name}(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, {parameters}):\n"
        f"{_body(forward)}\n\n    @staticmethod\n{decorator}    def backward(ctx, {grads}):\n{_body(back)}\n\n"
    )


@statement(5, of=differentiable)
def custom(draw: Draw, x: Name) -> str | None:
    """A function of the user's own."""
    kind = draw.one(tuple(CUSTOM))
    name, new = draw.fresh(kind), draw.bind(x, x.shape)
    given = draw.one((x.name, x.name, f"{x.name} * 1", f"{x.name}[...]"))
    return f"{_class(name, *CUSTOM[kind], 'g', once=draw.chance(0.1))}{new} = {name}.apply({given})"


@statement(2, of=differentiable)
def custom_of_several(draw: Draw, x: Name) -> str | None:
    """A function of the user's own with two outputs, or two inputs."""
    if draw.chance(0.6):
        kind = draw.one(tuple(TWO))
        name, new = draw.fresh(kind), draw.bind(x, x.shape)
        return f"{_class(name, *TWO[kind], 'g, h')}{new}, {draw.fresh('m')} = {name}.apply({x.name})"
    pair = pair_of(draw, lambda each: each.dtype == x.dtype)
    if pair is None:
        return None
    a, b, shape = pair
    kind, forward, back = draw.one((
        ("Product", "ctx.save_for_backward(x, y)\nreturn x * y", "x, y = ctx.saved_tensors\nreturn g * y, g * x"),
        ("First", "return x + y", "return g, None"),
        ("Needs", "return x - y", "print(ctx.needs_input_grad)\nreturn g, -g if ctx.needs_input_grad[1] else None"),
        ("Into", "ctx.mark_dirty(x)\nreturn x.add_(y)", "return g, g"),
        ("Either", "return x, y", "return g * 2, None"),
    ))  # fmt: skip
    name, new = draw.fresh(kind), draw.bind(a, shape, tracked=a.tracked or b.tracked)
    grads, target = ("g, h", f"{new}, {draw.fresh('m')}") if kind == "Either" else ("g", new)
    return f"{_class(name, forward, back, grads, parameters='x, y')}{target} = {name}.apply({a.name}, {b.name})"


RULES = {
    "generated": "    generate_vmap_rule = True\n\n",
    "written": (
        "    @staticmethod\n    def vmap(info, in_dims, x):\n        print(info.batch_size, in_dims)\n"
        "        return {name}.apply(x), in_dims[0]\n\n"
    ),
    "none": "",
}


@statement(3, of=filled)
def custom_under_transforms(draw: Draw, x: Name) -> str | None:
    """A function of the user's own whose context is set up apart, and what transforms make of it."""
    name = draw.fresh("Apart")
    rule = RULES[draw.one(tuple(RULES))].format(name=name)
    if draw.chance(0.5):
        rule += "    @staticmethod\n    def jvp(ctx, t):\n        return 3 * t * ctx.x ** 2\n\n"
    form = draw.one((
        "{f}({x})", "torch.func.vmap({f})({x})", "torch.func.grad(lambda t: {f}(t).sum())({x})",
        "torch.func.jvp({f}, ({x},), (torch.ones_like({x}),))[1]", "torch.func.vjp({f}, {x})[1]({x})[0]",
        "torch.func.vmap(torch.func.grad(lambda t: {f}(t).sum()))({x})", "torch.func.jacfwd({f})({x})[0]",
        "torch.func.jacrev({f})({x})[0]", "torch.autograd.functional.jvp({f}, {x}, torch.ones_like({x}))[1]",
    ))  # fmt: skip
    return (
        f"class {name}(torch.autograd.Function):\n{rule}"
        "    @staticmethod\n    def forward(x):\n        return x ** 3\n\n"
        "    @staticmethod\n    def setup_context(ctx, inputs, output):\n        x, = inputs\n        ctx.x = x\n"
        "        ctx.save_for_backward(x)\n        ctx.save_for_forward(x)\n\n"
        "    @staticmethod\n    def backward(ctx, g):\n        x, = ctx.saved_tensors\n        return 3 * g * x * x\n\n"
        f"{draw.bind(x, x.shape)} = {form.format(f=f'{name}.apply', x=x.name)}"
    )


@statement(2, of=real)
def subclass(draw: Draw, x: Name) -> str | None:
    """A subclass of Tensor, one that sees what is called on it or a plain one.

    What belongs to it has names that are not looked at, since looks are calls, too.
    """
    name, new, seen = draw.fresh("Kind"), draw.bind(x, x.shape), draw.fresh("_seen")
    watches = (
        f"{seen} = []\nclass {name}(torch.Tensor):\n    @classmethod\n"
        "    def __torch_function__(cls, func, types, args=(), kwargs=None):\n"
        f"        {seen}.append(func.__name__)\n"
        "        return super().__torch_function__(func, types, args, kwargs or {})\n\n"
    )
    head = watches if draw.chance(0.6) else f"class {name}(torch.Tensor):\n    pass\n\n"
    form = draw.one((
        "({k} * 2)", "torch.sin({k})", "{k}.view(-1)", "({k} + {x})", "{k}.clone().mul_(2)", "torch.stack([{k}, {k}])",
        "torch.where({k} > 0, {k}, {x})", "{k}.detach()", "torch.nn.functional.relu({k})", "{k}[...]", "(2 - {k})",
        "{k}.sum()", "{k}.requires_grad_().exp()", "{k}.to(torch.float32)", "torch.autograd.grad({k}.sum(), {k})[0]",
    ))  # fmt: skip
    made = form.format(k="_k", x=x.name)
    told = f", {seen}" if head is watches else ""
    return (
        f"{head}_k = {x.name}.as_subclass({name})\n_r = {made}\nprint(type(_r).__name__, _r.requires_grad{told})\n"
        f"{new} = _r.as_subclass(torch.Tensor)\ndel _k, _r"
    )


@statement(2, of=filled)
def module(draw: Draw, x: Name) -> str | None:
    """A module with weights of its own, or with those that are given."""
    size = x.shape[-1]
    m, new = draw.fresh("net"), draw.bind(x, (*x.shape[:-1], 2), tracked=True)
    made = f"{m} = torch.nn.Linear({size}, 2, dtype={x.name}.dtype)\n"
    form = draw.one((
        "{n} = {m}({x})", "{n} = torch.nn.Sequential({m}, torch.nn.Tanh())({x})",
        "{n} = torch.func.functional_call({m}, {{'weight': {m}.weight * 2}}, ({x},))",
        "{n} = torch.func.functional_call({m}, dict({m}.named_parameters()), ({x},))",
        "{n} = torch.func.grad(lambda p: torch.func.functional_call({m}, p, ({x},)).sum())"
        "({{k: v.detach() for k, v in {m}.named_parameters()}})['weight']",
        "class Twice(torch.nn.Module):\n    def forward(self, w):\n        return w * 2\n\n"
        "torch.nn.utils.parametrize.register_parametrization({m}, 'weight', Twice())\n{n} = {m}({x})",
        "torch.nn.utils.parametrizations.weight_norm({m})\n{n} = {m}({x})",
        "{m}.requires_grad_(False)\n{n} = {m}({x})",
        "{m}.register_full_backward_hook(lambda m, i, o: print([g is None for g in i], len(o)))\n{n} = {m}({x})",
        "{m}.register_forward_hook(lambda m, i, o: o * 2)\n{n} = {m}({x})",
        "{n} = {m}({x})\n{n}.sum().backward()\nprint({m}.weight.grad.shape, {m}.bias.grad)",
        "opt = torch.optim.SGD({m}.parameters(), lr=0.5)\n{m}({x}).sum().backward()\nopt.step()\nopt.zero_grad()\n"
        "{n} = {m}({x})",
    ))  # fmt: skip
    head = "import torch.nn.utils.parametrizations\n" if "parametriz" in form else ""
    return head + made + form.format(m=m, n=new, x=x.name)
