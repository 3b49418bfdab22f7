"""Running reductions."""

from __future__ import annotations

from ..declare.op import op
from ..dispatch.outputs import SAME, Output
from ..dispatch.slow import cast
from ..kernels import cumulative as kernels
from ..tensor import Tensor, wrap_dim
from .joining import cat

_OUT = Output(SAME.mismatch, follows=True)

cumsum = op(
    "cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
    lambda self, dim, dtype: kernels.cumsum(cast(self, dtype.numpy) if dtype else self, dim, dtype and dtype.numpy),
    self=lambda grad, dim: _reverse_cumsum(grad, dim),
    check=lambda self, dim, dtype: wrap_dim(dim, self.dim()), inplace=True, out=_OUT,
)  # fmt: skip


def _reverse_cumsum(grad: Tensor, dim: int) -> Tensor:
    return grad.flip((dim,)).cumsum(dim).flip((dim,)) if grad.dim() else grad


cumprod = op(
    "cumprod(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
    lambda self, dim, dtype: kernels.cumprod(cast(self, dtype.numpy) if dtype else self, dim, dtype and dtype.numpy),
    self=lambda grad, self, dim, result: _cumprod_backward(grad, self, dim, result),
    check=lambda self, dim, dtype: wrap_dim(dim, self.dim()), inplace=True, out=_OUT,
)  # fmt: skip


def _cumprod_backward(grad: Tensor, self: Tensor, dim: int, result: Tensor) -> Tensor:
    """The reverse running sum of ``grad * result``, over ``self``; term by term where an element is zero."""
    if self.numel() <= 1:
        return grad
    if not bool((self == 0).any()):
        return _reverse_cumsum(grad * result.conj(), dim) / self.conj()
    n = self.shape[dim]
    parts = []
    for k in range(n):
        # d result[i] / d self[k] for i >= k is the product of all others up to i.
        ones = self.narrow(dim, k, 1) * 0 + 1

        others = cat([self.narrow(dim, 0, k), ones, self.narrow(dim, k + 1, n - k - 1)], dim).cumprod(dim)
        parts.append((grad * others.conj()).narrow(dim, k, n - k).sum(dim, True))
    return cat(parts, dim)
