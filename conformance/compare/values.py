"""Values against values: a target's against torch's, and against what a spec states."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.compare import graph, text
from conformance.compare.difference import Difference
from conformance.compare.normalise import normalise
from conformance.compare.tolerance import Tolerance, close, tolerance, ulps, widened
from conformance.spec.model import Slack
from conformance.targets.protocol import (
    Array,
    ArrayState,
    Mapping_,
    Node,
    Opaque,
    Scalar,
    Sequence,
    TensorState,
    Value,
)


@dataclass(frozen=True, slots=True)
class Rules:
    """How strictly to compare."""

    on_cpu: bool = True
    """Whether the target is on the CPU; if not, its own device counts as the reference's."""
    any_digits: bool = False
    """Whether numbers may be any, because they were drawn from generators of two devices."""
    allowed: Tolerance | None = None
    """The tolerance, in place of that of the dtype."""
    slack: Slack | None = None
    """How much wider it is than the dtype's."""


# --- reading plain data ---------------------------------------------------------------------------


def numbers(values: Array) -> NDArray[Any]:
    """The elements as NumPy has them: of the array's shape, or in one row where not all were kept."""
    flat = np.frombuffer(base64.b64decode(values.data), values.stored)
    return flat.reshape(values.shape) if values.step == 1 else flat


def number(value: Scalar) -> bool | int | float | complex:
    """What a number or a bool of Python is."""
    read: dict[str, Callable[[str], bool | int | float | complex]] = {
        "bool": lambda text: text == "True",
        "int": int,
        "float": float,
        "complex": complex,
    }
    return read[value.type](value.text)


def plain(value: Value) -> Array | None:
    """The numbers of a value, None if it holds none."""
    if isinstance(value, TensorState | ArrayState):
        return value.values
    return None


LIMIT = 24
"""How many elements are shown of an array."""


def shown(value: Value, limit: int = LIMIT) -> str:
    """A value in one line, for a sentence or a table."""
    match value:
        case TensorState():
            traits = [f"{value.dtype}[{', '.join(map(str, value.shape))}]"]
            traits += ["requires_grad"] if value.requires_grad else []
            traits += [value.grad_fn] if value.grad_fn else []
            grad = f", grad {shown(value.grad, limit)}" if value.grad else ""
            return f"{_shown_numbers(value.values, limit)} ({', '.join(traits)}){grad}"
        case ArrayState():
            return f"{_shown_numbers(value.values, limit)} ({value.values.dtype})"
        case Node():
            return value.graph.root
        case Scalar():
            return repr(value.text) if value.type == "str" else value.text
        case Sequence():
            items = ", ".join(shown(item, limit) for item in value.items[:limit])
            more = ", ..." if len(value.items) + value.cut > limit else ""
            return f"({items}{more})" if value.type != "list" else f"[{items}{more}]"
        case Mapping_():
            pairs = (f"{key}: {shown(item, limit)}" for key, item in value.items[:limit])
            return f"{{{', '.join(pairs)}}}"
        case Opaque():
            return value.text or f"a {value.type}"


def shown_data(value: Value) -> str:
    """The numbers alone of a tensor or an array; anything else as it is."""
    if isinstance(value, TensorState | ArrayState):
        return _shown_numbers(value.values, LIMIT)
    return shown(value)


def _shown_numbers(values: Array | None, limit: int) -> str:
    if values is None:
        return "unreadable"
    elements = numbers(values)
    if elements.size > limit:
        flat = ", ".join(_number(element) for element in elements.reshape(-1)[:limit])
        return f"[{flat}, ...]"
    return _nested(elements)


def _nested(elements: NDArray[Any]) -> str:
    if elements.ndim == 0:
        return _number(elements[()])
    return f"[{', '.join(_nested(element) for element in elements)}]"


def _number(element: Any) -> str:
    return str(element) if isinstance(element, np.inexact) else repr(element.item())


# --- a target's value against torch's -------------------------------------------------------------


def differences(actual: Value, expected: Value, rules: Rules) -> list[Difference]:
    """All in which `actual` is not as `expected`, which is torch's."""
    if actual == expected:
        return []
    if _kind(actual) != _kind(expected):
        return [Difference("type", _kind(actual), _kind(expected))]
    if actual.kind != expected.kind:  # a class named `Tensor` that cannot be looked at as a tensor
        ours, theirs = (f"{_kind(each)}, seen as {each.kind}" for each in (actual, expected))
        return [Difference("type", ours, theirs)]
    match actual, expected:
        case TensorState(), TensorState():
            return list(_tensors(actual, expected, rules))
        case ArrayState(), ArrayState():
            return list(_arrays(actual.values, expected.values, rules))
        case Scalar(), Scalar():
            return list(_scalars(actual, expected, rules))
        case Sequence(), Sequence():
            return list(_containers(actual, expected, rules))
        case Mapping_(), Mapping_():
            return list(_containers(actual, expected, rules))
        case Node(), Node():
            return graph.differences(actual.graph, expected.graph)
        case Opaque(), Opaque():
            return texts(actual.text, expected.text, rules)
    raise AssertionError(f"{type(actual).__name__} has no comparison")


def _kind(value: Value) -> str:
    return "node" if isinstance(value, Node) else value.type


def _properties(actual: TensorState, expected: TensorState, rules: Rules) -> Iterator[Difference]:
    for name in ("dtype", "shape", "device", "layout", "requires_grad", "is_leaf", "version"):
        ours, theirs = getattr(actual, name), getattr(expected, name)
        if ours != theirs and (name != "device" or rules.on_cpu):
            yield Difference(name, str(ours), str(theirs))


def _tensors(actual: TensorState, expected: TensorState, rules: Rules) -> Iterator[Difference]:
    yield from _properties(actual, expected, rules)
    if normalise(actual.error) != normalise(expected.error):
        yield Difference("error", actual.error or "no error", expected.error or "no error")
    yield from graph.grad_fns(actual.graph, expected.graph)
    if actual.values and expected.values:
        yield from _all_elements(actual.values, expected.values, rules)
    elif actual.values != expected.values:
        yield Difference("value", _readable(actual.values), _readable(expected.values))
    if actual.grad and expected.grad:
        yield from (each.within(".grad") for each in differences(actual.grad, expected.grad, rules))
    elif actual.grad != expected.grad:
        yield Difference("grad", _shown_or_none(actual.grad), _shown_or_none(expected.grad))


def _readable(values: Array | None) -> str:
    return "unreadable" if values is None else "readable"


def _shown_or_none(value: Value | None) -> str:
    return "None" if value is None else shown(value)


def _scalars(actual: Scalar, expected: Scalar, rules: Rules) -> Iterator[Difference]:
    if actual.type in ("float", "complex"):
        ours, theirs = np.array(number(actual)), np.array(number(expected))
        yield from elements(ours, theirs, PYTHON, rules)
    else:
        yield from texts(actual.text, expected.text, rules)


PYTHON = "float32"
"""Python's own floats are compared like numbers in a text: most come out of tensors of torch's default
dtype."""


def texts(actual: str, expected: str, rules: Rules) -> list[Difference]:
    return text.differences(normalise(actual, on_cpu=rules.on_cpu), normalise(expected), any_digits=rules.any_digits)


def _containers(actual: Sequence | Mapping_, expected: Sequence | Mapping_, rules: Rules) -> Iterator[Difference]:
    ours, theirs = _items(actual), _items(expected)
    if list(ours) != list(theirs):
        keys = isinstance(actual, Mapping_)
        yield Difference(
            "keys" if keys else "length",
            ", ".join(ours) if keys else str(len(ours) + actual.cut),
            ", ".join(theirs) if keys else str(len(theirs) + expected.cut),
        )
    for key in ours:
        if key in theirs:
            yield from (each.within(f"[{key}]") for each in differences(ours[key], theirs[key], rules))


def _items(value: Sequence | Mapping_) -> dict[str, Value]:
    if isinstance(value, Mapping_):
        return dict(value.items)
    return {str(index): item for index, item in enumerate(value.items)}


def _arrays(actual: Array, expected: Array, rules: Rules) -> Iterator[Difference]:
    for name in ("dtype", "shape"):
        ours, theirs = getattr(actual, name), getattr(expected, name)
        if ours != theirs:
            yield Difference(name, str(ours), str(theirs))
    yield from _all_elements(actual, expected, rules)


def _all_elements(actual: Array, expected: Array, rules: Rules) -> Iterator[Difference]:
    if actual.shape == expected.shape:
        ours, theirs = numbers(actual), numbers(expected)
        allowed = rules.allowed or tolerance(actual.dtype, expected.dtype)
        if rules.slack is not None:
            allowed = widened(allowed, theirs, rules.slack.times, normwise=rules.slack.normwise)
        yield from elements(ours, theirs, expected.dtype, rules, allowed)


# --- numbers --------------------------------------------------------------------------------------


def elements(
    actual: NDArray[Any],
    expected: NDArray[Any],
    dtype: str,
    rules: Rules,
    allowed: Tolerance | None = None,
    signed: bool = True,
) -> Iterator[Difference]:
    """Elements of two arrays of one shape. With `signed`, the zeros' signs must agree too."""
    if rules.any_digits:
        return
    allowed = allowed or rules.allowed or tolerance(dtype)
    odd = _not_finite(actual) != _not_finite(expected)
    if signed:
        odd |= _other_zero(actual, expected)
    wrong = ~close(actual, expected, allowed) & ~odd
    for aspect, where in (("sign or kind", odd), ("value", wrong)):
        if count := int(np.count_nonzero(where)):
            worst = _worst(actual, expected, where)
            detail = f"{count} of {where.size} elements" if where.size > 1 else ""
            if aspect == "value":
                distance = ulps(actual[where], expected[where], dtype)
                detail += "" if distance is None else f"{', up to ' if detail else ''}{distance:.3g} ULP"
            at = str(list(map(int, worst))) if where.ndim else ""
            yield Difference(aspect, _number(actual[worst]), _number(expected[worst]), detail, at)


def _not_finite(elements: NDArray[Any]) -> NDArray[Any]:
    """What of each number is not its magnitude: nan, which infinity."""
    if np.iscomplexobj(elements):
        return _not_finite(elements.real) * 10 + _not_finite(elements.imag)
    if elements.dtype.kind != "f":
        return np.zeros(elements.shape, np.int8)
    return np.where(np.isnan(elements), 1, np.where(np.isinf(elements), 2 + np.signbit(elements), 0))


def _other_zero(actual: NDArray[Any], expected: NDArray[Any]) -> NDArray[np.bool_]:
    """Where both are zero, and not the same zero: beside any other number a zero is a value like all."""
    if np.iscomplexobj(actual) or np.iscomplexobj(expected):
        return _other_zero(actual.real, expected.real) | _other_zero(actual.imag, expected.imag)
    if not actual.dtype.kind == expected.dtype.kind == "f":
        return np.zeros(actual.shape, np.bool_)
    return (actual == 0) & (expected == 0) & (np.signbit(actual) != np.signbit(expected))


def _worst(actual: NDArray[Any], expected: NDArray[Any], where: NDArray[np.bool_]) -> tuple[Any, ...]:
    with np.errstate(all="ignore"):
        distance = np.abs(actual.astype(complex) - expected.astype(complex))
    distance = np.where(where, np.nan_to_num(distance, nan=np.inf, posinf=np.inf), -1.0)
    return np.unravel_index(int(np.argmax(distance)), where.shape)


def distance(actual: Value, expected: Value) -> float | None:
    """The largest distance in ULP between two tensors of one dtype and shape, None for anything else."""
    ours, theirs = plain(actual), plain(expected)
    if ours is None or theirs is None or (ours.dtype, ours.shape) != (theirs.dtype, theirs.shape):
        return None
    return ulps(numbers(ours), numbers(theirs), ours.dtype)
