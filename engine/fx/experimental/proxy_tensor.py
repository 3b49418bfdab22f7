"""Programs as graphs of operators: what a function does with an example, below autograd and the transforms.

Source: ``torch.fx.experimental.proxy_tensor``.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Mapping
from typing import Any

from ...nn.modules.module import Module
from ...nn.parameter import Parameter
from ...tensor import Tensor
from ...utils._python_dispatch import TorchDispatchMode
from ...utils.pytree import tree_flatten, tree_map, tree_unflatten
from ..graph import Graph
from ..graph_module import GraphModule
from ..node import Node


class _Recording(TorchDispatchMode):
    """Notes operators in a graph, or what a table has in their place."""

    def __init__(self, graph: Graph, table: Mapping[Any, Callable[..., Any]]) -> None:
        super().__init__()
        self._table = table
        self.graph, self.root = graph, Module()
        self._nodes: dict[int, Node] = {}
        self._held: list[Any] = []
        self._constants = {True: 0, False: 0}

    def note(self, value: Tensor, node: Node) -> None:
        """Let a node stand for a tensor, and for others with its elements, unless it is only another view of them."""
        self._held.append((value, value._array))
        self._nodes[id(value)] = node
        if not node.name.startswith("detach"):
            self._nodes[id(value._array)] = node
        node.meta["val"] = value

    def noted(self, value: Any) -> Any:
        """A value as it stands in the graph."""
        if not isinstance(value, Tensor):
            return value
        if (node := self._nodes.get(id(value)) or self._nodes.get(id(value._array))) is not None:
            return node  # by its elements, since autograd makes a tensor of its own of what an operator gives
        self.note(value, self._constant(value))
        return self._nodes[id(value)]

    def _constant(self, value: Tensor) -> Node:
        is_parameter = isinstance(value, Parameter)
        name = f"_{'param' if is_parameter else 'tensor'}_constant{self._constants[is_parameter]}"
        self._constants[is_parameter] += 1
        if is_parameter:
            setattr(self.root, name, value)
        else:
            self.root.register_buffer(name, value)
        return self.graph.create_node("get_attr", name)

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None) -> Any:
        kwargs = kwargs or {}
        if func in self._table:
            with self:
                return self._table[func](*args, **kwargs)
        given = tree_map(self.noted, args), tree_map(self.noted, kwargs)
        result = func(*args, **kwargs)
        name = func.__name__.partition(".")[0]
        node = self.graph.create_node("call_function", func, tuple(given[0]), given[1], name)
        if isinstance(result, Tensor):
            self.note(result, node)
        elif isinstance(result, (tuple, list)):
            for at, one in enumerate(result):
                if isinstance(one, Tensor):
                    self.note(one, self.graph.create_node("call_function", operator.getitem, (node, at)))
        return result


def _is_named(result: Any) -> bool:
    """Whether this is one of torch's named results, which a graph gives as a tuple."""
    return isinstance(result, tuple) and type(result).__module__ == "torch.return_types"


def _names(f: Callable[..., Any], count: int) -> list[str]:
    """What the inputs are called."""
    try:
        parameters = [*inspect.signature(f).parameters.values()]
    except (TypeError, ValueError):
        parameters = []
    names = [one.name for one in parameters if one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    return [f"{name}_1" for name in names] if len(names) == count else [f"arg{n}_1" for n in range(count)]


def make_fx(
    f: Callable[..., Any], decomposition_table: Any = None, tracing_mode: str = "real",
    _allow_non_fake_inputs: bool = False, *, pre_dispatch: bool = False, record_module_stack: bool = False,
    _allow_fake_constant: bool = False, _error_on_data_dependent_ops: bool = True, record_stack_traces: bool = False,
) -> Callable[..., GraphModule]:  # fmt: skip
    """A function that, given an example, gives the graph of operators that it runs.

    Args:
        f: the function; gradients and transforms in it are seen as what they compute.
        decomposition_table: functions that take the place of operators.
        tracing_mode: ``real``, ``fake`` or ``symbolic``; sizes are those of the example in all of them.

    Raises:
        AssertionError: for another mode.

    Source: ``torch.fx.experimental.proxy_tensor.make_fx``.
    """
    assert tracing_mode in ("real", "fake", "symbolic"), f"tracing_mode must be real/fake/symbolic, got {tracing_mode}"

    def wrapped(*args: Any) -> GraphModule:
        flat, spec = tree_flatten(args)
        graph = Graph()
        mode = _Recording(graph, decomposition_table or {})
        inner = [one.detach().requires_grad_(one.requires_grad) if isinstance(one, Tensor) else one for one in flat]
        for name, value in zip(_names(f, len(flat)), inner, strict=True):
            node = graph.placeholder(name)
            if isinstance(value, Tensor):
                mode.note(value, node)
        with mode:
            result = f(*tree_unflatten(inner, spec))
        graph.output(tuple(map(mode.noted, result)) if _is_named(result) else tree_map(mode.noted, result))
        name = getattr(f, "__name__", type(f).__name__)
        return GraphModule(mode.root, graph, name)

    wrapped.__name__ = "wrapped"
    return wrapped


def get_isolated_graphmodule(func: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> GraphModule:
    """The graph of a call."""
    return make_fx(lambda *given: func(*given, **kwargs))(*args)
