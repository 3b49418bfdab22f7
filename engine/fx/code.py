"""Graphs as Python.  Source: ``torch.fx.graph``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .names import GLOBALS, Namespace, is_torchs, qualified_name, torch, type_name
from .node import Node, map_arg

if TYPE_CHECKING:
    from .graph import Graph

MAGIC = {
    "eq": "{} == {}", "ne": "{} != {}", "lt": "{} < {}", "gt": "{} > {}", "le": "{} <= {}", "ge": "{} >= {}",
    "pos": "+{}", "neg": "-{}", "invert": "~{}", "getitem": "{}[{}]", "add": "{} + {}", "sub": "{} - {}",
    "mul": "{} * {}", "floordiv": "{} // {}", "truediv": "{} / {}", "mod": "{} % {}", "lshift": "{} << {}",
    "rshift": "{} >> {}", "and_": "{} & {}", "or_": "{} | {}", "xor": "{} ^ {}", "matmul": "{} @ {}",
    "pow": "{} ** {}",
}  # fmt: skip
"""The functions of ``operator`` that are written as operators."""
_IN_PLACE = {
    "iadd": "+=", "isub": "-=", "imul": "*=", "ifloordiv": "//=", "itruediv": "/=", "imod": "%=", "ilshift": "<<=",
    "irshift": ">>=", "iand": "&=", "ior": "|=", "ixor": "^=", "imatmul": "@=", "ipow": "**=",
}  # fmt: skip


@dataclass
class PythonCode:
    """A function in Python, and what it sees.

    Args:
        src: the text.
        globals: the values of the names in it.
    """

    src: str
    globals: dict[str, Any]


@dataclass
class CodeGen:
    """The writer of one function."""

    names: Namespace = field(default_factory=Namespace)
    globals: dict[str, Any] = field(default_factory=lambda: dict(GLOBALS))
    wrapped: dict[str, None] = field(default_factory=dict)
    parameters: list[str] = field(default_factory=list)
    returned: str = ""

    def __post_init__(self) -> None:
        self.globals["device"] = torch().device

    def written(self, graph: Graph, root: str) -> PythonCode:
        """The function ``forward`` that runs a graph; ``root`` is what the module is called in it."""
        last_uses = _last_uses(graph)
        body: list[str] = []
        for node in graph.nodes:
            line = self._line(node, root)
            if line is None:
                continue
            if node.op not in ("placeholder", "output"):
                done = [*last_uses.get(node, ()), *([] if node.users else [node])]
                if done:
                    line += f";  {' = '.join(map(repr, done))} = None"
            body.append(line)
        head = f"def forward({', '.join(['self', *self.parameters])}){self.returned}:"
        code = "\n".join(f"    {line}" for line in [*(body or ["pass"]), ""])
        wraps = "\n".join(f'torch.fx._symbolic_trace.wrap("{name}")' for name in self.wrapped)
        return PythonCode(f"\n{wraps}\n\n{head}\n{code}", self.globals)

    def _line(self, node: Node, root: str) -> str | None:
        kind = "" if node.type is None else f" : {self._type(node.type)}"
        args, kwargs = node.args, node.kwargs
        match node.op:
            case "placeholder":
                default = f" = {args[0]!r}" if args else ""
                self.parameters.append(f"{node.target}{kind}{default}")
                given = node.target.replace("*", "")
                return None if given == repr(node) else f"{node!r} = {given}"
            case "get_attr":
                return f"{node!r}{kind} = {_attribute(root, node.target)}"
            case "call_module":
                return f"{node!r}{kind} = {_attribute(root, node.target)}({self._arguments(args, kwargs)})"
            case "call_method":
                of = _attribute(self._value(args[0]), node.target)
                return f"{node!r}{kind} = {of}({self._arguments(args[1:], kwargs)})"
            case "output":
                self.returned = "" if node.type is None else f" -> {self._type(node.type)}"
                return f"return {self._value(args[0])}"
        return self._call(node, kind)

    def _call(self, node: Node, kind: str) -> str:
        target, args = node.target, node.args
        values = [self._value(one) for one in args]
        if target.__module__ == "_operator" and target.__name__ in MAGIC:
            return f"{node!r}{kind} = {MAGIC[target.__name__].format(*values)}"
        if target.__module__ == "_operator" and target.__name__ in _IN_PLACE:
            return f"{values[0]} {_IN_PLACE[target.__name__]} {values[1]};  {node!r}{kind} = {values[0]}"
        name = self._global(qualified_name(target), target)
        if name == "getattr" and len(args) == 2 and isinstance(args[1], str) and args[1].isidentifier():
            return f"{node!r}{kind} = {_attribute(values[0], args[1])}"
        if node.meta.get("is_wrapped"):
            self.wrapped.setdefault(name)
        return f"{node!r}{kind} = {name}({self._arguments(args, node.kwargs)})"

    def _arguments(self, args: tuple, kwargs: dict[str, Any]) -> str:
        return ", ".join([*map(self._value, args), *(f"{key} = {self._value(one)}" for key, one in kwargs.items())])

    def _value(self, value: Any) -> str:
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            parts = ", ".join(map(self._value, value))
            return f"{self._global(qualified_name(type(value)), type(value))}({parts})"
        if isinstance(value, tuple):
            return f"({', '.join(map(self._value, value))}{',' if len(value) == 1 else ''})"
        if isinstance(value, list):
            return f"[{', '.join(map(self._value, value))}]"
        if isinstance(value, dict):
            return f"{{{', '.join(f'{key!r}: {self._value(one)}' for key, one in value.items())}}}"
        if isinstance(value, slice):
            return f"slice({self._value(value.start)}, {self._value(value.stop)}, {self._value(value.step)})"
        if isinstance(value, type) or (callable(value) and hasattr(value, "__name__")):
            return self._global(qualified_name(value), value)
        return repr(value)

    def _type(self, kind: Any) -> str:
        if isinstance(kind, type):
            return type_name(kind) if kind.__module__ == "builtins" else self._global(type_name(kind), kind)
        return self._global(type_name(kind), kind)

    def _global(self, name: str, value: Any) -> str:
        if is_torchs(value) and name.startswith("torch."):
            return name
        if name.isidentifier() and name not in self.globals:
            return name  # of builtins
        given = self.names.create_name(name.replace(".", "_"), value)
        self.globals[given] = value
        return given


for _shown in (PythonCode, CodeGen):  # after their making, which looks at the module that they are in
    _shown.__module__ = "torch.fx.graph"


def _attribute(of: str, name: str) -> str:
    for part in name.split("."):
        of = f"{of}.{part}" if part.isidentifier() else f'getattr({of}, "{part}")'
    return of


def _last_uses(graph: Graph) -> dict[Node, list[Node]]:
    """For each node, the values that nothing needs after it."""
    last: dict[Node, Node] = {}
    found: dict[Node, list[Node]] = {}
    for user in reversed(graph.nodes):

        def note(value: Node, user: Node = user) -> Node:
            if value not in last:
                last[value] = user
                found.setdefault(user, []).append(value)
            return value

        map_arg(user.args, note)
        map_arg(user.kwargs, note)
    return found
