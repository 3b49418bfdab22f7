"""What a call means, in plain code.

    bind the arguments to an overload            arguments.py
    composite? call it, done
    check, as the operation says                 torch's errors
    promote the dtypes                           dtypes.py
    run the kernel on arrays
    wrap the results; views note their base      autograd/views.py
    record the node, if grad mode is on and an input is tracked
    compute the tangents, if a level of forward mode is open   tangents.py

``fast.py`` does the same for the common case, compiled; a test holds the two to each other.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import dtypes
from ..autograd.anomaly import ANOMALY, note_forward
from ..autograd.backward import evaluating
from ..autograd.forward_ad import FORWARD, is_active
from ..autograd.levels import LEVELS, settled
from ..autograd.modes import FORMULA, GRAD, INFERENCE, STATE, WATCHERS
from ..autograd.node import Edge, Node, edge_of, next_sequence_nr
from ..autograd.saved import DEFAULT_HOOKS, as_saved, pack_by_default, restore, version_to_save
from ..autograd.views import Creation, geometry, make_view
from ..dtypes import DIFFERENTIABLE, FROM_NUM, bfloat16, bool_, dtype, float16, float32
from ..kernels.rounding import rounding_to
from ..opaque_array import HollowArray
from ..pending_array import PendingArray
from ..quiet import safely
from ..strides import in_order_of
from ..tensor import Tensor, wrap
from ..tensor_base import NO_VERSION, UNFOLLOWED
from ..warning import warn
from . import arguments
from .autocast import AUTOCAST, cast_and_call
from .devices import check_devices, run_kernel, tensors
from .layouts import refused, run_sparse, sparse_among
from .overrides import NOTED, Unclaimed, overridable
from .stored_dtypes import check_computes
from .subclasses import dispatched, dispatching
from .zeros import takes_zeros, with_zeros

if TYPE_CHECKING:
    from ..declare.derivative import Saved
    from ..declare.op import Op
    from ..declare.schema import Param

_new = object.__new__


def _function(name: str, overloads: Sequence[Op], args: tuple, kwargs: dict[str, Any]) -> Any:
    return _call(name, overloads, args, kwargs, method=False)


def check_self(name: str, args: Sequence[Any]) -> None:
    """Refuse a method on something else than a tensor.

    Raises:
        TypeError: also if it is called on nothing.
    """
    if not args:
        raise TypeError(f"unbound method TensorBase.{name}() needs an argument")
    if not isinstance(args[0], Tensor):
        kind = arguments.type_name(args[0])
        raise TypeError(f"descriptor '{name}' for 'torch._C.TensorBase' objects doesn't apply to a '{kind}' object")


def _method(name: str, overloads: Sequence[Op], args: tuple, kwargs: dict[str, Any]) -> Any:
    check_self(name, args)
    return _call(name, overloads, args, kwargs, method=True)


def _operand(name: str, overloads: Sequence[Op], args: tuple, kwargs: dict[str, Any]) -> Any:
    try:
        op, values, *_ = arguments.bind(name, overloads, args, kwargs, method=True)
    except TypeError:
        return NotImplemented
    try:
        return call(op, values)
    except Unclaimed:
        return NotImplemented


function = overridable(_function, method=False)
"""Call as ``torch.name(...)``."""
method = overridable(_method, method=True)
"""Call as ``tensor.name(...)``."""
_operator = overridable(_operand, method=True, operator=True)

IN_PYTHON = frozenset(
    f"__r{name}__" for name in ("sub", "div", "truediv", "floordiv", "mod", "pow", "matmul", "lshift", "rshift")
)
"""Operators that torch writes in Python, where a call on something else is not an error."""


def operator(special: str, name: str, overloads: Sequence[Op], args: tuple, kwargs: dict[str, Any]) -> Any:
    """Call as Python's operator: an operand of a wrong type is for the other operand to handle.

    Raises:
        TypeError: if the method is called on something else than a tensor.
    """
    if args and not isinstance(args[0], Tensor):
        if special in IN_PYTHON:
            return NotImplemented
        check_self(special, args)
    found = _operator(name, overloads, args, kwargs)
    if found is NotImplemented and special == "__eq__" and isinstance(args[1], np.ndarray):  # and no other operator
        d = FROM_NUM.get(args[1].dtype.num)
        return found if d is None else _operator(name, overloads, (args[0], wrap(np.asarray(args[1]), d)), kwargs)
    return found


def _call(name: str, overloads: Sequence[Op], args: tuple, kwargs: dict[str, Any], method: bool) -> Any:
    bound = arguments.bind(name, overloads, args, kwargs, method)
    if bound.out is not None:
        from .outputs import call_out

        return call_out(name, bound)
    result = call(bound.op, bound.values)
    if bound.requires_grad:
        if result._dtype not in DIFFERENTIABLE:
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        result._requires_grad = True
    return result


def call(op: Op, values: Sequence[Any]) -> Any:
    """Run an overload on the values of its parameters, cast where automatic mixed precision is on."""
    if AUTOCAST.get() is not None:
        return cast_and_call(op.schema.name, values, functools.partial(_call_op, op))
    return _call_op(op, values)


def _call_op(op: Op, values: Sequence[Any]) -> Any:
    if STATE.unusual and op.composite is not None and (levels := LEVELS.get()):
        if arguments.creates(op):
            return levels[-1].create(op, settled(tuple(values)))
        if (found := levels[-1].fallback(op, values)) is not None:
            return found[0] if len(found) == 1 else tuple(found)
    if op.composite is not None:
        if (STATE.unusual or NOTED.subclasses) and arguments.creates(op):
            return _watched(op, values, WATCHERS.get())[0]
        return _compose(op, values)
    results = outcome(op, values)
    if op.schema.variadic:
        return tuple(results)
    if op.returns is not None:
        return op.returns(results)
    return results[0] if len(results) == 1 else tuple(results)


def outcome(op: Op, values: Sequence[Any]) -> list[Tensor]:
    """The results of a kernel as tensors, with all that a call gives them."""
    if STATE.unusual:
        values = settled(tuple(values))
        if levels := LEVELS.get():
            return levels[-1].outcome(op, values)
    if op.constants and GRAD.get():
        check_constants(op, values)
    if FORWARD.level is not None and is_active():
        from .tangents import check_formula

        check_formula(op, values)
        if (parts := in_parts(op, values)) is not None:
            return parts
    watchers = WATCHERS.get() if STATE.unusual else ()
    try:
        results = _watched(op, values, watchers)
    except Exception:
        for one in tensors_of(op, values) if GRAD.get() else ():
            if isinstance(one, Tensor):
                _ = one.grad_fn  # a view that cannot be followed is refused first
        raise
    connect(op, values, results)
    if op.writes != 0:
        _count_writes(op, values, results)
    return results


def is_beside_autograd(op: Op, values: Sequence[Any]) -> bool:
    """Whether autograd has no part in a call, since it gets inference tensors alone, outside of inference mode. A
    number that stands for a tensor stands for one that is none."""
    return (
        not INFERENCE.get()
        and all(one.is_inference() for one in tensors(values))
        and not (op.numbers_as_tensors and len(tensors_of(op, values)) > sum(1 for _ in tensors(values)))
    )


def _count_writes(op: Op, values: Sequence[Any], results: Sequence[Tensor]) -> None:
    """Let the versions of results count the writes by which torch's kernel makes them, which autograd else hides."""
    if is_beside_autograd(op, values):
        writes = op.writes(*values) if callable(op.writes) else op.writes
        for result in results:
            if writes is None:
                result._counter, result._view = NO_VERSION, UNFOLLOWED
            else:
                result._counter = [writes]


def in_parts(op: Op, values: Sequence[Any]) -> list[Tensor] | None:
    """The results of an operation for which torch has no forward formula, by its parts; None unless one is needed."""
    if op.decomposed is None or FORWARD.level is None or not is_active():
        return None
    from .tangents import has_dual

    if not has_dual(op, values):
        return None
    found = op.decomposed(*values)
    return [found] if isinstance(found, Tensor) else list(found)


def check_constants(op: Op, values: Sequence[Any]) -> None:
    """Refuse tensors that require grad where there is no derivative.

    Raises:
        RuntimeError: for the first of them.
    """
    for place in op.constants:
        given = values[place]
        for each in given if isinstance(given, tuple) else (given,):
            if isinstance(each, Tensor) and each.requires_grad:
                raise RuntimeError(
                    f"The function '{op.schema.name}' is not differentiable with respect to argument "
                    f"'{op.schema.params[place].name}'. This input cannot have requires_grad True."
                )


def _watched(op: Op, values: Sequence[Any], watchers: Sequence[Callable[..., Any]]) -> list[Tensor]:
    """Fresh results, by way of who watches."""
    if watchers:
        return watchers[-1](op, values, functools.partial(_watched, op, values, watchers[:-1]))
    if NOTED.subclasses and (takers := dispatching(values)):
        return dispatched(takers, op, values)
    if op.composite is not None:
        return [_compose(op, values)]
    if takes_zeros(op, values):
        found = with_zeros(op, values, operand_dtypes(op, values))
        if found is not None:
            return [found]
    return [wrap(array, d) for array, d in zip(*compute(op, values), strict=True)]


def announced(op: Op, values: Sequence[Any], plainly: Callable[[], Tensor]) -> Tensor:
    """What ``plainly()`` gives, which has no kernel, by way of who watches."""

    def through(watchers: Sequence[Callable[..., Any]]) -> list[Tensor]:
        return watchers[-1](op, values, functools.partial(through, watchers[:-1])) if watchers else [plainly()]

    return through(WATCHERS.get())[0]


def _compose(op: Op, values: Sequence[Any]) -> Any:
    assert op.composite is not None
    if op.check is not None:
        op.check(*values)
    return op.composite(*values)


def connect(op: Op, values: Sequence[Any], results: Sequence[Tensor]) -> None:
    """Give the results of a call what they have of its inputs: base, history, tangents."""
    if op.view:
        source = next(v for v in values if isinstance(v, Tensor))
        creation = Creation.MULTI_OUTPUT if op.view == "multi" and GRAD.get() else None
        for result in results:
            make_view(result, source, creation)
    record(op, values, results)
    if FORWARD.level is not None and is_active():
        from .tangents import propagate

        propagate(op, values, results)


def following(op: Op, values: Sequence[Any], d: dtype) -> list[Any]:
    """The values, with this dtype if none was given."""
    return [d if p.name == "dtype" and v is None else v for p, v in zip(op.schema.params, values, strict=True)]


def operand_dtypes(op: Op, values: Sequence[Any]) -> dtype:
    """The common dtype of the tensors and numbers among the values."""
    operands: list[Any] = []
    for param, value in zip(op.schema.params, values, strict=True):
        if param.type.is_tensor or (op.scalars and param.type.base == "Scalar"):
            operands.extend(value if isinstance(value, tuple) else (value,))
    return common_dtype(operands)


def common_dtype(operands: Iterable[Any]) -> dtype:
    """The dtype to which tensors and numbers promote; None stands for no operand."""
    dimensioned: list[dtype] = []
    zero_dim: list[dtype] = []
    numbers: list[dtype] = []
    for one in operands:
        if isinstance(one, Tensor):
            (dimensioned if one._array.ndim else zero_dim).append(one._dtype)
        elif one is not None:
            numbers.append(dtypes.of_scalar(one))
    return dtypes.result_dtype(dimensioned, zero_dim, numbers)


def compute(op: Op, values: Sequence[Any]) -> tuple[list[np.ndarray], list[dtype]]:
    """Check, promote and run the kernel.

    Returns:
        The results' arrays and dtypes.
    """
    on_meta = check_devices(op, values)
    if op.check is not None:
        try:
            op.check(*values)
        except TypeError:
            if sparse_among([one._array for one in tensors(values)]):
                raise refused(op.schema.qualified) from None
            raise
    if any(one._dtype in dtypes.STORED for one in tensors(values)):
        d = operand_dtypes(op, values) if op.promote.value != "none" else next(tensors(values))._dtype
        if d in dtypes.STORED and (op.promote.value != "int to float" or d in dtypes.FLOAT8):
            check_computes(op, d, values)
    common = None
    if op.promote.value != "none":
        common = operand_dtypes(op, values)
        if op.promote.value == "int to float" and common.category < dtypes.FLOATING:
            common = dtypes.default_dtype()
    source = common or next((v._dtype for v in values if isinstance(v, Tensor)), None)
    if source is None:
        source = next((t._dtype for v in values if isinstance(v, tuple) for t in v if isinstance(t, Tensor)), None)
    if op.dtypes is not None and source is not None and source not in op.dtypes:
        if common is not None and not op.structural:
            check_broadcast([one._array.shape for one in tensors(values)])
        assert op.unsupported is not None, op.schema.qualified
        raise op.unsupported(source)
    reduced = not op.structural and source in (float16, bfloat16)
    storage = None if common is None else (np.dtype(np.float32) if reduced else common.numpy)

    rounds = reduced and common is not None and not op.exact

    def array(param: Param, value: Any) -> Any:
        if not param.type.is_tensor:
            is_number = param.type.base == "Scalar" and value is not None
            if is_number and value.__class__ is complex and not (common or source or bool_).is_complex:
                dtypes.number(value, common or source or bool_)
            is_operand = op.scalars and is_number
            if rounds and (is_operand or param.name == "alpha"):
                return float(np.asarray(value).astype(common.numpy))  # type: ignore[union-attr]
            if is_operand and common is not None and common.category == dtypes.INTEGRAL:
                return (dtypes.number if op.scalars == "check" else dtypes.wrapped)(value, common)
            return value
        return tensor(value)

    def tensor(value: Any) -> Any:
        if isinstance(value, Tensor):
            found = value._array
            if found.__class__ is PendingArray and not op.view:
                found = found.resolved()
            if rounds and value._dtype is not common:
                found = cast(found, common.numpy)  # type: ignore[union-attr]
            if storage is not None:
                return found if found.dtype == storage else cast(found, storage)
            return found.astype(np.float32) if reduced and value._dtype in (float16, bfloat16) else found
        if isinstance(value, tuple):
            return tuple(map(tensor, value))
        if storage is None or value is None:
            return value
        number = np.asarray(value)
        return cast(cast(number, common.numpy) if rounds else number, storage)  # type: ignore[union-attr]

    given = [*map(array, op.schema.params, values)]
    kernel: Any = op.kernel
    if reduced and op.stepwise:
        kernel = functools.partial(kernel, rounded=rounding_to(source.numpy))  # type: ignore[union-attr]
    try:
        if on_meta:
            found = run_kernel(op, given)
        elif sparse_among(given):
            found = run_sparse(op, given)
        else:
            found = safely(kernel, *given)
    except ValueError:
        check_broadcast([one.shape for one in given if isinstance(one, np.ndarray)])
        raise
    arrays = [np.asanyarray(one) for one in (found if isinstance(found, (tuple, list)) else (found,))]
    if reduced and any(value is float32 for value in values):
        reduced = False  # asked for
    if op.elementwise or (op.promote.value != "none" and not (op.structural or op.rows)):
        operands = [one._array for one in values if isinstance(one, Tensor)]
        if len(operands) > 1 and arrays[0].__class__ is np.ndarray and not all(o.flags.c_contiguous for o in operands):
            arrays = [in_order_of(one, operands) for one in arrays]
    results = []
    for index, one in enumerate(arrays):
        d = FROM_NUM[one.dtype.num]
        if reduced and d is float32:
            d = source  # type: ignore[assignment]
            arrays[index] = cast(one, d.numpy)
        results.append(d)
    return arrays, results


def check_broadcast(shapes: Sequence[tuple[int, ...]]) -> None:
    """Say in torch's words which sizes do not go together.

    Raises:
        RuntimeError: if the shapes cannot be broadcast to one.
    """
    common: tuple[int, ...] = ()
    for shape in shapes:
        rank = max(len(common), len(shape))
        pairs = [*zip(*((1,) * (rank - len(one)) + one for one in (common, shape)), strict=True)]
        for dim, (a, b) in reversed([*enumerate(pairs)]):
            if a != b and 1 not in (a, b):
                raise RuntimeError(
                    f"The size of tensor a ({a}) must match the size of tensor b ({b}) at non-singleton dimension {dim}"
                ) from None
        common = tuple(b if a == 1 else a for a, b in pairs)


def cast(array: np.ndarray, storage: np.dtype) -> np.ndarray:
    """Convert elements as C does: complex to real drops the imaginary part, with torch's warning."""
    if array.dtype.kind == "c" and storage.kind not in "cb":
        if array.size:
            warn_of_cast()
        array = array.real
    return safely(dtypes.stored, array, storage)


def warn_of_cast() -> None:
    """Say, once, that complex numbers become real ones."""
    warn("Casting complex values to real discards the imaginary part", once=True)


def tensors_of(op: Op, values: Sequence[Any]) -> list[Any]:
    """The differentiable inputs in order, lists flattened: one per edge.  Numbers and None stand for themselves."""
    found: list[Any] = []
    for index in op.derivative.inputs if op.derivative is not None else ():
        value = values[index]
        if op.schema.params[index].type.is_list:
            found.extend(value or ())
        else:
            found.append(value)
    return found


def tracked(value: Any) -> bool:
    """Whether this is a tensor whose operations are recorded."""
    return isinstance(value, Tensor) and value.requires_grad


def record(op: Op, values: Sequence[Any], results: Sequence[Tensor]) -> None:
    """Connect the results to a node, if they are to be tracked."""
    if op.derivative is None or not GRAD.get() or INFERENCE.get():
        return
    inputs = tensors_of(op, values)
    if not any(tracked(one) for one in inputs) or is_beside_autograd(op, values):
        return
    differentiable = [nr for nr, result in enumerate(results) if result._dtype in DIFFERENTIABLE]
    if not op.derivative.node._takes_all:  # a gradient of the first result is all that the formulas can use
        differentiable = differentiable[:1]
    if not differentiable:
        if op.computes_in_dtype:
            raise RuntimeError(f"Autograd not support dtype: {results[0]._dtype.scalar_type}")
        return
    edges = [edge_of(one) if isinstance(one, Tensor) else None for one in inputs]
    node = make_node(op, values, edges, results)
    for nr in differentiable:
        result = results[nr]
        result._requires_grad, result._grad_fn, result._output_nr = True, node, nr


def make_node(
    op: Op, values: Sequence[Any], edges: Sequence[Edge | None], results: Sequence[Tensor], *, written: bool = True
) -> Node:
    """A node that records this call; the results are saved later if they are not ``written`` yet."""
    derivative = op.derivative
    assert derivative is not None
    kind = derivative.node
    if derivative.with_number is not None and not isinstance(values[1], Tensor) and FORMULA.get():
        kind, edges = derivative.with_number, edges[:1]
    node = _new(kind)
    node._edges, node._seq = tuple(edges), next_sequence_nr()
    node._shape, node._dtype = results[0]._array.shape, results[0]._dtype
    node._more = [(one._array.shape, one._dtype) for one in results] if len(results) > 1 else None
    node._extra = None
    if ANOMALY.enabled:
        note_forward(node, evaluating())
    for saved in derivative.saved:
        if written or saved.slot.kind != "result":
            save(node, saved, values, results, is_needed(op, saved, values, edges))
    return node


def is_needed(op: Op, saved: Saved, values: Sequence[Any], edges: Sequence[Edge | None]) -> bool:
    """Whether an input whose gradient uses this saved value needs a gradient."""
    needs = needed_inputs(op, values, edges)
    return any(needs[user] for user in saved.users)


def needed_inputs(op: Op, values: Sequence[Any], edges: Sequence[Edge | None]) -> list[bool]:
    """For each differentiable parameter, whether it needs a gradient."""
    assert op.derivative is not None
    needs, start = [], 0
    for index in op.derivative.inputs:
        count = len(values[index] or ()) if op.schema.params[index].type.is_list else 1
        needs.append(any(edge is not None for edge in edges[start : start + count]))
        start += count
    return needs


def save(node: Node, saved: Saved, values: Sequence[Any], results: Sequence[Tensor], wanted: bool) -> None:
    """Fill one slot of a node."""
    slot = saved.slot
    version: Any = 0
    value: Any = None
    if slot.kind == "value":
        value = _facts(saved.expression)(values[slot.index])
        setattr(node, slot.attribute, value)
        return
    if wanted and slot.kind == "result":
        result = results[slot.index]
        value, version = save_result(node, result, slot.index)
    elif wanted and slot.kind == "inputs":
        pairs = [save_input(node, one) for one in values[slot.index]]
        value, version = tuple(one for one, _ in pairs), tuple(v for _, v in pairs)
    elif wanted:
        value, version = save_input(node, values[slot.index])
    setattr(node, slot.attribute, value)
    setattr(node, f"v{slot.attribute[1:]}", version)


def save_input(node: Node, value: Any) -> tuple[Any, int]:
    """An input as a slot keeps it, and its version."""
    if not isinstance(value, Tensor):
        return value, 0
    packed = pack_by_default(node, value)
    return (value, version_to_save(value)) if packed is None else (packed, 0)


def save_result(node: Node, result: Tensor, nr: int) -> tuple[Any, int]:
    """An output as a slot keeps it, and its version."""
    if result._counter is None:
        result._counter = [0]
    if result._dtype not in DIFFERENTIABLE or (nr and not node._takes_all):
        return save_input(node, result if isinstance(result._array, HollowArray) else result._detached())
    value = as_saved(result, nr)
    if DEFAULT_HOOKS.get():
        packed = pack_by_default(node, restore(value, node, seen=False))
        return packed, 0
    if STATE.unusual and WATCHERS.get():
        result.detach()  # as those who watch torch see it save a result
    return value, result._counter[0]


_compiled: dict[str, Callable[[Any], Any]] = {}


def _facts(expression: str) -> Callable[[Any], Any]:
    found = _compiled.get(expression)
    if found is None:
        found = _compiled[expression] = eval(f"lambda x: {expression.format('x')}", {"geometry": geometry})
    return found
