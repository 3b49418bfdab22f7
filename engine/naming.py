"""What the engine's modules are called where one is asked for what it has not, torch's name; and what of them
``import *`` gives."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any

_OWN = __name__.partition(".")[0]


_LATER = {
    "engine": (
        "_dynamo", "distributed", "distributions", "futures", "fx", "hub", "jit", "masked", "multiprocessing", "optim",
        "quasirandom", "testing",
    ),
    "engine.fx": ("passes",),
    "engine.fx.passes": ("shape_prop",),
    "engine.utils": ("_python_dispatch", "benchmark", "flop_counter", "module_tracker"),
}  # fmt: skip
"""Modules that take their time, and few programs use: imported when they are first asked for."""


class _Shown(str):
    """The name of a module, which it is shown with under torch's."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(f"torch{self.removeprefix(_OWN)}")


def call_modules_torch() -> None:
    """Have every module loaded so far show itself as ``<module 'torch.nn' from ...>``, say ``module 'torch.nn' has no
    attribute 'Foo'``, and import what `_LATER` has of it when that is asked for.

    ``__name__`` stays: ``from engine import graph`` would look for ``torch.graph``.
    """
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == _OWN:
            vars(module).setdefault("__getattr__", _lacking(module))
            if name in _LATER:
                vars(module).setdefault("__dir__", partial(_names, module))
            if module.__spec__ is not None:
                module.__spec__.name = _Shown(name)


def import_all() -> None:
    """Import what waits to be asked for: for one process that many programs run in."""
    for name, later in _LATER.items():
        for each in later:
            getattr(import_module(name), each)


def _names(module: ModuleType) -> list[str]:
    return [*vars(module), *_LATER[module.__name__]]


def _lacking(module: ModuleType) -> Callable[[str], Any]:
    called = "torch" + module.__name__.removeprefix(_OWN)
    later = _LATER.get(module.__name__, ())

    def __getattr__(name: str) -> Any:
        if name == "__all__":
            return public(module)
        if name in later:
            found = import_module(f"{module.__name__}.{name}")
            call_modules_torch()
            return found
        raise AttributeError(f"module '{called}' has no attribute '{name}'{why_not(f'{called}.{name}')}")

    return __getattr__


def public(module: ModuleType) -> list[str]:
    """What a module without ``__all__`` gives to ``import *``: what it defines, and what it imports to pass it on
    (``from x import y as y``; where nothing is defined, also ``as z``). What it only uses is nobody's business."""
    body = ast.parse(inspect.getsource(module)).body
    defines = any(isinstance(statement, ast.FunctionDef | ast.ClassDef) for statement in body)
    bound = (name for statement in body for name in _bound(statement, renamed=not defines))
    names = dict.fromkeys(name for name in bound if not name.startswith("_"))
    found = [name for name in names if name in vars(module)]
    if module.__name__ == _OWN:
        return [name for name in found if not (isinstance(vars(module)[name], ModuleType) or name in _KEPT)]
    return found


_KEPT = frozenset((
    "BFloat16Storage", "BFloat16Tensor", "ComplexDoubleStorage", "ComplexFloatStorage", "HalfStorage", "HalfTensor",
    "Storage", "broadcast_shapes", "channels_last", "channels_last_3d", "contiguous_format", "eig", "from_dlpack",
    "lstsq", "lu", "matrix_rank", "ops", "pca_lowrank", "preserve_format", "segment_reduce", "set_default_dtype",
    "set_grad_enabled", "solve", "sparse_coo", "sparse_csc", "sparse_csr", "strided", "svd_lowrank", "symeig",
    "to_dlpack", "unfold", "unique", "unique_dim",
))  # fmt: skip
"""What ``from torch import *`` does not give, besides modules."""


def _bound(statement: ast.stmt, renamed: bool) -> Iterator[str]:
    match statement:
        case ast.FunctionDef() | ast.ClassDef():
            yield statement.name
        case ast.ImportFrom() | ast.Import():
            yield from (
                each.asname for each in statement.names if each.asname and (renamed or each.asname == each.name)
            )
        case ast.Assign():
            targets = [each for target in statement.targets for each in ast.walk(target)]
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name


_NOT_HERE = {
    "torch.ao": "quantization is not provided, but for torch.fake_quantize_per_tensor_affine and its like",
    "torch.export": "programs are not exported",
    "torch.nested": "nested tensors are not provided; torch.nn.utils.rnn pads and packs sequences",
    "torch.onnx": "programs are not exported",
    "torch.quantization": "quantization is not provided, but for torch.fake_quantize_per_tensor_affine and its like",
    "torch.utils.cpp_extension": "nothing is compiled",
}
"""What notebooks ask for and is left out on purpose."""


def why_not(name: str) -> str:
    """Why there is nothing of that name, to be said after that; empty where nothing is known of it."""
    return f" in this engine: {_NOT_HERE[name]} (README.md, What is covered)" if name in _NOT_HERE else ""
