from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.spec import schema, yaml

SPECS = Path(__file__).parents[3] / "specs"


@pytest.mark.parametrize("name", schema.FILES)
def test_the_published_file_is_current(name: str) -> None:
    published = (SPECS / name).read_text(encoding="utf-8")
    assert published == schema.as_text(schema.FILES[name]()), "run python -m conformance.spec.schema"


@pytest.mark.parametrize("make", schema.FILES.values())
def test_it_is_a_json_schema(make: Any) -> None:
    assert make()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(make())


def properties(part: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(part, dict):
        yield from part.get("properties", {}).items()
        for inner in part.values():
            yield from properties(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from properties(inner)


@pytest.mark.parametrize("make", schema.FILES.values())
def test_every_key_is_described(make: Any) -> None:
    found = list(properties(make()))
    assert len(found) > 5
    assert [name for name, described in found if not described.get("description")] == []


def test_the_seeds_are_valid_by_the_schema_too() -> None:
    validator = jsonschema.Draft202012Validator(schema.spec_schema())
    for path in sorted((SPECS / "seeds").glob("*.yaml")):
        assert [error.message for error in validator.iter_errors(yaml.read(path)[0].data)] == []


@pytest.mark.parametrize(
    "cell",
    [
        {"code": "1", "stdout": None},
        {"code": "1", "values": {"x": {}}},
        {"code": "1", "values": {"x": {"dta": 1}}},
        {"code": "1", "graph": {"x": {"A": []}}},
        {"code": "1", "graph": {"x": {"A": ["B"], "C": ["D"]}}},
        {"code": "1", "raises": {"type": "E", "during": "lunch"}},
        {"code": "1", "line": 3},
        {"from": "In [1]"},
    ],
)
def test_it_rejects_what_the_loader_rejects(cell: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(schema.spec_schema())
    suite = {"title": "t", "cases": [{"id": "a", "cells": [{"code": "1"}]}]}
    assert validator.is_valid(suite)
    suite["cases"][0]["cells"].append(cell)  # type: ignore[index]
    assert not validator.is_valid(suite)
