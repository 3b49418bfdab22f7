"""A program run once on stand-ins, so that its graph is noted.  Source: ``torch.fx.Tracer``, ``symbolic_trace``."""

from __future__ import annotations

import builtins
import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

from ..nn.modules.module import Module
from ..nn.parameter import Parameter
from ..tensor import Tensor
from .graph import Graph
from .graph_module import GraphModule
from .names import operations, torch
from .node import Node, map_aggregate
from .proxy import Proxy, TracerBase

_ENGINE = __name__.partition(".")[0]
_WRAPPED: dict[tuple[int, str], dict[str, Any]] = {}
"""The functions that are noted as calls, by the module that they are in, and their name."""


def wrap(fn_or_name: Any) -> Any:
    """Note calls of a function of the module that calls this as calls, instead of what it does.

    Args:
        fn_or_name: the function, or its name in the module, which may be that of a builtin.

    Raises:
        RuntimeError: for neither.
        NotImplementedError: within a function or a class.
    """
    if not callable(fn_or_name) and not isinstance(fn_or_name, str):
        raise RuntimeError("Unsupported type for global function! Must be either a callable or string name")
    name = fn_or_name.__name__ if callable(fn_or_name) else fn_or_name
    frame = sys._getframe(1)
    if frame.f_code.co_name != "<module>":
        raise NotImplementedError("wrap must be called at the top level of a module")
    _WRAPPED[id(frame.f_globals), name] = frame.f_globals
    return fn_or_name


def _assert_is_none(value: Any, msg: str) -> None:
    """What a graph that holds for None has in place of a comparison."""
    assert value is None, msg


_assert_is_none.__module__ = "torch.fx._symbolic_trace"


@functools.cache
def _noting(function: Callable[..., Any], is_wrapped: bool) -> Callable[..., Any]:
    """A function that notes calls with stand-ins, with the arguments as they were given."""

    @functools.wraps(function)
    def noting(*args: Any, **kwargs: Any) -> Any:
        found: list[Proxy] = []
        map_aggregate((args, kwargs), lambda a: found.append(a) if isinstance(a, Proxy) else None)
        if not found:
            return function(*args, **kwargs)
        name = None if is_wrapped else Graph._target_to_str(function.__name__)
        made = found[0].tracer.create_proxy("call_function", function, args, kwargs, name=name)
        if is_wrapped:
            made.node.meta["is_wrapped"] = True
        return made

    return noting


class Tracer(TracerBase):
    """What notes a program.

    Args:
        autowrap_modules: modules whose functions are noted as calls; ``math`` unless said otherwise.
        autowrap_functions: functions that are.
        param_shapes_constant: without effect.
    """

    __module__ = "torch.fx._symbolic_trace"

    def __init__(
        self, autowrap_modules: tuple[Any, ...] | None = None, autowrap_functions: tuple[Any, ...] = (),
        param_shapes_constant: bool = False,
    ) -> None:  # fmt: skip
        import math

        self._autowrap_modules = (math,) if autowrap_modules is None else autowrap_modules
        self._autowrap_functions = {
            id(value) for module in self._autowrap_modules for value in vars(module).values() if callable(value)
        } | {id(one) for one in autowrap_functions}
        self.root: Module = Module()
        self.tensor_attrs: dict[int, str] = {}
        self._proxies: dict[int, Proxy] = {}

    def is_leaf_module(self, m: Module, module_qualified_name: str) -> bool:
        """Whether a call of a module is noted as one: of all of ``torch.nn``, but for `Sequential`."""
        return type(m).__module__.startswith(("torch.nn", "torch.ao.nn")) and not isinstance(m, torch().nn.Sequential)

    def path_of_module(self, mod: Module) -> str:
        """The name of a module in the one that is traced.

        Raises:
            NameError: if it is not in it.
        """
        for name, one in self.root.named_modules():
            if one is mod:
                return name
        raise NameError("module is not installed as a submodule")

    def call_module(self, m: Module, forward: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
        """What a call of a module gives: a node, or what its ``forward`` notes."""
        name = self.path_of_module(m)
        if not self.is_leaf_module(m, name):
            return forward(*args, **kwargs)
        return self.create_proxy("call_module", name, args, kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        """What reading an attribute of a module gives: for a parameter, a node."""
        if not isinstance(attr_val, Parameter):
            return attr_val
        if id(attr_val) not in self._proxies:
            for name, one in self.root.named_parameters():
                if one is attr_val:
                    self._proxies[id(attr_val)] = self.create_proxy("get_attr", name, (), {})
                    break
        return self._proxies.get(id(attr_val), attr_val)

    def create_arg(self, a: Any) -> Any:
        """A value as it stands in a graph; a tensor as an attribute, which it becomes if it is none yet."""
        if isinstance(a, Module):
            return self.create_node("get_attr", self.path_of_module(a), (), {})
        if isinstance(a, Tensor):
            return self._attribute_of(a)
        return super().create_arg(a)

    def _attribute_of(self, tensor: Tensor) -> Node:
        members = (*self.root.named_parameters(), *self.root.named_buffers())
        name = next((name for name, one in members if one is tensor), None) or self.tensor_attrs.get(id(tensor))
        if name is None and isinstance(tensor, Parameter):
            raise NameError("parameter is not a member of this module")
        if name is None:
            number = 0
            while hasattr(self.root, f"_tensor_constant{number}"):
                number += 1
            name = self.tensor_attrs[id(tensor)] = f"_tensor_constant{number}"
            setattr(self.root, name, tensor)
        return self.create_node("get_attr", name, (), {})

    def trace(self, root: Any, concrete_args: dict[str, Any] | None = None) -> Graph:
        """The graph of a module's ``forward``, or of a function.

        Args:
            root: the module or the function.
            concrete_args: values that take the place of inputs, for which the graph then holds.

        Raises:
            TraceError: where what happens depends on values.
        """
        is_module = isinstance(root, Module)
        self.root = root if is_module else Module()
        function = type(root).forward if is_module else root
        self.graph = Graph(tracer_cls=type(self))
        if not is_module and not isinstance(function, FunctionType):
            raise AssertionError(f"Expected FunctionType, got {type(function)}")
        code = inspect.unwrap(function).__code__
        self.graph.origin = f" from {code.co_filename}:{code.co_firstlineno} in {code.co_name}"
        self.tensor_attrs, self._proxies = {}, {}
        for prefix, module in self.root.named_modules():
            for name, value in vars(module).items():
                if isinstance(value, Tensor):
                    self.tensor_attrs[id(value)] = f"{prefix}.{name}" if prefix else name
        function, args = self._inputs(function, is_module, concrete_args or {})
        with self._patched(function):
            result = self.create_arg(function(*args))
        returned = _annotations(inspect.unwrap(function)).get("return")
        self.create_node("output", "output", (result,), {}, type_expr=returned)
        return self.graph

    def _inputs(self, function: Any, is_module: bool, concrete: dict[str, Any]) -> tuple[Callable[..., Any], list[Any]]:
        """The function, which takes all of its arguments by position, and stand-ins for them."""
        analysed = inspect.unwrap(function)
        code = analysed.__code__
        names = [*code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]]
        parameters = inspect.signature(analysed).parameters
        args: list[Any] = [self.root] if is_module else []
        for name in names[len(args) :]:
            default = parameters[name].default if name in parameters else inspect.Parameter.empty
            given = () if default is inspect.Parameter.empty else (default,)
            if name in concrete:
                args.append(self._specialised(name, concrete[name], given))
                continue
            kind = _annotations(analysed).get(name)
            args.append(self.create_proxy("placeholder", name, given, {}, type_expr=kind))
        rest = [
            mark + name
            for flag, mark, name in zip(
                (inspect.CO_VARARGS, inspect.CO_VARKEYWORDS), ("*", "**"),
                _varnames(code), strict=True,
            )
            if code.co_flags & flag
        ]  # fmt: skip
        args += [self.create_proxy("placeholder", name, (), {}) for name in rest]
        if code.co_kwonlyargcount or rest:
            changed = code.replace(
                co_argcount=len(args), co_posonlyargcount=0, co_kwonlyargcount=0,
                co_flags=code.co_flags & ~(inspect.CO_VARARGS | inspect.CO_VARKEYWORDS),
            )  # fmt: skip
            function = FunctionType(changed, analysed.__globals__, analysed.__name__, None, analysed.__closure__)
            function.__annotations__, function.__module__ = analysed.__annotations__, analysed.__module__
        return function, args

    def _specialised(self, name: str, value: Any, default: tuple) -> Any:
        """A value in place of an input, and a check that the input is it."""
        if not isinstance(value, (str, int, float, bool, type(None))):
            return value
        given = self.create_proxy("placeholder", f"{name}_1", default, {})
        text = f"{name} has been specialized to have value {value} but got another value"
        if value is None:
            self.create_proxy("call_function", _assert_is_none, (given, text), {})
        else:
            self.create_proxy("call_function", torch()._assert, (given == value, text), {})
        return value

    @contextlib.contextmanager
    def _patched(self, function: Callable[..., Any]) -> Iterator[None]:
        """While the block runs, let modules and wrapped functions note what is done with them."""
        tracer, call, read = self, Module.__call__, Module.__getattr__

        def noting_call(module: Module, *args: Any, **kwargs: Any) -> Any:
            return tracer.call_module(module, lambda *a, **k: call(module, *a, **k), args, kwargs)

        def noting_read(module: Module, name: str) -> Any:
            return tracer.getattr(name, read(module, name), {})

        replaced: list[tuple[dict[str, Any], str, Any]] = []
        places = {(id(space), name): space for (_, name), space in _WRAPPED.items()}
        space = inspect.unwrap(function).__globals__
        places |= {(id(space), name): space for name, value in space.items() if id(value) in self._autowrap_functions}
        Module.__call__, Module.__getattr__ = noting_call, noting_read  # type: ignore[method-assign]
        own = [*operations()]
        try:
            for names, name, operation in own:
                names[name] = _noting(operation, False)
            for (_, name), space in places.items():
                value = space.get(name, vars(builtins).get(name))
                if value is not None:
                    replaced.append((space, name, space.get(name)))
                    space[name] = _noting(value, True)
            yield
        finally:
            Module.__call__, Module.__getattr__ = call, read  # type: ignore[method-assign]
            for names, name, operation in own:
                names[name] = operation
            for space, name, value in replaced:
                if value is None:
                    del space[name]
                else:
                    space[name] = value


def _annotations(function: Any) -> dict[str, Any]:
    """The types that a user has stated; torch states none for the modules that are traced into."""
    return {} if (function.__module__ or "").startswith(f"{_ENGINE}.") else function.__annotations__


def _varnames(code: Any) -> tuple[str, str]:
    """The names of ``*args`` and ``**kwargs``."""
    at = code.co_argcount + code.co_kwonlyargcount
    names = [*code.co_varnames[at : at + 2], "", ""]
    return names[0], names[1] if code.co_flags & inspect.CO_VARARGS else names[0]


def symbolic_trace(root: Any, concrete_args: dict[str, Any] | None = None) -> GraphModule:
    """A module that runs the graph of another module, or of a function.

    Args:
        root: the module or the function; what it does must not depend on values.
        concrete_args: values that take the place of inputs.

    Raises:
        TraceError: where it does.

    Source: ``torch.fx.symbolic_trace``.
    """
    tracer = Tracer()
    graph = tracer.trace(root, concrete_args)
    name = type(root).__name__ if isinstance(root, Module) else root.__name__
    return GraphModule(tracer.root, graph, name)
