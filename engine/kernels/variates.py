"""Draws by rejection, and how gamma and beta variates move with their parameters; torch's numbers under torch's seeds.

Each element takes as many words of the source as its rejections need, so elements are drawn one after the other.

Sources: gamma, G. Marsaglia and W. W. Tsang, A simple method for generating gamma variables (2000); Poisson,
W. Hoermann, The transformed rejection method for generating Poisson random variables (1993), algorithm PTRS; binomial,
W. Hoermann, The generation of binomial random variates (1993), algorithm BTRS.  The order of draws and the
approximations of the gradients were observed in torch 2.13; these are not exact, and what follows from them should not
be either.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from .random import Source

Array = np.ndarray
F32 = np.float32


def _digamma(x: Array) -> Array:
    from scipy import special  # takes longer to import than NumPy, and few programs need it

    return special.digamma(x)


class _Reader:
    """Reads a source's words ahead, many at once; those that were used are taken when it is left."""

    def __init__(self, source: Source, count: int) -> None:
        self._source = source
        self.spare_normal = source.spare_normal
        self._units: list[float] = []
        self._used, self._block = 0, min(max(count * 4, 16), 1 << 16)

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._source.words(2 * self._used)
        self._source.spare_normal = self.spare_normal

    def unit(self) -> float:
        """A float64 in [0, 1)."""
        if self._used == len(self._units):
            self._take()
        self._used += 1
        return self._units[self._used - 1]

    def _take(self) -> None:
        self._source.words(2 * self._used)
        words = self._source.ahead(2 * self._block)
        bits = (words[::2] << np.uint64(32) | words[1::2]) & np.uint64(2**53 - 1)
        self._units, self._used = (bits * 2.0**-53).tolist(), 0

    def normal(self) -> float:
        """A normal value; they come in pairs, of which the second is kept."""
        spare = self.spare_normal
        if spare is not None:
            self.spare_normal = None
            return spare
        turn, tail = self.unit(), self.unit()
        radius, angle = math.sqrt(-2.0 * math.log1p(-tail)), 2.0 * math.pi * turn
        self.spare_normal = radius * math.sin(angle)
        return radius * math.cos(angle)


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf if x == 0 else math.nan


def _each(draw: Callable[..., float], source: Source, *parameters: Array) -> Array:
    """One draw for each element, as float64; ``draw`` gets a `_Reader` and the element's parameters."""
    columns = (one.ravel().tolist() for one in parameters)
    with _Reader(source, parameters[0].size) as reader:
        drawn = [draw(reader, *row) for row in zip(*columns, strict=True)]
    return np.array(drawn, np.float64).reshape(parameters[0].shape)


# Gamma and Dirichlet.


def _gamma(reader: _Reader, power: float, d: float) -> float:
    if d != d:
        return math.nan
    scale = 1.0
    if power:
        if power == math.inf:
            return 0.0
        scale = (1 - reader.unit()) ** power
    c = 1 / math.sqrt(9 * d)
    while True:
        x = reader.normal()
        y = 1 + c * x
        if y <= 0:
            continue
        v = y * y * y
        u = 1 - reader.unit()
        square = x * x
        if u < 1 - _SQUEEZE * square * square:
            return scale * d * v
        if _log(u) < 0.5 * square + d * (1 - v + math.log(v)):
            return scale * d * v


_SQUEEZE = float(F32(0.0331))


def standard_gamma(source: Source, alpha: Array) -> Array:
    """Gamma variates of shapes `alpha` and rate one: positive, in the dtype and shape of `alpha`.

    As in torch, what is computed of `alpha` alone is in its own dtype, the rest in float64.
    """
    kind = alpha.dtype.type
    with np.errstate(divide="ignore"):
        power = np.where(alpha < 1, kind(1) / alpha, kind(0))
    d = np.where(alpha < 1, alpha + kind(1), alpha) - kind(F32(1) / F32(3))
    drawn = _each(_gamma, source, *_wide(power, d))
    return np.maximum(np.finfo(alpha.dtype).tiny, drawn.astype(alpha.dtype))


def dirichlet(source: Source, alpha: Array) -> Array:
    """Points of the simplex along the last dimension: gamma variates over their sum, inside (0, 1)."""
    drawn = standard_gamma(source, alpha.astype(np.float64))
    parts = (drawn / drawn.sum(-1, keepdims=True)).astype(alpha.dtype)
    number = alpha.dtype.type
    return np.clip(parts, np.finfo(alpha.dtype).tiny, np.nextafter(number(1), number(0)))


# Poisson.


def _poisson(reader: _Reader, rate: float) -> float:
    if rate >= 10:
        return _large_poisson(reader, rate)
    if rate == 0:
        return 0
    least, product, count = math.exp(-rate), 1.0, 0
    while True:
        product *= reader.unit()
        if not product > least:
            return count
        count += 1


def _large_poisson(reader: _Reader, rate: float) -> float:
    root, log_rate = math.sqrt(rate), math.log(rate)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    bound = 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = reader.unit() - 0.5, reader.unit()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + rate + 0.43) if us else -1
        if us >= 0.07 and v <= bound:
            return k
        if k < 0 or (us < 0.013 and v > us):
            continue
        ratio = _log(v) + math.log(inverse_alpha) - math.log(a / (us * us) + b)
        if ratio <= -rate + k * log_rate - math.lgamma(k + 1):
            return k


def poisson(source: Source, rates: Array) -> Array:
    """Numbers of events of the given rates, in their dtype and shape."""
    return _each(_poisson, source, rates).astype(rates.dtype)


# Binomial.


def _stirling_tail(k: float) -> float:
    """What Stirling's approximation lacks of log(k!)."""
    if k <= 9:
        return _TAILS[int(k)]
    square = (k + 1) * (k + 1)
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)


_TAILS = [
    math.lgamma(k + 1) - (0.5 * math.log(2 * math.pi) + (k + 0.5) * math.log(k + 1) - (k + 1)) for k in range(10)
]  # fmt: skip


def _by_waiting(reader: _Reader, count: float, prob: float) -> float:
    """Successes counted by the trials between them, for few of them."""
    log_failure = math.log1p(-prob)
    trials, successes = 0.0, 0
    while True:
        u = reader.unit()
        trials += math.ceil(math.log(u) / log_failure) if u else math.inf
        if trials > count:
            return successes
        successes += 1


def _by_rejection(reader: _Reader, count: float, prob: float) -> float:
    deviation = math.sqrt(count * prob * (1 - prob))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * prob
    c = count * prob + 0.5
    bound = 0.92 - 4.2 / b
    odds = prob / (1 - prob)
    alpha = (2.83 + 5.1 / b) * deviation
    m = math.floor((count + 1) * prob)
    while True:
        u, v = reader.unit() - 0.5, reader.unit()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + c) if us else -1
        if us >= 0.07 and v <= bound:
            return k
        if k < 0 or k > count:
            continue
        ratio = (
            (m + 0.5) * math.log((m + 1) / (odds * (count - m + 1)))
            + (count + 1) * math.log((count - m + 1) / (count - k + 1))
            + (k + 0.5) * math.log(odds * (count - k + 1) / (k + 1))
            + _stirling_tail(m) + _stirling_tail(count - m) - _stirling_tail(k) - _stirling_tail(count - k)
        )  # fmt: skip
        if _log(v * alpha / (a / (us * us) + b)) <= ratio:
            return k


def _binomial(reader: _Reader, count: float, prob: float) -> float:
    if count <= 0 or prob <= 0:
        return 0
    if prob >= 1:
        return count
    if not prob <= 1:
        return math.nan
    rare = min(prob, 1 - prob) if prob > 0.5 else prob
    found = (_by_rejection if count * rare >= 10 else _by_waiting)(reader, count, rare)
    return count - found if prob > 0.5 else found


def binomial(source: Source, counts: Array, probs: Array) -> Array:
    """Successes in `counts` trials of probabilities `probs`, arrays that broadcast, in the dtype of `counts`."""
    pair = np.broadcast_arrays(counts, probs)
    return _each(_binomial, source, *pair).astype(counts.dtype)


# How a variate moves with its parameter: -(dF/dalpha) / density, approximated as torch does.


def _wide(*arrays: Array) -> list[Array]:
    return [one.astype(np.float64) for one in arrays]


def _horner(coefficients: Sequence[Array | float], x: Array) -> Array:
    """A polynomial, lowest coefficient first."""
    value: Array = coefficients[-1] * x
    for one in coefficients[-2:0:-1]:
        value = (value + one) * x
    return value + coefficients[0]


def _choose(conditions: list[Array], branches: list[Callable[..., Array]], *arrays: Array) -> Array:
    """The first branch whose condition holds, each computed where it is used only; the last branch is for the rest."""
    result = np.empty(arrays[0].shape)
    left = np.ones(arrays[0].shape, bool)
    for condition, branch in zip([*conditions, left.copy()], branches, strict=True):
        here = left & condition
        result[here] = branch(*(one[here] for one in arrays))
        left &= ~condition
    return result


_GAMMA = np.array([
    [0.16009398, -0.094634809, 0.025146376, -0.0030648343, 1, 0.32668115, 0.10406089, 0.0014179084],
    [0.53487893, 0.1298071, 0.065735949, -0.0015649758, 0.16639465, 0.020070113, -0.0035938915, -0.00058392623],
    [0.040121004, -0.0065914022, -0.0026286047, -0.0013441777, 0.017050642, -0.0021309326, 0.00085092367,
     -1.5247877e-07],
])  # fmt: skip
"""Of a bivariate rational function: powers of log(x / alpha) by powers of log(alpha), above and below the line."""


def _gamma_small(alpha: Array, x: Array) -> Array:
    """By Taylor series, for x < 0.8."""
    term, below = np.ones_like(x), alpha
    series, squared = term / below, term / (below * below)
    for i in range(1, 6):
        term = term * (-x / i)
        below = below + 1
        series, squared = series + term / below, squared + term / (below * below)
    power = x**alpha
    density = x ** (alpha - 1) * np.exp(-x)
    slope = (np.log(x) - _digamma(alpha)) * power * series - power * squared
    result = -slope / density
    return np.where(np.isnan(result), 0, result)


def _gamma_near_mode(alpha: Array, x: Array) -> Array:
    above = (1 + 24 * alpha * (1 + 12 * alpha)) * (
        1440 * alpha**2 + 6 * x * (53 - 120 * x) - 65 * x**2 / alpha + alpha * (107 + 3600 * x)
    )
    return above / (1244160 * alpha**4)


def _gamma_saddle(alpha: Array, x: Array) -> Array:
    """Rice's saddle point expansion, for large alpha."""
    root = np.sqrt(8 * alpha)
    rest = (x - alpha - alpha * np.log(x / alpha)) ** -1.5
    bracket = root / (alpha - x) + np.where(x < alpha, -rest, rest)
    term = np.log(x / alpha) * bracket - np.sqrt(2 / alpha) * (alpha + x) / (alpha - x) ** 2
    stirling = 1 + 1 / (12 * alpha) * (1 + 1 / (24 * alpha))
    return -stirling * x * term / root


def _gamma_rational(alpha: Array, x: Array) -> Array:
    u, v = np.log(x / alpha), np.log(alpha)
    rows = [_horner(list(column), u) for column in _GAMMA.T]
    return np.exp(_horner(rows[:4], v) / _horner(rows[4:], v))


def standard_gamma_grad(alpha: Array, x: Array) -> Array:
    """d x / d alpha of gamma variates x of shapes alpha."""
    large = alpha > 8
    found = _choose(
        [x < 0.8, large & (0.9 * alpha <= x) & (x <= 1.1 * alpha), large],
        [_gamma_small, _gamma_near_mode, _gamma_saddle, _gamma_rational],
        *_wide(*np.broadcast_arrays(alpha, x)),
    )
    return found.astype(alpha.dtype)


_BETA = np.array([
    [[[1.003668233, -0.01061107488, -0.0657888334, 0.01201642863],
      [0.6336835991, -0.3557432599, 0.05486251648, -0.001465281033],
      [-0.03276231906, 0.004474107445, 0.002429354597, -0.0001557569013]],
     [[0.221950385, -0.3187676331, 0.01799915743, 0.01074823814],
      [-0.2951249643, 0.06219954479, 0.01535556598, 0.001550077057],
      [0.02155310298, 0.004170831599, 0.001292462449, 6.976601077e-05]],
     [[-0.05980841433, 0.008441916499, 0.01085618172, 0.002319392565],
      [0.02911413504, 0.01400243777, -0.002721828457, 0.000751041181],
      [0.005900514878, -0.001936558688, -9.495446725e-06, 5.385558597e-05]]],
    [[[1, -0.02924021934, -0.04438342661, 0.007285809825],
      [0.6357567472, -0.3473456711, 0.05454656494, -0.002407477521],
      [-0.03301322327, 0.004845219414, 0.00231480583, -0.0002307248149]],
     [[0.5925320577, -0.1757678135, 0.01505928619, 0.000564515273],
      [0.1014815858, -0.06589186703, 0.01272886114, -0.0007316646956],
      [-0.007258481865, 0.001096195486, 0.0003934994223, -4.12701925e-05]],
     [[0.06469649321, -0.0236701437, 0.002902096474, -5.896963079e-05],
      [0.001925008108, -0.002869809258, 0.0008000589141, -6.063713228e-05],
      [-0.0003477407336, 6.959756487e-05, 1.097287507e-05, -1.650964693e-06]]],
])  # fmt: skip
"""Above and below the line: powers of log(x), of log(alpha / x), and of log(total / (alpha / x))."""


def _digamma_in_steps(x: Array) -> Array:
    """The digamma function, with steps up to 10 in the dtype of `x`, whose rounding torch has too."""
    result = np.zeros(x.shape)
    one = x.dtype.type(1)
    while (low := x < 10).any():
        result[low] -= one / x[low]
        x = np.where(low, x + one, x)
    wide, square = x.astype(np.float64), 1 / (x * x).astype(np.float64)
    rounded = np.log(wide).astype(x.dtype)
    found = rounded - 0.5 / wide - square * _horner(_BERNOULLI, square) + result
    return np.where(x == 10, result + 2.25175258906672110764, found).astype(x.dtype)


_BERNOULLI = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12]


def _beta_small(x: Array, alpha: Array, total: Array) -> Array:
    """For x near 0."""
    beta = total - alpha
    factor = _digamma_in_steps(alpha) - _digamma_in_steps(alpha + beta) - np.log(x.astype(np.float64)).astype(x.dtype)
    term = np.ones_like(x)
    series = term / alpha * (factor + 1 / alpha)
    for i in range(1, 11):
        term = term * ((i - beta) * x / i)
        below = alpha + i
        series = series + term / below * (factor + 1 / below)
    result = x * (1 - x) ** -beta * series
    return np.where(np.isnan(result), 0, result)


def _beta_mirrored(x: Array, alpha: Array, total: Array) -> Array:
    """For x near 1: the movement with the other parameter, of the other side."""
    x, alpha, beta = 1 - x, total - alpha, alpha
    factor = _digamma_in_steps(alpha + beta) - _digamma_in_steps(beta)
    term, betas, slopes = np.ones_like(x), np.ones_like(x), np.zeros_like(x)
    series = factor / alpha
    for i in range(1, 9):
        term = term * (-x / i)
        slopes = slopes * (beta - i) + betas
        betas = betas * (beta - i)
        series = series + term / (alpha + i) * (slopes + factor * betas)
    result = (1 - x) ** (1 - beta) * series
    return np.where(np.isnan(result), 0, result)


def _beta_near_mean(x: Array, alpha: Array, total: Array) -> Array:
    x, alpha, total = _wide(x, alpha, total)
    beta = total - alpha
    inner = _horner(
        [
            47 * x * beta**4,
            (43 + 20 * (16 + 27 * beta) * x) * beta**3,
            3 * (59 + 180 * beta - 90 * x) * beta**2,
            (453 + 1620 * beta * (1 - x) - 455 * x) * beta,
            8 * (1 - x) * (135 * beta - 11),
        ],
        alpha,
    )
    above = (1 + 12 * alpha) * (1 + 12 * beta) / total**2
    return above / (1 - x) * inner / (12960 * alpha**3 * beta**2 * (1 + 12 * total))


def _beta_saddle(x: Array, alpha: Array, total: Array) -> Array:
    """For alpha and beta both large."""
    x, alpha, total = _wide(x, alpha, total)
    beta = total - alpha

    def stirling(z: Array) -> Array:
        return 1 + 1 / (12 * z) + 1 / (288 * z * z)

    offset = alpha * (x - 1) + beta * x
    first = (2 * alpha**2 * (x - 1) + alpha * beta * (x - 1) - x * beta**2) / (
        np.sqrt(2 * alpha / beta) * total**1.5 * offset**2
    )
    skew = np.log(alpha / (total * x))
    distance = (beta * np.log(beta / (total * (1 - x))) + alpha * skew) ** -1.5
    bracket = np.sqrt(8 * alpha * beta / total) / offset + np.where(x < alpha / total, distance, -distance)
    scale = stirling(alpha) * stirling(beta) / stirling(total) * -x / np.sqrt(2 * alpha * beta / total)
    return scale * (first + 0.5 * skew * bracket)


def _beta_rational(x: Array, alpha: Array, total: Array) -> Array:
    factor = _digamma_in_steps(total) - _digamma_in_steps(alpha)
    x, alpha, total = _wide(x, alpha, total)
    u = np.log(x)
    a = np.log(alpha) - u
    b = np.log(total) - a
    above, below = (
        sum(u**i * a**j * _horner(table[i][j], b) for i in range(3) for j in range(3)) for table in _BETA
    )  # fmt: skip
    return above / below * x * factor / (total - alpha)


def dirichlet_grad(x: Array, alpha: Array, total: Array) -> Array:
    """d x / d alpha of beta variates x of parameters alpha and total - alpha, by which Dirichlet ones are moved."""
    given = np.broadcast_arrays(x, alpha, total)
    place, first, whole = _wide(*given)
    second = whole - first
    edge = whole * place * (1 - place)
    mean = first / whole
    near = 0.1 * np.sqrt(first * second / (whole + 1)) / whole
    large = (first > 6) & (second > 6)
    found = _choose(
        [
            (place <= 0.5) & (edge < 2.5),
            (place >= 0.5) & (edge < 0.75),
            large & (mean - near <= place) & (place <= mean + near),
            large,
        ],
        [_beta_small, _beta_mirrored, _beta_near_mean, _beta_saddle, _beta_rational],
        *given,
    )
    return found.astype(x.dtype)
