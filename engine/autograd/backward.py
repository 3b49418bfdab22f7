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
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from sys import getrefcount
from typing import Any

import numpy as np

from ..dtypes import float32, float64
from ..kernels.sums import add_up
from ..opaque_array import OpaqueArray
from ..quiet import safely
from ..sparse_array import SparseArray
from ..tensor import Tensor, wrap
from ..tensor_base import UNFOLLOWED
from .accumulation import accumulate_grad, add, add_in_place, addend, is_bare, is_expandable, is_unshared
from .anomaly import ANOMALY, check_nan, report
from .forward_ad import FORWARD
from .hooks import run_post_accumulate_hooks, run_post_hooks, run_pre_hooks, run_tensor_hooks
from .levels import LEVELS
from .logs import is_logging, log_nodes
from .modes import FORMULA, GRAD, NO_OVERRIDES, STATE, WATCHERS, Overrides
from .node import AccumulateGrad, Edge, Node

_CURRENT: ContextVar[_Pass] = ContextVar("current_pass")
_EVALUATING: ContextVar[Node | None] = ContextVar("evaluating", default=None)


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


def _unpack_all(node: Node) -> None:
    """Read what the node has saved, as torch does before it looks at the gradient.

    Raises:
        RuntimeError: if that has been freed, or modified.
    """
    for name in dir(node) if node._release is not None else ():
        if name.startswith("_saved_"):
            getattr(node, name)


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
        "marks_formulas", "only_root", "retain_graph", "targets",
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
        self.marks_formulas = create_graph or STATE.unusual or Overrides.offer is not None  # for who records or watches
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
        plain = self.targets is None and not (ANOMALY.enabled or self.marks_formulas)
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
                        if (
                            not count
                            and plain
                            and target.__class__ is AccumulateGrad
                            and is_bare(target)
                            and follower.__class__ is not AccumulateGrad
                            and not (ready and ready[0][2].__class__ is AccumulateGrad)
                        ):
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
        if self.create_graph or arrived._dtype is not gradient._dtype:
            return arrived + gradient
        if STATE.unusual and (WATCHERS.get() or LEVELS.get() or FORWARD.level is not None):
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
            add_in_place(arrived, gradient)
            return arrived
        if arrived._extra is not None and arrived._extra.is_zero:  # nobody has allocated it: it adds no 0.0 to a -0.0
            return arrived if gradient._is_zerotensor() else gradient.clone()
        if array.strides != gradient._array.strides or arrived._view is UNFOLLOWED:
            return arrived + gradient  # which lies in memory as the first, not as NumPy has it
        return wrap(np.asanyarray(add(array, addend(gradient))), arrived._dtype)

    def evaluate(self, node: Node, gradient: Any) -> list[Tensor | None] | None:
        """Run one node on what has arrived, with its hooks.  Where nothing has, those of functions and hooks that users
        wrote run nevertheless.  In anomaly mode, errors and NaN are traced to the forward call.

        Returns:
            The gradients of its inputs, empty if there are none; None for a leaf.
        """
        try:
            is_target = self.targets is not None and node in self.targets
            is_executed = self.will_execute(node)
            if gradient is None and node._takes_all:
                gradient = [None] * len(node._more or (node._shape,))
            arrived = id(gradient)  # which the caller holds, too
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
                    held = 5 if id(gradient) == arrived else 4
                    accumulate_grad(node, gradient, self.create_graph, held)  # type: ignore[arg-type]
                elif (extra := node._variable._extra) and extra.post_accumulate_hooks:  # type: ignore[attr-defined]
                    run_post_accumulate_hooks(node._variable, extra.post_accumulate_hooks)  # type: ignore[attr-defined]
            elif not node._is_users and (all(g is None for g in gradient) if node._takes_all else gradient is None):
                _unpack_all(node)
                results = [None] * len(node._edges)
            else:
                results = self.apply(node, gradient)
            if node._extra is not None and node._extra.post_hooks:
                results = run_post_hooks(node, results, gradient)
            if not self.retain_graph and node._release is not None:
                node._release()
            return None if is_leaf else results
        except Exception:
            if ANOMALY.enabled:
                report(node)
            raise

    def apply(self, node: Node, gradient: Any) -> list[Tensor | None]:
        """The gradients of the node's inputs; in anomaly mode, NaN among them is an error."""
        if not ANOMALY.enabled:
            return self._by_formula(node, gradient)
        token = _EVALUATING.set(node)
        try:
            results = self._by_formula(node, gradient)
            if ANOMALY.check_nan:
                check_nan(node, results)
        finally:
            _EVALUATING.reset(token)
        return results

    def _by_formula(self, node: Node, gradient: Any) -> list[Tensor | None]:
        if not self.marks_formulas or node._is_users:
            return node._apply(gradient)
        in_formula = FORMULA.set(True)
        try:
            return node._apply(gradient)
        finally:
            FORMULA.reset(in_formula)

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
        if node is self.only_root or node not in self.dependencies:
            return False
        if self.executed is None or self.targets is None:
            return True
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


def as_real(gradient: Tensor, dtype: Any) -> Tensor:
    """The gradient of an input of this dtype: of a real one without its imaginary part."""
    return gradient.real if dtype is not None and gradient._dtype.is_complex and not dtype.is_complex else gradient


def fit(gradient: Tensor, shape: tuple[int, ...], dtype: Any, node: Node, index: int) -> Tensor:
    """Fit a gradient to the input that it belongs to: shape, real or complex, dtype.

    Raises:
        RuntimeError: if the shapes do not go together, or the gradient is complex, the input real, and that is refused.
    """
    if node._makes_real:
        gradient = as_real(gradient, dtype)
    found = gradient._array.shape
    if found != shape:
        if not is_expandable(shape, found):
            raise RuntimeError(
                f"Function {node.name()} returned an invalid gradient at index {index} - got {list(found)} but "
                f"expected shape compatible with {list(shape)}"
            )
        gradient = sum_to(gradient, shape)
    if dtype is not None and gradient._dtype is not dtype:
        is_same_kind = gradient._dtype.is_floating_point or gradient._dtype.is_complex == dtype.is_complex
        if not (is_same_kind or node._makes_real):
            raise RuntimeError(
                "Expected isFloatingType(grad.scalar_type()) || (input_is_complex == grad_is_complex) to be true, but "
                "got false.  (Could this error message be improved?  If so, please report an enhancement request to "
                "PyTorch.)"
            )
        if gradient._dtype.is_complex and not dtype.is_complex:  # of a user's
            gradient = gradient.real
        gradient = gradient.to(dtype)
    return gradient


_SUMMED = (float32, float64)
"""Dtypes whose sums, if nobody records or watches them, need no operation."""


def sum_to(gradient: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The reverse of broadcasting: sum over the dimensions that were added or stretched."""
    if not shape:
        return gradient.sum()
    found = gradient._array.shape
    leading = len(found) - len(shape)
    dims = [*range(leading)]
    dims += [leading + i for i, n in enumerate(shape) if n == 1 and found[leading + i] != 1]
    array = gradient._array
    if not dims:
        summed = gradient
    elif array.__class__ is np.ndarray and gradient._dtype in _SUMMED and not (GRAD.get() or STATE.unusual):
        summed = wrap(safely(add_up, array, tuple(dims), True), gradient._dtype)
    else:
        summed = gradient.sum(dims, True)
    return summed.view(shape) if leading else summed
