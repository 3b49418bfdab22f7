"""Gathering and scattering along a dimension, and writing a part into a copy."""

from __future__ import annotations

from typing import Any

from ..autograd.levels import written
from ..checks import broadcast, not_implemented
from ..declare.op import missing, op, real_gradient
from ..dispatch.outputs import SAME
from ..dtypes import bool_, int32, int64
from ..formulas.scattering import reduce_backward, scattered
from ..kernels import indexing as kernels
from ..layout import wrap_dim
from ..tensor import Tensor
from ..warning import warn
from .parts import slice_

# Along a dimension.


def _check_gather(name: str) -> Any:
    def check(self: Tensor, dim: int, index: Tensor, *rest: Any) -> None:
        dim = wrap_dim(dim, self.dim())
        if index.numel() == 0:
            return
        if index._dtype not in (int64, int32):
            raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
        if name != "gather" and rest and isinstance(rest[0], Tensor) and rest[0]._dtype is not self._dtype:
            raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
        if max(index.dim(), 1) != max(self.dim(), 1):
            what = "input" if name == "gather" else "self"
            raise RuntimeError(f"Index tensor must have the same number of dimensions as {what} tensor")
        source = list(rest[0].shape) if rest and isinstance(rest[0], Tensor) else None
        beyond = [d for d, (n, m) in enumerate(zip(index.shape, self.shape, strict=False)) if d != dim and n > m]
        wrong = bool(beyond)
        for d, n in enumerate(index.shape if source is not None and not beyond else ()):
            wrap_dim(d, len(source or ()))
            wrong = wrong or n > (source[d] if source else 1)
            if wrong:
                break
        if source is not None and max(index.dim(), 1) != max(len(source), 1):
            raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
        if source is not None and wrong:
            raise RuntimeError(
                f"Expected index {list(index.shape)} to be no larger than self {list(self.shape)} apart from dimension "
                f"{dim} and to be no larger size than src {source}"
            )
        if beyond and name != "gather":
            raise RuntimeError(
                f"Expected index {list(index.shape)} to be no larger than self {list(self.shape)} apart from dimension "
                f"{dim}"
            )
        if beyond:
            raise RuntimeError(
                f"Size does not match at dimension {beyond[0]} expected index {list(index.shape)} to be no larger than "
                f"self {list(self.shape)} apart from dimension {dim}"
            )
        n = self.shape[dim] if self.dim() else 1
        outside = index._array[(index._array < 0) | (index._array >= n)]
        if outside.size:
            raise RuntimeError(f"index {outside.flat[0]} is out of bounds for dimension {dim} with size {n}")

    return check


gather = op(
    "gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor",
    lambda self, dim, index, sparse_grad: kernels.gather(self, dim, index),
    self=lambda grad, self, dim, index, sparse_grad: written(
        grad.new_zeros(self.shape), "scatter_add", dim, index, grad),
    check=_check_gather("gather"), structural=True, apart=0, rows=True, out=SAME,
)  # fmt: skip
scatter = op(
    "scatter.src(Tensor self, int dim, Tensor index, Tensor src) -> Tensor", kernels.scatter,
    self=lambda grad, dim, index: grad.scatter(dim, index, 0),
    src=lambda grad, dim, index: grad.gather(dim, index),
    check=_check_gather("scatter"), structural=True, apart=1, inplace=True, out=SAME,
    writes=1,
)  # fmt: skip
scatter_add = op(
    "scatter_add(Tensor self, int dim, Tensor index, Tensor src) -> Tensor", kernels.scatter_add,
    self=lambda grad: grad,
    src=lambda grad, dim, index: grad.gather(dim, index),
    check=_check_gather("scatter_add"), apart=1, inplace=True, out=SAME,
    writes=1,
)  # fmt: skip


def _check_reduce(self: Tensor, dim: int, index: Tensor, src: Any, reduce: str) -> None:
    if reduce not in ("add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    _check_gather("scatter")(self, dim, index)
    if isinstance(src, Tensor):
        warn(
            "The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a future "
            "PyTorch release. Use torch.scatter_reduce instead for more reduction options.",
            once=True,
        )


scatter = op(
    "scatter.reduce(Tensor self, int dim, Tensor index, Tensor src, *, str reduce) -> Tensor", kernels.scatter_reduce,
    self=missing("scatter"), src=missing("scatter"), node="NotImplemented",
    check=_check_reduce, apart=1, inplace=True, out=SAME,
    writes=1,
)  # fmt: skip
scatter = op(
    "scatter.value(Tensor self, int dim, Tensor index, Scalar value) -> Tensor", kernels.scatter,
    self=lambda grad, dim, index: grad.scatter(dim, index, 0),
    tangent=lambda self_t, dim, index: self_t.scatter(dim, index, 0),
    check=_check_gather("scatter"), structural=True, apart=1, node="ScatterBackward1", inplace=True, out=SAME,
    writes=1,
)  # fmt: skip
scatter = op(
    "scatter.value_reduce(Tensor self, int dim, Tensor index, Scalar value, *, str reduce) -> Tensor",
    kernels.scatter_reduce, self=missing("scatter"), node="NotImplemented",
    check=_check_reduce, apart=1, inplace=True, out=SAME,
    writes=1,
)  # fmt: skip


def _check_scatter_reduce(
    self: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, include_self: bool = True
) -> None:
    if reduce not in _INTO and reduce not in _EXTREMES:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    if src._dtype is not self._dtype and index.numel():
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    kind = _EXTREMES.get(reduce, reduce)
    if (reduce == "mean" and self._dtype is bool_) or (kind in ("amax", "amin") and self._dtype.is_complex):
        raise not_implemented(f"scatter_gather_tensor_cpu_reduce_{kind}")(self._dtype)
    _check_gather("scatter")(self, dim, index, src)


_INTO = ("sum", "prod", "mean", "amax", "amin")
_EXTREMES = {"max": "amax", "min": "amin"}
"""Names that are taken for others, though no error tells of them, and no derivative knows them."""
scatter_reduce = op(
    "scatter_reduce.two(Tensor self, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True)"
    " -> Tensor", kernels.reduce_into,
    jointly=lambda grad, self, dim, index, src, reduce, include_self, result, needs: reduce_backward(
        grad, self, src, reduce, include_self, result, scattered(dim, index, include_self), needs),
    differentiable=("self", "src"), check=_check_scatter_reduce, apart=1, inplace=True, out=SAME,
)  # fmt: skip


def _take_along_dim(self: Tensor, indices: Tensor, dim: int | None) -> Tensor:
    if dim is None:
        return self.view((-1,)).gather(0, indices.view((-1,)))
    if indices._dtype is not int64:
        raise RuntimeError(
            "torch.take_along_dim(): dtype of indices should be Long but got " + indices._dtype.scalar_type
        )
    if self.dim() != indices.dim():
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{self.dim()} dimensions for input, and {indices.dim()} dimensions for indices"
        )
    dim = wrap_dim(dim, self.dim())
    shape = broadcast(*(tuple(1 if d == dim else n for d, n in enumerate(one.shape)) for one in (self, indices)))
    sizes = [[one.shape[dim] if d == dim else n for d, n in enumerate(shape)] for one in (self, indices)]
    counted = indices.remainder(max(self.shape[dim], 1))  # a negative index counts from the end
    return self.broadcast_to(sizes[0]).gather(dim, counted.broadcast_to(sizes[1]))


take_along_dim = op(
    "take_along_dim(Tensor self, Tensor indices, int? dim=None) -> Tensor", composite=_take_along_dim, out=SAME
)

# Parts.


def check_fills(src: Tensor, place: Tensor) -> None:
    """Refuse to put a tensor in the place of a part of another shape.

    Raises:
        RuntimeError: if the shapes differ.
    """
    if src.shape != place.shape:
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, slice size = "
            f"{list(place.shape)}"
        )


def _check_real_fill(name: str, self: Tensor, src: Tensor, place: Tensor) -> None:
    check_fills(src, place)
    real_gradient(name)(self, src)


slice_scatter = op(
    "slice_scatter(Tensor self, Tensor src, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor",
    kernels.slice_scatter,
    self=lambda grad, src_info, dim, start, end, step: grad.slice_scatter(
        grad.new_zeros(src_info), dim, start, end, step
    ),
    src=lambda grad, dim, start, end, step: slice_(grad, dim, start, end, step),
    check=lambda self, src, *place: _check_real_fill("slice_scatter", self, src, slice_(self._detached(), *place)),
    structural=True, out=SAME, writes=2,
)  # fmt: skip
select_scatter = op(
    "select_scatter(Tensor self, Tensor src, int dim, SymInt index) -> Tensor", kernels.select_scatter,
    self=lambda grad, src_info, dim, index: grad.select_scatter(grad.new_zeros(src_info), dim, index),
    src=lambda grad, dim, index: grad.select(dim, index),
    check=lambda self, src, *place: _check_real_fill("select_scatter", self, src, self._detached().select(*place)),
    structural=True, writes=2,
)  # fmt: skip
diagonal_scatter = op(
    "diagonal_scatter(Tensor self, Tensor src, int offset=0, int dim1=0, int dim2=1) -> Tensor",
    kernels.diagonal_scatter,
    self=lambda grad, src_info, offset, dim1, dim2: diagonal_scatter(
        grad, grad.new_zeros(src_info), offset, dim1, dim2
    ),
    src=lambda grad, offset, dim1, dim2: grad.diagonal(offset, dim1, dim2),
    check=lambda self, src, *place: check_fills(src, self._detached().diagonal(*place)), structural=True, out=SAME,
    writes=2, makes_real=False,
)  # fmt: skip
