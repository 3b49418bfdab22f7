"""A program as a list of nodes.  Source: ``torch.fx.Graph``."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from types import FunctionType, TracebackType
from typing import Any

from .code import CodeGen, PythonCode
from .names import Namespace
from .node import Node, map_arg


class _NodeList:
    """The nodes of a graph, in order."""

    def __init__(self, graph: Graph, direction: str = "_next") -> None:
        self.graph, self.direction = graph, direction

    def __len__(self) -> int:
        return self.graph._len

    def __iter__(self) -> Iterator[Node]:
        node = getattr(self.graph._root, self.direction)
        while node is not self.graph._root:
            following = getattr(node, self.direction)
            if not node._erased:
                yield node
                following = getattr(node, self.direction)
            node = following

    def __reversed__(self) -> _NodeList:
        return _NodeList(self.graph, "_next" if self.direction == "_prev" else "_prev")


def _shown(target: Any) -> Any:
    """A target as a table has it: operations as what they are in torch, so that columns are as wide."""
    if isinstance(target, FunctionType) and "compiled" in target.__globals__:
        return f"<built-in method {target.__name__} of type object at 0x{id(target):012x}>"
    return target


class _InsertPoint:
    """A block in which new nodes go to a place; without the block, all that follow do."""

    def __init__(self, graph: Graph, insert: Callable[[Node], None]) -> None:
        self.graph = graph
        self._before, graph._insert = graph._insert, insert

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: Any, value: Any, traceback: TracebackType | None) -> None:
        self.graph._insert = self._before


class Graph:
    """A program: inputs, attributes, calls and one output, each a `Node`."""

    __module__ = "torch.fx.graph"

    origin = ""
    """The code that it was traced from, as tracebacks tell of it."""

    def __init__(self, owning_module: Any = None, tracer_cls: Any = None, tracer_extras: Any = None) -> None:
        self._root = Node(self, "", "root", "", (), {})
        self._insert: Callable[[Node], None] = self._root.prepend
        self._len = 0
        self._graph_namespace = Namespace()
        self.owning_module = owning_module
        self._tracer_cls = tracer_cls

    @property
    def nodes(self) -> _NodeList:
        """The nodes, in order."""
        return _NodeList(self)

    def output_node(self) -> Node:
        """The node of the result."""
        last = next(iter(reversed(self.nodes)))
        assert last.op == "output"
        return last

    def find_nodes(self, *, op: str, target: Any = None, sort: bool = True) -> list[Node]:
        """The nodes of a kind; of a function, a method or a module, if that is given."""
        return [one for one in self.nodes if one.op == op and (target is None or one.target == target)]

    def create_node(
        self, op: str, target: Any, args: tuple | None = None, kwargs: dict[str, Any] | None = None,
        name: str | None = None, type_expr: Any = None,
    ) -> Node:  # fmt: skip
        """A node at the place where new ones go, at the end unless said otherwise."""
        candidate = name if name is not None else self._target_to_str(target)
        node = Node(self, self._graph_namespace.create_name(candidate), op, target, args or (), kwargs or {}, type_expr)
        self._graph_namespace.rename(node.name, node)
        self._insert(node)
        self._len += 1
        return node

    @staticmethod
    def _target_to_str(target: Any) -> str:
        if not (callable(target) or isinstance(target, str)):
            raise AssertionError(f"Expected target to be str, got {type(target)}")
        name = target.__name__ if callable(target) else target
        if re.fullmatch(r"__\w+__", name):
            name = name[2:-2]
        return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)).lower()

    def placeholder(self, name: str, type_expr: Any = None, default_value: Any = Ellipsis) -> Node:
        """An input."""
        return self.create_node("placeholder", name, () if default_value is ... else (default_value,), {}, name,
                                type_expr)  # fmt: skip

    def get_attr(self, qualified_name: str, type_expr: Any = None) -> Node:
        """An attribute of the module, as ``"layer.weight"``."""
        return self.create_node("get_attr", qualified_name, type_expr=type_expr)

    def call_module(
        self, module_name: str, args: tuple | None = None, kwargs: dict[str, Any] | None = None, type_expr: Any = None
    ) -> Node:
        """A call of a module in the module."""
        return self.create_node("call_module", module_name, args, kwargs, type_expr=type_expr)

    def call_method(
        self, method_name: str, args: tuple | None = None, kwargs: dict[str, Any] | None = None, type_expr: Any = None
    ) -> Node:
        """A call of a method of the first argument."""
        return self.create_node("call_method", method_name, args, kwargs, type_expr=type_expr)

    def call_function(
        self, the_function: Callable[..., Any], args: tuple | None = None, kwargs: dict[str, Any] | None = None,
        type_expr: Any = None, name: str | None = None,
    ) -> Node:  # fmt: skip
        """A call of a function."""
        return self.create_node("call_function", the_function, args, kwargs, name, type_expr)

    def output(self, result: Any, type_expr: Any = None) -> Node:
        """The result."""
        return self.create_node("output", "output", (result,), type_expr=type_expr)

    def node_copy(self, node: Node, arg_transform: Callable[[Node], Any] = lambda x: x) -> Node:
        """A copy of another graph's node, whose arguments are given by `arg_transform`."""
        args, kwargs = map_arg(node.args, arg_transform), map_arg(node.kwargs, arg_transform)
        copy = self.create_node(node.op, node.target, args, kwargs, node.name, node.type)
        copy.meta = dict(node.meta)
        return copy

    def graph_copy(self, g: Graph, val_map: dict[Node, Any], return_output_node: bool = False) -> Any:
        """Copy all nodes of another graph here, but for those that `val_map` has, and note the copies in it.

        Returns:
            The value of the output; with its node, if `return_output_node`.
        """
        for node in g.nodes:
            if node in val_map:
                continue
            if node.op == "output":
                value = map_arg(node.args[0], lambda one: val_map[one])
                return (value, node) if return_output_node else value
            val_map[node] = self.node_copy(node, lambda one: val_map[one])
        return None

    def __deepcopy__(self, memo: Any = None) -> Graph:
        copy = Graph(tracer_cls=self._tracer_cls)
        found = copy.graph_copy(self, {}, return_output_node=True)
        if found is not None:
            result, old = found
            copy.output(result, type_expr=old.type).meta = dict(old.meta)
        return copy

    def erase_node(self, to_erase: Node) -> None:
        """Take a node out.

        Raises:
            RuntimeError: if something uses it, or it is another graph's.
        """
        if to_erase.users:
            raise RuntimeError(
                f"Tried to erase Node {to_erase} but it still had {len(to_erase.users)} users in the graph: "
                f"{to_erase.users}!"
            )
        if to_erase.graph is not self:
            raise RuntimeError(f"Attempting to remove {to_erase} from wrong graph!")
        if to_erase._erased:
            return
        to_erase._unlink()
        to_erase._erased = True
        self._len -= 1
        to_erase.args, to_erase.kwargs = (), {}

    def inserting_before(self, n: Node | None = None) -> _InsertPoint:
        """A block whose new nodes go before a node; by default, to the beginning."""
        if n is None:
            return self.inserting_after(self._root)
        assert n.graph is self, "Node to insert before is not in graph."
        return _InsertPoint(self, n.prepend)

    def inserting_after(self, n: Node | None = None) -> _InsertPoint:
        """A block whose new nodes go after a node; by default, to the end."""
        if n is None:
            return self.inserting_before(self._root)
        assert n.graph is self, "Node to insert after is not in graph."
        return _InsertPoint(self, n.append)

    def eliminate_dead_code(self, is_impure_node: Callable[[Node], bool] | None = None) -> bool:
        """Take out what nothing uses; whether there was anything."""
        self.lint()
        before = self._len
        for node in reversed(self.nodes):
            impure = node.is_impure() if is_impure_node is None else is_impure_node(node)
            if not impure and not node.users:
                self.erase_node(node)
        return self._len < before

    def lint(self) -> None:
        """Check that each node stands after those that it uses, and that there are the modules and attributes.

        Raises:
            RuntimeError: for a node that is not this graph's, comes too late, or has a name that another has.
        """
        seen: set[Node] = set()
        names: set[str] = set()
        for node in self.nodes:
            if node.graph is not self:
                raise RuntimeError(f"Node '{node}' does not belong to this Graph!")
            for one in node.all_input_nodes:
                if one.graph is not self:
                    raise RuntimeError(f"Argument '{one}' of Node '{node}' does not belong to this Graph, ")
                if one not in seen:
                    raise RuntimeError(
                        f"Argument '{one}' of Node '{node}' was used before it has been defined! Please check that "
                        f"Nodes in the graph are topologically ordered\n{self}"
                    )
            seen.add(node)
            if node.name in names:
                raise RuntimeError(f"Node redefined name {node.name}!")
            names.add(node.name)
            if self.owning_module is not None and node.op in ("get_attr", "call_module"):
                of, parts = self.owning_module, node.target.split(".")
                for place, part in enumerate(parts):
                    if not hasattr(of, part):
                        where = ".".join(parts[:place])
                        raise RuntimeError(
                            f"Node {node} target {node.target} references nonexistent attribute {part} of {where}"
                        )
                    of = getattr(of, part)

    def python_code(self, root_module: str, *, verbose: bool = False, **_: Any) -> PythonCode:
        """The function in Python.

        Args:
            root_module: what the module is called in it.
            verbose: without effect.
        """
        return CodeGen().written(self, root_module)

    def print_tabular(self) -> None:
        """Print the nodes as a table, which ``tabulate`` makes.

        Raises:
            ImportError: where that is not installed.
        """
        with contextlib.suppress(ImportError):
            from tabulate import tabulate

            rows = [[one.op, one.name, _shown(one.target), one.args, one.kwargs] for one in self.nodes]
            print(tabulate(rows, headers=["opcode", "name", "target", "args", "kwargs"]))
            return
        print(
            "`print_tabular` relies on the library `tabulate`, which could not be found on this machine. Run `pip "
            "install tabulate` to install the library."
        )
        raise ImportError("No module named 'tabulate'")

    def __str__(self) -> str:
        return "\n    ".join(["graph():", *(one.format_node() for one in self.nodes)])
