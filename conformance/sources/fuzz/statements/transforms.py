"""Statements with transforms: torch.func, autograd.functional, forward mode, checkpoints."""

from __future__ import annotations

from conformance.sources.fuzz.drawing import Draw, Name
from conformance.sources.fuzz.statements.registry import filled, real, statement, tracked

SCALAR = ("(t * t).sum()", "t.sin().sum()", "(t.exp() * t).sum()", "t.prod()", "(t[0] * t).sum()", "t.tanh().mean()",
          "(t.T @ t).sum()", "t.norm()", "torch.where(t > 0, t, t * t).sum()", "t.logsumexp(0).sum()",
          "(t / (t * t + 1)).sum()", "(t.softmax(-1) * t).sum()", "t.cumsum(0).pow(2).sum()", "t.amax()",
          "t.clamp(-1, 1).square().mean()", "(t - t.mean()).var()", "torch.cat([t, t * 2]).sigmoid().sum()",
          "t.reshape(-1)[1:].prod()", "t.clone().mul_(t).sum()", "t.new_ones(t.shape).mul(t).sum()", "t.abs().max()",
          "(t.detach() * t).sum()", "t.flatten().dot(t.flatten())")  # fmt: skip
"""Functions of a vector or matrix, to a number."""
TENSOR = ("t * t", "t.sin()", "t.cumsum(0)", "t / (t * t + 1)", "t.softmax(-1)", "torch.relu(t)", "t.flip(0)", "t ** 3",
          "t[0] * t", "torch.stack([t, t.exp()])[1]", "t * t.sum()", "t.clone().add_(1)", "t.sort(0)[0]",
          "t - t.mean(0)", "torch.where(t > 0, t.exp(), t)", "t.tanh() * 2")  # fmt: skip
"""Functions of a vector or matrix, to one of its shape."""


@statement(4, of=filled)
def transform(draw: Draw, x: Name) -> str | None:
    """A transform of torch.func, or one of autograd.functional."""
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
        ("torch.func.vjp(lambda t: {g}, {x})[1](torch.ones_like({x}))[0]", x.shape),
        ("torch.func.vmap(lambda t: t.cumsum(0) if t.dim() else t, in_dims=-1)({x})", x.shape[::-1]),
    ))  # fmt: skip
    return f"{draw.bind(x, shape)} = {form.format(x=x.name, f=draw.one(SCALAR), g=draw.one(TENSOR))}"


@statement(4, of=filled)
def nested(draw: Draw, x: Name) -> str | None:
    """A transform of a transform, or one with an option."""
    form, shape = draw.one((
        ("torch.func.vmap(torch.func.grad(lambda t: {f}))({m})", x.shape),
        ("torch.func.grad(lambda s: torch.func.vmap(lambda t: {f})(s).sum())({m})", x.shape),
        ("torch.func.grad(lambda s: torch.func.vmap(torch.func.grad(lambda t: {f}))(s).sum())({m})", x.shape),
        ("torch.func.vmap(lambda t: torch.func.jvp(lambda t: {f}, (t,), (torch.ones_like(t),))[1])({m})", x.shape[:1]),
        ("torch.func.grad(lambda s: torch.func.vmap(lambda t: torch.func.jvp(lambda t: {g}, (t,), (t,))[1])(s)"
         ".sum())({m})", x.shape),
        ("torch.func.vmap(torch.func.vmap(lambda t: t * 2 + t.sin()))({m})", x.shape),
        ("torch.func.jacrev(torch.func.jacfwd(lambda t: {f}))({x})", x.shape + x.shape),
        ("torch.func.jacfwd(torch.func.jacrev(lambda t: {g}))({x})", x.shape * 3),
        ("torch.func.jvp(torch.func.grad(lambda t: {f}), ({x},), (torch.ones_like({x}),))[1]", x.shape),
        ("torch.func.jvp(lambda s: torch.func.jvp(lambda t: {g}, (s,), (s,))[1], ({x},), ({x},))[1]", x.shape),
        ("torch.func.grad_and_value(lambda t: {f})({x})[0]", x.shape),
        ("torch.func.grad(lambda t, u: ({g} * u).sum(), argnums=1)({x}, {x}.detach())", x.shape),
        ("torch.func.grad(lambda t: ({f}, t * 2), has_aux=True)({x})[1]", x.shape),
        ("torch.func.vmap(lambda t, u: t * u, in_dims=(0, None))({x}, {x}[0])", x.shape),
        ("torch.func.vmap(lambda t: {g}, out_dims=-1)({m})", x.shape[::-1]),
        ("torch.func.vmap(lambda t: {g}, chunk_size=1)({m})", x.shape),
        ("torch.func.vmap(lambda t: t * torch.rand_like(t), randomness='different')({x})", x.shape),
        ("torch.func.jacrev(lambda t: {g}, chunk_size=2)({x})", x.shape + x.shape),
        ("torch.func.functionalize(lambda t: t.clone().mul_(2).view(-1).add_(1))({x})", (x.size,)),
        ("torch.func.vjp(torch.func.vmap(lambda t: {g}), {m})[1]({m}.detach())[0]", x.shape),
        ("torch.func.vmap(torch.func.jacrev(lambda t: {g}))({m})", (*x.shape, *x.shape[1:])),
        ("torch.func.vmap(torch.func.hessian(lambda t: {f}))({m})", (*x.shape, *x.shape[1:])),
    ))  # fmt: skip
    rows = x.name if len(x.shape) == 2 else f"{x.name}.reshape(1, -1)"
    if len(x.shape) != 2 and "{m}" in form:
        shape = ()  # not known: nothing large, and what is told of a shape need not be right
    made = form.format(x=x.name, m=rows, f=draw.one(SCALAR), g=draw.one(TENSOR))
    return f"{draw.bind(x, shape)} = {made}"


@statement(3, of=filled)
def functional(draw: Draw, x: Name) -> str | None:
    """`autograd.functional`, with its options."""
    create = draw.chance(0.5)
    form, shape = draw.one((
        ("jacobian(lambda t: {g}, {x}{o})", x.shape + x.shape), ("hessian(lambda t: {f}, {x}{o})", x.shape + x.shape),
        ("vjp(lambda t: {g}, {x}, torch.ones_like({x}){o})[1]", x.shape),
        ("jvp(lambda t: {g}, {x}, torch.ones_like({x}){o})[1]", x.shape),
        ("vhp(lambda t: {f}, {x}, torch.ones_like({x}){o})[1]", x.shape),
        ("hvp(lambda t: {f}, {x}, torch.ones_like({x}){o})[0]", ()),
        ("jacobian(lambda t: {g}, {x}, vectorize=True{o})", x.shape + x.shape),
        ("jacobian(lambda t: {g}, {x}, vectorize=True, strategy='forward-mode')", x.shape + x.shape),
        ("hessian(lambda t: {f}, {x}, vectorize=True, outer_jacobian_strategy='forward-mode')", x.shape + x.shape),
        ("jacobian(lambda t, u: t * u, ({x}, {x}.detach()){o})[0]", x.shape + x.shape),
        ("jvp(lambda t: {g}, {x}, torch.ones_like({x}), strict=True)[0]", x.shape),
    ))  # fmt: skip
    option = ", create_graph=True" if create else ""
    new = draw.bind(x, shape, tracked=x.tracked and create)
    made = form.format(x=x.name, f=draw.one(SCALAR), g=draw.one(TENSOR), o=option)
    return f"{new} = torch.autograd.functional.{made}"


@statement(2, of=filled)
def checkpointed(draw: Draw, x: Name) -> str | None:
    """What is computed again on the way back."""
    form, shape = draw.one((
        ("checkpoint(lambda t: {f}, {x}, use_reentrant=False)", ()),
        ("checkpoint(lambda t: {g}, {x}, use_reentrant=False)", x.shape),
        ("checkpoint(lambda t: {g}, {x}, use_reentrant=True)", x.shape),
        ("checkpoint(lambda t: {g} * torch.rand_like(t), {x}, use_reentrant=False)", x.shape),
        ("checkpoint(lambda t: checkpoint(lambda t: {g}, t, use_reentrant=False).sin(), {x}, use_reentrant=False)",
         x.shape),
        ("checkpoint_sequential([torch.sin, torch.tanh, torch.exp], 2, {x}, use_reentrant=False)", x.shape),
    ))  # fmt: skip
    name, _, rest = form.format(x=x.name, f=draw.one(SCALAR), g=draw.one(TENSOR)).partition("(")
    imported = ", ".join(dict.fromkeys(("checkpoint", name))) if "checkpoint(" in rest else name
    return f"from torch.utils.checkpoint import {imported}\n{draw.bind(x, shape)} = {name}({rest}"


DUAL = (
    "{d} * {d}", "{d}.sin()", "{d}.view(-1)", "{d}.sum()", "({d} * 2).exp()", "{d} / ({d} * {d} + 1)", "{d}.mean()",
    "{d} * {x}", "{d}.clone().mul_({d})", "{d}.detach() * {d}", "torch.where({d} > 0, {d}, {d} ** 2)", "{d}.prod()",
    "{d}.softmax(-1)", "{d}.add(1)", "{d}.clamp(-1, 1)", "torch.stack([{d}, {x}])", "{d}.to(torch.float32)",
    "torch.zeros_like({d}).copy_({d})", "{d}.norm()", "{d}.cumsum(-1)", "{d}.sigmoid().add_({d})", "{d}.max()",
)  # fmt: skip


@statement(3, of=real)
def forward_mode(draw: Draw, x: Name) -> str | None:
    p, d = draw.fresh("p"), draw.fresh("d")
    tangent = draw.one(("torch.ones_like({x})", "torch.ones_like({x})", "{x} * 2", "{x}.detach()", "{x}"))
    form = draw.one(DUAL).format(d=d, x=x.name)
    lines = [
        f"{d} = fwAD.make_dual({x.name}, {tangent.format(x=x.name)})", f"{p} = fwAD.unpack_dual({form}).tangent"
    ]  # fmt: skip
    if draw.chance(0.3):
        lines[1:1] = [
            draw.one((
                f"{d} = {d} * 1\n    {d}.view(-1)[:1].mul_(2)", f"{d} = {d} + 1\n    {d}.sin_()", f"print({d})",
                f"{d} = fwAD.unpack_dual({d}).primal", f"{d} = {d}.view(-1).clone()", f"print(fwAD.unpack_dual({d}))",
            ))
        ]  # fmt: skip
    inner = "\n".join(f"    {line}" for line in lines)
    return f"import torch.autograd.forward_ad as fwAD\nwith fwAD.dual_level():\n{inner}\ndel {d}"


@statement(2, of=tracked)
def batched_gradient(draw: Draw, x: Name) -> str | None:
    """Several vectors at once through one graph."""
    y = draw.tensor(tracked) or x
    create = draw.one(("", ", create_graph=True", ", retain_graph=True", ", allow_unused=True"))
    vectors = draw.one(("torch.ones(2, *{y}.shape, dtype={y}.dtype)", "torch.stack([{y}.detach(), {y}.detach() * 2])"))
    vectors = vectors.format(y=y.name)
    new = draw.bind(x, (2, *x.shape), tracked="create_graph" in create)
    return f"{new}, = torch.autograd.grad({y.name}, {x.name}, {vectors}, is_grads_batched=True{create})"
