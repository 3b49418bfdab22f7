"""Random inputs on which the engine must agree with torch to the last character and bit.

The tests run a sample; ``python tests/agreement.py`` runs many more and prints the figures.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np
import torch

from engine import dtypes, printing

DTYPES = {getattr(torch, repr(dtype).removeprefix("torch.")): dtype for dtype in dtypes.DTYPES}


@dataclass
class Mirror:
    """What `printing.tensor_repr` reads, taken from a torch tensor."""

    _array: np.ndarray
    dtype: dtypes.dtype
    device: torch.device
    shape: tuple[int, ...]
    requires_grad: bool
    grad_fn: Any

    @classmethod
    def of(cls, tensor: torch.Tensor) -> Mirror:
        return cls(
            to_numpy(tensor),
            DTYPES[tensor.dtype],
            tensor.device,
            tensor.shape,
            tensor.requires_grad,
            tensor.grad_fn,
        )


def to_numpy(tensor: torch.Tensor) -> np.ndarray:
    """The same elements with the same strides; bfloat16, which torch does not hand to NumPy, by its bits."""
    tensor = tensor.detach()
    if tensor.dtype is torch.bfloat16:
        return tensor.view(torch.int16).numpy().view(ml_dtypes.bfloat16)
    return tensor.numpy()


def random_tensor(rng: random.Random) -> torch.Tensor:
    """Any dtype, shape and layout; values of every magnitude, whole and non-finite; leaves and results."""
    dtype = rng.choice(list(DTYPES))
    shape = [
        rng.choice((0, 1, 1, 2, 3, 4, 7, 8, 13, 30)) for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3, 4)))
    ]
    while math.prod(shape) > 3000:
        shape[shape.index(max(shape))] = 2
    tensor = rng.choice(_LAYOUTS)(_values(rng, shape, dtype)) if shape else _values(rng, shape, dtype)
    if (dtype.is_floating_point or dtype.is_complex) and rng.random() < 0.5:
        tensor = rng.choice(_GRAPHS)(tensor.requires_grad_())
    return tensor


_LAYOUTS: list[Callable[[torch.Tensor], torch.Tensor]] = [
    lambda tensor: tensor,
    lambda tensor: tensor.transpose(0, -1),
    lambda tensor: tensor[..., ::2],
    lambda tensor: tensor[:1].expand(5, *tensor.shape[1:]) if len(tensor) else tensor,
]
_GRAPHS: list[Callable[[torch.Tensor], torch.Tensor]] = [
    lambda tensor: tensor,
    torch.neg,
    torch.clone,
    torch.sum,
]


def _values(rng: random.Random, shape: list[int], dtype: torch.dtype) -> torch.Tensor:
    if dtype.is_complex:
        return torch.complex(_values(rng, shape, dtype.to_real()), _values(rng, shape, dtype.to_real()))
    draw = np.random.default_rng(rng.getrandbits(32))
    if dtype is torch.bool:
        return torch.as_tensor(draw.random(shape) < rng.random())
    if not dtype.is_floating_point:
        bits = draw.integers(0, 2 ** rng.choice((1, 3, 7, 8, 15, 31, 63, 64)), shape, dtype=np.uint64)
        return torch.as_tensor(np.asarray(bits).view(np.int64)).to(dtype)
    values = draw.standard_normal(shape) * 10.0 ** rng.choice((-320, -45, -9, *range(-5, 10), 38, 307))
    if rng.random() < 0.3:
        values = np.round(values)
    if rng.random() < 0.2:
        values = np.abs(values)
    if rng.random() < 0.3:
        odd = draw.choice([0.0, -0.0, np.nan, np.inf, -np.inf, 1.0, 0.1, 1e-4, 1e8, 1000.0], shape)
        values = np.where(draw.random(shape) < rng.random(), odd, values)
    return torch.as_tensor(values).to(dtype)


def random_options(rng: random.Random) -> dict[str, Any]:
    """Mostly the defaults; else a few options changed."""
    choices: dict[str, tuple[Any, ...]] = {
        "precision": (0, 1, 2, 4, 7, 10),
        "threshold": (0, 5, 50, 1000, float("inf")),
        "edgeitems": (0, 1, 2, 3, 5),
        "linewidth": (1, 20, 40, 80, 120),
        "profile": ("default", "short", "full", "unknown"),
        "sci_mode": (True, False),
    }
    changed = rng.sample(list(choices), rng.choice((0, 0, 1, 2, 3)))
    return {name: rng.choice(choices[name]) for name in changed}


def text_differences(count: int, seed: int) -> list[str]:
    """Print `count` random tensors with both; what differs."""
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        tensor, options = random_tensor(rng), random_options(rng)
        default = rng.choice((torch.float32, torch.float32, torch.float64, torch.bfloat16))
        torch.set_default_dtype(default)
        dtypes.set_default_dtype(DTYPES[default])
        try:
            with torch._tensor_str.printoptions(**options), printing.printoptions(**options):
                expected, text = repr(tensor), printing.tensor_repr(Mirror.of(tensor))
        finally:
            torch.set_default_dtype(torch.float32)
            dtypes.set_default_dtype(dtypes.float32)
        if text != expected:
            found.append(f"{options}\ntorch:\n{expected}\nengine:\n{text}")
    return found


def main(tensors: int = 100_000) -> None:
    differences = text_differences(tensors, seed=0)
    print(f"repr: {tensors:,} tensors compared, {len(differences)} differences")
    sys.exit(bool(differences))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
