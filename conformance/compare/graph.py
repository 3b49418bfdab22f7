"""Graphs against graphs, and against the trees of a spec."""

from __future__ import annotations

from conformance.compare.difference import Difference
from conformance.spec.model import Tree
from conformance.targets.protocol import Graph

NODES = 10_000
"""How many nodes of a tree are walked; a node reached twice counts twice."""


def grad_fns(actual: Graph | None, expected: Graph | None) -> list[Difference]:
    """The graphs behind two tensors."""
    if actual is None or expected is None:
        if actual is expected:
            return []
        return [Difference("grad_fn", *("None" if each is None else each.root for each in (actual, expected)))]
    return differences(actual, expected)


def differences(actual: Graph, expected: Graph) -> list[Difference]:
    """The first node, breadth first, that has another name, other inputs, or is shared otherwise."""
    if actual.root != expected.root:
        return [Difference("grad_fn", actual.root, expected.root)]
    for index, (ours, theirs) in enumerate(zip(actual.nodes, expected.nodes, strict=False)):
        if ours != theirs:
            at = f"node {index}"
            if ours[0] != theirs[0]:
                return [Difference("graph", ours[0], theirs[0], at=at)]
            return [Difference("graph", _edges(actual, index), _edges(expected, index), at=at)]
    return []


def _edges(graph: Graph, index: int) -> str:
    name, edges = graph.nodes[index]
    inputs = ("null" if edge is None else f"{graph.nodes[edge[0]][0]}#{edge[0]}.{edge[1]}" for edge in edges)
    return f"{name}[{', '.join(inputs)}]"


def from_tree(actual: Graph | None, expected: Tree) -> list[Difference]:
    """Every place where the graph is not as the spec's tree says; a branch that differs is not followed."""
    found: list[Difference] = []
    stack: list[tuple[int | None, Tree, str]] = [(None if actual is None else 0, expected, "")]
    walked = 0
    while stack and (walked := walked + 1) < NODES:
        index, tree, at = stack.pop()
        name, inputs = _split(tree)
        node = actual.nodes[index] if actual is not None and index is not None else ("null", ())
        if node[0] != name:
            found.append(Difference("graph", node[0], name, at=at.strip()))
        elif len(node[1]) != len(inputs):
            found.append(Difference("graph", _inputs(len(node[1])), _inputs(len(inputs)), at=f"{at}{name}"))
        else:
            below = [
                (None if edge is None else edge[0], wanted, f"{at}{name}[{number}] ")
                for number, (edge, wanted) in enumerate(zip(node[1], inputs, strict=True))
            ]
            stack.extend(reversed(below))
    return found


def _split(tree: Tree) -> tuple[str, list[Tree]]:
    if isinstance(tree, dict):
        ((name, inputs),) = tree.items()
        return name, inputs
    return ("null" if tree is None else tree), []


def _inputs(count: int) -> str:
    return "1 input" if count == 1 else f"{count} inputs"


def tree_lines(graph: Graph | None, limit: int = 40) -> list[str]:
    """The graph as an indented tree of names, for a reader; a node reached twice is written twice."""
    out: list[str] = []
    stack: list[tuple[int | None, int]] = [(None if graph is None else 0, 0)]
    while stack and len(out) < limit:
        index, depth = stack.pop()
        name, edges = graph.nodes[index] if graph is not None and index is not None else ("null", ())
        out.append("  " * depth + name)
        stack.extend((None if edge is None else edge[0], depth + 1) for edge in reversed(edges))
    return [*out, "..."] if stack else out


def spec_tree_lines(tree: Tree, depth: int = 0) -> list[str]:
    """A spec's tree in the same form."""
    name, inputs = _split(tree)
    return ["  " * depth + name, *(line for below in inputs for line in spec_tree_lines(below, depth + 1))]
