"""The examples in the docstrings of a package that is installed: a suite with a case for each docstring.

The sources are read with `ast` and nothing is imported: what runs the examples may be another engine. torch gives most
of its functions their docstrings by calls of `add_docstr`, or by a decorator of such a name; those are read too.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from conformance.spec.errors import Problem, SpecError
from conformance.spec.model import Case, Cell, Raises, Source, Suite

EXTRA = {
    "torch": ("_torch_docs.py", "functional.py", "_tensor_str.py", "serialization.py", "random.py"),
    "torch.Tensor": ("_tensor.py", "_tensor_docs.py"),
}
"""The files, below the package, in which torch keeps the docstrings of a name that is no module of its own."""
PRELUDE = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"
"""What torch's examples take for granted."""


def docstrings(name: str) -> Suite:
    """The examples of all docstrings in the module `name`, and in the modules below it. Raises SpecError.

    A module below it that is written in another version's Python is left out: it could not be imported either.
    """
    used: set[str] = set()
    cases = []
    files = _files(name)
    found: list[tuple[str, str]] = []
    for path in files:
        try:
            found.extend(_docstrings(path))
        except SyntaxError as error:
            if len(files) == 1:
                what = f"cannot be read by this version of Python: {error.msg}"
                raise SpecError([Problem(path, error.lineno or 0, error.offset or 0, what)]) from None
    for qualified, text in found:
        if cells := list(example_cells(text)):
            start = Cell.model_validate({"code": PRELUDE})
            cases.append(Case(id=_id(qualified, used), title=qualified, cells=(start, *cells)))
    if not cases:
        raise SpecError([Problem(Path(name), 0, 0, "has no docstring with an example")])
    return Suite(title=f"Docstrings of {name}", source=Source(document=name, kind="docstring"), cases=tuple(cases))


def _files(name: str) -> list[Path]:
    """Where the docstrings of a module are written."""
    head, _, rest = name.partition(".")
    found = importlib.util.find_spec(head)  # of a top-level name, so that nothing is imported
    if found is None or not found.submodule_search_locations:
        raise SpecError([Problem(Path(name), 0, 0, f"there is no package {head!r}")])
    package = Path(found.submodule_search_locations[0])
    if name in EXTRA:
        return [path for file in EXTRA[name] if (path := package / file).exists()]
    place = package.joinpath(*rest.split(".")) if rest else package
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    if not all(path.exists() for path in files) or not files:
        raise SpecError([Problem(place, 0, 0, f"there is no module {name!r}")])
    return files


def _docstrings(path: Path) -> Iterator[tuple[str, str]]:
    """Qualified names and docstrings in a file, in its order."""
    tree = ast.parse(path.read_bytes(), str(path))

    def visit(node: ast.AST, prefix: str) -> Iterator[tuple[str, str]]:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            inner = f"{prefix}.{node.name}" if not isinstance(node, ast.Module) else prefix
            if text := ast.get_docstring(node) or _decorated(node):
                yield inner, text
            for child in node.body:
                yield from visit(child, inner)
        elif isinstance(node, ast.Expr | ast.Assign) and isinstance(node.value, ast.Call) and len(node.value.args) == 2:
            text_node = node.value.args[1]
            if _adds(node.value):
                named = node.value.args[0] if isinstance(node, ast.Expr) else node.targets[0]
                yield (
                    ast.literal_eval(named) if isinstance(named, ast.Constant) else ast.unparse(named),
                    _text(text_node),
                )

    return visit(tree, path.stem)


def _adds(call: ast.Call) -> bool:
    """Whether it is a call of `add_docstr`, by whatever name."""
    return isinstance(call.func, ast.Name) and call.func.id.lstrip("_").startswith("add_docstr")


def _decorated(node: ast.AST) -> str:
    """The docstring that a decorator gives a function, in parts."""
    calls = [one for one in getattr(node, "decorator_list", ()) if isinstance(one, ast.Call) and _adds(one)]
    return "".join(_text(part) for call in calls for part in call.args)


def _text(node: ast.expr) -> str:
    """A docstring that is written as a constant, a sum of them, or a format of one."""
    match node:
        case ast.Constant(value=str() as text):
            return textwrap.dedent(text)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left) + _text(right)
        case ast.Call(func=ast.Attribute(value=inner, attr="format")):
            return _text(inner).replace("{{", "{").replace("}}", "}")
    return ""


class Example(NamedTuple):
    """A statement of a console, with the output shown below it; None where there is none."""

    code: str
    output: str | None
    line: int = 1
    """Where it starts, from 1."""


def examples(text: str) -> Iterator[Example]:
    """The statements of a docstring's examples.

    A `>>>` on a continuation line is accepted, as torch's docstrings have it: a line belongs to the statement before it
    if it is indented, or if that is not finished without it.
    """
    code: list[str] = []
    output: list[str] = []
    start = 1
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        prompt = re.match(r"\s*>>>(?: (.*))?$" if output or not code else r"\s*(?:>>>|\.\.\.)(?: (.*))?$", line)
        if prompt and not output and code and _goes_on(code, prompt[1] or "", line):
            code.append(prompt[1] or "")
        elif prompt or not line.strip():
            if code:
                shown = textwrap.dedent("\n".join(output)) if output else None
                yield Example(textwrap.dedent("\n".join(code)), shown, start)
            start = number
            code, output = ([prompt[1] or ""] if prompt and (prompt[1] or "").strip() else []), []
        elif code:
            output.append(line)


def example_cells(text: str, first: int = 0) -> Iterator[Cell]:
    """The examples of a text as cells; of one whose first line has the number `first`, with the line of each. One that
    doctest is told to skip is left out."""
    for example in examples(text):
        if not _SKIPPED.search(example.code):
            yield _cell(example, {"from": f"line {first + example.line - 1}"} if first else {})


def _goes_on(code: list[str], line: str, written: str) -> bool:
    if written.lstrip().startswith("...") or line.startswith((" ", "\t")) or not line.strip():
        return True
    if code[-1].lstrip().startswith("@") or line.startswith(("else:", "elif ", "except", "finally:")):
        return True
    try:
        ast.parse("\n".join(code))
    except SyntaxError:
        return _may_be_finished("\n".join(code))
    return False


def _may_be_finished(code: str) -> bool:
    """Whether more lines could make `code` a statement: a bracket or a text is open."""
    return any(code.count(one) > code.count(other) for one, other in ("()", "[]", "{}")) or code.count('"""') % 2 == 1


_ERROR = re.compile(r"^(?:\w+\.)*(\w*(?:Error|Exception|Interrupt|Warning)): ?(.*)", re.MULTILINE | re.DOTALL)


_SKIPPED = re.compile(r"#\s*doctest:.*\+SKIP\b")
_ABBREVIATED = re.compile(r"#\s*doctest:.*\+(?:ELLIPSIS|IGNORE_OUTPUT)\b")
"""Directives of doctest: what they stand beside is no example, or its output is not shown whole."""
_BLANK = re.compile(r"^<BLANKLINE>$", re.MULTILINE)


def _cell(example: Example, said: dict[str, Any]) -> Cell:
    shown = {} if example.output is None else states(example.code, example.output)
    return Cell.model_validate({**said, "code": example.code, **shown})


def states(code: str, output: str) -> dict[str, Any]:
    """What a cell states of which this is all that a document shows below its code."""
    error = _ERROR.search(output) if output.startswith("Traceback") else None
    if error:
        return {"raises": Raises(type=error[1], message=error[2])}
    if _ABBREVIATED.search(code) and not output.startswith("Traceback"):
        return {}
    return {"result" if _is_value(code) else "stdout": _BLANK.sub("", output) + "\n"}


def _is_value(code: str) -> bool:
    """Whether what a console shows below the code is a value, and nothing that it printed."""
    try:
        last = ast.parse(code).body[-1:]
    except SyntaxError:
        return False
    return bool(last) and isinstance(last[0], ast.Expr) and not ast.unparse(last[0]).startswith("print(")


def _id(qualified: str, used: set[str]) -> str:
    words = re.findall(r"[a-z0-9]+", qualified.lower()) or ["text"]
    name = base = "-".join(words)
    number = 1
    while name in used:
        number += 1
        name = f"{base}-{number}"
    used.add(name)
    return name
