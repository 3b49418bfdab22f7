"""Declarations against the tables that torch's wheel carries: schemas, node names, what nodes save."""

from __future__ import annotations

import functools
import importlib
import re
from pathlib import Path

import pytest

import engine  # noqa: F401  (declares the operations)
from engine.declare.op import Op
from engine.declare.registry import operations
from engine.declare.schema import parse

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


@pytest.mark.parametrize("op", in_tables(), ids=lambda op: op.schema.qualified)
def test_schema(op: Op):
    """Every parameter is torch's, in torch's order, with torch's type and default; some keywords are left out."""
    theirs = parse(schemas()[op.schema.qualified])
    by_name = {p.name: p for p in theirs.params}
    assert [p for p in op.schema.params if by_name[p.name] != p] == []
    names = [p.name for p in op.schema.params]
    assert names == [p.name for p in theirs.params if p.name in names]
    assert all(p.kwarg_only for p in theirs.params if p.name not in names)
    assert len(op.schema.returns) == len(theirs.returns)


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


@pytest.mark.parametrize("op", recorded(), ids=lambda op: op.schema.qualified)
def test_node(op: Op):
    """The node has torch's name, and exactly those ``_saved_*`` that torch's node shows."""
    assert op.derivative is not None
    info = derivatives()[op.schema.qualified]
    if info.op is None:  # its result is not differentiable: what is recorded is the in-place form
        info = derivatives()[f"{op.schema.name}_.{op.schema.overload}"]
    assert op.derivative.node.__name__ == info.op
    theirs = {
        str(getattr(saved.nctype.name, "name", saved.nctype.name))
        for saved in (*info.all_saved_inputs, *info.all_saved_outputs)
        if not HIDDEN.search(f"{saved.nctype.type} {saved.nctype.cpp_type()}")
    }
    assert {name.removeprefix("_saved_") for name in dir(op.derivative.node) if name.startswith("_saved_")} == theirs
