"""A program in the making: which names it has, what is known of each, and what is drawn of them."""

from __future__ import annotations

import dataclasses
import math
import random
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

FLOATS = ("float64", "float32")
DTYPES = (*("float64",) * 12, *("float32",) * 3, "complex128", "int64", "bool")
"""Of leaves, as often as they stand here."""
SHAPES: tuple[tuple[int, ...], ...] = (
    (),
    (3,),
    (3,),
    (2, 3),
    (2, 3),
    (3, 2),
    (3, 3),
    (1, 3),
    (2, 1),
    (2, 3, 2),
    (0,),
    (1,),
)
MOST = 64
"""How many elements a result may have for further statements to use it."""


@dataclasses.dataclass
class Name:
    """A name of the program that is bound to a tensor, and what is known of that one."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    tracked: bool = False
    leaf: bool = False

    @property
    def size(self) -> int:
        """How many elements it has."""
        return math.prod(self.shape)

    @property
    def is_real(self) -> bool:
        return self.dtype in FLOATS

    @property
    def is_differentiable(self) -> bool:
        return self.is_real or self.dtype.startswith("complex")


class Draw:
    """A program in the making."""

    def __init__(self, generator: random.Random) -> None:
        self.random = generator
        self.names: list[Name] = []
        self._counts: dict[str, int] = {}

    def one(self, choices: Sequence[T]) -> T:
        return self.random.choice(choices)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def tensor(self, fits: Callable[[Name], bool] = lambda _: True) -> Name | None:
        """One of the tensors that fit, a late one rather than an early one."""
        fitting = [each for each in self.names if fits(each)]
        return self.random.choices(fitting, range(1, len(fitting) + 1))[0] if fitting else None

    def fresh(self, prefix: str = "t") -> str:
        """A name that is not taken."""
        self._counts[prefix] = count = self._counts.get(prefix, 0) + 1
        return f"{prefix}{count}"

    def bind(self, like: Name, shape: tuple[int, ...], dtype: str = "", *, tracked: bool | None = None) -> str:
        """A name for a result that is computed from `like`."""
        dtype = dtype or like.dtype
        flows = like.tracked if tracked is None else tracked
        new = Name(self.fresh(), shape, dtype, flows and dtype in (*FLOATS, "complex128"))
        if new.size <= MOST:
            self.names.append(new)
        return new.name

    def number(self) -> str:
        """A number in which few digits are needed, not 0."""
        return self.one(("2", "3", "0.5", "-1", "1.5", "-0.25"))

    def literal(self, shape: tuple[int, ...], dtype: str) -> str:
        """Elements of a tensor as nested lists: halves and quarters, some of them equal, now and then 0."""
        if shape:
            return "[" + ", ".join(self.literal(shape[1:], dtype) for _ in range(shape[0])) + "]"
        if dtype == "bool":
            return self.one(("True", "False"))
        if dtype == "int64":
            return str(self.random.randint(-3, 4))
        real = self.random.randint(-8, 8) / 4
        return f"{real}{self.random.randint(-4, 4) / 2:+}j" if dtype.startswith("complex") else str(real)


def broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape of two together; None if they do not go together."""
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    shorter = (1,) * (len(longer) - len(shorter)) + shorter
    if any(m != n and 1 not in (m, n) for m, n in zip(longer, shorter, strict=True)):
        return None
    return tuple(n if m == 1 else m for m, n in zip(longer, shorter, strict=True))


def pair_of(draw: Draw, fits: Callable[[Name], bool] = lambda _: True) -> tuple[Name, Name, tuple[int, ...]] | None:
    """Two tensors that go together, now and then the same one twice, and the shape of the two."""
    x = draw.tensor(fits)
    if x is None:
        return None
    first = x
    y = draw.tensor(lambda other: fits(other) and broadcast(first.shape, other.shape) is not None)
    shape = None if y is None else broadcast(x.shape, y.shape)
    return None if y is None or shape is None else (x, y, shape)


def promoted(x: Name, y: Name) -> Name:
    """What is known of a result of both: the wider dtype, tracked if one of them is."""
    order = ("bool", "int64", "float32", "float64", "complex128")
    return Name("", (), max(x.dtype, y.dtype, key=order.index), x.tracked or y.tracked)
