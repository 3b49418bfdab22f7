"""Reductions: sums, means, extremes, norms."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..checks import not_implemented, wrap_dims
from ..declare.op import ALONG, COMPLEX, DIFFERENTIABLE, INT_TO_FLOAT, OVER, REAL, WHOLE, op
from ..dispatch.inplace import put
from ..dispatch.outputs import FOLLOWING, SAME, Output
from ..dispatch.slow import cast
from ..dtypes import COMPUTED, FLOATING, STORED, bool_, dtype, promote_types, uint8
from ..formulas.reduction import (
    aminmax_backward,
    count,
    evenly_distribute_backward,
    evenly_read_tangent,
    extreme_tangent,
    logsumexp_backward,
    logsumexp_tangent,
    mean_backward,
    prod_backward,
    prod_dim_backward,
    scale_by_count,
    select_backward,
    select_tangent,
    std_backward,
    std_mean_backward,
    std_tangent,
    sum_backward,
    var_backward,
    var_mean_backward,
    var_tangent,
    vector_norm_backward,
    vector_norm_tangent,
)
from ..kernels import reduction as kernels
from ..kernels import spread
from ..layout import wrap_dim
from ..return_types import named
from ..tensor import Tensor
from ..warning import warn

_ORDERED = frozenset(COMPUTED) - COMPLEX
_SAME_AS_INPUT = Output(
    "Expected the dtype for input and out to match, but got {result.scalar_type} for input's dtype and "
    "{out.scalar_type} for out's dtype."
)
_CASTABLE = Output(
    uncastable="Expected canCast( typeMetaToScalarType(self.dtype()), typeMetaToScalarType(out.dtype())) to be true, "
    "but got false.  (Could this error message be improved?  If so, please report an enhancement request to PyTorch.)"
)
Dims = Sequence[int] | None


def _check_dims(self: Tensor, dim: Dims, *_: Any) -> None:
    wrap_dims(dim, self.dim())


def _cast(self: np.ndarray, d: dtype | None) -> np.ndarray:
    return self if d is None else cast(self, d.numpy)


def _storage(d: dtype | None) -> np.dtype | None:
    return None if d is None else d.numpy


# Sums and means.


def _ones(like: Tensor) -> Tensor:
    return like.new_ones(()).expand(like.shape)


def _sum_kernel(self: np.ndarray, dim: Dims, keepdim: bool, dtype: dtype | None) -> np.ndarray:
    self = _cast(self, dtype) if self.dtype.kind == "c" else self
    return kernels.sum(self, None if dim is None else tuple(dim), keepdim, _storage(dtype))


sum = op(
    "sum(Tensor self, *, ScalarType? dtype=None) -> Tensor", lambda self, dtype: _sum_kernel(self, None, False, dtype),
    self=lambda grad, self_sym_sizes: grad.expand(self_sym_sizes),
    method=False, batch=WHOLE, makes_real=False,
    writes=1,
)  # fmt: skip
sum = op(
    "sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor", _sum_kernel,
    self=lambda grad, self_sym_sizes, dim, keepdim: sum_backward(grad, self_sym_sizes, dim, keepdim),
    check=_check_dims, node="SumBackward1", out=FOLLOWING, batch=OVER, makes_real=False,
    rows=True,
    writes=1,
)  # fmt: skip


def _check_mean(self: Tensor, *args: Any) -> None:
    wanted = args[-1] or self._dtype
    if not (wanted.is_floating_point or wanted.is_complex):
        what = "Input dtype" if args[-1] is None else "Optional dtype"
        raise RuntimeError(
            f"mean(): could not infer output dtype. {what} must be either a floating point or complex dtype. Got: "
            f"{wanted.scalar_type}"
        )
    if len(args) > 1:
        wrap_dims(args[0], self.dim())


_MEAN = Output(uncastable="mean.dtype_out(): input types can't be cast to the desired output type {out.scalar_type}")
mean = op(
    "mean(Tensor self, *, ScalarType? dtype=None) -> Tensor",
    lambda self, dtype: kernels.mean(_cast(self, dtype), None, False, _storage(dtype)),
    self=lambda grad, self_sym_sizes, self_sym_numel: grad.expand(self_sym_sizes) / self_sym_numel,
    check=_check_mean, out=_MEAN, batch=WHOLE, makes_real=False,
    writes=2,
)  # fmt: skip
_MEAN_OVER = Output(
    uncastable="result type Float can't be cast to the desired output type {out.scalar_type}",  # as it divides
    spoils=lambda out, fits, self, dim, keepdim, dtype: put(out, sum(self, dim, keepdim, dtype=out._dtype)._array),
    choose=lambda self, dim, keepdim, dtype: _MEAN_OVER if dtype is None else SAME,
)
mean = op(
    "mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    lambda self, dim, keepdim, dtype: kernels.mean(_cast(self, dtype), dim, keepdim, _storage(dtype)),
    self=lambda grad, self_sym_sizes, dim, self_sym_numel, keepdim: mean_backward(
        grad, self_sym_sizes, dim, self_sym_numel, keepdim
    ),
    check=_check_mean, node="MeanBackward1", out=_MEAN_OVER, batch=OVER, makes_real=False,
    rows=True,
    writes=2,
)  # fmt: skip
prod = op(
    "prod(Tensor self, *, ScalarType? dtype=None) -> Tensor",
    lambda self, dtype: kernels.prod(_cast(self, dtype), None, False, _storage(dtype)),
    self=lambda grad, self, result: prod_backward(grad, self, result),
    tangent=lambda self_t, self, result: (
        prod_backward(_ones(result), self.to(result.dtype), result) * self_t.conj()
    ).sum().conj(), batch=WHOLE, makes_real=False,
    writes=1,
)  # fmt: skip
prod = op(
    "prod.dim_int(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    lambda self, dim, keepdim, dtype: kernels.prod(_cast(self, dtype), (dim,), keepdim, _storage(dtype)),
    self=lambda grad, self, result, dim, keepdim: prod_dim_backward(grad, self, result, dim, keepdim),
    tangent=lambda self_t, self, result, dim, keepdim: (
        prod_dim_backward(_ones(result), self.to(result.dtype), result, dim, keepdim) * self_t.conj()
    ).sum(dim, keepdim).conj(),
    check=lambda self, dim, *_: wrap_dim(dim, self.dim()), node="ProdBackward1", out=FOLLOWING, batch=ALONG,
    rows=True, makes_real=False,
    writes=1,
)  # fmt: skip

# Spread.


def _check_freedom(name: str) -> Any:
    """Warn where nothing is left to divide by."""

    def check(self: Tensor, dim: Any, correction: Any, keepdim: bool) -> None:
        each = count(self.shape, dim) if self.numel() else 0
        if self._dtype in DIFFERENTIABLE and each <= (1 if correction is None else correction):
            for _ in range(2 if self._dtype.is_complex else 1):  # of the real and of the imaginary parts
                warn(
                    f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction "
                    "factor (input numel divided by output numel)."
                )

    return check


def _writes_of_spread(self: Tensor, dim: Any, *_: Any) -> int:
    size = self._array.size
    return 1 if size == count(self.shape, dim) or not size else 0  # one result, which a kernel of its own computes


var = op(
    "var.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor",
    spread.variance,
    self=lambda grad, self, dim, correction, keepdim: var_backward(grad, self, dim, correction, keepdim),
    tangent=lambda self_t, self, dim, correction, keepdim: var_tangent(self_t, self, dim, correction, keepdim),
    check=_check_freedom("var"), dtypes=DIFFERENTIABLE, unsupported=lambda d: RuntimeError(
        "std and var only support floating point and complex dtypes"
    ),
    name="_var", method=False, batch=OVER,
    rows=True, writes=_writes_of_spread, stepwise=True,
)  # fmt: skip
std = op(
    "std.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor",
    spread.deviation,
    self=lambda result, grad, self, dim, correction, keepdim: std_backward(
        result, grad, self, dim, correction, keepdim
    ),
    tangent=lambda self_t, self, dim, correction, keepdim, result: std_tangent(
        self_t, self, dim, correction, keepdim, result
    ),
    check=_check_freedom("std"), dtypes=DIFFERENTIABLE, unsupported=lambda d: RuntimeError(
        "std and var only support floating point and complex dtypes"
    ),
    name="_std", method=False, batch=OVER,
    rows=True, writes=_writes_of_spread, stepwise=True,
)  # fmt: skip
_var, _std = var, std
var = op(
    "var.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor",
    composite=lambda self, dim, unbiased, keepdim: _var(self, dim, correction=int(unbiased), keepdim=keepdim),
    out=True,
)
var = op(
    "var.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor",
    composite=lambda self, dim, correction, keepdim: _var(self, dim, correction=correction, keepdim=keepdim),
    out=True,
)
var = op(
    "var(Tensor self, bool unbiased=True) -> Tensor",
    composite=lambda self, unbiased: _var(self, None, correction=int(unbiased)),
)

std = op(
    "std.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor",
    composite=lambda self, dim, unbiased, keepdim: _std(self, dim, correction=int(unbiased), keepdim=keepdim),
    out=True,
)
std = op(
    "std.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor",
    composite=lambda self, dim, correction, keepdim: _std(self, dim, correction=correction, keepdim=keepdim),
    out=True,
)
std = op(
    "std(Tensor self, bool unbiased=True) -> Tensor",
    composite=lambda self, unbiased: _std(self, None, correction=int(unbiased)),
)


def _spread_and_mean(name: str, kernel: Any, **formula: Any) -> Any:
    """Declare ``var_mean`` or ``std_mean``."""
    both = op(
        f"{name}.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False)"
        " -> (Tensor, Tensor)",
        kernel,
        check=_check_freedom(name), dtypes=DIFFERENTIABLE, unsupported=lambda d: RuntimeError(
            f"{name} only support floating point and complex dtypes"
        ),
        name=f"_{name}", method=False, **formula, batch=OVER,
        rows=True,
    )  # fmt: skip
    op(
        f"{name}.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> (Tensor, Tensor)",
        composite=lambda self, dim, unbiased, keepdim: both(self, dim, correction=int(unbiased), keepdim=keepdim),
        method=False,
    )  # fmt: skip
    op(
        f"{name}.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False)"
        " -> (Tensor, Tensor)",
        composite=lambda self, dim, correction, keepdim: both(self, dim, correction=correction, keepdim=keepdim),
        method=False,
    )  # fmt: skip
    return op(
        f"{name}(Tensor self, bool unbiased=True) -> (Tensor, Tensor)",
        composite=lambda self, unbiased: both(self, None, correction=int(unbiased)), method=False,
    )  # fmt: skip


var_mean = _spread_and_mean(
    "var_mean", spread.variance_and_mean,
    self=lambda grads, self, dim, correction, keepdim: var_mean_backward(grads, self, dim, correction, keepdim),
    tangent=lambda self_t, self, dim, correction, keepdim: (
        var_tangent(self_t, self, dim, correction, keepdim), self_t.mean(dim or (), keepdim)
    ),
)  # fmt: skip
std_mean = _spread_and_mean(
    "std_mean", spread.deviation_and_mean,
    self=lambda grads, self, result0, dim, correction, keepdim: std_mean_backward(
        grads, self, result0, dim, correction, keepdim
    ),
    tangent=lambda self_t, self, dim, correction, keepdim, result0: (
        std_tangent(self_t, self, dim, correction, keepdim, result0), self_t.mean(dim or (), keepdim)
    ),
)  # fmt: skip

# Sums and means of numbers that are not NaN.


def _check_nansum(self: Tensor, dim: Dims, keepdim: bool, dtype: dtype | None) -> None:
    _check_dims(self, dim)
    if dtype is not None and dtype.category != FLOATING <= self._dtype.category:
        raise not_implemented("nansum_cpu")(dtype)


nansum = op(
    "nansum(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    lambda self, dim, keepdim, dtype: _sum_kernel(np.where(np.isnan(self), 0, self), dim, keepdim, dtype),
    self=lambda grad, self, dim, keepdim: (
        sum_backward(grad.to(self.dtype), self.shape, dim, keepdim) * self.isnan().logical_not()
    ),
    tangent=lambda self_t, self, dim, keepdim, dtype: self_t.where(self.isnan().logical_not(), 0).sum(
        dim, keepdim, dtype=dtype
    ),
    check=_check_nansum, dtypes=_ORDERED, unsupported=lambda d: RuntimeError(
        "nansum on CPU does not support complex inputs"
    ), out=FOLLOWING, batch=OVER,
    rows=True,
    writes=1,
)  # fmt: skip


def _nanmean(self: Tensor, dim: Dims, keepdim: bool, dtype: dtype | None) -> Tensor:
    if self._dtype not in DIFFERENTIABLE:
        raise RuntimeError(
            f"nanmean(): expected input to have floating point or complex dtype but got {self._dtype.scalar_type}"
        )
    return nansum(self, dim, keepdim, dtype=dtype) / self._detached().isnan().logical_not_().sum(dim, keepdim)


nanmean = op(
    "nanmean(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    composite=_nanmean, out=dataclasses.replace(FOLLOWING, writes=2),
)  # fmt: skip

# Extremes.


def _check_nonempty(name: str, mark: str = "()") -> Any:
    def check(self: Tensor, *_: Any) -> None:
        if self.numel() == 0:
            raise RuntimeError(
                f"{name}{mark}: Expected reduction dim to be specified for input.numel() == 0. Specify the reduction "
                "dim with the 'dim' argument."
            )

    return check


def _check_extreme_dim(name: str) -> Any:
    def check(self: Tensor, dim: int, *_: Any) -> None:
        dim = wrap_dim(dim, self.dim())
        if self.dim() and self.shape[dim] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size.")

    return check


def _no_complex(name: str) -> Any:
    return lambda d: RuntimeError(f"{name}(): does not support complex input")


def _writes_of_extreme(self: Tensor, dim: int | None, keepdim: bool) -> int:
    """Into both results, which are made for the dimension kept, and then squeezed."""
    return 1 if dim is None or not self._array.ndim else 0 if keepdim else 2


max = op(
    "max(Tensor self) -> Tensor", lambda self: kernels.maximum(self, None, False),
    self=lambda grad, self, result: evenly_distribute_backward(grad, self, result),
    tangent=lambda self_t, self, result: evenly_read_tangent(self_t, self, result),
    check=_check_nonempty("max"), dtypes=_ORDERED, unsupported=not_implemented("max_all"),
    node="MaxBackward1", out=_CASTABLE, batch=WHOLE,
    writes=1,
)  # fmt: skip
max = op("max.other(Tensor self, Tensor other) -> Tensor", composite=lambda self, other: self.maximum(other), out=True)
max = op(
    "max.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)", kernels.select_max,
    self=lambda grad, dim, indices, self_sym_sizes, keepdim: select_backward(
        grad, dim, indices, self_sym_sizes, keepdim
    ),
    tangent=lambda self_t, dim, indices, keepdim: select_tangent(self_t, dim, indices, keepdim),
    check=_check_extreme_dim("max"), returns=named("max", "values", "indices"), node="MaxBackward0", out=SAME,
    dtypes=_ORDERED, unsupported=_no_complex("max"), batch=ALONG,
    rows=True,
    writes=_writes_of_extreme,
)  # fmt: skip
min = op(
    "min(Tensor self) -> Tensor", lambda self: kernels.minimum(self, None, False),
    self=lambda grad, self, result: evenly_distribute_backward(grad, self, result),
    tangent=lambda self_t, self, result: evenly_read_tangent(self_t, self, result),
    check=_check_nonempty("min"), dtypes=_ORDERED, unsupported=not_implemented("min_all"),
    node="MinBackward1", out=_CASTABLE, batch=WHOLE,
    writes=1,
)  # fmt: skip
min = op("min.other(Tensor self, Tensor other) -> Tensor", composite=lambda self, other: self.minimum(other), out=True)
min = op(
    "min.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)", kernels.select_min,
    self=lambda grad, dim, indices, self_sym_sizes, keepdim: select_backward(
        grad, dim, indices, self_sym_sizes, keepdim
    ),
    tangent=lambda self_t, dim, indices, keepdim: select_tangent(self_t, dim, indices, keepdim),
    check=_check_extreme_dim("min"), returns=named("min", "values", "indices"), node="MinBackward0", out=SAME,
    dtypes=_ORDERED, unsupported=_no_complex("min"), batch=ALONG,
    rows=True,
    writes=_writes_of_extreme,
)  # fmt: skip


def _check_amax(name: str, mark: str = "()") -> Any:
    def check(self: Tensor, dim: Dims, *_: Any) -> None:
        for given, d in zip(dim or range(self.dim()), wrap_dims(dim, self.dim()), strict=False):
            if self.shape[d] == 0:
                if not dim:
                    _check_nonempty(name, mark)(self)
                raise IndexError(f"{name}{mark}: Expected reduction dim {given} to have non-zero size.")

    return check


amax = op(
    "amax(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor", kernels.maximum,
    self=lambda grad, self, result, dim, keepdim: scale_by_count(grad, self, result, dim, keepdim),
    tangent=lambda self_t, self, result, dim, keepdim: extreme_tangent(self_t, self, result, dim, keepdim),
    check=_check_amax("amax"), dtypes=_ORDERED, unsupported=not_implemented("max_values_cpu"), out=_SAME_AS_INPUT,
    batch=OVER,
    rows=True,
    writes=1,
)  # fmt: skip
amin = op(
    "amin(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor", kernels.minimum,
    self=lambda grad, self, result, dim, keepdim: scale_by_count(grad, self, result, dim, keepdim),
    tangent=lambda self_t, self, result, dim, keepdim: extreme_tangent(self_t, self, result, dim, keepdim),
    check=_check_amax("amin"), dtypes=_ORDERED, unsupported=not_implemented("min_values_cpu"), out=_SAME_AS_INPUT,
    batch=OVER,
    rows=True,
    writes=1,
)  # fmt: skip


def _check_hash(self: Tensor, dim: Dims, keepdim: bool, mode: int) -> None:
    if mode:
        raise RuntimeError(f"Unknown hash_tensor mode: {mode}")
    _check_amax("hash_tensor", mark="")(self, dim)


hash_tensor = op(
    "hash_tensor(Tensor self, int[1] dim=[], *, bool keepdim=False, int mode=0) -> Tensor",
    lambda self, dim, keepdim, mode: kernels.xor_of_bits(self, dim, keepdim),
    check=_check_hash, structural=True, dtypes=_ORDERED, unsupported=not_implemented("xor_sum_cpu"),
    out=Output("Expected result to be of dtype uint64, but got {out.scalar_type}"),
    rows=True,
)  # fmt: skip


def _check_aminmax(self: Tensor, dim: int | None, keepdim: bool) -> None:
    if dim is None:
        if self.numel() == 0:
            raise RuntimeError(
                "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
            )
        return
    dim = wrap_dim(dim, self.dim())
    if self.dim() and self.shape[dim] == 0:
        raise IndexError(f"aminmax: Expected reduction dim {dim} to have non-zero size.")


aminmax = op(
    "aminmax(Tensor self, *, int? dim=None, bool keepdim=False) -> (Tensor min, Tensor max)", kernels.extremes,
    self=lambda grads, self, dim, keepdim, min, max: aminmax_backward(grads, self, dim, keepdim, min, max),
    tangent=lambda self_t, self, min, max, dim, keepdim: tuple(
        extreme_tangent(self_t, self, found, () if dim is None else (dim,), keepdim) for found in (min, max)
    ),
    check=_check_aminmax, dtypes=_ORDERED, unsupported=not_implemented("aminmax_cpu"),
    returns=named("aminmax", "min", "max"), out=Output(
        "Expected out tensor to have dtype {result.c_name}, but got {out.c_name} instead"
    ), writes=_writes_of_extreme,
    rows=True,
)  # fmt: skip


def _check_arg(name: str) -> Any:
    def check(self: Tensor, dim: int | None, *_: Any) -> None:
        if self._dtype not in REAL and self._dtype not in STORED:
            raise _not_ordered(name)(self._dtype)
        if dim is None:
            if self.numel() == 0:
                raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
        else:
            _check_extreme_dim(name)(self, dim)

    return check


def _not_ordered(name: str) -> Any:
    return lambda d: RuntimeError(f"{name}(): does not support {'bool' if d is bool_ else 'complex'} input")


argmax = op(
    "argmax(Tensor self, int? dim=None, bool keepdim=False) -> Tensor", kernels.argmax,
    check=_check_arg("argmax"), dtypes=REAL, unsupported=_not_ordered("argmax"), out=SAME, batch=ALONG,
    rows=True,
)  # fmt: skip
argmin = op(
    "argmin(Tensor self, int? dim=None, bool keepdim=False) -> Tensor", kernels.argmin,
    check=_check_arg("argmin"), dtypes=REAL, unsupported=_not_ordered("argmin"), out=SAME, batch=ALONG,
    rows=True,
)  # fmt: skip

# Truth.


def _truth(name: str, kernel: Any) -> Any:
    """Declare ``all`` or ``any``: of all elements, along several dimensions, along one."""
    out = Output(name + " only supports bool tensor for result, got: {out.scalar_type}", besides=(bool_, uint8))
    op(f"{name}(Tensor self) -> Tensor", lambda self: kernel(self, None, False), out=out, batch=WHOLE, writes=1)
    op(
        f"{name}.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor", kernel,
        check=_check_dims, out=out, batch=ALONG,
        rows=True, writes=1,
    )  # fmt: skip
    return op(
        f"{name}.dim(Tensor self, int dim, bool keepdim=False) -> Tensor",
        lambda self, dim, keepdim: kernel(self, (dim,), keepdim),
        check=lambda self, dim, *_: wrap_dim(dim, self.dim()), out=out, batch=ALONG,
        rows=True, writes=1,
    )  # fmt: skip


all = _truth("all", kernels.all)
any = _truth("any", kernels.any)
count_nonzero = op(
    "count_nonzero(Tensor self, int? dim=None) -> Tensor",
    lambda self, dim: kernels.count_nonzero(self, None if dim is None else (dim,)),
    check=lambda self, dim: dim is not None and wrap_dim(dim, self.dim()),
    rows=True,
)  # fmt: skip
count_nonzero = op(
    "count_nonzero.dim_IntList(Tensor self, int[] dim) -> Tensor",
    kernels.count_nonzero,
    check=_check_dims,
    batch=ALONG,
    rows=True,
)

# Norms.


def check_norm_dtype(name: str, given: dtype, wanted: dtype | None) -> None:
    """Refuse to compute a norm in a dtype that loses something.

    Raises:
        RuntimeError: for a dtype that is not floating or not of the input's category, or narrower.
    """
    if wanted is None:
        return
    if wanted.category < FLOATING:
        raise RuntimeError(f"linalg.{name}: dtype should be floating point or complex, but got {wanted.scalar_type}")
    if wanted.is_complex is not given.is_complex:
        kind = "complex" if given.is_complex else "real"
        raise RuntimeError(f"linalg.{name}: dtype should be {kind} for {kind} inputs, but got {wanted.scalar_type}")
    if promote_types(given, wanted) is not wanted:
        raise RuntimeError(
            f"linalg.{name}: the dtype of the input ({given.scalar_type}) should be convertible without narrowing to "
            f"the specified dtype ({wanted.scalar_type})"
        )


def _check_vector_norm(self: Tensor, ord: Any, dim: Dims, keepdim: bool, dtype: dtype | None) -> None:
    if isinstance(ord, complex):
        raise RuntimeError("linalg.vector_norm: Expected a non-complex scalar as the order of norm.")
    if self._dtype.category < FLOATING:
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {self._dtype.scalar_type}"
        )
    check_norm_dtype("vector_norm", self._dtype, dtype)
    dims = wrap_dims(dim, self.dim())
    if self.numel() or not (math.isinf(ord) or ord < 0):
        return
    empty = "an empty tensor because"
    if dim:
        place = next((given for given, d in zip(dim, dims, strict=True) if not self.shape[d]), None)
        if place is None:
            return
        empty = f"the dimension {place}because this dimension is empty and"
    raise RuntimeError(
        f"linalg.vector_norm cannot compute the {ord:g} norm on {empty} the operation does not have an identity"
    )


linalg_vector_norm = op(
    "linalg_vector_norm(Tensor self, Scalar ord=2, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None)"
    " -> Tensor",
    lambda self, ord, dim, keepdim, dtype: kernels.vector_norm(self, ord, dim, keepdim, _storage(dtype)),
    self=lambda grad, self, ord, result, dim, keepdim: vector_norm_backward(grad, self, ord, result, dim, keepdim),
    tangent=lambda self_t, self, ord, result, dim, keepdim: vector_norm_tangent(
        self_t, self, ord, result, dim, keepdim
    ),
    check=_check_vector_norm, out=SAME, method=False, batch=OVER,
    rows=True,
)  # fmt: skip
logsumexp = op(
    "logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor", kernels.logsumexp,
    self=lambda grad, self, result, dim, keepdim: logsumexp_backward(grad, self, result, dim, keepdim),
    tangent=lambda self_t, self, dim, keepdim: logsumexp_tangent(self_t, self, dim, keepdim),
    check=_check_dims, promote=INT_TO_FLOAT, out=Output(
        "logsumexp(): Expected floating point type for result tensor, but got: {out.scalar_type}"
    ), batch=OVER,
    rows=True,
    writes=1,
)  # fmt: skip
