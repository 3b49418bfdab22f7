"""Special functions, most of them SciPy's, which is loaded by the first call."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .rounding import Rounding
from .transcendental import log, log1p

Array = np.ndarray


def scipy(name: str) -> Callable[..., Array]:
    """SciPy's function of this name, in the dtype of its arguments."""

    def kernel(*arrays: Array) -> Array:
        from scipy import special

        return np.asarray(getattr(special, name)(*arrays)).astype(np.result_type(*arrays), copy=False)

    return kernel


def polygamma(n: int, self: Array) -> Array:
    """The derivatives of digamma."""
    from scipy import special

    if self.dtype.itemsize == 2:
        return _polygamma_of_half(n, self)
    if n != 1:
        found = np.asarray(special.polygamma(n, self))
        return np.where(np.isposinf(self) & (n > 1), np.nan, found).astype(self.dtype)
    return trigamma(np.asarray(self))


def _polygamma_of_half(n: int, self: Array) -> Array:
    """Of 16 bits: the sum in float32, which is rounded before it is multiplied."""
    wide = self.astype(np.float32)
    if n < 2:
        return polygamma(n, wide).astype(self.dtype)
    size = np.float32(1 if n % 2 else -1) * np.exp(np.float32(math.log(math.factorial(n))))
    return (size * _hurwitz(n + 1, wide).astype(self.dtype).astype(np.float32)).astype(self.dtype)


def _hurwitz(order: int, q: Array) -> Array:
    """The sum over k of ``(q + k) ** -order``: so many terms, and Euler's and Maclaurin's for the rest.

    Each step is rounded to the dtype of ``q``, which left of zero decides the result where terms cancel.
    """
    kind = q.dtype.type
    x, least = kind(order), kind(2.0**-53)
    total, a, count = np.power(q, -x), q, 0
    pole = (q <= 0) & (q == np.floor(q))
    done = pole | np.isnan(q)
    term = np.zeros_like(q)
    while (going := ~done & ((count < 9) | (a <= 9))).any():
        count += 1
        a = np.where(going, a + kind(1), a)
        term = np.where(going, np.power(a, -x), term)
        total = np.where(going, total + term, total)
        done = done | (going & (-least * total < term) & (term < least * total))
    total = np.where(done, total, total + term * a / (x - kind(1)))
    total = np.where(done, total, total - kind(0.5) * term)
    factor, k = kind(1), kind(0)
    for divisor in _EULER_MACLAURIN:
        factor, term = factor * (x + k), term / a
        part = factor * term / kind(divisor)
        total = np.where(done, total, total + part)
        done = done | (np.abs(part / total) < least)
        k = k + kind(1)
        factor, term = factor * (x + k), term / a
        k = k + kind(1)
    return np.where(pole, kind(np.inf), total)


_EULER_MACLAURIN = (
    12.0, -720.0, 30240.0, -1209600.0, 47900160.0, -1307674368000 / 691, 74724249600.0, -10670622842880000 / 3617,
    5109094217170944000 / 43867, -802857662698291200000 / 174611, 14101100039391805440000 / 77683,
    -1693824136731743669452800000 / 236364091,
)  # fmt: skip
"""``(2 k)!`` over the Bernoulli numbers ``B_2k``."""


def trigamma(self: Array) -> Array:
    """By reflection to the right half, recurrence and an asymptotic series, each in the dtype of the argument: so a
    pole is as far away, and at a negative integer the value as finite, as torch's are.
    """
    low = self < 0.5
    pi = self.dtype.type(np.pi)
    x = np.where(low, 1 - self, self)
    found = np.where(low, -np.square(pi) / np.square(np.sin(pi * self)), 0).astype(self.dtype)
    for _ in range(6):
        found += 1 / (x * x)
        x = x + 1
    inverse = 1 / (x * x)
    found += (1 + 1 / (2 * x) + inverse * (1 / 6 - inverse * (1 / 30 - inverse * (1 / 42)))) / x
    return np.where(low, -found, found)


def log_ndtr(self: Array) -> Array:
    """The logarithm of the normal distribution's probability of less, from the tail's below -1."""
    from scipy import special

    scaled = self * self.dtype.type(math.sqrt(0.5))
    tail = log(special.erfcx(-scaled) / 2) - scaled * scaled
    return np.where(self < -1, tail, log1p(-special.erfc(scaled) / 2)).astype(self.dtype, copy=False)


def erfinv(self: Array) -> Array:
    """The inverse of the error function; that of a zero has its sign."""
    from scipy import special

    return np.where(self == 0, self, special.erfinv(self, dtype=np.float64)).astype(self.dtype)


def lgamma(self: Array) -> Array:
    """The logarithm of the absolute value of the gamma function; infinite at both infinities."""
    from scipy import special

    return np.where(np.isinf(self), np.abs(self), special.gammaln(self)).astype(self.dtype)


def multigammaln(self: Array, p: int) -> Array:
    """The logarithm of the multivariate gamma function."""
    shifted = lgamma(self[..., None] - np.arange(p, dtype=self.dtype) / 2)
    return (shifted.sum(-1) + p * (p - 1) / 4 * np.log(np.pi)).astype(self.dtype)


def sinc(self: Array) -> Array:
    """``sin(pi x) / (pi x)``."""
    scaled = self * self.dtype.type(np.pi)
    return np.where(self == 0, self.dtype.type(1), np.sin(scaled) / np.where(self == 0, self.dtype.type(1), scaled))


def spherical_bessel_j0(self: Array) -> Array:
    """``sin(x) / x``."""
    return np.where(self == 0, self.dtype.type(1), np.where(np.isinf(self), self.dtype.type(0), np.sin(self) / self))


def airy_ai(self: Array) -> Array:
    """Airy's function of the first kind."""
    from scipy import special

    found = np.where((self > 100) & np.isfinite(self), 0, special.airy(self)[0])  # where SciPy gives up
    return found.astype(self.dtype)


def _one_dtype(self: Array, other: Array) -> tuple[Array, Array]:
    """Both as arrays: a number, whose logarithm NumPy would take in double precision, has the other's dtype."""
    d = getattr(self, "dtype", None) or other.dtype
    return np.asarray(self, d), np.asarray(other, d)


def xlogy(self: Array, other: Array, rounded: Rounding = np.asarray) -> Array:
    """``self * log(other)``, 0 where ``self`` is 0, NaN where ``other`` is."""
    self, other = _one_dtype(self, other)
    return np.where(np.isnan(other), other, np.where(self == 0, self.dtype.type(0), self * rounded(log(other))))


def xlog1py(self: Array, other: Array, rounded: Rounding = np.asarray) -> Array:
    """``self * log1p(other)``, 0 where ``self`` is 0, NaN where ``other`` is."""
    self, other = _one_dtype(self, other)
    return np.where(np.isnan(other), other, np.where(self == 0, self.dtype.type(0), self * rounded(log1p(other))))


def recurrence(first: Callable[[Array], Array], following: Callable[..., Array]) -> Callable[[Array, Array], Array]:
    """Orthogonal polynomials: of degree 1, and of degree ``k + 1`` by ``x``, ``k`` and those of ``k`` and ``k - 1``.

    The kernel gets the arguments and the degrees, which are truncated; a negative degree gives 0, and so does one that
    is not finite.
    """

    def kernel(x: Array, n: Array) -> Array:
        x, n = _one_dtype(x, n)
        x, degrees = np.broadcast_arrays(x, np.where(np.isfinite(n), np.trunc(n), -1))
        found = np.where(degrees < 0, x.dtype.type(0), np.where(np.isnan(x), x, x.dtype.type(1)))
        before, current = np.ones_like(x), first(x)
        for k in range(1, int(degrees.max(initial=0)) + 1):
            found = np.where(degrees == k, current, found)
            before, current = current, following(x, k, current, before)
        return found.astype(x.dtype)

    return kernel


def chebyshev(first: Callable[[Array], Array], shifted: bool) -> Callable[[Array, Array], Array]:
    """Chebyshev's polynomials differ in the one of degree 1; shifted ones are those of ``2 x - 1``."""
    kernel = recurrence(first, lambda x, k, current, before: 2 * x * current - before)
    return (lambda x, n: kernel(2 * x - 1, n)) if shifted else kernel


hermite_h = recurrence(lambda x: 2 * x, lambda x, k, current, before: 2 * x * current - 2 * k * before)
hermite_he = recurrence(lambda x: x, lambda x, k, current, before: x * current - k * before)
laguerre = recurrence(lambda x: 1 - x, lambda x, k, current, before: ((2 * k + 1 - x) * current - k * before) / (k + 1))
legendre = recurrence(lambda x: x, lambda x, k, current, before: ((2 * k + 1) * x * current - k * before) / (k + 1))


def frexp(self: Array) -> tuple[Array, Array]:
    """A mantissa in [0.5, 1) and the exponent of two, int32."""
    mantissa, exponent = np.frexp(self)
    return mantissa, exponent.astype(np.int32)
