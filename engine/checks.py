"""Argument checks that several operations share, in torch's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .dtypes import INTEGRAL, bool_, dtype
from .layout import wrap_dim
from .tensor import Tensor


def is_bool(value: Any) -> bool:
    """Whether this operand counts as bool: a bool tensor or a Python bool."""
    return value._dtype is bool_ if isinstance(value, Tensor) else isinstance(value, bool)


def is_integral(value: Any) -> bool:
    """Whether this operand is of an integral dtype, bool included."""
    return value._dtype.category <= INTEGRAL if isinstance(value, Tensor) else isinstance(value, int)


def is_complex(value: Any) -> bool:
    """Whether this operand is complex."""
    return value._dtype.is_complex if isinstance(value, Tensor) else isinstance(value, complex)


def check_alpha(self: Any, other: Any, alpha: complex) -> None:
    """Refuse a multiplier that does not fit the operands' dtype."""
    if isinstance(alpha, bool) and not (is_bool(self) and is_bool(other)):
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if isinstance(alpha, (float, complex)) and is_integral(self) and is_integral(other):
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    if isinstance(alpha, complex) and not (is_complex(self) or is_complex(other)):
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")


def check_bool_subtraction(self: Any, other: Any, alpha: complex) -> None:
    """Refuse to subtract bools."""
    if is_bool(self) and is_bool(other):
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
            "operator instead."
        )
    if is_bool(self) or is_bool(other):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, "
            "use the `~` or `logical_not()` operator instead."
        )
    check_alpha(self, other, alpha)


def check_negation(self: Tensor) -> None:
    """Refuse to negate bools."""
    if self._dtype is bool_:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use "
            "the `~` or `logical_not()` operator instead."
        )


def check_positive(self: Tensor) -> None:
    """Refuse the plus sign before bools."""
    if self._dtype is bool_:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")


def check_broadcast(*operands: Any) -> None:
    """Refuse shapes that do not broadcast.

    Raises:
        RuntimeError: naming the first two sizes that disagree, and their dimension.
    """
    broadcast(*(one._array.shape for one in operands if isinstance(one, Tensor)))


def broadcast(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape to which these broadcast; that of none is ``()``.

    Raises:
        RuntimeError: naming the first two sizes that disagree, and their dimension.
    """
    shape: tuple[int, ...] = ()
    for other in shapes:
        ndim = max(len(shape), len(other))
        left, right = ((1,) * (ndim - len(s)) + s for s in (shape, other))
        for dim in reversed(range(ndim)):
            if left[dim] != right[dim] and 1 not in (left[dim], right[dim]):
                raise RuntimeError(
                    f"The size of tensor a ({left[dim]}) must match the size of tensor b ({right[dim]}) at "
                    f"non-singleton dimension {dim}"
                )
        shape = tuple(b if a == 1 else a for a, b in zip(left, right, strict=True))
    return shape


def wrap_dims(dims: Sequence[int] | None, ndim: int) -> tuple[int, ...]:
    """Dimensions counted from the front; none, or no argument, means all.

    Raises:
        IndexError: if one is out of range.
        RuntimeError: if one appears twice.
    """
    if not dims:
        return tuple(range(ndim))
    found: list[int] = []
    for dim in dims:
        wrapped = wrap_dim(dim, ndim)
        if wrapped in found:
            raise RuntimeError(f"dim {wrapped} appears multiple times in the list of dims")
        found.append(wrapped)
    return tuple(d for d in found if d < ndim)


def not_implemented(kernel: str) -> Any:
    """An error maker for dtypes that a kernel of torch's does not have."""

    def error(d: dtype) -> Exception:
        return NotImplementedError(f"\"{kernel}\" not implemented for '{d.scalar_type}'")

    return error


class _LinAlgError(RuntimeError):
    """A matrix that has no such factorisation, inverse or solution.  Source: ``torch.linalg.LinAlgError``."""

    __module__ = "torch._C"


LinAlgError = _LinAlgError


class OutOfMemoryError(RuntimeError):
    """A device has no memory left.  Source: ``torch.OutOfMemoryError``."""

    __module__ = "torch"


class AcceleratorError(RuntimeError):
    """A device failed.  Source: ``torch.AcceleratorError``."""

    __module__ = "torch"


def _assert(condition: Any, message: str) -> None:
    """Check a condition, so that traced programs can.  Source: ``torch._assert``.

    Raises:
        AssertionError: with the message, if it is false.
    """
    assert condition, message
