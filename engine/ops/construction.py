"""Matrices and grids that are made of smaller tensors."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..autograd.levels import is_wrapped
from ..checks import not_implemented
from ..declare.op import DEFAULT, LEADING, NUMERIC, op
from ..dispatch.arguments import tensors as checked
from ..dispatch.outputs import CASTABLE, SAME, Output
from ..dispatch.overrides import overridable_function
from ..dtypes import FLOATING, bfloat16, bool_, default_dtype, float16, int64
from ..kernels import construction as kernels
from ..layout import wrap_dim
from ..tensor import Tensor, wrap, written_zeros
from ..warning import warn
from .arithmetic import mul
from .joining import cat, stack
from .parts import diagonal_copy
from .shape import _unsafe_view

# Diagonals.


def _check_diag_embed(self: Tensor, offset: int, dim1: int, dim2: int) -> None:
    first, second = wrap_dim(dim1, self.dim() + 1), wrap_dim(dim2, self.dim() + 1)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")


diag_embed = op(
    "diag_embed(Tensor self, int offset=0, int dim1=-2, int dim2=-1) -> Tensor", kernels.diag_embed,
    self=lambda grad, offset, dim1, dim2: grad.diagonal(offset, dim1, dim2),
    check=_check_diag_embed, structural=True, batch=LEADING,
    writes=2,
)  # fmt: skip


def _diag(self: Tensor, diagonal: int) -> Tensor:
    if self.dim() == 1:
        return diag_embed(self, diagonal)
    if self.dim() == 2:
        return diagonal_copy(self, diagonal)
    raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {self.dim()}D")


_UNCASTABLE = "diag: result type {result.scalar_type} can't be cast to the desired out= type {out.scalar_type}"
diag = op(
    "diag(Tensor self, int diagonal=0) -> Tensor", composite=_diag,
    out=Output(
        choose=lambda self, diagonal: dataclasses.replace(SAME, uncastable=_UNCASTABLE if self.dim() == 1 else "")
    ),
)  # fmt: skip
diagflat = op(
    "diagflat(Tensor self, int offset=0) -> Tensor",
    composite=lambda self, offset: diag_embed(self.contiguous().view((-1,)), offset),
)  # fmt: skip


def _check_trace(self: Tensor) -> None:
    if self.dim() != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {self.dim()}")


trace = op(
    "trace(Tensor self) -> Tensor", kernels.trace,
    self=lambda grad, self_sym_sizes: _trace_backward(grad, self_sym_sizes),
    check=_check_trace, dtypes=NUMERIC, unsupported=not_implemented("trace"),
)  # fmt: skip


def _trace_backward(grad: Tensor, sizes: Sequence[int]) -> Tensor:
    found = written_zeros(grad, (math.prod(sizes),))
    places = wrap(np.arange(min(sizes)) * (sizes[1] + 1))
    if is_wrapped(grad):
        return found.index_fill(0, places, grad).view(sizes)
    return found.index_fill_(0, places, grad).view(sizes)


def _blocks(grad: Tensor, shapes: Sequence[Sequence[int]]) -> list[Tensor]:
    """The blocks on the diagonal, in the shapes of what they were made of."""
    found, row, column = [], 0, 0
    for shape in shapes:
        m, n = kernels.as_matrix(shape)
        found.append(grad.narrow(0, row, m).narrow(1, column, n).reshape(tuple(shape)))
        row, column = row + m, column + n
    return found


def _check_blocks(tensors: Sequence[Tensor]) -> None:
    for position, one in enumerate(tensors):
        if one.dim() > 2:
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {position} has {one.dim()} "
                "dimensions"
            )


_block_diag = op(
    "block_diag(Tensor[] tensors) -> Tensor", kernels.block_diag,
    tensors=lambda grad, tensors_args_sym_sizes, tensors_args_scalartypes: _blocks(grad, tensors_args_sym_sizes),
    check=_check_blocks, promote=DEFAULT, structural=True, method=False, name="_block_diag",
)  # fmt: skip


@overridable_function()
def block_diag(*tensors: Tensor) -> Tensor:
    """A matrix with the given ones along its diagonal; vectors are rows.

    Raises:
        RuntimeError: for tensors of more than two dimensions.

    Source: ``torch.block_diag``.
    """
    given = checked(tensors)
    return _block_diag(given) if given else wrap(np.zeros((1, 0), default_dtype().numpy), default_dtype())


def _given(tensors: tuple) -> tuple:
    """The arguments, which may come as one list; all have to be tensors."""
    return checked(tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors)


# Products of all pairs, grids.


def _kron(self: Tensor, other: Tensor) -> Tensor:
    one, two, shape = _all_pairs(self, other)
    return _unsafe_view(one * two, shape)


def _all_pairs(self: Tensor, other: Tensor) -> tuple[Tensor, Tensor, list[int]]:
    """Both with a dimension of size one beside each of the other's, and the shape of the product when each such pair
    has become one dimension."""
    n = max(self.dim(), other.dim())
    one, two = ([1] * (n - each.dim()) + list(each.shape) for each in (self, other))
    rows = _unsafe_view(self, [size for m in one for size in (m, 1)])
    columns = _unsafe_view(other, [size for m in two for size in (1, m)])
    return rows, columns, [a * b for a, b in zip(one, two, strict=True)]


def _kron_out(outs: Sequence[Tensor], self: Tensor, other: Tensor) -> None:
    """By way of a tensor of the same memory, and so without a new version."""
    one, two, shape = _all_pairs(self, other)
    CASTABLE.resize(outs[0], np.broadcast_to(np.empty((), outs[0]._array.dtype), shape))
    mul(one, two, out=_unsafe_view(outs[0], [a * b for a, b in zip(one.shape, two.shape, strict=True)]))


kron = op("kron(Tensor self, Tensor other) -> Tensor", composite=_kron, out=Output(by=_kron_out))


def _vander(x: Tensor, N: int | None, increasing: bool) -> Tensor:
    if x.dim() != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    count = x.shape[0] if N is None else N
    if count < 0:
        raise RuntimeError("N must be non-negative.")
    result = x.new_zeros((x.shape[0], count), dtype=int64 if x._dtype.category < FLOATING else x._dtype)
    if count > 0:
        result.select(1, 0).fill_(1)
    if count > 1:
        result.narrow(1, 1, count - 1).copy_(x.unsqueeze(1))
        result.narrow(1, 1, count - 1).copy_(result.narrow(1, 1, count - 1).cumprod(1))
    return result if increasing else result.flip(1)


vander = op("vander(Tensor x, int? N=None, bool increasing=False) -> Tensor", composite=_vander, method=False)


def _linalg_vander(x: Tensor, N: int | None) -> Tensor:
    if x._dtype in (bool_, float16, bfloat16):
        raise RuntimeError(
            f"linalg.vander supports floating point, complex, and integer tensors, but got {x._dtype.scalar_type}"
        )
    x = x if x.dim() else x.unsqueeze(0)
    count = x.shape[-1] if N is None else N
    if count <= 1:
        raise RuntimeError("N must be greater than 1.")
    powers = x.unsqueeze(-1).expand((*x.shape, count - 1)).cumprod(-1)
    return cat([powers.new_ones((*x.shape, 1)), powers], -1)


linalg_vander = op("linalg_vander(Tensor x, *, SymInt? N=None) -> Tensor", composite=_linalg_vander, method=False)


@overridable_function()
def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]:
    """Grids of coordinates.

    Args:
        *tensors: vectors of one dtype, or numbers as 0-d tensors; or one list of them.
        indexing: ``"ij"`` for dimensions in the order of the vectors, ``"xy"`` with the first two swapped.

    Returns:
        A tensor per vector, all of one shape.

    Raises:
        RuntimeError: for other shapes, or different dtypes.

    Source: ``torch.meshgrid``.
    """
    given = _given(tensors)
    if indexing is None:
        warn("torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.", once=True)
        indexing = "ij"
    if not given:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    for one in given:
        if one.dim() > 1:
            raise RuntimeError(
                f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {list(one.shape)}"
            )
        if one._dtype is not given[0]._dtype:
            raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    swapped = indexing == "xy" and len(given) >= 2
    if swapped:
        given = (given[1], given[0], *given[2:])
    shape = [one.numel() for one in given]
    grids = [
        one.view([-1 if d == place else 1 for d in range(len(shape))]).expand(shape) for place, one in enumerate(given)
    ]
    if swapped:
        grids = [grids[1], grids[0], *grids[2:]]
    return tuple(grids)


@overridable_function()
def cartesian_prod(*tensors: Tensor) -> Tensor:
    """All combinations of one element of each vector, a row for each.

    Raises:
        RuntimeError: for tensors that are no vectors.

    Source: ``torch.cartesian_prod``.
    """
    given = checked(tensors)
    for one in given:
        if one.dim() != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(one.shape)}")
    if len(given) == 1:
        return given[0]
    return stack([grid.flatten() for grid in meshgrid(*given, indexing="ij")], 1)


def _combinations(self: Tensor, r: int, with_replacement: bool) -> Tensor:
    if self.dim() != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(self.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return self.new_empty((0,))
    places = np.indices((self.numel(),) * r)
    rises = np.less_equal if with_replacement else np.less
    mask = wrap(np.all(rises(places[:-1], places[1:]), axis=0))
    return stack([grid.masked_select(mask) for grid in meshgrid(*[self] * r, indexing="ij")], 1)


combinations = op(
    "combinations(Tensor self, int r=2, bool with_replacement=False) -> Tensor", composite=_combinations, method=False
)
