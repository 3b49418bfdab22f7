"""In-place forms: compute as the function does, write into the tensor, continue its history.

Order of the checks is torch's: may the tensor be modified at all (leaf, kind of view), do shape and dtype fit,
is its memory free of overlap.  Only then is anything written.

Source: "In-place correctness checks" in torch's autograd notes.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import dtypes
from ..autograd.forward_ad import ENABLED, FORWARD, is_active, primal_of, set_tangent, tangent_of, update_tangent
from ..autograd.levels import LEVELS, settled
from ..autograd.modes import BEFORE_WRITE, GRAD, INFERENCE, STATE, WATCHERS
from ..autograd.node import edge_of
from ..autograd.views import bump, forbid_view, rebase_history
from ..checks import broadcast
from ..device import CPU, META
from ..dtypes import DIFFERENTIABLE, can_cast
from ..layout import storage
from ..meta import MetaArray
from ..opaque_array import OpaqueArray
from ..sparse_array import SparseArray
from ..strides import is_dense
from ..tensor import Tensor, check_allocated, wrap
from ..warning import warn
from . import arguments, fast
from .overrides import NOTED, Unclaimed, overridable
from .slow import (
    cast,
    check_self,
    compute,
    following,
    is_needed,
    make_node,
    operand_dtypes,
    save,
    tensors_of,
    tracked,
    warn_of_cast,
)
from .subclasses import dispatched, dispatching

if TYPE_CHECKING:
    from ..declare.op import Op


def build(name: str, overloads: Sequence[Op], *, operator: bool = False) -> Callable[..., Tensor]:
    """The in-place method for the functional overloads of a name."""
    return fast.build(name, overloads, _as_operator if operator else _as_method, method=True, inplace=True)


def _method(name: str, overloads: Sequence[Op], args: tuple, kwargs: dict[str, Any]) -> Tensor:
    check_self(name, args)
    op, values, *_ = arguments.bind(name, overloads, args, kwargs, method=True)
    return call(op, values)


def _operator(name: str, overloads: Sequence[Op], args: tuple, kwargs: dict[str, Any]) -> Tensor:
    """As Python's operator: an operand of a wrong type is for the other operand to handle."""
    try:
        op, values, *_ = arguments.bind(name, overloads, args, kwargs, method=True)
    except TypeError:
        return NotImplemented
    try:
        return call(op, values)
    except Unclaimed:
        return NotImplemented


def function(name: str, overloads: Sequence[Op]) -> Callable[..., Tensor]:
    """The method as a function, which counts the tensor among its arguments and calls it ``input``."""
    method = getattr(Tensor, name)
    originals = {dataclasses.replace(op, out=None): op for op in overloads}

    def bound(name: str, forms: Sequence[Op], args: tuple, kwargs: dict[str, Any]) -> Tensor:
        op, values, *_ = arguments.bind(name, forms, args, kwargs, method=False)
        return call(originals[op], values)

    asking = overridable(bound, method=False)

    def given(*args: Any, **kwargs: Any) -> Tensor:
        if args and args[0].__class__ is Tensor and not kwargs:
            try:
                return method(*args)
            except TypeError:  # to be said of the function
                pass
        return asking(name, tuple(originals), args, kwargs)

    given.__name__ = given.__qualname__ = name
    return given


called = _as_method = overridable(_method, method=True)
"""Call as ``tensor.name_(...)``."""
_as_operator = overridable(_operator, method=True, operator=True)


def call(op: Op, values: Sequence[Any]) -> Tensor:
    """Run an overload and write the result into its first tensor."""
    if op.composite is not None:
        assert callable(op.inplace), op.schema.qualified
        if STATE.unusual and (levels := LEVELS.get()):
            levels[-1].check_change(op, settled(tuple(values)))
        return op.inplace(*values)
    if STATE.unusual:
        values = settled(tuple(values))
        if levels := LEVELS.get():
            return levels[-1].change(op, values)
    return modify(op, values)


def modify(op: Op, values: Sequence[Any], below: Callable[[], Tensor] | None = None) -> Tensor:
    """Check, change, record.

    Args:
        op: the operation.
        values: its parameters' values.
        below: changes the target's value at the level below, where the target belongs to a level
            (``autograd/levels.py``), and gives that value.
    """
    target, *others = values
    if op.promote.value == "none":  # what has one element is read before
        others = [one for one in others if isinstance(one, Tensor) and one._array.ndim]
    copies_itself = op.schema.name == "copy" and isinstance(values[1], Tensor) and _is_same_data(target, values[1])
    is_single = not op.view and op.sharing is None and not copies_itself
    check_may_modify(target, others=others, recorded=op.derivation is not None, single=is_single)
    if op.sharing and shares_itself(target):
        warn(op.sharing)
    if op.apart is not None and any(shares_memory(target, one) for one in values[op.apart or 1 :]):
        raise RuntimeError(OVERLAP)
    if op.out is not None and op.out.sizes is not None:
        _check_sizes(target, op.out.sizes(*values))
    if op.out is not None and op.out.follows:
        values = following(op, values, target._dtype)
    if FORWARD.level is not None and is_active():
        return _with_tangent(op, values, below)
    return _change(op, values, below)


def _with_tangent(op: Op, values: Sequence[Any], below: Callable[[], Tensor] | None) -> Tensor:
    """The same, and the tangent that follows from those of the target and of the other inputs."""
    from . import tangents

    target = values[0]
    tangents.check_formula(op, values, f"{op.schema.name.removesuffix('_')}_")
    if op.view:
        tangent = tangent_of(target)
        _change(op, values, below)
        if tangent is not None:
            call(op, [tangent, *values[1:]])
            set_tangent(target, tangent)
        return target
    token = ENABLED.set(False)
    try:
        before = _before(op, values)
    finally:
        ENABLED.reset(token)
    before = [target.detach(), *values[1:]] if before is values else list(before)
    tangent = tangent_of(target)
    set_tangent(before[0], tangent)
    if tangent is not None and op.schema.name in tangents.SAME:
        _change(op, values, below)
        tangents.change(op, before, target)
        tangents.save_tangent(op, target)
        return target
    # A copy: a graph of this derivative saves the tangent, which then changes.
    set_tangent(before[0], None if tangent is None else tangent.clone())
    _change(op, values, below)
    (found,) = tangents.tangents(op, before, [primal_of(target)])
    if found is not None:
        update_tangent(target, found)
        tangents.save_tangent(op, target)
    return target


def _change(op: Op, values: Sequence[Any], below: Callable[[], Tensor] | None) -> Tensor:
    """Compute, write, and record what has been done."""
    target = values[0]
    watchers = WATCHERS.get() if STATE.unusual and below is None else ()
    takers = dispatching(values) if NOTED.subclasses and below is None else []
    perform: Callable[[], None]
    if watchers or takers:
        if op.view and not takers:
            _watched(op, values, watchers, lambda: _reshape(op, values, compute(op, values)[0][0]))
            return target

        def perform() -> None:
            version = None if target.is_inference() else target._version
            _watched(op, values, watchers, lambda: _compute_and_put(op, values))
            bump(target)
            if version is not None:  # autograd's part, which nobody watches: one change, whatever it was made of
                target._counter = target._counter or [0]
                target._counter[0] = version + 1

    elif below is None:
        try:
            arrays, (computed, *_) = compute(op, values)
        except NotImplementedError:
            check_writable(op, values)
            raise
        if op.view:
            return _reshape(op, values, arrays[0])
        check_result(target, arrays[0], computed, "" if op.out is None else op.out.inplace or op.out.uncastable)
        warn_of_comparison(op, values, target, arrays[0])
        perform = functools.partial(write, target, arrays[0])
    elif op.view:
        return _reshape(op, values, below()._array)
    else:
        perform = functools.partial(_write_below, target, below)

    inputs = tensors_of(op, values)
    if op.derivative is None or not GRAD.get() or INFERENCE.get() or not any(map(tracked, inputs)):
        perform()
        return target
    # Inputs are saved with the version from before the change, so that a change of what was saved is found.
    edges = [edge_of(one) if isinstance(one, Tensor) else None for one in inputs]
    node = make_node(op, _before(op, values), edges, [target], written=False)
    perform()
    for saved in op.derivative.saved:
        if saved.slot.kind == "result":
            save(node, saved, values, [target], is_needed(op, saved, values, edges))
    if target._dtype in DIFFERENTIABLE:
        rebase_history(target, node)
    return target


def _watched(op: Op, values: Sequence[Any], watchers: Sequence[Any], change: Callable[[], object]) -> list[Tensor]:
    """The target, changed by way of who watches."""
    if watchers:
        proceed = functools.partial(_watched, op, values, watchers[:-1], change)
        watchers[-1](inplace_form(op), values, proceed)
    elif takers := dispatching(values):
        dispatched(takers, inplace_form(op), values)
    else:
        change()
    return [values[0]]


def _compute_and_put(op: Op, values: Sequence[Any]) -> None:
    arrays, (computed, *_) = compute(op, values)
    check_result(values[0], arrays[0], computed)
    put(values[0], arrays[0])


def _write_below(target: Tensor, below: Callable[[], Tensor]) -> None:
    target._array = below()._array  # another one, if the value has become one of many examples
    bump(target)


@functools.cache
def inplace_form(op: Op) -> Op:
    """An operation under the name of its in-place form, as those see it who watch."""
    schema = op.schema
    if schema.name.endswith("_"):
        return op
    return dataclasses.replace(op, schema=dataclasses.replace(schema, name=f"{schema.name}_"))


def _reshape(op: Op, values: Sequence[Any], array: np.ndarray) -> Tensor:
    """Give the target other memory, or the geometry of a view of itself."""
    target, node = values[0], None
    inputs = tensors_of(op, values)
    if GRAD.get() and not INFERENCE.get() and any(map(tracked, inputs)):
        node = make_node(op, values, [edge_of(one) for one in inputs], [wrap(array, target._dtype)])
    target._array = array
    bump(target)
    if node is not None and len(inputs) > 1:
        rebase_history(target, node)
    elif node is not None:  # which is no change of what it may be a view of, nor of what retains its gradient
        target._grad_fn, target._output_nr, target._requires_grad = node, 0, True
        if target._is_view():
            target._view.version = target._version
    return target


def _before(op: Op, values: Sequence[Any]) -> Sequence[Any]:
    """The values, with a copy of the target if a formula needs its elements from before the change."""
    if op.derivative is None:
        return values
    target, *rest = values
    if any(s.slot.kind == "input" and s.slot.index == 0 for s in op.derivative.saved):
        return [target.clone(), *rest]
    return values


def check_may_modify(target: Tensor, others: Sequence[Any] = (), *, recorded: bool = True, single: bool = True) -> None:
    """Refuse to modify what autograd could not follow; tell who wants to know what will be modified. Elements that are
    written to must each have memory of their own, if ``single``.

    Of what autograd does not know, such as ``logical_not_``, it does not refuse anything.

    Raises:
        RuntimeError: for tracked leaves and their views, for views that cannot be followed, and for tensors whose
            elements overlap in memory, or that nobody has allocated.
    """
    check_allocated(target)
    if recorded and GRAD.get():
        is_tracked = target.requires_grad
        if target._is_view() and (is_tracked or any(map(tracked, others))):
            forbid_view(target, is_tracked=is_tracked)
        if is_tracked and target.grad_fn is None:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    if single:
        check_single(target)
        check_apart(target, others)
    if STATE.unusual and (before_write := BEFORE_WRITE.get()) is not None:
        before_write(target)


def check_apart(target: Tensor, others: Sequence[Any]) -> None:
    """Refuse to write where other elements are read.

    Raises:
        RuntimeError: if memory is shared by tensors that are not the same elements.
    """
    for other in others:
        if isinstance(other, Tensor) and _partly_overlaps(target._array, other._array):
            raise RuntimeError(OVERLAP)


def _check_sizes(target: Tensor, sizes: tuple[int, ...]) -> None:
    if tuple(target.shape) != sizes:
        raise RuntimeError(
            f"Bad in-place call: input tensor size {list(target.shape)} and output tensor size {list(sizes)} should "
            "match"
        )


OVERLAP = (
    "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
    "location. Please clone() the tensor before performing the operation."
)


def check_single(target: Tensor) -> None:
    """Refuse to write several elements into one place.

    Raises:
        RuntimeError: if elements share memory.
    """
    if shares_itself(target):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory "
            "location. Please clone() the tensor before performing the operation."
        )


def shares_itself(target: Tensor) -> bool:
    """Whether elements share memory, as far as torch looks: at those of an expanded dimension."""
    array = target._array
    if not array.size or 0 not in array.strides or isinstance(array, OpaqueArray):
        return False
    return any(s == 0 and n > 1 for s, n in zip(array.strides, array.shape, strict=True))


def shares_memory(target: Tensor, other: Any) -> bool:
    """Whether another value is a tensor that has elements of this one, as far as torch looks: at dense ones."""
    return isinstance(other, Tensor) and (other is target or _overlaps(target._array, other._array))


def _is_same_data(target: Tensor, other: Tensor) -> bool:
    """Whether these are the same elements in the same memory, which are not copied."""
    one, two = target._array, other._array
    if one is two:
        return True
    if target._dtype is not other._dtype or one.__class__ is not two.__class__ or isinstance(one, OpaqueArray):
        return False
    same_geometry = one.shape == two.shape and one.strides == two.strides
    return same_geometry and one.size > 0 and one.__array_interface__["data"] == two.__array_interface__["data"]


def _overlaps(written: np.ndarray, read: np.ndarray) -> bool:
    if storage(written) is not storage(read) or not (is_dense(written) and is_dense(read)):
        return False
    start, other = (a.__array_interface__["data"][0] for a in (written, read))
    return start < other + read.nbytes and other < start + written.nbytes


def _partly_overlaps(written: np.ndarray, read: np.ndarray) -> bool:
    """Whether two arrays share memory without being the same elements."""
    if written is read or not _overlaps(written, read):
        return False
    start, other = (a.__array_interface__["data"][0] for a in (written, read))
    return start != other or written.nbytes != read.nbytes or written.strides != read.strides


def check_writable(op: Op, values: Sequence[Any]) -> None:
    """Refuse operands of whose shape or dtype the tensor is not, which torch says before that there is no kernel.

    Raises:
        RuntimeError: if the shape of the result is another, or if the cast would change the category.
    """
    if op.promote.value != "none":
        _check_shape(values[0], broadcast(*(one._array.shape for one in values if isinstance(one, Tensor))))
        if op.promote.value == "compare":  # of operands of any dtype the result is bool
            return
        common, target = operand_dtypes(op, values), values[0]._dtype
        if op.promote.value == "int to float" and common.category < dtypes.FLOATING:
            common = dtypes.default_dtype()
        if not can_cast(common, target):
            raise RuntimeError(
                f"result type {common.scalar_type} can't be cast to the desired output type {target.scalar_type}"
            )


def check_result(target: Tensor, array: np.ndarray, computed: dtypes.dtype, uncastable: str = "") -> None:
    """Refuse a result that does not fit the tensor; ``uncastable`` is what the operation says of the dtype.

    Raises:
        RuntimeError: if it is elsewhere, if broadcasting would change its shape, or the cast its category.
    """
    if isinstance(array, MetaArray) is not target.is_meta:
        source = CPU if target.is_meta else META
        raise RuntimeError(f"Tensor on device {source} is not on the expected device {target.device}!")
    if not uncastable:  # else the operation says it before it looks at shapes
        _check_shape(target, array.shape)
    if not can_cast(computed, target._dtype):
        if uncastable:
            raise RuntimeError(uncastable.format(out=target._dtype, result=computed))
        raise RuntimeError(
            f"result type {computed.scalar_type} can't be cast to the desired output type {target._dtype.scalar_type}"
        )
    _check_shape(target, array.shape)


def _check_shape(target: Tensor, shape: tuple[int, ...]) -> None:
    if shape != target._array.shape:
        raise RuntimeError(f"output with shape {list(target.shape)} doesn't match the broadcast shape {list(shape)}")


def warn_of_comparison(op: Op, values: Sequence[Any], target: Tensor, array: np.ndarray) -> None:
    """Say that complex numbers are cast: torch compares into a copy of the target in the dtype of the inputs."""
    if op.promote.value != "compare" or not array.size or target._dtype is dtypes.bool_ or target._dtype.is_complex:
        return
    if operand_dtypes(op, values).is_complex:
        warn_of_cast()


def write(target: Tensor, array: np.ndarray) -> None:
    """Replace the elements and raise the version."""
    put(target, array)
    bump(target)


def put(target: Tensor, array: np.ndarray) -> None:
    """Replace the elements."""
    if isinstance(target._array, SparseArray):
        target._array = array
    elif shares_itself(target):  # only what is written counts, not what is left beside it
        np.copyto(target._array, array, where=array != target._array)
    else:
        target._array[...] = array if array.dtype == target._array.dtype else cast(array, target._array.dtype)
