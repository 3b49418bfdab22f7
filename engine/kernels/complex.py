"""Functions of complex numbers where NumPy's have other zeros, infinities or NaN than torch's.

torch computes some in vectors, two at a time, where the elements lie one after the other in memory, and
what is left over one by one, by formulas that differ in such values.

Source: torch 2.13, observed; the products of C, Annex G, and the logarithms of its library.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..processor import vector_bytes
from . import pointwise, transcendental
from .pointwise import absolute, of_parts
from .rounding import FEW, fma
from .sums import VECTOR

Array = np.ndarray


def in_vectors(*operands: Array, width: int = VECTOR) -> Array:
    """Which elements torch computes in vectors of ``width`` bytes, of operands of one shape and dtype."""
    return _in_runs(operands, lambda run: slice(run - run % (2 * width // operands[0].itemsize)))


def left_alone(*operands: Array) -> Array:
    """Which of complex64 torch's compiler leaves alone: it takes two at once, but the last of an odd number."""
    return _in_runs(operands, lambda run: slice(run - run % 2, None))


def _in_runs(operands: Sequence[Array], some: Callable[[int], slice]) -> Array:
    """Some of each run of elements that lie together in memory in all operands but one that may be a single number.

    The first operand, which should be the result if there are several, says in what order they are taken.
    """
    first, *_ = operands
    order = sorted(range(first.ndim), key=first.strides.__getitem__, reverse=True)
    found = np.zeros([first.shape[d] for d in order], bool)
    lying = [one for one in operands if one.size < 2 or any(one.strides)]
    if len(lying) < len(operands) - 1:
        return found.transpose(np.argsort(order))
    operands, run = lying, 1
    for d in reversed(order):
        if first.shape[d] != 1 and any(one.strides[d] != run * one.itemsize for one in operands):
            break
        run *= first.shape[d]
    if first.size:
        found.reshape(-1, run)[:, some(run)] = True
    return found.transpose(np.argsort(order))


def negative(self: Array) -> Array:
    """``-self``; in vectors ``0 - self``, of which no zero has a sign."""
    found = np.asarray(np.negative(self))
    if self.dtype.kind == "c":
        np.subtract(0, self, out=found, where=in_vectors(self))
    return found


def multiply(self: Array, other: Array | complex, width: int = VECTOR) -> Array:
    """``self * other``; in vectors of ``width`` bytes all products are rounded: that of conjugate numbers is real."""
    other = np.asarray(other, self.dtype)
    found = np.asarray(np.multiply(self, other))
    if self.dtype.kind != "c" or not found.size:
        return found
    operands = (found, *np.broadcast_arrays(self, other))
    where = in_vectors(*operands, width=width)
    if self.dtype == np.complex64:
        where |= left_alone(*operands)
    np.copyto(found.real, self.real * other.real - self.imag * other.imag, where=where)
    np.copyto(found.imag, self.real * other.imag + self.imag * other.real, where=where)
    return found


def divide(self: Array | complex, other: Array) -> Array:
    """``self / other`` by Smith's way, which is NumPy's, too; but its products and sums are fused, for not too many.

    Source: R. L. Smith, "Algorithm 116: complex division" (1962).
    """
    found = np.asarray(np.true_divide(self, other))
    if found.dtype.kind != "c" or not 0 < found.size <= FEW:
        return found
    self, other = np.broadcast_arrays(np.asarray(self, found.dtype), np.asarray(other, found.dtype))
    alone = left_alone(found, self, other) if found.dtype == np.complex64 else None
    (a, b), (c, d) = ((one.real.copy(), one.imag.copy()) for one in (self, other))
    is_flat = np.abs(c) >= np.abs(d)
    larger, smaller = np.where(is_flat, c, d), np.where(is_flat, d, c)
    ratio = smaller / larger
    scale = a.dtype.type(1) / fma(smaller, ratio, larger)
    where = np.isfinite(found) & (other != 0)
    for part, x, y in (
        (found.real, np.where(is_flat, b, a), np.where(is_flat, a, b)),
        (found.imag, np.where(is_flat, -a, b), np.where(is_flat, b, -a)),
    ):
        total = fma(x, ratio, y) if alone is None else np.where(alone, x * ratio + y, fma(x, ratio, y))
        np.copyto(part, total * scale, where=where)
    return found


def reciprocal(self: Array) -> Array:
    """``1 / self``."""
    return divide(self.dtype.type(1), self) if self.dtype.kind == "c" else pointwise.reciprocal(self)


def sgn(self: Array) -> Array:
    """The direction, 0 at 0: in vectors of each part, otherwise a complex quotient, of which an infinity makes NaN."""
    if self.dtype.kind != "c":
        return pointwise.sgn(self)
    size = absolute(self)
    found = np.asarray(self / size)
    np.copyto(found, of_parts(self.real / size, self.imag / size), where=in_vectors(self, width=vector_bytes()))
    found[size == 0] = 0
    return found


def lerp(self: Array, end: Array, weight: Array | complex) -> Array:
    """From ``self`` to ``end``, from the nearer side; what stands for that is written differently in vectors."""
    weight = np.asarray(weight, self.dtype)
    self, end = np.broadcast_arrays(self, end)
    near, distance, rest = np.abs(weight) < 0.5, end - self, self.dtype.type(1) - weight
    whole = in_vectors(self, end, *([weight] if weight.ndim else []))
    far = np.where(whole, end + (weight - self.dtype.type(1)) * distance, end - distance * rest)
    return np.where(near, self + weight * distance, far)


def log1p(self: Array) -> Array:
    """``log(1 + self)``; NaN if either part is."""
    if self.dtype.kind != "c":
        return transcendental.log1p(self)
    x, y = self.real, self.imag
    square = x * (2 + x) + y * y
    small = np.where(square == 0, x, np.log1p(square) / 2)
    size = np.where(np.absolute(self) < 0.5, small, np.log(np.hypot(x + 1, y)))
    found = np.empty_like(self)
    found.real, found.imag = np.where(np.isnan(self), x.dtype.type(np.nan), size), np.arctan2(y, x + 1)
    return found


def arccos(self: Array) -> Array:
    """The inverse of the cosine: in double precision what is missing to a right angle from the sine's."""
    if self.dtype != np.complex128:
        return transcendental.arccos(self)
    found = np.asarray(np.arcsin(self))
    found.real, found.imag = np.pi / 2 - found.real, 0 - found.imag
    return found


def power(base: Array, exponent: Array) -> Array:
    """The exponential of ``exponent * log(base)``, as C's library has it, to which NumPy leaves all powers but those of
    zero and those to whole numbers."""
    found = np.power(base, exponent)
    is_whole = (exponent.imag == 0) & (exponent.real == np.trunc(exponent.real))
    return np.where((base == 0) | is_whole, np.exp(_product(exponent, np.log(base))), found)


def _product(x: Array, y: Array) -> Array:
    """The product as C has it: infinite if a factor is, or if a product of their parts is, though a sum makes NaN."""
    found = np.asarray(x * y)
    x, y = np.broadcast_arrays(x, y)
    lost = np.isnan(found.real) & np.isnan(found.imag)
    if not lost.any():
        return found
    x, y = x[lost], y[lost]
    infinite = np.isinf(x) | np.isinf(y)
    parts = [x.real * y.real, x.imag * y.imag, x.real * y.imag, x.imag * y.real]
    recovered = infinite | np.isinf(parts).any(0)
    x, y = _bounded(x, y), _bounded(y, x)
    again = of_parts(np.inf * (x.real * y.real - x.imag * y.imag), np.inf * (x.real * y.imag + x.imag * y.real))
    found[lost] = np.where(recovered, again, found[lost])
    return found


def _bounded(x: Array, other: Array) -> Array:
    """A factor of a product that is infinite: of an infinity only where it lies, and zeros in place of NaN."""
    infinite = np.isinf(x)

    def part(of: Array) -> Array:
        unit = np.where(infinite, np.isinf(of).astype(of.dtype), np.where(np.isnan(of), of.dtype.type(0), of))
        return np.copysign(unit, of)

    return of_parts(part(x.real), part(x.imag))


def log_add_exp(a: Array, b: Array) -> Array:
    """``log(exp(a) + exp(b))``, without overflow."""
    less = a.real < b.real
    small, large = np.where(less, a, b), np.where(less, b, a)
    both = np.isinf(small.real) & (small.real == large.real)
    same = np.where(small.real < 0, small, np.log(np.exp(small) + np.exp(large)))
    found = np.where(both, same, log1p(np.exp(small - large)) + large)
    return np.where(np.isnan(a) | np.isnan(b), a.dtype.type(complex(np.nan, np.nan)), found)
