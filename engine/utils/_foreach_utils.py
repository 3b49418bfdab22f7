"""What optimizers ask about operations on lists.  Source: ``torch.utils._foreach_utils``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from ..tensor import Tensor

if TYPE_CHECKING:
    from ..device import device

Indices: TypeAlias = list[int]
TensorListList: TypeAlias = list[list[Tensor | None]]


def _get_foreach_kernels_supported_devices() -> list[str]:
    """The devices on which all tensors of a list are computed at once."""
    return ["cuda", "xpu", "mtia", "privateuseone"]


def _get_fused_kernels_supported_devices() -> list[str]:
    """The devices that have whole steps of optimizers."""
    return ["mps", "cuda", "xpu", "hpu", "cpu", "mtia", "privateuseone"]


def _device_has_foreach_support(device: device) -> bool:
    return device.type in (*_get_foreach_kernels_supported_devices(), "cpu")


def _has_foreach_support(tensors: list[Tensor], device: device) -> bool:
    return _device_has_foreach_support(device) and all(one is None or type(one) is Tensor for one in tensors)


def _group_tensors_by_device_and_dtype(
    tensorlistlist: TensorListList, with_indices: bool = False
) -> dict[tuple[device, Any], tuple[TensorListList, Indices]]:
    """Lists of tensors, parted by device and dtype of those in the first.

    Args:
        tensorlistlist: lists of one length, or empty ones.
        with_indices: whether to tell where in the lists each was.
    """
    found: dict[Any, tuple[TensorListList, Indices]] = {}
    for place, first in enumerate(tensorlistlist[0]):
        assert first is not None
        lists, places = found.setdefault((first.device, first.dtype), ([[] for _ in tensorlistlist], []))
        for one, given in zip(lists, tensorlistlist, strict=True):
            if given:
                one.append(given[place])
        if with_indices:
            places.append(place)
    return found
