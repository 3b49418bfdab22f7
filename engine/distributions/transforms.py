"""Invertible functions with the logarithms of their Jacobians' determinants.

Source: ``torch.distributions.transforms``.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import Any

from ..ops.joining import cat, stack
from ..tensor import Tensor
from . import constraints
from ._elementwise_transforms import AbsTransform as AbsTransform
from ._elementwise_transforms import AffineTransform as AffineTransform
from ._elementwise_transforms import ExpTransform as ExpTransform
from ._elementwise_transforms import PowerTransform as PowerTransform
from ._elementwise_transforms import SigmoidTransform as SigmoidTransform
from ._elementwise_transforms import SoftplusTransform as SoftplusTransform
from ._elementwise_transforms import TanhTransform as TanhTransform
from ._transform import ComposeTransform as ComposeTransform
from ._transform import IndependentTransform as IndependentTransform
from ._transform import ReshapeTransform as ReshapeTransform
from ._transform import Transform as Transform
from ._transform import _InverseTransform as _InverseTransform
from ._transform import identity_transform as identity_transform
from ._vector_transforms import CorrCholeskyTransform as CorrCholeskyTransform
from ._vector_transforms import LowerCholeskyTransform as LowerCholeskyTransform
from ._vector_transforms import PositiveDefiniteTransform as PositiveDefiniteTransform
from ._vector_transforms import SoftmaxTransform as SoftmaxTransform
from ._vector_transforms import StickBreakingTransform as StickBreakingTransform
from .utils import _sum_rightmost


class _Several(Transform):
    """One transform for each part along a dimension."""

    transforms: list[Transform]
    dim: int

    def _parts(self, x: Tensor) -> Sequence[Tensor]:
        raise NotImplementedError

    def _joined(self, parts: list[Tensor]) -> Tensor:
        raise NotImplementedError

    def _call(self, x: Tensor) -> Tensor:
        return self._joined([one(part) for one, part in zip(self.transforms, self._parts(x), strict=True)])

    def _inverse(self, y: Tensor) -> Tensor:
        return self._joined([one.inv(part) for one, part in zip(self.transforms, self._parts(y), strict=True)])

    @property
    def bijective(self) -> bool:
        return all(one.bijective for one in self.transforms)


class CatTransform(_Several):
    """Parts of the given lengths, side by side."""

    def __init__(
        self, tseq: Sequence[Transform], dim: int = 0, lengths: Sequence[int] | None = None, cache_size: int = 0
    ) -> None:
        super().__init__(cache_size=cache_size)
        self.transforms = [one.with_cache(cache_size) for one in tseq] if cache_size else list(tseq)
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        self.dim = dim

    @property
    def event_dim(self) -> int:
        return max(one.event_dim for one in self.transforms)

    @property
    def length(self) -> int:
        """Of all parts."""
        return sum(self.lengths)

    def with_cache(self, cache_size: int = 1) -> Transform:
        if self._cache_size == cache_size:
            return self
        return CatTransform(self.transforms, self.dim, self.lengths, cache_size)

    def _parts(self, x: Tensor) -> Sequence[Tensor]:
        assert -x.dim() <= self.dim < x.dim()
        size = x.size(self.dim)
        assert size == self.length, f"x.size({self.dim}) = {size} must equal length {self.length}"
        return x.split(self.lengths, self.dim)

    def _joined(self, parts: list[Tensor]) -> Tensor:
        return cat(parts, self.dim)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        terms = []
        for one, before, after in zip(self.transforms, self._parts(x), self._parts(y), strict=True):
            term = one.log_abs_det_jacobian(before, after)
            terms.append(_sum_rightmost(term, self.event_dim - one.event_dim))
        dim = self.dim - x.dim() if self.dim >= 0 else self.dim
        dim += self.event_dim
        return cat(terms, dim) if dim < 0 else functools.reduce(operator.add, terms)

    @constraints.dependent_property
    def domain(self) -> Any:
        return constraints.cat([one.domain for one in self.transforms], self.dim, self.lengths)

    @constraints.dependent_property
    def codomain(self) -> Any:
        return constraints.cat([one.codomain for one in self.transforms], self.dim, self.lengths)


class StackTransform(_Several):
    """Slices along a dimension."""

    def __init__(self, tseq: Sequence[Transform], dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        self.transforms = [one.with_cache(cache_size) for one in tseq] if cache_size else list(tseq)
        self.dim = dim

    def with_cache(self, cache_size: int = 1) -> Transform:
        return self if self._cache_size == cache_size else StackTransform(self.transforms, self.dim, cache_size)

    def _parts(self, x: Tensor) -> Sequence[Tensor]:
        return x.unbind(self.dim)

    def _joined(self, parts: list[Tensor]) -> Tensor:
        return stack(parts, self.dim)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        slices = zip(self.transforms, self._parts(x), self._parts(y), strict=True)
        return stack([one.log_abs_det_jacobian(before, after) for one, before, after in slices], self.dim)

    @constraints.dependent_property
    def domain(self) -> Any:
        return constraints.stack([one.domain for one in self.transforms], self.dim)

    @constraints.dependent_property
    def codomain(self) -> Any:
        return constraints.stack([one.codomain for one in self.transforms], self.dim)


class CumulativeDistributionTransform(Transform):
    """The distribution function of a distribution with one, into [0, 1]."""

    bijective = True
    codomain = constraints.unit_interval
    sign = +1

    def __init__(self, distribution: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        self.distribution = distribution

    @property
    def domain(self) -> Any:
        return self.distribution.support

    def _call(self, x: Tensor) -> Tensor:
        return self.distribution.cdf(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return self.distribution.log_prob(x)

    def with_cache(self, cache_size: int = 1) -> Transform:
        if self._cache_size == cache_size:
            return self
        return CumulativeDistributionTransform(self.distribution, cache_size=cache_size)
