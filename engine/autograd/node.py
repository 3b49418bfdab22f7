"""Nodes: the recorded operations, and the edges between them.

A node is what ``grad_fn`` shows.  Its ``_edges`` lead to the nodes of the operation's inputs, one per tensor
input: ``(node, output_nr)``, or None where the input is not tracked.  Backward calls ``_apply`` with the
gradients of the outputs and gets the gradients of the inputs.

The class of each operation's nodes is made where the operation is declared (``declare/derivative.py``).
"""

from __future__ import annotations

import itertools
import re
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, SupportsIndex

from ..device import CPU, device
from ..dtypes import dtype
from ..tensor import Tensor
from ..tensor_base import readonly
from .anomaly import ANOMALY, note_forward

Edge = tuple["Node", int]

next_sequence_nr = itertools.count().__next__
ACCUMULATE_SEQUENCE_NR = 2**64 - 1  # ahead of every recorded operation
_new = object.__new__


SHOWN = frozenset(
    {
        "_input_metadata", "_register_hook_dict", "_sequence_nr", "_set_sequence_nr", "metadata", "name",
        "next_functions", "register_hook", "register_prehook", "requires_grad", "variable",
    }
)  # fmt: skip
"""What ``dir`` lists of a node, besides what is saved: torch's attributes, not ours."""


class NodeExtra:
    """What few nodes have: hooks and the user's metadata."""

    __slots__ = ("metadata", "post_hooks", "pre_hooks", "retain_hooks", "tensor_hooks")

    def __init__(self) -> None:
        self.metadata: dict = {}
        self.pre_hooks: OrderedDict[int, Callable] = OrderedDict()
        self.post_hooks: OrderedDict[int, Callable] = OrderedDict()
        self.tensor_hooks: dict[int, OrderedDict[int, Callable]] = {}
        self.retain_hooks: dict[int, Callable] = {}


class _InputMetadata:
    """What is known of one output of the operation, which is an input of its backward."""

    __slots__ = ("_known",)
    __module__ = "torch._C._autograd"

    _known: tuple[list[int], dtype, device]

    def __init__(self, *_: object) -> None:
        raise TypeError("torch._C._autograd._InputMetadata: No constructor defined!")

    shape = property(lambda self: self._known[0])
    dtype = property(lambda self: self._known[1])
    device = property(lambda self: self._known[2])
    is_nested_tensor = is_cpp_nested_tensor = property(lambda self: False)


class RemovableHandle:
    """Removes a hook: by ``remove()``, or at the end of a ``with`` block.  Source: ``torch.utils.hooks``."""

    __module__ = "torch.utils.hooks"

    next_id: int = 0
    id: int
    hooks_dict_ref: weakref.ReferenceType[OrderedDict[int, Any]]
    extra_dict_ref: tuple[weakref.ReferenceType[OrderedDict[int, Any]], ...]

    def __init__(self, hooks_dict: Any, *, extra_dict: Any = None) -> None:
        self.hooks_dict_ref = weakref.ref(hooks_dict)
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1
        extra = () if extra_dict is None else (extra_dict,) if isinstance(extra_dict, dict) else extra_dict
        self.extra_dict_ref = tuple(map(weakref.ref, extra))

    def remove(self) -> None:
        """Remove the hook, and what is noted of it; a second call does nothing."""
        for reference in (self.hooks_dict_ref, *self.extra_dict_ref):
            found = reference()
            if found is not None:
                found.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, type: Any, value: Any, tb: Any) -> None:
        self.remove()

    def __getstate__(self) -> tuple[Any, int, tuple[Any, ...]]:
        return self.hooks_dict_ref(), self.id, tuple(reference() for reference in self.extra_dict_ref)

    def __setstate__(self, state: tuple[Any, int, tuple[Any, ...]]) -> None:
        hooks, self.id, extra = state
        alive = [OrderedDict() if one is None else one for one in (hooks, *extra)]
        self.hooks_dict_ref, *others = map(weakref.ref, alive)
        self.extra_dict_ref = tuple(others)
        RemovableHandle.next_id = max(RemovableHandle.next_id, self.id + 1)


def add_hook(
    hooks: OrderedDict[int, Callable],
    hook: Callable,
    *,
    prepend: bool = False,
    options: Sequence[OrderedDict[int, bool]] = (),
) -> RemovableHandle:
    """Add a hook and return its handle.

    Args:
        hooks: in the order in which they run.
        hook: the new one, which runs last.
        prepend: it runs first.
        options: each notes that it has this option.
    """
    handle = RemovableHandle(hooks, extra_dict=options)
    hooks[handle.id] = hook
    for option in options:
        option[handle.id] = True
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


class Node:
    """One recorded operation.

    Slots: ``_edges`` as above; ``_seq``, the order of recording; ``_shape`` and ``_dtype`` of output 0;
    ``_more``, the ``(shape, dtype)`` of every output where there are several; ``_extra``.
    """

    __slots__ = ("__weakref__", "_dtype", "_edges", "_extra", "_more", "_seq", "_shape")
    __module__ = "builtins"

    _edges: tuple[Edge | None, ...]
    _seq: int
    _shape: tuple[int, ...]
    _dtype: dtype
    _more: Sequence[tuple[tuple[int, ...], dtype]] | None
    _extra: NodeExtra | None

    _takes_all: ClassVar[bool] = False
    """``_apply`` gets the list of all outputs' gradients, None where there is none, rather than one."""
    _release: ClassVar[Callable[[Any], None] | None] = None
    """Frees what was saved; None for nodes that save no tensor, which may be run again."""
    _display_name: ClassVar[str | None] = None
    _is_users: ClassVar[bool] = False
    """``_apply`` runs the user's code, not a formula of ours."""
    _makes_real: ClassVar[bool] = True
    """Complex gradients of real inputs are made real; where torch's formulas leave that out, they are refused."""

    def __init__(self) -> None:
        raise TypeError(f"cannot create '{type(self).__name__}' instances")

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        raise TypeError(f"cannot pickle '{type(self).__name__}' object")

    def __dir__(self) -> list[str]:
        names = list(object.__dir__(self))
        return names if self._is_users else [n for n in names if n.startswith(("__", "_saved_", "_raw_")) or n in SHOWN]

    def _apply(self, grad: Any) -> list[Tensor | None]:
        """The gradients of the inputs, one per edge; the list is the caller's."""
        raise NotImplementedError

    def _output(self, nr: int) -> tuple[tuple[int, ...], dtype]:
        """Shape and dtype of output ``nr``."""
        return (self._shape, self._dtype) if self._more is None else self._more[nr]

    def _make_extra(self) -> NodeExtra:
        if self._extra is None:
            self._extra = NodeExtra()
        return self._extra

    def name(self) -> str:
        """The name of the node."""
        return self._display_name or type(self).__name__

    @readonly
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The nodes of the inputs, with the index of the output of theirs that each input was."""
        return tuple((None, 0) if edge is None else edge for edge in self._edges)

    @readonly
    def metadata(self) -> dict:
        """A dict for the user."""
        return self._make_extra().metadata

    @readonly
    def requires_grad(self) -> bool:
        """True: a recorded operation is tracked."""
        return True

    @readonly
    def _input_metadata(self) -> tuple[_InputMetadata, ...]:
        outputs = [(self._shape, self._dtype)] if self._more is None else self._more
        found = []
        for shape, d in outputs:
            one = _new(_InputMetadata)
            one._known = ([*shape], d, device_of(self) or CPU)
            found.append(one)
        return tuple(found)

    def _sequence_nr(self) -> int:
        return self._seq

    def _set_sequence_nr(self, sequence_nr: int) -> None:
        self._seq = sequence_nr

    def register_hook(self, *fn: Callable) -> RemovableHandle:
        """Call ``fn(grad_inputs, grad_outputs)`` after the node has run; a result replaces ``grad_inputs``."""
        return add_hook(self._make_extra().post_hooks, self._only("register_hook", fn))

    def register_prehook(self, *fn: Callable) -> RemovableHandle:
        """Call ``fn(grad_outputs)`` before the node runs; a result replaces ``grad_outputs``."""
        return add_hook(self._make_extra().pre_hooks, self._only("register_prehook", fn))

    def _register_hook_dict(self, variable: Tensor) -> None:
        if not isinstance(variable, Tensor):
            raise TypeError("_register_hook_dict expected a variable")
        hooks = variable._make_extra().hooks
        self._make_extra().pre_hooks.update(hooks or {})

    def _only(self, method: str, fn: tuple[Callable, ...]) -> Callable:
        """The one argument of a method of torch's that has no name.

        Raises:
            TypeError: for another number of them.
        """
        if len(fn) != 1:
            raise TypeError(f"{type(self).__name__}.{method}() takes exactly one argument ({len(fn)} given)")
        return fn[0]

    def __call__(self, *grad_outputs: Tensor | None) -> Any:
        """Apply the node to gradients of its outputs; one result comes bare, several as a tuple.

        Raises:
            TypeError: for what is no tensor, and for another number of them than the node has outputs.
        """
        for place, one in enumerate(grad_outputs):
            if one is not None and not isinstance(one, Tensor):
                raise TypeError(f"argument {place} is not a Variable")
        expected = 1 if self._more is None else len(self._more)
        if len(grad_outputs) != expected:
            raise TypeError(f"expected {expected} arguments, got {len(grad_outputs)} instead")
        if all(one is None for one in grad_outputs):
            found: tuple[Tensor | None, ...] = (None,) * len(self._edges)
        else:
            found = tuple(self._apply(list(grad_outputs) if self._takes_all else grad_outputs[0]))
        return found[0] if len(found) == 1 else found


def operation_name(node: Node) -> str:
    """What errors call the operation that a node records."""
    return re.sub(r"Backward0?(?=\d*$)", "", node.name())


class AccumulateGrad(Node):
    """Where the graph ends: adds what arrives to the leaf's ``.grad``.  A leaf has one at a time.

    The node holds its leaf, the leaf holds the node weakly: so a graph keeps its leaves alive, and a leaf
    keeps no graph.
    """

    __slots__ = ("_variable",)
    __module__ = "builtins"
    _display_name = "torch::autograd::AccumulateGrad"

    _variable: Tensor

    @readonly
    def variable(self) -> Tensor:
        """The leaf."""
        return self._variable

    @readonly
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """Empty: the graph ends here."""
        return ()


def accumulator(leaf: Tensor) -> AccumulateGrad:
    """The node that accumulates into this leaf, made on first use while a graph holds it."""
    extra = leaf._extra or leaf._make_extra()
    if extra.accumulator is not None:
        node = extra.accumulator()
        if node is not None:
            return node
    node = _new(AccumulateGrad)
    node._variable = leaf
    node._edges, node._seq = (), ACCUMULATE_SEQUENCE_NR
    node._shape = leaf._array.shape
    node._dtype = leaf._dtype if extra.grad_dtype is False else extra.grad_dtype
    node._more = node._extra = None
    extra.accumulator = weakref.ref(node)
    if ANOMALY.enabled:
        note_forward(node, None)
    return node


def edge_of(tensor: Tensor) -> Edge | None:
    """The place in the graph where this tensor's gradient goes; None if it is not tracked."""
    fn = tensor.grad_fn
    if fn is not None:
        return fn, tensor._output_nr
    if not tensor._requires_grad or (tensor._view is not None and tensor._view.borrows):
        return None
    return accumulator(tensor), 0


def device_of(node: Node) -> device | None:
    """Where the outputs of a node are; None if that cannot be told.

    Nodes do not know it: they are where the first leaf is that their gradients go to, but for copies to a device and
    what users have written.
    """
    while not isinstance(node, AccumulateGrad):
        following = next((edge for edge in node._edges if edge is not None), None)
        if following is None or node._is_users or node.name() == "ToCopyBackward0":
            return None
        node = following[0]
    return node._variable.device
