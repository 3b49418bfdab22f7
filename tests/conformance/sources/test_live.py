"""Notebooks and docstrings, read as they are."""

import json
import re

import pytest

from conformance.cli import run_command_line
from conformance.expression import SelectionError
from conformance.selection import select
from conformance.sources.docstring import docstrings, examples
from conformance.sources.notebook import notebook
from conformance.spec.errors import SpecError

RIGHT = "miniatures:TINY.right"


def output(kind, **fields):
    return {"output_type": kind, **fields}


def result(text):
    return output("execute_result", data={"text/plain": text}, metadata={}, execution_count=1)


CELLS = [
    ("!pip install torch\nimport torch", [output("stream", name="stdout", text="Collecting torch\n")]),
    ("x = torch.tensor([1.])\nx", [result("tensor([1.0000])")]),
    ("print(x)", [output("stream", name="stdout", text=["tensor([1.0000])\n"])]),
    ("1 / 0", [output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=[])]),
    ("%%bash\nls", []),
    ("x.sum()", [result("tensor(9.0000)")]),
    ("undefined", [result("5")]),
]


def written(path, cells, more=()):
    """A notebook of these cells, each run once and in this order, and of `more` as they are."""
    run = [
        {"cell_type": "code", "source": code, "outputs": outputs, "metadata": {}, "execution_count": number}
        for number, (code, outputs) in enumerate(cells, start=1)
    ]
    path.write_text(json.dumps({"cells": [*run, *more], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    return path


def never_run(code):
    return {"cell_type": "code", "source": code, "outputs": [], "metadata": {}, "execution_count": None}


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = {"cell_type": "markdown", "source": "# Text", "metadata": {}}
    return written(tmp_path / "course.ipynb", CELLS, [text, never_run("2")])


def test_what_a_notebook_recorded_is_the_document(path):
    (case,) = notebook(path).cases
    first, second, third, fourth, fifth, *_, last = case.cells
    assert (first.shell, first.stdout) == ("Collecting torch\n", None)
    assert (second.result, second.stdout, second.from_) == ("tensor([1.0000])\n", "", "In [2]")
    assert third.stdout == "tensor([1.0000])\n"
    assert (fourth.raises.type, fourth.raises.message) == ("ZeroDivisionError", "division by zero")
    assert fifth.code == "pass\n# %%bash\n# ls"
    assert (last.stdout, last.result, last.may_raise) == (None, None, True)


def test_what_ipython_adds_is_left_out(tmp_path):
    cells = [
        ("%%time\ny = 1", [output("stream", name="stdout", text="CPU times: user 1 ms\n")]),
        ("x = = 3", [output("error", ename="SyntaxError", evalue="invalid syntax (24.py, line 1)", traceback=[])]),
        ("f()", [output("error", ename="ValueError", evalue="bad (a.py, line 1)", traceback=[])]),
    ]
    timed, syntax, other = notebook(written(tmp_path / "a.ipynb", cells)).cases[0].cells
    assert (timed.code, timed.stdout, timed.may_raise) == ("# %%time\ny = 1", None, True)
    assert (syntax.raises.message, other.raises.message) == ("invalid syntax", "bad (a.py, line 1)")
    assert (syntax.raises.during, other.raises.during) == ("compile", "run")


def test_what_ipython_runs_and_python_does_not_is_as_it_was_saved(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    written(
        tmp_path / "a.ipynb",
        [
            ("'first'", [result("'first'")]),
            ("import asyncio\nawait asyncio.sleep(0)\nOut[1] + _", [result("'firstfirst'")]),
            ("In[1]", [result("\"'first'\"")]),
            ("x = = 3", [output("error", ename="SyntaxError", evalue="invalid syntax (24.py, line 1)", traceback=[])]),
            ("from IPython.display import display\ndisplay(1)", []),
            ("zip([1], [2])", [result("<zip at 0x7f2c7d928c10>")]),
        ],
    )
    assert run_command_line(["run", "notebook:a.ipynb", "-t", RIGHT, "--reference", RIGHT]) == 0
    assert "6 conform" in capsys.readouterr().out


def test_a_cell_that_was_never_run_says_nothing_about_errors(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "new.ipynb", [], [never_run("1 / 0")])
    assert run_command_line(["run", "notebook:new.ipynb", "-t", RIGHT, "--reference", RIGHT]) == 0
    assert "drifted" not in capsys.readouterr().out


def test_a_notebook_runs_and_says_why_it_is_not_reproduced(path, capsys):
    assert run_command_line(["run", "notebook:course.ipynb", "-t", RIGHT, "--reference", RIGHT]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "notebook:course.ipynb::notebook#6" in out
    assert "not reproduced on miniatures:TINY.right: 1 value, 1 undefined name" in out
    assert "why undefined name: no cell before it binds a name that it uses run again" in out
    assert "6 conform" in out


def test_what_only_the_machine_lacks_is_told_apart(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "data.ipynb", [("open('/nowhere/data.csv')", [result("3")])])
    assert run_command_line(["run", "notebook:data.ipynb", "-t", RIGHT, "--reference", RIGHT]) == 1
    assert "not reproduced on miniatures:TINY.right: 1 environment" in " ".join(capsys.readouterr().out.split())


def test_what_is_not_installed_and_what_would_come_from_it_is_skipped(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    cells = [
        ("import a_package_that_nobody_has as p\nn = 3", []),
        ("files = !ls", []),
        ("m = p.f(2)", []),
        ("m + 1", [result("5")]),
        ("len(files)", [result("2")]),
        ("k", [result("2")]),
    ]
    written(tmp_path / "data.ipynb", cells)
    run = ["run", "notebook:data.ipynb", "-t", RIGHT, "--reference", RIGHT, "--out", "out"]
    assert run_command_line(run) == 1
    capsys.readouterr()
    reasons = {
        check["cell"]: (check["verdict"], check.get("reason", ""))
        for check in json.loads((tmp_path / "out/run.ndjson").read_text().splitlines()[1])["checks"]
        if check["name"] in ("outcome", "error")
    }
    missing = "no module a_package_that_nobody_has"
    assert reasons == {
        1: ("skipped", missing),
        2: ("skipped", "files = !ls needs a shell"),
        3: ("skipped", f"p was never bound: {missing}"),
        4: ("skipped", f"m was never bound: {missing}"),
        5: ("skipped", "files was never bound: files = !ls needs a shell"),
        6: ("drifted", ""),
    }


def test_results_are_shown_as_ipython_shows_them(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    long = list(range(40))
    cells = [
        ("import torch\ntype(torch.tensor([1.]))", [result("tinytorch.Tensor")]),
        ("list(range(40))", [result("[" + ",\n ".join(map(str, long)) + "]")]),
        ("def f(x): pass\nf", [result("<function __main__.f(x)>")]),
        ("class A: pass\nA()", [result("<__main__.A at 0x7ff495d758d0>")]),
        ("display(3)\n_", [result("<__main__.A at 0x7ff495d758d0>")]),
        ("'a', {'b': 2.5}", [result("('a', {'b': 2.5})")]),
        ("f'{1 + 1}'", [result("'2'")]),
    ]
    written(tmp_path / "forms.ipynb", cells)
    status = run_command_line(["run", "notebook:forms.ipynb", "-t", RIGHT, "--reference", RIGHT])
    assert status == 0, capsys.readouterr().out


def test_one_cell_of_a_live_document_is_selected(path, tmp_path):
    (item,) = select(tmp_path, ["notebook:course.ipynb::notebook#6"])
    assert str(item.address) == "notebook:course.ipynb::notebook#6"
    with pytest.raises(SelectionError, match="there is no case"):
        select(tmp_path, ["notebook:course.ipynb::other"])


R = '{"language_info": {"name": "R"}}'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ":1:1: the file is empty"),
        ("{}", ":1:1: is no notebook: an object with `nbformat`"),
        ("[]", ":1:1: is no notebook: an object with `nbformat`"),
        ('{"nbformat": 4, "cells": [5]}', ":1:1: is no notebook: an object with `nbformat`"),
        ("not JSON", ":1:1: the notebook is no JSON from here on"),
        ('{"nbformat": 4,\n "cells": [', ":2:12: the notebook was cut off"),
        ("[" * 100_000, ": is no notebook: it is nested too deep"),
        ('{"nbformat": 4, "é": 1}'.encode("latin-1"), ":1:18: is not UTF-8 from here on"),
        ('{"nbformat": 4, "nbformat_minor": 4}', ": is no notebook that can be read"),
        ('{"cells": [], "nbformat": 4, "nbformat_minor": 4, "metadata": {}}', ": has no code cell"),
        (
            f'{{"cells": [], "nbformat": 4, "nbformat_minor": 4, "metadata": {R}}}',
            ": is a notebook of r, not of Python",
        ),
    ],
)
def test_what_is_no_notebook_is_refused_with_its_place(tmp_path, text, told):
    (tmp_path / "bad.ipynb").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SpecError, match=re.escape(f"bad.ipynb{told}")):
        notebook(tmp_path / "bad.ipynb")


def test_a_byte_order_mark_is_no_part_of_a_notebook(path):
    plain = notebook(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert notebook(path) == plain


DOCSTRING = """
Example::

    >>> class Exp:
    >>>     @staticmethod
    >>>     def forward(x):
    >>>         return x
    >>>
    >>> x = [1,
    ...      2]
    >>> x
    [1, 2]
    >>> with open():
    ...     print(x)
    [1,
      2]
    >>> y = 1

    Text that follows.
    >>> 1 / 0
    Traceback (most recent call last):
      ...
    ZeroDivisionError: division by zero
"""


def test_the_examples_of_a_docstring():
    assert [(each.code, each.output) for each in examples(DOCSTRING)] == [
        ("class Exp:\n    @staticmethod\n    def forward(x):\n        return x\n", None),
        ("x = [1,\n     2]", None),
        ("x", "[1, 2]"),
        ("with open():\n    print(x)", "[1,\n  2]"),
        ("y = 1", None),
        ("1 / 0", "Traceback (most recent call last):\n  ...\nZeroDivisionError: division by zero"),
    ]


def test_the_docstrings_of_a_package_are_found_without_importing_it(tmp_path, monkeypatch):
    package = tmp_path / "example_package"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError\n")
    (package / "part.py").write_text(
        'def f():\n    """Is one.\n\n    >>> f()\n    1\n    >>> print(2)\n    2\n    """\n\n'
        'class C:\n    def f(self):\n        """No example."""\n\n'
        'add_docstr(torch.add, r"""\n>>> torch.add(1, {{2}})\n3\n""".format(**common))\n'
        'norm = _add_docstr(_linalg.norm, r"""\n>>> norm(4)\n""")\n'
        '@_add_docstr("Windows.", r"""\n>>> window({{3}})\n""".format(**common))\ndef window(n):\n    pass\n'
    )
    monkeypatch.syspath_prepend(tmp_path)
    suite = docstrings("example_package.part")
    assert [case.title for case in suite.cases] == ["part.f", "torch.add", "norm", "part.window"]
    assert [case.id for case in suite.cases] == ["part-f", "torch-add", "norm", "part-window"]
    _, first, second = suite.cases[0].cells
    assert (first.code, first.result, first.stdout) == ("f()", "1\n", None)
    assert (second.code, second.result, second.stdout) == ("print(2)", None, "2\n")
    assert suite.cases[1].cells[1].code == "torch.add(1, {2})"
    assert suite.cases[3].cells[1].code == "window({3})"
    (package / "later.py").write_text("def f(:\n    pass\n")
    with pytest.raises(SpecError, match=r"later\.py:1:7: cannot be read by this version of Python"):
        docstrings("example_package.later")
    assert [case.title for case in docstrings("example_package").cases] == [case.title for case in suite.cases]
    for name in ("example_package.none", "no_such_package"):
        with pytest.raises(SpecError, match="there is no"):
            docstrings(name)
