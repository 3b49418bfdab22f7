"""Half-Cauchy distributions.  Source: ``torch.distributions.half_cauchy``."""

from __future__ import annotations

import math
from typing import Any

from ..ops.creation import full
from ..ops.data import as_tensor
from ..tensor import Tensor
from ._half import Half
from .cauchy import Cauchy


class HalfCauchy(Half):
    """The absolute value of Cauchy-distributed numbers about zero."""

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Cauchy(0, scale, validate_args=False), validate_args)

    @property
    def mean(self) -> Tensor:
        return full(self._extended_shape(), math.inf, dtype=self.scale.dtype)

    @property
    def variance(self) -> Tensor:
        return self.base_dist.variance

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        return super().log_prob(as_tensor(value, dtype=self.scale.dtype))
