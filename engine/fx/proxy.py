"""Stand-ins for values, which note what is done to them.  Source: ``torch.fx.Proxy``."""

from __future__ import annotations

import dis
import enum
import operator
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from ..device import device
from ..dtypes import dtype
from ..layout import Size, layout, memory_format
from ..tensor import Tensor
from .code import MAGIC
from .graph import Graph
from .names import is_torchs
from .node import Node, map_aggregate

_PLAIN = (str, int, float, bool, complex, dtype, Tensor, device, memory_format, layout, range, enum.Enum, type)


_OWN = frozenset(name for kind in Tensor.__mro__ for name in getattr(kind, "__slots__", ()) if name.startswith("_")) | {
    "_view",
    "_own",
}
"""What operations read of tensors, and programs do not."""


class TraceError(ValueError):
    """A program does what cannot be noted without values."""

    __module__ = "torch.fx.proxy"


class TracerBase:
    """What notes: the graph, and how values become arguments in it."""

    __module__ = "torch.fx.proxy"

    graph: Graph

    def create_node(
        self,
        kind: str,
        target: Any,
        args: tuple,
        kwargs: dict[str, Any],
        name: str | None = None,
        type_expr: Any = None,
    ) -> Node:
        """A node of the graph."""
        return self.graph.create_node(kind, target, args, kwargs, name, type_expr)

    def proxy(self, node: Node) -> Proxy:
        """The stand-in for the value of a node."""
        return Proxy(node, self)

    def create_proxy(
        self, kind: str, target: Any, args: tuple, kwargs: dict[str, Any], name: str | None = None,
        type_expr: Any = None, proxy_factory_fn: Callable[[Node], Proxy] | None = None,
    ) -> Any:  # fmt: skip
        """Note a step, and give the stand-in for its value."""
        node = self.create_node(kind, target, self.create_arg(args), self.create_arg(kwargs), name, type_expr)
        return proxy_factory_fn(node) if proxy_factory_fn else self.proxy(node)

    def create_arg(self, a: Any) -> Any:
        """A value as it stands in a graph.

        Raises:
            NotImplementedError: for one that cannot stand there.
            RuntimeError: for a dict whose keys are nodes.
        """
        if isinstance(a, (tuple, list, dict, slice)) and not isinstance(a, Size):
            if isinstance(a, dict) and any(isinstance(key, (Node, Proxy)) for key in a):
                raise RuntimeError(
                    "Keys for dictionaries used as an argument cannot contain a Node. Got key: "
                    f"{next(key for key in a if isinstance(key, (Node, Proxy)))}"
                )
            return map_aggregate(a, self.create_arg)
        if isinstance(a, Size):
            return a
        if isinstance(a, Proxy):
            return a.node
        if a is None or a is ... or isinstance(a, (Node, *_PLAIN)) or is_torchs(a):
            return a
        raise NotImplementedError(f"argument of type: {type(a)}")

    def to_bool(self, obj: Proxy) -> bool:
        """Whether a stand-in is true, which nobody knows.

        Raises:
            TraceError: always.
        """
        raise TraceError("symbolically traced variables cannot be used as inputs to control flow")

    def iter(self, obj: Proxy) -> Iterator[Any]:
        """The elements of a stand-in, which nobody knows.

        Raises:
            TraceError: always.
        """
        raise TraceError(
            "Proxy object cannot be iterated. This can be attempted when the Proxy is used in a loop or as a *args or "
            "**kwargs function argument. See the torch.fx docs on pytorch.org for a more detailed explanation of what "
            "types of control flow can be traced, and check out the Proxy docstring for help troubleshooting Proxy "
            "iteration errors"
        )

    def keys(self, obj: Proxy) -> Any:
        """The keys of a stand-in, when ``**`` asks for them."""
        return Attribute(obj, "keys")()


class Proxy:
    """The stand-in for a value: what is done to it becomes a node."""

    __module__ = "torch.fx.proxy"

    def __init__(self, node: Node, tracer: TracerBase | None = None) -> None:
        self.tracer = tracer if tracer is not None else _GraphAppender(node.graph)
        self.node = node

    def __repr__(self) -> str:
        return f"Proxy({self.node.name})"

    def __getattr__(self, k: str) -> Any:
        if k in _OWN:
            raise AttributeError(k)  # so that an operation sees that this is no tensor
        return Attribute(self, k)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.tracer.create_proxy("call_method", "__call__", (self, *args), kwargs)

    def __iter__(self) -> Iterator[Any]:
        count = _unpacked(sys._getframe(1))
        if count is None:
            return self.tracer.iter(self)
        item: Callable[[Any, int], Any] = operator.getitem
        return iter([item(self, place) for place in range(count)])

    def __abs__(self) -> Any:
        return self.tracer.create_proxy("call_function", operator.abs, (self,), {})

    def __bool__(self) -> bool:
        return self.tracer.to_bool(self)

    def keys(self) -> Any:
        """The keys, for ``**``."""
        return self.tracer.keys(self)

    def __len__(self) -> NoReturn:
        raise RuntimeError(
            "'len' is not supported in symbolic tracing by default. If you want this call to be recorded, please call "
            "torch.fx.wrap('len') at module scope"
        )

    @classmethod
    def __torch_function__(
        cls, orig_method: Any, types: Any, args: tuple | None = None, kwargs: dict[str, Any] | None = None
    ) -> Any:
        args, kwargs = args or (), kwargs or {}
        tracers: list[TracerBase] = []
        map_aggregate((args, kwargs), lambda a: tracers.append(a.tracer) if isinstance(a, Proxy) else None)
        tracer = tracers[0]
        name = orig_method.__name__
        if getattr(Tensor, name, None) is orig_method or getattr(orig_method, "__objclass__", None) is Tensor:
            return tracer.create_proxy("call_method", name, args, kwargs)
        return tracer.create_proxy("call_function", orig_method, args, kwargs, name=Graph._target_to_str(name))


class Attribute(Proxy):
    """The stand-in for an attribute, which becomes a node only if it is used as a value; called, it is a method."""

    __module__ = "torch.fx.proxy"

    def __init__(self, root: Proxy, attr: str) -> None:
        self.root, self.attr, self.tracer = root, attr, root.tracer
        self._node: Node | None = None

    @property
    def node(self) -> Node:  # type: ignore[override]
        """The node that reads it."""
        if self._node is None:
            self._node = self.tracer.create_proxy("call_function", getattr, (self.root, self.attr), {}).node
        return self._node

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.tracer.create_proxy("call_method", self.attr, (self.root, *args), kwargs)


class _GraphAppender(TracerBase):
    """What notes at the end of a graph that is there."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph


def _unpacked(frame: Any) -> int | None:
    """How many values the line that is running takes apart: ``a, b = x``; None if it does something else."""
    for instruction in dis.get_instructions(frame.f_code):
        if instruction.offset == frame.f_lasti:
            return instruction.argval if instruction.opname == "UNPACK_SEQUENCE" else None
    return None


def _operator(name: str) -> Callable[..., Any]:
    function = getattr(operator, name)

    def method(*args: Any) -> Any:
        return args[0].tracer.create_proxy("call_function", function, args, {})

    return method


def _reflected(name: str) -> Callable[..., Any]:
    function = getattr(operator, name)

    def method(self: Proxy, other: Any) -> Any:
        return self.tracer.create_proxy("call_function", function, (other, self), {})

    return method


_REFLECTED = (
    "add",
    "sub",
    "mul",
    "floordiv",
    "truediv",
    "mod",
    "lshift",
    "rshift",
    "and_",
    "or_",
    "xor",
    "matmul",
    "pow",
)
for _name in MAGIC:
    setattr(Proxy, f"__{_name.rstrip('_')}__", _operator(_name))
for _name in _REFLECTED:
    setattr(Proxy, f"__r{_name.rstrip('_')}__", _reflected(_name))
Proxy.__hash__ = object.__hash__  # type: ignore[method-assign]
