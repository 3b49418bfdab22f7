"""Points that fill the unit cube evenly.  Source: ``torch.quasirandom``; I. M. Sobol, 1967; S. Joe and F. Kuo, 2008."""

from __future__ import annotations

import numpy as np

from .dtypes import dtype, get_default_dtype
from .ops.creation import empty
from .ops.data import from_numpy
from .ops.random import randint
from .random import Generator
from .tensor import Tensor


class SobolEngine:
    """Sobol's sequence, in the order of Gray's code.

    Args:
        dimension: of the cube, up to 21201.
        scramble: whether digits and directions are mixed at random.
        seed: of that; without it, by the global generator.

    Raises:
        ValueError: for other dimensions.
    """

    __module__ = "torch.quasirandom"

    MAXBIT = 30
    MAXDIM = 21201

    def __init__(self, dimension: int, scramble: bool = False, seed: int | None = None) -> None:
        if not 1 <= dimension <= self.MAXDIM:
            raise ValueError(f"Supported range of dimensionality for SobolEngine is [1, {self.MAXDIM}]")
        self.seed, self.scramble, self.dimension = seed, scramble, dimension
        self._directions = _directions(dimension, self.MAXBIT)
        self._shift = np.zeros(dimension, np.int64)
        if scramble:
            self._mix()
        self.num_generated = 0
        self._point = self._shift.copy()

    @property
    def sobolstate(self) -> Tensor:
        """The direction numbers, a row for each dimension, as integers of 30 bits."""
        return from_numpy(self._directions)

    @property
    def shift(self) -> Tensor:
        """The first point, as integers of 30 bits."""
        return from_numpy(self._shift)

    @property
    def quasi(self) -> Tensor:
        """The last point, as integers of 30 bits."""
        return from_numpy(self._point)

    def draw(self, n: int = 1, out: Tensor | None = None, dtype: dtype | None = None) -> Tensor:
        """The next ``n`` points, shape ``(n, dimension)``."""
        first = int(self.num_generated == 0)  # the first point is the shift itself
        rest = np.empty(empty(n - first, self.dimension, device="meta").shape, np.int64)
        for row in range(n - first):
            self._step(row)
            rest[row] = self._point
        points = np.concatenate([self._shift[None], rest]) if first else rest
        self.num_generated += n
        found = from_numpy(points).to(dtype or get_default_dtype()) / 2**self.MAXBIT
        return found if out is None else out.resize_(found.shape).copy_(found)

    def draw_base2(self, m: int, out: Tensor | None = None, dtype: dtype | None = None) -> Tensor:
        """The next ``2**m`` points, which must make up a power of two with those before.

        Raises:
            ValueError: if they do not.
        """
        total = self.num_generated + 2**m
        if total & (total - 1):
            raise ValueError(
                "The balance properties of Sobol' points require n to be a power of 2. "
                f"{self.num_generated} points have been previously generated, then: n={self.num_generated}+2**{m}="
                f"{total}. If you still want to do this, please use 'SobolEngine.draw()' instead."
            )
        return self.draw(2**m, out, dtype)

    def reset(self) -> SobolEngine:
        """Begin again."""
        self._point = self._shift.copy()
        self.num_generated = 0
        return self

    def fast_forward(self, n: int) -> SobolEngine:
        """Leave out ``n`` points."""
        for number in range(n - int(self.num_generated == 0)):
            self._step(number)
        self.num_generated += n
        return self

    def __repr__(self) -> str:
        parts = [f"dimension={self.dimension}"]
        if self.scramble:
            parts.append("scramble=True")
        if self.seed is not None:
            parts.append(f"seed={self.seed}")
        return f"{type(self).__name__}({', '.join(parts)})"

    def _step(self, beyond: int) -> None:
        """Go on by a point, as the one so many beyond those that were drawn: Gray's code changes one digit."""
        number = max(self.num_generated - 1, 0) + beyond
        self._point ^= self._directions[:, (~number & (number + 1)).bit_length() - 1]

    def _mix(self) -> None:
        """Shift all points by random digits, and mix the directions by random lower triangles."""
        generator = None if self.seed is None else Generator().manual_seed(self.seed)
        bits, size = self.MAXBIT, self.dimension
        self._shift = randint(2, (size, bits), generator=generator).numpy() @ (1 << np.arange(bits))
        triangles = np.tril(randint(2, (size, bits, bits), generator=generator).numpy(), -1) | np.eye(bits, dtype=int)
        places = np.arange(bits)[::-1]
        digits = (self._directions[:, :, None] >> places) & 1  # of each direction, the highest first
        mixed = np.einsum("dpk,djk->djp", triangles, digits) & 1
        self._directions = mixed @ (1 << places)


def _directions(dimension: int, bits: int) -> np.ndarray:
    from scipy.stats import qmc  # takes a second to import

    return qmc.Sobol(dimension, scramble=False, bits=bits)._sv.astype(np.int64)  # which it tells in no other way
