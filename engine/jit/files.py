"""Files of scripts and traces.

Torch writes code of TorchScript, of which there is none here.  In its place a file has the script itself, pickled: its
tensors as in other files; functions that no module has, by their code in Python; classes by name, so that they have to
be there when the file is loaded.

Source: ``torch.jit.save``, ``torch.jit.load``.
"""

from __future__ import annotations

import builtins
import functools
import importlib
import io
import marshal
import os
import pickle
import types
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from ..nn.modules.module import Module
from ..overrides import resolve_name
from ..serialization import _Pickler, load_trusted, write_archive
from ..serialization_texts import NO_ZIP
from .script import RecursiveScriptModule, ScriptFunction, deprecated

_OWN = __name__.partition(".")[0]
_MARK = "constants.pkl"
"""The entry by which torch tells such files from others."""


def _module_named(name: str) -> Any:
    return importlib.import_module(name)


def _cell(value: Any) -> types.CellType:
    return types.CellType(value)


def _function_of(code: bytes, seen: dict[str, Any], name: str, defaults: Any, named: Any, closure: tuple) -> Any:
    """A function whose code was written to a file."""
    made = types.FunctionType(
        marshal.loads(code), {"__builtins__": builtins, **seen}, name, defaults, tuple(map(_cell, closure))
    )
    made.__kwdefaults__ = named
    return made


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from _names(const)


def _operation(name: str) -> Any:
    """The operation of torch's of that name, or the part of a property."""
    _, *path = name.split(".")
    return functools.reduce(getattr, path, importlib.import_module(_OWN))


class _ScriptPickler(_Pickler):
    """Pickles operations and modules by name, and functions that have no name by their code."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, (types.FunctionType, types.MethodWrapperType)):
            name = resolve_name(obj)
            return NotImplemented if name is None else (_operation, (name,))
        return super().reducer_override(obj)

    def _save_function(self: Any, obj: types.FunctionType) -> None:
        try:
            self.save_global(obj)
        except (AttributeError, pickle.PicklingError):
            seen = {name: obj.__globals__[name] for name in _names(obj.__code__) if name in obj.__globals__}
            closure = tuple(cell.cell_contents for cell in obj.__closure__ or ())
            parts = (marshal.dumps(obj.__code__), seen, obj.__name__, obj.__defaults__, obj.__kwdefaults__, closure)
            self.save_reduce(_function_of, parts, obj=obj)

    def _save_module(self: Any, obj: types.ModuleType) -> None:
        self.save_reduce(_module_named, (obj.__name__,), obj=obj)

    dispatch: ClassVar[dict[type, Callable]] = {
        **_Pickler.dispatch, types.FunctionType: _save_function, types.ModuleType: _save_module,
    }  # fmt: skip


def save(m: Any, f: Any, _extra_files: dict[str, Any] | None = None) -> None:
    """Write a script or a trace to a file, which `load` reads.

    Args:
        m: the script or trace.
        f: a path, or a file open for writing.
        _extra_files: names, and the texts that go into the file by them.

    Raises:
        AttributeError: for what is neither.
        pickle.PicklingError: for one that has something that no file can have.

    Source: ``torch.jit.save``.
    """
    deprecated("save", "Please switch to `torch.export`.")
    is_path = isinstance(f, (str, os.PathLike))
    if not isinstance(m, ScriptFunction | RecursiveScriptModule):
        needed = "save" if is_path else "save_to_buffer"
        raise AttributeError(f"'{type(m).__name__}' object has no attribute '{needed}'")
    buffer = io.BytesIO()
    write_archive((m, dict(_extra_files or {})), buffer, "archive", True, _ScriptPickler)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(f"archive/{_MARK}", b"")
    if is_path:
        with open(f, "wb") as file:
            file.write(buffer.getvalue())
    else:
        f.write(buffer.getvalue())


def load(
    f: Any, map_location: Any = None, _extra_files: dict[str, Any] | None = None, _restore_shapes: bool = False
) -> Any:
    """What `save` has written.  Such a file may call anything: only for files that you trust.

    Args:
        f: a path, or a file open for reading.
        map_location: where to put the elements.
        _extra_files: names, to which the texts in the file are written.

    Raises:
        ValueError: for a path where no file is.
        RuntimeError: for files that hold no script, or one that torch wrote.

    Source: ``torch.jit.load``.
    """
    deprecated("load", "Please switch to `torch.export`.")
    if isinstance(f, (str, os.PathLike)):
        if not os.path.exists(f):
            raise ValueError(f"The provided filename {f} does not exist")
        if os.path.isdir(f):
            raise ValueError(f"The provided filename {f} is a directory")
        with open(f, "rb") as file:
            return load(io.BytesIO(file.read()), map_location, _extra_files)
    if not zipfile.is_zipfile(f):
        raise RuntimeError(NO_ZIP.format("not a ZIP archive"))
    with zipfile.ZipFile(f) as archive:
        if not any(name.endswith(f"/{_MARK}") for name in archive.namelist()):
            raise RuntimeError(NO_ZIP.replace("reading zip archive: {}", f"locating file {_MARK}: file not found"))
        if any("/code/" in name for name in archive.namelist()):
            raise RuntimeError(
                "This file holds TorchScript code, which only torch runs. Load it with torch, write its state_dict() "
                "with torch.save(), and load that into a module made here."
            )
    f.seek(0)
    made, texts = load_trusted(f, map_location)
    for name in _extra_files or ():
        text = texts.get(name, "")
        _extra_files[name] = text.encode() if isinstance(text, str) else text  # type: ignore[index]
    return _loaded(made if isinstance(made, Module) else PlaceholderModule(made))


def _loaded(module: Module) -> RecursiveScriptModule:
    """A script as files give it, whatever it was made by, with its parts."""
    made = RecursiveScriptModule(module)
    made._modules = {name: _loaded(child) for name, child in module.named_children()}
    return made


class PlaceholderModule(Module):
    """Runs a function that was loaded, which torch gives as a module."""

    def __init__(self, function: ScriptFunction) -> None:
        super().__init__()
        self._function = function

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The function's value."""
        return self._function(*args, **kwargs)
