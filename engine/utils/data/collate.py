"""Samples into batches.  Source: ``torch.utils.data.default_collate``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ... import dtypes
from ...ops.data import as_tensor, tensor
from ...ops.joining import stack
from ...tensor import Tensor


def default_collate(batch: Sequence[Any]) -> Any:
    """Stack tensors, arrays and numbers; go into dicts, tuples and lists; leave text as a list.

    Raises:
        RuntimeError: for sequences of different lengths.
        TypeError: for anything else.
    """
    first = batch[0]
    kind = type(first)
    if isinstance(first, Tensor):
        return stack(list(batch), 0)
    if isinstance(first, np.ndarray):
        return default_collate([as_tensor(one) for one in batch])
    if isinstance(first, np.generic):
        return as_tensor(np.stack(list(batch)))
    if isinstance(first, float):
        return tensor(batch, dtype=dtypes.float64)
    if isinstance(first, int):
        return tensor(batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        collated = {key: default_collate([one[key] for one in batch]) for key in first}
        return collated if kind is dict else kind(collated)
    if isinstance(first, Sequence):
        if any(len(one) != len(first) for one in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        columns = [default_collate(column) for column in zip(*batch, strict=True)]
        return kind(*columns) if hasattr(first, "_fields") else columns
    raise TypeError(f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {kind}")


def default_convert(data: Any) -> Any:
    """A sample that is not put into a batch: arrays become tensors."""
    if isinstance(data, (np.ndarray, np.generic)) and data.dtype.kind not in "SUO":
        return as_tensor(data)
    if isinstance(data, Mapping):
        return {key: default_convert(one) for key, one in data.items()}
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*map(default_convert, data))
    if isinstance(data, (tuple, list)):
        return [default_convert(one) for one in data]
    return data
