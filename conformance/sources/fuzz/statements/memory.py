"""Statements that view, index, write in place and share memory."""

from __future__ import annotations

from conformance.sources.fuzz.drawing import Draw, Name, broadcast
from conformance.sources.fuzz.statements.registry import anything, dimensioned, statement


@statement(10, of=dimensioned)
def view(draw: Draw, x: Name) -> str | None:
    n, rest = x.shape[0], x.shape[1:]
    forms: list[tuple[str, tuple[int, ...]]] = [
        ("{x}.view(-1)", (x.size,)), ("{x}.reshape(-1)", (x.size,)), ("{x}.unsqueeze(0)", (1, *x.shape)),
        ("{x}[...]", x.shape),
        ("{x}[..., None]", (*x.shape, 1)), ("{x}[1:]", (max(n - 1, 0), *rest)), ("{x}[::2]", (-(-n // 2), *rest)),
        ("{x}.mT", (*x.shape[:-2], *x.shape[:-3:-1])), ("{x}.flip(0)", x.shape), ("{x}.roll(1, 0)", x.shape),
        ("{x}.squeeze()", tuple(length for length in x.shape if length != 1)), ("{x}.detach()", x.shape),
        ("{x}.expand(2, *{x}.shape)", (2, *x.shape)), ("{x}.movedim(0, -1)", (*rest, n)), ("{x}.flatten()", (x.size,)),
        ("{x}.narrow(0, 0, 1)", (1, *rest)), ("{x}.as_strided((2,), (1,))", (2,)), ("{x}.contiguous()", x.shape),
        ("{x}.view_as({x})", x.shape), ("{x}.repeat(2, *[1] * ({x}.dim() - 1))", (2 * n, *rest)),
        ("{x}.tile(2)", x.shape),
        ("{x}.view({x}.shape)", x.shape), ("{x}.unfold(0, 1, 1)",
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


@statement(3, of=lambda each: len(each.shape) > 0 and each.shape[0] in (2, 3))
def pieces(draw: Draw, x: Name) -> str | None:
    """Several views of one tensor."""
    count, rest = x.shape[0], x.shape[1:]
    form = draw.one(("unbind()", "split(1)", "chunk({n})", "tensor_split({n})", "unsafe_split(1)"))
    shape = rest if form == "unbind()" else (1, *rest)
    names = ", ".join(draw.bind(x, shape) for _ in range(count))
    return f"{names} = {x.name}.{form.format(n=count)}"


@statement(4, of=lambda each: len(each.shape) > 0 and each.shape[0] >= 2)
def indexed(draw: Draw, x: Name) -> str | None:
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


@statement(10, of=lambda each: not each.leaf)
def write(draw: Draw, x: Name) -> str | None:
    return written(draw, x)


@statement(2, of=anything)
def write_anywhere(draw: Draw, x: Name) -> str | None:
    return written(draw, x)


def written(draw: Draw, x: Name) -> str:
    """Code that writes into a tensor."""
    y = draw.tensor(lambda each: broadcast(x.shape, each.shape) == x.shape and each.dtype == x.dtype)
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
                  "{x}.data = {y}.detach()", "{x}.copy_({y} * 2)"]  # fmt: skip
        if x.shape and x.shape == y.shape:
            forms += [
                "{x}[0] = {y}[0]",
                "{x}[1:] = {y}[1:] * {c}",
                "{x}[{y} > 0] = {y}[{y} > 0]",
                "{x}[0].add_({y}[0])",
            ] * 2
    code = draw.one(forms).format(x=x.name, c=draw.number(), y=y.name if y else "")
    return f"with torch.no_grad():\n    {code}" if draw.chance(0.2) else code
