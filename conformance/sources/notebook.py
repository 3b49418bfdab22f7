"""A notebook as a suite of one case: what its cells printed when it was saved is the document."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from conformance.spec.code import NotPython, check, runnable
from conformance.spec.errors import Problem, SpecError, read_text
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

    written = _written(path)
    try:
        with warnings.catch_warnings(action="ignore"):  # about ids that old notebooks lack
            read: Any = nbformat.reads(written, as_version=4)
        language = _language(read.metadata)
        cells = [_cell(cell) for cell in read.cells if cell.cell_type == "code" and cell.source.strip()]
    except Exception as error:  # nbformat raises what its parsers raise
        raise SpecError([Problem(path, 0, 0, f"is no notebook that can be read: {error}")]) from None
    if language not in ("", "python", "ipython"):
        raise SpecError([Problem(path, 0, 0, f"is a notebook of {language}, not of Python")])
    if not cells:
        raise SpecError([Problem(path, 0, 0, "has no code cell")])
    source = Source(document=path.name, kind="notebook")
    return Suite(title=path.stem, source=source, cases=(Case(id="notebook", cells=tuple(cells)),))


def _written(path: Path) -> str:
    """The text of the file, which is that of a notebook as far as JSON goes."""
    text = read_text(path, MAX_BYTES)
    if not text.strip():
        raise SpecError([Problem(path, 1, 1, "the file is empty: save the notebook again")])
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        what = "was cut off" if error.pos >= len(text.rstrip()) else "is no JSON from here on"
        raise SpecError([Problem(path, error.lineno, error.colno, f"the notebook {what}: {error.msg}")]) from None
    except RecursionError:
        raise SpecError([Problem(path, 0, 0, "is no notebook: it is nested too deep")]) from None
    cells = data.get("cells", []) if isinstance(data, dict) and "nbformat" in data else None
    if not (isinstance(cells, list) and all(isinstance(cell, dict) for cell in cells)):
        raise SpecError([Problem(path, 1, 1, "is no notebook: an object with `nbformat` and a list `cells` is one")])
    return text


def _language(metadata: Any) -> str:
    """What its kernel runs, in lower case; empty where the notebook does not say."""
    told = (metadata.get("language_info", {}).get("name"), metadata.get("kernelspec", {}).get("language"))
    return next((str(each).lower() for each in told if each), "")


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
