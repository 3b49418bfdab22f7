"""Statements in which tensors are objects among others: copied, stored, wrapped, watched, listed, cast, and checked."""

from __future__ import annotations

from conformance.sources.fuzz.drawing import Draw, Name
from conformance.sources.fuzz.statements.registry import anything, differentiable, filled, real, statement, tracked


@statement(2, of=anything)
def copied(draw: Draw, x: Name) -> str | None:
    """A copy of the object, by whatever way."""
    form = draw.one((
        "import copy\n{n} = copy.deepcopy({x})", "import copy\n{n} = copy.copy({x})", "{n} = torch.tensor({x})",
        "import pickle\n{n} = pickle.loads(pickle.dumps({x}))", "{n} = torch.as_tensor({x})",
        "{n} = {x}.new_tensor({x})",
        "import io\nfile = io.BytesIO()\ntorch.save({x}, file)\nfile.seek(0)\n{n} = torch.load(file)\ndel file",
        "import copy\n{n}, _ = copy.deepcopy([{x}, {x}])\nprint({n} is _)", "{n} = torch.asarray({x})",
        "{n} = torch.nn.Parameter({x})", "{n} = torch.nn.Parameter({x}, requires_grad=False)",
        "{n} = {x}.clone().detach()",
        "{n} = torch.empty_like({x}).copy_({x})", "{n} = torch.from_numpy({x}.numpy(force=True))",
        "{n} = torch.tensor({x}.tolist(), dtype={x}.dtype)", "{n} = torch.utils.dlpack.from_dlpack({x})",
    ))  # fmt: skip
    name = draw.bind(x, x.shape, tracked=False)
    return form.format(x=x.name, n=name)


@statement(2, of=anything)
def memory_given(draw: Draw, x: Name) -> str | None:
    """The memory of a tensor as an object of its own: given and grown."""
    y = draw.tensor(lambda each: each.dtype == x.dtype) or x
    form = draw.one((
        "{x}.set_({y}.detach())", "{x}.detach().resize_(2)",
        "{x}.data = {y}.data",
        "print({x}.untyped_storage().nbytes() == {y}.untyped_storage().nbytes())", "{x}.detach().resize_as_({y})",
        "print({x}.is_set_to({y}), {x}.detach().is_set_to({x}))",
        "{x}.detach().unsqueeze_(0)", "{x}.unsqueeze_(0)\n{x}.squeeze_(0)", "{x}.detach().set_()",
        "{x}.swapdims_(0, -1)",
        "print(torch.equal({x}, {y}))", "print({x}.nelement(), {x}.element_size(), {x}.nbytes)",
    ))  # fmt: skip
    return form.format(x=x.name, y=y.name)


@statement(2, of=real)
def watched(draw: Draw, x: Name) -> str | None:
    """Modes that see what is called, or what is dispatched."""
    new = draw.bind(x, x.shape)
    body = draw.one((
        "{x} * 2 + 1", "{x}.view(-1).sin()", "{x}.detach().clone().add_(1)", "torch.stack([{x}, {x}]).sum(0)",
        "torch.where({x} > 0, {x}, -{x})", "({x} * {x}).sum().backward() or {x}", "{x}.reshape(-1)[:1]",
        "{x}.softmax(-1)",
        "torch.autograd.grad(({x} * {x}).sum(), {x})[0]", "{x}.to(torch.float32)", "torch.zeros_like({x}) + {x}",
    )).format(x=x.name)  # fmt: skip
    kind, hook = draw.one((("TorchDispatchMode", "dispatch"), ("TorchFunctionMode", "function")))
    source = "torch.utils._python_dispatch" if hook == "dispatch" else "torch.overrides"
    told = "str(func)" if hook == "dispatch" else "func.__name__"
    return (
        f"from {source} import {kind}\n_seen = []\nclass Watch({kind}):\n"
        f"    def __torch_{hook}__(self, func, types, args=(), kwargs=None):\n        _seen.append({told})\n"
        f"        return func(*args, **(kwargs or {{}}))\n\nwith Watch():\n    {new} = {body}\nprint(_seen)\n"
        f"del Watch, {kind}"
    )


@statement(2, of=filled)
def registered(draw: Draw, x: Name) -> str | None:
    """An operator of the user's own, in torch's library."""
    name, new = draw.fresh("ours"), draw.bind(x, x.shape)
    made = (
        f"@torch.library.custom_op('fuzz::{name}', mutates_args=())\n"
        "def op(x: torch.Tensor) -> torch.Tensor:\n    return x * x\n"
    )
    if draw.chance(0.7):
        made += (
            "def setup(ctx, inputs, output):\n    ctx.save_for_backward(inputs[0])\n"
            f"op.register_autograd(lambda ctx, g: g * {draw.number()} * ctx.saved_tensors[0], setup_context=setup)\n"
        )
    form = draw.one((
        "op({x})", "op({x} * 1)", "torch.ops.fuzz.{n}({x})", "torch.func.grad(lambda t: op(t).sum())({x})",
        "torch.autograd.grad(op({x}).sum(), {x})[0]", "op({x}.detach())",
        "op({x}).sin()", "op({x}.detach()).requires_grad_()", "torch.func.vmap(op)({x})",
        "torch.func.jvp(op, ({x},), ({x},))[1]",
    )).format(x=x.name, n=name)  # fmt: skip
    return f"{made}{new} = {form}\ndel op"


@statement(2, of=real)
def listed(draw: Draw, x: Name) -> str | None:
    """Operations on lists of tensors, clipping and norms."""
    y = draw.tensor(lambda each: each.is_real and each.shape == x.shape) or x
    new = draw.bind(x, x.shape)
    form = draw.one((
        "{n} = torch._foreach_mul([{x}, {y}], 2.0)[0]", "{n} = torch._foreach_add([{x}], [{y}], alpha=2)[0]",
        "torch._foreach_add_([{x}.detach()], 1)\n{n} = {x} * 1", "{n} = torch._foreach_neg([{x}, {y}])[1]",
        "print(torch.nn.utils.clip_grad_value_([{x}], 0.5))\n{n} = {x} * 1",
        "{n} = torch.nn.utils.parameters_to_vector([{x}, {y}])",
        "{n} = torch._foreach_lerp([{x}], [{y}], 0.5)[0]", "{n} = sum([{x}, {y}])", "{n} = max([{x}.sum(), {y}.sum()])",
        "{n}, = torch.broadcast_tensors({x})",
        "{n} = torch.cat(torch.meshgrid({x}.view(-1), {y}.view(-1), indexing='ij'))",
        "{n} = torch.block_diag({x}.reshape(1, -1), {y}.reshape(1, -1))",
        "{n} = torch.cartesian_prod({x}.reshape(-1), {y}.reshape(-1))",
        "{n} = torch.atleast_2d({x}, {y})[0]", "{n} = torch.hstack([{x}, {y}])", "{n} = torch.column_stack([{x}, {y}])",
    ))  # fmt: skip
    return form.format(x=x.name, y=y.name, n=new)


@statement(2, of=differentiable)
def elsewhere(draw: Draw, x: Name) -> str | None:
    """Other devices, layouts and precisions."""
    form = draw.one((
        "print(({x} * 2).to('meta').shape)", "with torch.device('meta'):\n    print(torch.ones(2).device)",
        "{n} = {x}.to_sparse().to_dense()", "{n} = ({x} * 2).to_sparse().sum()",
        "{n} = ({x} * {x}.to_sparse()).to_dense()",
        "with torch.autocast('cpu', dtype=torch.bfloat16):\n    {n} = ({x} * 2).sum()",
        "with torch.autocast('cpu', dtype=torch.bfloat16):\n"
        "    {n} = {x}.reshape(1, -1) @ {x}.reshape(-1, 1)\nprint({n}.dtype)",
        "{n} = {x}.to(torch.bfloat16) * 2", "{n} = {x}.to(torch.float16).to(torch.float32)", "{n} = {x}.half().sum()",
        "{n} = {x}.to('cpu', torch.float64, copy=True)", "{n} = {x}.to(memory_format=torch.contiguous_format)",
        "{n} = torch.sparse_coo_tensor([[0, 0]], {x}.reshape(-1)[:2], (2,)).to_dense()", "{n} = {x}.type_as({x}.real)",
        "{n} = {x}.cfloat().abs()", "{n} = torch.polar({x}.abs(), {x}.abs() * 0)",
    ))  # fmt: skip
    return form.format(x=x.name, n=draw.bind(x, x.shape) if "{n}" in form else "")


@statement(2, of=filled)
def matrices(draw: Draw, x: Name) -> str | None:
    """Small systems and factorisations of which few digits are needed."""
    form = draw.one((
        "torch.linalg.solve({e} * 4, {x}.reshape({k}, -1))", "torch.linalg.inv({e} * 2)",
        "torch.linalg.det({e} * {x}.sum())",
        "torch.linalg.matrix_power({e} * {x}.reshape(-1)[0], 2)", "torch.linalg.vector_norm({x}, 1)",
        "torch.trace({e} * {x}.sum())",
        "torch.linalg.diagonal({e} * {x}.sum())", "torch.diag_embed({x})", "{x}.reshape(-1).outer({x}.reshape(-1))",
        "{x}.diff()",
        "torch.cross({x}.reshape(-1)[:3].expand(3), {e}[0, 0] * torch.ones(3, dtype={x}.dtype))",
        "torch.kron({x}, {x})",
        "torch.linalg.cholesky({e} * 4)", "torch.linalg.slogdet({e} * 2)[1]",
        "torch.linalg.multi_dot([{x}.reshape({k}, -1).mT, {e}])",
        "torch.vander({x}.reshape(-1), 2)", "torch.bucketize({x}, {x}.reshape(-1).sort()[0])",
        "torch.cdist({x}.reshape({k}, -1), {x}.reshape({k}, -1), p=1)",
    ))  # fmt: skip
    k = x.shape[0]
    eye = f"torch.eye({k}, dtype={x.name}.dtype)"
    return f"{draw.bind(x, ())} = {form.format(x=x.name, e=eye, k=k)}"


@statement(2, of=tracked)
def of_a_module(draw: Draw, x: Name) -> str | None:
    """Buffers, parameters and state that hold a tensor of the program."""
    form = draw.one((
        "m.register_buffer('b', {x})\nprint(list(m.state_dict()), m.b.requires_grad)",
        "m.p = torch.nn.Parameter({x})\nprint(m.p.is_leaf)",
        "m.p = {x}\nprint(len(list(m.parameters())))", "m.register_parameter('p', {x})",
        "m.p = torch.nn.Parameter({x}.detach())\nm.zero_grad()\nm.double()\nprint(m.p.dtype, m.p.grad)",
        "m.p = torch.nn.Parameter({x}.detach())\n"
        "(m.p * {x}.detach()).sum().backward()\nm.requires_grad_(False)\nprint(m.p.grad)",
        "m.p = torch.nn.Parameter({x}.detach())\n"
        "m.load_state_dict({{'p': torch.ones_like({x})}})\nprint(m.p._version, m.p)",
        "m.l = torch.nn.ParameterList([{x}.detach(), {x}.detach()])\nprint(m.l[0].requires_grad, len(m.state_dict()))",
    ))  # fmt: skip
    return "m = torch.nn.Module()\n" + form.format(x=x.name) + "\ndel m"
