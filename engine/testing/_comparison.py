"""Comparing tensors in tests.  Source: ``torch.testing``."""

from __future__ import annotations

import cmath
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .. import dtypes
from ..dtypes import dtype
from ..ops.comparison import isclose
from ..ops.data import as_tensor
from ..tensor import Tensor
from ..warning import warn

_TOLERANCES: dict[dtype, tuple[float, float]] = {
    dtypes.float16: (1e-3, 1e-5),
    dtypes.bfloat16: (1.6e-2, 1e-5),
    dtypes.float32: (1.3e-6, 1e-5),
    dtypes.float64: (1e-7, 1e-7),
    dtypes.complex64: (1.3e-6, 1e-5),
    dtypes.complex128: (1e-7, 1e-7),
}
"""The relative and the absolute tolerance of a dtype; what has none must be equal."""
_DTYPES: dict[type, dtype] = {int: dtypes.int64, float: dtypes.float64, complex: dtypes.complex128}


@dataclass(frozen=True)
class _Options:
    allow_subclasses: bool
    rtol: float | None
    atol: float | None
    equal_nan: bool
    check_device: bool
    check_dtype: bool
    check_layout: bool
    check_stride: bool

    def tolerances(self, *compared: dtype) -> tuple[float, float]:
        if self.rtol is not None and self.atol is not None:
            return self.rtol, self.atol
        rtol, atol = zip(*(_TOLERANCES.get(d, (0.0, 0.0)) for d in compared), strict=True)
        return max(rtol), max(atol)


class _Pair:
    """Two values of a kind that can be compared; ``mismatch()`` says how they differ."""

    types: ClassVar[tuple[type, ...]]

    def __init__(self, actual: Any, expected: Any, options: _Options) -> None:
        self.actual, self.expected, self.options = actual, expected, options

    @classmethod
    def takes(cls, actual: Any, expected: Any, options: _Options) -> bool:
        return isinstance(actual, cls.types) and isinstance(expected, cls.types)

    def mismatch(self) -> str | None:
        raise NotImplementedError


class _Nones(_Pair):
    @classmethod
    def takes(cls, actual: Any, expected: Any, options: _Options) -> bool:
        return actual is None or expected is None

    def mismatch(self) -> str | None:
        return None if self.actual is self.expected else f"None mismatch: {self.actual} is not {self.expected}"


class _Booleans(_Pair):
    types = (bool, np.bool_)

    def mismatch(self) -> str | None:
        actual, expected = bool(self.actual), bool(self.expected)
        return None if actual is expected else f"Booleans mismatch: {actual} is not {expected}"


class _Numbers(_Pair):
    types = (int, float, complex, np.number)

    def mismatch(self) -> str | None:
        actual, expected = (one.item() if isinstance(one, np.number) else one for one in (self.actual, self.expected))
        if self.options.check_dtype and type(actual) is not type(expected):
            return f"The (d)types do not match: {type(actual)} != {type(expected)}."
        rtol, atol = self.options.tolerances(*(_DTYPES[type(one)] for one in (actual, expected)))
        if actual == expected or (self.options.equal_nan and cmath.isnan(actual) and cmath.isnan(expected)):
            return None
        difference = abs(actual - expected)
        if cmath.isfinite(difference) and difference <= atol + rtol * abs(expected):
            return None
        return _scalars(actual, expected, rtol, atol)


class _Tensors(_Pair):
    @classmethod
    def takes(cls, actual: Any, expected: Any, options: _Options) -> bool:
        if not (isinstance(actual, type(expected)) or isinstance(expected, type(actual))):
            return False
        if not options.allow_subclasses and type(actual) is not type(expected):
            return False
        try:
            as_tensor(actual), as_tensor(expected)
        except Exception:
            return False
        return not isinstance(actual, str)

    def mismatch(self) -> str | None:
        actual, expected = (as_tensor(one).detach() for one in (self.actual, self.expected))
        if different := self._attribute(actual, expected):
            name, *values = different
            return f"The values for attribute '{name}' do not match: {values[0]} != {values[1]}."
        rtol, atol = self.options.tolerances(actual.dtype, expected.dtype)
        common = dtypes.promote_types(actual.dtype, expected.dtype)
        actual, expected = actual.to(common), expected.to(common)
        matches = isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=self.options.equal_nan)
        if matches.all():
            return None
        if actual.dim() == 0:
            return _scalars(actual.item(), expected.item(), rtol, atol)
        return _tensors(actual, expected, matches, rtol, atol)

    def _attribute(self, actual: Tensor, expected: Tensor) -> tuple[str, Any, Any] | None:
        """The first attribute that has to agree and does not, with its values."""
        options = self.options
        compared: list[tuple[bool, str, Callable[[Tensor], Any]]] = [
            (True, "shape", lambda one: one.shape),
            (options.check_layout, "layout", lambda one: one.layout),
            (options.check_stride, "stride()", lambda one: one.stride()),
            (options.check_device, "device", lambda one: one.device),
            (options.check_dtype, "dtype", lambda one: one.dtype),
        ]
        for wanted, name, read in compared:
            if wanted and read(actual) != read(expected):
                return name, read(actual), read(expected)
        return None


def _allowed(tolerance: float, is_exact: bool) -> str:
    return "" if is_exact else f" (up to {tolerance} allowed)"


def _scalars(actual: Any, expected: Any, rtol: float, atol: float) -> str:
    is_exact = rtol == atol == 0
    difference = abs(actual - expected)
    relative = float("inf") if expected == 0 else difference / abs(expected)
    return (
        f"Scalars are not {'equal' if is_exact else 'close'}!\n\n"
        f"Expected {expected} but got {actual}.\n"
        f"Absolute difference: {difference}{_allowed(atol, is_exact)}\n"
        f"Relative difference: {relative}{_allowed(rtol, is_exact)}"
    )


def _tensors(actual: Tensor, expected: Tensor, matches: Tensor, rtol: float, atol: float) -> str:
    is_exact = rtol == atol == 0
    shape, total, wrong = tuple(actual.shape), matches.numel(), int((~matches).sum())
    if not (actual.dtype.is_floating_point or actual.dtype.is_complex):
        actual, expected = actual.to(dtypes.int64), expected.to(dtypes.int64)
    matched = matches.flatten()
    difference = (actual.flatten() - expected.flatten()).abs()
    relative = difference / expected.flatten().abs()
    lines = [
        f"Tensor-likes are not {'equal' if is_exact else 'close'}!\n",
        f"Mismatched elements: {wrong} / {total} ({wrong / total:.1%})",
    ]
    for name, found, tolerance in (("absolute", difference, atol), ("relative", relative, rtol)):
        values = found.masked_fill(matched, 0)
        place = values.argmax()
        index = tuple(int(i) for i in np.unravel_index(int(place), shape))
        lines.append(
            f"Greatest {name} difference: {values[place].item()} at index {index}{_allowed(tolerance, is_exact)}"
        )
    return "\n".join(lines)


def _pairs(actual: Any, expected: Any, options: _Options, path: tuple[Any, ...]) -> Iterator[tuple[_Pair, tuple]]:
    """The pairs in nested sequences and mappings, and where they are."""
    if all(isinstance(one, Sequence) and not isinstance(one, str) for one in (actual, expected)):
        if len(actual) != len(expected):
            raise AssertionError(
                _located(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}", path)
            )
        for index, both in enumerate(zip(actual, expected, strict=True)):
            yield from _pairs(*both, options, (*path, index))
    elif isinstance(actual, Mapping) and isinstance(expected, Mapping):
        missing, more = ([k for k in a if k not in b] for a, b in ((expected, actual), (actual, expected)))
        if missing or more:
            raise AssertionError(
                _located(
                    "The keys of the mappings do not match:\n"
                    f"Missing keys in the actual mapping: {sorted(missing)}\n"
                    f"Additional keys in the actual mapping: {sorted(more)}",
                    path,
                )
            )
        for key in actual:
            yield from _pairs(actual[key], expected[key], options, (*path, key))
    else:
        for kind in (_Nones, _Booleans, _Numbers, _Tensors):
            if kind.takes(actual, expected, options):
                yield kind(actual, expected, options), path
                return
        raise TypeError(
            _located(f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}.", path)
        )


def _located(message: str, path: tuple[Any, ...]) -> str:
    place = "".join(f"[{one!r}]" for one in path)
    return f"{message}\n\nThe failure occurred for item {place}" if path else message


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Fail unless ``|actual - expected| <= atol + rtol * |expected|`` everywhere.

    Args:
        actual: a tensor, something that ``torch.as_tensor`` takes, a number, or sequences and mappings of these.
        expected: what it should be, of the same structure.
        allow_subclasses: whether the types may be related rather than equal.
        rtol: the relative tolerance; with ``atol``, by default that of the dtypes.
        atol: the absolute tolerance.
        equal_nan: whether NaN equals NaN.
        check_device: whether devices must agree.
        check_dtype: whether dtypes must agree; otherwise both are promoted.
        check_layout: whether layouts must agree.
        check_stride: whether strides must agree.
        msg: the text of the failure, or what makes it of the text that there would be.

    Raises:
        AssertionError: saying what differs, and where in a structure.
        TypeError: for values that cannot be compared.
        ValueError: if one tolerance is given without the other.

    Source: ``torch.testing.assert_close``.
    """
    if (rtol is None) != (atol is None):
        missing = "atol" if atol is None else "rtol"
        raise ValueError(f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {missing}.")
    options = _Options(
        allow_subclasses, rtol, atol, equal_nan, check_device, check_dtype, check_layout, check_stride
    )  # fmt: skip
    for pair, path in list(_pairs(actual, expected, options, ())):
        if (found := pair.mismatch()) is not None:
            text = _located(found, path)
            raise AssertionError(text if msg is None else msg(text) if callable(msg) else msg)


def assert_allclose(
    actual: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = True,
    msg: str = "",
) -> None:
    """`assert_close` of anything that becomes a tensor, with wider tolerances.

    Raises:
        AssertionError: saying what differs.

    Source: ``torch.testing.assert_allclose``, which is deprecated.
    """
    warn(
        "`torch.testing.assert_allclose()` is deprecated since 1.12 and will be removed in a future release. Please "
        "use `torch.testing.assert_close()` instead. You can find detailed upgrade instructions in "
        "https://github.com/pytorch/pytorch/issues/61844.",
        FutureWarning,
    )
    actual = actual if isinstance(actual, Tensor) else as_tensor(actual)
    expected = expected if isinstance(expected, Tensor) else as_tensor(expected, dtype=actual.dtype)
    if rtol is None and atol is None:
        wide = {dtypes.float16: (1e-3, 1e-3), dtypes.float32: (1e-4, 1e-5), dtypes.float64: (1e-5, 1e-8)}
        pairs = [wide.get(one.dtype, (0.0, 0.0)) for one in (actual, expected)]
        rtol, atol = (max(two) for two in zip(*pairs, strict=True))
    assert_close(
        actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan, check_device=True, check_dtype=False,
        check_stride=False, msg=msg or None,
    )  # fmt: skip
