"""Devices.  The engine computes on the CPU, or on ``meta`` shapes and dtypes only (``meta.py``); other device strings
parse as torch parses them."""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import Any, Final

from .naming import NamedInFull
from .refusing import refused

_TYPES: Final = (
    "cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla",
    "lazy", "vulkan", "mps", "meta", "hpu", "mtia", "privateuseone",
)  # fmt: skip
_STRING = re.compile(r"([A-Za-z_]+)(?::(0|[1-9]\d*))?")


NO_ACCELERATOR: Final = "Cannot access accelerator device when none is available."


class device(metaclass=NamedInFull):
    """Where a tensor's elements are: a type and an optional index.

    As a context manager: functions that make tensors make them there.

    Args:
        type: ``"cpu"``, ``"cuda:1"``, ...; or one argument, another ``device``.
        index: the ordinal; not allowed if ``type`` already has one.

    Raises:
        RuntimeError: for strings that torch does not accept either.
    """

    __slots__ = ("index", "type")
    __module__ = "torch"
    type: str
    index: int | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        type, index = _parsed(args, kwargs)
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
        if index is not None and index < 0:
            raise RuntimeError("Device index must not be negative")
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


def _parsed(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str, int | None]:
    """Type and index of ``device(device)`` or ``device(type, index=-1)``.

    Raises:
        RuntimeError: for the index of an accelerator alone.
        TypeError: for arguments of neither form.
    """
    count = len(args) + len(kwargs)
    if count == 1:
        key, value = ("", args[0]) if args else next(iter(kwargs.items()))
        if key in ("", "device") and isinstance(value, device):
            return value.type, value.index
        if key in ("", "device") and type(value) is int:
            raise RuntimeError(NO_ACCELERATOR)
        if key in ("", "device", "type") and isinstance(value, str):
            return value, None
    if count != 2:
        raise TypeError(_neither(args, kwargs))
    given = dict(zip(("type", "index"), args, strict=False))
    for key in kwargs:
        if key in given:
            raise TypeError(f"device() got multiple values for argument '{key}'")
    given |= kwargs
    if "type" not in given:
        raise TypeError('device() missing 1 required positional arguments: "type"')
    for key in given.keys() - {"type", "index"}:
        raise TypeError(f"device() got an unexpected keyword argument '{key}'")
    for number, (key, kind) in enumerate((("type", str), ("index", int)), 1):
        if type(value := given[key]) is not kind and not (value is None and kind is int):
            where = f" (position {number})" if number <= len(args) else ""
            raise TypeError(f"device(): argument '{key}'{where} must be {kind.__name__}, not {_kind(value)}")
    return given["type"], given["index"]


def _neither(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """What is said of arguments that fit no form by their number, or that of ``device(device)`` alone."""
    got = [*map(_kind, args), *(f"{key}={_kind(value)}" for key, value in kwargs.items())]
    why = ""
    if len(got) == 1:
        reason, faults = "arguments have invalid types", f"(!{got[0]}!{', ' if kwargs else ''})"
        if kwargs and "device" not in kwargs:
            reason, faults = "keywords were incorrect", next(iter(kwargs))
        why = f"\n      didn't match because some of the {reason}: {faults}"
    return (
        f"device() received an invalid combination of arguments - got ({', '.join(got)}{', ' if kwargs else ''}), but "
        f"expected one of:\n * (torch.device device){why}\n * (str type, int index = -1)\n"
    )


def _kind(value: Any) -> str:
    return "torch.device" if isinstance(value, device) else type(value).__name__


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


def to_device(value: device | str | int | None, default: device | None = None, making: str = "") -> device:
    """The device that an argument names; the engine has the CPU, and ``meta``.

    Args:
        value: the argument.
        default: what None stands for, if that is not the default device.
        making: the operator that would ask for memory there; "" where elements that are here would go there.

    Raises:
        AssertionError: for CUDA and XPU, as a torch without them does.
        NotImplementedError, RuntimeError: for any other device, where something is made there or goes there.
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
    if making:
        raise refused(making, found.type.upper())
    raise RuntimeError(f"PyTorch is not linked with support for {found.type} devices")
