"""Tensors with a margin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..checks import not_implemented
from ..declare.op import FOLDED, LEADING, NUMERIC, op
from ..dispatch.outputs import SAME
from ..strides import laid_out_like
from ..tensor import Tensor, written_zeros
from .parts import slice_

Sizes = tuple[int, ...]


def pairs(pad: Sizes, ndim: int) -> list[tuple[int, int]]:
    """Margins before and after each dimension, of which ``pad`` gives the last first."""
    given = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)]
    return [(0, 0)] * (ndim - len(given)) + given[::-1]


def _pad(self: np.ndarray, pad: Sizes, value: float) -> np.ndarray:
    """Negative margins cut."""
    margins = pairs(pad, self.ndim)
    kept = self[tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(self.shape, margins, strict=True))]
    found = np.pad(kept, [(max(a, 0), max(b, 0)) for a, b in margins], constant_values=value)
    return laid_out_like(found, self)


def _check_pad(self: Tensor, pad: Sizes, value: float) -> None:
    if len(pad) % 2:
        raise RuntimeError("Length of pad must be even but instead it equals " + str(len(pad)))
    if len(pad) // 2 > self.dim():
        raise RuntimeError(
            "Length of pad should be no more than twice the number of dimensions of the input. Pad length is "
            f"{len(pad)}while the input has {self.dim()}dimensions."
        )
    for dim, (n, (a, b)) in enumerate(zip(self.shape, pairs(pad, self.dim()), strict=True)):
        if n + min(a, 0) + min(b, 0) < 0:
            raise RuntimeError("narrow(): length must be non-negative.")
        if n + a + b < 0:
            raise RuntimeError(
                f"The input size {n}, plus negative padding {a} and {b} resulted in a negative output size, which is "
                f"invalid. Check dimension {dim} of your input."
            )


constant_pad_nd = op(
    "constant_pad_nd(Tensor self, SymInt[] pad, Scalar value=0) -> Tensor", _pad,
    self=lambda grad, pad: constant_pad_nd(grad, tuple(-n for n in pad), 0),
    tangent=lambda self_t, pad: constant_pad_nd(self_t, pad, 0),
    check=_check_pad, structural=True, method=False, batch=LEADING,
    writes=2,
)  # fmt: skip


# Margins made of the elements themselves.


def _sources(sizes: Sizes, pad: Sizes, mode: str) -> tuple[np.ndarray, ...]:
    """For each element of the result, where it comes from, as an index of the last dimensions."""
    found = []
    for n, (before, after) in zip(sizes, pairs(pad, len(sizes)), strict=True):
        place = np.arange(n + before + after) - before
        if mode == "replicate":
            found.append(np.clip(place, 0, n - 1))
        else:
            found.append(np.where(place < 0, -place, np.where(place >= n, 2 * (n - 1) - place, place)))
    return np.ix_(*found)


def _padded(self: np.ndarray, pad: Sizes, rank: int, mode: str) -> np.ndarray:
    chosen: Any = (..., *_sources(self.shape[self.ndim - rank :], pad, mode))
    return laid_out_like(self[chosen], self)


def _back(grad_output: np.ndarray, self: np.ndarray, padding: Sizes, rank: int, mode: str) -> np.ndarray:
    """Each element's gradient, added up where it comes from."""
    lead, sizes = self.shape[: self.ndim - rank], self.shape[self.ndim - rank :]
    count = math.prod(lead)
    found = np.zeros((count, math.prod(sizes)), grad_output.dtype)
    places = np.ravel_multi_index(_sources(sizes, padding, mode), sizes).ravel()
    chosen: Any = (slice(None), places)
    np.add.at(found, chosen, grad_output.reshape(count, len(places)))
    return found.reshape(self.shape)


def _declare(name: str, rank: int, mode: str) -> Any:
    def check(self: Tensor, padding: Sizes) -> None:
        if self.dim() not in (rank + 1, rank + 2) or 0 in self.shape[self.dim() - rank - 1 :]:
            raise RuntimeError(
                f"Expected {rank + 1}D or {rank + 2}D (batch mode) tensor with possibly 0 batch size and other "
                f"non-zero dimensions for input, but got: {list(self.shape)}"
            )
        margins = pairs(padding, self.dim())
        for back, (n, (a, b)) in enumerate(zip(self.shape[::-1], margins[::-1], strict=True)):
            if mode == "reflect" and max(a, b) >= n and (a or b):
                dim = self.dim() - 1 - back
                raise RuntimeError(
                    f"Argument #{4 + 2 * back}: Padding size should be less than the corresponding input dimension, "
                    f"but got: padding ({a}, {b}) at dimension {dim} of input {list(self.shape)}"
                )
        sizes = [n + a + b for n, (a, b) in zip(self.shape, margins, strict=True)][-rank:]
        if min(sizes) < 1:
            given, made = (
                " ".join(f"{letter}: {n}" for letter, n in zip("DHW"[-rank:], one, strict=True))
                for one in (self.shape[-rank:], sizes)
            )
            raise RuntimeError(f"input ({given}) is too small. Calculated output {made}")

    title = name.split("_")[0].capitalize()
    padding = f"SymInt[{2 * rank}] padding"
    backward = op(
        f"{name}{rank}d_backward(Tensor grad_output, Tensor self, {padding}) -> Tensor",
        lambda grad_output, self, padding: _back(grad_output, self, padding, rank, mode),
        grad_output=lambda grad, padding: function(grad, padding),
        self=lambda grad, self_info: written_zeros(grad, self_info), node=f"{title}Pad{rank}DBackwardBackward0",
        method=False,
    )  # fmt: skip
    function = op(
        f"{name}{rank}d(Tensor self, {padding}) -> Tensor",
        lambda self, padding: _padded(self, padding, rank, mode),
        self=lambda grad, self, padding: backward(grad, self, padding), check=check,
        dtypes=NUMERIC, unsupported=not_implemented(f"{name}{rank}d"), node=f"{title}Pad{rank}DBackward0",
        structural=True, method=False, out=SAME, batch=FOLDED,
    )  # fmt: skip
    return function


REFLECT = [_declare("reflection_pad", rank, "reflect") for rank in (1, 2, 3)]
REPLICATE = [_declare("replication_pad", rank, "replicate") for rank in (1, 2, 3)]


def _circular(self: Tensor, pad: Sizes) -> Tensor:
    """Written into a new tensor, part by part: so does torch, and its graph shows it."""
    margins = pairs(pad, self.dim())
    sizes = []
    for n, (before, after) in zip(self.shape, margins, strict=True):
        if before > n or after > n:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if n + before + after < 0:
            raise RuntimeError("Negative padding value is resulting in an empty dimension")
        sizes.append(n + before + after)
    out = self.new_empty(sizes)
    inner, source = out, self
    for dim, (n, (before, after)) in list(enumerate(zip(self.shape, margins, strict=True)))[-(len(pad) // 2) :]:
        inner = slice_(inner, dim, max(before, 0), sizes[dim] - max(after, 0), 1)
        source = slice_(source, dim, max(-before, 0), n - max(-after, 0), 1)
    inner.copy_(source)
    for dim, (before, after) in list(enumerate(margins))[: -(len(pad) // 2) - 1 : -1]:
        end = sizes[dim]
        if before > 0:
            stop = end - max(after, 0)
            slice_(out, dim, 0, before, 1).copy_(slice_(out, dim, stop - before, stop, 1))
        if after > 0:
            start = max(before, 0)
            slice_(out, dim, end - after, end, 1).copy_(slice_(out, dim, start, start + after, 1))
    return out


_pad_circular = op("_pad_circular(Tensor self, SymInt[] pad) -> Tensor", composite=_circular, method=False)
CIRCULAR = [_pad_circular] * 3


def _with_margin(self: Tensor, pad: Sequence[int], mode: str, value: float | None) -> Tensor:
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * self.dim():
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {self.dim()}"
        )
    if mode == "constant":
        return constant_pad_nd(self, pad, 0.0 if value is None else value)
    functions = {"reflect": REFLECT, "replicate": REPLICATE, "circular": CIRCULAR}
    rank = len(pad) // 2
    if mode not in functions:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if not 1 <= rank <= 3 or self.dim() not in (rank + 1, rank + 2):
        raise NotImplementedError(
            f"Padding size {len(pad)} is not supported for {self.dim()}D input tensor.\n"
            "Supported combinations for non-constant padding:\n"
            "  - 2D or 3D input: padding size = 2 (pads last dimension)\n"
            "  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)\n"
            "  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"
        )
    return functions[mode][rank - 1](self, pad)


pad = op(
    'pad(Tensor self, SymInt[] pad, str mode="constant", float? value=None) -> Tensor',
    composite=_with_margin, method=False,
)  # fmt: skip
