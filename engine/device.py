"""Devices.  The engine computes on the CPU, or on ``meta`` shapes and dtypes only (``meta.py``); other device strings
parse as torch parses them."""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import Any, Final

_TYPES: Final = (
    "cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla",
    "lazy", "vulkan", "mps", "meta", "hpu", "mtia", "privateuseone",
)  # fmt: skip
_STRING = re.compile(r"([A-Za-z_]+)(?::(0|[1-9]\d*))?")


NO_ACCELERATOR: Final = "Cannot access accelerator device when none is available."


class device:
    """Where a tensor's elements are: a type and an optional index.

    As a context manager: functions that make tensors make them there.

    Args:
        type: ``"cpu"``, ``"cuda:1"``, ... or another device.
        index: the ordinal; not allowed if ``type`` already has one.

    Raises:
        RuntimeError: for strings that torch does not accept either.
    """

    __slots__ = ("index", "type")
    __module__ = "torch"
    type: str
    index: int | None

    def __init__(self, type: str | device, index: int | None = None) -> None:
        if isinstance(type, int):
            raise RuntimeError(NO_ACCELERATOR)
        if not isinstance(type, (str, device)):
            name = type.__class__.__name__
            raise TypeError(
                f"device() received an invalid combination of arguments - got ({name}), but expected one of:\n"
                " * (torch.device device)\n      didn't match because some of the arguments have invalid types: "
                f"(!{name}!)\n * (str type, int index = -1)\n"
            )
        if isinstance(type, device):
            type, index = type.type, getattr(type, "index")  # noqa: B009  (str has an index, too)
        match = _STRING.fullmatch(type)
        if not type:
            raise RuntimeError("Device string must not be empty")
        if match is None:
            raise RuntimeError(f"Invalid device string: '{type}'")
        if match[1] not in _TYPES:
            raise RuntimeError(f"Expected one of {', '.join(_TYPES)} device type at start of device string: {match[1]}")
        if match[2] is not None and index is not None:
            raise RuntimeError("type (string) must not include an index because index was passed explicitly: "
                               f"{type}")  # fmt: skip
        object.__setattr__(self, "type", match[1])
        object.__setattr__(self, "index", int(match[2]) if match[2] is not None else index)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"attribute '{name}' of 'torch.device' objects is not writable")

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{index})"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, device):
            return NotImplemented
        return (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, device):
            return NotImplemented
        raise TypeError("comparison not implemented")

    __le__ = __gt__ = __ge__ = __lt__

    def __enter__(self) -> device:
        _entered.set((*_entered.get(), DEFAULT.get()))
        DEFAULT.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        *outer, before = _entered.get()
        _entered.set((*outer,))
        DEFAULT.set(before)

    def __reduce__(self) -> tuple:
        return _from_string, (str(self),)  # not by its class, whose module says torch


def _from_string(text: str) -> device:
    return device(text)


def _named(name: device | str) -> device:
    return device(name)


CPU: Final = device("cpu")
META: Final = device("meta")

DEFAULT: ContextVar[device] = ContextVar("default_device", default=CPU)
"""Where functions make tensors that are not told where."""
_entered: ContextVar[tuple[device, ...]] = ContextVar("entered_devices", default=())


def set_default_device(device: Any) -> None:
    """Let functions make tensors there; None for the CPU.

    Source: ``torch.set_default_device``.
    """
    DEFAULT.set(CPU if device is None else _named(device))


def get_default_device() -> device:
    """Where functions make tensors that are not told where.

    Source: ``torch.get_default_device``.
    """
    return DEFAULT.get()


def to_device(value: device | str | int | None, default: device | None = None) -> device:
    """The device that an argument names; the engine has the CPU, and ``meta``.

    Args:
        value: the argument.
        default: what None stands for, if that is not the default device.

    Raises:
        AssertionError: for CUDA and XPU, as a torch without them does.
        RuntimeError: for any other device.
    """
    if value is None:
        value = DEFAULT.get() if default is None else default
    if value is CPU or value is META:
        return value
    if isinstance(value, int):
        if value < 0:
            raise RuntimeError("Device index must not be negative")
        raise RuntimeError("Cannot access accelerator device when none is available.")
    found = device(value)
    if found.type == "cpu":
        return CPU
    if found.type == "meta":
        return META
    if found.type in ("cuda", "xpu"):
        raise AssertionError(f"Torch not compiled with {found.type.upper()} enabled")
    raise RuntimeError(f"PyTorch is not linked with support for {found.type} devices")
