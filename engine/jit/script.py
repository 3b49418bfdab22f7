"""Scripts, which run as the Python that they are, and marks for the compiler.

Source: ``torch.jit``.
"""

from __future__ import annotations

import contextlib
import functools
import types
import typing
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, Self, TypeVar

from ..nn.modules.module import Module
from .schema import Declaration

T = TypeVar("T")


def is_scripting() -> bool:
    """False: code runs as Python."""
    return False


def annotate(the_type: Any, the_value: T) -> T:
    """The value."""
    return the_value


def export(fn: T) -> T:
    """The function, which a compiler would keep."""
    return fn


def unused(fn: T) -> T:
    """The function, which a compiler would leave out."""
    return fn


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """The function, which a compiler would leave to Python; with an argument, what gives it."""
    return drop if callable(drop) else lambda fn: fn


class ScriptFunction:
    """A function that `script` was given. It runs as it is, so it gives what TorchScript would."""

    __module__ = "torch.jit"
    __qualname__ = "torch.jit.ScriptFunction"  # with the module's name twice, as torch has it

    def __init__(self, function: Callable[..., Any], declaration: Declaration | None = None) -> None:
        self._function, self._declaration = function, declaration
        functools.update_wrapper(self, function)
        self.__qualname__ = "torch.jit.ScriptFunction"

    @property
    def name(self) -> str:
        """The function's."""
        return self._function.__name__

    def save(self, f: Any, _extra_files: dict[str, Any] | None = None) -> None:
        """`torch.jit.save`."""
        from .files import save

        save(self, f, _extra_files)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._declaration is not None:
            self._declaration.check(args, kwargs)
        return self._function(*args, **kwargs)

    def __getattr__(self, name: str) -> NoReturn:
        if name in _COMPILED:
            raise NotImplementedError(f"{name} of a scripted function: {_NO_SCRIPT}")
        raise AttributeError(f"'torch.jit.ScriptFunction' object has no attribute '{name}'")


class RecursiveScriptModule(Module):
    """A module that `script` was given, with its parameters and buffers. It runs as it is, and a container gives the
    modules that were in it."""

    __module__ = "torch.jit._script"

    def __init__(self, module: Module) -> None:
        super().__init__()
        self.__dict__.update(_original=module, training=module.training)
        self._parameters, self._buffers = module._parameters, module._buffers
        self._non_persistent_buffers_set = module._non_persistent_buffers_set
        for name, child in module.named_children():
            self._modules[name] = child if isinstance(child, RecursiveScriptModule) else RecursiveScriptModule(child)

    @property
    def original_name(self) -> str:
        """The name of the class that was scripted."""
        name: str = getattr(self._original, "original_name", type(self._original).__name__)
        return name

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The value of the module that was scripted."""
        if "_declaration" not in self.__dict__:
            cls = type(self._original)
            where = "" if cls.__module__ == "__main__" else f"{cls.__module__}."
            self.__dict__["_declaration"] = Declaration(cls.forward, f"__torch__.{where}{cls.__qualname__}")
        if not isinstance(self._original, RecursiveScriptModule):
            self._declaration.check(args, kwargs)
        return self._original(*args, **kwargs)

    def train(self, mode: bool = True) -> Self:
        """Sets both modes, the script's and that of the module that was scripted."""
        self._original.train(mode)
        return super().train(mode)

    def extra_repr(self) -> str:
        """The name of the class."""
        return f"original_name={self.original_name}"

    def save(self, f: Any, _extra_files: dict[str, Any] | None = None) -> None:
        """`torch.jit.save`."""
        from .files import save

        save(self, f, _extra_files)

    def __getitem__(self, idx: Any) -> Any:
        return self._container("__getitem__")(idx)

    def __len__(self) -> int:
        length: int = self._container("__len__")()
        return length

    def __iter__(self) -> Iterator[Any]:
        made: Iterator[Any] = self._container("__iter__")()
        return made

    def __contains__(self, key: Any) -> bool:
        return bool(self._container("__contains__")(key))

    def __bool__(self) -> bool:
        return True

    def _container(self, name: str) -> Callable[..., Any]:
        method = getattr(type(self._original), name, None)
        if method is None:
            raise NotImplementedError
        return functools.partial(method, self._original)

    def __getattr__(self, name: str) -> Any:
        if name in _COMPILED:
            raise NotImplementedError(f"{name} of a scripted module: {_NO_SCRIPT}")
        try:
            return super().__getattr__(name)
        except AttributeError:
            original = self.__dict__.get("_original")  # not there while it is copied
            if original is not None and hasattr(original, name):
                return getattr(original, name)
            raise


ScriptModule = RecursiveScriptModule
_COMPILED = ("code", "code_with_constants", "graph", "inlined_graph", "graph_for", "save_to_buffer")
_NO_SCRIPT = "nothing is compiled here, a script runs as the Python that it is"


def script(obj: Any, optimize: None = None, *_: Any, **__: Any) -> Any:
    """The function or the module, which runs as it is: TorchScript gives what Python gives, or refuses. What only a
    compiled script has, its graph and its code, is refused; what TorchScript would refuse runs. In graphs of
    autograd the product of a tensor and a number is ``MulBackward0``, as everywhere else, and not ``MulBackward1``.

    Raises:
        TypeError: for something else.

    Source: ``torch.jit.script``.
    """
    warnings.warn(
        "`torch.jit.script` is deprecated. Please switch to `torch.compile` or `torch.export`.",
        DeprecationWarning,
        stacklevel=1,  # torch's own line, so that it is hidden by default
    )
    if isinstance(obj, ScriptFunction | RecursiveScriptModule):
        return obj
    if isinstance(obj, Module):
        return RecursiveScriptModule(obj)
    if not callable(obj):
        raise TypeError(f"{type(obj)} is a built-in class")
    return obj if isinstance(obj, type) else ScriptFunction(obj, Declaration(obj))


def deprecated(name: str, instead: str = "Please switch to `torch.compile` or `torch.export`.") -> None:
    """Warn as torch does, in a line of its own, so that it is hidden by default."""
    warnings.warn(f"`torch.jit.{name}` is deprecated. {instead}", DeprecationWarning, stacklevel=1)


def freeze(mod: Module, *_: Any, **__: Any) -> Any:
    """The script of a module in evaluation mode, as it is: nothing is compiled.

    Raises:
        RuntimeError: for what is no script, or in training mode.
    """
    deprecated("freeze", "Please use `torch.compile` instead.")
    if not isinstance(mod, RecursiveScriptModule):
        raise RuntimeError(
            "Freezing expects a ScriptModule as input. Please use torch.jit.script or torch.jit.trace to script your "
            "'nn.Module'."
        )
    if mod.training:
        raise RuntimeError(
            "Freezing is currently only implemented for modules in eval mode. Please call .eval() on your module "
            "before freezing."
        )
    frozen = RecursiveScriptModule(Module())  # what was in it is in its code now
    frozen.__dict__["_original"] = mod.eval()
    frozen.__dict__["training"] = False
    return frozen


def optimize_for_inference(mod: Module, other_methods: Any = None) -> Any:
    """`freeze`."""
    deprecated("optimize_for_inference", "Please use `torch.compile` instead.")
    return freeze(mod.eval())


def fork(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The value of a call, as a `torch.futures.Future`; it is computed at once.

    Raises:
        Exception: of the function, when it is waited for.
    """
    from ..futures import Future

    deprecated("fork", "Please use `torch.compile` instead.")
    made = Future()
    try:
        made.set_result(func(*args, **kwargs))
    except Exception as error:
        made.set_exception(error)
    return made


def wait(future: Any) -> Any:
    """The value of a future."""
    deprecated("wait", "Please use `torch.compile` instead.")
    return future.wait()


def script_if_tracing(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which a trace would record as it does all others."""

    @functools.wraps(fn)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return fn(*args, **kwargs)

    return wrapper


@contextlib.contextmanager
def optimized_execution(should_optimize: bool) -> Iterator[None]:
    """A block; nothing is optimized."""
    yield


def isinstance_of(obj: Any, target_type: Any) -> bool:
    """Whether an object is of a type, with the types of what is in it: ``list[int]``."""
    origin, inner = typing.get_origin(target_type), typing.get_args(target_type)
    if origin in (typing.Union, types.UnionType):
        return any(isinstance_of(obj, one) for one in inner)
    if origin is None:
        return isinstance(obj, type(None) if target_type is None else target_type)
    if not isinstance(obj, origin):
        return False
    if origin is tuple:
        return len(obj) == len(inner) and all(map(isinstance_of, obj, inner))
    if origin is dict:
        return all(isinstance_of(key, inner[0]) and isinstance_of(value, inner[1]) for key, value in obj.items())
    return all(isinstance_of(one, inner[0]) for one in obj)
