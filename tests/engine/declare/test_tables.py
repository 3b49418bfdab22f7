"""Declarations against the tables that torch's wheel carries: schemas, nodes, what is saved, forward formulas."""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import engine  # noqa: F401  (declares the operations)
from engine.declare.op import Op
from engine.declare.registry import operations
from engine.declare.schema import Schema, parse
from engine.library import operators

torchgen = pytest.importorskip("torchgen")

PACKAGED = Path(torchgen.__file__).parent / "packaged"

# Torch's nodes hold these too, but Python does not see them.
HIDDEN = re.compile("ScalarType|TensorGeometry|TensorOptions|Layout|TypeAndSize|VectorCType|optional<bool>")


@functools.cache
def schemas() -> dict[str, str]:
    """``name.overload`` -> the schema's text, from native_functions.yaml."""
    text = (PACKAGED / "ATen/native/native_functions.yaml").read_text()
    return {parse(line).qualified: line for line in re.findall(r"^- func: (.+)$", text, re.M)}


def generated() -> set[str]:
    """``name.overload`` of what torch makes of other operations' schemas."""
    text = (PACKAGED / "ATen/native/native_functions.yaml").read_text()
    return {name for names in re.findall(r"^  autogen: (.+)$", text, re.M) for name in names.split(", ")}


@functools.cache
def derivatives():
    """``name.overload`` -> torch's own reading of derivatives.yaml."""
    from torchgen.packaged.autograd.load_derivatives import load_derivatives

    native = PACKAGED / "ATen/native"
    infos, _ = load_derivatives(
        str(PACKAGED / "autograd/derivatives.yaml"), str(native / "native_functions.yaml"), str(native / "tags.yaml")
    )
    chosen = [by_key.get("Default") or next(iter(by_key.values())) for by_key in infos.values()]
    return {str(info.func.func.name): info for info in chosen}


def test_every_operation_has_a_schema_of_torch():
    importlib.import_module("engine.ops.foreach")  # which is declared when it is asked for
    assert {op.schema.qualified for op in operations() if op.native} - set(schemas()) - generated() == set()


def in_tables() -> list[Op]:
    return [op for op in operations() if op.native and op.schema.qualified in schemas()]


def test_schemas():
    """Every parameter is torch's, in torch's order, with torch's type and default; some keywords are left out."""
    found = {
        op.schema.qualified: list(differences(op.schema, parse(schemas()[op.schema.qualified]))) for op in in_tables()
    }
    assert len(found) > 900
    assert {name: texts for name, texts in found.items() if texts} == {}


def differences(ours: Schema, theirs: Schema) -> Iterator[str]:
    """What a schema has otherwise than torch's."""
    by_name = {p.name: p for p in theirs.params}
    yield from (f"{p} is {by_name.get(p.name)}" for p in ours.params if by_name.get(p.name) != p)
    names = [p.name for p in ours.params]
    if names != (order := [p.name for p in theirs.params if p.name in names]):
        yield f"the order is {order}"
    yield from (f"{p} is missing" for p in theirs.params if p.name not in names and not p.kwarg_only)
    if len(ours.returns) != len(theirs.returns):
        yield f"returns {theirs.returns}"


INTEGERS = {"indices", "lengths", "offsets", "pivots", "targets"}
"""Tensors that hold nothing but integers, and so never require grad."""


def test_constants():
    """Tensors without a derivative may not require grad where torch refuses it."""
    for op in recorded():
        info = derivatives()[op.schema.qualified]
        if info.op is None:
            continue  # its result is not differentiable
        known = {arg.name for arg in info.args_with_derivatives} | {*info.non_differentiable_arg_names, "output"}
        given = info.func.func.arguments.flat_non_out
        tensors = [arg.name for arg in given if arg.type.is_tensor_like() and arg.annotation is None]
        refused = {name for name in tensors if name not in known} - INTEGERS
        ours = {op.schema.params[place].name for place in op.constants}
        assert ours == refused & {param.name for param in op.schema.params}, op.schema.qualified


def recorded() -> list[Op]:
    return [op for op in in_tables() if op.derivative is not None and op.schema.qualified in derivatives()]


def test_nodes():
    """Each node has torch's name, and exactly those ``_saved_*`` that torch's node shows."""
    nodes = {op.schema.qualified: op.derivative.node for op in recorded() if op.derivative is not None}
    assert len(nodes) > 400
    found = {name: (node.__name__, saved_by(node)) for name, node in nodes.items()}
    theirs = {op.schema.qualified: node_of(op) for op in recorded()}
    assert {name: (mine, theirs[name]) for name, mine in found.items() if mine != theirs[name]} == {}


def saved_by(node: type) -> set[str]:
    return {name.removeprefix("_saved_") for name in dir(node) if name.startswith("_saved_")}


def node_of(op: Op) -> tuple[Any, set[str]]:
    """The name of torch's node, and the names of what Python sees of what it saves."""
    info = derivatives()[op.schema.qualified]
    if info.op is None:  # its result is not differentiable: what is recorded is the in-place form
        info = derivatives()[f"{op.schema.name}_.{op.schema.overload}"]
    saved = {
        str(getattr(saved.nctype.name, "name", saved.nctype.name))
        for saved in (*info.all_saved_inputs, *info.all_saved_outputs)
        if not HIDDEN.search(f"{saved.nctype.type} {saved.nctype.cpp_type()}")
    }
    return info.op, saved


def test_operations_without_a_formula_are_torchs():
    """``forward=False`` stands exactly where derivatives.yaml has no forward formula."""
    tables = derivatives()
    named = {op.schema.qualified: op for op in operations() if op.native and op.derivation is not None}
    tables = {name: info for name, info in tables.items() if info.op is not None}
    without = {name for name in named if name in tables and not tables[name].forward_derivatives}
    # Torch decomposes these when a level is open.
    without -= {
        "nll_loss_backward", "nll_loss2d_backward", "_softmax_backward_data", "_log_softmax_backward_data",
        "native_layer_norm_backward", "native_batch_norm_backward", "batch_norm_backward",
    }  # fmt: skip
    assert {name for name, op in named.items() if not op.forward} == without


def test_results_are_written_by_the_names_that_torch_has_for_them():
    """Of every operation with several results, by that of torch's overloads which takes tensors for as many."""
    torch = pytest.importorskip("torch")
    found, theirs = {}, {}
    for op in in_tables():
        packet = getattr(torch.ops.aten, op.schema.name, None)
        schemas_of_it = [getattr(packet, name)._schema for name in packet.overloads()] if packet is not None else []
        named = [tuple(each.name for each in one.arguments if each.is_out) for one in schemas_of_it]
        count = len(op.schema.returns)
        if count > 1 and (fits := {names for names in named if len(names) == count}):
            found[op.schema.qualified], theirs[op.schema.qualified] = operators._outs(op.schema), fits
    assert len(found) > 30
    assert {name: (mine, theirs[name]) for name, mine in found.items() if mine not in theirs[name]} == {}
