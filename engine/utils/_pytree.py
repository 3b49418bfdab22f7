"""``torch.utils._pytree``: what ``pytree.py`` does not need, besides.

Source: ``torch.utils._pytree``.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
from collections import defaultdict, deque, namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any, NamedTuple

from ..layout import Size
from ..return_types import StructSequence
from .pytree import BUILTIN_TYPES as BUILTIN_TYPES
from .pytree import LEAF, Flatten, node_type, register
from .pytree import STANDARD_DICT_TYPES as STANDARD_DICT_TYPES
from .pytree import SUPPORTED_NODES as SUPPORTED_NODES
from .pytree import GetAttrKey as GetAttrKey
from .pytree import MappingKey as MappingKey
from .pytree import NodeDef as NodeDef
from .pytree import SequenceKey as SequenceKey
from .pytree import TreeSpec as TreeSpec
from .pytree import is_namedtuple_class as is_namedtuple_class
from .pytree import tree_flatten as tree_flatten
from .pytree import tree_leaves as tree_leaves
from .pytree import tree_map as tree_map
from .pytree import tree_unflatten as tree_unflatten
from .pytree import treespec_pprint as treespec_pprint

__all__ = [
    "Context",
    "DumpableContext",
    "FlattenFn",
    "PyTree",
    "PyTreeSpec",
    "TreeSpec",
    "UnflattenFn",
    "is_namedtuple",
    "is_namedtuple_class",
    "is_namedtuple_instance",
    "is_structseq",
    "is_structseq_class",
    "is_structseq_instance",
    "key_get",
    "keystr",
    "register_pytree_node",
    "tree_all",
    "tree_all_only",
    "tree_any",
    "tree_any_only",
    "tree_flatten",
    "tree_flatten_with_path",
    "tree_is_leaf",
    "tree_iter",
    "tree_leaves",
    "tree_leaves_with_path",
    "tree_map",
    "tree_map_",
    "tree_map_only",
    "tree_map_only_",
    "tree_map_with_path",
    "tree_structure",
    "tree_unflatten",
    "treespec_dumps",
    "treespec_loads",
    "treespec_pprint",
]  # fmt: skip

Context = DumpableContext = PyTree = Any
KeyPath = tuple[Any, ...]
PyTreeSpec = TreeSpec
IsLeaf = Callable[[Any], bool] | None
FlattenFn = Flatten
UnflattenFn = Callable[[Iterable[Any], Any], Any]


class _Written(NamedTuple):
    """How the structure of a type is written as text: by which name, and its context by which functions."""

    type: Any
    name: str | None
    dump: Callable[[Any], Any] | None
    load: Callable[[Any], Any] | None


def _dump_factory(context: Any) -> dict[str, Any]:
    factory, keys = context
    return {
        "default_factory_module": factory.__module__,
        "default_factory_name": factory.__qualname__,
        "dict_context": keys,
    }


def _load_factory(written: Mapping[str, Any]) -> list[Any]:
    module = import_module(written["default_factory_module"])
    return [getattr(module, written["default_factory_name"]), written["dict_context"]]


def _no_namedtuple(context: Any) -> Any:
    raise NotImplementedError(
        f"Can't serialize TreeSpec of namedtuple class {context} because we didn't register a serializated_type_name. "
        "Please register using `_register_namedtuple`."
    )


_WRITTEN: dict[Any, _Written] = {
    kind: _Written(kind, f"{kind.__module__}.{kind.__name__}", None, None)
    for kind in BUILTIN_TYPES - {defaultdict, namedtuple}
} | {
    defaultdict: _Written(defaultdict, "collections.defaultdict", _dump_factory, _load_factory),
    namedtuple: _Written(namedtuple, "collections.namedtuple", _no_namedtuple, None),
    Size: _Written(Size, "torch.Size", None, None),
}


def register_pytree_node(
    cls: type[Any],
    flatten_fn: FlattenFn,
    unflatten_fn: UnflattenFn,
    *,
    serialized_type_name: str | None = None,
    to_dumpable_context: Callable[[Any], Any] | None = None,
    from_dumpable_context: Callable[[Any], Any] | None = None,
    flatten_with_keys_fn: FlattenFn | None = None,
) -> None:
    """Take objects of a class as nodes of trees.

    Args:
        cls: the class.
        flatten_fn: gives an object's children, and a context: all else that is needed to make it again.
        unflatten_fn: makes an object of children and context.
        serialized_type_name: what `treespec_dumps` calls the class.
        to_dumpable_context: makes of a context what JSON can hold.
        from_dumpable_context: the inverse.
        flatten_with_keys_fn: as `flatten_fn`, with a pair of key and child for each child.

    Raises:
        ValueError: if the class is registered already, or only one of the two functions for contexts is given.
    """
    if cls in SUPPORTED_NODES:
        raise ValueError(f"{cls} is already registered as pytree node.")
    _register(
        cls,
        flatten_fn,
        unflatten_fn,
        flatten_with_keys_fn,
        _Written(cls, serialized_type_name, to_dumpable_context, from_dumpable_context),
    )


def _register(
    cls: type[Any], flatten_fn: FlattenFn, unflatten_fn: UnflattenFn, with_keys: FlattenFn | None, written: _Written
) -> None:
    register(cls, flatten_fn, unflatten_fn, with_keys)
    if (written.dump is None) is not (written.load is None):
        raise ValueError(f"Both to_dumpable_context and from_dumpable_context for {cls} must be None or registered.")
    _WRITTEN[cls] = written


def register_dataclass(
    cls: type[Any],
    *,
    field_names: list[str] | None = None,
    drop_field_names: list[str] | None = None,
    serialized_type_name: str | None = None,
) -> None:
    """Take objects of a dataclass, or of a class that is made of its fields alike, as nodes of trees.

    A field that is None is no child.

    Raises:
        ValueError: if the class is none and no fields are named, or others than it has.
    """
    if dataclasses.is_dataclass(cls):
        fields = [field.name for field in dataclasses.fields(cls) if field.init]
        names = fields if field_names is None else field_names
        if field_names is not None:
            _check_fields(set(fields) - set(drop_field_names or ()), set(names))
    elif field_names is None:
        raise ValueError(
            f"field_names must be specified with a list of all fields used to initialize {cls}, as it is not a "
            "dataclass."
        )
    else:
        names = field_names

    def flatten(obj: Any) -> tuple[list[Any], Any]:
        values = {name: getattr(obj, name) for name in names}
        there = {name: value for name, value in values.items() if value is not None}
        return list(there.values()), [list(there), [name for name in names if name not in there]]

    def unflatten(children: Iterable[Any], context: Any) -> Any:
        return cls(**dict(zip(context[0], children, strict=True)), **dict.fromkeys(context[1]))

    def with_keys(obj: Any) -> tuple[list[Any], Any]:
        children, context = flatten(obj)
        return [(GetAttrKey(name), child) for name, child in zip(context[0], children, strict=True)], context[0]

    _register(cls, flatten, unflatten, with_keys, _Written(cls, serialized_type_name, None, None))


def _check_fields(has: set[str], named: set[str]) -> None:
    if has == named:
        return
    message = "field_names does not include all dataclass fields.\n"
    if missing := has - named:
        message += (
            f"Missing fields in `field_names`: {missing}. If you want to include these fields in the pytree, please "
            "add them to `field_names`, otherwise please add them to `drop_field_names`.\n"
        )
    if unexpected := named - has:
        message += (
            f"Unexpected fields in `field_names`: {unexpected}. Please remove these fields, or add them to "
            "`drop_field_names`.\n"
        )
    raise ValueError(message)


@dataclasses.dataclass(frozen=True, slots=True)
class ConstantNode:
    """The context of a node that has no children: the object itself."""

    value: Any


CONSTANT_NODES: set[type] = set()


def register_constant(cls: type[Any]) -> None:
    """Take objects of a class as nodes without leaves.

    Raises:
        TypeError: if they cannot be compared or hashed.
    """
    for method, lacks in (("__eq__", cls.__eq__ is object.__eq__), ("__hash__", cls.__hash__ is None)):
        if lacks:
            raise TypeError(f"register_constant(cls) expects `cls` to have a non-default `{method}` implementation.")

    def flatten(obj: Any) -> tuple[list[Any], Any]:
        return [], ConstantNode(obj)

    _register(cls, flatten, lambda _, context: context.value, flatten, _Written(cls, None, None, None))
    CONSTANT_NODES.add(cls)


def is_constant_class(cls: type[Any]) -> bool:
    """Whether `register_constant` was called for it."""
    return isinstance(cls, type) and cls in CONSTANT_NODES


def is_namedtuple(obj: Any) -> bool:
    """Whether it is a named tuple, or a class of them."""
    return is_namedtuple_class(obj if isinstance(obj, type) else type(obj))


def is_namedtuple_instance(obj: Any) -> bool:
    """Whether it is a named tuple."""
    return is_namedtuple_class(type(obj))


def is_structseq(obj: Any) -> bool:
    """Whether it is what an operation with several results returns, or a class of them."""
    return is_structseq_class(obj if isinstance(obj, type) else type(obj))


def is_structseq_class(cls: Any) -> bool:
    """Whether an operation with several results returns objects of this class."""
    return isinstance(cls, type) and issubclass(cls, StructSequence) and cls is not StructSequence


def is_structseq_instance(obj: Any) -> bool:
    """Whether it is what an operation with several results returns."""
    return is_structseq_class(type(obj))


def tree_is_leaf(tree: Any, is_leaf: IsLeaf = None) -> bool:
    """Whether it has no parts, or `is_leaf` says so."""
    return (is_leaf is not None and is_leaf(tree)) or node_type(tree) not in SUPPORTED_NODES


def tree_iter(tree: Any, is_leaf: IsLeaf = None) -> Iterator[Any]:
    """The leaves from left to right, one by one."""
    if tree_is_leaf(tree, is_leaf):
        yield tree
        return
    for child in SUPPORTED_NODES[node_type(tree)].flatten_fn(tree)[0]:
        yield from tree_iter(child, is_leaf)


def tree_structure(tree: Any, is_leaf: IsLeaf = None) -> TreeSpec:
    """The structure of a tree."""
    return tree_flatten(tree, is_leaf)[1]


def tree_map_(func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: IsLeaf = None) -> Any:
    """The tree itself, after the function was called with each leaf and what the others have in its place."""
    leaves, spec = tree_flatten(tree, is_leaf)
    deque(map(func, leaves, *map(spec.flatten_up_to, rests)), maxlen=0)
    return tree


def map_only(type_or_types_or_pred: Any, /) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """A decorator: the function for objects of a type, of one of several, or that fulfil a condition; others stay.

    Raises:
        TypeError: for anything else.
    """
    if isinstance(type_or_types_or_pred, (type, tuple, types.UnionType)):

        def fits(leaf: Any) -> bool:
            return isinstance(leaf, type_or_types_or_pred)

    elif callable(type_or_types_or_pred):
        fits = type_or_types_or_pred
    else:
        raise TypeError("Argument must be a type, a tuple of types, or a callable.")

    def decorate(func: Callable[[Any], Any]) -> Callable[[Any], Any]:
        @functools.wraps(func)
        def wrapped(leaf: Any) -> Any:
            return func(leaf) if fits(leaf) else leaf

        return wrapped

    return decorate


def tree_map_only(type_or_types_or_pred: Any, /, func: Callable[[Any], Any], tree: Any, is_leaf: IsLeaf = None) -> Any:
    """The tree with the function applied to each leaf that `map_only` takes."""
    return tree_map(map_only(type_or_types_or_pred)(func), tree, is_leaf=is_leaf)


def tree_map_only_(type_or_types_or_pred: Any, /, func: Callable[[Any], Any], tree: Any, is_leaf: IsLeaf = None) -> Any:
    """The tree itself, after the function was called with each leaf that `map_only` takes."""
    return tree_map_(map_only(type_or_types_or_pred)(func), tree, is_leaf=is_leaf)


def tree_all(pred: Callable[[Any], bool], tree: Any, is_leaf: IsLeaf = None) -> bool:
    """Whether it holds for all leaves."""
    return all(map(pred, tree_iter(tree, is_leaf)))


def tree_any(pred: Callable[[Any], bool], tree: Any, is_leaf: IsLeaf = None) -> bool:
    """Whether it holds for a leaf."""
    return any(map(pred, tree_iter(tree, is_leaf)))


def tree_all_only(type_or_types: Any, /, pred: Callable[[Any], bool], tree: Any, is_leaf: IsLeaf = None) -> bool:
    """Whether it holds for all leaves of a type."""
    return all(pred(leaf) for leaf in tree_iter(tree, is_leaf) if isinstance(leaf, type_or_types))


def tree_any_only(type_or_types: Any, /, pred: Callable[[Any], bool], tree: Any, is_leaf: IsLeaf = None) -> bool:
    """Whether it holds for a leaf of a type."""
    return any(pred(leaf) for leaf in tree_iter(tree, is_leaf) if isinstance(leaf, type_or_types))


def arg_tree_leaves(*args: Any, **kwargs: Any) -> list[Any]:
    """The leaves of all arguments."""
    return [leaf for tree in (*args, *kwargs.values()) for leaf in tree_iter(tree)]


def tree_leaves_with_path(tree: Any, is_leaf: IsLeaf = None) -> list[tuple[KeyPath, Any]]:
    """Each leaf, with the keys that lead to it.

    Raises:
        ValueError: if a class was registered without what gives its keys.
    """
    return list(_paths((), tree, is_leaf))


def _paths(path: tuple[Any, ...], tree: Any, is_leaf: IsLeaf) -> Iterator[tuple[KeyPath, Any]]:
    if tree_is_leaf(tree, is_leaf):
        yield path, tree
        return
    kind = node_type(tree)
    with_keys = SUPPORTED_NODES[kind].flatten_with_keys_fn
    if with_keys is None:
        raise ValueError(
            f"Did not find a flatten_with_keys_fn for type: {kind}. Please pass a flatten_with_keys_fn argument to "
            "register_pytree_node."
        )
    for key, child in with_keys(tree)[0]:
        yield from _paths((*path, key), child, is_leaf)


def tree_flatten_with_path(tree: Any, is_leaf: IsLeaf = None) -> tuple[list[tuple[KeyPath, Any]], TreeSpec]:
    """Each leaf with the keys that lead to it, and the structure."""
    return tree_leaves_with_path(tree, is_leaf), tree_structure(tree, is_leaf)


def tree_map_with_path(func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: IsLeaf = None) -> Any:
    """`tree_map` of a function that gets the keys of the place first."""
    found, spec = tree_flatten_with_path(tree, is_leaf)
    others = zip(*map(spec.flatten_up_to, rests), strict=True) if rests else ((),) * len(found)
    return spec.unflatten([func(*leaf, *other) for leaf, other in zip(found, others, strict=True)])


def keystr(kp: KeyPath) -> str:
    """Keys as they would stand behind a name: ``['a'][0].x``."""
    return "".join(map(str, kp))


def key_get(obj: Any, kp: KeyPath) -> Any:
    """What the keys lead to."""
    return functools.reduce(lambda inner, key: key.get(inner), kp, obj)


def treespec_leaf() -> TreeSpec:
    """The structure of a leaf."""
    return LEAF


def treespec_tuple(iterable: Iterable[TreeSpec] = (), /) -> TreeSpec:
    """The structure of a tuple of such trees.

    Raises:
        ValueError: for what is no structure.
    """
    children = list(iterable)
    if not all(isinstance(child, TreeSpec) for child in children):
        raise ValueError(f"Expected a tuple of TreeSpec values, got: {children!r}.")
    return TreeSpec(tuple, None, children)


def treespec_dict(
    mapping: Mapping[Any, TreeSpec] | Iterable[tuple[Any, TreeSpec]] = (), /, **kwargs: TreeSpec
) -> TreeSpec:
    """The structure of a dict of such trees.

    Raises:
        ValueError: for what is no structure.
    """
    children = dict(mapping, **kwargs)
    if not all(isinstance(child, TreeSpec) for child in children.values()):
        raise ValueError(f"Expected a dictionary of TreeSpec values, got: {children!r}.")
    return TreeSpec(dict, list(children), list(children.values()))


def treespec_dumps(treespec: TreeSpec, protocol: int | None = None) -> str:
    """The structure as JSON.

    Raises:
        NotImplementedError: for a type that was registered without a name for this.
        TypeError: for a context that JSON cannot hold, or what is no structure.
        ValueError: for another protocol than 1.
    """
    if not isinstance(treespec, TreeSpec):
        raise TypeError(f"Expected `treespec` to be an instance of PyTreeSpec but got item of type {type(treespec)}.")
    if protocol not in (None, 1):
        raise ValueError(f"Unknown protocol {protocol}. Available protocols: [1]")
    return json.dumps((1, _dumped(treespec)))


def _dumped(spec: TreeSpec) -> dict[str, Any]:
    if spec.is_leaf():
        return {"type": None, "context": None, "children_spec": []}
    written = _WRITTEN.get(spec.type)
    if written is None:
        raise NotImplementedError(f"Serializing {spec.type} in pytree is not registered.")
    if written.name is None:
        raise NotImplementedError(
            f"No registered serialization name for {spec.type} found. Please update your _register_pytree_node call "
            "with a `serialized_type_name` kwarg."
        )
    try:
        context = json.dumps(spec.context) if written.dump is None else written.dump(spec.context)
    except TypeError as error:
        raise TypeError(
            "Unable to serialize context. Please make the context json dump-able, or register a custom serializer "
            "using _register_pytree_node."
        ) from error
    return {"type": written.name, "context": context, "children_spec": list(map(_dumped, spec.children()))}


def treespec_loads(serialized: str) -> TreeSpec:
    """The structure that `treespec_dumps` has written.

    Raises:
        NotImplementedError: for a type that is not registered under this name.
        ValueError: for another protocol than 1.
    """
    protocol, written = json.loads(serialized)
    if protocol != 1:
        raise ValueError(f"Unknown protocol {protocol}. Available protocols: [1]")
    return _loaded(written)


def _loaded(written: Mapping[str, Any]) -> TreeSpec:
    name = written["type"]
    if name is None:
        return LEAF
    kind = next((one for one in _WRITTEN.values() if one.name == name), None)
    if kind is None:
        raise NotImplementedError(f"Deserializing {name} in pytree is not registered.")
    context = json.loads(written["context"]) if kind.load is None else kind.load(written["context"])
    return TreeSpec(kind.type, context, list(map(_loaded, written["children_spec"])))
