"""Values against what a spec states of them. What it does not state is not compared here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.compare import values
from conformance.compare.difference import Difference
from conformance.compare.tolerance import Tolerance
from conformance.compare.values import PYTHON, Rules, elements, numbers, plain, texts
from conformance.spec import values as spec_values
from conformance.spec.model import Expected, stated
from conformance.targets.protocol import Node, Opaque, Scalar, Sequence, TensorState, Value

_ASPECTS = {
    "data": ("type", "length", "shape", "value", "sign or kind", "text"),
    "grad_fn": ("grad_fn",),
}


def aspects(expected: Expected) -> frozenset[str]:
    """The aspects of a value that the spec states; torch does not arbitrate them."""
    return frozenset(aspect for key in stated(expected) for aspect in _ASPECTS.get(key, (key,)))


def differences(actual: Value, expected: Expected, rules: Rules) -> list[Difference]:
    """All in which `actual` is not as the spec states."""
    said = stated(expected)
    found = list(_properties(actual, expected, said - {"data", "tolerance"}, rules))
    if "data" in said:
        if expected.tolerance:
            rules = replace(rules, allowed=Tolerance(expected.tolerance.rtol, expected.tolerance.atol))
        found += _data(actual, spec_values.decode(expected.data), rules)
    return found


def _properties(actual: Value, expected: Expected, said: frozenset[str], rules: Rules) -> Iterator[Difference]:
    if not isinstance(actual, TensorState):
        if said:
            seen = "node" if isinstance(actual, Node) else actual.type
            yield Difference("type", f"{seen}, seen as {actual.kind}" if seen == "Tensor" else seen, "Tensor")
        return
    for key in sorted(said):
        wanted = getattr(expected, key)
        ours = getattr(actual, key)
        if ours != wanted and not (key == "device" and wanted == "cpu" and not rules.on_cpu):
            yield Difference(key, str(ours), str(wanted))


def _data(actual: Value, expected: Any, rules: Rules) -> list[Difference]:
    """`expected` is Python's: None, bool, number, str, or nested lists of them."""
    held = plain(actual)
    if held is not None:
        return list(_numbers(numbers(held), held.dtype, expected, rules))
    match actual, expected:
        case Scalar(type="str") | Opaque(), str():
            return texts(actual.text, expected, rules)
        case Node(), str():
            return [] if actual.graph.root == expected else [Difference("value", actual.graph.root, expected)]
        case Scalar(type="NoneType"), None:
            return []
        case Scalar(type="bool" | "int" | "float" | "complex"), bool() | int() | float() | complex():
            ours = values.number(actual)
            if isinstance(ours, int) and isinstance(expected, int) and type(ours) is type(expected):
                return [] if ours == expected else [Difference("value", actual.text, _literal(expected))]
            return list(_numbers(np.array(ours), _python(actual.type), expected, rules))
        case Sequence(), list():
            if len(actual.items) + actual.cut != len(expected):
                return [Difference("length", str(len(actual.items) + actual.cut), str(len(expected)))]
            return [
                difference.within(f"[{index}]")
                for index, (ours, theirs) in enumerate(zip(actual.items, expected, strict=False))
                for difference in _data(ours, theirs, rules)
            ]
    return [Difference("value", values.shown(actual), _literal(expected))]


def _python(kind: str) -> str:
    return PYTHON if kind in ("float", "complex") else "int64"


def _numbers(actual: NDArray[Any], dtype: str, expected: Any, rules: Rules) -> Iterator[Difference]:
    wanted = _array(expected)
    if wanted is None:
        yield Difference("value", f"of {dtype}", _literal(expected))
    elif actual.shape != wanted.shape:
        yield Difference("shape", str(actual.shape), str(wanted.shape))
    elif (actual.dtype.kind == "b") != (wanted.dtype.kind == "b") and wanted.size:
        yield Difference("value", f"of {dtype}", _literal(expected))
    else:
        # Only a float has a signed zero: `0` in a spec is either.
        yield from elements(actual, wanted, dtype, rules, signed=wanted.dtype.kind in "fc")


def _array(expected: Any) -> NDArray[Any] | None:
    """Nested lists of numbers as an array; None for what is ragged or holds anything else."""
    try:
        array = np.array(expected)
    except ValueError:
        return None
    return array if array.dtype.kind in "biufc" else None


def _literal(expected: Any) -> str:
    return repr(expected)


# --- shown ----------------------------------------------------------------------------------------


def shown_expected(expected: Expected) -> str:
    """What a spec states, in one line."""
    return _joined(expected, lambda: _literal(spec_values.decode(expected.data)), expected)


def shown(actual: Value, expected: Expected) -> str:
    """Of a value just what the spec states of it, in the same form."""
    if not isinstance(actual, TensorState) and stated(expected) - {"data", "tolerance"}:
        return values.shown(actual)
    return _joined(expected, lambda: values.shown_data(actual), actual)


def _joined(expected: Expected, data: Callable[[], str], of: Any) -> str:
    said = stated(expected)
    parts = [data()] if "data" in said else []
    return ", ".join([*parts, *(f"{key} {getattr(of, key)}" for key in sorted(said - {"data", "tolerance"}))])
