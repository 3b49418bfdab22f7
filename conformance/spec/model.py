"""The models of a spec: `Suite` > `Case` > `Cell`, frozen. They are the schema: `specs/schema.json` is
generated from them.

Three rules hold throughout:

- **Stated or not.** A key that is left out is not documented, which differs from a documented `null`
  (`grad_fn: null`, `data: null`). `stated(model)` names the keys that the spec wrote; keys that cannot be
  null read `None` when left out.
- **Sequences are tuples, mappings keep the order of the file.**
- **Where it was found is not what it says.** The suite's name, the line of a case or a cell and the
  parameters bound in one variant are set by the source that found them (`found`, `Case.variants`), never
  by a key, and are not in `model_dump()`.

What a worker needs of a case: `seed`, `bindings`, `hide`, and each cell's `code`. It never sees the
expectations.

- `bindings`: evaluate each expression, in order, and bind it to its name before the first cell.
- `hide.program`: for the whole case `PATH` must hold no directory in which one of these programs is found,
  so that a documented "executable not found" is the same on every machine.
- `code` is verbatim: run `code.runnable(cell.code).python`, in which IPython's shell lines and magics are
  blanked, and say in the observation that they were not run. Their documented output is `shell`; it is
  never compared.
- `result` is what the document shows for the value of the last expression: its repr, or in a document of kind
  `notebook` what IPython prints for it (`torch.Tensor` for the class, long lists over several lines).
  As in a notebook, `None` shows nothing, and a value with `_repr_mimebundle_` is displayed after its repr
  was taken: an error there is an error *during* `display`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, PrivateAttr, StringConstraints, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from conformance.spec.address import CASE_ID, Address
from conformance.spec.fields import Data, Items, Maybe, Names, Regex, Specifier, Text, Tree
from conformance.spec.values import Value, decode


class Model(BaseModel):
    """What all models share: frozen, no unknown keys, no conversion of types, keys described by their docstrings."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def stated(model: Model) -> frozenset[str]:
    """The names of the fields that the spec wrote, null or not."""
    return frozenset(model.model_fields_set)


class Tolerance(Model):
    """How far numbers may be from the expected ones: |actual - expected| <= atol + rtol * |expected|."""

    rtol: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """Relative tolerance."""
    atol: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """Absolute tolerance."""
    reason: Text
    """Why the default tolerance of the dtype is not right here."""


class Slack(Model):
    """How much further than the default of their dtype the numbers that a cell leaves may be from torch's."""

    times: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 1.0
    """The default tolerance is so many times larger."""
    normwise: bool = False
    """A difference counts in relation to the largest number of the tensor, not to the number that differs."""
    reason: Text
    """Why the default tolerance of the dtype is not right here."""


class Expected(Model):
    """What an expression must be: data alone, or a mapping with any of these keys. What is left out is not
    checked."""

    data: Data = None
    """The value: number, bool, text, null, or nested lists of them. `.nan`, `.inf`, `-0.0` as in YAML 1.2;
    the texts `1+2j` (complex) and `0x1.8p+1` (exact float) are numbers; a text that would read as such a
    number starts with `'`."""
    dtype: Maybe[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]] = None
    """The tensor's dtype without `torch.`: `float32`."""
    shape: Maybe[Items[Annotated[int, Field(ge=0)]]] = None
    """The tensor's shape: `[2, 3]`; `[]` for a tensor with no dimension."""
    requires_grad: Maybe[bool] = None
    """The tensor's requires_grad."""
    is_leaf: Maybe[bool] = None
    """The tensor's is_leaf."""
    grad_fn: Text | None = None
    """The name of the tensor's grad_fn, `MulBackward0`; null states that it has none."""
    device: Maybe[Annotated[str, StringConstraints(pattern=r"^[a-z]+(:\d+)?$")]] = None
    """The tensor's device: `cpu`, `cuda:0`."""
    tolerance: Maybe[Tolerance] = None
    """A tolerance for `data` in place of the default of the dtype."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return value if isinstance(value, dict | Expected) else {"data": value}

    @property
    def value(self) -> Value:
        """The Python value that `data` stands for."""
        return decode(self.data)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set - {"tolerance"}:
            raise PydanticCustomError(
                "nothing_expected", "nothing is expected here: state data, dtype, shape or another property"
            )
        if self.tolerance is not None and "data" not in self.model_fields_set:
            raise PydanticCustomError(
                "tolerance_alone", "a tolerance needs data to be applied to", {"at": ("tolerance",)}
            )
        try:
            decode(self.data)
        except ValueError as error:
            raise PydanticCustomError("data", "{error}", {"error": str(error), "at": ("data",)}) from None
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        long_form = handler.resolve_ref_schema(handler(core_schema))
        data = long_form["properties"]["data"]
        return {
            "description": long_form.pop("description"),
            "anyOf": [_without_text(data), {**long_form, "minProperties": 1}],
        }


def _without_text(schema: JsonSchemaValue) -> JsonSchemaValue:
    return {key: value for key, value in schema.items() if key not in ("description", "default", "title")}


class _Said(Model):
    """A text that somebody raised or warned with: either as the document prints it or as a pattern."""

    message: Maybe[str] = None
    """The text as documented: the whole message, or its first lines. Whole lines only; space at their ends
    does not count."""
    match: Maybe[Regex] = None
    """A regular expression found somewhere in the message (`re.search`), for texts that vary."""

    @model_validator(mode="after")
    def _message_or_match(self) -> Self:
        if self.message is not None and self.match is not None:
            raise PydanticCustomError("message_and_match", "state message or match, not both", {"at": ("match",)})
        return self

    def says(self, text: str) -> bool:
        """Whether `text`, already normalised, is what is documented."""
        if self.match is not None:
            return re.search(self.match, text) is not None
        if self.message is None:
            return True
        documented = [line.rstrip() for line in self.message.rstrip().splitlines()]
        return [line.rstrip() for line in text.splitlines()][: len(documented)] == documented


class Raises(_Said):
    """The error that ends the cell."""

    type: Text
    """The error's own class, not a base class: its name, or `module.name` to tell apart two of one name."""
    during: Literal["compile", "run", "display"] = "run"
    """When it is raised: `compile` for a cell that is not valid Python, `display` while the notebook shows
    the result."""


class Warns(_Said):
    """One warning, or several equal ones."""

    category: Text
    """The warning's own class: `UserWarning`."""
    times: Annotated[int, Field(ge=1)] = 1
    """How often it is emitted in a row."""


class Needs(Model):
    """What must be there for a case, or one cell of it, to run; otherwise it is skipped, with the reason."""

    torch: Maybe[Specifier] = None
    """The versions of torch that the document holds for: `>=2.6`."""
    device: Maybe[Annotated[str, StringConstraints(pattern=r"^(cpu|cuda|mps|xpu)(:\d+)?$")]] = None
    """The device that the target must run on: `cuda`; with a number, that one of them."""
    build: Maybe[Literal["cpu"]] = None
    """What torch must be built for: `cpu`, for the CPU alone. A build for CUDA says other things where no GPU is."""
    module: Names = ()
    """Modules that must be importable: `torchviz`."""
    program: Names = ()
    """Programs that must be on PATH: `dot`."""


class Hide(Model):
    """What the case must not find, although the machine may have it: the document was written where it was
    missing."""

    program: Names = ()
    """Programs that are hidden from PATH while the case runs: `dot`."""


class Cell(Model):
    """One cell of a document: code, and what the document says happens. Nothing but `code` is required."""

    from_: Maybe[Text] = Field(default=None, alias="from")
    """Where in the document: `In [5]`, a heading, or a sentence of its prose."""
    title: Maybe[Text] = None
    """What the cell shows, in a few words."""
    code: Text
    """The code, verbatim. IPython's `!shell` lines and `%magics` stay in it and are not run."""
    shell: Maybe[str] = None
    """What the document shows as output of the cell's shell lines. They are not run, so it is never
    compared."""
    stdout: Maybe[str] = None
    """All that the cell prints; object addresses and the like are masked on both sides."""
    result: Maybe[str] = None
    """What the document shows for the value of the last expression: its repr, in a notebook what IPython prints."""
    values: dict[Text, Expected] = Field(default_factory=dict)
    """Expressions, evaluated after the cell in its namespace, and what they must be."""
    raises: Maybe[Raises] = None
    """The error that the cell ends with. The cells after it still run."""
    may_raise: bool = False
    """Whether it is left open if the cell raises: then torch decides. Else a cell without `raises` raises nothing."""
    warns: Maybe[Items[Warns]] = None
    """Exactly the warnings that the cell emits, in order; `[]` for none."""
    graph: dict[Text, Tree] = Field(default_factory=dict)
    """Expressions and the graph behind their tensor: `{node: [inputs]}`, a node without inputs as its name
    alone (`AccumulateGrad` for a leaf), null for an edge that leads nowhere. A node reached twice is
    written twice."""
    holds: Items[Text] = ()
    """Expressions that must be true after the cell: for what is random or only bounded."""
    after: dict[Text, Expected] = Field(default_factory=dict)
    """Like `values`, for what must hold after the error that the cell raises."""

    slack: Maybe[Slack] = None
    """How numbers that the cell leaves, and does not state, are compared with torch's, where the default of their dtype
    is not right."""
    needs: Needs = Needs()
    """What must be there for this cell to run; the other cells of the case run without it. Where a module is missing,
    what else the cell imports is imported all the same."""

    _line: int = PrivateAttr(0)
    _code_line: int = PrivateAttr(0)

    @model_validator(mode="after")
    def _after_an_error(self) -> Self:
        if self.after and self.raises is None:
            raise PydanticCustomError(
                "after_nothing", "after needs raises: without an error, use values", {"at": ("after",)}
            )
        return self

    @model_validator(mode="after")
    def _raises_or_may(self) -> Self:
        if self.may_raise and self.raises is not None:
            raise PydanticCustomError("raises_and_may", "state raises or may_raise, not both", {"at": ("may_raise",)})
        return self

    @property
    def line(self) -> int:
        """The line of the suite's file where the cell starts, from 1; 0 if it came from no file."""
        return self._line

    @property
    def code_line(self) -> int:
        """The line of the suite's file that holds the first line of `code`, from 1; 0 if it came from no
        file."""
        return self._code_line

    def found(self, line: int, code_line: int) -> Self:
        """This cell, found at `line` with its code from `code_line` on."""
        self._line, self._code_line = line, code_line
        return self


class Case(Model):
    """A fresh namespace, in which the cells run in order as in a notebook: a cell that raises does not
    stop the next one."""

    id: Annotated[str, StringConstraints(pattern=CASE_ID)]
    """The case's name in addresses, unique in the file: `no-grad-block`. Keep it once it is published."""
    title: Maybe[Text] = None
    """What the case shows, in one sentence."""
    covers: Items[Annotated[str, StringConstraints(pattern=r"^B\d\d\.\d\d$")]] = ()
    """The behaviours that it specifies: `[B07.04]`."""
    seed: Annotated[int, Field(ge=0, lt=2**64)] = 0
    """`manual_seed` at the start of the case."""
    params: dict[
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*$")],
        Annotated[Items[Text], Field(min_length=1)],
    ] = Field(default_factory=dict)
    """Names, and for each the expressions that it is bound to in turn; the case runs once per combination."""
    needs: Needs = Needs()
    """What must be there for the case to run."""
    hide: Hide = Hide()
    """What the case must not find on the machine."""
    any_processor: bool = False
    """Whether numbers that torch's choice of instructions decides are nobody's fault: what differs from torch is
    compared with torch on processors that have fewer of them, too."""
    tags: Items[Text] = ()
    """Words to select cases by."""
    cells: Annotated[Items[Cell], Field(min_length=1)]
    """The cells, in the order in which they run."""

    _line: int = PrivateAttr(0)
    _bindings: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @property
    def line(self) -> int:
        """The line of the suite's file where the case starts, from 1; 0 if it came from no file."""
        return self._line

    @property
    def bindings(self) -> Mapping[str, str]:
        """The expression that each parameter is bound to in this variant, as text; empty before
        `variants()`."""
        return self._bindings

    def found(self, line: int) -> Self:
        """This case, found at `line`."""
        self._line = line
        return self

    def variants(self) -> tuple[Case, ...]:
        """The case once per combination of its parameters, the last parameter varying fastest; itself if
        it has none."""
        if not self.params:
            return (self,)
        variants = []
        for combination in itertools.product(*self.params.values()):
            variant = self.model_copy()
            variant._bindings = dict(zip(self.params, combination, strict=True))
            variants.append(variant)
        return tuple(variants)


class Source(Model):
    """The document that the expectations were taken from."""

    document: Text
    """Its name."""
    kind: Literal["notebook", "page", "docstring", "program", "torch"] = "page"
    """What it is; `torch`: there is no text, the expectations were read off running torch."""
    url: Maybe[Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]] = None
    """Where it can be read."""


class Suite(Model):
    """One document, or one area of behaviour: a file of cases."""

    title: Text
    """What the suite is about."""
    source: Maybe[Source] = None
    """The document that it captures."""
    cases: Annotated[Items[Case], Field(min_length=1)]
    """The cases, in the order of the document."""

    _name: str = PrivateAttr("")
    _path: Path | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        seen = set()
        for index, case in enumerate(self.cases):
            if case.id in seen:
                raise PydanticCustomError(
                    "duplicate_id",
                    "the id {id} is taken by an earlier case: choose another",
                    {"id": repr(case.id), "at": ("cases", index, "id")},
                )
            seen.add(case.id)
        return self

    @property
    def name(self) -> str:
        """The start of its addresses: the file's path under the specs without suffix,
        `seeds/autograd-basics`."""
        return self._name

    @property
    def path(self) -> Path | None:
        """The file that it was read from."""
        return self._path

    def found(self, name: str, path: Path | None = None) -> Self:
        """This suite, found under `name` in the file `path`."""
        self._name, self._path = name, path
        return self


def case_address(suite: Suite, case: Case) -> Address:
    """The address of a case of `suite`, or of one of its variants."""
    return Address(suite.name, case.id, ",".join(f"{name}={value}" for name, value in case.bindings.items()))


def cell_address(suite: Suite, case: Case, number: int) -> Address:
    """The address of the cell `number`, from 1, of a case."""
    return case_address(suite, case)._replace(cell=number)
