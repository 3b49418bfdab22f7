"""Inputs dealt out to several GPUs, and outputs collected, as a build without any does: what is no tensor is repeated,
and tensors are refused.

Source: ``torch.nn.parallel.scatter_gather``.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from ...tensor import Tensor


def is_namedtuple(obj: Any) -> bool:
    """Whether this is a named tuple (deprecated)."""
    warnings.warn(
        "`is_namedtuple` is deprecated, please use the python checks instead", category=FutureWarning, stacklevel=2
    )
    return _is_named(obj)


def _is_named(value: Any) -> bool:
    return isinstance(value, tuple) and hasattr(value, "_asdict") and hasattr(value, "_fields")


def _like(value: Any, parts: Sequence[Any]) -> Any:
    """A container of the kind of another."""
    return type(value)(*parts) if _is_named(value) else type(value)(parts)


def scatter(inputs: Any, target_gpus: Sequence[Any], dim: int = 0) -> Any:
    """For each GPU its part of the inputs.

    Raises:
        AttributeError: for tensors, which nothing can part here.
    """
    if isinstance(inputs, Tensor):
        raise AttributeError("module 'torch._C' has no attribute '_scatter'")
    if isinstance(inputs, (tuple, list, dict)) and inputs:
        parts = inputs.items() if isinstance(inputs, dict) else inputs
        return [_like(inputs, each) for each in zip(*(scatter(one, target_gpus, dim) for one in parts), strict=True)]
    return [inputs for _ in target_gpus]


def scatter_kwargs(
    inputs: tuple[Any, ...], kwargs: dict[str, Any] | None, target_gpus: Sequence[Any], dim: int = 0
) -> tuple[tuple[Any, ...], tuple[dict[str, Any], ...]]:
    """Positional and keyword arguments for each GPU."""
    return tuple(scatter(inputs, target_gpus, dim)), tuple(scatter(kwargs or {}, target_gpus, dim))


def gather(outputs: Any, target_device: Any, dim: int = 0) -> Any:
    """The outputs of all GPUs on one device.

    Raises:
        AssertionError: for tensors, which are on the CPU here.
        ValueError: for dicts of other lengths.
    """
    first = outputs[0]
    if isinstance(first, Tensor):
        raise AssertionError("Gather function not implemented for CPU tensors")
    if first is None:
        return None
    if isinstance(first, dict):
        if any(len(one) != len(first) for one in outputs):
            raise ValueError("All dicts must have the same number of keys")
        return type(first)((key, gather([one[key] for one in outputs], target_device, dim)) for key in first)
    return _like(first, [gather(each, target_device, dim) for each in zip(*outputs, strict=False)])
