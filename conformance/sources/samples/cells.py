"""What is made of samples of every table: their tensors as code, and the cells that differentiate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch

from conformance.sources.samples import code
from conformance.sources.samples.code import Names, Unwritable
from conformance.spec.model import Case, Cell, Slack

IN_ANY_ORDER = Slack(times=1.0, normwise=True, reason="sums may be in any order, which shows where they cancel")


class Given:
    """The tensors of a sample: the code that makes them, and what they are called in it; those that are not to be
    compared by names that start with an underscore."""

    def __init__(self, *values: Any, unobserved: Sequence[torch.Tensor] = ()) -> None:
        self.names = Names()
        self.leaves: list[tuple[str, torch.Tensor]] = []
        lines = ["import torch"]
        for tensor in code.tensors(list(values)):
            if tensor in self.names:
                continue
            name = f"{'_' * any(tensor is each for each in unobserved)}x{len(lines) - 1}"
            lines.append(f"{name} = {code.tensor(tensor)}")
            self.names.give(tensor, name)
            if tensor.requires_grad:
                self.leaves.append((name, tensor))
        self.code = "\n".join(lines)


def spread(length: int, count: int | None) -> list[int]:
    """So many places, evenly from the first to the last."""
    if count is None or length <= count:
        return list(range(length))
    return sorted({index * (length - 1) // max(count - 1, 1) for index in range(count)})


def short(dtype: torch.dtype) -> str:
    """A dtype without its module."""
    return str(dtype).removeprefix("torch.")


def cell(label: str, text: str, slack: Slack | None = None, title: str = "") -> Cell:
    """A cell of which nothing is stated: it may raise too."""
    said: dict[str, Any] = {"from": label, "code": text, "may_raise": True}
    if slack is not None:
        said["slack"] = slack
    if title:
        said["title"] = title
    return Cell.model_validate(said)


def cotangent(like: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Multiples of an eighth, which every floating dtype holds and a reader can read."""
    drawn = rng.integers(-16, 17, tuple(like.shape)) / 8
    if like.dtype.is_complex:
        drawn = drawn + 1j * rng.integers(-16, 17, tuple(like.shape)) / 8
    return torch.as_tensor(drawn).to(like.dtype)


def derivatives(
    roots: Sequence[tuple[str, torch.Tensor]], inputs: str, given: Sequence[torch.Tensor], *, again: bool
) -> Iterator[Cell]:
    """First derivatives by made-up cotangents, and second ones.

    Args:
        roots: what is differentiated, by the names that it has in the cells.
        inputs: by what, as it stands in a list.
        given: the same, as tensors.
        again: whether there are second derivatives.
    """
    rng = np.random.default_rng(0)
    outputs = ", ".join(path for path, _ in roots)
    vectors = [cotangent(each, rng) for _, each in roots]
    lines = [f"v{index} = {code.tensor(each)}" for index, each in enumerate(vectors)]
    names = ", ".join(f"v{index}" for index in range(len(vectors)))
    options = f"allow_unused=True, {'create_graph' if again else 'retain_graph'}=True"
    lines += [
        f"_g = torch.autograd.grad([{outputs}], [{inputs}], [{names}], {options})",
        "gradients = [g if g is None else g.detach().clone() for g in _g]",
    ]
    half = any(each.dtype in (torch.float16, torch.bfloat16) for each in given)
    slack = Slack(times=16.0 if half else 4.0, normwise=True, reason="formulas round in between")
    yield cell("backward", "\n".join(lines), slack)
    first = _first([each for _, each in roots], given, vectors) if again else ()
    tracked = [(index, each) for index, each in enumerate(first) if each is not None and each.requires_grad]
    if not tracked:
        return
    lines = [f"w{index} = {code.tensor(cotangent(each, rng))}" for index, each in tracked]
    reached = [index for index, each in enumerate(first) if each is not None]
    lines += [
        f"tracked = [{', '.join(f'_g[{index}].requires_grad' for index in reached)}]",
        f"_h = torch.autograd.grad([{', '.join(f'_g[{index}]' for index, _ in tracked)}], [{inputs}], "
        f"[{', '.join(f'w{index}' for index, _ in tracked)}], allow_unused=True, retain_graph=True)",
        "second = [h if h is None else h.detach().clone() for h in _h]",
    ]
    yield cell("double backward", "\n".join(lines), slack)


def _first(
    roots: Sequence[torch.Tensor], given: Sequence[torch.Tensor], vectors: Sequence[torch.Tensor]
) -> Sequence[torch.Tensor | None]:
    """The first derivatives in torch; none if it raises."""
    try:
        return torch.autograd.grad(roots, given, vectors, allow_unused=True, create_graph=True)
    except Exception:
        return ()


def written(make: Callable[..., Case], *arguments: Any) -> Case | Unwritable:
    """A case, or why it cannot be made."""
    try:
        return make(*arguments)
    except Unwritable as reason:
        return reason
