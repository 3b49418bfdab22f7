"""The JSON Schemas of the specs, for editors (yaml-language-server) and for other tools.

`python -m conformance.spec.schema` writes them beside the specs again after the models have changed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from conformance.known import Entries
from conformance.spec.docstrings import docstrings
from conformance.spec.model import Suite


class _Schema(GenerateJsonSchema):
    """pydantic's schema without what says nothing: titles made of keys, defaults that mean "not stated"."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        described = super().default_schema(schema)
        if not isinstance(described.get("default"), str | int):
            described.pop("default", None)
        return described

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        described = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        texts = docstrings(model)
        for name, field in model.model_fields.items():
            if name in texts:
                described["properties"][field.alias or name]["description"] = texts[name]
        return described


def spec_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a suite's file."""
    return _schema(Suite, "A suite of autograd-conformance")


def known_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `specs/known.yaml`."""
    return _schema(Entries, "The accepted divergences of autograd-conformance")


def as_text(schema: dict[str, Any]) -> str:
    """The schema as the file that is published."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


FILES = {"schema.json": spec_schema, "known.schema.json": known_schema}
"""The published files in `specs/`."""


def _schema(shape: Any, title: str) -> dict[str, Any]:
    schema = TypeAdapter(shape).json_schema(schema_generator=_Schema)
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema, "title": title}


if __name__ == "__main__":
    for name, make in FILES.items():
        (Path("specs") / name).write_text(as_text(make()), encoding="utf-8")
