"""dtype objects, their categories, and the promotion table.

A dtype here is torch's: it has torch's names and knows the NumPy dtype that stores it.  Promotion follows
torch's rule: three ranks of operand (tensors with dimensions, zero-dimensional tensors, Python numbers); a
lower rank changes the dtype only if its category is higher (``bool < integral < floating < complex``).

Source: the "Tensor Attributes" page of torch's reference, and ``torch.promote_types``.
"""

from __future__ import annotations

import builtins
import functools
import math
from importlib import import_module
from typing import Any, Final

import ml_dtypes
import numpy as np

from .naming import NamedInFull

BOOL, INTEGRAL, FLOATING, COMPLEX = range(4)
"""The categories, in promotion order."""


class dtype(metaclass=NamedInFull):
    """The data type of a tensor's elements.  Instances are singletons, so ``is`` compares them."""

    __module__ = "torch"
    __slots__ = (
        "_alias",
        "_name",
        "abbr",
        "c_name",
        "category",
        "is_complex",
        "is_floating_point",
        "is_signed",
        "itemsize",
        "numpy",
        "scalar_type",
    )

    _name: str
    numpy: np.dtype
    """The NumPy dtype of the storage."""
    category: int
    itemsize: int
    """Bytes of one element."""
    is_floating_point: bool
    is_complex: bool
    is_signed: bool
    abbr: str
    """The short name: ``f32``, ``i64``."""
    scalar_type: str
    """The name in messages about promotion and in legacy type strings: ``Float``, ``Long``."""
    c_name: str
    """The C++ name in messages about matrix products: ``float``, ``long int``."""

    def __new__(cls, *_args: object, **_kwargs: object) -> dtype:
        raise TypeError("cannot create 'torch.dtype' instances")

    def __repr__(self) -> str:
        return f"torch.{self._name}"

    def __getattr__(self, name: str) -> Any:
        if name == "numpy":  # of a dtype that has only a name: named_dtypes.py
            raise NotImplementedError(f"this engine stores no elements of {self}")
        raise AttributeError(f"'torch.dtype' object has no attribute '{name}'")

    def __reduce__(self) -> tuple:
        return _named, (self._name,)

    def to_real(self) -> dtype:
        """The dtype of the real part."""
        return _REAL.get(self, self)

    def to_complex(self) -> dtype:
        """The complex dtype whose parts have this dtype."""
        if self in FLOAT8:
            raise RuntimeError(f"Unknown Complex ScalarType for {self.scalar_type}")
        return _COMPLEX.get(self, self)


def _dtype(
    name: str, storage: object, category: int, scalar_type: str, c_name: str, abbr: str, signed: bool = True
) -> dtype:
    new = object.__new__(dtype)
    new._name = name
    new.numpy = np.dtype(storage)  # type: ignore[call-overload]
    new.itemsize = new.numpy.itemsize
    new.category = category
    new.scalar_type, new.c_name, new.abbr = scalar_type, c_name, abbr
    new.is_floating_point = category == FLOATING
    new.is_complex = category == COMPLEX
    new.is_signed = signed
    return new


bool_: Final = _dtype("bool", np.bool_, BOOL, "Bool", "bool", "b8", signed=False)
uint8: Final = _dtype("uint8", np.uint8, INTEGRAL, "Byte", "unsigned char", "u8", signed=False)
int8: Final = _dtype("int8", np.int8, INTEGRAL, "Char", "signed char", "i8")
int16: Final = _dtype("int16", np.int16, INTEGRAL, "Short", "short int", "i16")
int32: Final = _dtype("int32", np.int32, INTEGRAL, "Int", "int", "i32")
int64: Final = _dtype("int64", np.int64, INTEGRAL, "Long", "long int", "i64")
uint16: Final = _dtype("uint16", np.uint16, INTEGRAL, "UInt16", "short unsigned int", "u16", signed=False)
uint32: Final = _dtype("uint32", np.uint32, INTEGRAL, "UInt32", "unsigned int", "u32", signed=False)
uint64: Final = _dtype("uint64", np.uint64, INTEGRAL, "UInt64", "long unsigned int", "u64", signed=False)
# Of halves beside complex numbers torch makes complex32, of which NumPy has none: here they become complex64, and
# nothing bears the name of complex32.
float16: Final = _dtype("float16", np.float16, FLOATING, "Half", "c10::Half", "f16")
bfloat16: Final = _dtype("bfloat16", ml_dtypes.bfloat16, FLOATING, "BFloat16", "c10::BFloat16", "bf16")
float32: Final = _dtype("float32", np.float32, FLOATING, "Float", "float", "f32")
float64: Final = _dtype("float64", np.float64, FLOATING, "Double", "double", "f64")
complex64: Final = _dtype("complex64", np.complex64, COMPLEX, "ComplexFloat", "c10::complex<float>", "c64")
complex128: Final = _dtype("complex128", np.complex128, COMPLEX, "ComplexDouble", "c10::complex<double>", "c128")


def _float8(layout: str) -> dtype:
    name = f"float8_{layout}"
    names = f"Float8_{layout}", f"c10::Float8_{layout}", f"f8{layout}"
    return _dtype(name, getattr(ml_dtypes, name), FLOATING, *names, signed=layout != "e8m0fnu")


float8_e4m3fn: Final = _float8("e4m3fn")
float8_e5m2: Final = _float8("e5m2")
float8_e4m3fnuz: Final = _float8("e4m3fnuz")
float8_e5m2fnuz: Final = _float8("e5m2fnuz")
float8_e8m0fnu: Final = _float8("e8m0fnu")

DTYPES: Final = (
    bool_, uint8, int8, int16, int32, int64, uint16, uint32, uint64,
    float16, bfloat16, float32, float64, complex64, complex128,
    float8_e4m3fn, float8_e5m2, float8_e4m3fnuz, float8_e5m2fnuz, float8_e8m0fnu,
)  # fmt: skip
FLOAT8: Final = frozenset(DTYPES[15:])
"""Floats of eight bits, in which numbers are stored and hardly anything is computed."""
COMPUTED: Final = tuple(d for d in DTYPES if d not in FLOAT8)
"""The others."""
FROM_NUM: Final = {d.numpy.num: d for d in DTYPES}
"""By NumPy's type number, which is quicker to hash.  ``long long`` is a second number for int64."""
FROM_NUM[np.dtype(np.longlong).num] = int64
FROM_NUM[np.dtype(np.ulonglong).num] = uint64


def _named(name: str) -> dtype:
    found = next((d for d in DTYPES if d._name == name), None)
    return getattr(import_module(".named_dtypes", __package__), name) if found is None else found


FROM_PYTHON: Final = {bool: bool_, int: int64, float: float64, complex: complex128}
"""Python's types where a dtype is asked for."""

FLOATING_DTYPES: Final = frozenset(d for d in COMPUTED if d.is_floating_point)
COMPLEX_DTYPES: Final = frozenset(d for d in DTYPES if d.is_complex)
DIFFERENTIABLE: Final = FLOATING_DTYPES | COMPLEX_DTYPES | FLOAT8
INTEGRAL_DTYPES: Final = frozenset(d for d in DTYPES if d.category == INTEGRAL)
MASKS: Final = (bool_, uint8)
"""What says of each element whether it is meant, where indices say which ones are."""

_REAL = {complex64: float32, complex128: float64}
_COMPLEX = {float16: complex64, bfloat16: complex64, float32: complex64, float64: complex128}

_BAREBONES = frozenset({uint16, uint32, uint64})  # storage types: torch promotes them with floats only
STORED: Final = _BAREBONES | FLOAT8
"""Dtypes whose numbers are stored, and of which operations refuse many."""
_SIGNED = (int8, int16, int32, int64)
_WIDTH = {float16: 0, bfloat16: 0, float32: 1, float64: 2, complex64: 1, complex128: 2}


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype that holds both, by torch's table.

    Raises:
        RuntimeError: for ``uint16``, ``uint32`` and ``uint64`` with anything but a floating dtype, and for floats of
            eight bits with anything else.
    """
    if type1 is type2:
        return type1
    if FLOAT8 & {type1, type2}:
        raise RuntimeError(
            "Promotion for Float8 Types is not supported, attempted to promote "
            f"{type1.scalar_type} and {type2.scalar_type}"
        )
    low, high = sorted((type1, type2), key=lambda d: d.category)
    if _BAREBONES & {type1, type2} and high.category != FLOATING:
        raise RuntimeError(
            "Promotion for uint16, uint32, uint64 types is not supported, attempted to promote "
            f"{type1.scalar_type} and {type2.scalar_type}"
        )
    if low.category < FLOATING:
        if low.category < high.category:
            return high
        if uint8 in (low, high):  # uint8 does not fit int8, and fits every other integral dtype
            other = high if low is uint8 else low
            return int16 if other is int8 else other
        return max(low, high, key=lambda d: d.itemsize)
    width = max(_WIDTH[low], _WIDTH[high])
    if high.is_complex:
        return complex128 if width == 2 else complex64
    return float64 if width == 2 else float32  # two different dtypes of 16 bits meet in float32


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether a conversion keeps the category, or raises it (``torch.can_cast``)."""
    if from_.is_complex and not to.is_complex:
        return False
    if from_.is_floating_point and to.category <= INTEGRAL:
        return False
    return not (from_.category == INTEGRAL and to is bool_)


_default: dtype = float32


def get_default_dtype() -> dtype:
    """The dtype of tensors built from Python floats."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Set the dtype of tensors built from Python floats.

    Raises:
        TypeError: if ``d`` is not a floating-point dtype.
    """
    if not isinstance(d, dtype):
        raise TypeError("invalid dtype object: only floating-point types are supported as the default type")
    if not d.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    if d in FLOAT8:
        raise TypeError(f"couldn't find storage object {d.scalar_type}Storage")
    global _default
    _default = d


default_dtype = get_default_dtype


def default_complex() -> dtype:
    """The dtype of tensors built from Python complex numbers."""
    if _default is bfloat16:
        raise RuntimeError("invalid default scalar type for complex")
    return _default.to_complex()


def of_scalar(value: complex) -> dtype:
    """The dtype that a Python number stands for among tensors."""
    if isinstance(value, bool):
        return bool_
    if isinstance(value, int):
        return int64
    return _default if isinstance(value, float) else default_complex()


def result_dtype(dimensioned: list[dtype], zero_dim: list[dtype], numbers: list[dtype]) -> dtype:
    """The common dtype of an operation's operands, given by rank (see the module's text)."""
    ranks = [rank for rank in (dimensioned, zero_dim, numbers) if rank]
    found, *lower = (functools.reduce(promote_types, rank) for rank in ranks)
    for other in lower:
        found = _combine(found, other)
    return found


def _combine(higher: dtype, lower: dtype) -> dtype:
    """The dtype of operands of two ranks: the lower one counts only by its category."""
    if higher.category >= lower.category:
        return higher
    if higher.is_floating_point:  # and the lower is complex: the width stays
        return higher.to_complex()
    if lower.category > INTEGRAL:
        return promote_types(higher, lower) if lower in FLOAT8 else lower
    return promote_types(higher, lower) if higher is bool_ else higher


def bounds(d: dtype) -> tuple[float, float]:
    """The least and the largest finite number of a real dtype."""
    if d is bool_:
        return 0, 1
    info = np.iinfo(d.numpy) if d.category == INTEGRAL else ml_dtypes.finfo(d.numpy)
    python = int if d.category == INTEGRAL else float
    return python(info.min), python(info.max)


def digits(d: dtype) -> int:
    """The bits of a floating dtype's significand, the hidden one included."""
    return ml_dtypes.finfo(d.numpy).nmant + 1


_SIMPLE = (float32, float64)


def number(value: Any, d: dtype) -> np.ndarray:
    """A Python number in a dtype, as a 0-d array; negative integers wrap around in unsigned dtypes.

    Raises:
        RuntimeError: if the dtype cannot hold it.
    """
    if value.__class__ is float and d in _SIMPLE and abs(value) <= 3e38:
        return np.asarray(value, d.numpy)
    if isinstance(value, complex) and not d.is_complex:
        value = real_number(value, d)
    if d.category == INTEGRAL:
        low, high = bounds(d)
        if not (low if low or isinstance(value, float) else -high) <= value <= high:
            raise RuntimeError(_OVERFLOW.format(_c_type(d)))
        return wrapped(value, d)
    if d.is_floating_point and math.isfinite(value) and abs(value) > bounds(d)[1]:
        raise RuntimeError(_OVERFLOW.format(_c_type(d)))
    with np.errstate(all="ignore"):
        return stored(np.asarray(value), d.numpy)


def stored(array: np.ndarray, storage: np.dtype) -> np.ndarray:
    """The elements in another dtype of NumPy's, as torch converts them.

    The largest number of ``float8_e4m3fn`` stands for all that are larger, infinity too; ``float8_e8m0fnu`` has powers
    of two and no sign.
    """
    if storage == float8_e4m3fn.numpy and array.dtype != storage:
        array = np.clip(array.astype(np.float32), -448, 448)
    elif storage == float8_e8m0fnu.numpy and array.dtype != storage:
        array = np.abs(array.astype(np.float32))
        array = np.where(array == 0, np.float32(2.0**-127), array)
    return array.astype(storage)


def real_number(value: Any, d: dtype) -> Any:
    """A Python number that is to have a real dtype, without an imaginary part of zero.

    Raises:
        RuntimeError: if it has another imaginary part.
    """
    if not isinstance(value, complex):
        return value
    if value.imag:
        raise RuntimeError(_OVERFLOW.format(_c_type(d)))
    return value.real


def wrapped(value: Any, d: dtype) -> np.ndarray:
    """A whole number in an integral dtype, as a 0-d array: of one that is too large, the low bits."""
    return np.asarray(int(value) % (1 << 64), np.uint64).astype(d.numpy)


_OVERFLOW = "value cannot be converted to type {} without overflow"


def _c_type(d: dtype) -> str:
    """A dtype in messages about numbers."""
    return d.c_name if d.category != INTEGRAL or d is int32 else f"{d._name}_t"


_MISSING: Any = object()


def _type_argument(name: str, type: Any) -> dtype:
    if type is _MISSING:
        raise TypeError(f'{name}() missing 1 required positional arguments: "type"')
    if isinstance(type, builtins.type):
        type = FROM_PYTHON.get(type, type)
    if not isinstance(type, dtype):
        kind = builtins.type(type).__name__
        raise TypeError(f"{name}(): argument 'type' (position 1) must be torch.dtype, not {kind}")
    return type


class finfo:
    """What numbers a floating-point dtype has, or the parts of a complex one.

    Raises:
        TypeError: for another dtype.

    Source: ``torch.finfo``.
    """

    __module__ = "torch"
    __slots__ = ("bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny")

    def __init__(self, type: dtype | None = None) -> None:
        d = default_dtype() if type is None else _type_argument("finfo", type)
        if not (d.is_floating_point or d.is_complex):
            raise TypeError(
                "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'"
            )
        d = d.to_real()
        found = ml_dtypes.finfo(d.numpy)
        self.bits, self.dtype = 8 * d.itemsize, d._name
        self.min, self.max, self.eps = float(found.min), float(found.max), float(found.eps)
        self.tiny = self.smallest_normal = float(found.smallest_normal)
        self.resolution = 1.0 if d in FLOAT8 else 10.0 ** -int(found.precision)
        if d is float8_e5m2fnuz:  # torch takes it for one with a bit more
            self.eps = 0.125

    def __repr__(self) -> str:
        names = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        numbers = ", ".join(f"{name}={getattr(self, name):g}" for name in names)
        return f"finfo({numbers}, dtype={self.dtype})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, finfo) and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash(self.dtype)


class iinfo:
    """What numbers an integral dtype has.

    Raises:
        TypeError: for another dtype.

    Source: ``torch.iinfo``.
    """

    __module__ = "torch"
    __slots__ = ("bits", "dtype", "max", "min")

    def __init__(self, type: Any = _MISSING) -> None:
        d = _type_argument("iinfo", type)
        if d.category == BOOL:
            raise TypeError("torch.bool is not supported by torch.iinfo")
        if d.category != INTEGRAL:
            raise TypeError("torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'")
        found = np.iinfo(d.numpy)
        self.bits, self.dtype = 8 * d.itemsize, d._name
        self.min, self.max = int(found.min), int(found.max)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, iinfo) and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash(self.dtype)
