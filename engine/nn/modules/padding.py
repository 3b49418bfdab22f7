"""Margins as modules."""

from __future__ import annotations

from typing import Any, ClassVar

from ...tensor import Tensor
from .. import functional as F
from .module import Module


class _PadNd(Module):
    _rank: ClassVar[int]
    _mode: ClassVar[str] = "constant"

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = (padding,) * (2 * self._rank) if isinstance(padding, int) else tuple(padding)

    def forward(self, input: Tensor) -> Tensor:
        """The input with a margin."""
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        """The margin."""
        return f"{self.padding}"


class _CircularPadNd(_PadNd):
    def forward(self, input: Tensor) -> Tensor:
        """The input with a margin.

        Raises:
            ValueError: for an input of another rank.
        """
        rank = self._rank
        if input.dim() not in (rank + 1, rank + 2):
            raise ValueError(f"expected {rank + 1}D or {rank + 2}D input (got {input.dim()}D input)")
        return super().forward(input)


class _ConstantPadNd(_PadNd):
    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """The input with a margin of one value."""
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        """The margin and its value."""
        return f"padding={self.padding}, value={self.value}"


class _ZeroPadNd(_ConstantPadNd):
    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """The margin."""
        return f"{self.padding}"


class ConstantPad1d(_ConstantPadNd):
    """A margin of one value in the last dimension."""

    _rank = 1


class ConstantPad2d(_ConstantPadNd):
    """A margin of one value in the last two dimensions."""

    _rank = 2


class ConstantPad3d(_ConstantPadNd):
    """A margin of one value in the last three dimensions."""

    _rank = 3


class ZeroPad1d(_ZeroPadNd):
    """A margin of zeros in the last dimension."""

    _rank = 1


class ZeroPad2d(_ZeroPadNd):
    """A margin of zeros in the last two dimensions."""

    _rank = 2


class ZeroPad3d(_ZeroPadNd):
    """A margin of zeros in the last three dimensions."""

    _rank = 3


class ReflectionPad1d(_PadNd):
    """A margin that mirrors the elements of the last dimension."""

    _rank, _mode = 1, "reflect"


class ReflectionPad2d(_PadNd):
    """A margin that mirrors the elements of the last two dimensions."""

    _rank, _mode = 2, "reflect"


class ReflectionPad3d(_PadNd):
    """A margin that mirrors the elements of the last three dimensions."""

    _rank, _mode = 3, "reflect"


class ReplicationPad1d(_PadNd):
    """A margin that repeats the outermost elements of the last dimension."""

    _rank, _mode = 1, "replicate"


class ReplicationPad2d(_PadNd):
    """A margin that repeats the outermost elements of the last two dimensions."""

    _rank, _mode = 2, "replicate"


class ReplicationPad3d(_PadNd):
    """A margin that repeats the outermost elements of the last three dimensions."""

    _rank, _mode = 3, "replicate"


class CircularPad1d(_CircularPadNd):
    """A margin that goes on at the other end, in the last dimension."""

    _rank, _mode = 1, "circular"


class CircularPad2d(_CircularPadNd):
    """A margin that goes on at the other end, in the last two dimensions."""

    _rank, _mode = 2, "circular"


class CircularPad3d(_CircularPadNd):
    """A margin that goes on at the other end, in the last three dimensions."""

    _rank, _mode = 3, "circular"
