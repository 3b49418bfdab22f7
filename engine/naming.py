"""What the engine's modules are called where one is asked for what it has not, torch's name; and what of them
``import *`` gives."""

from __future__ import annotations

import ast
import copyreg
import inspect
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import FunctionType, ModuleType
from typing import Any

_OWN = __name__.partition(".")[0]


_LATER = {
    "engine": (
        "_C", "_dynamo", "_higher_order_ops", "_inductor", "_logging", "_tensor_str", "compiler", "distributed",
        "distributions", "func", "futures", "fx", "hub", "jit", "masked", "mps", "multiprocessing", "nested",
        "nn", "optim", "profiler", "quasirandom", "serialization", "signal", "testing", "xpu",
    ),
    "engine.fx": ("passes",),
    "engine.fx.passes": ("shape_prop",),
    "engine.nn": ("_reduction",),
    "engine.utils": (
        "_python_dispatch", "_pytree", "benchmark", "checkpoint", "data", "flop_counter", "module_tracker",
    ),
}  # fmt: skip
"""Modules that take their time, and that many programs do without: imported when they are first asked for."""


_ELSEWHERE: dict[str, dict[str, tuple[str, ...]]] = {
    "engine": {
        "amp.older": (
            "autocast_decrement_nesting", "autocast_increment_nesting", "get_autocast_gpu_dtype",
            "set_autocast_cpu_dtype", "set_autocast_cpu_enabled", "set_autocast_enabled", "set_autocast_gpu_dtype",
        ),
        "_higher_order_ops.cond": ("cond",),
        "compiler": ("compile",),
        "func.vmap": ("vmap",),
        "futures": ("Future",),
        "jit": ("ScriptFunction", "fork", "wait"),
        "named_dtypes": (
            "bit", "bits16", "bits1x8", "bits2x4", "bits4x2", "bits8", "chalf", "complex32", "float4_e2m1fn_x2",
            *(f"int{n}" for n in range(1, 8)), "qint32", "qint8", "quint2x4", "quint4x2", "quint8",
            *(f"uint{n}" for n in range(1, 8)),
        ),
        "serialization": ("load", "save"),
        "symbols": ("FatalError", "SymBool", "SymFloat", "SymInt", "Tag"),
    },
    "engine.compiler": {
        "compiler.regions": (
            "get_default_backend", "is_dynamo_compiling", "keep_tensor_guards_unsafe", "nested_compile_region",
            "set_default_backend", "skip_all_guards_unsafe", "skip_guard_on_all_nn_modules_unsafe",
            "skip_guard_on_globals_unsafe", "skip_guard_on_inbuilt_nn_modules_unsafe", "substitute_in_graph",
            "wrap_numpy",
        ),
    },
    "engine.jit": {
        "jit.settings": (
            "Attribute", "Error", "Future", "enable_onednn_fusion", "onednn_fusion_enabled", "set_fusion_strategy",
            "strict_fusion",
        ),
    },
    "engine.nn.functional": {
        "nn.functions.helpers": (
            "GRID_SAMPLE_INTERPOLATION_MODES", "GRID_SAMPLE_PADDING_MODES", "_Reduction", "_canonical_mask",
            "_get_softmax_dim", "_in_projection", "_in_projection_packed", "_mha_shape_check", "_none_or_dtype",
            "_verify_batch_size", "handle_torch_function", "has_torch_function", "has_torch_function_unary",
            "has_torch_function_variadic",
        ),
    },
    "engine.serialization": {
        "serialization_options": (
            "DEFAULT_PROTOCOL", "LoadEndianness", "MAGIC_NUMBER", "PROTOCOL_VERSION", "SourceChangeWarning",
            "check_module_version_greater_or_equal", "get_crc32_options", "get_default_load_endianness",
            "get_default_mmap_options", "location_tag", "set_crc32_options", "set_default_load_endianness",
        ),
    },
    "engine.types": {"symbols": ("SymBool", "SymFloat", "SymInt")},
}  # fmt: skip
"""Names that few programs need, and where they are: looked up when they are first asked for."""


class NamedInFull(type):
    """Classes that Python's errors call by their module, too, as those written in C: "'torch.Size' object is not
    callable"."""

    def __init__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> None:
        super().__init__(name, bases, space)
        type.__dict__["__name__"].__set__(cls, f"{cls.__module__}.{name}")

    @property
    def __name__(cls) -> str:  # type: ignore[override]
        return type.__dict__["__name__"].__get__(cls).rpartition(".")[2]


class _Shown(str):
    """The name of a module, which it is shown with under torch's."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(f"torch{self.removeprefix(_OWN)}")


def call_modules_torch() -> None:
    """Have every module of the package, those that are imported later included, show itself as
    ``<module 'torch.nn' from ...>``, say ``module 'torch.nn' has no attribute 'Foo'``, import what `_LATER` has of it
    when that is asked for, and have its classes pickled."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == _OWN:
            _call_torch(module)
    sys.meta_path.insert(0, _Later())


def _call_torch(module: ModuleType) -> None:
    """``__name__`` stays: ``from engine import graph`` would look for ``torch.graph``.  Who binds these modules to
    torch's names, so that this is found, may change it."""
    vars(module).setdefault("__getattr__", _lacking(module))
    if module.__name__ in _LATER or module.__name__ in _ELSEWHERE:
        vars(module).setdefault("__dir__", partial(_names, module, module.__name__))
    if module.__spec__ is not None:
        module.__spec__.name = _Shown(module.__name__)
    _keep_classes(module)


class _Later:
    """Finds the package's modules as Python does, and has them called torch once they are there."""

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname.partition(".")[0] != _OWN or (spec := PathFinder.find_spec(fullname, path, target)) is None:
            return None
        if (loader := spec.loader) is not None:
            execute = loader.exec_module

            def exec_module(module: ModuleType) -> None:
                execute(module)
                _call_torch(module)

            loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


# Pickles find a class by its name, and torch's name, which ours show, leads to torch's class or to nowhere.

_CLASSES: dict[str, type] = {}
_NAMESPACES = frozenset(f"{_OWN}.{name}" for name in ("fft", "linalg", "nn.functional", "special"))


def torchs_name(cls: type) -> str | None:
    """The name by which torch knows a class of this package, which a pickle can keep; None of other classes."""
    is_ours = cls.__module__.partition(".")[0] == "torch"
    return f"{cls.__module__}.{cls.__qualname__}" if is_ours else None


def class_named(name: str) -> Any:
    """The class of this package that bears this name of torch's."""
    if name not in _CLASSES:
        import_all()
    return _CLASSES[name]


def _keep_classes(module: ModuleType) -> None:
    """Remember the classes of a module by their names, and have their instances pickled by them; let the operations
    that only a namespace has be found in it."""
    is_namespace = module.__name__ in _NAMESPACES
    for key, value in list(vars(module).items()):
        if is_namespace and isinstance(value, FunctionType):
            if value.__module__ == _OWN and getattr(sys.modules[_OWN], value.__qualname__, None) is not value:
                value.__module__, value.__qualname__ = module.__name__, key
        elif isinstance(value, type) and value not in copyreg.dispatch_table:
            if issubclass(value, type) and value.__module__ != "builtins":
                copyreg.pickle(value, _reduced_class)
            elif (name := torchs_name(value)) is not None and _CLASSES.setdefault(name, value) is value:
                copyreg.pickle(value, _reduced)


def _reduced_class(cls: type) -> Any:
    """What `pickle` is told of a class that has a class of its own."""
    name = torchs_name(cls)
    return cls.__qualname__ if _CLASSES.get(name or "") is not cls else (class_named, (name,))


def _reduced(instance: Any) -> Any:
    """What `pickle` and `copy` are told of an instance: what its class says, with the name in place of the class."""
    reduced, cls = instance.__reduce_ex__(2), type(instance)
    if not isinstance(reduced, tuple):
        return reduced
    make, arguments, *rest = reduced
    if make is copyreg.__newobj__ and arguments[0] is cls:  # type: ignore[attr-defined]
        return (_new, (torchs_name(cls), *arguments[1:]), *rest)
    return (_called, (torchs_name(cls), *arguments), *rest) if make is cls else reduced


def _new(name: str, *arguments: Any) -> Any:
    cls = class_named(name)
    return cls.__new__(cls, *arguments)


def _called(name: str, *arguments: Any) -> Any:
    return class_named(name)(*arguments)


def name_methods(cls: type) -> None:
    """Call methods that were attached under another name by that of the attribute, which Python's errors tell."""
    for name, value in vars(cls).items():
        if isinstance(value, FunctionType) and value.__qualname__[0] in "_<" and not name.startswith("_"):
            value.__name__, value.__qualname__ = name, f"{cls.__name__}.{name}"


def own_constructors(*classes: type) -> None:
    """Give classes the constructor that they inherit under a name of their own, which Python's errors tell."""
    for cls in classes:
        inherited: Any = cls.__init__  # type: ignore[misc]
        made = FunctionType(
            inherited.__code__, inherited.__globals__, "__init__", inherited.__defaults__, inherited.__closure__
        )
        made.__kwdefaults__, made.__annotations__ = inherited.__kwdefaults__, inherited.__annotations__
        made.__qualname__, made.__module__ = f"{cls.__qualname__}.__init__", inherited.__module__
        type.__setattr__(cls, "__init__", made)


def import_all() -> None:
    """Import what waits to be asked for: for one process that many programs run in."""
    for name, later in _LATER.items():
        for each in later:
            getattr(import_module(name), each)


def _names(module: ModuleType, name: str) -> list[str]:
    """What a module has and what is kept for it, by the name that it had: who binds it to torch's may change that."""
    return [*vars(module), *_LATER.get(name, ()), *_places(name)]


def _places(module: str) -> dict[str, str]:
    """Of a module's names that are kept elsewhere, the module that has each."""
    return {name: place for place, names in _ELSEWHERE.get(module, {}).items() for name in names}


def _lacking(module: ModuleType) -> Callable[[str], Any]:
    called = "torch" + module.__name__.removeprefix(_OWN)
    later, elsewhere = _LATER.get(module.__name__, ()), _places(module.__name__)

    def __getattr__(name: str) -> Any:
        if name == "__all__":
            return public(module)
        if name in later:
            return import_module(f"{module.__name__}.{name}")
        if name in elsewhere:
            return getattr(import_module(f"{_OWN}.{elsewhere[name]}"), name)
        if called == "torch" and name.startswith("_foreach_") and (found := _on_lists(name)) is not None:
            return found
        raise AttributeError(f"module '{called}' has no attribute '{name}'{why_not(f'{called}.{name}')}")

    return __getattr__


def _on_lists(name: str) -> Any:
    """The operation on lists of tensors of this name, if there is one."""
    return import_module(f"{_OWN}.ops.foreach").FUNCTIONS.get(name)


def public(module: ModuleType) -> list[str]:
    """What a module without ``__all__`` gives to ``import *``: what it defines, and what it imports to pass it on
    (``from x import y as y``; where nothing is defined, also ``as z``). What it only uses is nobody's business."""
    body = ast.parse(inspect.getsource(module)).body
    defines = any(isinstance(statement, ast.FunctionDef | ast.ClassDef) for statement in body)
    bound = (name for statement in body for name in _bound(statement, renamed=not defines))
    names = dict.fromkeys(name for name in bound if not name.startswith("_"))
    found = [name for name in names if name in vars(module)]
    if module is not sys.modules[_OWN]:
        return found
    shown = (name for name in found if not (isinstance(vars(module)[name], ModuleType) or name in _KEPT))
    return [*shown, *_places(_OWN)]


_KEPT = frozenset((
    "BFloat16Storage", "BFloat16Tensor", "ComplexDoubleStorage", "ComplexFloatStorage", "HalfStorage", "HalfTensor",
    "Storage", "broadcast_shapes", "channels_last", "channels_last_3d", "contiguous_format", "eig", "from_dlpack",
    "jagged", "lstsq", "lu", "matrix_rank", "ops", "pca_lowrank", "preserve_format", "segment_reduce",
    "set_default_dtype", "set_grad_enabled", "solve", "sparse_bsc", "sparse_bsr", "sparse_coo", "sparse_csc",
    "sparse_csr", "strided", "svd_lowrank", "symeig", "to_dlpack", "unfold", "unique", "unique_dim",
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
    "torch.onnx": "programs are not exported",
    "torch.quantization": "quantization is not provided, but for torch.fake_quantize_per_tensor_affine and its like",
    "torch.utils.cpp_extension": "nothing is compiled",
}
"""What notebooks ask for and is left out on purpose."""


def why_not(name: str) -> str:
    """Why there is nothing of that name, to be said after that; empty where nothing is known of it."""
    return f" in this engine: {_NOT_HERE[name]} (README.md, What is covered)" if name in _NOT_HERE else ""
