"""Questions about a tensor, as functions."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from .. import dtypes
from ..declare.op import op
from ..dispatch.overrides import of_one_tensor
from ..dispatch.slow import common_dtype
from ..layout import element_strides, memory_format
from ..tensor import Tensor


def is_tensor(obj: Any, /) -> bool:
    """Whether this is a tensor.  Source: ``torch.is_tensor``."""
    return isinstance(obj, Tensor)


numel = of_one_tensor(Tensor.numel)
is_floating_point = of_one_tensor(Tensor.is_floating_point)
is_complex = of_one_tensor(Tensor.is_complex)
is_conj = of_one_tensor(Tensor.is_conj)
is_neg = of_one_tensor(Tensor.is_neg)
is_signed = of_one_tensor(Tensor.is_signed)
get_device = of_one_tensor(Tensor.get_device)
is_inference = of_one_tensor(Tensor.is_inference)
is_same_size = op(
    "is_same_size(Tensor self, Tensor other) -> bool", composite=lambda self, other: self.shape == other.shape
)
is_nonzero = op("is_nonzero(Tensor self) -> bool", composite=bool)
for _given in (
    ".Tensor(Tensor tensor, Tensor other)", ".Scalar_Tensor(Scalar scalar, Tensor tensor)",
    ".Scalar(Tensor tensor, Scalar other)", ".Scalar_Scalar(Scalar scalar1, Scalar scalar2)",
):  # fmt: skip
    result_type = op(f"result_type{_given} -> ScalarType", composite=lambda *given: common_dtype(given), method=False)
can_cast = op("can_cast(ScalarType from_, ScalarType to) -> bool", composite=dtypes.can_cast, method=False)
promote_types = op(
    "promote_types(ScalarType type1, ScalarType type2) -> ScalarType", composite=dtypes.promote_types, method=False
)
resolve_conj = op(
    "resolve_conj(Tensor(a) self) -> Tensor(a)", composite=lambda self: self.clone() if self.is_conj() else self
)
resolve_neg = op(
    "resolve_neg(Tensor(a) self) -> Tensor(a)", composite=lambda self: self.clone() if self.is_neg() else self
)


def _dim_order(self: Tensor, *, ambiguity_check: bool | list[memory_format] = False) -> tuple[int, ...]:
    """The dimensions from the outermost in memory to the innermost.

    Args:
        ambiguity_check: whether to refuse a tensor that has several such orders; a list of memory formats refuses one
            that does not have exactly one of these either.

    Raises:
        RuntimeError: for what it refuses.
        TypeError: for an ``ambiguity_check`` that is neither a bool nor a list of memory formats.
    """
    formats = ambiguity_check if isinstance(ambiguity_check, list) else []
    if not isinstance(ambiguity_check, (bool, list)) or not all(isinstance(one, memory_format) for one in formats):
        raise TypeError("The ambiguity_check argument must be a bool or a list of memory formats.")
    strides, shape = element_strides(self._array), self._array.shape
    several = 1 in shape or any(a == b for a, b in pairwise(strides))
    one_of_formats = sum(self.is_contiguous(memory_format=one) for one in formats) == 1
    if ambiguity_check is not False and several and not one_of_formats:
        raise RuntimeError(
            "The tensor does not have unique dim order, or cannot map to exact one of the given memory formats."
        )
    if ambiguity_check is not False and 0 in strides:
        raise RuntimeError("The tensor does not have unique dim order.")
    return tuple(sorted(range(len(shape)), key=lambda dim: (-strides[dim], -shape[dim])))


Tensor.dim_order = _dim_order
_dim_order.__name__ = "dim_order"


def _is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Whether the other tensor is the same elements, in the same shape and strides."""
    mine, theirs = self._array, tensor._array
    same = (mine.shape, mine.strides, mine.ctypes.data) == (theirs.shape, theirs.strides, theirs.ctypes.data)
    return same and self._dtype is tensor._dtype


def _never(self: Tensor) -> bool:
    """No: the engine has no such tensors."""
    return False


Tensor.is_set_to = _is_set_to
_is_set_to.__name__ = "is_set_to"
Tensor.const_data_ptr = Tensor.data_ptr
for _name in ("is_nested", "is_mtia", "is_xla", "is_ipu", "is_maia", "is_vulkan"):
    setattr(Tensor, _name, property(_never))
Tensor.name = property(lambda self: None)
Tensor.is_distributed = _never
is_distributed = of_one_tensor(_never)
is_distributed.__name__ = is_distributed.__qualname__ = "is_distributed"
