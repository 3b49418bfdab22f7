"""The common case of a call, compiled.

For each Python name one function is generated. It has an *arm* (``arms.py``) for each form of call that is worth
one: all tensors of one dtype, no unusual mode, options of plain types; or a tensor and a Python number. An arm runs
the kernel and records the node inline, or writes into a tensor that is not tracked. Whatever does not fit an arm,
or makes a kernel fail, goes to ``slow``, which decides what it means or raises torch's error. So an arm never needs
to be complete, only right.

Inference mode is unusual, yet programs run in it as a whole: there the same code runs with other names for the mode and
for what a result has of autograd (``IN_INFERENCE``).

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

from ..autograd.modes import INFERENCE, STATE
from ..declare.schema import REQUIRED
from .arguments import NUMPY_NAMES, signature
from .arms import IN_INFERENCE, MISSING, SHARED, Form, arms_of, positional

if TYPE_CHECKING:
    from ..declare.op import Op


def build(
    name: str,
    overloads: Sequence[Op],
    slow: Callable[..., Any],
    *,
    method: bool = False,
    shown: str | None = None,
    inplace: bool = False,
) -> Callable[..., Any]:
    """The function for a name.

    Args:
        name: the Python name.
        overloads: what the name stands for, in order.
        slow: takes what no arm takes: ``slow(name, overloads, args, kwargs)``.
        method: the first argument is ``self``.
        shown: the function's ``__name__``, if it is not ``name``.
        inplace: the result is written into the first argument.
    """
    function = FunctionType(_uncompiled.__code__, {}, shown or name)
    function.__qualname__ = function.__name__
    function.__module__ = __name__.partition(".")[0]  # where a pickle finds it
    function.__doc__ = "\n".join([op.schema.text for op in overloads])
    function.__globals__["compiled"] = functools.partial(_fill, function, name, tuple(overloads), slow, method, inplace)
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
    function: FunctionType,
    name: str,
    overloads: Sequence[Op],
    slow: Callable[..., Any],
    method: bool,
    inplace: bool,
) -> FunctionType:
    """Give a function its code, and that what it names."""
    count = max((len(positional(op)) for op in overloads), default=0)
    arms, bound = _all_arms(overloads, count, method=method, inplace=inplace, named=False)
    variadic = any(signature(op, method).takes_many for op in overloads)
    code = _compile(arms, count, variadic).replace(co_name=function.__name__)

    def give_code(to: FunctionType, shared: dict[str, Any], otherwise: Callable[[tuple, dict[str, Any]], Any]) -> None:
        keywords = _keywords(to.__name__, overloads, shared, method, inplace)
        to.__globals__.update(shared, slow=otherwise, keywords=keywords, **bound)
        to.__defaults__ = (MISSING,) * count
        to.__code__ = code.replace()  # a copy: the interpreter adapts code to the namespace in which it runs

    def slowly(args: tuple, kwargs: dict[str, Any]) -> Any:
        return slow(name, overloads, args, kwargs)

    in_inference: FunctionType | None = None

    def otherwise(args: tuple, kwargs: dict[str, Any]) -> Any:
        nonlocal in_inference
        if not STATE.inference or STATE.unusual != STATE.inference or not INFERENCE.get():
            return slowly(args, kwargs)
        if in_inference is None:
            in_inference = FunctionType(_uncompiled.__code__, {}, function.__name__)
            give_code(in_inference, IN_INFERENCE, slowly)
        return in_inference(*args, **kwargs)

    give_code(function, SHARED, otherwise)
    return function


def _all_arms(
    overloads: Sequence[Op], count: int, *, method: bool, inplace: bool, named: bool
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The texts of the arms of all overloads, and what they name."""
    arms: list[str] = []
    bound: list[Any] = []
    variadic = any(signature(op, method).takes_many for op in overloads)
    for i, op in enumerate(overloads):
        form = Form(len(bound), count, overloads[:i], method, inplace, named, variadic)
        for arm in arms_of(op, form):
            arms.append(arm.text)
            bound.extend(arm.bound)
    return tuple(arms), {f"B{i}": value for i, value in enumerate(bound)}


def _keywords(
    name: str, overloads: Sequence[Op], shared: dict[str, Any], method: bool, inplace: bool
) -> Callable[[tuple, dict[str, Any]], Any]:
    """Calls with keyword arguments, which become positional where that says the same; MISSING where it does not.

    They go to *variants* of the function that give up rather than being slow, so that an override sees the call as it
    was. Of an overload that has keyword-only parameters, these are positional in a variant of its own.
    """
    plans: dict[tuple[int, tuple[str, ...]], tuple[Callable[..., Any], list[Any]] | None] = {}
    variants: dict[Op | None, Callable[..., Any]] = {}

    def variant(op: Op | None) -> Callable[..., Any]:
        if op not in variants:
            of = overloads if op is None else [op]
            count = max(len(positional(one) if op is None else one.schema.params) for one in of)
            arms, bound = _all_arms(of, count, method=method, inplace=inplace, named=op is not None)
            code = _compile(arms, count, None)
            variants[op] = FunctionType(code, {**shared, **bound}, name, (MISSING,) * count)
        return variants[op]

    def plan(given: int, names: tuple[str, ...]) -> tuple[Callable[..., Any], list[Any]] | None:
        for op in overloads:
            named = [p.name for p in op.schema.params if p.kwarg_only and p.name in names]
            params = list(op.schema.params) if named else positional(op)
            where = {p.name: i for i, p in enumerate(params) if p.name != "self"}
            where |= {alias: i for name, i in where.items() for alias in NUMPY_NAMES.get(name, ())}
            places = [where.get(name, -1) for name in names]
            if min(places) < given or len(set(places)) < len(places) or signature(op, method).takes_many:
                continue
            if any(p.default is REQUIRED for p in params[max(places) + 1 :]):
                continue
            steps: list[Any] = []
            for i, param in enumerate(params[given : max(places) + 1], given):
                if i in places:
                    steps.append(names[places.index(i)])
                elif param.default is REQUIRED:
                    break
                else:
                    steps.append((MISSING,) if named else (param.default,))
            else:
                return variant(op if named else None), steps
        return None

    def keywords(args: tuple, kwargs: dict[str, Any]) -> Any:
        given = len(args)
        while given and args[given - 1] is MISSING:
            given -= 1
        key = (given, tuple(kwargs))
        if key not in plans:
            plans[key] = plan(*key)
        found = plans[key]
        if found is None:
            return MISSING
        called, steps = found
        try:
            return called(*args[:given], *[kwargs[s] if s.__class__ is str else s[0] for s in steps])
        except TypeError:  # to be said of the call as it was
            return MISSING

    return keywords


@functools.cache
def _compile(arms: tuple[str, ...], count: int, variadic: bool | None) -> CodeType:
    """The code of a function; with None for ``variadic``, of a variant, which gives up rather than being slow."""
    parameters = "".join(f"p{i}=M, " for i in range(count))
    given = ", ".join(f"p{i}" for i in range(count))
    comma = "," if count == 1 else ""
    branches = ["\n".join("    " + line for line in arm.splitlines()) for arm in arms]
    if variadic is None:
        lines = [f"def function({parameters}*args):", "  if not STATE.unusual:", *branches, "    pass", "  return M"]
    else:
        lines = [
            f"def function({parameters}*args, **kwargs):",
            "  if kwargs:",
            "    if not (args or STATE.unusual):",  # an override sees the call as it was
            f"      found = keywords(({given}{comma}), kwargs)",
            "      if found is not M: return found",
            f"  elif not STATE.unusual{'' if variadic else ' and not args'}:",
            *branches,
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
