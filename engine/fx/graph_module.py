"""A module that runs the code of a graph.  Source: ``torch.fx.GraphModule``."""

from __future__ import annotations

import copy
import itertools
import linecache
import re
from typing import Any

from ..nn.modules.module import Module
from ..nn.parameter import Parameter
from ..tensor import Tensor
from .code import PythonCode
from .graph import Graph
from .names import GLOBALS, shape_text

_KEYS = itertools.count()


def _function(code: str, names: dict[str, Any], origin: str = "") -> Any:
    """The function ``forward`` of a text; tracebacks show its lines, and where it comes from."""
    key = f"<eval_with_key>.{next(_KEYS)}{origin}"
    linecache.cache[key] = (len(code), None, code.splitlines(keepends=True), key)
    found = dict(names)
    exec(compile(code, key, "exec"), found)
    return found["forward"]


def _copy_attr(source: Module, to: Module, target: str) -> None:
    """Let a module have what another has by a name, through modules that are made where there are none."""
    *path, name = target.split(".")
    for part in path:
        following = getattr(source, part)
        if getattr(to, part, None) is following:
            return
        if not hasattr(to, part):
            setattr(to, part, Module())
        source, to = following, getattr(to, part)
    value = getattr(source, name)
    if isinstance(value, Tensor) and not isinstance(value, Parameter):
        to.register_buffer(name, value)
    else:
        setattr(to, name, value)


class GraphModule(Module):
    """A module whose ``forward`` is the code of a graph.

    Args:
        root: the module that has what the graph needs, or a dict of that by name.
        graph: the graph.
        class_name: what the module's class is called.

    Raises:
        RuntimeError: for a dict without something that the graph needs, or another root.
    """

    __module__ = "torch.fx.graph_module"

    def __new__(cls, *args: Any, **kwargs: Any) -> GraphModule:
        for base in cls.__mro__:
            qualname = f"{base.__module__}.{base.__qualname__}"
            if qualname == "torch.fx.graph_module.GraphModule":
                break

        class GraphModuleImpl(cls):  # type: ignore[valid-type, misc]
            """The class of this module alone, which has its code."""

        GraphModuleImpl.__module__ = "torch.fx.graph_module"
        return super().__new__(GraphModuleImpl)

    def __init__(self, root: Any, graph: Graph, class_name: str = "GraphModule") -> None:
        super().__init__()
        type(self).__name__ = class_name
        needed = [node.target for node in graph.nodes if node.op in ("get_attr", "call_module")]
        if isinstance(root, Module):
            self.training = root.training
            for target in needed:
                _copy_attr(root, self, target)
        elif isinstance(root, dict):
            for target in needed:
                if target not in root:
                    raise RuntimeError(
                        f"Node {target} referenced target {target} but that target was not provided in ``root``!"
                    )
            for target in sorted(set(needed), key=lambda one: one.count(".")):
                self._assign(target, root[target])
        else:
            raise RuntimeError(f"Unsupported type {root} passed for root!")
        self.graph = graph
        self.meta: dict[str, Any] = {}

    def _assign(self, target: str, value: Any) -> None:
        *path, name = target.split(".")
        of: Module = self
        for part in path:
            if not hasattr(of, part):
                setattr(of, part, Module())
            of = getattr(of, part)
        if isinstance(value, Tensor) and not isinstance(value, Parameter):
            of.register_buffer(name, value)
        else:
            setattr(of, name, value)

    @property
    def graph(self) -> Graph:
        """The graph; setting it writes the code anew."""
        return self._graph

    @graph.setter
    def graph(self, g: Graph) -> None:
        if not isinstance(g, Graph):
            raise AssertionError(f"Expected a Graph instance, but got {type(g)}")
        self._graph = g
        g.owning_module = self
        self.recompile()

    @property
    def code(self) -> str:
        """The code as it was last written."""
        return self._code

    def recompile(self) -> PythonCode:
        """Write the code of the graph as it is now, and run that from now on."""
        written = self._graph.python_code("self")
        self._code = written.src
        type(self).forward = _function(written.src, written.globals, self._graph.origin)
        return written

    def add_submodule(self, target: str, m: Module) -> bool:
        """Put a module at a place, through modules that are made where there are none; whether that could be done."""
        *path, name = target.split(".")
        of: Any = self
        for part in path:
            if not hasattr(of, part):
                setattr(of, part, Module())
            of = getattr(of, part)
            if not isinstance(of, Module):
                return False
        of.add_module(name, m)
        return True

    def delete_submodule(self, target: str) -> bool:
        """Take the module at a place out; whether there was one."""
        *path, name = target.split(".")
        of: Any = self
        for part in path:
            of = getattr(of, part, None)
            if not isinstance(of, Module):
                return False
        if not isinstance(getattr(of, name, None), Module):
            return False
        delattr(of, name)
        return True

    def delete_all_unused_submodules(self) -> None:
        """Take out all modules that the graph does not call or read."""
        used: set[str] = set()
        for node in self._graph.nodes:
            if node.op in ("call_module", "get_attr"):
                parts = node.target.split(".")
                used |= {".".join(parts[: n + 1]) for n in range(len(parts))}
                if node.op == "call_module":
                    inner = dict(self.named_modules()).get(node.target)
                    used |= {f"{node.target}.{name}" for name, _ in inner.named_modules()} if inner else set()
        for name in [name for name, _ in self.named_modules() if name and name not in used]:
            self.delete_submodule(name)

    def print_readable(self, print_output: bool = True, *_: Any, **__: Any) -> str:
        """The code within a class, printed unless told otherwise."""
        head, *lines = self._typed_code().strip("\n").splitlines()
        lines = [head, "    # No stacktrace found for following nodes", *lines]
        body = "\n".join(f"    {line}" if line else line for line in lines)
        text = f"class {type(self).__name__}(torch.nn.Module):\n{body.rstrip()}\n"
        if print_output:
            print(text)
        return text

    def _typed_code(self) -> str:
        """The code, with the dtypes and shapes of values that are known."""
        known = {repr(node): shape_text(node.meta["val"]) for node in self._graph.nodes if "val" in node.meta}
        if not known:
            return self._code
        inputs = {repr(node) for node in self._graph.nodes if node.op == "placeholder"}

        def typed(name: re.Match) -> str:
            return f'{name[0]}: "{known[name[0]]}"' if name[0] in known else name[0]

        head, *lines = self._code.strip("\n").splitlines()
        head = re.sub(r"\w+", lambda name: typed(name) if name[0] in inputs else name[0], head)
        return "\n".join([head, *(re.sub(r"(?<=^    )\w+(?= = )", typed, line) for line in lines)])

    def __str__(self) -> str:
        hint = "# To see more debug info, please use `graph_module.print_readable()`"
        return "\n".join([super().__str__(), self._code, hint])

    def _copied(self, members: dict[str, Any]) -> GraphModule:
        holder = Module()
        holder.__dict__.update(members)
        made = GraphModule(holder, copy.deepcopy(self._graph))
        made.__dict__.update({key: value for key, value in members.items() if key not in made.__dict__})
        for name, module in self._modules.items():
            if name not in made._modules:
                made._modules[name] = holder._modules.get(name, module)
        made.training, made.meta = self.training, dict(self.meta)
        return made

    def _members(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key not in ("_graph", "_code")}

    def __deepcopy__(self, memo: Any) -> GraphModule:
        return self._copied(copy.deepcopy(self._members(), memo))

    def __copy__(self) -> GraphModule:
        return self._copied(self._members())

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _restored, (self._members(), self._code, self._wrapped_names())

    def _wrapped_names(self) -> dict[str, Any]:
        """What the code sees besides torch."""
        known = {*GLOBALS, "device"}
        found = self._graph.python_code("self").globals
        return {name: value for name, value in found.items() if name not in known}


def _restored(members: dict[str, Any], code: str, names: dict[str, Any]) -> GraphModule:
    """A module that was pickled: its code, traced again with all modules as calls."""
    from .tracer import Tracer

    class Kept(Tracer):
        """Takes every module for one call."""

        def is_leaf_module(self, m: Module, module_qualified_name: str) -> bool:
            return True

    class Holder(Module):
        """Has the members, and the code."""

    holder = Holder()
    holder.__dict__.update(members)
    from ..device import device

    Holder.forward = _function(code, {**GLOBALS, "device": device, **names})
    made = GraphModule(holder, Kept().trace(holder))
    made.training = holder.training
    return made
