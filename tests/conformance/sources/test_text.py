"""Documents that become specs."""

import pytest

from conformance.cli import run_command_line
from conformance.sources.notebook import notebook
from conformance.sources.text import text
from conformance.spec.errors import SpecError
from conformance.spec.loader import load_suite
from conformance.spec.model import Case, Cell, Raises, Suite
from conformance.spec.writer import as_yaml

from .test_live import path as notebook_path

path = notebook_path

PYTHON = "# %% first\nx = 1\n\n# %%\n\n\nx + 1\n# %% empty\n\n"
MARKDOWN = """# Title

```python
x = 1
```

```bash
ls
```

~~~py
x
~~~

```pycon
>>> x + 1
2
```
"""


def cells(path, written):
    path.write_text(written)
    (case,) = text(path).cases
    return [(cell.from_, cell.code, cell.result) for cell in case.cells]


def test_python_with_cell_marks(tmp_path):
    assert cells(tmp_path / "a.py", PYTHON) == [("line 2", "x = 1\n", None), ("line 7", "x + 1\n", None)]


def test_markdown(tmp_path):
    assert cells(tmp_path / "a.md", MARKDOWN) == [
        ("line 4", "x = 1\n", None),
        ("line 12", "x\n", None),
        ("line 16", "x + 1", "2\n"),
    ]


def test_console_examples(tmp_path):
    assert cells(tmp_path / "a.txt", "Text.\n\n>>> 1 + 1\n2\n") == [("line 3", "1 + 1", "2\n")]


INFO = ["python", "python3", "Python", "py", "{python}", "{.python}", "{code-cell} ipython3", 'python title="a.py"']


@pytest.mark.parametrize("info", INFO)
def test_blocks_of_python_by_their_many_names(tmp_path, info):
    assert cells(tmp_path / "a.md", f"~~~{info}\nx\n~~~\n") == [("line 2", "x\n", None)]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("````markdown\n```python\nx\n```\n````\n```python\ny\n```\n", [("line 7", "y\n", None)]),
        ("```python\nx\n~~~\n`````\n", [("line 2", "x\n~~~\n", None)]),
        ("- item\n\n  ```python\n  if x:\n      y\n  ```\n", [("line 4", "if x:\n    y\n", None)]),
        ("```python\nx\n", [("line 2", "x\n", None)]),
        ("```pythonic\nx\n```\n```python\ny\n```\n", [("line 5", "y\n", None)]),
        ("Inline ```python``` is no block.\n```py\r\nx\r\n```\r\n", [("line 3", "x\n", None)]),
    ],
    ids=["nested", "longer end", "in a list", "never closed", "another language", "carriage returns"],
)
def test_blocks_of_markdown(tmp_path, written, found):
    assert cells(tmp_path / "a.md", written) == found


@pytest.mark.parametrize(
    ("below", "stdout"),
    [
        ("```\n1\n```\n", "1\n"),
        ("\n```text\n1\n\n2\n```\n", "1\n\n2\n"),
        ("\n**Output:**\n\n~~~ {.output}\n1\n~~~\n", "1\n"),
        ("\n    1\n    \n    2\n\n\nText.\n", "1\n\n2\n"),  # as nbconvert writes it
        ("\nText.\n\n```\n1\n```\n", None),
        ("\n# Results\n\n```\n1\n```\n", None),
        ("```bash\nls\n```\n", None),
        ("\n```\n\n```\n", None),
        ("\nText.\n\n    1\n", None),
    ],
)
def test_the_output_below_a_block_of_markdown(tmp_path, below, stdout):
    (tmp_path / "a.md").write_text(f"```python\nprint(x)\n```\n{below}")
    (case,) = text(tmp_path / "a.md").cases
    assert [cell.stdout for cell in case.cells] == [stdout]


def test_an_output_is_a_value_a_text_or_an_error(tmp_path):
    shown = [
        ("x", "1"),
        ("print(2)\nx", "2\n1"),
        ("1 / 0", "Traceback (most recent call last):\nZeroDivisionError: no"),
    ]
    (tmp_path / "a.md").write_text("".join(f"```python\n{code}\n```\n```\n{output}\n```\n" for code, output in shown))
    value, mixed, error = text(tmp_path / "a.md").cases[0].cells
    assert (value.result, value.stdout) == ("1\n", None)
    assert (mixed.result, mixed.stdout) == (None, None)  # which of it was printed nobody can tell
    assert error.raises == Raises(type="ZeroDivisionError", message="no")


def test_marks_of_other_tools_and_what_is_no_code(tmp_path):
    written = "# In[1]:\nx\n# %% [markdown]\n# # Title\n# %%\n# a comment alone\n#%%\ny\n# In[ ]:"
    assert cells(tmp_path / "a.py", written) == [("line 2", "x\n", None), ("line 8", "y\n", None)]


def test_the_directives_of_doctest(tmp_path):
    examples = [
        ">>> print('a', 1, sep='\\n\\n')\na\n<BLANKLINE>\n1",
        ">>> 1 / 0  # doctest: +SKIP",
        ">>> range(20)  # doctest: +ELLIPSIS\nr...",
    ]
    (case,) = text(written(tmp_path / "a.txt", "\n".join(examples))).cases
    assert [(cell.stdout, cell.result) for cell in case.cells] == [("a\n\n1\n", None), (None, None)]


@pytest.mark.parametrize(("name", "written"), [("a.py", "\n"), ("a.md", "text"), ("a.txt", b"\xff")])
def test_what_has_no_cell_is_refused(tmp_path, name, written):
    path = tmp_path / name
    path.write_bytes(written if isinstance(written, bytes) else written.encode())
    with pytest.raises(SpecError, match=name):
        text(path)


def written(path, text):
    path.write_text(text)
    return path


ODD = ("no", "1e-5", "0o17", "null", "~", "- a", "a: b", "#", "", " x ", "it's", "a\n\nb\n", "\ttab\n", "end \n", "é\n")


def test_a_suffix_may_be_of_capitals(tmp_path, capsys):
    assert run_command_line(["import", str(written(tmp_path / "A.MD", MARKDOWN))]) == 0
    assert "from: line 4" in capsys.readouterr().out


def test_what_is_written_reads_back_as_the_same(tmp_path, path):
    odd = [Cell.model_validate({"code": f"{word!r}", "stdout": word, "title": word or "x"}) for word in ODD]
    error = Cell(code="1 / 0\n", raises=Raises(type="ZeroDivisionError", message="division by zero"))
    for suite in (notebook(path), Suite(title="1e5", cases=(Case(id="odd", cells=(*odd, error)),))):
        written = tmp_path / "suite.yaml"
        written.write_text(as_yaml(suite))
        assert load_suite(written, "suite").model_dump() == suite.model_dump()


def test_the_command_writes_a_spec_that_runs(tmp_path, path, capsys):
    assert run_command_line(["import", str(path), "-o", "specs/course.yaml"]) == 0
    right = "miniatures:TINY.right"
    assert run_command_line(["run", "course", "-t", right, "--reference", right]) == 1
    assert "specs/course.yaml:" in capsys.readouterr().out
    assert run_command_line(["import", str(path), "-o", "specs/course.yaml"]) == 4
    assert "is there already" in capsys.readouterr().err
    assert run_command_line(["import", str(path)]) == 0
    assert capsys.readouterr().out == (tmp_path / "specs" / "course.yaml").read_text()
    (tmp_path / "data.csv").write_text("1")
    assert run_command_line(["import", "data.csv"]) == 4
