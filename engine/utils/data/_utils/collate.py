"""Samples into batches.  Source: ``torch.utils.data.default_collate``."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from .... import dtypes
from ....layout import strided
from ....ops.data import as_tensor, tensor
from ....ops.joining import stack
from ....tensor import Tensor

CollateMap = dict[Any, Callable[..., Any]]
default_collate_err_msg_format = (
    "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"
)


def collate(batch: Sequence[Any], *, collate_fn_map: CollateMap | None = None) -> Any:
    """Put samples together by their kind, and go into dicts, tuples and lists.

    Args:
        batch: the samples.
        collate_fn_map: what puts samples of a type together, or of one of several; called with the samples and this
            map. The first type that the first sample is an instance of counts, unless its own is there.

    Raises:
        RuntimeError: for sequences of different lengths.
        TypeError: for what is not in the map and has no parts.
    """
    first = batch[0]
    kind = type(first)
    functions = collate_fn_map or {}
    found = functions.get(kind) or next((one for key, one in functions.items() if isinstance(first, key)), None)
    if found is not None:
        return found(batch, collate_fn_map=collate_fn_map)
    if isinstance(first, Mapping):
        parts = {key: collate([one[key] for one in batch], collate_fn_map=collate_fn_map) for key in first}
        return _like(first, parts)
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return kind(*(collate(column, collate_fn_map=collate_fn_map) for column in zip(*batch, strict=False)))
    if isinstance(first, Sequence):
        if any(len(one) != len(first) for one in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        columns = [collate(column, collate_fn_map=collate_fn_map) for column in zip(*batch, strict=True)]
        return columns if isinstance(first, tuple) else _like(first, columns)
    raise TypeError(default_collate_err_msg_format.format(kind))


def _like(first: Any, parts: Any) -> Any:
    """The parts in a container of the first sample's kind; in a plain one, if that cannot be made of them."""
    try:
        if not isinstance(first, (MutableMapping, MutableSequence)):
            return type(first)(parts)
        clone: Any = copy.copy(first)
        for key, part in parts.items() if isinstance(parts, dict) else enumerate(parts):
            clone[key] = part
        return clone
    except TypeError:
        return parts


def collate_tensor_fn(batch: Sequence[Tensor], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    """Stack tensors.

    Raises:
        RuntimeError: for sparse ones, and for different shapes.
    """
    if batch[0].layout is not strided:
        raise RuntimeError(
            "Batches of sparse tensors are not currently supported by the default collate_fn; please provide a custom "
            "collate_fn to handle them appropriately."
        )
    return stack(list(batch), 0)


def collate_numpy_array_fn(batch: Sequence[np.ndarray], *, collate_fn_map: CollateMap | None = None) -> Any:
    """Put arrays together as tensors.

    Raises:
        TypeError: for text and objects.
    """
    if batch[0].dtype.kind in "SUO":
        raise TypeError(default_collate_err_msg_format.format(batch[0].dtype))
    return collate([as_tensor(one) for one in batch], collate_fn_map=collate_fn_map)


def collate_numpy_scalar_fn(batch: Sequence[Any], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    """A tensor of NumPy's numbers, in their dtype."""
    return as_tensor(np.stack(list(batch)))


def collate_float_fn(batch: Sequence[float], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    """A float64 tensor of numbers."""
    return tensor(batch, dtype=dtypes.float64)


def collate_int_fn(batch: Sequence[int], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    """A tensor of integers."""
    return tensor(batch)


def collate_str_fn(batch: Sequence[Any], *, collate_fn_map: CollateMap | None = None) -> Sequence[Any]:
    """Text as it is."""
    return batch


default_collate_fn_map: CollateMap = {
    Tensor: collate_tensor_fn,
    np.ndarray: collate_numpy_array_fn,
    (np.bool_, np.number, np.object_): collate_numpy_scalar_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}
"""What `default_collate` does with samples that are no containers; programs add to it."""


def default_collate(batch: Sequence[Any]) -> Any:
    """Stack tensors, arrays and numbers; go into dicts, tuples and lists; leave text as a list.

    Raises:
        RuntimeError: for sequences of different lengths.
        TypeError: for anything else.
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)


def default_convert(data: Any) -> Any:
    """A sample that is not put into a batch: arrays become tensors."""
    if isinstance(data, (np.ndarray, np.generic)) and data.dtype.kind not in "SUO":
        return as_tensor(data)
    if isinstance(data, Mapping):
        return _like(data, {key: default_convert(one) for key, one in data.items()})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*map(default_convert, data))
    if isinstance(data, tuple):
        return [default_convert(one) for one in data]
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _like(data, [default_convert(one) for one in data])
    return data
