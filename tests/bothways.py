"""Runs the same code on torch and on the engine, and says what each printed."""

from __future__ import annotations

import builtins
import contextlib
import difflib
import importlib
import io
import re
import types
import warnings
from typing import Any

import pytest

import engine

torch = pytest.importorskip("torch")
with warnings.catch_warnings(action="ignore"):  # torch warns of itself when it first uses forward mode
    importlib.import_module("torch._decomp.decompositions_for_jvp")

VECTORS = pytest.mark.skipif(
    torch.backends.cpu.get_cpu_capability() == "DEFAULT", reason="what torch computes without AVX2 is rounded otherwise"
)
_ADDRESS = re.compile(r"0x[0-9a-f]+")
_COUNTED = re.compile(r"<eval_with_key>\.\d+")
_ONCE = (
    *(f"Sparse {kind} tensor support is in beta state" for kind in ("CSR", "CSC", "BSR", "BSC")),
    "Sparse invariant checks are implicitly disabled",
    "at::nuclear_norm is deprecated",
    "at::frobenius_norm is deprecated",
)
"""Warnings that torch gives once in a process, so that they depend on the tests before."""
_INTERNAL = re.compile(r"\s*\(Triggered internally at .*", re.S)


def _importing(module: types.ModuleType) -> Any:
    """``import`` for code whose ``torch`` is `module`."""

    def load(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        first, dot, rest = name.partition(".")
        if first != "torch":
            return __import__(name, globals, locals, fromlist, level)
        return __import__(module.__name__ + dot + rest, globals, locals, fromlist, level)

    return load


def printed(code: str, module: types.ModuleType, seed: int = 0) -> str:
    """What `code` prints with `module` as its ``torch``: then its warnings, and the error that ended it."""
    module.default_generator.manual_seed(seed)
    names: dict[str, Any] = {
        "__name__": "cell", "__builtins__": {**vars(builtins), "__import__": _importing(module)}, "torch": module,
        "nn": module.nn, "F": module.nn.functional, "init": module.nn.init,
    }  # fmt: skip
    out = io.StringIO()
    with warnings.catch_warnings(record=True) as warned, contextlib.redirect_stdout(out):
        warnings.simplefilter("always")
        try:
            exec(compile(code, "<cell>", "exec"), names)
        except Exception as error:
            print(f"{type(error).__name__}: {error}")
    for one in warned:
        if str(one.message).startswith(_ONCE):
            continue
        print(f"{one.category.__name__}: {_INTERNAL.sub('', str(one.message))}", file=out)
    return _COUNTED.sub("<eval_with_key>", _ADDRESS.sub("0x", out.getvalue()))


def agree(code: str, seed: int = 0) -> None:
    """Assert that torch and the engine print the same, to the last character.

    What is printed of numbers has their digits: compute so that rounding cannot differ. Some warnings come once in a
    process, so that the tests before decide who still gives them: where that may be the difference, all are asked for.
    """
    mine, theirs = (printed(code, module, seed).splitlines() for module in (engine, torch))
    if mine != theirs:
        mine, theirs = (_with_every_warning(code, module, seed).splitlines() for module in (engine, torch))
    assert mine == theirs, "\n".join(difflib.unified_diff(theirs, mine, "torch", "engine", lineterm="", n=1))


def _with_every_warning(code: str, module: types.ModuleType, seed: int) -> str:
    before = module.is_warn_always_enabled()
    module.set_warn_always(True)
    try:
        return printed(code, module, seed)
    finally:
        module.set_warn_always(before)
