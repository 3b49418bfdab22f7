"""Trees of Python's containers: dicts, lists, tuples, named tuples, what operations with several results return, and
classes that are registered; anything else, None too, is a leaf.

Source: ``torch.utils._pytree``.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..layout import Size
from ..return_types import StructSequence
from ..warning import warn

Flatten = Callable[[Any], tuple[list[Any], Any]]


@dataclasses.dataclass(frozen=True, slots=True)
class SequenceKey:
    """A place in a sequence."""

    idx: int

    def __str__(self) -> str:
        return f"[{self.idx!r}]"

    def get(self, sequence: Sequence[Any]) -> Any:
        """What is there."""
        return sequence[self.idx]


@dataclasses.dataclass(frozen=True, slots=True)
class MappingKey:
    """A key of a mapping."""

    key: Any

    def __str__(self) -> str:
        return f"[{self.key!r}]"

    def get(self, mapping: Mapping[Any, Any]) -> Any:
        """What is there."""
        return mapping[self.key]


@dataclasses.dataclass(frozen=True, slots=True)
class GetAttrKey:
    """The name of an attribute."""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"

    def get(self, obj: Any) -> Any:
        """What is there."""
        return getattr(obj, self.name)


class NodeDef(NamedTuple):
    """How objects of a type are taken apart and put together.

    `flatten_fn` gives the children and what tells two objects with such children apart, `unflatten_fn` makes an object
    of both, `flatten_with_keys_fn` gives each child with its key, as a pair.
    """

    type: type[Any]
    flatten_fn: Flatten
    unflatten_fn: Callable[[Iterable[Any], Any], Any]
    flatten_with_keys_fn: Flatten | None


def _sequence(kind: Any, context: Callable[[Any], Any], build: Callable[[Iterable[Any], Any], Any]) -> NodeDef:
    def with_keys(tree: Any) -> tuple[list[Any], Any]:
        return [(SequenceKey(i), child) for i, child in enumerate(tree)], context(tree)

    return NodeDef(kind, lambda tree: (list(tree), context(tree)), build, with_keys)


def _mapping(
    kind: Any, context: Callable[[Any], Any] = list, build: Callable[[Iterable[Any], Any], Any] | None = None
) -> NodeDef:
    def with_keys(tree: Any) -> tuple[list[Any], Any]:
        return [(MappingKey(key), child) for key, child in tree.items()], context(tree)

    def put_together(children: Iterable[Any], keys: Any) -> Any:
        return kind(zip(keys, children, strict=True))

    return NodeDef(kind, lambda tree: (list(tree.values()), context(tree)), build or put_together, with_keys)


def _named_with_keys(tree: Any) -> tuple[list[Any], Any]:
    return [(GetAttrKey(name), child) for name, child in zip(tree._fields, tree, strict=True)], type(tree)


SUPPORTED_NODES: dict[Any, NodeDef] = {
    one.type: one
    for one in (
        _sequence(tuple, lambda tree: None, lambda children, _: tuple(children)),
        _sequence(list, lambda tree: None, lambda children, _: list(children)),
        _mapping(dict),
        NodeDef(
            namedtuple,  # type: ignore[arg-type]  # stands for the classes that it makes
            lambda tree: (list(tree), type(tree)),
            lambda children, kind: kind(*children),
            _named_with_keys,
        ),
        _mapping(OrderedDict),
        _mapping(
            defaultdict,
            lambda tree: [tree.default_factory, list(tree)],
            lambda children, context: defaultdict(context[0], zip(context[1], children, strict=True)),
        ),
        _sequence(deque, lambda tree: tree.maxlen, lambda children, maxlen: deque(children, maxlen=maxlen)),
    )
}
"""The types of what is no leaf."""
STANDARD_DICT_TYPES = frozenset({dict, OrderedDict, defaultdict})
BUILTIN_TYPES = frozenset(SUPPORTED_NODES)
SUPPORTED_NODES[Size] = _sequence(Size, lambda tree: None, lambda children, _: tuple(children))


def is_namedtuple_class(cls: Any) -> bool:
    """Whether a class is a named tuple."""
    return (
        isinstance(cls, type)
        and issubclass(cls, tuple)
        and not issubclass(cls, StructSequence)
        and isinstance(getattr(cls, "_fields", None), tuple)
        and callable(getattr(cls, "_make", None))
        and callable(getattr(cls, "_asdict", None))
    )


def node_type(tree: Any) -> Any:
    """The type that stands for a tree's root in `SUPPORTED_NODES`; of a leaf, its class."""
    kind = type(tree)
    if kind in SUPPORTED_NODES or not issubclass(kind, tuple):
        return kind
    if is_namedtuple_class(kind):
        return namedtuple
    if issubclass(kind, StructSequence):
        SUPPORTED_NODES[kind] = _sequence(kind, lambda tree: None, lambda children, _: kind(children))
    return kind


def register(
    cls: type[Any], flatten_fn: Flatten, unflatten_fn: Callable[..., Any], flatten_with_keys_fn: Flatten | None
) -> None:
    """Take objects of a class as nodes from now on; a class that was registered is taken in the new way."""
    if cls in SUPPORTED_NODES:
        warn(f"{cls} is already registered as pytree node. Overwriting the previous registration.")
    SUPPORTED_NODES[cls] = NodeDef(cls, flatten_fn, unflatten_fn, flatten_with_keys_fn)


class TreeSpec:
    """The structure of a tree: the type of its root, what tells roots of a type apart, its children's structures."""

    __slots__ = ("_children", "context", "num_children", "num_leaves", "num_nodes", "type")

    def __init__(self, type: Any, context: Any, children_specs: list[TreeSpec]) -> None:
        self.type, self.context, self._children = type, context, children_specs
        self.num_children = len(children_specs)
        self.num_nodes: int = 1 + sum(child.num_nodes for child in children_specs)
        self.num_leaves: int = 1 if type is None else sum(child.num_leaves for child in children_specs)

    def is_leaf(self) -> bool:
        """Whether this is the structure of a leaf."""
        return self.type is None

    def children(self) -> list[TreeSpec]:
        """The structures of the children."""
        return self._children.copy()

    def child(self, index: int) -> TreeSpec:
        """The structure of one child."""
        return self._children[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TreeSpec):
            return NotImplemented
        return self is other or (
            self.type is other.type and self.context == other.context and self._children == other._children
        )

    def __hash__(self) -> int:
        context = self.context if self.type is None or self.type in (tuple, list, deque, namedtuple) else None
        return hash((self.type, context, self.num_leaves, tuple(self._children)))

    def __repr__(self, indent: int = 0) -> str:
        if self.type is None:
            return "*"
        inner = f",\n{' ' * (indent + 2)}".join(child.__repr__(indent + 2) for child in self._children)
        return f"TreeSpec({self.type.__name__}, {self.context}, [{inner}])"

    def unflatten(self, leaves: Iterable[Any]) -> Any:
        """The tree of this structure with these leaves.

        Raises:
            ValueError: for another number of leaves.
        """
        given = leaves if isinstance(leaves, (list, tuple)) else list(leaves)
        if len(given) != self.num_leaves:
            raise ValueError(
                f"treespec.unflatten(leaves): `leaves` has length {len(given)} but the spec refers to a pytree that "
                f"holds {self.num_leaves} items ({self})."
            )
        return self._build(iter(given))

    def _build(self, leaves: Iterator[Any]) -> Any:
        if self.type is None:
            return next(leaves)
        children = [child._build(leaves) for child in self._children]
        return SUPPORTED_NODES[self.type].unflatten_fn(children, self.context)

    def flatten_up_to(self, tree: Any) -> list[Any]:
        """What another tree has where this one has leaves.

        Raises:
            ValueError: if it has another structure above them.
        """
        found: list[Any] = []
        self._up_to(tree, found)
        return found

    def _up_to(self, tree: Any, found: list[Any]) -> None:
        if self.type is None:
            found.append(tree)
            return
        kind = node_type(tree)
        dicts = self.type in STANDARD_DICT_TYPES and kind in STANDARD_DICT_TYPES
        what = "Node type" if self.type in BUILTIN_TYPES else "Type"
        if not dicts and kind != self.type:
            raise ValueError(f"{what} mismatch; expected {self.type!r}, but got {kind!r}.")
        children, context = SUPPORTED_NODES[kind].flatten_fn(tree)
        if len(children) != self.num_children:
            raise ValueError(f"Node arity mismatch; expected {self.num_children}, but got {len(children)}.")
        if dicts:
            children = self._in_order(tree)
        elif self.type not in BUILTIN_TYPES and context != self.context:
            raise ValueError(f"Node context mismatch for custom node type {self.type!r}.")
        elif kind is not deque and context != self.context:
            raise ValueError(
                f"Node context mismatch for node type {self.type!r}; expected {self.context!r}, but got {context!r}."
            )
        for child, spec in zip(children, self._children, strict=True):
            spec._up_to(child, found)

    def _in_order(self, tree: Mapping[Any, Any]) -> list[Any]:
        """The values of a dict by the keys of this one."""
        keys = self.context[1] if self.type is defaultdict else self.context
        missing, extra = set(keys) - set(tree), set(tree) - set(keys)
        if missing or extra:
            lacks = f"; missing key(s): {missing}" if missing else ""
            raise ValueError(f"Node keys mismatch{lacks}{f'; extra key(s): {extra}' if extra else ''}.")
        return [tree[key] for key in keys]


LEAF = TreeSpec(None, None, [])


def tree_flatten(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> tuple[list[Any], TreeSpec]:
    """The leaves from left to right, and the structure; what `is_leaf` is true of is not entered."""
    leaves: list[Any] = []
    return leaves, _flatten(tree, leaves, is_leaf)


def _flatten(tree: Any, leaves: list[Any], is_leaf: Callable[[Any], bool] | None) -> TreeSpec:
    kind = node_type(tree)
    node = None if is_leaf is not None and is_leaf(tree) else SUPPORTED_NODES.get(kind)
    if node is None:
        leaves.append(tree)
        return LEAF
    children, context = node.flatten_fn(tree)
    return TreeSpec(kind, context, [_flatten(child, leaves, is_leaf) for child in children])


def tree_unflatten(leaves: Iterable[Any], treespec: TreeSpec) -> Any:
    """The tree of this structure with these leaves.

    Raises:
        TypeError: for what is no structure.
        ValueError: for another number of leaves.
    """
    if not isinstance(treespec, TreeSpec):
        if not isinstance(leaves, TreeSpec):
            raise TypeError(
                f"Expected `treespec` to be an instance of PyTreeSpec but got item of type {type(treespec)}."
            )
        leaves, treespec = treespec, leaves
    return treespec.unflatten(leaves)


class _Asterisk(str):
    """Shown without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "*"


def treespec_pprint(treespec: TreeSpec) -> str:
    """The structure as a tree of asterisks."""
    return repr(treespec.unflatten([_Asterisk("*")] * treespec.num_leaves))


def tree_map(func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """The tree with the function applied to each leaf, and to what the others have in its place.

    Raises:
        ValueError: if another tree has another structure above these leaves.
    """
    leaves, spec = tree_flatten(tree, is_leaf)
    return spec.unflatten(list(map(func, leaves, *map(spec.flatten_up_to, rests))))


def tree_leaves(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> list[Any]:
    """The leaves from left to right."""
    return tree_flatten(tree, is_leaf)[0]


def broadcast_to(tree: Any, spec: TreeSpec) -> list[Any] | None:
    """One leaf of ``tree`` for each leaf of the structure: a leaf stands for all below it.  None if they do not fit."""
    leaves, prefix = tree_flatten(tree)
    try:
        parts = prefix.flatten_up_to(spec.unflatten([0] * spec.num_leaves))
    except ValueError:
        return None
    return [leaf for leaf, part in zip(leaves, parts, strict=True) for _ in tree_leaves(part)]
