"""Random numbers whose distribution an input tells element by element, drawn by rejection.

Source: ``torch.poisson``, ``torch.binomial``, and what ``torch.distributions`` calls for gamma and Dirichlet variates.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checks import not_implemented
from ..declare.op import missing, not_differentiable, op
from ..dtypes import bfloat16, float16, float32, float64
from ..kernels import variates as kernels
from ..random import Generator
from ..tensor import Tensor, written_zeros
from .random import _source

_REAL = frozenset({float32, float64})
_WITH_HALF = _REAL | {float16, bfloat16}

_standard_gamma_grad = op(
    "_standard_gamma_grad(Tensor self, Tensor output) -> Tensor", kernels.standard_gamma_grad,
    self=not_differentiable("the derivative for '_standard_gamma_grad' is not implemented."),
    dtypes=_REAL, unsupported=not_implemented("_standard_gamma_grad_cpu"), method=False, forward=False,
)  # fmt: skip
_standard_gamma = op(
    "_standard_gamma(Tensor self, Generator? generator=None) -> Tensor",
    lambda self, generator: kernels.standard_gamma(_source(generator), self),
    self=lambda grad, self, result: grad * _standard_gamma_grad(self, result),
    dtypes=_REAL, unsupported=not_implemented("gamma_cpu"), structural=True, method=False, forward=False,
)  # fmt: skip
_dirichlet_grad = op(
    "_dirichlet_grad(Tensor x, Tensor alpha, Tensor total) -> Tensor", kernels.dirichlet_grad,
    dtypes=_REAL, unsupported=not_implemented("_dirichlet_grad_cpu"), method=False,
)  # fmt: skip
_sample_dirichlet = op(
    "_sample_dirichlet(Tensor self, Generator? generator=None) -> Tensor",
    lambda self, generator: kernels.dirichlet(_source(generator), self),
    dtypes=_REAL, unsupported=not_implemented("dirichlet"), structural=True, method=False,
)  # fmt: skip


def _check_rates(self: Tensor, generator: Any) -> None:
    if not self._dtype.is_floating_point:
        raise not_implemented("poisson_cpu")(self._dtype)
    if not np.all(self._array >= 0):
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")


def _poisson(self: np.ndarray, generator: Generator | None) -> np.ndarray:
    return kernels.poisson(_source(generator), self)


poisson = op(
    "poisson(Tensor self, Generator? generator=None) -> Tensor", _poisson,
    self=lambda grad, self_info: written_zeros(grad, self_info), tangent=lambda self_t: self_t.new_zeros(self_t.shape),
    check=_check_rates, dtypes=_WITH_HALF, unsupported=not_implemented("poisson_cpu"), structural=True,
    method=False,
)  # fmt: skip


def _check_trials(count: Tensor, prob: Tensor, generator: Any) -> None:
    for name, one in (("count", count), ("prob", prob)):
        if not one._dtype.is_floating_point:
            raise ValueError(f"binomial only supports floating-point dtypes for {name}, got: {one._dtype.scalar_type}")
    if count._dtype not in _REAL:
        raise not_implemented("binomial_cpu")(count._dtype)
    if count._dtype is not prob._dtype:
        raise RuntimeError(f"Found dtype {prob._dtype.scalar_type} but expected {count._dtype.scalar_type}")


binomial = op(
    "binomial(Tensor count, Tensor prob, Generator? generator=None) -> Tensor",
    lambda count, prob, generator: kernels.binomial(_source(generator), count, prob),
    count=missing("binomial"), prob=missing("binomial"), node="NotImplemented",
    check=_check_trials, structural=True, method=False,
)  # fmt: skip
