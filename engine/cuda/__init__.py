"""``torch.cuda`` as a build of torch for the CPU answers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NoReturn

from ..checks import OutOfMemoryError as OutOfMemoryError
from ..refusing import refusing
from . import amp as amp
from . import nvtx as nvtx

NOT_COMPILED = "Torch not compiled with CUDA enabled"


def is_available() -> bool:
    """False: the engine computes on the CPU."""
    return False


def device_count() -> int:
    """None."""
    return 0


def is_initialized() -> bool:
    """Never."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """False without a device."""
    return False


def get_arch_list() -> list[str]:
    """None."""
    return []


def _refused(name: str) -> Callable[..., NoReturn]:
    return refusing(name, AssertionError, NOT_COMPILED)


current_device = _refused("current_device")
get_device_name = _refused("get_device_name")
get_device_capability = _refused("get_device_capability")
get_device_properties = _refused("get_device_properties")
mem_get_info = _refused("mem_get_info")
synchronize = _refused("synchronize")
current_stream = _refused("current_stream")
default_stream = _refused("default_stream")
get_rng_state = _refused("get_rng_state")
initial_seed = _refused("initial_seed")
init = _refused("init")
ipc_collect = _refused("ipc_collect")


class Event:
    """Refused: there is no device.

    Raises:
        RuntimeError: always.
    """

    __module__ = "torch.cuda.streams"

    def __init__(self, *_: Any, **__: Any) -> None:
        raise RuntimeError("Tried to instantiate dummy base class Event")


class Stream:
    """Refused: there is no device.

    Raises:
        RuntimeError: always.
    """

    __module__ = "torch.cuda.streams"

    def __init__(self, *_: Any, **__: Any) -> None:
        raise RuntimeError("torch.cuda.Stream requires CUDA support")


def memory_allocated(device: Any = None) -> int:
    """Bytes of tensors on a device: none."""
    return 0


def max_memory_allocated(device: Any = None) -> int:
    """The most that there was: none."""
    return 0


def memory_reserved(device: Any = None) -> int:
    """Bytes that are kept of a device: none."""
    return 0


def max_memory_reserved(device: Any = None) -> int:
    """The most that there was: none."""
    return 0


def memory_stats(device: Any = None) -> OrderedDict[str, Any]:
    """Figures of a device's memory: none."""
    return OrderedDict()


def get_rng_state_all() -> list[Any]:
    """The states of all devices' generators: none."""
    return []


def manual_seed(seed: int) -> None:
    """No effect without a device."""


def manual_seed_all(seed: int) -> None:
    """No effect without a device."""


def seed() -> None:
    """No effect without a device."""


def seed_all() -> None:
    """No effect without a device."""


def empty_cache() -> None:
    """No effect without a device."""


def _without_c(name: str, function: str) -> Callable[..., NoReturn]:
    return refusing(name, AttributeError, f"module 'torch._C' has no attribute '{function}'")


set_device = _without_c("set_device", "_cuda_setDevice")
reset_peak_memory_stats = _without_c("reset_peak_memory_stats", "_cuda_resetPeakMemoryStats")
reset_accumulated_memory_stats = _without_c("reset_accumulated_memory_stats", "_cuda_resetAccumulatedMemoryStats")
memory_snapshot = _without_c("memory_snapshot", "_cuda_memorySnapshot")
can_device_access_peer = _refused("can_device_access_peer")
get_sync_debug_mode = _refused("get_sync_debug_mode")
set_sync_debug_mode = _refused("set_sync_debug_mode")
set_per_process_memory_fraction = _refused("set_per_process_memory_fraction")
cudart = _refused("cudart")

has_half, has_magma = True, False
default_generators: tuple[Any, ...] = ()


class device:
    """A block with another device, which cannot be entered: there is none.

    Raises:
        RuntimeError: when it is entered.
    """

    __module__ = "torch.cuda"

    def __init__(self, device: Any) -> None:
        self.idx, self.prev_idx = device, -1

    def __enter__(self) -> None:
        raise RuntimeError("PyTorch was compiled without CUDA support")

    def __exit__(self, *_: object) -> None:
        return


class device_of(device):
    """A block with a tensor's device; no effect for tensors on the CPU."""

    __module__ = "torch.cuda"

    def __init__(self, obj: Any) -> None:
        super().__init__(-1)

    def __enter__(self) -> None:
        return


class StreamContext:
    """A block with another stream; no effect without a device."""

    __module__ = "torch.cuda"

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __enter__(self) -> None:
        return

    def __exit__(self, *_: object) -> None:
        return


def stream(stream: Any) -> StreamContext:
    """A block with another stream; no effect without a device."""
    return StreamContext(stream)


def set_rng_state(new_state: Any, device: Any = "cuda") -> None:
    """No effect without a device."""


def set_rng_state_all(new_states: Any) -> None:
    """No effect without a device."""


def is_tf32_supported() -> bool:
    """False without a device."""
    return False
