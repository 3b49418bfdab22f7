"""What stands below the fields of a model: words for who writes a spec, in messages and in the published schema."""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import textwrap
from collections.abc import Iterator

from pydantic import BaseModel


@functools.cache
def docstrings(model: type[BaseModel]) -> dict[str, str]:
    """The docstring of each field that has one, those of the classes above included.

    pydantic can read them, too, but does so whenever a class is made, for every command that never asks.
    """
    classes = (each for each in reversed(model.__mro__) if issubclass(each, BaseModel) and each is not BaseModel)
    return {name: text for each in classes for name, text in _own(each)}


def _own(model: type) -> Iterator[tuple[str, str]]:
    body = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(body, ast.ClassDef)
    for field, below in itertools.pairwise(body.body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)
