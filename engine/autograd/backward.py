"""The backward pass.

From the roots, count how many edges lead to each node; then run the nodes, each when all its gradients have
arrived, the last recorded first.  That is torch's order, so hooks fire and sums add up as in torch.  There is
no recursion: a chain of a million nodes runs.

What concerns every operation is done here, once, where a gradient passes from one node to the next: summing
down to the shape that was broadcast, the cast to the dtype of the input, real gradients for real inputs.

Source: "How autograd encodes the history" and the multithreading section of torch's autograd notes.
"""

from __future__ import annotations

import heapq
import sys
import threading
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from sys import getrefcount
from typing import Any

import numpy as np

from ..layout import contiguous_format, element_strides
from ..opaque_array import HollowArray, OpaqueArray
from ..pending_array import PendingArray
from ..quiet import run as quiet
from ..quiet import safely
from ..sparse_array import SparseArray
from ..tensor import Tensor, check_allocated, type_text, wrap
from ..warning import warn
from .anomaly import ANOMALY, check_nan, report
from .logs import is_logging, log_nodes
from .modes import FORMULA, GRAD, LAYOUT, NO_OVERRIDES, STATE
from .node import AccumulateGrad, Edge, Node
from .views import bump

_accumulating = threading.Lock()
_CURRENT: ContextVar[_Pass] = ContextVar("current_pass")
_EVALUATING: ContextVar[Node | None] = ContextVar("evaluating", default=None)

_COUNTS_ARE_KNOWN = sys.version_info < (3, 14)
"""Whether the numbers of references in this file are right; later interpreters borrow them where these count them."""


def run(
    roots: Sequence[Edge],
    gradients: Sequence[Tensor],
    *,
    retain_graph: bool,
    create_graph: bool,
    targets: Sequence[Edge] | None = None,
    accumulate: bool = True,
) -> list[Tensor | None]:
    """Send the roots' gradients through the graph.

    Args:
        roots: where to start.
        gradients: one per root, of the root's shape.
        retain_graph: keep what the nodes saved.
        create_graph: record the pass itself, so that it can be differentiated.
        targets: if given, only nodes on a way to these run, and the gradients that reach them are returned.
        accumulate: add the gradients that reach leaves to their ``.grad``.

    Returns:
        The gradient that reached each target, None where none did; empty without targets.
    """
    task = _Pass(retain_graph, create_graph, accumulate, targets, count_dependencies(roots))
    task.only_root = roots[0][0] if len(roots) == 1 else None
    handles = log_nodes(task.dependencies) if is_logging() else ()
    grad_mode, outer, taken = GRAD.set(create_graph), _CURRENT.set(task), NO_OVERRIDES.set(True)
    try:
        task.run(roots, gradients)
    finally:
        GRAD.reset(grad_mode)
        _CURRENT.reset(outer)
        NO_OVERRIDES.reset(taken)
        for handle in handles:
            handle.remove()
        for callback in task.callbacks:
            callback()
    return [task.captured[target] for target in targets or ()]


def current_pass() -> _Pass:
    """The innermost pass that runs in this thread; for hooks.

    Raises:
        LookupError: outside of a pass.
    """
    return _CURRENT.get()


def evaluating() -> Node | None:
    """The node that this thread is running in anomaly mode."""
    return _EVALUATING.get()


def count_dependencies(roots: Sequence[Edge]) -> dict[Node, int]:
    """Every node that the roots reach, with the number of edges that lead to it from reached nodes."""
    dependencies = {node: 0 for node, _ in roots}
    stack = list(dependencies)
    while stack:
        for edge in stack.pop()._edges:
            if edge is not None:
                node = edge[0]
                if node in dependencies:
                    dependencies[node] += 1
                else:
                    dependencies[node] = 1
                    stack.append(node)
    return dependencies


def leading_to(nodes: dict[Node, int], targets: set[Node]) -> set[Node]:
    """Those of ``nodes`` that have an edge, or a way of edges, to a target."""
    consumers: dict[Node, list[Node]] = {}
    for node in nodes:
        for edge in node._edges:
            if edge is not None:
                consumers.setdefault(edge[0], []).append(node)
    found: set[Node] = set()
    stack = [consumer for node in targets for consumer in consumers.get(node, ())]
    while stack:
        node = stack.pop()
        if node not in found:
            found.add(node)
            stack.extend(consumers.get(node, ()))
    return found


class _Pass:
    """One backward pass: what was asked for, and what has arrived where."""

    __slots__ = (
        "__weakref__", "accumulate", "buffers", "callbacks", "captured", "create_graph", "dependencies", "executed",
        "only_root", "retain_graph", "targets",
    )  # fmt: skip

    def __init__(
        self,
        retain_graph: bool,
        create_graph: bool,
        accumulate: bool,
        targets: Sequence[Edge] | None,
        dependencies: dict[Node, int],
    ) -> None:
        self.retain_graph, self.create_graph, self.accumulate = retain_graph, create_graph, accumulate
        self.dependencies = dependencies
        self.only_root: Node | None = None
        self.callbacks: list[Callable[[], None]] = []
        self.buffers: dict[Node, Any] = {}  # a gradient; a list, one per output, for nodes that take all
        self.captured: dict[Edge, Tensor | None] = dict.fromkeys(targets or ())
        self.targets = None if targets is None else {node for node, _ in targets}
        self.executed = None if self.targets is None else leading_to(dependencies, self.targets)

    def run(self, roots: Sequence[Edge], gradients: Sequence[Tensor]) -> None:
        """Run the nodes in order until none is ready."""
        gradient: Any
        buffers, dependencies = self.buffers, self.dependencies
        plain = self.targets is None and not (ANOMALY.enabled or self.create_graph)
        release = not self.retain_graph
        for (root, nr), initial in zip(roots, gradients, strict=True):
            self.add_to_buffer(root, nr, initial)
        starts = [root for root in dict.fromkeys(root for root, _ in roots) if dependencies[root] == 0]
        ready = [(-root._seq, order, root) for order, root in enumerate(starts)]
        heapq.heapify(ready)
        order = len(ready)
        node: Node | None = None
        while node is not None or ready:
            if node is None:
                node = heapq.heappop(ready)[2]
            gradient = buffers.pop(node, None)
            if plain and node._extra is None and gradient is not None and node.__class__ is not AccumulateGrad:
                results: list[Tensor | None] | None = node._apply(gradient)
                if release and node._release is not None:
                    node._release()
            else:
                results = self.evaluate(node, gradient)
                if results is None:  # a leaf
                    node = None
                    continue
            gradient = None
            follower = None  # while exactly one node is ready, it need not go through the heap
            for index, edge in enumerate(node._edges):
                if edge is None:
                    continue
                target = edge[0]
                count = dependencies[target] - 1
                if results and (found := results[index]) is not None:
                    results[index] = None
                    if target._more is not None:
                        found = fit(found, *target._more[edge[1]], node, index)
                    elif found._array.shape != target._shape or found._dtype is not target._dtype:
                        found = fit(found, target._shape, target._dtype, node, index)
                    if target._takes_all:
                        self.add_to_buffer(target, edge[1], found)
                    else:
                        if target in buffers:
                            found = self.sum(buffers.pop(target), found)
                        if not count and plain and target.__class__ is AccumulateGrad and is_bare(target):
                            accumulate_grad(target, found, False, 4)  # it would be the next one anyway
                            found = None
                            continue
                        buffers[target] = found
                    found = None
                if count:
                    dependencies[target] = count
                else:
                    order += 1
                    if follower is None and not ready:
                        follower = target
                    else:
                        if follower is not None:
                            heapq.heappush(ready, (-follower._seq, order - 1, follower))
                            follower = None
                            order += 1
                        heapq.heappush(ready, (-target._seq, order, target))
            node, results = follower, None

    def add_to_buffer(self, node: Node, nr: int, gradient: Tensor) -> None:
        """Add a gradient to what has arrived for output ``nr`` of a node."""
        buffers = self.buffers
        if not node._takes_all:
            buffers[node] = self.sum(buffers.pop(node), gradient) if node in buffers else gradient
            return
        arrived = buffers.get(node)
        if arrived is None:
            arrived = buffers[node] = [None] * (1 if node._more is None else len(node._more))
        if arrived[nr] is None:
            arrived[nr] = gradient
        else:
            arrived.append(arrived[nr])  # so that only the sum holds it
            arrived[nr] = None
            arrived[nr] = self.sum(arrived.pop(), gradient)

    def sum(self, arrived: Tensor, gradient: Tensor) -> Tensor:
        """Add a gradient to one that has arrived before, in its memory if nothing else can see that."""
        if self.create_graph or arrived._dtype is not gradient._dtype or STATE.unusual:
            return arrived + gradient
        array = arrived._array
        if isinstance(array, OpaqueArray) or isinstance(gradient._array, OpaqueArray):
            return total(arrived, gradient)
        # `arrived` is held by the parameter and the argument of getrefcount.  Torch's views hold their bases.
        if (
            getrefcount(arrived) <= 2
            and arrived._view is None
            and arrived._extra is None
            and is_unshared(arrived, array)
        ):
            add_in_place(arrived, gradient._array)
            return arrived
        return wrap(np.asanyarray(add(array, gradient._array)), arrived._dtype)

    def evaluate(self, node: Node, gradient: Any) -> list[Tensor | None] | None:
        """Run one node on what has arrived, with its hooks.  Where nothing has, those of functions and hooks that users
        wrote run nevertheless.

        Returns:
            The gradients of its inputs, empty if there are none; None for a leaf.
        """
        is_target = self.targets is not None and node in self.targets
        is_executed = self.will_execute(node)
        if gradient is None and node._takes_all:
            gradient = [None] * len(node._more or (node._shape,))
        if is_target or is_executed or node is self.only_root:
            gradient = run_tensor_hooks(node, gradient)
        if is_target and not self.accumulate:
            self.capture(node, gradient)
        is_leaf = node.__class__ is AccumulateGrad
        if not is_executed:
            return None if is_leaf else []
        if node._extra is not None:
            gradient = run_pre_hooks(node, gradient)
        results: list[Tensor | None] = []
        if is_leaf:
            if gradient is not None:
                accumulate_grad(node, gradient, self.create_graph, 5)  # type: ignore[arg-type]
            elif (extra := node.variable._extra) and extra.post_accumulate_hooks:  # type: ignore[attr-defined]
                run_post_accumulate_hooks(node.variable, extra.post_accumulate_hooks)  # type: ignore[attr-defined]
        elif not node._is_users and (all(g is None for g in gradient) if node._takes_all else gradient is None):
            results = [None] * len(node._edges)
        else:
            results = self.apply(node, gradient)
        if node._extra is not None and node._extra.post_hooks:
            results = run_post_hooks(node, results, gradient)
        if not self.retain_graph and node._release is not None:
            node._release()
        return None if is_leaf else results

    def apply(self, node: Node, gradient: Any) -> list[Tensor | None]:
        """The gradients of the node's inputs; in anomaly mode, errors and NaN are traced to the forward call."""
        if not ANOMALY.enabled:
            if not self.create_graph or node._is_users:
                return node._apply(gradient)
            in_formula = FORMULA.set(True)
            try:
                return node._apply(gradient)
            finally:
                FORMULA.reset(in_formula)
        token = _EVALUATING.set(node)
        try:
            results = node._apply(gradient)
            if ANOMALY.check_nan:
                check_nan(node, results)
        except Exception:
            report(node)
            raise
        finally:
            _EVALUATING.reset(token)
        return results

    def will_execute(self, node: Node) -> bool:
        """Whether this pass runs the node, rather than just passing it by or stopping at it."""
        if self.executed is None or self.targets is None:
            return node in self.dependencies
        return (node in self.executed and node.__class__ is not AccumulateGrad) or (
            self.accumulate and node in self.targets
        )

    def will_reach(self, node: Node) -> bool:
        """What torch answers a hook that asks whether this pass gets to the node: not to the root, if that is alone.

        Raises:
            RuntimeError: for a leaf whose gradient is returned rather than accumulated.
        """
        if self.executed is None or self.targets is None:
            return node in self.dependencies and node is not self.only_root
        if node in self.targets and node.__class__ is AccumulateGrad and not self.accumulate:
            raise RuntimeError(
                "A leaf node was passed to _will_engine_execute_node but we are currently running autograd.grad(). "
                "This is currently not supported."
            )
        return node in self.executed or node in self.targets

    def at_end(self, callback: Callable[[], None]) -> None:
        """Call this when the pass is over, also if it fails."""
        self.callbacks.append(callback)

    def capture(self, node: Node, gradient: Any) -> None:
        """Keep what has arrived at a target for the caller."""
        outputs = gradient if node._takes_all and gradient is not None else [gradient]
        for nr, found in enumerate(outputs):
            if (node, nr) in self.captured:
                self.captured[node, nr] = found


def total(first: Tensor, second: Tensor) -> Tensor:
    """The sum of two gradients of which one is sparse."""
    if isinstance(first._array, SparseArray) and not isinstance(second._array, SparseArray):
        first, second = second, first
    return first + second


def is_unshared(gradient: Tensor, array: np.ndarray) -> bool:
    """Whether nothing but this tensor, and the caller's variable, sees the memory of its array."""
    # References to the array: the tensor's slot, the caller's variable, the parameter, the argument of getrefcount.
    if not _COUNTS_ARE_KNOWN or getrefcount(array) > 4 or array.__class__ is PendingArray:
        return False
    owner = array.base
    if owner is None:
        return True
    if owner.__class__ is not np.ndarray or owner.base is not None or owner.size != array.size:
        return array.__class__ is not np.ndarray  # one without elements (meta.py)
    # References to the owner of a view's memory: the view, the variable, the argument; and the view's base tensor,
    # if only the view holds that.
    view = gradient._view
    held = 4 if view is not None and view.base._array is owner and getrefcount(view.base) <= 2 else 3
    return getrefcount(owner) <= held


_add: Callable[..., np.ndarray] = np.add


def add(*arrays: np.ndarray) -> np.ndarray:
    """Sum of two arrays of one dtype, into a third if it is given."""
    try:
        return quiet(_add, *arrays)
    except RuntimeError:  # another thread is in the quiet context
        return safely(_add, *arrays)


def add_in_place(accumulated: Tensor, array: np.ndarray) -> None:
    """``accumulated += array``, unrecorded."""
    into = accumulated._array
    add(into, array, into)
    bump(accumulated)


def fit(gradient: Tensor, shape: tuple[int, ...], dtype: Any, node: Node, index: int) -> Tensor:
    """Fit a gradient to the input that it belongs to: shape, real or complex, dtype.

    Raises:
        RuntimeError: if the shapes do not go together, or a user's gradient is complex and the input is not.
    """
    found = gradient._array.shape
    if found != shape:
        if not is_expandable(shape, found):
            raise RuntimeError(
                f"Function {node.name()} returned an invalid gradient at index {index} - got {list(found)} but "
                f"expected shape compatible with {list(shape)}"
            )
        gradient = sum_to(gradient, shape)
    if dtype is not None and gradient._dtype is not dtype:
        if node._is_users and not gradient._dtype.is_floating_point and gradient._dtype.is_complex != dtype.is_complex:
            raise RuntimeError(
                "Expected isFloatingType(grad.scalar_type()) || (input_is_complex == grad_is_complex) to be true, but "
                "got false.  (Could this error message be improved?  If so, please report an enhancement request to "
                "PyTorch.)"
            )
        if gradient._dtype.is_complex and not dtype.is_complex:
            gradient = gradient.real
        gradient = gradient.to(dtype)
    return gradient


def is_expandable(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """Whether a tensor of ``shape`` broadcasts to ``to``."""
    if len(shape) > len(to):
        return False
    return all(n in (1, m) for n, m in zip(reversed(shape), reversed(to), strict=False))


def sum_to(gradient: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The reverse of broadcasting: sum over the dimensions that were added or stretched."""
    if not shape:
        return gradient.sum()
    found = gradient._array.shape
    leading = len(found) - len(shape)
    dims = [*range(leading)]
    dims += [leading + i for i, n in enumerate(shape) if n == 1 and found[leading + i] != 1]
    summed = gradient.sum(dims, True) if dims else gradient
    return summed.view(shape) if leading else summed


def run_tensor_hooks(node: Node, gradient: Any) -> Any:
    """The hooks of the tensors that are the node's outputs, then those that retain their gradients."""
    if node.__class__ is AccumulateGrad:
        hooks = node.variable._make_extra().hooks
        for hook in list(hooks.values()) if hooks else ():
            gradient = hooked(hook, gradient)
        return gradient
    extra = node._extra
    if extra is None or not (extra.tensor_hooks or extra.retain_hooks):
        return gradient
    gradients = gradient if node._takes_all else [gradient]
    for nr, hooks in list(extra.tensor_hooks.items()):
        for hook in list(hooks.values()):
            gradients[nr] = hooked(hook, gradients[nr])
    for nr, retain in list(extra.retain_hooks.items()):
        if gradients[nr] is not None:
            retain(gradients[nr])
    return gradients if node._takes_all else gradients[0]


NO_REPLACEMENT = "can't replace a None gradient with a non-None value"


def run_pre_hooks(node: Node, gradient: Any) -> Any:
    """The node's hooks on what has arrived, each seeing the last one's result."""
    assert node._extra is not None
    gradients = gradient if node._takes_all else [gradient]
    for hook in list(node._extra.pre_hooks.values()):
        replaced = hook(tuple(gradients))
        if replaced is not None:
            gradients = replacement(hook, replaced, gradients)
    return gradients if node._takes_all else gradients[0]


def replacement(hook: Any, replaced: Any, given: list[Tensor | None]) -> list[Tensor | None]:
    """What a node's hook returned, in place of what it was given.

    Raises:
        TypeError: unless it is a tuple of tensors and None.
        RuntimeError: for another number of them, for a tensor of another dtype or shape, or in place of None.
    """
    if not isinstance(replaced, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(replaced).__name__}'")
    if len(replaced) != len(given):
        name = getattr(hook, "__name__", "")
        raise RuntimeError(
            f"hook '{name}' has returned an incorrect number of values (got {len(replaced)}, but expected {len(given)})"
        )
    for before, one in zip(given, replaced, strict=True):
        if one is not None and not isinstance(one, Tensor):
            raise TypeError(f"expected Variable, but hook returned '{type(one).__name__}'")
        if one is not None and before is not None and one is not before:
            check_returned(hook, before, one)
        if one is not None and before is None:
            raise RuntimeError(NO_REPLACEMENT)
    return list(replaced)


def hooked(hook: Any, gradient: Tensor | None) -> Tensor | None:
    """The gradient after a tensor hook: what the hook returned, if it returned something."""
    replaced = hook(gradient)
    if replaced is None:
        return gradient
    if gradient is None:
        raise RuntimeError(NO_REPLACEMENT)
    check_returned(hook, gradient, replaced)
    return replaced


def check_returned(hook: Any, given: Tensor, returned: Any) -> None:
    """Refuse what a hook returned if it cannot stand for what the hook was given.

    Raises:
        TypeError: for anything but a tensor.
        RuntimeError: for a tensor of another dtype, device, layout or shape.
    """
    if not isinstance(returned, Tensor):
        raise TypeError(f"expected Variable, but hook returned '{type(returned).__name__}'")
    name = getattr(hook, "__name__", "")
    in_one_place = returned.device is given.device and returned.layout is given.layout
    if returned._dtype is not given._dtype or not in_one_place:
        types = (type_text(one._array, one._dtype) for one in (given, returned))
        raise RuntimeError("hook '{}' has changed the type of value (was {} got {})".format(name, *types))
    if returned.shape != given.shape:
        raise RuntimeError(f"hook '{name}' has changed the size of value")


def run_post_hooks(node: Node, results: list[Tensor | None], gradient: Any) -> list[Tensor | None]:
    """The node's hooks, which see the gradients of its inputs and of its outputs."""
    assert node._extra is not None
    grad_outputs = tuple(gradient) if node._takes_all else (gradient,)
    for hook in list(node._extra.post_hooks.values()):
        replaced = hook(tuple(results), grad_outputs)
        if replaced is not None:
            results = replacement(hook, replaced, results)
    return results


def is_bare(node: AccumulateGrad) -> bool:
    """Whether no hook can see what arrives at a leaf."""
    extra = node.variable._extra
    return node._extra is None and (extra is None or not (extra.hooks or extra.post_accumulate_hooks))


def accumulate_grad(node: AccumulateGrad, gradient: Tensor, create_graph: bool, held: int) -> None:
    """Add a gradient to the leaf's ``.grad``: in place, unless the pass is recorded.

    The first gradient becomes ``.grad`` itself if nothing else refers to it, and is copied otherwise, in the leaf's
    memory layout.  As in torch, its memory may be another tensor's: that of the root's gradient, of which it is a view.
    ``held`` says how many references to the gradient the frames of the pass hold.
    """
    variable = node.variable
    if not variable._requires_grad and not variable.requires_grad:
        return  # switched off since the graph was recorded
    extra = variable._extra
    with _accumulating:
        accumulated = variable._grad
        if accumulated is None:
            variable._grad = first_gradient(variable, gradient, create_graph, held)
        else:
            if accumulated._extra is not None:
                check_allocated(accumulated)
            if create_graph:
                accumulated = variable._grad = accumulated + gradient
            elif isinstance(accumulated._array, SparseArray) and not isinstance(gradient._array, SparseArray):
                accumulated = variable._grad = gradient + accumulated
            elif (
                accumulated._grad_fn is None
                and not isinstance(gradient._array, OpaqueArray)
                and accumulated._array.__class__ is not PendingArray
                and accumulated._dtype is gradient._dtype
                and accumulated._array.shape == gradient._array.shape
            ):
                add_in_place(accumulated, gradient._array)
            else:
                accumulated.add_(gradient)
            if accumulated._array.strides != variable._array.strides:
                check_layout(accumulated, variable)
    if extra is not None and extra.post_accumulate_hooks is not None:
        run_post_accumulate_hooks(variable, extra.post_accumulate_hooks)


def run_post_accumulate_hooks(variable: Tensor, hooks: dict[int, Any]) -> None:
    """The leaf's hooks, which see it with what has been added to its ``.grad``."""
    passed_on = variable
    for hook in list(hooks.values()):
        if (returned := hook(passed_on)) is not None:
            check_returned(hook, passed_on, returned)
            passed_on = returned
    if passed_on is not variable:
        raise RuntimeError("Tensor post accumulate grad hooks should return None.")


def first_gradient(variable: Tensor, gradient: Tensor, create_graph: bool, held: int) -> Tensor:
    """What becomes ``.grad`` of a leaf that has none."""
    array = gradient._array
    if isinstance(array, OpaqueArray):
        if isinstance(array, HollowArray):
            return gradient if create_graph else gradient.detach()
        return gradient if create_graph else wrap(array.copy(), gradient._dtype)
    layout: tuple[int, ...] | None = variable._array.strides
    if array.strides != layout or create_graph:
        layout = dense_strides(variable._array, array.itemsize)
    if create_graph:
        if layout is None:
            return gradient.clone(memory_format=contiguous_format)
        itemsize = gradient._dtype.itemsize
        return gradient.new_empty_strided(gradient.shape, [s // itemsize for s in layout]).copy_(gradient)
    obeys = array.flags.c_contiguous if layout is None else _lies_so(gradient, layout)
    obeys = obeys or not LAYOUT.get()
    is_given = gradient._requires_grad or array.__class__ is PendingArray
    if obeys and _COUNTS_ARE_KNOWN and getrefcount(gradient) <= held and not is_given:
        gradient._view = None
        return gradient
    if layout is None:
        return wrap(array.copy(), gradient._dtype)
    if array.size:
        copied = array.__class__(array.shape, array.dtype, strides=layout)
        copied[...] = array
    else:
        copied = array.copy()
    result = wrap(copied, gradient._dtype)
    result._counter = [1]  # the copy is a write
    return result


def _lies_so(gradient: Tensor, layout: tuple[int, ...]) -> bool:
    """Whether a gradient has these strides, whatever they are along one element, but for those that are expanded."""
    array = gradient._array
    if not array.size and gradient._view is not None:  # NumPy does not tell
        base = gradient._view.base._array.shape
        if base != array.shape and is_expandable(base, array.shape):
            return False
    return all(a == b or (n == 1 and a) for n, a, b in zip(array.shape, array.strides, layout, strict=True))


def dense_strides(array: np.ndarray, itemsize: int) -> tuple[int, ...] | None:
    """The strides of a leaf, in bytes of its gradient; None if its elements overlap or have gaps between them."""
    steps = element_strides(array)
    expected = 1
    for step, n in sorted(zip(steps, array.shape, strict=True)):
        if n != 1:
            if step != expected:
                return None
            expected *= n
    return tuple(step * itemsize for step in steps)


def check_layout(gradient: Tensor, variable: Tensor) -> None:
    """Warn if an accumulated gradient does not lie in memory as its leaf, or row-major if that is not dense."""
    if isinstance(gradient._array, SparseArray):
        return
    array, shape = gradient._array, list(gradient._array.shape)
    strides, expected = list(element_strides(array)), list(element_strides(variable._array))
    if dense_strides(variable._array, 1) is None:
        obeys = array.flags.c_contiguous
    else:
        obeys = all(n == 1 or a == b for a, b, n in zip(strides, expected, shape, strict=True))
    if not obeys and array.size and LAYOUT.get():
        warn(
            "grad and param do not obey the gradient layout contract. This is not an error, but may impair performance."
            f"\ngrad.sizes() = {shape}, strides() = {strides}"
            f"\nparam.sizes() = {list(variable._array.shape)}, strides() = {expected}\n",
            once=True,
        )


def _accumulate_alone(node: AccumulateGrad, gradient: Tensor) -> list[Tensor | None]:
    """Accumulate for a caller that is no pass, and keeps the gradient."""
    accumulate_grad(node, gradient, GRAD.get(), 0)
    return []


AccumulateGrad._apply = _accumulate_alone  # type: ignore[assignment]
