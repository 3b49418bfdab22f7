"""The recorded graph as text, for terminals that cannot show pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from .reading import inputs, is_tensor, node_name, shape_text


def text_tree(root: Any, params: dict[str, Any] | None = None, depth: int = 20) -> str:
    """The nodes behind a tensor or below a node, as an indented tree.

    With ``y = x**2``, that of ``y * w + y`` is::

        AddBackward0
        ├─ MulBackward0
        │  ├─ PowBackward0 #1
        │  │  └─ AccumulateGrad x (2)
        │  └─ AccumulateGrad w (2)
        └─ PowBackward0 #1, above

    Nodes that are reached more than once have a number, and what is below them is shown once.

    Args:
        root: a tensor or a node, of torch or of the engine.
        params: names to write on leaves, as in `make_dot`.
        depth: levels below the root to show; dots stand for what is deeper.
    """
    names = {id(tensor): name for name, tensor in (params or {}).items()}

    def described(tensor: Any) -> str:
        return f"{names.get(id(tensor), 'tensor')} {shape_text(tensor)}"

    node = root.grad_fn if is_tensor(root) else root
    if node is None:
        return f"{described(root)} has no grad_fn"
    lines: list[tuple[str, Any, str]] = []
    expanded = set()
    stack = [(node, "", "", depth)]
    while stack:
        node, branch, margin, below = stack.pop()
        following = inputs(node)
        if node in expanded:
            lines.append((branch, node, ", above" if following else ""))
        elif following and not below:
            lines.append((branch, node, " ..."))
        else:
            lines.append((branch, node, ""))
            expanded.add(node)
            last = len(following) - 1
            for index in range(last, -1, -1):  # the stack gives back the first one first
                corner, bar = ("└─ ", "   ") if index == last else ("├─ ", "│  ")
                stack.append((following[index], margin + corner, margin + bar, below - 1))
    return "\n".join(_written(lines, described))


def _written(lines: list[tuple[str, Any, str]], described: Callable[[Any], str]) -> Iterator[str]:
    """Lines of text, from the branch, the node and the remark of each."""
    times = Counter(node for _, node, _ in lines)
    numbers: dict[Any, int] = {}
    for branch, node, remark in lines:
        text = branch + node_name(node)
        if hasattr(node, "variable"):
            text += f" {described(node.variable)}"
        if times[node] > 1:
            text += f" #{numbers.setdefault(node, len(numbers) + 1)}"
        yield text + remark
