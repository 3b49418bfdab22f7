"""Dropout as modules: only in training."""

from __future__ import annotations

from ...tensor import Tensor
from .. import functional as F
from .module import Module


class _DropoutNd(Module):
    __constants__ = ("p", "inplace")

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if p < 0 or p > 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.inplace = p, inplace

    def extra_repr(self) -> str:
        """The options."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """`dropout`."""

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_DropoutNd):
    """`dropout1d`."""

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_DropoutNd):
    """`dropout2d`."""

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_DropoutNd):
    """`dropout3d`."""

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_DropoutNd):
    """`alpha_dropout`."""

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_DropoutNd):
    """`feature_alpha_dropout`."""

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.feature_alpha_dropout(input, self.p, self.training)
