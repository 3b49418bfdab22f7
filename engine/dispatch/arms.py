"""The arms of compiled functions: the text of the common case of each call.

An arm takes one form of arguments: all tensors of one dtype, or a tensor and a number, and options of plain types.
It runs the kernel, and records the node or writes into the first tensor, inline; it is read where ``fast.py`` puts it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import dtypes, quiet
from ..autograd.modes import FORMULA, GRAD, STATE
from ..autograd.node import accumulator, next_sequence_nr
from ..autograd.saved import SavedResult
from ..autograd.views import bump, geometry, make_view
from ..declare.schema import REQUIRED, Param
from ..layout import Size, storage
from ..tensor import Tensor
from ..tensor_base import NO_VERSION, UNFOLLOWED
from .arguments import signature
from .stored_dtypes import KERNELS

if TYPE_CHECKING:
    from ..autograd.saved import Slot
    from ..declare.derivative import Derivative, Saved
    from ..declare.op import Op

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "<missing>"})()

_ALL = frozenset(dtypes.DTYPES)
_FULL = frozenset(dtypes.COMPUTED) - dtypes.STORED - {dtypes.float16, dtypes.bfloat16}
_FULL_FLOATS = _FULL & dtypes.DIFFERENTIABLE

SHARED = {
    "Tensor": Tensor, "Size": Size, "ndarray": np.ndarray, "asarray": np.asanyarray, "new": object.__new__,
    "run": quiet.run, "STATE": STATE, "GRAD": GRAD.get, "FORMULA": FORMULA.get, "FROM_NUM": dtypes.FROM_NUM,
    "BOOL": dtypes.bool_, "bump": bump, "storage": storage,
    "accumulator": accumulator, "next_seq": next_sequence_nr, "SavedResult": SavedResult,
    "make_view": make_view, "M": MISSING, "geometry": geometry,
    "DIFFERENTIABLE": dtypes.DIFFERENTIABLE, "dtype": dtypes.dtype, "VIEW": None, "COUNTER": None,
}  # fmt: skip
"""What the text of arms names."""

IN_INFERENCE = SHARED | {
    "STATE": type(STATE)(), "GRAD": lambda: False, "VIEW": UNFOLLOWED, "COUNTER": NO_VERSION,
}  # fmt: skip
"""The same in inference mode: nothing else is unusual, nothing is recorded, results are inference tensors."""


class Form(NamedTuple):
    """What the arms of an overload have in common."""

    first: int
    """The number of the first object that they name."""
    places: int
    """The number of parameters of the function."""
    earlier: Sequence[Op]
    """The overloads that come before this one."""
    method: bool
    inplace: bool
    named: bool
    """Keyword-only parameters are positional here."""
    variadic: bool
    """The function takes integers one by one for an overload, which leaves those after its parameters in ``args``."""


class Arm:
    """Text of one arm, and the objects that it uses as ``B0``, ``B1``, ..."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.bound: list[Any] = []
        self.lines: list[str] = []

    def bind(self, value: Any) -> str:
        self.bound.append(value)
        return f"B{self.first + len(self.bound) - 1}"

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def positional(op: Op) -> list[Param]:
    """The parameters that have a position."""
    return [p for p in op.schema.params if not p.kwarg_only]


def arms_of(op: Op, form: Form) -> list[Arm]:
    params = op.schema.params
    results = len(op.schema.returns)
    if op.schema.variadic or not params or (form.inplace and (op.view or results > 1)):
        return []
    if results > 1 and (op.view or op.composite is not None):
        return []
    if any(p.type.is_tensor and p.type.is_list for p in params):
        return []
    if any(p.kwarg_only and p.default is REQUIRED for p in params) and not form.named:
        return []
    tensors = [i for i, p in enumerate(params) if p.type.is_tensor]
    if (not tensors and op.composite is None) or any(params[i].kwarg_only for i in tensors):
        return []
    if form.inplace and op.composite is not None:
        return []
    always = [i for i in tensors if not params[i].type.optional]
    given = [tensors]
    if op.numbers_as_tensors and len(tensors) == 2 and op.composite is None and op.promote.value != "none":
        given.append(tensors[:1])
    elif always and len(always) < len(tensors):
        given.append(always)
    arms: list[Arm] = []
    for one in given:
        arm = _arm(op, form._replace(first=form.first + sum(len(a.bound) for a in arms)), one, tensors)
        if arm is None:
            return arms
        arms.append(arm)
    return arms


_PLAIN = {
    "int": "{0}.__class__ is int",
    "bool": "{0}.__class__ is bool",
    "float": "({0}.__class__ is float or {0}.__class__ is int)",
    "Scalar": "({0}.__class__ is float or {0}.__class__ is int)",
    "str": "{0}.__class__ is str",
    "ScalarType": "{0}.__class__ is dtype",
    "Any": "{0} is not M",
}


def _option(param: Param, name: str, local: str, varargs: bool) -> tuple[str, list[str]] | None:
    """The test that a value is of a plain type, and the lines that bring it into the kernel's form as ``local``."""
    type_ = param.type
    if type_.base not in _PLAIN:
        return None
    if type_.is_list:
        if type_.base not in ("int", "bool"):
            return None
        test = f"{name}.__class__ is tuple or {name}.__class__ is Size or {name}.__class__ is list"
        convert = f"{name} if {name}.__class__ is tuple else tuple({name})"
        if type_.base == "int" and (type_.size or varargs):
            test += f" or {name}.__class__ is int"
            more = f"({name}, *args)" if varargs else f"({name},) * {type_.size}"
            convert = f"{more} if {name}.__class__ is int else {convert}"
        if varargs:
            test = f"({test}) and (not args or {name}.__class__ is int)"
        test = f"({test})"
    else:
        test, convert = _PLAIN[type_.base].format(name), name
    if type_.optional:
        test = f"({name} is None or {test})"
        convert = f"None if {name} is None else {convert}"
    if param.default is not REQUIRED:
        test = f"({name} is M or {test})"
        convert = f"{param.default!r} if {name} is M else {convert}"
    return test, [f"{local} = {convert}"]


def _arm(op: Op, form: Form, given: list[int], tensors: list[int]) -> Arm | None:
    """An arm for tensors at the positions ``given``; at the other tensor positions, numbers or nothing."""
    arm = Arm(form.first)
    params = op.schema.params
    tests, setup = [], []
    for i, param in enumerate(params):
        name, local = f"p{i}", f"q{i}"
        if i in given:
            if any(_takes_number(other, i) for other in form.earlier):
                tests.append(f"{name}.__class__ is Tensor and {name}._array.ndim")  # a 0-d tensor is a number, too
            if i in op.constants:
                tests.append(f"{name}.__class__ is Tensor and not {name}._requires_grad")
        elif i in tensors:
            if param.type.optional:
                tests.append(f"({name} is M or {name} is None)")
                setup.append(f"{local} = None")
            else:
                tests.append(f"({name}.__class__ is float or {name}.__class__ is int)")
                setup.append(f"{local} = {name}")
        elif param.kwarg_only and not form.named:
            setup.append(f"{local} = {param.default!r}")
        elif (plain := _option(param, name, local, _is_variadic(op, form, i))) is not None:
            tests.append(plain[0])
            if param.name == "dtype" and op.computes_in_dtype and op.derivation is not None:  # may be refused
                tests.append(f"({name} is M or {name} is None or {name}.category >= {dtypes.FLOATING})")
            setup.extend(plain[1])
        elif param.default is REQUIRED:
            return None
        else:
            tests.append(f"{name} is M")
            setup.append(f"{local} = {param.default!r}")
    parameters = params if form.named else positional(op)
    tests += [f"p{i} is M" for i in range(len(parameters), form.places)]
    if form.variadic and not signature(op, form.method).takes_many:
        tests.append("not args")
    everything = ", ".join(f"p{i}" if i in given else f"q{i}" for i in range(len(params)))
    if op.composite is not None:
        classes = [f"isinstance(p{i}, Tensor)" for i in given]
        arm.lines = [
            f"if {' and '.join(classes + tests)}:",
            *("  " + line for line in setup),
            f"  try: {'; '.join(f'p{i}._own' for i in given) or 'pass'}",
            "  except TypeError: pass",
            "  else:",
            *([] if op.check is None else [f"    {arm.bind(op.check)}({everything})"]),
            f"    try: return {arm.bind(op.composite)}({everything})",
            "    except (TypeError, OverflowError): pass",  # an element of a sequence, or an integer beyond 64 bits
        ]
        if lists := [f"q{i}" for i, p in enumerate(params) if p.type.is_list and p.type.base == "int"]:
            arm.lines += [
                "    except RuntimeError:",
                f"      if not {arm.bind(_hold_tensors)}({', '.join(lists)}): raise",
            ]
        return arm
    numbers = op.numbers_as_tensors and len(given) < len(tensors)
    options_default = not form.named and all(p.kwarg_only for i, p in enumerate(params) if i not in tensors)
    accepted = _accepted(op, numbers=numbers)
    if op.plain is not None and options_default:  # numbers that are complex cost the others nothing
        kernel = op.plain
        computed = f"{_run(op, arm, form, given, kernel, tensors, _ALL - dtypes.COMPLEX_DTYPES)} else "
        computed += _run(op, arm, form, given, op.kernel, range(len(params)), dtypes.COMPLEX_DTYPES)
    else:
        kernel = op.kernel  # type: ignore[assignment]
        computed = _run(op, arm, form, given, kernel, range(len(params)), _ALL)
    # Where the shapes are all that a check looks at, the kernel fails on what it would refuse.
    elementwise = op.promote.value != "none" and options_default and (numbers or given == tensors)
    check = [] if op.check is None or elementwise else [f"  {arm.bind(op.check)}({everything})"]
    body = [
        *setup,
        "try:",
        *(f"  a{i} = p{i}._own" for i in given),
        *([] if form.inplace else (f"  if p{i}._view is not None: p{i}._view.renew(p{i})" for i in given)),
        f"  d = p{given[0]}._dtype",
        *check,
        f"  r = {computed} else None",
        "except Exception: r = None",
        *(_WRITE if form.inplace else _wrap(op, arm, given, _result_dtype(op, kernel, accepted))),
    ]
    arm.lines = [f"if {' and '.join(tests)}:", *("  " + line for line in body)] if tests else body
    return arm


def _hold_tensors(*lists: Sequence[Any] | None) -> bool:
    """Whether an element of a sequence may be of a wrong type, so that the composite could not but fail somewhere."""
    return any(isinstance(one, Tensor) for each in lists if each for one in each)


def _run(
    op: Op,
    arm: Arm,
    form: Form,
    given: list[int],
    kernel: Any,
    arguments: Sequence[int],
    within: frozenset[dtypes.dtype],
) -> str:
    """The call of a kernel with the arrays at the positions ``given``, if they are what it takes, in these dtypes."""
    tensors = [i for i, p in enumerate(op.schema.params) if p.type.is_tensor]
    numbers = op.numbers_as_tensors and len(given) < len(tensors)
    arrays = ", ".join(f"a{i}" if i in given else f"q{i}" for i in arguments)
    same = f"d in {arm.bind(_accepted(op, numbers=numbers) & within)}"
    if numbers and op.promote.value != "int to float" and op.dtypes is None:
        # An int changes no numeric dtype; NumPy refuses one that does not fit, and the slow path wraps it.
        same = f"({same} or (p{tensors[1]}.__class__ is int and d in {arm.bind(_FULL & within - {dtypes.bool_})}))"
    if op.promote.value != "none":
        same += "".join(f" and p{i}._dtype is d" for i in given[1:])
    if not (op.view or isinstance(kernel, np.ufunc)):  # those keep arrays without elements apart (meta.py)
        same += "".join(f" and a{i}.__class__ is ndarray" for i in given)
    by_element = op.elementwise or (op.promote.value != "none" and not (op.structural or op.rows))
    if by_element and len(given) > 1 and not form.inplace:  # see `in_order_of`
        same += f" and (a{given[0]}.flags.c_contiguous or a{given[0]}.strides == a{given[1]}.strides)"
    if form.inplace:
        same += f" and {_may_write(op, given)}"
        arrays += _into(kernel, "a0")
    return f"run({arm.bind(kernel)}, {arrays}) if {same}"


def _is_variadic(op: Op, form: Form, position: int) -> bool:
    return signature(op, form.method).takes_many and position == form.method


def _wrap(op: Op, arm: Arm, given: list[int], dtype_of_one: str) -> list[str]:
    """The lines that make tensors of the array, or of the tuple of arrays, ``r``, and return them."""
    count = len(op.schema.returns)
    results = [_Result("r", "out", dtype_of_one)]
    if count > 1:
        results = [_Result(f"r{nr}", f"out{nr}", f"FROM_NUM[r{nr}.dtype.num]") for nr in range(count)]
    lines = [] if count == 1 else [f"{', '.join(one.array for one in results)} = r"]
    for array, out, dtype in results:
        lines += [
            f"if {array}.__class__ is not ndarray: {array} = asarray({array})",
            f"{out} = new(Tensor)",
            f"{out}._array = {array}",
            f"{out}._dtype = {dtype}",
            f"{out}._grad = {out}._extra = None",
            f"make_view({out}, p0)" if op.view else f"{out}._view, {out}._counter = VIEW, COUNTER",
            f"{out}._output_nr = 0",
        ]
    lines += _record(op, arm, given, results)
    returned = ", ".join(one.out for one in results)
    lines.append(f"return {returned}" if op.returns is None else f"return {arm.bind(op.returns)}(({returned}))")
    return ["if r is not None:", *("  " + line for line in lines)]


class _Result(NamedTuple):
    """What the text calls a result."""

    array: str
    out: str
    dtype: str


def _may_write(op: Op, given: list[int]) -> str:
    """The test that nothing forbids to write into the first tensor, and nothing is to be recorded of it."""
    untracked = " or ".join(f"p{i}._requires_grad or p{i}._view is not None" for i in given)
    ordinary = "(p0._extra is None or not (p0._extra.is_zero or p0._extra.wrapped is not None))"
    itself = "a{i} is a0 or" if op.apart is None else "a{i} is not a0 and"
    shared = [
        f"({itself.format(i=i)} (p0._view is p{i}._view is None or storage(a{i}) is not storage(a0)))"
        for i in given[1:]
    ]
    dense = "0 not in a0.strides"
    return " and ".join([f"not (GRAD() and ({untracked}))", ordinary, dense, *shared])


def _into(kernel: Any, target: str) -> str:
    """The argument with which a kernel writes its result into an array, if it has one."""
    if kernel in (np.maximum, np.minimum):  # of which NumPy takes no more by position
        return f", out={target}"
    if isinstance(kernel, np.ufunc) or (
        hasattr(kernel, "__code__") and "out" in kernel.__code__.co_varnames[: kernel.__code__.co_argcount]
    ):
        return f", {target}"
    return ""


_WRITE = [
    "if r is not None and r.__class__ is ndarray and r.shape == a0.shape and r.dtype is a0.dtype:",
    "  if r is not a0: a0[...] = r",
    "  bump(p0)",
    "  return p0",
]
"""The lines that write the array ``r`` into the first tensor and return that."""


def _takes_number(op: Op, position: int) -> bool:
    """Whether an overload takes a number, and so a 0-d tensor, at this position."""
    places = positional(op)
    return position < len(places) and places[position].type.base in ("Scalar", "int", "float")


def _accepted(op: Op, *, numbers: bool) -> frozenset[Any]:
    """The dtypes for which the arm means what the slow path means."""
    kind = op.promote.value
    if numbers or kind == "int to float" or (kind != "none" and op.scalars):
        found = _FULL_FLOATS
    elif op.structural:
        found = _ALL - (dtypes.STORED if op.schema.qualified in KERNELS else frozenset())
    else:
        found = _FULL
    if op.check is not None and kind != "none":
        found -= {dtypes.bool_}
    return found if op.dtypes is None else found & op.dtypes


def _result_dtype(op: Op, kernel: Any, accepted: frozenset[Any]) -> str:
    if (op.view and op.structural) or _keeps_dtype(kernel, accepted):
        return "d"
    return "BOOL" if op.promote.value == "compare" else "FROM_NUM[r.dtype.num]"


def _keeps_dtype(kernel: Any, accepted: frozenset[Any]) -> bool:
    """Whether this is a ufunc whose result has the dtype of its operands."""
    if not isinstance(kernel, np.ufunc):
        return False
    loops = {d: f"{d.numpy.char * kernel.nin}->{d.numpy.char}" for d in accepted if d.numpy.kind != "V"}
    return all(loop in kernel.types for loop in loops.values())


def _record(op: Op, arm: Arm, form: list[int], results: list[_Result]) -> list[str]:
    """The lines that make the results what a node has computed, or what nothing is known of."""
    array, out, _ = results[0]
    untracked = [line for one in results for line in _untracked(one.out)]
    if op.promote.value == "compare" or op.derivative is None:
        return untracked
    inputs = op.derivative.inputs
    tracked = [i for i in inputs if i in form]
    if not tracked:
        return untracked
    condition = f"({' or '.join(f'p{i}._requires_grad' for i in tracked)})"
    if op.promote.value not in ("default", "int to float"):
        condition += f" and {out}._dtype in DIFFERENTIABLE"
    kind = arm.bind(op.derivative.node)
    numbered = op.derivative.with_number is not None and len(tracked) < len(inputs)
    if numbered:
        kind = f"{arm.bind(op.derivative.with_number)} if FORMULA() else {kind}"
    lines = [f"if {condition} and GRAD():", f"  node = new({kind})"]
    for i in tracked:
        lines += [
            f"  if p{i}._requires_grad:",
            f"    f = p{i}._grad_fn",
            f"    if f is not None: e{i} = (f, p{i}._output_nr)",
            f"    else: e{i} = None if p{i}._view is not None and p{i}._view.borrows else (accumulator(p{i}), 0)",
        ]
        if len(tracked) > 1:
            lines.append(f"  else: e{i} = None")
    edges = ", ".join(f"e{i}" if i in tracked else "None" for i in inputs)
    lines += [
        f"  node._edges = ({f'(e0,) if FORMULA() else ({edges},)' if numbered else f'{edges},'})",
        "  node._seq = next_seq()",
        f"  node._shape = {array}.shape",
        f"  node._dtype = {out}._dtype",
        "  node._more = node._extra = None",
    ]
    if len(results) > 1:
        shapes = ", ".join(f"({one.array}.shape, {one.out}._dtype)" for one in results)
        lines.append(f"  node._more = [{shapes}]")
    for saved in op.derivative.saved:
        users = [inputs[user] for user in saved.users if inputs[user] in tracked]
        keep = _keep(op.derivative, saved.slot, form, results)
        lines += ["  " + line for line in _save(saved, keep, users, form, always=len(tracked) == 1)]
    lines += [f"  {out}._grad_fn = node", f"  {out}._requires_grad = True"]
    for nr, one in enumerate(results[1:], 1):
        if op.derivative.node._takes_all:
            lines += [
                f"  if {one.out}._dtype in DIFFERENTIABLE:",
                f"    {one.out}._grad_fn, {one.out}._output_nr, {one.out}._requires_grad = node, {nr}, True",
                "  else:",
                *("    " + line for line in _untracked(one.out)),
            ]
        else:
            lines += ["  " + line for line in _untracked(one.out)]
    return [*lines, "else:", *("  " + line for line in untracked)]


def _untracked(out: str) -> list[str]:
    return [f"{out}._grad_fn = None", f"{out}._requires_grad = False"]


def _keep(derivative: Derivative, slot: Slot, form: list[int], results: list[_Result]) -> list[str]:
    """The lines that put a tensor, or what stands for one, into a slot."""
    version = f"v{slot.attribute[1:]}"
    if slot.kind == "result":
        array, out, _ = results[slot.index]
        kept = f"node.{slot.attribute} = SavedResult({array}, {out}._dtype, {out}._counter, {slot.index})"
        lines = [f"if {out}._counter is None: {out}._counter = [0]"]
        if len(results) == 1:
            lines.append(kept)
        elif slot.index and not derivative.node._takes_all:
            lines.append(f"node.{slot.attribute} = {out}._detached()")
        else:
            lines += [
                f"if {out}._dtype in DIFFERENTIABLE: {kept}",
                f"else: node.{slot.attribute} = {out}._detached()",
            ]
        return [*lines, f"node.{version} = {out}._counter[0]"]
    if slot.index in form:
        source = f"p{slot.index}"
        return [
            f"node.{slot.attribute} = {source}",
            f"c = {source}._counter",
            f"node.{version} = 0 if c is None else c[0]",
        ]
    return [f"node.{slot.attribute} = q{slot.index}", f"node.{version} = 0"]


def _save(saved: Saved, keep: list[str], users: list[int], form: list[int], *, always: bool) -> list[str]:
    """The lines that fill one slot; ``users`` are the tracked inputs whose gradients need it."""
    slot, version = saved.slot, f"v{saved.slot.attribute[1:]}"
    if slot.kind == "value":
        source = f"p{slot.index}" if slot.index in form else f"q{slot.index}"
        return [f"node.{slot.attribute} = {saved.expression.format(source)}"]
    leave = f"node.{slot.attribute} = None; node.{version} = 0"
    if not users:
        return [leave]
    if always:
        return keep
    wanted = " or ".join(f"e{user} is not None" for user in users)
    return [f"if {wanted}:", *("  " + line for line in keep), f"else: {leave}"]
