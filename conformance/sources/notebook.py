"""A notebook as a suite of one case: what its cells printed when it was saved is the document."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from conformance.spec.code import NotPython, check, runnable
from conformance.spec.errors import Problem, SpecError
from conformance.spec.model import Case, Cell, Raises, Source, Suite

MAX_BYTES = 64 << 20
_AROUND_PYTHON = re.compile(r"%%(?:time|capture)\b")
"""The magics that run their cell as Python, in its namespace; others give it to somebody else."""
_PLACE = re.compile(r" \([^()]*, line \d+\)$")
_SYNTAX_ERRORS = ("SyntaxError", "IndentationError", "TabError")


def notebook(path: Path) -> Suite:
    """The code cells of the notebook in `path`. A cell that was never run states nothing, not even that it
    raises nothing; images and other rich output are left out. Raises SpecError for what is no notebook."""
    import nbformat

    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("it is larger than 64 MiB")
        with warnings.catch_warnings(action="ignore"):  # about ids that old notebooks lack
            read: Any = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        cells = [_cell(cell) for cell in read.cells if cell.cell_type == "code" and cell.source.strip()]
    except Exception as error:  # nbformat raises what its parsers raise
        raise SpecError([Problem(path, 0, 0, f"is no notebook that can be read: {error}")]) from None
    if not cells:
        raise SpecError([Problem(path, 0, 0, "has no code cell")])
    source = Source(document=path.name, kind="notebook")
    return Suite(title=path.stem, source=source, cases=(Case(id="notebook", cells=tuple(cells)),))


def _cell(cell: Any) -> Cell:
    code, label = _python(cell.source), f"In [{cell.execution_count or ' '}]"
    if code != cell.source or (cell.execution_count is None and not cell.outputs):
        return Cell.model_validate({"from": label, "code": code, "may_raise": True})
    said: dict[str, Any] = {"from": label, "code": code}
    printed = _text(output.text for output in cell.outputs if output.get("name") == "stdout")
    said["shell" if runnable(code).not_run else "stdout"] = printed
    results = [output for output in cell.outputs if output.output_type == "execute_result"]
    shown = _text(each.data.get("text/plain", "") for each in results)
    said["result"] = shown + "\n" if results else ""
    for output in cell.outputs:
        if output.output_type == "error":
            said["raises"] = _raised(code, output.ename, output.evalue)
            del said["result"]
    return Cell.model_validate(said)


def _text(parts: Iterable[Any]) -> str:
    return "".join("".join(part) for part in parts)


def _raised(code: str, error: str, value: str) -> Raises:
    """The error of a cell. The place that `str` adds to errors of syntax is left out: IPython's files have names of
    its own."""
    if error not in _SYNTAX_ERRORS:
        return Raises(type=error, message=value)
    try:
        check(runnable(code).python, "exec")
    except NotPython:
        return Raises(type=error, message=_PLACE.sub("", value), during="compile")
    return Raises(type=error, message=_PLACE.sub("", value))


def _python(code: str) -> str:
    """The code of a cell; of a cell that a magic (`%%bash`) gives to somebody else nothing is run."""
    if not code.lstrip().startswith("%%"):
        return code
    if _AROUND_PYTHON.match(code.lstrip()):
        magic, _, rest = code.lstrip().partition("\n")
        return f"# {magic}\n{rest}"
    return "\n".join(["pass", *(f"# {line}" for line in code.split("\n"))])
