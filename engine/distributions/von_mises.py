"""Von Mises distributions.  Source: ``torch.distributions.von_mises``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from .. import dtypes
from ..autograd.modes import no_grad
from ..layout import Size
from ..ops.creation import empty, zeros
from ..ops.masking import where
from ..ops.random import rand
from ..tensor import Tensor
from . import constraints
from .distribution import Distribution
from .utils import broadcast_all, lazy_property

# Polynomials for the modified Bessel functions of order zero and one: M. Abramowitz and I. Stegun, "Handbook of
# Mathematical Functions" (1964), 9.8.1 to 9.8.4; lowest power first.
_SMALL = (
    (1.0, 3.5156229, 3.0899424, 1.2067492, 0.2659732, 0.360768e-1, 0.45813e-2),
    (0.5, 0.87890594, 0.51498869, 0.15084934, 0.2658733e-1, 0.301532e-2, 0.32411e-3),
)
_LARGE = (
    (0.39894228, 0.1328592e-1, 0.225319e-2, -0.157565e-2, 0.916281e-2, -0.2057706e-1, 0.2635537e-1, -0.1647633e-1,
     0.392377e-2),
    (0.39894228, -0.3988024e-1, -0.362018e-2, 0.163801e-2, -0.1031555e-1, 0.2282967e-1, -0.2895312e-1, 0.1787654e-1,
     -0.420059e-2),
)  # fmt: skip


def _polynomial(x: Tensor, coefficients: Sequence[float]) -> Any:
    found: Any = coefficients[-1]
    for one in coefficients[-2::-1]:
        found = one + x * found
    return found


def _log_bessel(x: Tensor, order: int) -> Tensor:
    """Logarithm of the modified Bessel function of the first kind."""
    small = _polynomial((x / 3.75) * (x / 3.75), _SMALL[order])
    if order == 1:
        small = x.abs() * small
    large = x - 0.5 * x.log() + _polynomial(3.75 / x, _LARGE[order]).log()
    return where(x < 3.75, small.log(), large)


class VonMises(Distribution):
    """Of angles in radians about `loc`, the closer the larger the `concentration`.

    Drawn by rejection, in float64 (Best and Fisher, 1979).
    """

    arg_constraints: ClassVar = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real
    has_rsample = False

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, Size(), validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        loc, concentration = self.loc.expand(batch_shape), self.concentration.expand(batch_shape)
        return type(self)(loc, concentration, validate_args=self.__dict__.get("_validate_args"))

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @lazy_property
    def variance(self) -> Tensor:
        """The circular variance."""
        return 1 - (_log_bessel(self.concentration, 1) - _log_bessel(self.concentration, 0)).exp()

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        along = self.concentration * (value - self.loc).cos()
        return along - math.log(2 * math.pi) - _log_bessel(self.concentration, 0)

    @lazy_property
    def _proposal(self) -> Tensor:
        """Of the wrapped Cauchy distribution that proposals are drawn from."""
        kappa = self.concentration.to(dtypes.float64)
        tau = 1 + (1 + 4 * kappa**2).sqrt()
        rho = (tau - (2 * tau).sqrt()) / (2 * kappa)
        return where(kappa < 1e-5, 1 / kappa + kappa, (1 + rho**2) / (2 * rho))

    @no_grad()
    def sample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        loc, kappa = self.loc.to(dtypes.float64), self.concentration.to(dtypes.float64)
        x = empty(self._extended_shape(sample_shape), dtype=dtypes.float64)
        done = zeros(x.shape, dtype=dtypes.bool_)
        while not done.all():
            u1, u2, u3 = rand((3, *x.shape), dtype=dtypes.float64).unbind()
            z = (math.pi * u1).cos()
            f = (1 + self._proposal * z) / (self._proposal + z)
            c = kappa * (self._proposal - f)
            accept = ((c * (2 - c) - u2) > 0) | ((c / u2).log() + 1 - c >= 0)
            if accept.any():
                x = where(accept, (u3 - 0.5).sign() * f.acos(), x)
                done = done | accept
        return ((x + math.pi + loc) % (2 * math.pi) - math.pi).to(self.loc.dtype)
