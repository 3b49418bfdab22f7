"""Live objects as plain data, by duck typing: whatever has torch's attributes is seen as torch's tensors are.

Nothing here changes what it looks at, and nothing warns: `.grad` of a tensor that keeps none is not read.
"""

from __future__ import annotations

import base64
import hashlib
import types
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from conformance.targets.protocol import (
    OF_A_TENSOR,
    Array,
    ArrayState,
    Graph,
    Mapping_,
    Node,
    Opaque,
    Scalar,
    Sequence,
    TensorState,
    Value,
)
from conformance.targets.sanitise import sanitise

ELEMENTS = 1 << 16
"""How many elements of an array are kept."""
NODES = 1 << 12
"""How many nodes of a graph are kept."""
ITEMS = 1 << 10
"""How many items of a list or a dict are kept."""
BYTES = 1 << 14
"""How many bytes of a bytes object are kept: the text of many megabytes takes seconds."""
DIGESTED = 1 << 20
"""How many bytes of one are told apart by their digest: a list of them may fill the memory."""
DEPTH = 8
"""How deep lists, dicts and gradients of gradients are followed."""


def observe(value: Any) -> Value:
    """`value` as plain data; see the module."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _observe(value, DEPTH)


def _observe(value: Any, depth: int) -> Value:
    if value is None or type(value) in (bool, int, float, complex):
        return Scalar(type(value).__name__, repr(value))
    if isinstance(value, str):
        return Scalar(type(value).__name__, sanitise(value))
    if own := getattr(type(value), "observed_state", None):
        return own(value)
    if depth and is_tensor(value):
        return tensor_state(value, depth)
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biufc":
        return ArrayState(type(value).__name__, array(value, str(value.dtype)))
    if depth and isinstance(value, list | tuple):
        items = tuple(_observe(item, depth - 1) for item in value[:ITEMS])
        return Sequence(type(value).__name__, items, max(0, len(value) - ITEMS))
    if depth and isinstance(value, Mapping):
        pairs = [(_repr(key), _observe(value[key], depth - 1)) for key in list(value)[:ITEMS]]
        return Mapping_(type(value).__name__, tuple(pairs), max(0, len(value) - ITEMS))
    if is_node(value):
        return Node(graph(value))
    if isinstance(value, _FUNCTIONS):
        return Opaque("function", sanitise(value.__name__))
    return Opaque(type(value).__name__, _repr(value))


def _repr(value: Any) -> str:
    if isinstance(value, type):
        return value.__qualname__
    if type(value).__repr__ is object.__repr__ or callable(getattr(value, "__get__", None)):
        name = getattr(value, "__qualname__", "")
        return sanitise(name) if isinstance(name, str) else ""
    if type(value).__name__ == "module":
        return ""  # the name and the file are the target's own
    if type(value) in (bytes, bytearray) and len(value) > BYTES:
        digest = hashlib.sha256(value[:DIGESTED]).hexdigest()[:12]
        return f"{sanitise(repr(value[:BYTES]))}\n[{len(value) - BYTES} more bytes, sha256 of the first MiB {digest}]"
    try:
        return sanitise(repr(value))
    except Exception as error:
        return f"repr raised {type(error).__name__}"


_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType)
"""Functions and methods of classes, whether they are written in Python or in C."""


# --- tensors --------------------------------------------------------------------------------------


def is_tensor(value: Any) -> bool:
    """Whether `value` has what torch's tensors have."""
    if isinstance(value, type):
        return False
    own = getattr(value, "__dict__", ())
    return all(name in own or hasattr(type(value), name) for name in OF_A_TENSOR)


def tensor_state(tensor: Any, depth: int = DEPTH) -> TensorState:
    """A tensor and, as deep as `depth`, its gradients."""
    error = ""
    try:
        requires_grad, is_leaf, grad_fn = bool(tensor.requires_grad), bool(tensor.is_leaf), tensor.grad_fn
    except RuntimeError as raised:  # a view that an in-place change has made invalid has no place in a graph
        requires_grad, is_leaf, grad_fn, error = False, False, None, sanitise(str(raised))
    keeps = not error and (is_leaf or getattr(tensor, "retains_grad", False))
    grad = tensor.grad if depth and keeps else None
    return TensorState(
        type=type(tensor).__name__,
        dtype=str(tensor.dtype).rpartition(".")[2],
        shape=tuple(int(size) for size in tensor.shape),
        device=str(getattr(tensor, "device", "cpu")),
        layout=str(getattr(tensor, "layout", "strided")).rpartition(".")[2],
        requires_grad=requires_grad,
        is_leaf=is_leaf,
        version=_or_none(lambda: int(tensor._version)),  # inference tensors do not track it
        values=_or_none(lambda: _elements(tensor)),
        grad=None if grad is None else tensor_state(grad, depth - 1),
        graph=None if grad_fn is None else graph(grad_fn),
        error=error,
    )


def _or_none(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (RuntimeError, NotImplementedError, TypeError, AttributeError):
        return None


def _elements(tensor: Any) -> Array:
    """The elements of a tensor of any layout and device, through NumPy where it has the dtype."""
    dtype = str(tensor.dtype).rpartition(".")[2]
    tensor = tensor.detach()
    # A copy, for torch never resizes memory again that NumPy has seen.
    for name in ("cpu", "to_dense", "resolve_conj", "resolve_neg", "clone"):
        if step := getattr(tensor, name, None):
            tensor = step()
    try:
        elements = tensor.numpy()
    except (TypeError, AttributeError):  # without `numpy`, or of a dtype without a NumPy twin: exactly, as numbers
        elements = np.array(tensor.tolist())
    if elements.dtype.kind not in "biufc":  # NumPy extended by ml_dtypes
        elements = elements.astype(np.float64)
    return array(elements, dtype)


def array(elements: Any, dtype: str) -> Array:
    """A NumPy array as data that keeps every bit."""
    flat = np.ascontiguousarray(elements).reshape(-1)
    flat = flat.astype(flat.dtype.newbyteorder("<"), copy=False)
    step = max(1, -(-flat.size // ELEMENTS))
    return Array(
        dtype=dtype,
        shape=tuple(np.shape(elements)),
        stored=flat.dtype.str,
        data=base64.b64encode(flat[::step].tobytes()).decode(),
        step=step,
        digest=hashlib.sha256(flat.tobytes()).hexdigest() if step > 1 else "",
    )


# --- graphs ---------------------------------------------------------------------------------------


def is_node(value: Any) -> bool:
    """Whether `value` has what the nodes of torch's graphs have."""
    if isinstance(value, type):
        return False
    return hasattr(value, "next_functions") and callable(getattr(value, "name", None))


def graph(root: Any) -> Graph:
    """Everything behind `root` through `next_functions`, breadth first."""
    nodes: list[Any] = [root]  # also keeps them alive, so that an identity means one node
    index = {id(root): 0}
    seen: list[tuple[str, tuple[tuple[int, int] | None, ...]]] = []
    cut = False
    for node in nodes:
        edges: list[tuple[int, int] | None] = []
        for following, number in node.next_functions:
            if following is not None and id(following) not in index and len(nodes) < NODES:
                index[id(following)] = len(nodes)
                nodes.append(following)
            cut = cut or (following is not None and id(following) not in index)
            edges.append(None if id(following) not in index else (index[id(following)], int(number)))
        seen.append((node.name().rpartition("::")[2], tuple(edges)))
    return Graph(tuple(seen), cut)
