"""Generators of random numbers: torch's CPU generator and its functions for seeds and states.

A generator is a Mersenne Twister (mt19937) seeded with the low 32 bits of its seed, and one spare normal.  What its
bits become is in ``kernels/random.py``.

Source: ``torch.Generator`` and ``torch.random``; the layout of the state was observed in torch 2.13.
"""

from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from . import dtypes
from .device import device as Device
from .device import to_device
from .naming import NamedInFull
from .tensor import Tensor, wrap

DEFAULT_SEED = 67280421310721

STATE = np.dtype(
    {
        "names": ["seed", "left", "seeded", "next", "key", "spare_normal", "has_spare_normal"],
        "formats": ["<u8", "<i4", "<i4", "<u8", ("<u8", 624), "<f8", "<i4"],
        "offsets": [0, 8, 12, 16, 24, 5024, 5040],
        "itemsize": 5056,
    }
)
"""torch's layout.  ``left`` words remain before the twister renews its key, ``next`` is the next one to use: both are
as in the twister's reference implementation, where a fresh key has ``left == 1`` and ``next == 0``."""


_NO_CUDA_GENERATOR = (
    "Cannot get CUDA generator without ATen_cuda library. PyTorch splits its backend into two shared libraries: a"
    " CPU library and a CUDA library; this error has occurred because you are trying to use some CUDA "
    "functionality, but the CUDA library has not been loaded by the dynamic linker for some reason.  The CUDA "
    "library MUST be loaded, EVEN IF you don't directly use any symbols from the CUDA library! One common culprit"
    " is a lack of -Wl,--no-as-needed in your link arguments; many dynamic linkers will delete dynamic library "
    "dependencies if you don't depend on any of their symbols.  You can check if this has occurred by using ldd "
    "on your binary to see if there is a dependency on *_cuda.so library."
)


class _Twister:
    """mt19937, as torch seeds it."""

    def __init__(self, seed: int) -> None:
        twister = np.random.MT19937(0)
        self._seeder = np.random.RandomState(twister)
        self.raw = twister.random_raw
        # The twister's own 624 words of key and the position in it; its `state` makes a dict of them anew, slowly.
        self.words = np.ctypeslib.as_array((ctypes.c_uint32 * 625).from_address(twister.ctypes.state_address))
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Begin the stream of the seed's low 32 bits."""
        self._seeder.seed(seed & 0xFFFFFFFF)


class Generator(metaclass=NamedInFull):
    """A stream of random numbers of its own.

    Args:
        device: where the numbers are needed; the engine has the CPU only.
    """

    __module__ = "torch._C"

    spare_normal: float | None

    def __init__(self, device: Device | str | None = None) -> None:
        if device is not None and Device(device).type == "cuda":
            raise RuntimeError(_NO_CUDA_GENERATOR)
        if device is not None and Device(device).type == "meta":
            raise RuntimeError("META device type not an accelerator.")
        self._device = to_device(device)
        self._reset(DEFAULT_SEED)

    @functools.cached_property
    def _twister(self) -> _Twister:
        """Made when it is first needed: many programs draw nothing, and NumPy's random numbers take time to import."""
        return _Twister(self._seed)

    def _reset(self, seed: int) -> None:
        self._seed = seed
        if "_twister" in vars(self):
            self._twister.seed(seed)
        self._fresh = True
        self.spare_normal = None

    def words(self, count: int) -> np.ndarray:
        """The next `count` outputs of 32 bits, as uint64."""
        self._fresh = self._fresh and count == 0
        return self._twister.raw(count)

    def ahead(self, count: int) -> np.ndarray:
        """What `words` would give, without taking them."""
        before = self._twister.words.copy()
        found = self._twister.raw(count)
        self._twister.words[:] = before
        return found

    def save(self) -> tuple[Any, ...]:
        """Where the stream is, for `restore`."""
        return self._twister.words.copy(), self._seed, self._fresh, self.spare_normal

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Go back to where the stream was."""
        self._twister.words[:], self._seed, self._fresh, self.spare_normal = saved

    @property
    def device(self) -> Device:
        """The device of the numbers."""
        return self._device

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream that belongs to `seed`, and return the generator.

        Raises:
            RuntimeError: if `seed` is not an integer.
            ValueError: unless ``-2**63 <= seed < 2**64``; negative ones count from 2**64.
        """
        if not isinstance(seed, int) or isinstance(seed, bool):
            raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}")
        if not -(2**63) <= seed < 2**64:
            raise ValueError("Overflow when unpacking long long")
        self._reset(seed % 2**64)
        return self

    def seed(self) -> int:
        """Seed from the operating system, and return that seed."""
        self._reset(int.from_bytes(os.urandom(8)))
        return self._seed

    def initial_seed(self) -> int:
        """The seed in use."""
        return self._seed

    def get_offset(self) -> int:
        """Refused: only the generators of accelerators have one.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError("CPU Generator does not use offset")

    def set_offset(self, offset: int) -> None:
        """Refused, as `get_offset`."""
        self.get_offset()

    def graphsafe_get_state(self) -> Generator:
        """Refused: only the generators of accelerators can.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError("graphsafe_get_state is not supported in this Generator")

    def get_state(self) -> Tensor:
        """The state of the stream: 5056 bytes, in torch's layout."""
        used = 0 if self._fresh else int(self._twister.words[624])
        state = np.zeros(1, STATE)
        state["seed"], state["seeded"] = self._seed, 1
        state["left"], state["next"] = (1 if self._fresh else 625 - used), used
        state["key"] = self._twister.words[:624]
        state["spare_normal"] = self.spare_normal or 0.0
        state["has_spare_normal"] = self.spare_normal is not None
        return wrap(state.view(np.uint8))

    def set_state(self, new_state: Tensor) -> Generator:
        """Go to a state of `get_state`, from here or from torch, and return the generator.

        Raises:
            TypeError: if `new_state` is not a byte tensor.
            RuntimeError: if it is not a state.
        """
        if not isinstance(new_state, Tensor):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        if new_state.dtype is not dtypes.uint8:
            raise TypeError("RNG state must be a torch.ByteTensor")
        if not new_state.is_contiguous():
            raise RuntimeError("RNG state must be contiguous")
        if new_state.numel() != STATE.itemsize:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {STATE.itemsize} but found the input RNG state size "
                f"to be {new_state.numel()}"
            )
        state = new_state._array.ravel().view(STATE)[0]
        left, used = int(state["left"]), int(state["next"])
        if state["seeded"] != 1 or not 1 <= left <= 624 or used > 624:
            raise RuntimeError("Invalid mt19937 state")
        self._seed = int(state["seed"])
        self._fresh = (left, used) == (1, 0)
        self.spare_normal = float(state["spare_normal"]) if state["has_spare_normal"] else None
        self._twister.words[:624] = state["key"]
        self._twister.words[624] = 625 - left
        return self

    def clone_state(self) -> Generator:
        """A generator in the same state, which then goes its own way."""
        return Generator(self._device).set_state(self.get_state())

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self._device, self.get_state()._array)


def _restore(device: Device, state: np.ndarray) -> Generator:
    return Generator(device).set_state(wrap(state))


default_generator = Generator()


def manual_seed(seed: Any) -> Generator:
    """Seed the default generator with ``int(seed)``, and return it.

    Raises:
        ValueError: unless ``-2**63 <= int(seed) < 2**64``; negative seeds count from 2**64.
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Seed the default generator from the operating system, and return that seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed of the default generator."""
    return default_generator.initial_seed()


def thread_safe_generator() -> None:
    """None, as everywhere but in a thread that works for a data loader, of which there are none here.

    Source: ``torch.thread_safe_generator``.
    """


def get_rng_state() -> Tensor:
    """The state of the default generator: 5056 bytes."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Set the state of the default generator; errors are those of `Generator.set_state`."""
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(devices: Iterable[Any] | None = None, enabled: bool = True) -> Iterator[None]:
    """On leaving a ``with`` block, go back to the default generator's state at its start.

    Args:
        devices: devices besides the CPU, of which the engine has none.
        enabled: if False, do nothing.
    """
    if not enabled:
        yield
        return
    state = get_rng_state()
    try:
        yield
    finally:
        set_rng_state(state)
