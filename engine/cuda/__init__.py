"""``torch.cuda`` as a build of torch for the CPU answers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NoReturn

from ..checks import AcceleratorError as AcceleratorError
from ..checks import OutOfMemoryError as OutOfMemoryError
from ..refusing import refusing
from ..streams import Idle
from ..warning import warn
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


def memory_summary(device: Any = None, abbreviated: bool = False) -> NoReturn:
    """Refused, as torch does: there are no figures.

    Raises:
        KeyError: always.
    """
    raise KeyError("allocated_bytes.all.current")


def memory_stats_as_nested_dict(device: Any = None) -> dict[str, Any]:
    """Figures of a device's memory: none."""
    return {}


def host_memory_stats() -> OrderedDict[str, Any]:
    """Figures of pinned memory: none."""
    return OrderedDict()


def memory_cached(device: Any = None) -> int:
    """The old name of `memory_reserved`."""
    warn("`torch.cuda.memory_cached` has been renamed to `torch.cuda.memory_reserved`", FutureWarning)
    return 0


def max_memory_cached(device: Any = None) -> int:
    """The old name of `max_memory_reserved`."""
    warn("`torch.cuda.max_memory_cached` has been renamed to `torch.cuda.max_memory_reserved`", FutureWarning)
    return 0


def get_gencode_flags() -> str:
    """Flags of a compiler: none."""
    return ""


def list_gpu_processes(device: Any = None) -> str:
    """What is said where NVIDIA's library is missing."""
    return "pynvml module not found, please install nvidia-ml-py"


def _without_library(name: str) -> Callable[..., NoReturn]:
    text = "nvidia-ml-py does not seem to be installed or it can't be imported."
    return refusing(name, ModuleNotFoundError, text)


utilization = _without_library("utilization")
temperature = _without_library("temperature")
power_draw = _without_library("power_draw")
clock_rate = _without_library("clock_rate")
memory_usage = _without_library("memory_usage")
device_memory_used = _without_library("device_memory_used")


class CUDAGraph:
    """Refused: there is no device.

    Raises:
        RuntimeError: always.
    """

    __module__ = "torch.cuda.graphs"

    def __init__(self, *_: Any, **__: Any) -> None:
        raise RuntimeError("Tried to instantiate dummy base class CUDAGraph")


class graph:
    """Refused: there is no device.

    Raises:
        RuntimeError: always.
    """

    __module__ = "torch.cuda.graphs"

    def __init__(self, *_: Any, **__: Any) -> None:
        raise RuntimeError("torch.cuda.Stream requires CUDA support")


class CudaError(RuntimeError):
    """An error of the CUDA runtime."""

    __module__ = "torch.cuda"


class DeferredCudaCallError(Exception):
    """An error of a call that waited for CUDA."""

    __module__ = "torch.cuda"


def is_current_stream_capturing() -> NoReturn:
    """Refused: there is no device.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError("Tried to instantiate dummy base class _cuda_isCurrentStreamCapturing")


class _NotHere(type):
    """Classes of tensors on a GPU, of which there are none."""

    def __call__(cls, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(f"type torch.cuda.{cls.__name__} not available. Torch not compiled with CUDA enabled.")

    def __instancecheck__(cls, instance: object) -> bool:
        return False


def _tensors(name: str) -> Any:
    return _NotHere(name, (), {"__module__": "torch.cuda", "__doc__": "Refused: there is no device."})


FloatTensor, DoubleTensor, HalfTensor, BFloat16Tensor = map(
    _tensors, ("FloatTensor", "DoubleTensor", "HalfTensor", "BFloat16Tensor")
)
LongTensor, IntTensor, ShortTensor = map(_tensors, ("LongTensor", "IntTensor", "ShortTensor"))
CharTensor, ByteTensor, BoolTensor = map(_tensors, ("CharTensor", "ByteTensor", "BoolTensor"))


def _without_c(name: str, function: str) -> Callable[..., NoReturn]:
    return refusing(name, AttributeError, f"module 'torch._C' has no attribute '{function}'")


set_device = _without_c("set_device", "_cuda_setDevice")
reset_peak_memory_stats = _without_c("reset_peak_memory_stats", "_cuda_resetPeakMemoryStats")
reset_accumulated_memory_stats = _without_c("reset_accumulated_memory_stats", "_cuda_resetAccumulatedMemoryStats")
reset_max_memory_allocated = _without_c("reset_max_memory_allocated", "_cuda_resetPeakMemoryStats")
reset_max_memory_cached = _without_c("reset_max_memory_cached", "_cuda_resetPeakMemoryStats")
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


class StreamContext(Idle):
    """A block with another stream; no effect without a device."""

    __module__ = "torch.cuda"


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
