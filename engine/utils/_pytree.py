"""``torch.utils._pytree``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .pytree import TreeSpec as TreeSpec
from .pytree import tree_flatten as tree_flatten
from .pytree import tree_leaves as tree_leaves
from .pytree import tree_map as tree_map
from .pytree import tree_unflatten as tree_unflatten

PyTree = Any


def tree_iter(tree: Any) -> Iterator[Any]:
    """The leaves from left to right, one by one."""
    yield from tree_leaves(tree)


def tree_structure(tree: Any) -> TreeSpec:
    """The structure of a tree."""
    return tree_flatten(tree)[1]


def tree_map_only(kind: Any, function: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with the function applied to each leaf of a type, or of one of several."""
    return tree_map(lambda leaf: function(leaf) if isinstance(leaf, kind) else leaf, tree)


def tree_all(predicate: Callable[[Any], bool], tree: Any) -> bool:
    """Whether it holds for all leaves."""
    return all(map(predicate, tree_leaves(tree)))


def tree_any(predicate: Callable[[Any], bool], tree: Any) -> bool:
    """Whether it holds for a leaf."""
    return any(map(predicate, tree_leaves(tree)))
