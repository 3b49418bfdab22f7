"""``torch.sparse.softmax`` and ``log_softmax``."""

from __future__ import annotations

from ..checks import not_implemented
from ..declare.op import FLOATING, op
from ..dispatch.layouts import KERNELS, refused
from ..dtypes import dtype
from ..kernels import sparse_softmax as kernels
from ..layout import wrap_dim
from ..sparse_array import SparseArray
from ..tensor import Tensor


def _check(self: Tensor, dim: int, name: str) -> None:
    if not isinstance(self._array, SparseArray):
        raise refused(f"_sparse_{name}", "CPU")
    wrap_dim(dim, self.dim())


_softmax_backward = op(
    "_sparse_softmax_backward_data(Tensor grad_output, Tensor output, int dim, Tensor self) -> Tensor",
    kernels.softmax_backward, forward=False, structural=True, method=False,
)  # fmt: skip
_log_softmax_backward = op(
    "_sparse_log_softmax_backward_data(Tensor grad_output, Tensor output, int dim, Tensor self) -> Tensor",
    kernels.log_softmax_backward, forward=False, structural=True, method=False,
)  # fmt: skip
_sparse_softmax = op(
    "_sparse_softmax(Tensor self, int dim, bool half_to_float) -> Tensor", kernels.softmax,
    self=lambda grad, result, dim, self: _softmax_backward(grad, result, dim, self),
    check=lambda self, dim, half_to_float: _check(self, dim, "softmax"),
    dtypes=FLOATING, unsupported=not_implemented("softmax"), forward=False, structural=True, method=False,
)  # fmt: skip
_sparse_log_softmax = op(
    "_sparse_log_softmax(Tensor self, int dim, bool half_to_float) -> Tensor", kernels.log_softmax,
    self=lambda grad, result, dim, self: _log_softmax_backward(grad, result, dim, self),
    check=lambda self, dim, half_to_float: _check(self, dim, "log_softmax"),
    dtypes=FLOATING, unsupported=not_implemented("log_softmax"), forward=False, structural=True, method=False,
)  # fmt: skip
KERNELS.update(
    {
        "_sparse_softmax": kernels.softmax, "_sparse_log_softmax": kernels.log_softmax,
        "_sparse_softmax_backward_data": kernels.softmax_backward,
        "_sparse_log_softmax_backward_data": kernels.log_softmax_backward,
    }
)  # fmt: skip


def softmax(input: Tensor, dim: int, *, dtype: dtype | None = None) -> Tensor:
    """Exponentials divided by their sum along a dimension, of stored elements alone.

    Raises:
        NotImplementedError: for a tensor that is not sparse.
        IndexError: for a dimension that there is not.

    Source: ``torch.sparse.softmax``.
    """
    return _sparse_softmax(input if dtype is None else input.to(dtype), dim, False)


def log_softmax(input: Tensor, dim: int, *, dtype: dtype | None = None) -> Tensor:
    """The logarithm of `softmax`.  Source: ``torch.sparse.log_softmax``."""
    return _sparse_log_softmax(input if dtype is None else input.to(dtype), dim, False)
