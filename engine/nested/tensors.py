"""The two kinds of nested tensors: those of the layout ``strided``, and the jagged, whose parts lie in one tensor."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..dispatch.overrides import ask_for_members, takes_over
from ..dtypes import default_dtype, int64
from ..layout import Size, sized
from ..overrides import DisableTorchFunctionSubclass
from ..tensor import Tensor, wrap

_NUMBERS = itertools.count(1)


class NestedInt:
    """The size of the dimension in which the parts differ, ``j1``, or a multiple of it, ``3*j1``."""

    def __init__(self, number: int | None = None, factor: int = 1) -> None:
        self._number = next(_NUMBERS) if number is None else number
        self._factor = factor

    def __mul__(self, factor: int) -> NestedInt:
        return NestedInt(self._number, self._factor * factor)

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NestedInt) and (self._number, self._factor) == (other._number, other._factor)

    def __hash__(self) -> int:
        return hash((self._number, self._factor))

    def __repr__(self) -> str:
        return f"j{self._number}" if self._factor == 1 else f"{self._factor}*j{self._number}"

    def __int__(self) -> int:
        raise AttributeError("'NestedIntNode' object has no attribute 'int_'")


class _Nested(Tensor):
    """A tensor of tensors."""

    _parts: list[Tensor]
    _ragged: int
    """The dimension of this tensor in which the parts differ."""

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Sequence[type], args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        from .functions import call

        return call(func, args, kwargs or {})

    def dims(self) -> int:
        """The number of dimensions."""
        return self._parts[0].dim() + 1 if self._parts else 1

    def to_padded_tensor(self, padding: float, output_size: Any = None) -> Tensor:
        """`torch.nested.to_padded_tensor`."""
        from .functions import padded

        return padded(self, padding, output_size)

    def _nested_tensor_size(self) -> Tensor:
        """The shapes of the parts."""
        return tensor_of(np.array([part.shape for part in self._parts]))


class StridedNested(_Nested):
    """The kind of the layout ``strided``."""

    __module__ = "torch"
    __qualname__ = "Tensor"


StridedNested.__name__ = "Tensor"  # as torch's C++ has one class for both


class NestedTensor(_Nested):
    """The jagged kind: all parts lie in `values`, one after the other."""

    __module__ = "torch.nested._internal.nested_tensor"

    _size: NestedInt
    _is_contiguous: bool
    _offsets: Tensor
    _lengths: Tensor | None

    def offsets(self) -> Tensor:
        """Where each part begins, and where the last ends."""
        return self._offsets

    def lengths(self) -> Tensor | None:
        """How long each part is, where they do not lie side by side."""
        return self._lengths

    @property
    def _max_seqlen(self) -> int:
        return max(part.shape[self._ragged - 1] for part in self._parts)

    @property
    def _min_seqlen(self) -> int:
        return min(part.shape[self._ragged - 1] for part in self._parts)


def _empty(cls: type[_Nested], like: Tensor | None) -> Any:
    if not vars(cls).get("_asks"):
        cls._asks = True  # type: ignore[attr-defined]
        takes_over(cls)
        ask_for_members(cls)
    d = like._dtype if like is not None else default_dtype()
    return wrap(np.zeros(0, d.numpy), d, cls)


def strided_of(parts: Sequence[Tensor]) -> StridedNested:
    """A nested tensor of these parts."""
    made: StridedNested = _empty(StridedNested, parts[0] if parts else None)
    made._parts = list(parts)
    return made


def jagged_of(
    parts: Sequence[Tensor], like: NestedTensor | None = None, ragged: int = 1, offsets: Tensor | None = None,
    lengths: Tensor | None = None,
) -> NestedTensor:  # fmt: skip
    """A jagged tensor of these parts.

    Args:
        parts: as many as the first dimension has.
        like: one of the same sizes.
        ragged: the dimension in which they differ.
        offsets: where each part begins, if that is known.
        lengths: how long each is, where they do not lie side by side.
    """
    made: NestedTensor = _empty(NestedTensor, parts[0])
    made._parts, made._ragged = list(parts), ragged
    made._size = like._size if like is not None else NestedInt()
    made._lengths = like._lengths if like is not None else lengths
    made._is_contiguous = made._lengths is None and (like is None or (like._is_contiguous and ragged == like._ragged))
    if like is not None:
        made._offsets = like._offsets
    elif offsets is not None:
        made._offsets = offsets
    else:
        ends = np.cumsum([0, *(part.shape[ragged - 1] for part in parts)])
        made._offsets = tensor_of(ends)
    return made


def tensor_of(array: np.ndarray) -> Tensor:
    """A tensor of integers."""
    return wrap(np.asarray(array, np.int64), int64)


def shape_of(tensor: NestedTensor) -> Size:
    """The shape, in which one size is no number."""
    sizes: list[Any] = [len(tensor._parts), *tensor._parts[0].shape]
    sizes[tensor._ragged] = tensor._size
    return sized(sizes)


def strides_of(tensor: NestedTensor) -> tuple[Any, ...]:
    """The strides, of which the first is a multiple of the size that is no number."""
    steps: Any = tensor._parts[0].stride()
    return (steps[tensor._ragged - 1] * tensor._size, *steps)


def again(tensor: _Nested, parts: Sequence[Tensor], ragged: int | None = None) -> _Nested:
    """A tensor of the same kind, of other parts."""
    if isinstance(tensor, NestedTensor):
        return jagged_of(parts, tensor, tensor._ragged if ragged is None else ragged)
    return strided_of(parts)


def text_of(tensor: _Nested) -> str:
    """The text of a tensor, as torch prints it."""
    plain = DisableTorchFunctionSubclass()
    requires_grad = any(part.requires_grad for part in tensor._parts)
    node = next((part.grad_fn for part in tensor._parts if part.grad_fn is not None), None)
    if isinstance(tensor, NestedTensor):
        history = f"grad_fn={node!r}, " if node is not None else "requires_grad=True, " if requires_grad else ""
        with plain:
            size = ", ".join(map(str, shape_of(tensor)))
        return f"NestedTensor(size=({size}), offsets={tensor._offsets!r}, {history}contiguous={tensor._is_contiguous})"
    shown = [repr(part.detach().requires_grad_(part.requires_grad)).replace("\n", "\n  ") for part in tensor._parts]
    tail = f", grad_fn=<{node.name()}>" if node is not None else ", requires_grad=True" if requires_grad else ""
    return "nested_tensor([\n" + ",\n".join(f"  {one}" for one in shown) + f"\n]{tail})"
