"""Trees of Python's containers: dicts, lists, tuples, named tuples; anything else, None too, is a leaf.

Source: ``torch.utils._pytree``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class TreeSpec:
    """The structure of a tree: the kind of its root, what tells roots of a kind apart, its children's structures."""

    kind: Any
    context: Any = None
    children: tuple[TreeSpec, ...] = field(default=())

    @property
    def is_leaf(self) -> bool:
        """Whether this is the structure of a leaf."""
        return self.kind is None

    @property
    def num_leaves(self) -> int:
        """The number of leaves."""
        return 1 if self.is_leaf else sum(child.num_leaves for child in self.children)

    def __repr__(self, indent: int = 0) -> str:
        if self.is_leaf:
            return "*"
        head = f"TreeSpec({self.kind.__name__}, {self.context}, ["
        if not self.children:
            return f"{head}])"
        inner = f",\n{' ' * (indent + 2)}".join(child.__repr__(indent + 2) for child in self.children)
        return f"{head}{inner}])"


LEAF = TreeSpec(None)


def _children(tree: Any) -> tuple[Any, Any, list[Any]] | None:
    kind = type(tree)
    if kind in (dict, OrderedDict):
        return kind, list(tree), list(tree.values())
    if kind in (list, tuple):
        return kind, None, list(tree)
    if isinstance(tree, tuple) and hasattr(kind, "_fields"):
        return kind, kind, list(tree)
    return None


def tree_flatten(tree: Any) -> tuple[list[Any], TreeSpec]:
    """The leaves from left to right, and the structure."""
    found = _children(tree)
    if found is None:
        return [tree], LEAF
    kind, context, children = found
    leaves: list[Any] = []
    specs = []
    for child in children:
        inner, spec = tree_flatten(child)
        leaves += inner
        specs.append(spec)
    return leaves, TreeSpec(kind, context, tuple(specs))


def tree_unflatten(leaves: Iterable[Any], spec: TreeSpec) -> Any:
    """The tree of this structure with these leaves."""
    return _build(iter(leaves), spec)


def _build(leaves: Any, spec: TreeSpec) -> Any:
    if spec.is_leaf:
        return next(leaves)
    children = [_build(leaves, child) for child in spec.children]
    if spec.kind in (dict, OrderedDict):
        return spec.kind(zip(spec.context, children, strict=True))
    return spec.kind._make(children) if hasattr(spec.kind, "_make") else spec.kind(children)


def tree_map(function: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with the function applied to each leaf."""
    leaves, spec = tree_flatten(tree)
    return tree_unflatten(map(function, leaves), spec)


def tree_leaves(tree: Any) -> list[Any]:
    """The leaves from left to right."""
    return tree_flatten(tree)[0]


def broadcast_to(tree: Any, spec: TreeSpec) -> list[Any] | None:
    """One leaf of ``tree`` for each leaf of the structure: a leaf stands for all below it.  None if they do not fit."""
    found = _children(tree)
    if found is None:
        return [tree] * spec.num_leaves
    kind, context, children = found
    if spec.is_leaf or kind is not spec.kind or context != spec.context or len(children) != len(spec.children):
        return None
    leaves: list[Any] = []
    for child, inner in zip(children, spec.children, strict=True):
        part = broadcast_to(child, inner)
        if part is None:
            return None
        leaves += part
    return leaves
