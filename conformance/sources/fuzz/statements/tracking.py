"""Statements about what is tracked: modes, flags, hooks, ways backward, and looks at what is there."""

from __future__ import annotations

from conformance.sources.fuzz.drawing import FLOATS, Draw, Name
from conformance.sources.fuzz.statements.registry import anything, differentiable, statement, tracked


@statement(4, of=differentiable)
def under_a_mode(draw: Draw, x: Name) -> str | None:
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


@statement(3, of=anything)
def flag(draw: Draw, x: Name) -> str | None:
    form = draw.one(
        ("{x}.retain_grad()", "{x}.retain_grad()", "{x}.requires_grad = True", "{x}.requires_grad = False",
        "{x}.grad = None",
         "{x}.grad = torch.ones_like({x})", "{x}.grad.zero_()", "{x}.grad = {x}.detach() * 2", "{x}.grad.mul_(2)",
         "del {x}.grad")
    )  # fmt: skip
    return form.format(x=x.name)


@statement(4, of=tracked)
def hook(draw: Draw, x: Name) -> str | None:
    h = draw.fresh("h")
    forms = [
        "{h} = {x}.register_hook(lambda g: print('hook of {x}', g.shape))",
        "{h} = {x}.register_hook(lambda g: g * 2)",
        "{h} = {x}.register_hook(lambda g: g[0])",
        "{h} = {x}.register_hook(lambda g: g.mul_(2))",
        "{h} = {x}.register_hook(lambda g: torch.zeros_like(g))",
        "{h} = {x}.register_hook(lambda g: None if g is None else (g * g).requires_grad_())",
        "{h} = {x}.register_hook(lambda g: print(g.requires_grad, g.grad_fn, torch.is_grad_enabled()))",
        "{h} = {x}.register_hook(lambda g: g.double())",
        "{h} = torch.autograd.graph.register_multi_grad_hook([{x}], lambda gs: print(len(gs), gs[0] is None))",
    ]
    if x.leaf:
        forms += [
            "{h} = {x}.register_post_accumulate_grad_hook(lambda t: print('post {x}', t.grad.sum().item()))",
            "{h} = {x}.register_post_accumulate_grad_hook(lambda t: t.grad.zero_())",
            "{h} = {x}.register_post_accumulate_grad_hook(lambda t: setattr(t, 'grad', None))",
        ]
    else:
        forms += [
            "{h} = {x}.grad_fn.register_hook(lambda i, o: print('node', [g is None for g in i], len(o)))",
            "{h} = {x}.grad_fn.register_prehook(lambda o: tuple(None if g is None else g * 3 for g in o))",
            "{h} = {x}.grad_fn.register_hook(lambda i, o: tuple(None if g is None else g + 1 for g in i))",
            "{h} = {x}.grad_fn.register_hook(lambda i, o: (None,) * len(i))",
            "{h} = {x}.grad_fn.register_hook(lambda i, o: i[:1])",
            "{h} = {x}.grad_fn.register_prehook(lambda o: print('before', [g is None for g in o]))",
            "{h} = torch.autograd.graph.register_multi_grad_hook([{x}, {z}], lambda g: print(g.shape), mode='any')",
        ]
    other = draw.tensor(tracked) or x
    code = draw.one(forms).format(h=h, x=x.name, z=other.name)
    return f"{code}\n{h}.remove()" if draw.chance(0.15) else code


@statement(3, of=tracked)
def graph(draw: Draw, x: Name) -> str | None:
    """What can be done with nodes, edges, versions and saved tensors."""
    y = draw.tensor(tracked) or x
    forms = [
        "torch.autograd.graph.increment_version({x})", "{x}.retain_grad()\n({x} * 2).sum().backward()",
        "print(torch.autograd.graph.get_gradient_edge({x}).output_nr)", "print({x}.grad_fn, {x}.output_nr)",
        "torch.autograd.backward(torch.autograd.graph.get_gradient_edge({x}), torch.ones_like({x}))",
        "print(torch.autograd.grad({y}.sum(), torch.autograd.graph.get_gradient_edge({x}), allow_unused=True))",
        "{x}.sum().backward(retain_graph=True)\n{x}.sum().backward(retain_graph=True)",
        "with torch.autograd.graph.disable_saved_tensors_hooks('not here'):\n    print(({x} * {x}).requires_grad)",
        "with torch.no_grad():\n    v = {x}.view(-1)\nv.mul_(2)", "with torch.no_grad():\n    {x}.view(-1)[:1].mul_(2)",
        "print([n.name() for n, _ in {x}.grad_fn.next_functions if n is not None])",
        "print(torch.autograd.grad([{x}, {y}], [{x}, {y}], [torch.ones_like({x}), torch.ones_like({y})],"
        " allow_unused=True))",
        "torch.autograd.backward([{x}, {y}], [torch.ones_like({x}), torch.ones_like({y})])",
        "torch.autograd.backward([{x}.sum(), {y}.sum()], retain_graph=True)",
    ]  # fmt: skip
    if not x.leaf:
        forms += [
            "print({x}.grad_fn(torch.ones_like({x})))", "{x}.grad_fn.metadata['note'] = 1\nprint({x}.grad_fn.metadata)",
            "print([getattr({x}.grad_fn, n) for n in dir({x}.grad_fn) if n.startswith('_saved')])",
            "raw = [getattr({x}.grad_fn, n) for n in dir({x}.grad_fn) if n.startswith('_raw_saved')]\n"
            "for one in raw:\n    one.register_hooks(lambda t: t * 2, lambda t: t / 2)\ndel raw",
        ]  # fmt: skip
    return draw.one(forms).format(x=x.name, y=y.name)


SAVING = (
    "lambda t: t.numpy(), lambda n: torch.from_numpy(n)", "lambda t: t.detach().clone(), lambda t: t",
    "lambda t: (print('pack', t.shape), t)[1], lambda t: (print('unpack', t.shape), t)[1]",
    "lambda t: [t], lambda l: l[0] * 1", "lambda t: t, lambda t: None", "lambda t: t.mul_(1), lambda t: t",
    "lambda t: t.tolist(), lambda l: torch.tensor(l)", "lambda t: t.detach(), lambda t: t + 1",
)  # fmt: skip


@statement(2, of=tracked)
def saved_through_hooks(draw: Draw, x: Name) -> str | None:
    """What nodes save goes through hooks."""
    new = draw.bind(x, x.shape)
    form = draw.one(("{x} * {x}", "{x}.exp()", "{x}.sin().tanh()", "{x} ** 3", "{x}.softmax(-1)", "{x} / ({x} * 2)"))
    lines = [f"with torch.autograd.graph.saved_tensors_hooks({draw.one(SAVING)}):", f"    {new} = {form}"]
    if draw.chance(0.6):
        lines.append(f"{new}.sum().backward({draw.one(('', 'retain_graph=True'))})")
    return "\n".join(lines).format(x=x.name)


@statement(2, of=differentiable)
def inference(draw: Draw, x: Name) -> str | None:
    """Tensors of inference mode, and what is done with them out of it."""
    new = draw.bind(x, x.shape, tracked=False)
    form = draw.one(
        ("{x} * 2", "{x}.clone()", "{x}[...]", "{x}.view({x}.shape)", "torch.ones_like({x})", "{x}.detach()")
    )
    after = draw.one((
        "{n}.add_(1)", "{n} * {x}", "({n} * {x}).sum().backward()", "{n}.requires_grad_()", "{n}.clone() * {x}",
        "print({n}.is_inference(), {n}.requires_grad)", "{n}._version", "{n}.view(-1).add_(1)", "{x}.mul_({n})",
        "with torch.inference_mode():\n    {n}.add_(1)", "{n}.detach().requires_grad_() * 2", "torch.stack([{n}, {x}])",
    ))  # fmt: skip
    return f"with torch.inference_mode():\n    {new} = {form}\n{after}".format(x=x.name, n=new)


@statement(12)
def backward(draw: Draw) -> str | None:
    y = draw.tensor(tracked)
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
    y, x = draw.tensor(tracked), draw.tensor(tracked)
    if y is None or x is None:
        return None
    z = draw.tensor(tracked) or x
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


@statement(4, of=anything)
def look(draw: Draw, x: Name) -> str | None:
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


@statement(1, of=lambda each: each.dtype in FLOATS)
def shared_with_numpy(draw: Draw, x: Name) -> str | None:
    """A tensor that shares memory with another, by way of NumPy."""
    new = draw.bind(x, x.shape, tracked=False)
    return f"{new} = torch.from_numpy({x.name}.detach().numpy())"
