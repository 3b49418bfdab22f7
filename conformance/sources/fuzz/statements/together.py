"""Statements in which several parts of autograd meet: small programs of a few lines each."""

from __future__ import annotations

from conformance.sources.fuzz.drawing import Draw, Name
from conformance.sources.fuzz.statements.registry import differentiable, filled, statement, tracked

FUNCTION = ("{t} * {t}", "{t}.sin()", "{t}.exp() * {t}", "{t} ** 3", "{t}.tanh()", "{t} / ({t} * {t} + 1)", "{t}.abs()")
"""Elementwise functions, of a name that stands for `{t}`."""


def _function(draw: Draw, name: str = "t") -> str:
    return draw.one(FUNCTION).format(t=name)


@statement(2, of=tracked)
def hooks_on_hooks(draw: Draw, x: Name) -> str | None:
    """Hooks that register hooks, that go backward themselves, or that are called under a mode."""
    form = draw.one((
        "{x}.register_hook(lambda g: {x}.register_hook(lambda g: print('second', g.shape)) and None)",
        "{h} = {x}.register_hook(lambda g: {h}.remove())",
        "{x}.register_hook(lambda g: torch.autograd.grad((g.detach().requires_grad_() * 2).sum(), []) and None)",
        "with torch.no_grad():\n    {x}.register_hook(lambda g: print(torch.is_grad_enabled(), g.requires_grad))",
        "{h} = torch.autograd.graph.register_multi_grad_hook(({x}, {z}), lambda g: print(type(g)), mode='any')\n"
        "with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):\n    {n} = {x} * {x}\n"
        "{n}.sum().backward(retain_graph=True)",
        "{n} = {x} * 1\n{n}.retain_grad()\n{n}.register_hook(lambda g: g * 2)\n({n} * {n}).sum().backward()\n"
        "print({n}.grad)",
        "{n} = {x} * 1\n{n}.register_hook(lambda g: g * 2)\n{n}.retain_grad()\n{n}.mul_(2)\n{n}.sum().backward()\n"
        "print({n}.grad, {n}.retains_grad)",
        "{n} = ({x} * 1).view(-1)\n{n}.retain_grad()\n{n}[:1].mul_(3)\n{n}.sum().backward()\nprint({n}.grad)",
        "{n} = {x} * 1\nv = {n}[...]\nv.retain_grad()\n{n}.mul_(2)\n(v + {n}).sum().backward()\nprint(v.grad)",
    ))  # fmt: skip
    z = draw.tensor(tracked) or x
    return form.format(x=x.name, z=z.name, h=draw.fresh("h"), n=draw.bind(x, x.shape) if "{n}" in form else "")


@statement(2, of=tracked)
def saved_in_layers(draw: Draw, x: Name) -> str | None:
    """Pairs of hooks for saved tensors within others, and checkpoints within those."""
    new = draw.bind(x, x.shape)
    inner = draw.one((
        "torch.autograd.graph.saved_tensors_hooks(lambda t: (print('in', t.shape), t)[1], lambda t: t * 1)",
        "torch.autograd.graph.save_on_cpu()", "torch.no_grad()", "torch.enable_grad()",
        "torch.autograd.graph.disable_saved_tensors_hooks('not here')", "torch.autograd.detect_anomaly()",
    ))  # fmt: skip
    body = draw.one((
        f"{new} = {_function(draw, x.name)}",
        f"{new} = torch.utils.checkpoint.checkpoint(lambda t: {_function(draw)}, {x.name}, use_reentrant=False)",
        f"{new} = torch.utils.checkpoint.checkpoint(lambda t: {_function(draw)}, {x.name}, use_reentrant=True)",
    ))  # fmt: skip
    lines = [
        "import torch.utils.checkpoint",
        "with torch.autograd.graph.saved_tensors_hooks(lambda t: (print('out', t.shape), t.clone())[1], lambda t: t):",
        f"    with {inner}:", f"        {body}", f"    {new} = {new} * {new}",
    ]  # fmt: skip
    if draw.chance(0.6):
        lines.append(f"{new}.sum().backward({draw.one(('', 'retain_graph=True', 'create_graph=True'))})")
    return "\n".join(lines)


VIEWED = {
    "DirtyView": ("ctx.mark_dirty(x)\n        x.mul_(2)\n        return x", "return g * 2"),
    "Columns": ("ctx.save_for_backward(x)\n        return x.mT * 2 if x.dim() > 1 else x * 2",
                "x, = ctx.saved_tensors\n        return (g.mT if x.dim() > 1 else g) * 2"),
    "Square": ("ctx.save_for_backward(x)\n        return x ** 2", "x, = ctx.saved_tensors\n        return 2 * g * x"),
    "Alias": ("ctx.set_materialize_grads(False)\n        return x.view_as(x)", "return g * 1"),
    "Saves": ("y = x * 3\n        ctx.save_for_backward(x, y)\n        return y",
              "x, y = ctx.saved_tensors\n        return g * y / x.where(x != 0, torch.ones_like(x))"),
}  # fmt: skip


@statement(2, of=tracked)
def custom_twice(draw: Draw, x: Name) -> str | None:
    """A second derivative through a function of the user's own, that makes views or writes in place."""
    kind = draw.one(tuple(VIEWED))
    forward, back = VIEWED[kind]
    name, new = draw.fresh(kind), draw.bind(x, x.shape)
    given = draw.one((f"{x.name} * 1", f"({x.name} * 1)[...]", f"({x.name} * 1).view({x.name}.shape)"))
    lines = [
        f"class {name}(torch.autograd.Function):", "    @staticmethod", "    def forward(ctx, x):",
        f"        {forward}", "", "    @staticmethod", "    def backward(ctx, g):", f"        {back}", "",
        f"{new} = {name}.apply({given})",
    ]  # fmt: skip
    lines += draw.one((
        [f"{new} = torch.autograd.grad(({new} * {new}).sum(), {x.name}, create_graph=True)[0]",
         f"{new}.sum().backward()"],
        [f"{new}.mul_(2)", f"{new}.sum().backward()"],
        [f"print(torch.autograd.grad({new}.sum(), {x.name}, retain_graph=True)[0].requires_grad)"],
        [f"with torch.no_grad():\n    {new}.add_(1)", f"({new} * {new}).sum().backward()"],
    ))  # fmt: skip
    return "\n".join(lines)


@statement(2, of=filled)
def compositions(draw: Draw, x: Name) -> str | None:
    """Transforms within transforms, with modes, randomness and changes in place in what they transform."""
    body = draw.one((
        "    return {f}", "    with torch.no_grad():\n        c = {f}\n    return c * t",
        "    c = t.clone()\n    c.mul_(t)\n    return c", "    c = t * 1\n    c[..., :1] = 2\n    return c * t",
        "    return torch.where(t > 0, {f}, t.detach() * t)", "    return ({f}).detach() + t",
        "    c = torch.zeros_like(t)\n    c += t\n    return c * {f}", "    return torch.stack([t, {f}]).prod(0)",
    ))  # fmt: skip
    form = draw.one((
        "func.vmap(func.grad(lambda s: func.jvp(fn, (s,), (s,))[1].sum()))({m})",
        "func.jvp(func.vmap(func.grad(lambda t: fn(t).sum())), ({m},), ({m}.detach(),))[1]",
        "func.grad(lambda s: func.grad(lambda t: fn(t).sum())(s).sum())({x})",
        "func.vmap(func.vmap(fn, in_dims=0), in_dims=0)({m}[None])",
        "func.vjp(func.grad(lambda t: fn(t).sum()), {x})[0]",
        "func.vmap(fn, in_dims=1, out_dims=1)({m})",
        "func.jacrev(fn)({x}).sum(0)", "func.jacfwd(func.vmap(fn))({m}).sum((0, 1))",
        "func.vmap(lambda t, u: fn(t) * u, in_dims=(0, None), randomness='different')({m}, {m}[0])",
    ))  # fmt: skip
    rows = x.name if len(x.shape) == 2 else f"{x.name}.reshape(1, -1)"
    made = form.format(x=x.name, m=rows)
    return (
        f"from torch import func\ndef fn(t):\n{body.format(f=_function(draw))}\n\n{draw.bind(x, ())} = {made}\n"
        "del fn, func"
    )


@statement(2, of=filled)
def duals_in_place(draw: Draw, x: Name) -> str | None:
    """Forward mode where dual tensors, or their views, are changed in place."""
    change = draw.one((
        "d.mul_(2)", "d.view(-1)[:1].mul_(d.view(-1)[1:2])", "d[...].add_(1)", "d.view(-1)[:1].copy_(e.view(-1)[:1])",
        "d[0] = e[0]", "d.masked_fill_(d > 0, 1.0)", "d.detach().mul_(2)", "e.add_(d)", "d.copy_(e)", "d.zero_()",
        "d.index_fill_(0, torch.tensor([0]), 2.0)", "d.t_()", "d.sin_()", "d.addcmul_(e, d)", "d.clamp_(-1, 1)",
        "d.cumsum_(0)", "d.fill_(d.view(-1)[0])",
    ))  # fmt: skip
    seen = draw.one(("d", "e", "d * e", "d.sum()", "d.view(-1)", "d @ e.mT if d.dim() > 1 else d @ e"))
    return (
        "import torch.autograd.forward_ad as fwAD\nwith fwAD.dual_level():\n"
        f"    d = fwAD.make_dual({x.name} * 1, torch.ones_like({x.name}))\n    e = {x.name}.detach() * 2\n"
        f"    {change}\n    {draw.bind(x, ())} = fwAD.unpack_dual({seen}).tangent\ndel d, e, fwAD"
    )


@statement(1, of=filled)
def checked(draw: Draw, x: Name) -> str | None:
    """The numerical examination of a function, whose derivative may be wrong.

    The fast one's errors have all digits of its numbers, so it raises none.
    """
    function = draw.one((_function(draw), f"({_function(draw)}).sum()", "t.detach() * t", "t.sort()[0]", "t.sum(-1)"))
    call = draw.one((
        "gradcheck(lambda t: {f}, t)", "gradcheck(lambda t: {f}, t, fast_mode=True, raise_exception=False)",
        "gradgradcheck(lambda t: {f}, t)",
        "gradcheck(lambda t: {f}, t, raise_exception=False)", "gradcheck(lambda t: {f}, t, check_forward_ad=True)",
        "gradcheck(lambda t: {f}, t, check_batched_grad=True, raise_exception=False)",
    )).format(f=function)  # fmt: skip
    return f"t = ({x.name}.detach().double() + 3.5).requires_grad_()\nprint(torch.autograd.{call})\ndel t"


@statement(2, of=tracked)
def steps(draw: Draw, x: Name) -> str | None:
    """Optimizers, parametrizations, and threads that go backward."""
    made = draw.one((
        "w = torch.nn.Parameter({x}.detach() * 1)\noptimizer = torch.optim.{o}\nfor _ in range(2):\n"
        "    optimizer.zero_grad()\n    (({x}.detach() - w * w) ** 2).sum().backward()\n    optimizer.step()\n"
        "print(w._version, w.grad)\ndel optimizer",
        "w = ({x} * 1)\nfor _ in range(2):\n"
        "    w = w - 0.5 * torch.autograd.grad((w * w).sum(), w, create_graph=True)[0]\n"
        "w.sum().backward(retain_graph=True)",
        "import threading\nw = {x} * 2\n"
        "thread = threading.Thread(target=lambda: w.sum().backward(retain_graph=True))\n"
        "thread.start()\nthread.join()\ndel thread, threading",
        "w = torch.utils.dlpack.from_dlpack({x}.detach())\nw.mul_(2)\nprint({x}._version)",
        "w = torch.nn.functional.embedding(torch.tensor([0, 0]), ({x} * 1).reshape(-1, 1), sparse={s})\n"
        "w.sum().backward()",
        "w = torch.nn.Linear(2, 2, dtype=torch.float64)\n"
        "torch.nn.utils.parametrizations.weight_norm(w)\nw(torch.ones(2, dtype=torch.float64)).sum().backward()\n"
        "print(w.parametrizations.weight.original0.grad is None)",
    )).format(
        x=x.name, s=draw.one(("True", "False")),
        o=draw.one(("SGD([w], 0.1)", "SGD([w], 0.1, momentum=0.9)", "Adam([w], 0.1)", "SGD([w], 0.1, nesterov=True, "
                    "momentum=0.5)", "AdamW([w], 0.1)", "RMSprop([w], 0.1)")),
    )  # fmt: skip
    return f"{made}\ndel w"


@statement(1, of=differentiable)
def mixed_kinds(draw: Draw, x: Name) -> str | None:
    """Integers, bools and complex numbers beside what is tracked."""
    form = draw.one((
        "{x} * torch.arange({n})[:1]", "{x} * ({x}.abs() > 1)", "{x} + 1j", "({x} + 1j).abs()",
        "torch.view_as_real({x} * 1j)",
        "({x} * (1 + 2j)).real", "({x} * 1j).imag", "torch.where({x}.abs() > 1, {x}, 0)", "{x}.to(torch.int64) * {x}",
        "({x} * 1j).conj() * {x}", "torch.complex({x}.real, {x}.real).angle()", "({x} + 1j).sgn()",
    ))  # fmt: skip
    new = draw.bind(x, x.shape if "view_as" not in form else (*x.shape, 2))
    lines = [f"{new} = {form.format(x=x.name, n=max(x.size, 1))}"]
    if x.tracked and draw.chance(0.5):
        lines.append(f"{new}.abs().sum().backward()")
    return "\n".join(lines)
