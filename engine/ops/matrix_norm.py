"""Norms of matrices, and what follows from singular values: rank, condition, pseudo-inverse."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..autograd.views import bump
from ..checks import wrap_dims
from ..declare.op import op
from ..dispatch.outputs import Output
from ..dispatch.overrides import overridable_function
from ..dtypes import DIFFERENTIABLE, dtype
from ..formulas.linalg import pinv_backward
from ..tensor import Tensor, wrap
from ..warning import warn
from .linalg import inverted
from .masking import where
from .matrices import PRECISE, castable, check_matrix, check_square
from .reduction import check_norm_dtype, linalg_vector_norm
from .spectral import linalg_eigh, linalg_eigvalsh, linalg_svd, linalg_svdvals


def _check_norm(self: Tensor, precise: bool) -> None:
    if self._dtype not in DIFFERENTIABLE:
        raise RuntimeError(
            f"linalg.matrix_norm: Expected a floating point or complex tensor as input. Got {self._dtype.scalar_type}"
        )
    if precise and self._dtype not in PRECISE:
        raise RuntimeError(f"linalg.matrix_norm: Low precision dtypes not supported. Got {self._dtype.scalar_type}")
    check_matrix("linalg.matrix_norm", self)


def _pair(dim: Sequence[int], ndim: int) -> tuple[int, int]:
    if len(dim) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {' '.join(map(str, dim))}")
    first, second = wrap_dims(dim[:1], ndim)[0], wrap_dims(dim[1:], ndim)[0]
    if first == second:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})")
    return first, second


def _matrix_norm(self: Tensor, ord: float, dim: Sequence[int], keepdim: bool, dtype: dtype | None) -> Tensor:
    size = abs(ord)
    _check_norm(self, size == 2)
    check_norm_dtype("matrix_norm", self._dtype, dtype)
    first, second = _pair(dim, self.dim())
    if size not in (1, 2, math.inf):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    matrix = self if dtype is None else self.to(dtype)
    if size == 2:
        values = linalg_svdvals(matrix.movedim((first, second), (-2, -1)))
        found = _extreme(values, ord, -1, keepdim)
        return _kept(found, first, second) if keepdim else found
    if size == math.inf:
        first, second = second, first
    sums = linalg_vector_norm(matrix, 1, (first,), keepdim)
    if first < second and not keepdim:
        second -= 1
    return _extreme(sums, ord, second, keepdim)


def _extreme(values: Tensor, ord: float, dim: int, keepdim: bool) -> Tensor:
    """The largest of the values, 0 of none; for a negative order the smallest."""
    if ord > 0 and not values.shape[dim]:
        shape = list(values.shape)
        shape[dim : dim % values.dim() + 1] = [1] * keepdim
        return values.new_zeros(shape)
    return (values.amax if ord > 0 else values.amin)((dim,), keepdim)


def _kept(found: Tensor, first: int, second: int) -> Tensor:
    """With the reduced dimensions back in their places."""
    return found.unsqueeze(-1).movedim((-2, -1), (first, second))


def _named_norm(self: Tensor, ord: str, dim: Sequence[int], keepdim: bool, dtype: dtype | None) -> Tensor:
    _check_norm(self, ord == "nuc")
    check_norm_dtype("matrix_norm", self._dtype, dtype)
    if ord not in ("fro", "nuc"):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    first, second = _pair(dim, self.dim())
    if ord == "fro":
        return linalg_vector_norm(self, 2, (first, second), keepdim, dtype=dtype)
    matrix = self if dtype is None else self.to(dtype)
    found = linalg_svdvals(matrix.movedim((first, second), (-2, -1))).sum((-1,), keepdim)
    return _kept(found, first, second) if keepdim else found


def _norm_output(name: str) -> Output:
    return Output(f"linalg.{name} expected out tensor dtype {{result.scalar_type}} but got: {{out.scalar_type}}")


linalg_matrix_norm = op(
    "linalg_matrix_norm(Tensor self, Scalar ord, int[] dim=[-2,-1], bool keepdim=False, *, ScalarType? dtype=None)"
    " -> Tensor", composite=_matrix_norm, out=_norm_output("matrix_norm"), method=False,
)  # fmt: skip
linalg_matrix_norm = op(
    "linalg_matrix_norm.str_ord(Tensor self, str ord='fro', int[] dim=[-2,-1], bool keepdim=False, *, "
    "ScalarType? dtype=None) -> Tensor", composite=_named_norm, out=_norm_output("matrix_norm"), method=False,
)  # fmt: skip


def _check_rank(self: Tensor, ord: Any, dim: Sequence[int] | None) -> None:
    if dim is not None and len(dim) not in (1, 2):
        raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dim)}")
    if ord is not None and dim is None and self.dim() not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {self.dim()}D."
        )


def _norm(self: Tensor, ord: Any, dim: Sequence[int] | None, keepdim: bool, dtype: dtype | None) -> Tensor:
    _check_rank(self, ord, dim)
    if ord is not None and (len(dim) == 2 if dim is not None else self.dim() == 2):
        return linalg_matrix_norm(self, ord, dim if dim is not None else (0, 1), keepdim, dtype=dtype)
    return linalg_vector_norm(self, 2.0 if ord is None else ord, dim, keepdim, dtype=dtype)


linalg_norm = op(
    "linalg_norm(Tensor self, Scalar? ord=None, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None)"
    " -> Tensor", composite=_norm, out=_norm_output("norm"), method=False,
)  # fmt: skip


def _norm_by_name(self: Tensor, ord: str, dim: Sequence[int] | None, keepdim: bool, dtype: dtype | None) -> Tensor:
    _check_rank(self, ord, dim)
    return linalg_matrix_norm(self, ord, (-2, -1) if dim is None else dim, keepdim, dtype=dtype)


linalg_norm = op(
    "linalg_norm.ord_str(Tensor self, str ord, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None)"
    " -> Tensor", composite=_norm_by_name, out=_norm_output("norm"), method=False,
)  # fmt: skip


def _nuclear_norm(self: Tensor, dim: Sequence[int], keepdim: bool) -> Tensor:
    _left_behind("nuclear_norm", "linalg.matrix_norm(A, 'nuc', dim, keepdim)")
    return linalg_matrix_norm(self, "nuc", dim, keepdim)


def _frobenius_norm(self: Tensor, dim: Sequence[int], keepdim: bool) -> Tensor:
    _left_behind("frobenius_norm", "linalg.vector_norm(A, 2., dim, keepdim)")
    return linalg_vector_norm(self, 2, dim, keepdim)


def _left_behind(name: str, instead: str) -> None:
    warn(
        f"at::{name} is deprecated and it is just left for JIT compatibility. It will be removed in a future PyTorch "
        f"release. Please use `{instead}` instead",
        once=True,
    )


nuclear_norm = op(
    "nuclear_norm(Tensor self, bool keepdim=False) -> Tensor",
    composite=lambda self, keepdim: _nuclear_norm(self, (-2, -1), keepdim), out=_norm_output("matrix_norm"),
    method=False,
)  # fmt: skip
nuclear_norm = op(
    "nuclear_norm.dim(Tensor self, int[2] dim, bool keepdim=False) -> Tensor", composite=_nuclear_norm,
    out=_norm_output("matrix_norm"), method=False,
)  # fmt: skip
frobenius_norm = op(
    "frobenius_norm.dim(Tensor self, int[1] dim, bool keepdim=False) -> Tensor", composite=_frobenius_norm, out=True,
    method=False,
)  # fmt: skip


def _cond(self: Tensor, p: Any) -> Tensor:
    check_matrix("linalg.cond", self, "The input tensor")
    if not (p in ("fro", "nuc", None) or (not isinstance(p, str) and abs(p) in (1, 2, math.inf))):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    if isinstance(p, str):
        check_square(f"linalg.cond(ord={p})", self)
    if not self.numel():
        found = self.new_zeros(self.shape[:-2], dtype=self._dtype.to_real())
        bump(found)  # torch fills it
        return found
    if p is None or (not isinstance(p, str) and abs(p) == 2):
        values = linalg_svdvals(self)
        largest, smallest = values.narrow(-1, 0, 1), values.narrow(-1, -1, 1)
        return (smallest / largest if p == -2 else largest / smallest).squeeze(-1)
    check_square(f"linalg.cond(ord={p})", self)
    if p == "nuc":  # the norm of matrices with infinities is refused
        values = linalg_svdvals(self)
        return values.sum(-1) * values.reciprocal().sum(-1)
    inverse, info = inverted("linalg.inv", self, False)
    inverse.masked_fill_((info > 0).unsqueeze(-1).unsqueeze(-1), math.inf)
    found = linalg_matrix_norm(self, p) * linalg_matrix_norm(inverse, p)
    return found.masked_fill(found.isnan(), math.inf)


linalg_cond = op(
    "linalg_cond(Tensor self, Scalar? p=None) -> Tensor",
    composite=_cond,
    out=castable("linalg.cond", columns=False),
    method=False,
)
linalg_cond = op(
    "linalg_cond.p_str(Tensor self, str p) -> Tensor",
    composite=_cond,
    out=castable("linalg.cond", columns=False),
    method=False,
)

# Rank and pseudo-inverse.


def _cutoff(self: Tensor, largest: Tensor, atol: Any, rtol: Any) -> Tensor:
    """What counts as zero among singular values."""
    epsilon = float(np.finfo(self._dtype.to_real().numpy).eps)
    if rtol is None:
        positive = atol is not None and not isinstance(atol, Tensor) and atol > 0
        rtol = 0.0 if positive else epsilon * max(self.shape[-2:])
        if isinstance(atol, Tensor):
            rtol = where(atol > 0, 0.0, rtol)
    absolute, relative = (
        one if isinstance(one, Tensor) else wrap(np.asarray(one or 0.0, largest._dtype.numpy)) for one in (atol, rtol)
    )
    if absolute.dim():
        absolute = absolute.unsqueeze(-1)
    if relative.dim():
        relative = relative.unsqueeze(-1)
    return absolute.maximum(relative * largest)


def _rank(self: Tensor, atol: Any, rtol: Any, hermitian: bool) -> Tensor:
    check_matrix("torch.linalg.matrix_rank", self, "The input tensor input")
    if self._dtype not in PRECISE:
        raise RuntimeError("This function doesn't handle types other than float and double")
    detached = self._detached()
    if self.numel() == 0:
        found = wrap(np.zeros(self.shape[:-2], np.int64)).to(self.device)
        bump(found)
        return found
    values = linalg_eigvalsh(detached).abs() if hermitian else linalg_svdvals(detached)
    largest = values.amax((-1,), True)
    found = (values > _cutoff(self, largest, atol, rtol)).sum(-1)
    bump(found)  # torch sums into it
    return found


linalg_matrix_rank = op(
    "linalg_matrix_rank.atol_rtol_tensor(Tensor input, *, Tensor? atol=None, Tensor? rtol=None, bool hermitian=False)"
    " -> Tensor", composite=_rank, out=True, method=False,
)  # fmt: skip
linalg_matrix_rank = op(
    "linalg_matrix_rank.atol_rtol_float(Tensor self, *, float? atol=None, float? rtol=None, bool hermitian=False)"
    " -> Tensor", composite=_rank, out=True, method=False,
)  # fmt: skip
linalg_matrix_rank = op(
    "linalg_matrix_rank.tol_tensor(Tensor input, Tensor tol, bool hermitian=False) -> Tensor",
    composite=lambda input, tol, hermitian: _rank(input, tol, 0.0, hermitian), out=True, method=False,
)  # fmt: skip
linalg_matrix_rank = op(
    "linalg_matrix_rank(Tensor self, float tol, bool hermitian=False) -> Tensor",
    composite=lambda self, tol, hermitian: _rank(self, tol, 0.0, hermitian), out=True, method=False,
)  # fmt: skip


def _pinv_kernel(self: np.ndarray, atol: Any, rtol: Any, hermitian: bool) -> np.ndarray:
    A = wrap(self)
    if self.size == 0:
        return np.empty((*self.shape[:-2], self.shape[-1], self.shape[-2]), self.dtype)
    tolerances = [wrap(one) if isinstance(one, np.ndarray) else one for one in (atol, rtol)]
    if hermitian:
        L, V = linalg_eigh(A)
        size = L.abs()
        kept = size > _cutoff(A, size.amax((-1,), True), *tolerances)
        return ((V * where(kept, L.reciprocal(), 0.0).unsqueeze(-2)) @ V.mH)._array
    U, S, Vh = linalg_svd(A, False)
    kept = _cutoff(A, S.narrow(-1, 0, 1), *tolerances) < S
    return ((Vh.mH * where(kept, S.reciprocal(), 0.0).unsqueeze(-2)) @ U.mH)._array


def _check_pinv(self: Tensor, *_: Any) -> None:
    if self.dim() < 2 or self._dtype not in PRECISE:
        raise RuntimeError(
            f"linalg.pinv({self._dtype.scalar_type}{{{list(self.shape)}}}): expected a tensor with 2 or more "
            "dimensions of float, double, cfloat or cdouble types"
        )


_PSEUDOINVERSE = castable("linalg.pinv", columns=False)
linalg_pinv = op(
    "linalg_pinv.atol_rtol_tensor(Tensor self, *, Tensor? atol=None, Tensor? rtol=None, bool hermitian=False)"
    " -> Tensor", _pinv_kernel,
    self=lambda grad, result, self: pinv_backward(grad, result, self),
    check=_check_pinv, out=_PSEUDOINVERSE, method=False,
    constants=("atol", "rtol"),
)  # fmt: skip
_pinv = linalg_pinv


def _number(value: float | None) -> Tensor | None:
    return None if value is None else wrap(np.asarray(value, np.float64))


linalg_pinv = op(
    "linalg_pinv.atol_rtol_float(Tensor self, *, float? atol=None, float? rtol=None, bool hermitian=False) -> Tensor",
    composite=lambda self, atol, rtol, hermitian: _pinv(
        self, atol=_number(atol), rtol=_number(rtol), hermitian=hermitian
    ),
    out=_PSEUDOINVERSE, method=False,
)  # fmt: skip
linalg_pinv = op(
    "linalg_pinv.rcond_tensor(Tensor self, Tensor rcond, bool hermitian=False) -> Tensor",
    composite=lambda self, rcond, hermitian: _pinv(self, rtol=rcond, hermitian=hermitian),
    out=_PSEUDOINVERSE, method=False,
)  # fmt: skip
linalg_pinv = op(
    "linalg_pinv(Tensor self, float rcond, bool hermitian=False) -> Tensor",
    composite=lambda self, rcond, hermitian: _pinv(self, rtol=_number(rcond), hermitian=hermitian), out=_PSEUDOINVERSE,
    method=False,
)  # fmt: skip
pinverse = op(
    "pinverse(Tensor self, float rcond=1e-15) -> Tensor",
    composite=lambda self, rcond: _pinv(self, atol=_number(0.0), rtol=_number(rcond)),
)


@overridable_function(1)
def norm(
    input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, out: Any = None, dtype: Any = None
) -> Tensor:
    """The norm of all elements, or along dimensions.

    Args:
        input: any shape, floating or complex.
        p: the order, ``"fro"`` for 2, or ``"nuc"`` for the sum of the singular values of a matrix.
        dim: the dimensions; None for all.
        keepdim: keep them with length one.
        out: where to write.
        dtype: the dtype to compute in.

    Raises:
        RuntimeError: for integral tensors, and for other than two dimensions with ``"nuc"``.

    Source: ``torch.norm``.
    """
    if isinstance(dim, int):
        dim = (dim,)
    if input.is_sparse and p != "nuc":
        return _norm_of_stored(input, 2 if p in (None, "fro") else p, dim, keepdim, dtype)
    if isinstance(p, str) and not (p == "fro" and (dim is None or len(dim) <= 2)):
        return linalg_matrix_norm(
            input, p, list(range(input.dim())) if dim is None else dim, keepdim, dtype=dtype, out=out
        )
    order = 2 if p is None or p == "fro" else p
    return linalg_vector_norm(input, order, dim, keepdim, dtype=dtype, out=out)


def _norm_of_stored(self: Tensor, p: Any, dim: Any, keepdim: bool, dtype: Any) -> Tensor:
    if dtype is not None:
        raise ValueError("dtype argument is not supported in frobenius norm")
    if keepdim:
        raise RuntimeError("norm_sparse currently does not support keepdim=True")
    if dim and len(wrap_dims(dim, self.dim())) < self.dim():
        raise RuntimeError(
            "norm_sparse currently only supports full reductions, so 'dim' must either be empty or contain all "
            "dimensions of the input"
        )
    return linalg_vector_norm(self.coalesce().values(), p)


def _method(self: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
    """`norm` of the tensor."""
    return norm(self, p, dim, keepdim, dtype=dtype)


_method.__name__ = "norm"
Tensor.norm = _method
