"""Joining: cat, stack and their variations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..declare.op import DEFAULT, missing, op
from ..dispatch.arguments import tensors as checked
from ..dispatch.outputs import Output
from ..dispatch.overrides import overridable_function
from ..formulas.joining import cat_backward
from ..kernels import joining as kernels
from ..layout import wrap_dim
from ..tensor import Tensor

_OUT = Output(
    uncastable="torch.cat(): input types can't be cast to the desired output type {out.scalar_type}", error=TypeError
)


def _check_cat(tensors: Sequence[Tensor], dim: int) -> None:
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for position, one in enumerate(tensors):
        if one.dim() == 0:
            raise RuntimeError(f"zero-dimensional tensor (at position {position}) cannot be concatenated")
    counted = [(position, one) for position, one in enumerate(tensors) if one.shape != (0,)]
    if not counted:
        return
    first = counted[0][1]
    dim = wrap_dim(dim, first.dim())
    for position, one in counted[1:]:
        if one.dim() != first.dim():
            raise RuntimeError(f"Tensors must have same number of dimensions: got {first.dim()} and {one.dim()}")
        for d, (n, m) in enumerate(zip(first.shape, one.shape, strict=True)):
            if d != dim and n != m:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {dim}. Expected size {n} but got size {m} for "
                    f"tensor number {position} in the list."
                )


cat, concat, concatenate = op(
    "cat(Tensor[] tensors, int dim=0) -> Tensor", kernels.cat,
    tensors=lambda grad, tensors_args_sym_sizes, dim: cat_backward(grad, tensors_args_sym_sizes, dim),
    promote=DEFAULT, check=_check_cat, also=("concat", "concatenate"), structural=True, apart=0, out=_OUT, method=False,
)  # fmt: skip


def _check_stack(tensors: Sequence[Tensor], dim: int) -> None:
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    first = tensors[0]
    wrap_dim(dim, first.dim() + 1)
    for position, one in enumerate(tensors):
        if one.shape != first.shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first.shape)} at entry 0 and "
                f"{list(one.shape)} at entry {position}"
            )


stack = op(
    "stack(Tensor[] tensors, int dim=0) -> Tensor", kernels.stack,
    tensors=lambda grad, dim: [grad.select(dim, i) for i in range(grad.shape[dim])],
    promote=DEFAULT, check=_check_stack, structural=True, apart=0, out=_OUT, method=False,
)  # fmt: skip


def _check_chunk_cat(tensors: Sequence[Tensor], dim: int, num_chunks: int) -> None:
    if num_chunks < 1:
        raise RuntimeError("_chunk_cat expects positive num_chunks")
    if not tensors:
        raise RuntimeError("_chunk_cat expects a non-empty input tensor list")
    first = tensors[0]
    for one in tensors:
        if one.numel() == 0:
            raise RuntimeError("_chunk_cat expects non-empty tensor")
        if one._dtype is not first._dtype:
            raise RuntimeError("_chunk_cat expects all input tensors with the same dtype")
    if all(one.dim() == first.dim() for one in tensors):
        dim = wrap_dim(dim, first.dim())
    elif dim < 0:
        raise RuntimeError("_chunk_cat expects non-negative dim when input tensors have different ndims")
    elif any(one.dim() <= dim for one in tensors):
        raise RuntimeError("_chunk_cat expects dim < ndim for all input tensors")
    if any(one.shape[:dim] != first.shape[:dim] for one in tensors):
        raise RuntimeError("_chunk_cat expects same sizes of 0,...,dim-1 dimensions for all tensors")


_chunk_cat = op(
    "_chunk_cat(Tensor[] tensors, int dim, int num_chunks) -> Tensor", kernels.chunk_cat,
    tensors=missing("_chunk_cat"), node="NotImplemented", check=_check_chunk_cat, structural=True, out=_OUT,
    method=False,
)  # fmt: skip


def _at_least(*tensors: Any, rank: int) -> list[Tensor]:
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    return [_of_rank(one, rank) for one in checked(given)]


def _of_rank(one: Tensor, rank: int) -> Tensor:
    """With ``rank`` dimensions at least: a vector becomes a row, a matrix of three dimensions gets a last one."""
    if one.dim() == 0:
        return one.reshape((1,) * rank)
    if one.dim() == 1 and rank > 1:
        one = one.unsqueeze(0)
    return one.unsqueeze(-1) if one.dim() == 2 and rank == 3 else one


def _check_some(name: str) -> Any:
    def check(tensors: Sequence[Tensor]) -> None:
        if not tensors:
            raise RuntimeError(f"{name} expects a non-empty TensorList")

    return check


def _hstack(tensors: Sequence[Tensor]) -> Tensor:
    given = _at_least(tensors, rank=1)
    return cat(given, 0 if given[0].dim() == 1 else 1)


hstack = op(
    "hstack(Tensor[] tensors) -> Tensor", composite=_hstack, check=_check_some("hstack"), out=_OUT, method=False
)
vstack, row_stack = op(
    "vstack(Tensor[] tensors) -> Tensor", composite=lambda tensors: cat(_at_least(tensors, rank=2), 0),
    check=_check_some("vstack"), also=("row_stack",), out=_OUT, method=False,
)  # fmt: skip
dstack = op(
    "dstack(Tensor[] tensors) -> Tensor", composite=lambda tensors: cat(_at_least(tensors, rank=3), 2),
    check=_check_some("dstack"), out=_OUT,
    method=False,
)  # fmt: skip
column_stack = op(
    "column_stack(Tensor[] tensors) -> Tensor",
    composite=lambda tensors: cat([t.reshape((t.numel(), 1)) if t.dim() <= 1 else t for t in tensors], 1),
    check=_check_some("column_stack"), out=_OUT,
    method=False,
)  # fmt: skip


def _bare(found: list[Tensor], tensors: tuple) -> Any:
    return found[0] if len(tensors) == 1 and isinstance(tensors[0], Tensor) else tuple(found)


@overridable_function()
def atleast_1d(*tensors: Any) -> Any:
    """Each tensor with one dimension at least.  Source: ``torch.atleast_1d``."""
    return _bare(_at_least(*tensors, rank=1), tensors)


@overridable_function()
def atleast_2d(*tensors: Any) -> Any:
    """Each tensor with two dimensions at least.  Source: ``torch.atleast_2d``."""
    return _bare(_at_least(*tensors, rank=2), tensors)


@overridable_function()
def atleast_3d(*tensors: Any) -> Any:
    """Each tensor with three dimensions at least.  Source: ``torch.atleast_3d``."""
    return _bare(_at_least(*tensors, rank=3), tensors)
