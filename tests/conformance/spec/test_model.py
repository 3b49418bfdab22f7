from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from conformance.spec.address import parse_address
from conformance.spec.model import (
    Case,
    Cell,
    Expected,
    Raises,
    Suite,
    Warns,
    case_address,
    cell_address,
    stated,
)


def a_case(**keys: Any) -> Case:
    return Case.model_validate({"id": "a", "cells": [{"code": "1"}], **keys})


def a_suite(*cases: Case) -> Suite:
    return Suite(title="t", cases=cases).found("seeds/t")


def test_a_case_without_parameters_is_its_only_variant() -> None:
    case = a_case()
    assert case.variants() == (case,)
    assert case.bindings == {}


def test_one_variant_for_each_combination_the_last_parameter_fastest() -> None:
    case = a_case(params={"a": ["1", "2"], "b": ["x", "y"]}).found(7)
    variants = case.variants()
    assert [dict(variant.bindings) for variant in variants] == [
        {"a": "1", "b": "x"},
        {"a": "1", "b": "y"},
        {"a": "2", "b": "x"},
        {"a": "2", "b": "y"},
    ]
    assert {variant.line for variant in variants} == {7}
    assert case.bindings == {}


def test_addresses() -> None:
    (variant,) = a_case(params={"n": ["torch.ones(2, 2)[0]"], "m": ["{'a': '#1'}"]}).variants()
    suite = a_suite(variant)
    assert str(case_address(suite, a_case())) == "seeds/t::a"
    assert str(cell_address(suite, a_case(), 3)) == "seeds/t::a#3"
    address = cell_address(suite, variant, 2)
    assert str(address) == "seeds/t::a[n=torch.ones(2, 2)[0],m={'a': '#1'}]#2"
    assert parse_address(str(address)) == address


def test_a_documented_null_is_not_the_same_as_nothing() -> None:
    assert stated(Expected.model_validate({"grad_fn": None})) == {"grad_fn"}
    assert stated(Expected.model_validate(None)) == {"data"}
    assert stated(Expected.model_validate({"shape": []})) == {"shape"}
    assert stated(Cell(code="1")) == {"code"}


def test_bare_data_is_short_for_data() -> None:
    assert Expected.model_validate([1.0, "2j"]) == Expected(data=[1.0, "2j"])
    assert Expected(data=[1.0, "2j"]).value == [1.0, 2j]


def test_models_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        a_case().seed = 1  # type: ignore[misc]


def test_where_it_was_found_survives_pickling_and_is_no_key() -> None:
    cell = Cell(code="1").found(3, 4)
    suite = Suite(title="t", cases=(Case(id="a", cells=(cell,)).found(2),)).found("x/t", Path("x/t.yaml"))
    copy = pickle.loads(pickle.dumps(suite))
    assert copy == suite
    assert (copy.name, copy.path, copy.cases[0].line) == ("x/t", Path("x/t.yaml"), 2)
    assert (copy.cases[0].cells[0].line, copy.cases[0].cells[0].code_line) == (3, 4)
    assert suite.model_dump(exclude_unset=True) == {"title": "t", "cases": ({"id": "a", "cells": ({"code": "1"},)},)}
    with pytest.raises(ValidationError, match="Extra inputs"):
        Cell.model_validate({"code": "1", "line": 3})


@pytest.mark.parametrize(
    ("documented", "said", "same"),
    [
        ("bad shape", "bad shape", True),
        ("bad shape", "bad shape\nException raised from f", True),
        ("bad shape\n", "bad shape", True),
        ("bad  \nshape", "bad\nshape\nmore", True),
        ("bad shape", "bad shapes", False),
        ("bad", "bad shape", False),
        ("bad\nshape", "bad", False),
        ("", "bad", True),
        ("shape", "bad\nshape", False),
    ],
)
def test_a_message_is_the_whole_text_or_its_first_lines(documented: str, said: str, same: bool) -> None:
    assert Raises(type="E", message=documented).says(said) is same
    assert Warns(category="W", message=documented).says(said) is same


def test_a_pattern_may_fit_anywhere() -> None:
    assert Raises(type="E", match=r"size \d+").says("bad size 3 here")
    assert not Raises(type="E", match=r"size \d+$").says("bad size 3 here")
    assert Raises(type="E").says("anything")


def test_one_name_or_several() -> None:
    needs = a_case(needs={"module": "torchviz", "program": ["dot", "git"]}).needs
    assert (needs.module, needs.program) == (("torchviz",), ("dot", "git"))


def test_two_cases_of_one_name() -> None:
    with pytest.raises(ValidationError, match="the id 'a' is taken by an earlier case"):
        Suite(title="t", cases=(a_case(), a_case(id="b"), a_case()))
