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
from engine.kernels import random as kernels
from engine.random import STATE, Generator
from engine.tensor import wrap

DTYPES = {getattr(torch, repr(dtype).removeprefix("torch.")): dtype for dtype in dtypes.COMPUTED}


@dataclass
class Mirror:
    """What `printing.tensor_repr` reads, taken from a torch tensor."""

    _array: np.ndarray
    dtype: dtypes.dtype
    device: torch.device
    shape: tuple[int, ...]
    requires_grad: bool
    grad_fn: Any
    _tangent: Any = None

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
    shape = [rng.choice((0, 1, 1, 2, 3, 4, 7, 8, 13, 30)) for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3, 4)))]
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


@dataclass
class Kind:
    """One way to draw, in torch and in the engine.

    Attributes:
        dtypes: of the values.
        arguments: what may be passed besides the shape, or a function that chooses it for a dtype.
        theirs: draws with torch, given an empty tensor, a generator and the arguments.
        ours: draws with the engine, given a generator, the shape, the arguments and the dtype.
    """

    dtypes: tuple[torch.dtype, ...]
    arguments: tuple[tuple[Any, ...], ...] | Callable[[random.Random, torch.dtype], tuple[Any, ...]]
    theirs: Callable[..., torch.Tensor]
    ours: Callable[..., np.ndarray]


_SHAPES = [(n,) for n in (0, 1, 2, 3, 7, 8, 15, 16, 17, 24, 31, 32, 33, 100, 623, 624, 625, 1000, 1001)]
_SHAPES += [(), (3, 5), (4, 4), (2, 3, 7), (1, 17), (0, 4)]
_FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
_COMPLEX = (torch.complex64, torch.complex128)
_INTEGERS = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool)
_INTERVALS = ((0, 1), (-1, 1), (0.1, 0.7), (-2.7, 5e-3), (3.3, 1000.1), (1, 1 + 2**-7), (2, 2))
_SPREADS = ((0, 1), (0.3, 1.7), (-5.1, 0.01), (100.7, 3.3))
_RATES = ((0.3,), (0.7,), (1e-3,))


def _bounds(rng: random.Random, dtype: torch.dtype) -> tuple[int, int]:
    if dtype is not torch.int64:
        return (0, 2) if dtype is torch.bool else (3, 100)
    low, high = sorted(rng.getrandbits(rng.randrange(64)) * rng.choice((1, -1)) for _ in range(2))
    return low, high + (low == high)


def _sample(rng: random.Random, dtype: torch.dtype) -> tuple[torch.Tensor, int, bool]:
    weights = torch.from_numpy(np.random.default_rng(rng.getrandbits(32)).random((3, 9))).to(dtype) + 0.125
    replacement = rng.random() < 0.5
    ties = dtype.itemsize == 2 and not replacement  # their order is not determined
    return rng.choice((weights, weights[0])), 1 if ties else rng.choice((1, 2, 9)), replacement


def _every_other(empty: torch.Tensor) -> torch.Tensor:
    return torch.empty(*empty.shape, 2, dtype=empty.dtype)[..., 0]


KINDS = {
    "uniform": Kind(
        _FLOATS + _COMPLEX, _INTERVALS, lambda empty, g, *a: empty.uniform_(*a, generator=g), kernels.uniform
    ),
    "normal": Kind(
        _FLOATS + _COMPLEX,
        (*_SPREADS, (2, 0)),
        lambda empty, g, *a: empty.normal_(*a, generator=g),
        kernels.normal,
    ),
    "normal, not contiguous": Kind(
        _FLOATS + _COMPLEX,
        _SPREADS,
        lambda empty, g, *a: _every_other(empty).normal_(*a, generator=g),
        lambda g, shape, *a: kernels.normal(g, shape, *a, contiguous=math.prod(shape) == 0),
    ),
    "log_normal": Kind(
        _FLOATS, _SPREADS[:-1], lambda empty, g, *a: empty.log_normal_(*a, generator=g), kernels.log_normal
    ),
    "exponential": Kind(_FLOATS, _RATES, lambda empty, g, *a: empty.exponential_(*a, generator=g), kernels.exponential),
    "geometric": Kind(_FLOATS, _RATES, lambda empty, g, *a: empty.geometric_(*a, generator=g), kernels.geometric),
    "cauchy": Kind(_FLOATS, _SPREADS, lambda empty, g, *a: empty.cauchy_(*a, generator=g), kernels.cauchy),
    "bernoulli": Kind(
        _FLOATS + _INTEGERS,
        ((0.0,), (0.3,), (0.5,), (1.0,)),
        lambda empty, g, p: empty.bernoulli_(p, generator=g),
        kernels.bernoulli,
    ),
    "bernoulli of a tensor": Kind(
        _FLOATS,
        ((0.1,), (0.5,)),
        lambda empty, g, p: torch.bernoulli(empty.fill_(p), generator=g),
        lambda g, shape, p, dtype: kernels.bernoulli(g, shape, np.full(shape, p, dtype.numpy), dtype),
    ),
    "integers": Kind(
        _INTEGERS + _FLOATS, _bounds, lambda empty, g, *a: empty.random_(*a, generator=g), kernels.integers
    ),
    "random": Kind(_INTEGERS + _FLOATS, ((),), lambda empty, g: empty.random_(generator=g), kernels.random),
    "permutation": Kind(
        (torch.int64, torch.int32, torch.int16, *_FLOATS),
        ((),),
        lambda empty, g: torch.randperm(empty.numel(), dtype=empty.dtype, generator=g),
        lambda g, shape, dtype: kernels.permutation(g, math.prod(shape), dtype),
    ),
    "multinomial": Kind(
        _FLOATS,
        _sample,
        lambda empty, g, *a: torch.multinomial(*a, generator=g),
        lambda g, shape, weights, *a: kernels.multinomial(g, to_numpy(weights), *a),
    ),
}


def draw_differences(count: int, seed: int) -> list[str]:
    """Draw `count` numbers or more with both, in calls of all kinds on one pair of streams; what differs."""
    rng = random.Random(seed)
    theirs, ours = torch.Generator(), Generator()
    found = []
    while count > 0:
        if rng.random() < 0.05:
            start = rng.choice((0, 1, -1, 2**63, rng.getrandbits(64)))
            theirs.manual_seed(start)
            ours.manual_seed(start)
        name, shape = rng.choice(list(KINDS)), rng.choice(_SHAPES)
        kind = KINDS[name]
        dtype = rng.choice(kind.dtypes)
        arguments = kind.arguments(rng, dtype) if callable(kind.arguments) else rng.choice(kind.arguments)
        expected = to_numpy(kind.theirs(torch.empty(shape, dtype=dtype), theirs, *arguments))
        with np.errstate(over="ignore"):
            values = kind.ours(ours, shape, *arguments, DTYPES[dtype])
        count -= expected.size
        text = f"{name} {arguments} {shape} {dtype}"
        if (values.dtype, values.shape, values.tobytes()) != (expected.dtype, expected.shape, expected.tobytes()):
            found.append(f"{text}: {(values != expected).mean():.0%} of the values")
        if theirs.get_state().numpy().tobytes() != ours.get_state()._array.tobytes():
            found.append(f"{text}: state")
    return found


def pair_differences(step: int = 1) -> tuple[int, int]:
    """Feed torch's normals each `step`-th of the 2**24 numbers that a float32 draw can be, as either of a pair.

    Returns:
        How many normals were compared, and how many differed.
    """
    first = np.arange(0, 2**24, step, dtype=np.uint32)
    second = np.random.default_rng(0).permutation(first)
    compared = differing = 0
    theirs, ours, values = torch.Generator(), Generator(), torch.empty(608)
    state = theirs.get_state()
    layout = state.numpy().view(STATE)
    layout["left"], layout["next"] = 624, 1
    for start in range(0, len(first), 304):
        pairs = [np.resize(half[start : start + 304], 304).reshape(-1, 1, 8) for half in (first, second)]
        layout["key"][0, 1:609] = _untempered(np.concatenate(pairs, axis=1).ravel())
        values.normal_(generator=theirs.set_state(state))
        expected = values.numpy()
        result = kernels.normal(ours.set_state(wrap(state.numpy())), (608,), 0, 1, dtypes.float32)
        compared += 608
        differing += int((expected.view(np.int32) != result.view(np.int32)).sum())
    return compared, differing


def _untempered(words: np.ndarray) -> np.ndarray:
    """The key of a Mersenne Twister whose next outputs are `words`."""
    words = words ^ words >> 18
    words ^= (words << 15) & 0xEFC60000
    half = words
    for _ in range(4):
        half = words ^ (half << 7) & 0x9D2C5680
    key = half ^ half >> 11
    return half ^ key >> 11


def main(tensors: int = 100_000, draws: int = 10_000_000) -> None:
    texts = text_differences(tensors, seed=0)
    print(f"repr: {tensors:,} tensors compared, {len(texts)} differences")
    values = draw_differences(draws, seed=0)
    print(f"random: {draws:,} draws compared, {len(values)} differences")
    normals, wrong = pair_differences()
    print(f"random: {normals:,} normals from all 2**24 float32 draws compared, {wrong} differences")
    sys.exit(bool(texts or values or wrong))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
