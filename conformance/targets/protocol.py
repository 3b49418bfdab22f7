"""What a target is, and the plain data that a run of it leaves.

A *target* is anything that cells can be run on: the engine, torch on a device, somebody else's engine. It
says which module stands behind each import name, puts its global state back, and turns live objects into the
frozen dataclasses below. Those hold text, numbers as bytes, and nothing of the target: they cross a pipe as
JSON, and `compare` and `report` see only them.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Protocol, TypeAlias

Isolation: TypeAlias = Literal["fork", "process"]
"""How a target's cases are kept apart: `fork`, each in a fork of one warm process; `process`, one after the
other in a long-lived process, for what does not survive a fork (a CUDA context)."""


class Unavailable(Exception):
    """The target cannot run here, and that is no fault: torch is not installed, there is no CUDA device."""


class Inexpressible(BaseException):
    """A cell asked for what the target has nothing for. The cell is skipped with this reason, and so are those after it
    in its case. No error of the cell's own: `except Exception` does not see it, and what a thread or an `except:` takes
    for itself counts all the same."""

    asked: ClassVar[list[str]] = []
    """The reasons of all that were raised."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.asked.append(reason)


# --- values ---------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Array:
    """Numbers, exactly. `data` holds base64 of the elements in C order as NumPy stores `stored`, which is
    wider than `dtype` where NumPy lacks it (bfloat16 is stored as `<f8`)."""

    dtype: str
    shape: tuple[int, ...]
    stored: str
    data: str
    step: int = 1
    """Every how manieth element was kept; more than 1 where there were too many."""
    digest: str = ""
    """SHA-256 of all elements, where not all were kept."""


@dataclasses.dataclass(frozen=True, slots=True)
class Graph:
    """The nodes behind a tensor, each once, the root first. An edge is the index of the next node and which
    of its outputs is meant, or None where no gradient flows."""

    nodes: tuple[tuple[str, tuple[tuple[int, int] | None, ...]], ...]
    cut: bool = False
    """Whether there were more nodes than are kept."""

    @property
    def root(self) -> str:
        return self.nodes[0][0]


@dataclasses.dataclass(frozen=True, slots=True)
class TensorState:
    """All that can be seen of a tensor."""

    type: str
    dtype: str
    shape: tuple[int, ...]
    device: str
    layout: str
    requires_grad: bool
    is_leaf: bool
    version: int | None
    values: Array | None
    """None where the elements cannot be read (the meta device)."""
    grad: TensorState | None = None
    graph: Graph | None = None
    """None for a tensor without `grad_fn`."""
    error: str = ""
    """What asking for its place in the graph raised; `requires_grad`, `is_leaf` and `graph` then say nothing."""
    kind: Literal["tensor"] = "tensor"

    @property
    def grad_fn(self) -> str | None:
        """The name of the node that the graph starts with."""
        return None if self.graph is None else self.graph.root


@dataclasses.dataclass(frozen=True, slots=True)
class ArrayState:
    """A NumPy array or a NumPy scalar."""

    type: str
    values: Array
    kind: Literal["array"] = "array"


@dataclasses.dataclass(frozen=True, slots=True)
class Node:
    """A node of a graph that was itself the value."""

    graph: Graph
    kind: Literal["node"] = "node"


@dataclasses.dataclass(frozen=True, slots=True)
class Scalar:
    """None, a bool, a number or a text of Python. `text` is `repr(value)` for all but a str, which is
    itself."""

    type: str
    text: str
    kind: Literal["scalar"] = "scalar"


@dataclasses.dataclass(frozen=True, slots=True)
class Sequence:
    """A list, a tuple, or one of their subclasses (`torch.Size`)."""

    type: str
    items: tuple[Value, ...]
    cut: int = 0
    """How many items at the end were left out."""
    kind: Literal["sequence"] = "sequence"


@dataclasses.dataclass(frozen=True, slots=True)
class Mapping_:
    """A dict or one of its subclasses; keys by their repr."""

    type: str
    items: tuple[tuple[str, Value], ...]
    cut: int = 0
    kind: Literal["mapping"] = "mapping"


@dataclasses.dataclass(frozen=True, slots=True)
class Opaque:
    """Anything else: its class's name, and its repr where that says more."""

    type: str
    text: str
    kind: Literal["object"] = "object"


Value: TypeAlias = TensorState | ArrayState | Node | Scalar | Sequence | Mapping_ | Opaque


OF_A_TENSOR = ("requires_grad", "grad_fn", "is_leaf", "dtype", "detach")
"""What makes a tensor. Of one that lacks more, what it has is seen: `numpy` or `tolist` gives its elements, and the
device is the CPU where it tells none."""


# --- what a cell did ------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Error:
    """An error as it ended a cell or an expression."""

    type: str
    module: str
    message: str
    during: Literal["compile", "run", "display"] = "run"
    line: int | None = None
    """The innermost line of the cell that was running, from 1."""
    traceback: str = ""

    @property
    def qualified(self) -> str:
        return self.type if self.module == "builtins" else f"{self.module}.{self.type}"


@dataclasses.dataclass(frozen=True, slots=True)
class Warned:
    """A warning, once per emission, in order."""

    category: str
    message: str


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What an expression of the spec gave: a value, or an error."""

    value: Value | None = None
    error: Error | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class CellObservation:
    """What one cell did, all texts sanitised."""

    stdout: str = ""
    stderr: str = ""
    result: str | None = None
    """The repr of the last expression, as a notebook shows it; None where it shows none."""
    error: Error | None = None
    warnings: tuple[Warned, ...] = ()
    names: Mapping[str, Value] = dataclasses.field(default_factory=dict)
    """Every name that the cell bound, or whose value it changed."""
    deleted: tuple[str, ...] = ()
    answers: Mapping[str, Answer] = dataclasses.field(default_factory=dict)
    """The expressions of the spec, evaluated after the cell."""
    drew: bool = False
    """Whether the target's random generator advanced."""
    skipped: str = ""
    """Why the cell was not run; the others of its case were."""
    seconds: float = 0.0


Status: TypeAlias = Literal["completed", "timeout", "crashed", "no-result", "skipped", "broken"]


@dataclasses.dataclass(frozen=True, slots=True)
class Observation:
    """What a case did on a target. Unless `completed`, `reason` says why, and `cells` holds only those that
    ended before."""

    status: Status
    reason: str = ""
    cells: tuple[CellObservation, ...] = ()
    seconds: float = 0.0


# --- what a case asks of a worker -----------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Program:
    """One cell as a worker gets it: code and questions, never what is expected."""

    code: str
    questions: tuple[str, ...] = ()
    """Expressions whose value is asked for after the cell."""
    conditions: tuple[str, ...] = ()
    """Expressions whose truth is asked for after the cell."""
    modules: tuple[str, ...] = ()
    """Modules without which the cell is skipped."""
    skip: str = ""
    """Why the cell is not to be run; empty if it is."""
    number: int = 0
    """The execution count of a notebook's cell; 0 where the document does not tell it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Task:
    """One case as a worker gets it."""

    address: str
    programs: tuple[Program, ...]
    seed: int = 0
    bindings: Mapping[str, str] = dataclasses.field(default_factory=dict)
    modules: tuple[str, ...] = ()
    """Modules without which the case is skipped."""
    path: str = ""
    """The PATH that the case sees."""
    hidden: tuple[str, ...] = ()
    """The programs that are not found on it although the machine may have them."""
    notebook: bool = False
    """Whether results are shown as a notebook shows them."""
    live: bool = False
    """Whether the document was read as it is: it does not say what it needs."""


# --- targets --------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Description:
    """What a loaded target is."""

    versions: Mapping[str, str]
    """Of what it is made of."""
    follows: str = ""
    """The version of torch whose behaviour it has, where it is not torch itself."""
    device: str = "cpu"
    hardware: str = ""
    """The accelerator's name."""
    lacks: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """What it has not at all, by the aspect of a comparison, with the reason. A difference in it alone counts as
    nothing; what a document states of it is skipped."""


class Target(Protocol):
    """What the worker needs. `load` comes first; nothing of the engine is imported before it."""

    isolation: Isolation

    @property
    def imports(self) -> Mapping[str, str]:
        """The module that stands behind each top-level import name: `{"torch": "engine"}`."""

    def load(self) -> Description:
        """Imports the engine and makes it ready: reset with seed 0, one tensor printed, no thread left.

        Raises Unavailable, with the reason, where it cannot run here."""

    def reset(self, seed: int) -> None:
        """Puts the engine's global state to its defaults and seeds its generators."""

    def random_state(self) -> object:
        """Anything that compares unequal once a generator has advanced."""

    def state(self) -> object:
        """Anything that compares equal while the engine's modes and settings are what they are after `reset(0)`."""

    def observe(self, value: object) -> Value:
        """`value` as plain data, with no effect on it."""


# --- JSON -----------------------------------------------------------------------------------------


def dumps(data: object) -> bytes:
    """Any of the dataclasses above as JSON."""
    return _ENCODER.encode(data).encode()


def _fields(data: Any) -> dict[str, Any]:
    return {name: getattr(data, name) for name in data.__dataclass_fields__}


_ENCODER = json.JSONEncoder(default=_fields, separators=(",", ":"))
