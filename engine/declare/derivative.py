"""From the formulas of an operation to the class of its nodes.

A formula's parameter names say what must be saved: an input (``other``), an output (``result``, or its name in
the schema), a number (``dim``), or a fact about an input (``self_sym_sizes``).  ``grad`` is the gradient of the
first output, ``grads`` the list of all of them.  The names are torch's, so ``_saved_other`` and
``_saved_self_sym_sizes`` of the node follow.

The class stores what is saved in the slots ``s0``, ``s1``, ... with versions in ``v0``, ``v1``, ...; numbered
names let operations of the same form share compiled code.
"""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ..autograd.node import Node
from ..autograd.saved import FREED, TWICE, SavedResult, SavedTensor, Slot, restore, unpack
from ..tensor import Tensor
from ..tensor_base import readonly
from .schema import Schema

FACTS: dict[str, str] = {
    "sym_sizes": "{0}._array.shape",
    "sym_sizes_opt": "((0,) if {0} is None else {0}._array.shape)",
    "geometry": "geometry({0}._array, {0}._array)",
    **{f"sym_argsize_minus_{i}": f"{{0}}._array.shape[-{i}]" for i in range(1, 4)},
    **{f"sym_argsize_{i}": f"{{0}}._array.shape[{i}]" for i in range(3)},
    **{f"sym_argsize_minus_{i}": f"{{0}}._array.shape[-{i}]" for i in (1, 2)},
    "sym_strides": "{0}.stride()",
    "sym_storage_offset": "{0}.storage_offset()",
    "scalar_type": "{0}._dtype",
    "dim": "{0}._array.ndim",
    "sym_numel": "{0}._array.size",
    "options": "({0}._dtype, {0}.device)",
    "info": "{0}._array.shape",
    "args_scalartypes": "tuple([t._dtype for t in {0}])",
    "args_sym_sizes": "tuple([t._array.shape for t in {0}])",
}
"""Facts about an input that a formula may name, and how they are computed."""

HIDDEN = ("_geometry", "_options", "_scalar_type", "input_dtype", "_args_scalartypes", "_args_sym_sizes", "_info")
"""Facts that torch's nodes hold too, but do not show."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What one slot of a node class holds, and when it is filled."""

    slot: Slot
    expression: str
    """How a value is computed from the parameter ``{0}``; empty for inputs and results."""
    users: tuple[int, ...]
    """The tensor inputs whose gradients need it, by position among the tensor inputs."""


@dataclass(frozen=True, slots=True)
class Derivative:
    """The node class of an operation, and what its recording must save."""

    node: type[Node]
    inputs: tuple[int, ...]
    """The parameters that have an edge: those with a formula."""
    saved: tuple[Saved, ...]
    with_number: type[Node] | None = None
    """The class of nodes that formulas record when the second operand is a number (see `_with_number`)."""


def _classify(name: str, schema: Schema, outputs: tuple[str, ...]) -> tuple[str, int, str]:
    """Kind, index and expression of what a formula's parameter names.

    Raises:
        ValueError: if it names nothing of the schema.
    """
    if name in outputs:
        return "result", outputs.index(name), ""
    for index, param in enumerate(schema.params):
        if param.name == name:
            if param.type.is_tensor:
                return ("inputs" if param.type.is_list else "input"), index, ""
            return "value", index, "{0}"
        if name.startswith(param.name + "_") and name[len(param.name) + 1 :] in FACTS:
            return "value", index, FACTS[name[len(param.name) + 1 :]]
    raise ValueError(f"{schema.qualified}: a formula names {name!r}, which is not in {schema.text!r}")


def derive(
    schema: Schema,
    name: str,
    formulas: Mapping[str, Callable],
    jointly: Callable | None,
    differentiable: Collection[str] = (),
    number_name: str | None = None,
) -> Derivative:
    """Make the node class of an operation.

    Args:
        schema: the operation's.
        name: the name of the class.
        formulas: by the name of the input that they differentiate.
        jointly: one formula for several inputs; it gets ``needs``, one bool per input.
        differentiable: the inputs of ``jointly``; by default all tensors.
        number_name: the name of the class for a number as the second operand, if there is one.

    Raises:
        ValueError: if a formula names something that the schema does not have.
    """
    for given in (*formulas, *differentiable):
        if given not in [p.name for p in schema.tensors]:
            raise ValueError(f"{schema.qualified}: no tensor input is called {given!r}")
    chosen = (
        differentiable if jointly and differentiable else formulas if not jointly else [p.name for p in schema.tensors]
    )
    inputs = [i for i, p in enumerate(schema.params) if p.name in chosen]
    tensors = [schema.params[i].name for i in inputs]
    outputs = schema.outputs
    users: dict[str, list[int]] = {}
    calls: dict[str, list[str]] = {}
    for target, formula in [*formulas.items(), *([("", jointly)] if jointly else [])]:
        parameters = list(inspect.signature(formula).parameters)
        calls[target] = parameters
        for parameter in parameters:
            if parameter not in ("grad", "grads", "needs"):
                positions = [tensors.index(target)] if target else [*range(len(tensors))]
                users.setdefault(parameter, []).extend(positions)
    saved = []
    found = [(parameter, _classify(parameter, schema, outputs)) for parameter in sorted(users)]
    # Torch saves inputs before it computes, and results after that; hooks see it.
    found.sort(key=lambda one: one[1][0] == "result")
    for number, (parameter, (kind, index, expression)) in enumerate(found):
        positions = users[parameter]
        saved.append(Saved(Slot(parameter, kind, index, f"s{number}"), expression, tuple(sorted(set(positions)))))
    takes_all = any("grads" in parameters for parameters in calls.values())
    hidden = [p.name for p in schema.params if p.type.base == "bool" and p.type.optional]  # torch does not show these
    integers = [p.name for p in schema.params if p.type.base in ("int", "SymInt")]
    namespace = _class_body(tuple(saved), takes_all, hidden, integers)
    if name in ("NotImplemented", "CopyBackwards"):  # written by hand in torch, with the names of their C++ classes
        namespace["_display_name"] = f"torch::autograd::{name}"
    if name == "NotImplemented" and not schema.name.endswith("_"):  # torch's fallback connects the tracked inputs alone
        namespace["next_functions"] = property(lambda node: tuple(filter(None, node._edges)))
    namespace["_apply"] = _compile_apply(tuple(saved), tensors, schema, formulas, jointly, calls)
    node = type(name, (Node,), namespace)
    numbered = None
    if number_name is not None:
        first = tensors[:1]
        chosen = {target: formula for target, formula in formulas.items() if target in first}
        apply = _compile_apply(tuple(saved), first, schema, chosen, None, calls, numbered=True)
        numbered = _with_number(node, number_name, tuple(saved), apply)
    return Derivative(node, tuple(inputs), tuple(saved), numbered)


def _with_number(node: type[Node], name: str, saved: tuple[Saved, ...], apply: Callable) -> type[Node]:
    """The node class of the overload that takes a number, such as ``mul.Scalar``.

    Python has no such overload: there a number becomes a tensor, which the node saves.  The derivatives of torch are
    C++ and do have it: its nodes have one edge, and show the number as it is.
    """
    body: dict[str, Any] = {"__slots__": (), "__module__": "builtins", "_apply": apply}
    for one in saved:
        if one.slot.name == "other":
            body["_saved_other"] = readonly(operator.attrgetter(one.slot.attribute))
    return type(name, (node,), body)


def _class_body(
    saved: tuple[Saved, ...], takes_all: bool, hidden: Collection[str], integers: Collection[str]
) -> dict[str, Any]:
    slots = [one.slot.attribute for one in saved]
    tensors = [one.slot for one in saved if one.slot.kind != "value"]
    body: dict[str, Any] = {
        "__slots__": (*slots, *(f"v{slot.attribute[1:]}" for slot in tensors)),
        "__module__": "builtins",
        "_takes_all": takes_all,
    }
    for one in saved:
        if one.slot.name not in hidden and not one.slot.name.endswith(HIDDEN):
            read = _read_integers if one.slot.name in integers else _read
            body[f"_saved_{one.slot.name}"] = readonly(functools.partial(read, one.slot))
            if one.slot.kind != "value":
                body[f"_raw_saved_{one.slot.name}"] = readonly(functools.partial(_read_raw, one.slot))
    if tensors:
        body["_release"] = _compile_release(tuple(slot.attribute for slot in tensors))
    return body


def _read(slot: Slot, node: Node) -> Any:
    value = getattr(node, slot.attribute)
    if slot.kind == "value":
        return value
    version = getattr(node, f"v{slot.attribute[1:]}")
    if slot.kind == "inputs" and value is not FREED:
        return tuple(unpack(node, *pair) for pair in zip(value, version, strict=True))
    return unpack(node, value, version)


def _read_integers(slot: Slot, node: Node) -> Any:
    """Integers as torch shows them: of 64 bits, without a sign."""
    value = getattr(node, slot.attribute)
    if isinstance(value, (tuple, list)):
        return tuple(one % 2**64 for one in value)
    return value if value is None else value % 2**64


def _read_raw(slot: Slot, node: Node) -> Any:
    """The saved tensor as an object, which from now on is what the slot holds."""
    value = getattr(node, slot.attribute)
    version_attribute = f"v{slot.attribute[1:]}"
    if slot.kind == "inputs":
        if value is FREED:
            raise RuntimeError(TWICE)
        versions = getattr(node, version_attribute)
        raw: Any = tuple(_raw(node, *pair) for pair in zip(value, versions, strict=True))
        setattr(node, version_attribute, (0,) * len(raw))
    else:
        raw = _raw(node, value, getattr(node, version_attribute))
    if value is not FREED and value is not None:
        setattr(node, slot.attribute, raw)
    return raw


def _raw(node: Node, value: Any, version: int) -> SavedTensor:
    return value if isinstance(value, SavedTensor) else SavedTensor.of(node, value, version)


@functools.cache
def _compile_release(attributes: tuple[str, ...]) -> Callable[[Any], None]:
    lines = ["def release(node):"]
    for attribute in attributes:
        lines.append(f"    if node.{attribute} is not None: node.{attribute} = FREED")
    namespace: dict[str, Any] = {"FREED": FREED}
    exec("\n".join(lines), namespace)
    return namespace["release"]


def _compile_apply(
    saved: tuple[Saved, ...],
    tensors: list[str],
    schema: Schema,
    formulas: Mapping[str, Callable],
    jointly: Callable | None,
    calls: Mapping[str, list[str]],
    *,
    numbered: bool = False,
) -> Callable:
    """``apply(node, grad)``: read what was saved, call the formulas of the inputs that need a gradient."""
    local = {one.slot.name: one.slot.attribute for one in saved} | {"grad": "g", "grads": "g", "needs": "needs"}
    lists = [p.name for p in schema.tensors if p.type.is_list and p.name in tensors]
    takes_all = any("grads" in parameters for parameters in calls.values())
    lines = ["    e = node._edges"]
    if takes_all:
        for parameters in calls.values():
            if "grad" in parameters:
                local["grad"] = "g[0]"
    for one in saved:
        attribute, version = one.slot.attribute, f"v{one.slot.attribute[1:]}"
        lines.append(f"    {attribute} = node.{attribute}")
        if one.slot.kind == "value":
            continue
        if one.slot.kind == "inputs":
            lines.append(f"    {attribute} = read_list(node, {attribute}, node.{version})")
            continue
        like = "None" if takes_all else "g._dtype"
        if numbered and one.slot.name == "other":
            lines.append(f"    {attribute} = conjugable({attribute})")
            continue
        lines.append(f"    if {attribute} is not None:")
        if one.slot.kind == "result":
            test = f"{attribute}.__class__ is SavedResult and {attribute}.counter[0] == node.{version}"
            lines.append(f"        if {test}: {attribute} = restore({attribute}, node)")
        else:
            lines.append(f"        c = {attribute}._counter if {attribute}.__class__ is Tensor else False")
            lines.append(f"        if c is None and node.{version} == 0 or c and c[0] == node.{version}: pass")
        lines.append(f"        else: {attribute} = unpack(node, {attribute}, node.{version}, {like})")
    if jointly:
        arguments = ", ".join(local[parameter] for parameter in calls[""])
        lines.append("    needs = [x is not None for x in e]")
        lines.append(f"    return list(F({arguments}))")
    elif lists:
        # The list's edges come where the list stands among the inputs.
        lines.append("    found = []")
        position = "0"
        for index, name in enumerate(tensors):
            arguments = ", ".join(local[parameter] for parameter in calls.get(name, ()))
            if name in lists:
                rest = len(tensors) - index - 1
                stop = f"len(e) - {rest}" if rest else "len(e)"
                wanted = f"any(x is not None for x in e[{position}:{stop}])"
                value = f"F{index}({arguments})" if name in formulas else "None"
                lines.append(f"    found.extend(({value} if {wanted} else None) or [None] * ({stop} - {position}))")
                position = f"({stop})"
            else:
                value = f"F{index}({arguments}) if e[{position}] is not None else None" if name in formulas else "None"
                lines.append(f"    found.append({value})")
                position = f"({position} + 1)"
        lines.append("    return found")
    else:
        # Torch computes the gradients by the names of the inputs, in alphabetical order: so what they are made of is
        # recorded, and sums of second derivatives are in its order.
        for index, name in sorted(enumerate(tensors), key=lambda pair: pair[1]):
            arguments = ", ".join(local[parameter] for parameter in calls.get(name, ()))
            call = f"F{index}({arguments})"
            if name not in formulas:
                call = "None"
            elif len(tensors) > 1:
                call = f"{call} if e[{index}] is not None else None"
            lines.append(f"    r{index} = {call}")
        lines.append(f"    return [{', '.join(f'r{index}' for index in range(len(tensors)))}]")
    bound = {f"F{tensors.index(name)}": formula for name, formula in formulas.items()}
    if jointly:
        bound["F"] = jointly
    return _factory("\n".join(lines), tuple(bound))(*bound.values())


@functools.cache
def _factory(body: str, names: tuple[str, ...]) -> Callable[..., Callable]:
    """Compile a body once for all operations of the same form."""
    text = f"def make({', '.join(names)}):\n  def apply(node, g):\n{body}\n  return apply"
    namespace: dict[str, Any] = {
        "Tensor": Tensor, "SavedResult": SavedResult, "unpack": unpack, "restore": restore, "read_list": _read_list,
        "conjugable": _conjugable,
    }  # fmt: skip
    exec(compile(text, "<engine apply>", "exec"), namespace)
    return namespace["make"]


class _Integer(int):
    conj = int.conjugate


class _Real(float):
    conj = float.conjugate


class _Complex(complex):
    conj = complex.conjugate


def _conjugable(number: Any) -> Any:
    """A number as formulas take it that are written for tensors."""
    kind = _Integer if isinstance(number, int) else _Complex if isinstance(number, complex) else _Real
    return kind(number)


def _read_list(node: Node, values: Any, versions: Any) -> Any:
    if values is FREED:
        return unpack(node, values, 0)
    return values and tuple(unpack(node, *pair) for pair in zip(values, versions, strict=True))
