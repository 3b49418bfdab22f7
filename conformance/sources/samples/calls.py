"""What an entry calls, as code: mostly one function of torch, for some one of torch's test suite that calls several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch.overrides import TorchFunctionMode, resolve_name

from conformance.sources.samples.code import Names, Unwritable, tensors


def written(entry: Any, args: Sequence[Any], kwargs: dict[str, Any], names: Names, into: str) -> list[str]:
    """The lines that do what the entry does with these arguments, and bind its result to the name `into`.

    Raises Unwritable, and whatever the call raises if it must be watched to know what it does.
    """
    path = public(entry)
    if path:
        return [f"{into} = {path}({arguments(names, args, kwargs)})"]
    return _watched(entry.op, args, kwargs, names, into)


def arguments(names: Names, args: Sequence[Any], kwargs: dict[str, Any]) -> str:
    """Arguments as they stand between the parentheses of a call."""
    return ", ".join([*map(names.text, args), *(f"{key}={names.text(each)}" for key, each in kwargs.items())])


def public(entry: Any) -> str:
    """The name under which users call the entry's function; empty if it is a function of torch's tests."""
    if getattr(entry.op, "__module__", None) in _TESTS or not callable(entry.op):
        return ""
    name = below_torch(entry.name)
    for root, prefix in ((torch, "torch"), (torch.Tensor, "torch.Tensor")):
        found: Any = root
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is not None and (found is entry.op or _same(found, entry.op)):
            return f"{prefix}.{name}"
    return _name(entry.op)


def outs(entry: Any, name: str, count: int) -> str:
    """How results are written to the tensors of a tuple: an operator of `torch.ops` has a name for each."""
    if count == 1 or not isinstance(entry.op, torch._ops.OpOverloadPacket):
        return f"out={name}"
    schemas = (getattr(entry.op, overload)._schema for overload in entry.op.overloads())
    found = ([each.name for each in schema.arguments if each.is_out] for schema in schemas)
    named = next(each for each in found if len(each) == count)
    return ", ".join(f"{each}={name}[{index}]" for index, each in enumerate(named))


def below_torch(name: str) -> str:
    """The name of an entry, or of an alias, of which some say that it is torch's."""
    return name.removeprefix("torch.")


_TESTS = (
    "torch.testing._internal.common_methods_invocations",
    "torch.testing._internal.opinfo.definitions.linalg",
    "torch.testing._internal.opinfo.definitions.fft",
    "torch.testing._internal.opinfo.definitions.nested",
    "torch.testing._internal.opinfo.definitions.signal",
    "torch.testing._internal.opinfo.definitions.special",
    "torch.testing._internal.opinfo.definitions._masked",
    "torch.testing._internal.opinfo.definitions.sparse",
    "torch.testing._internal.opinfo.core",
)


def _same(one: Any, other: Any) -> bool:
    return getattr(one, "__qualname__", one) == getattr(other, "__qualname__", other) and type(one) is type(other)


def _name(function: Callable[..., Any]) -> str:
    if isinstance(function, torch._ops.OpOverload | torch._ops.OpOverloadPacket):
        return f"torch.ops.{function}"
    found = resolve_name(function) or ""
    return found if found.startswith("torch.") else ""


class _Recorder(TorchFunctionMode):
    """Notes the calls of torch's functions; not those that these make themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Callable[..., Any], Sequence[Any], dict[str, Any], Any]] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        self.calls.append((func, args, kwargs or {}, result))
        return result


def _watched(
    function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], names: Names, into: str
) -> list[str]:
    """What the function calls, noted while it runs."""
    with _Recorder() as recorder:
        outcome = function(*args, **kwargs)
    lines: list[str] = []
    for number, (called, given, options, result) in enumerate(recorder.calls):
        made = list(tensors(result))
        if not made and result is not None:
            continue  # a shape, a number: it stands in later calls as it is
        name = into if result is outcome else f"_t{number}"
        text = _call(called, given, options, names)
        lines.append(text if result is None else f"{name} = {text}")
        for path, each in paths(result, name):
            if each not in names:
                names.give(each, path)
    if not any(line.startswith(f"{into} = ") for line in lines):
        lines.append(f"{into} = {names.text(outcome)}")
    return lines


def paths(value: Any, path: str) -> Iterator[tuple[str, torch.Tensor]]:
    """The tensors in a value, by where they are in it."""
    if isinstance(value, torch.Tensor):
        yield path, value
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from paths(each, f"{path}[{index}]")


_STATEMENTS = {"__setitem__": "{0}[{1}] = {2}", "__getitem__": "{0}[{1}]"}


def _call(function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], names: Names) -> str:
    name = _name(function)
    if not name:
        raise Unwritable(f"{getattr(function, '__name__', function)} has no public name")
    head, _, last = name.rpartition(".")
    if last == "__get__":
        return f"{names.text(args[0])}.{head.rpartition('.')[2]}"
    if head == "torch.Tensor" and last in _STATEMENTS:
        return _STATEMENTS[last].format(*map(names.text, args))
    if head == "torch.Tensor" and args and isinstance(args[0], torch.Tensor):
        return f"{names.text(args[0])}.{last}({arguments(names, args[1:], kwargs)})"
    return f"{name}({arguments(names, args, kwargs)})"
