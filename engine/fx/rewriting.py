"""Parts of graphs that are found and replaced.  Source: ``torch.fx.subgraph_rewriter``."""

from __future__ import annotations

from typing import Any, NamedTuple

from .graph import Graph
from .graph_module import GraphModule
from .node import Node
from .tracer import symbolic_trace


class Match(NamedTuple):
    """One place where a pattern was found.

    Args:
        anchor: the last node of the pattern.
        nodes_map: for each node of the pattern, the one that it is.
    """

    anchor: Node
    nodes_map: dict[Node, Node]


Match.__module__ = "torch.fx.subgraph_rewriter"


def _graph(of: Any) -> Graph:
    return of if isinstance(of, Graph) else of.graph if isinstance(of, GraphModule) else symbolic_trace(of).graph


def _match(pattern: Any, found: Any, nodes: dict[Node, Node]) -> bool:
    """Whether a value of the graph is the pattern's, and which node then is which."""
    if isinstance(pattern, Node):
        if pattern in nodes:
            return nodes[pattern] is found
        if pattern.op == "placeholder":
            nodes[pattern] = found
            return True
        if not isinstance(found, Node) or (pattern.op, pattern.target) != (found.op, found.target):
            return False
        nodes[pattern] = found
        return _match(pattern.args, found.args, nodes) and _match(pattern.kwargs, found.kwargs, nodes)
    if isinstance(pattern, (tuple, list)):
        return (
            isinstance(found, (tuple, list))
            and len(pattern) == len(found)
            and all(_match(one, two, nodes) for one, two in zip(pattern, found, strict=True))
        )
    if isinstance(pattern, dict):
        return (
            isinstance(found, dict)
            and pattern.keys() == found.keys()
            and all(_match(pattern[key], found[key], nodes) for key in pattern)
        )
    return type(pattern) is type(found) and pattern == found


def _is_closed(pattern: Graph, nodes: dict[Node, Node], anchor: Node) -> bool:
    """Whether nothing outside uses what is inside."""
    inside = {two for one, two in nodes.items() if one.op != "placeholder"}
    return all(user in inside for two in inside if two is not anchor for user in two.users)


def replace_pattern(gm: GraphModule, pattern: Any, replacement: Any) -> list[Match]:
    """Replace each part of a graph that looks like a pattern, and write the code anew.

    Args:
        gm: the module, which is changed.
        pattern: a function or a module whose graph is looked for; its inputs stand for anything.
        replacement: one of the same inputs.

    Returns:
        Where it was found.

    Source: ``torch.fx.replace_pattern``.
    """
    wanted, new = _graph(pattern), _graph(replacement)
    last = wanted.output_node().args[0]
    inputs = [one for one in wanted.nodes if one.op == "placeholder"]
    given = [one for one in new.nodes if one.op == "placeholder"]
    matches: list[Match] = []
    taken: set[Node] = set()
    for node in reversed([*gm.graph.nodes]):
        nodes: dict[Node, Node] = {}
        if not _match(last, node, nodes) or not _is_closed(wanted, nodes, node):
            continue
        inner = {two for one, two in nodes.items() if one.op != "placeholder"}
        if not inner & taken and len(nodes) >= len(inner):
            taken |= inner
            matches.append(Match(last, nodes))
    matches.reverse()
    for match in matches:
        found = match.nodes_map[match.anchor]
        values = {two: match.nodes_map[one] for one, two in zip(inputs, given, strict=True)}
        with gm.graph.inserting_before(found):
            result = gm.graph.graph_copy(new, values)
        found.replace_all_uses_with(result)
        for node in reversed([*gm.graph.nodes]):
            if node in match.nodes_map.values() and node.op != "placeholder" and not node.users:
                gm.graph.erase_node(node)
    gm.recompile()
    return matches
