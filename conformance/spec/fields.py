"""The types of the keys of a spec: what may stand after the colon."""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeAlias, TypeVar

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from pydantic import AfterValidator, BeforeValidator, Field, GetCoreSchemaHandler, Strict, StringConstraints
from pydantic_core import CoreSchema, PydanticCustomError
from typing_extensions import TypeAliasType

T = TypeVar("T")


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _specifier(text: str) -> str:
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        raise PydanticCustomError(
            "torch_version",
            "{text} is not a version specifier: write one such as >=2.6 or ==2.13.*",
            {"text": repr(text)},
        ) from None
    return text


def _regex(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise PydanticCustomError("regex", "not a regular expression: {error}", {"error": str(error)}) from None
    return pattern


class _NeverNull:
    """Takes the null out of `T | None`: None is then the default alone."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        nullable = handler(source)
        assert nullable["type"] == "nullable"
        return nullable["schema"]


Maybe: TypeAlias = Annotated[T | None, _NeverNull()]
"""A key that may be left out (then None) but may not hold null."""

Items: TypeAlias = Annotated[tuple[T, ...], Strict(False)]
"""A YAML list, kept as a tuple."""

Text: TypeAlias = Annotated[str, StringConstraints(min_length=1)]
Names: TypeAlias = Annotated[Items[Text], BeforeValidator(_as_tuple, json_schema_input_type=Text | list[Text])]
"""One name, or a list of them."""

Regex: TypeAlias = Annotated[str, StringConstraints(min_length=1), AfterValidator(_regex)]
Specifier: TypeAlias = Annotated[str, AfterValidator(_specifier)]

Data = TypeAliasType("Data", "bool | int | float | str | list[Data] | None")
"""What `values` may hold, as YAML gives it; `conformance.spec.values` turns it into Python and back."""

Tree = TypeAliasType(
    "Tree",
    "str | Annotated[dict[str, Annotated[list[Tree], Field(min_length=1)]], Field(min_length=1, max_length=1)] | None",
)
"""A graph as nodes and their `next_functions`, in the one form that both specs and observations use.

A node without inputs is its name, a node with inputs is `{name: [inputs]}`, an edge to nothing is null. A
node that is reached twice is written twice. The graph of `(x * y).mean()` where only `x` requires grad:

    MeanBackward0:
    - MulBackward0: [AccumulateGrad, null]
"""
