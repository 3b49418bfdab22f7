"""Windows of signals: those of ``torch.signal.windows``, and those that ``torch`` had before.

A window has ``M`` elements, is symmetric, or with ``sym=False`` the first ``M`` elements of one that is longer by one,
which repeats without a seam.  ``dtype`` is float32 or float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .. import dtypes
from ..dtypes import dtype, float32, float64
from ..kernels.special import scipy
from ..layout import layout, strided
from ..tensor import Tensor
from .creation import arange, empty, factory, linspace, ones
from .data import tensor
from .special import i0


def _options(name: str, M: int, options: dict[str, Any]) -> dict[str, Any]:
    """The options of a factory.

    Raises:
        ValueError: for a negative length, another layout or another dtype.
    """
    d = options.get("dtype") or dtypes.default_dtype()
    form: layout = options.get("layout", strided)
    if M < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={M}")
    if form is not strided:
        raise ValueError(f"{name} is implemented for strided tensors only, got: {form}")
    if d not in (float32, float64):
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {d}")
    return {**options, "dtype": d}


def _spaced(M: int, start: float, step: float, options: dict[str, Any]) -> Tensor:
    return linspace(start * step, (start + (M - 1)) * step, M, **options)


def exponential(M: int, *, center: float | None = None, tau: float = 1.0, sym: bool = True, **options: Any) -> Tensor:
    """``exp(-abs(n - center) / tau)``.

    Raises:
        ValueError: if ``tau`` is not positive, or a symmetric window is given a ``center``.
    """
    options = _options("exponential", M, options)
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")
    if M == 0:
        return empty((0,), **options)
    if center is None:
        center = (M if not sym and M > 1 else M - 1) / 2.0
    return _spaced(M, -center, 1 / tau, options).abs().neg().exp()


def cosine(M: int, *, sym: bool = True, **options: Any) -> Tensor:
    """Half a period of a sine."""
    options = _options("cosine", M, options)
    if M == 0:
        return empty((0,), **options)
    return _spaced(M, 0.5, math.pi / (M + 1 if not sym and M > 1 else M), options).sin()


def gaussian(M: int, *, std: float = 1.0, sym: bool = True, **options: Any) -> Tensor:
    """The bell curve with this standard deviation, 1 in the middle.

    Raises:
        ValueError: if ``std`` is not positive.
    """
    options = _options("gaussian", M, options)
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    if M == 0:
        return empty((0,), **options)
    start = -(M if not sym and M > 1 else M - 1) / 2.0
    return (-(_spaced(M, start, 1 / (std * math.sqrt(2)), options) ** 2)).exp()


def kaiser(M: int, *, beta: float = 12.0, sym: bool = True, **options: Any) -> Tensor:
    """A ratio of Bessel functions, whose side lobes sink with ``beta``.

    Raises:
        ValueError: if ``beta`` is negative.
    """
    options = _options("kaiser", M, options)
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")
    if M < 2:
        return empty((0,), **options) if M == 0 else ones((1,), **options)
    shape = tensor(beta, dtype=options["dtype"])
    step = 2.0 * shape / (M if not sym else M - 1)
    end = min(shape.item(), (-shape + (M - 1) * step).item())
    places = linspace(-shape.item(), end, M, **options)
    return i0((shape * shape - places.pow(2)).sqrt()) / i0(shape)


def bartlett(M: int, *, sym: bool = True, **options: Any) -> Tensor:
    """A triangle."""
    options = _options("bartlett", M, options)
    if M < 2:
        return empty((0,), **options) if M == 0 else ones((1,), **options)
    step = 2 / (M if not sym else M - 1)
    return 1 - linspace(-1, -1 + (M - 1) * step, M, **options).abs()


def general_cosine(M: int, *, a: Iterable[float], sym: bool = True, **options: Any) -> Tensor:
    """A sum of cosines with these factors, of alternating sign.

    Raises:
        TypeError: if ``a`` is no list.
        ValueError: if it is empty.
    """
    options = _options("general_cosine", M, options)
    if M < 2:
        return empty((0,), **options) if M == 0 else ones((1,), **options)
    if not isinstance(a, Iterable):
        raise TypeError("Coefficients must be a list/tuple")
    if not a:
        raise ValueError("Coefficients cannot be empty")
    step = 2 * math.pi / (M if not sym else M - 1)
    places = linspace(0, (M - 1) * step, M, **options)
    asked = {"dtype": options["dtype"], "requires_grad": options.get("requires_grad", False)}
    factors = tensor([(-1) ** i * one for i, one in enumerate(a)], **asked)
    waves = arange(factors.shape[0], **asked)
    return (factors.unsqueeze(-1) * (waves.unsqueeze(-1) * places).cos()).sum(0)


def general_hamming(M: int, *, alpha: float = 0.54, sym: bool = True, **options: Any) -> Tensor:
    """``alpha`` less a cosine of ``1 - alpha``."""
    return general_cosine(M, a=[alpha, 1.0 - alpha], sym=sym, **options)


def hamming(M: int, *, sym: bool = True, **options: Any) -> Tensor:
    """`general_hamming` with 0.54."""
    return general_hamming(M, sym=sym, **options)


def hann(M: int, *, sym: bool = True, **options: Any) -> Tensor:
    """`general_hamming` with 0.5."""
    return general_hamming(M, alpha=0.5, sym=sym, **options)


def blackman(M: int, *, sym: bool = True, **options: Any) -> Tensor:
    """Three cosines."""
    _options("blackman", M, options)
    return general_cosine(M, a=[0.42, 0.5, 0.08], sym=sym, **options)


def nuttall(M: int, *, sym: bool = True, **options: Any) -> Tensor:
    """Four cosines."""
    return general_cosine(M, a=[0.3635819, 0.4891775, 0.1365995, 0.0106411], sym=sym, **options)


# Those of ``torch``.


def _declare(name: str, make: Callable[..., np.ndarray], *extra: tuple[str, str, float]) -> Any:
    """One function: with the length, whether it is periodic, and each of its further parameters, one more at a time.

    Args:
        name: torch's.
        make: gets the places, from 0 on, the number of steps in a period, and the further parameters.
        extra: their overloads, names and defaults.
    """

    def check(window_length: int, *given: Any) -> None:
        d: dtype = given[-1]
        if d.category != dtypes.FLOATING:
            raise RuntimeError(
                f"{name} expects floating point dtypes, got: TensorOptions(dtype={d.c_name}, device=cpu, "
                "layout=Strided (default), requires_grad=false (default), pinned_memory=false, memory_format=(nullopt))"
            )
        if window_length < 0:
            raise RuntimeError(f"{name} requires non-negative window_length, got window_length={window_length}")

    def elements(window_length: int, *given: Any) -> np.ndarray:
        *options, d = given
        periodic, *rest = options or (True,)
        rest = [*rest, *(default for _, _, default in extra[len(rest) :])]
        wide = np.float64 if d is float64 else np.float32
        if window_length < 2:
            return np.ones(window_length, wide).astype(d.numpy)
        steps = window_length if periodic else window_length - 1
        return make(np.arange(window_length, dtype=wide), wide(steps), *rest).astype(d.numpy)

    head = "int window_length, bool periodic"
    found = factory(f"{name}(int window_length, *", elements, check=check, out=False)
    found = factory(f"{name}.periodic({head}, *", elements, check=check, out=False)
    for overload, parameter, _ in extra:
        head = f"{head}, float {parameter}"
        found = factory(f"{name}.{overload}({head}, *", elements, check=check, out=False)
    return found


def _cosines(places: np.ndarray, steps: Any, alpha: float, beta: float) -> np.ndarray:
    kind = places.dtype.type
    return np.cos(places * kind(2 * math.pi / steps)) * kind(-beta) + kind(alpha)


def _blackman(places: np.ndarray, steps: Any) -> np.ndarray:
    kind = places.dtype.type
    turns = places * kind(math.pi / steps)
    return np.cos(turns * kind(4)) * kind(0.08) - np.cos(turns * kind(2)) * kind(0.5) + kind(0.42)


def _bartlett(places: np.ndarray, steps: Any) -> np.ndarray:
    rising = places * places.dtype.type(2 / steps)
    return np.where(places > steps // 2, 2 - rising, rising)


_bessel = scipy("i0")


def _kaiser(places: np.ndarray, steps: Any, beta: float) -> np.ndarray:
    ratio = (places - steps / 2) / (steps / 2)
    shape = places.dtype.type(beta)
    return _bessel(shape * np.sqrt(np.maximum(1 - ratio * ratio, 0))) / _bessel(np.asarray(shape))


hann_window = _declare("hann_window", lambda places, steps: _cosines(places, steps, 0.5, 0.5))
hamming_window = _declare(
    "hamming_window", _cosines, ("periodic_alpha", "alpha", 0.54), ("periodic_alpha_beta", "beta", 0.46)
)
blackman_window = _declare("blackman_window", _blackman)
bartlett_window = _declare("bartlett_window", _bartlett)
kaiser_window = _declare("kaiser_window", _kaiser, ("beta", "beta", 12.0))
