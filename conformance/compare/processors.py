"""What another processor would have torch compute: numbers that torch's own choice of instructions decides.

torch, oneDNN and MKL choose kernels by the processor, and add up in another order in each: where a sum cancels, its
last digits, its sign if it is zero, and all that follows from them are no property of the operation. Which numbers
those are is not guessed: torch is run again with fewer of the processor's instructions, and differs from itself in
them, and in no others.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from conformance.compare.values import numbers
from conformance.targets.protocol import Array, ArrayState, Mapping_, TensorState, Value
from conformance.targets.protocol import Sequence as Items

TIMES = 4.0
"""So many times as far as torch on another processor may a number be from torch's: two or three samples of what
rounding does are no bound of it."""

Held = TypeVar("Held", TensorState, ArrayState)


def steadied(actual: Value, expected: Value, elsewhere: Sequence[Value | None]) -> Value:
    """`actual`, with torch's own number, `expected`, wherever torch's would be another one `elsewhere`, on other
    processors, and this one is as near."""
    match actual, expected:
        case TensorState(), TensorState():
            others = [each for each in elsewhere if isinstance(each, TensorState)]
            found = _held(actual, expected, others)
            if actual.grad is None or expected.grad is None:
                return found
            grad = steadied(actual.grad, expected.grad, [each.grad for each in others])
            return replace(found, grad=grad) if isinstance(grad, TensorState) else found
        case ArrayState(), ArrayState():
            return _held(actual, expected, [each for each in elsewhere if isinstance(each, ArrayState)])
        case Items(), Items():
            lists = [each.items for each in elsewhere if isinstance(each, Items)]
            return replace(actual, items=tuple(_members(actual.items, expected.items, lists)))
        case Mapping_(), Mapping_():
            keys = [key for key, _ in expected.items]
            if [key for key, _ in actual.items] != keys:
                return actual
            mappings = [each.items for each in elsewhere if isinstance(each, Mapping_)]
            ours, theirs = ([value for _, value in each.items] for each in (actual, expected))
            fitting = [[value for _, value in each] for each in mappings if [key for key, _ in each] == keys]
            members = _members(ours, theirs, fitting)
            return replace(actual, items=tuple(zip(keys, members, strict=True)))
    return actual


def _members(actual: Sequence[Value], expected: Sequence[Value], lists: Sequence[Sequence[Value]]) -> Iterable[Value]:
    fitting = [each for each in lists if len(each) == len(expected)]
    if len(actual) != len(expected):
        return actual
    return [
        steadied(ours, theirs, [each[place] for each in fitting])
        for place, (ours, theirs) in enumerate(zip(actual, expected, strict=True))
    ]


def _held(actual: Held, expected: Held, elsewhere: Sequence[Held]) -> Held:
    if actual.values is None or expected.values is None or not _alike(actual.values, expected.values):
        return actual
    given, wanted = _parts(actual.values), _parts(expected.values)
    theirs = [_parts(each.values) for each in elsewhere if each.values and _alike(each.values, expected.values)]
    unsteady = np.zeros(wanted.shape, np.bool_)
    for each in theirs:
        unsteady |= ~_same(wanted, each) & (_same(given, each) | _within(given, wanted, each))
    if not unsteady.any():
        return actual
    chosen = np.where(unsteady, wanted, given)
    return replace(actual, values=replace(actual.values, data=base64.b64encode(chosen.tobytes()).decode()))


def _parts(values: Array) -> NDArray[Any]:
    """The elements in a row; of complex ones the real and the imaginary parts, each by itself."""
    flat = numbers(values).reshape(-1)
    return flat.view(flat.real.dtype) if np.iscomplexobj(flat) else flat


def _alike(one: Array, other: Array) -> bool:
    return (one.dtype, one.shape, one.stored, one.step) == (other.dtype, other.shape, other.stored, other.step)


def _within(given: NDArray[Any], wanted: NDArray[Any], elsewhere: NDArray[Any]) -> NDArray[np.bool_]:
    """Where a number is about as far from `wanted` as the one `elsewhere`."""
    if wanted.dtype.kind != "f":
        return np.zeros(wanted.shape, np.bool_)
    with np.errstate(all="ignore"):
        return np.abs(given - wanted) <= TIMES * np.abs(elsewhere - wanted)


def _same(one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.bool_]:
    """Where two numbers are the same, the sign of a zero included."""
    equal = one == other
    if one.dtype.kind != "f":
        return equal
    return (equal & (np.signbit(one) == np.signbit(other))) | (np.isnan(one) & np.isnan(other))
