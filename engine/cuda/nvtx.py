"""``torch.cuda.nvtx``: marks for NVIDIA's profiler, where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn


def mark(msg: str) -> NoReturn:
    """Refused.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError("NVTX functions not installed. Are you sure you have a CUDA build?")


def range_push(msg: str) -> NoReturn:
    """Refused, as `mark` is."""
    mark(msg)


def range_pop() -> NoReturn:
    """Refused, as `mark` is."""
    mark("")


@contextmanager
def range(msg: str, *args: Any, **kwargs: Any) -> Iterator[None]:
    """A block that is marked: refused, as `mark` is."""
    range_push(msg)
    yield
