"""The common case of a call, compiled.

For each Python name one function is generated.  It has an *arm* for each form of call that is worth one: all
tensors of one dtype, no unusual mode, options of plain types; or a tensor and a Python number.  An arm runs the
kernel and records the node inline.  Whatever does not fit an arm, or makes a kernel fail, goes to ``slow``,
which decides what it means or raises torch's error.  So an arm never needs to be complete, only right.

A function gets its code when it is first called, or by ``compile_all``: most programs use few operations, and an
import should not pay for all.  The text names parameters by position, so operations of one form share one
compilation.  It is registered in ``linecache``: tracebacks and debuggers show it.
"""

from __future__ import annotations

import functools
import linecache
from collections.abc import Callable, Sequence
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import dtypes, quiet
from ..autograd.modes import FORMULA, GRAD, STATE
from ..autograd.node import accumulator, next_sequence_nr
from ..autograd.saved import SavedResult
from ..autograd.views import geometry, make_view
from ..declare.schema import REQUIRED, Param
from ..device import CPU
from ..tensor import Size, Tensor
from .arguments import NUMPY_NAMES, signature
from .slow import SCALAR_OPERANDS

if TYPE_CHECKING:
    from ..declare.derivative import Saved
    from ..declare.op import Op

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "<missing>"})()

_FULL = frozenset(d for d in dtypes.DTYPES if d not in (dtypes.float16, dtypes.bfloat16))
_FULL_FLOATS = _FULL & dtypes.DIFFERENTIABLE

_SHARED = {
    "Tensor": Tensor, "Size": Size, "ndarray": np.ndarray, "asarray": np.asarray, "new": object.__new__,
    "run": quiet.run, "STATE": STATE, "GRAD": GRAD.get, "FORMULA": FORMULA.get, "FROM_NUM": dtypes.FROM_NUM,
    "BOOL": dtypes.bool_,
    "accumulator": accumulator, "next_seq": next_sequence_nr, "SavedResult": SavedResult,
    "make_view": make_view, "M": MISSING, "CPU": CPU, "geometry": geometry, "NUMERIC": _FULL - {dtypes.bool_},
    "DIFFERENTIABLE": dtypes.DIFFERENTIABLE, "dtype": dtypes.dtype,
}  # fmt: skip


def build(
    name: str,
    overloads: Sequence[Op],
    slow: Callable[..., Any],
    *,
    method: bool = False,
    shown: str | None = None,
) -> Callable[..., Any]:
    """The function for a name.

    Args:
        name: the Python name.
        overloads: what the name stands for, in order.
        slow: takes what no arm takes: ``slow(name, overloads, args, kwargs)``.
        method: the first argument is ``self``.
        shown: the function's ``__name__``, if it is not ``name``.
    """
    function = FunctionType(_uncompiled.__code__, {}, shown or name)
    function.__qualname__ = function.__name__
    function.__module__ = "torch"
    function.__globals__["compiled"] = functools.partial(_fill, function, name, tuple(overloads), slow, method)
    _WAITING[function.__name__, slow] = function
    return function


_WAITING: dict[tuple[str, Callable[..., Any]], FunctionType] = {}


def _uncompiled(*args: Any, **kwargs: Any) -> Any:
    """The code of a function that has not been called yet; ``compiled`` is a name of that function's own."""
    return compiled()(*args, **kwargs)  # type: ignore[name-defined]  # noqa: F821


def compile_all() -> None:
    """Compile what has not been called yet, for a process that will be forked often."""
    while _WAITING:
        _, function = _WAITING.popitem()
        if function.__code__ is _uncompiled.__code__:
            function.__globals__["compiled"]()


def _fill(
    function: FunctionType, name: str, overloads: Sequence[Op], slow: Callable[..., Any], method: bool
) -> FunctionType:
    """Give a function its code, and that what it names."""
    arms: list[str] = []
    bound: list[Any] = []
    count = max((len(_positional(op)) for op in overloads), default=0)
    for i, op in enumerate(overloads):
        for arm in _arms(op, overloads[:i], len(bound), count, method):
            arms.append(arm.text)
            bound.extend(arm.bound)
    variadic = any(signature(op, method).takes_many for op in overloads)
    function.__globals__.update(
        _SHARED,
        function=function,
        slow=lambda args, kwargs: slow(name, overloads, args, kwargs),
        positional=_keywords(overloads, method),
        **{f"B{i}": value for i, value in enumerate(bound)},
    )
    function.__defaults__ = (MISSING,) * count
    # A copy: the interpreter adapts code to the namespace in which it runs.
    function.__code__ = _compile(tuple(arms), count, variadic).replace(co_name=function.__name__)
    return function


def _positional(op: Op) -> list[Param]:
    return [p for p in op.schema.params if not p.kwarg_only]


def _keywords(overloads: Sequence[Op], method: bool) -> Callable[[tuple, dict[str, Any]], tuple | None]:
    """Makes keyword arguments positional where that says the same; None where it does not."""
    plans: dict[tuple[int, tuple[str, ...]], list[Any] | None] = {}

    def plan(given: int, names: tuple[str, ...]) -> list[Any] | None:
        for op in overloads:
            positional = _positional(op)
            where = {p.name: i for i, p in enumerate(positional) if p.name != "self"}
            where |= {alias: i for name, i in where.items() for alias in NUMPY_NAMES.get(name, ())}
            places = [where.get(name, -1) for name in names]
            if min(places) < given or len(set(places)) < len(places) or signature(op, method).takes_many:
                continue
            if any(p.default is REQUIRED for p in positional[max(places) + 1 :]):
                continue
            steps: list[Any] = []
            for i, param in enumerate(positional[given : max(places) + 1], given):
                if i in places:
                    steps.append(names[places.index(i)])
                elif param.default is REQUIRED:
                    break
                else:
                    steps.append((param.default,))
            else:
                return steps
        return None

    def positional(args: tuple, kwargs: dict[str, Any]) -> tuple | None:
        given = len(args)
        while given and args[given - 1] is MISSING:
            given -= 1
        key = (given, tuple(kwargs))
        if key not in plans:
            plans[key] = plan(*key)
        steps = plans[key]
        if steps is None:
            return None
        return args[:given] + tuple(kwargs[s] if s.__class__ is str else s[0] for s in steps)

    return positional


@functools.cache
def _compile(arms: tuple[str, ...], count: int, variadic: bool) -> CodeType:
    parameters = "".join(f"p{i}=M, " for i in range(count))
    given = ", ".join(f"p{i}" for i in range(count))
    comma = "," if count == 1 else ""
    lines = [
        f"def function({parameters}*args, **kwargs):",
        "  if kwargs:",
        f"    moved = None if args else positional(({given}{comma}), kwargs)",
        "    if moved is not None:",
        "      try: return function(*moved)",
        "      except TypeError: pass",  # to be said of the call as it was
        f"  elif not STATE.unusual{'' if variadic else ' and not args'}:",
        *("\n".join("    " + line for line in arm.splitlines()) for arm in arms),
        "    pass",
        *(f"  if p{i} is M: return slow(({''.join(f'p{j}, ' for j in range(i))}), kwargs)" for i in range(count)),
        f"  return slow(({given}{', ' if count else ''}*args), kwargs)",
    ]
    text = "\n".join(lines)
    filename = f"<engine {len(linecache.cache)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    namespace: dict[str, Any] = {"M": MISSING}
    exec(compile(text, filename, "exec"), namespace)
    return namespace["function"].__code__


class _Arm:
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


def _arms(op: Op, earlier: Sequence[Op], first: int, count: int, method: bool) -> list[_Arm]:
    params = op.schema.params
    if op.schema.variadic or len(op.schema.returns) != 1 or not params:
        return []
    if any(p.type.is_tensor and (p.type.is_list or p.type.optional) for p in params):
        return []
    if any(p.kwarg_only and p.default is REQUIRED for p in params):
        return []
    tensors = [i for i, p in enumerate(params) if p.type.is_tensor]
    if (not tensors and op.composite is None) or any(params[i].kwarg_only for i in tensors):
        return []
    forms = [tensors]
    if op.numbers_as_tensors and len(tensors) == 2 and op.composite is None and op.promote.value != "none":
        forms.append(tensors[:1])
    arms: list[_Arm] = []
    for form in forms:
        arm = _arm(op, first + sum(len(a.bound) for a in arms), count, form, tensors, earlier, method)
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
        if type_.base != "int":
            return None
        test = f"{name}.__class__ is tuple or {name}.__class__ is Size or {name}.__class__ is list"
        convert = f"{name} if {name}.__class__ is tuple else tuple({name})"
        if type_.size or varargs:
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


def _arm(
    op: Op, first: int, count: int, form: list[int], tensors: list[int], earlier: Sequence[Op], method: bool
) -> _Arm | None:
    """An arm for tensors at the positions ``form``, numbers at the other tensor positions."""
    arm = _Arm(first)
    params = op.schema.params
    tests, setup = [], []
    for i, param in enumerate(params):
        name, local = f"p{i}", f"q{i}"
        if i in form:
            if any(_takes_number(other, i) for other in earlier):
                tests.append(f"{name}.__class__ is Tensor and {name}._array.ndim")  # a 0-d tensor is a number, too
        elif i in tensors:
            tests.append(f"({name}.__class__ is float or {name}.__class__ is int)")
            setup.append(f"{local} = {name}")
        elif param.kwarg_only:
            setup.append(f"{local} = {param.default!r}")
        elif (plain := _option(param, name, local, signature(op, method).takes_many and i == method)) is not None:
            tests.append(plain[0])
            setup.extend(plain[1])
        elif param.default is REQUIRED:
            return None
        else:
            tests.append(f"{name} is M")
            setup.append(f"{local} = {param.default!r}")
    tests += [f"p{i} is M" for i in range(len(_positional(op)), count)]
    everything = ", ".join(f"p{i}" if i in form else f"q{i}" for i in range(len(params)))
    if op.composite is not None:
        classes = [f"p{i}.__class__ is Tensor" for i in form]
        arm.lines = [f"if {' and '.join(classes + tests)}:", *("  " + line for line in setup)]
        if op.check is not None:
            arm.lines.append(f"  {arm.bind(op.check)}({everything})")
        arm.lines += [
            f"  try: return {arm.bind(op.composite)}({everything})",
            "  except (TypeError, OverflowError): pass",  # an element of a sequence, or an integer beyond 64 bits
        ]
        return arm
    kernel, arguments = op.kernel, range(len(params))
    options_default = all(p.kwarg_only for i, p in enumerate(params) if i not in tensors)
    if op.plain is not None and options_default:
        kernel, arguments = op.plain, tensors  # type: ignore[assignment]
    given = ", ".join(f"a{i}" if i in form else f"q{i}" for i in arguments)
    accepted = _accepted(op, numbers=len(form) < len(tensors))
    same = f"d in {arm.bind(accepted)}"
    if len(form) < len(tensors) and op.promote.value != "int to float" and op.dtypes is None:
        # An int changes no numeric dtype; NumPy refuses one that does not fit, and the slow path wraps it.
        same = f"({same} or (p{tensors[1]}.__class__ is int and d in NUMERIC))"
    if op.promote.value != "none":
        same += "".join(f" and p{i}._dtype is d" for i in form[1:])
    # Where the shapes are all that a check looks at, the kernel fails on what it would refuse.
    elementwise = op.promote.value != "none" and options_default
    check = [] if op.check is None or elementwise else [f"  {arm.bind(op.check)}({everything})"]
    body = [
        *setup,
        "try:",
        *(f"  a{i} = p{i}._array" for i in form),
        *(f"  if p{i}._view is not None: p{i}._view.refresh(p{i})" for i in form),
        f"  d = p{form[0]}._dtype",
        *check,
        f"  r = run({arm.bind(kernel)}, {given}) if {same} else None",
        "except Exception: r = None",
        "if r is not None:",
        "  if r.__class__ is not ndarray: r = asarray(r)",
        "  out = new(Tensor)",
        "  out._array = r",
        f"  out._dtype = {_result_dtype(op, kernel, accepted)}",
        "  out._grad = out._extra = None",
        *(["  make_view(out, p0)"] if op.view else ["  out._view = out._counter = None"]),
        "  out._output_nr = 0",
        *("  " + line for line in _record(op, arm, form)),
        "  return out",
    ]
    arm.lines = [f"if {' and '.join(tests)}:", *("  " + line for line in body)] if tests else body
    return arm


def _takes_number(op: Op, position: int) -> bool:
    """Whether an overload takes a number, and so a 0-d tensor, at this position."""
    positional = _positional(op)
    return position < len(positional) and positional[position].type.base in ("Scalar", "int", "float")


def _accepted(op: Op, *, numbers: bool) -> frozenset[Any]:
    """The dtypes for which the arm means what the slow path means."""
    kind = op.promote.value
    if numbers or kind == "int to float" or (kind != "none" and op.schema.name in SCALAR_OPERANDS):
        found = _FULL_FLOATS
    elif op.structural:
        found = frozenset(dtypes.DTYPES)
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


def _record(op: Op, arm: _Arm, form: list[int]) -> list[str]:
    untracked = ["out._grad_fn = None", "out._requires_grad = False"]
    if op.promote.value == "compare" or op.derivative is None:
        return untracked
    inputs = op.derivative.inputs
    tracked = [i for i in inputs if i in form]
    if not tracked:
        return untracked
    condition = f"({' or '.join(f'p{i}._requires_grad' for i in tracked)})"
    if op.promote.value not in ("default", "int to float"):
        condition += " and out._dtype in DIFFERENTIABLE"
    kind = arm.bind(op.derivative.node)
    numbered = op.derivative.with_number is not None and len(tracked) < len(inputs)
    if numbered:
        kind = f"{arm.bind(op.derivative.with_number)} if FORMULA() else {kind}"
    lines = [f"if {condition} and GRAD():", f"  node = new({kind})"]
    for i in tracked:
        lines += [
            f"  if p{i}._requires_grad:",
            f"    f = p{i}._grad_fn",
            f"    e{i} = (f, p{i}._output_nr) if f is not None else (accumulator(p{i}), 0)",
        ]
        if len(tracked) > 1:
            lines.append(f"  else: e{i} = None")
    edges = ", ".join(f"e{i}" if i in tracked else "None" for i in inputs)
    lines += [
        f"  node._edges = ({f'(e0,) if FORMULA() else ({edges},)' if numbered else f'{edges},'})",
        "  node._seq = next_seq()",
        "  node._shape = r.shape",
        "  node._dtype = out._dtype",
        "  node._more = node._extra = None",
    ]
    for saved in op.derivative.saved:
        users = [inputs[user] for user in saved.users if inputs[user] in tracked]
        lines += ["  " + line for line in _save(saved, users, form, always=len(tracked) == 1)]
    lines += ["  out._grad_fn = node", "  out._requires_grad = True", "else:"]
    return lines + ["  " + line for line in untracked]


def _save(saved: Saved, users: list[int], form: list[int], *, always: bool) -> list[str]:
    """The lines that fill one slot; ``users`` are the tracked inputs whose gradients need it."""
    slot, version = saved.slot, f"v{saved.slot.attribute[1:]}"
    source = f"p{slot.index}"
    if slot.kind == "value":
        if slot.index not in form:
            source = f"q{slot.index}"
        return [f"node.{slot.attribute} = {saved.expression.format(source)}"]
    if slot.kind == "result":
        keep = [
            "if out._counter is None: out._counter = [0]",
            f"node.{slot.attribute} = SavedResult(r, out._dtype, out._counter, 0)",
            f"node.{version} = out._counter[0]",
        ]
    elif slot.index in form:
        keep = [
            f"node.{slot.attribute} = {source}",
            f"c = {source}._counter",
            f"node.{version} = 0 if c is None else c[0]",
        ]
    else:
        keep = [f"node.{slot.attribute} = {source}", f"node.{version} = 0"]
    leave = f"node.{slot.attribute} = None; node.{version} = 0"
    if not users:
        return [leave]
    if always:
        return keep
    wanted = " or ".join(f"e{user} is not None" for user in users)
    return [f"if {wanted}:", *("  " + line for line in keep), f"else: {leave}"]
