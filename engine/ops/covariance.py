"""Covariances and correlations."""

from __future__ import annotations

from typing import Any

from ..declare.op import op
from ..dtypes import FLOATING as REAL_CATEGORY
from ..dtypes import INTEGRAL, get_default_dtype, int64
from ..tensor import Tensor
from ..warning import warn
from .conversion import complex_
from .creation import scalar_tensor
from .matmul import mm


def _check_weights(name: str, weights: Tensor, count: int, *, whole: bool) -> None:
    wrong = weights._dtype.category > INTEGRAL if whole else weights._dtype.category != REAL_CATEGORY
    text = ""
    if weights.dim() > 1:
        text = f"expected {name} to have one or fewer dimensions but got {name} with {weights.dim()} dimensions"
    elif wrong:
        kind = "integral" if whole else "floating point"
        text = f"expected {name} to have {kind} dtype but got {name} with {weights._dtype.scalar_type} dtype"
    elif weights.numel() != count:
        text = (
            f"expected {name} to have the same numel as there are observations in the input but got "
            f"{weights.numel()} != {count}"
        )
    elif weights.numel() and bool((weights < 0).any()):
        text = f"{name} cannot be negative"
    if text:
        raise RuntimeError(f"cov(): {text}")


def _cov(self: Tensor, correction: int, fweights: Tensor | None, aweights: Tensor | None) -> Tensor:
    if self.dim() > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {self.dim()} dimensions"
        )
    if self._dtype.category == 0:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    rows = self.view((1, -1)) if self.dim() < 2 else self
    if fweights is not None:
        _check_weights("fweights", fweights, rows.shape[1], whole=True)
    if aweights is not None:
        _check_weights("aweights", aweights, rows.shape[1], whole=False)
    weights = fweights
    if aweights is not None:
        weights = aweights if weights is None else weights * aweights
    total: Any = scalar_tensor(rows.shape[1], dtype=int64) if weights is None else weights.sum()
    if weights is not None and weights.numel() and not bool(total):
        raise RuntimeError("cov(): weights sum to zero, can't be normalized")
    if rows._dtype.category < REAL_CATEGORY:
        rows = rows.to(get_default_dtype())
    centred = rows - ((rows if weights is None else rows * weights).sum(1) / total).unsqueeze(1)
    if weights is None:
        factor: Any = total - correction
    elif correction == 0:
        factor = total
    elif aweights is None:
        factor = total - correction
    else:
        factor = total - correction * (weights * aweights).sum() / total
    other = centred if weights is None else centred * weights
    norm = factor if isinstance(factor, Tensor) else scalar_tensor(factor)
    if bool(norm <= 0):
        warn("cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of observations.")
        norm = scalar_tensor(0.0)
    found = mm(centred, other.t().conj())
    if found._dtype.is_complex and found.numel() == 1:  # a variance, which is real
        found = complex_(found.real, found.real.new_zeros(()))
    return (found / norm).squeeze()


cov = op(
    "cov(Tensor self, *, int correction=1, Tensor? fweights=None, Tensor? aweights=None) -> Tensor", composite=_cov
)


def _corrcoef(self: Tensor) -> Tensor:
    if self.dim() > 2:
        raise RuntimeError(
            f"corrcoef(): expected input to have two or fewer dimensions but got an input with {self.dim()} dimensions"
        )
    covariance = cov(self)
    if covariance.dim() == 0:
        return covariance / covariance
    deviations = covariance.diagonal()
    deviations = (deviations.real if deviations.is_complex() else deviations).sqrt()
    found = covariance / deviations.view((-1, 1)) / deviations.view((1, -1))
    if found.is_complex():
        from .conversion import complex_

        return complex_(found.real.clip(-1, 1), found.imag.clip(-1, 1))
    return found.clip(-1, 1)


corrcoef = op("corrcoef(Tensor self) -> Tensor", composite=_corrcoef)
