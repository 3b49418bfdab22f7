"""Values as Python that makes them again: tensors bit for bit, in the layout that they had."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch


class Unwritable(Exception):
    """A value that no short text makes again: why."""


ELEMENTS = 3000
"""The largest tensor that is written; a cell is there to be read."""


class Names:
    """Names for the tensors of a sample, by identity."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        self._kept: list[torch.Tensor] = []

    def give(self, tensor: torch.Tensor, name: str) -> None:
        """Call a tensor so from now on."""
        self._names[id(tensor)] = name
        self._kept.append(tensor)  # so that its identity stays its own

    def __contains__(self, tensor: torch.Tensor) -> bool:
        return id(tensor) in self._names

    def text(self, value: Any) -> str:
        """A value as Python; a tensor as its name. Raises Unwritable."""
        if isinstance(value, torch.Tensor):
            if value not in self:
                raise Unwritable("a tensor comes from nowhere")
            return self._names[id(value)]
        if isinstance(value, torch.Size):
            return f"torch.Size({self.text(tuple(value))})"
        if isinstance(value, tuple) and type(value) is not tuple:
            raise Unwritable(f"a {type(value).__name__} is no plain tuple")
        if isinstance(value, tuple):
            return f"({', '.join(map(self.text, value))}{',' * (len(value) == 1)})"
        if isinstance(value, list):
            return f"[{', '.join(map(self.text, value))}]"
        if isinstance(value, dict):
            return f"{{{', '.join(f'{self.text(key)}: {self.text(each)}' for key, each in value.items())}}}"
        if isinstance(value, slice):
            return f"slice({self.text(value.start)}, {self.text(value.stop)}, {self.text(value.step)})"
        return _plain(value)


def _plain(value: Any) -> str:
    if value is None or value is Ellipsis or type(value) in (bool, int, str):
        return repr(value)
    if type(value) is float:
        return number(value)
    if type(value) is complex:
        return _complex(value)
    if isinstance(value, torch.dtype | torch.memory_format | torch.layout):
        return repr(value) if isinstance(value, torch.dtype) else str(value)
    if isinstance(value, torch.device):
        return f"torch.device({str(value)!r})"
    if isinstance(value, np.generic):
        return _plain(value.item())
    raise Unwritable(f"a {type(value).__name__} cannot be written")


def number(value: float) -> str:
    """A float as Python."""
    return repr(value) if math.isfinite(value) else f'float("{value}")'


def _complex(value: complex) -> str:
    if all(math.isfinite(part) and part for part in (value.real, value.imag)):
        return repr(value)
    return f"complex({number(value.real)}, {number(value.imag)})"


def tensors(value: Any) -> Iterator[torch.Tensor]:
    """Every tensor in a value, in order."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from tensors(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from tensors(each)
    elif isinstance(value, slice):
        yield from tensors([value.start, value.stop, value.step])


def tensor(value: torch.Tensor) -> str:
    """The expression that makes a leaf of the same elements, dtype, layout and requires_grad. Raises Unwritable."""
    if value.layout not in (torch.strided, torch.sparse_coo) or type(value) not in (torch.Tensor, torch.nn.Parameter):
        raise Unwritable(f"a tensor that is {value.layout}, {type(value).__name__}")
    source = value.detach().resolve_conj().resolve_neg()
    if isinstance(value, torch.nn.Parameter):
        return f"torch.nn.Parameter({tensor(source)}{', requires_grad=False' * (not value.requires_grad)})"
    if source.layout is torch.sparse_coo:
        elements = f"{tensor(source._indices())}, {tensor(source._values())}"
        coalesced = ", is_coalesced=True" * source.is_coalesced()
        made = f"torch.sparse_coo_tensor({elements}, {tuple(source.shape)}{coalesced})"
    elif source.is_meta or not source.numel():
        made = _without_elements(source)
    elif source.is_contiguous():
        made = f"torch.tensor({_elements(source)}, dtype={source.dtype})"
    else:
        flat = _memory(source)
        place = f", {source.storage_offset()}" if source.storage_offset() else ""
        layout = f"{tuple(source.shape)}, {tuple(source.stride())}{place}"
        made = f"torch.tensor({_elements(flat)}, dtype={source.dtype}).as_strided({layout})"
    return made + ".requires_grad_()" * value.requires_grad


def _without_elements(source: torch.Tensor) -> str:
    device = ', device="meta"' if source.is_meta else ""
    return f"torch.empty({tuple(source.shape)}, dtype={source.dtype}{device})"


def _memory(source: torch.Tensor) -> torch.Tensor:
    """All that lies in the tensor's memory up to its last element."""
    last = source.storage_offset() + sum((n - 1) * s for n, s in zip(source.shape, source.stride(), strict=True))
    return source.as_strided((last + 1,), (1,), 0)


def _elements(source: torch.Tensor) -> str:
    if source.numel() > ELEMENTS:
        raise Unwritable(f"more than {ELEMENTS:,} elements")
    return _nested(source.tolist(), source.dtype)


def _nested(elements: Any, dtype: torch.dtype) -> str:
    if isinstance(elements, list):
        return f"[{', '.join(_nested(each, dtype) for each in elements)}]"
    if dtype is torch.float32 and math.isfinite(elements):
        return str(np.float32(elements))  # shorter, and still the same float32
    return _plain(elements)
