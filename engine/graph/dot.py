"""Pictures of the recorded graph, statement by statement those of torchviz 0.0.3.

Source: the documentation of ``torchviz.make_dot``, and its output.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .reading import inputs, is_tensor, node_name, saved, shape_text

if TYPE_CHECKING:
    from graphviz import Digraph

_NODES = {
    "style": "filled",
    "shape": "box",
    "align": "left",
    "fontsize": "10",
    "ranksep": "0.1",
    "height": "0.2",
    "fontname": "monospace",
}


def make_dot(
    var: Any,
    params: dict[str, Any] | None = None,
    show_attrs: bool = False,
    show_saved: bool = False,
    max_attr_chars: int = 50,
) -> Digraph:
    """The graph behind a tensor, as a ``graphviz.Digraph``.

    Operations are grey; of the tensors, outputs are green, leaves that require grad blue, saved ones orange, and the
    bases of outputs that are views dark green.

    Args:
        var: an output, or a tuple of outputs.
        params: names to write on leaves.
        show_attrs: list what operations saved besides tensors.
        show_saved: draw the tensors that operations saved; those of custom functions are drawn in any case.
        max_attr_chars: where a listed value is cut off.

    Raises:
        AssertionError: if a value of `params` is not a tensor.
        ImportError: if the package graphviz is not installed.
        RuntimeError: if saved tensors are asked for and have been freed.
    """
    try:
        from graphviz import Digraph
    except ImportError as error:
        message = "make_dot needs the package graphviz: pip install autograd-conformance[viz]"
        raise ImportError(message) from error
    if not all(map(is_tensor, (params or {}).values())):
        raise AssertionError
    names = {id(tensor): name for name, tensor in (params or {}).items()}
    dot = Digraph(node_attr=_NODES, graph_attr={"size": "12,12"})
    drawing = _Drawing(dot, names, show_attrs, show_saved, max_attr_chars)
    for output in var if isinstance(var, tuple) else (var,):
        drawing.output(output, "darkolivegreen1")
    resize_graph(dot)
    return dot


def make_dot_from_trace(trace: Any) -> None:
    """Removed from torchviz, which still has the name.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError(
        "This function has been moved to pytorch core and can be found here: "
        "https://pytorch.org/docs/stable/tensorboard.html"
    )


def resize_graph(dot: Digraph, size_per_element: float = 0.15, min_size: float = 12) -> None:
    """Set the picture's size by the number of its statements."""
    size = max(min_size, len(dot.body) * size_per_element)
    dot.graph_attr.update(size=f"{size},{size}")


class _Drawing:
    """One picture in the making; objects are identified by address, so what has been drawn is kept alive."""

    def __init__(
        self, dot: Digraph, names: dict[int, str], show_attrs: bool, show_saved: bool, max_attr_chars: int
    ) -> None:
        self._dot = dot
        self._names = names
        self._show_attrs = show_attrs
        self._show_saved = show_saved
        self._max_attr_chars = max_attr_chars
        self._seen: set[Any] = set()
        self._kept: list[Any] = []

    def output(self, tensor: Any, colour: str) -> None:
        """Draw a tensor, what computed it, and the tensors of which it is a view."""
        if tensor in self._seen:
            return
        self._tensor(tensor, colour, self._names.get(id(tensor), ""))
        if tensor.grad_fn:
            self._operations(tensor.grad_fn)
            self._edge(tensor.grad_fn, tensor)
        if tensor._is_view():
            self.output(tensor._base, "darkolivegreen3")
            self._edge(tensor._base, tensor, style="dotted")

    def _operations(self, node: Any) -> None:
        """Draw a node and all behind it, depth first: `_operation` yields the nodes into which to descend."""
        stack = [self._operation(node)]
        while stack:
            for following in stack[-1]:
                stack.append(self._operation(following))
                break
            else:
                stack.pop()

    def _operation(self, node: Any) -> Iterator[Any]:
        if node in self._seen:
            return
        self._seen.add(node)
        if self._show_saved:
            for name, value in saved(node):
                self._saved(node, name, value)
        if hasattr(node, "variable"):  # it accumulates a leaf's gradient
            leaf = node.variable
            self._tensor(leaf, "lightblue", self._names.get(id(leaf), ""))
            self._edge(leaf, node)
        self._dot.node(str(id(node)), self._label(node))
        for following in inputs(node):
            self._edge(following, node)
            yield following
        for tensor in getattr(node, "saved_tensors", ()):  # of custom functions
            self._edge(tensor, node, dir="none")
            self._tensor(tensor, "orange", self._names.get(id(tensor), ""))

    def _saved(self, node: Any, name: str, value: Any) -> None:
        if is_tensor(value):
            self._edge(node, value, dir="none")
            self._tensor(value, "orange", name)
        elif isinstance(value, tuple):
            self._kept.append(value)
            for index, element in enumerate(value):
                if is_tensor(element):
                    self._edge(node, element, dir="none")
                    self._box(element, "orange", f"{name}[{index}]")

    def _label(self, node: Any) -> str:
        """The name of an operation, and as a table what it saved."""
        name = node_name(node)
        texts = {key: _text(value) for key, value in saved(node)} if self._show_attrs else {}
        if not texts:
            return name
        left = max(map(len, texts))
        right = min(max(map(len, texts.values())), max(self._max_attr_chars, 3))
        rows = [f"{key:{left}}: {_cut(text, right):>{right}}" for key, text in texts.items()]
        return "\n".join([name, "-" * max(left + right + 2, len(name)), *rows])

    def _tensor(self, tensor: Any, colour: str, name: str) -> None:
        self._seen.add(tensor)
        self._box(tensor, colour, name)

    def _box(self, tensor: Any, colour: str, name: str) -> None:
        self._dot.node(str(id(tensor)), f"{name}\n {shape_text(tensor)}", fillcolor=colour)

    def _edge(self, start: Any, end: Any, **attributes: str) -> None:
        self._dot.edge(str(id(start)), str(id(end)), **attributes)


def _text(value: Any) -> str:
    if is_tensor(value):
        return "[saved tensor]"
    if isinstance(value, tuple) and any(map(is_tensor, value)):
        return "[saved tensors]"
    return str(value)


def _cut(text: str, width: int) -> str:
    return text[: width - 3] + "..." if len(text) > width else text
