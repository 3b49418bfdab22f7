"""Tensors with a margin."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..declare.op import op
from ..tensor import Tensor, wrap

Sizes = tuple[int, ...]


def pairs(pad: Sizes, ndim: int) -> list[tuple[int, int]]:
    """Margins before and after each dimension, of which ``pad`` gives the last first."""
    given = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)]
    return [(0, 0)] * (ndim - len(given)) + given[::-1]


def _pad(self: np.ndarray, pad: Sizes, value: float) -> np.ndarray:
    """Negative margins cut."""
    margins = pairs(pad, self.ndim)
    kept = self[tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(self.shape, margins, strict=True))]
    return np.pad(kept, [(max(a, 0), max(b, 0)) for a, b in margins], constant_values=value)


def _check_pad(self: Tensor, pad: Sizes, value: float) -> None:
    if len(pad) % 2:
        raise RuntimeError("Length of pad must be even but instead it equals " + str(len(pad)))
    if len(pad) // 2 > self.dim():
        raise RuntimeError(
            "Length of pad should be no more than twice the number of dimensions of the input. Pad length is "
            f"{len(pad)} while the input has {self.dim()} dimensions."
        )
    for dim, (n, (a, b)) in enumerate(zip(self.shape, pairs(pad, self.dim()), strict=True)):
        if n + a + b < 0:
            raise RuntimeError(
                f"The input size {n}, plus negative padding {a} and {b} resulted in a negative output size, which is "
                f"invalid. Check dimension {dim} of your input."
            )


constant_pad_nd = op(
    "constant_pad_nd(Tensor self, SymInt[] pad, Scalar value=0) -> Tensor", _pad,
    self=lambda grad, pad: constant_pad_nd(grad, tuple(-n for n in pad), 0),
    check=_check_pad, structural=True, method=False,
)  # fmt: skip


# Margins made of the elements themselves.


def _places(sizes: Sizes, pad: Sizes, mode: str) -> np.ndarray:
    """For each element of the result, the place in the flat input that it comes from."""
    return np.pad(np.arange(math.prod(sizes)).reshape(sizes), pairs(pad, len(sizes)), mode=mode)  # type: ignore[call-overload]


def _declare(schema: str, rank: int, mode: str, node: str, native: bool = True) -> Any:
    def kernel(self: np.ndarray, pad: Sizes) -> np.ndarray:
        return np.pad(self, pairs(pad, self.ndim), mode=mode)  # type: ignore[call-overload]

    def backward(grad: Tensor, self: Tensor, padding: Sizes) -> Tensor:
        lead, sizes = tuple(self.shape[:-rank]), tuple(self.shape[-rank:])
        places = wrap(np.ascontiguousarray(np.broadcast_to(_places(sizes, padding, mode).ravel(), (*lead, grad.shape[
            -rank:].numel()))))  # fmt: skip
        found = grad.new_zeros((*lead, math.prod(sizes))).scatter_add(-1, places, grad.flatten(-rank))
        return found.reshape(tuple(self.shape))

    def check(self: Tensor, padding: Sizes) -> None:
        if self.dim() not in (rank + 1, rank + 2):
            raise RuntimeError(
                f"Expected {rank + 1}D or {rank + 2}D (batch mode) tensor with possibly 0 batch size and other "
                f"non-zero dimensions for input, but got: {list(self.shape)}"
            )
        for dim, (n, (a, b)) in enumerate(zip(self.shape, pairs(padding, self.dim()), strict=True)):
            if mode == "reflect" and max(a, b) >= n and (a or b):
                raise RuntimeError(
                    "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding "
                    f"({a}, {b}) at dimension {dim} of input {list(self.shape)}"
                )

    return op(
        schema, kernel, self=lambda grad, self, padding: backward(grad, self, padding), check=check, node=node,
        structural=True, native=native, method=False,
    )  # fmt: skip


def _declare_all(name: str, mode: str, native: bool = True) -> list[Any]:
    title = name.split("_")[0].capitalize()
    return [
        _declare(
            f"{name}{rank}d(Tensor self, SymInt[{2 * rank}] padding) -> Tensor", rank, mode,
            f"{title}Pad{rank}DBackward0", native,
        )
        for rank in (1, 2, 3)
    ]  # fmt: skip


REFLECT = _declare_all("reflection_pad", "reflect")
REPLICATE = _declare_all("replication_pad", "edge")
CIRCULAR = _declare_all("circular_pad", "wrap", native=False)
