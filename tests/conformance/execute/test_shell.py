"""What cells find of IPython, beside what IPython's own shell gave when a notebook was run."""

import sys

import pytest

from conformance.execute import cell
from conformance.execute.streams import TextStreams
from conformance.targets.protocol import Program, Task
from conformance.targets.torchlike import TorchLike


@pytest.fixture
def run():
    target = TorchLike("tinytorch")
    target.load()

    def run(*codes, notebook=True):
        programs = tuple(each if isinstance(each, Program) else Program(each) for each in codes)
        with TextStreams() as streams:
            return list(cell.run(Task("area/suite::one", programs, notebook=notebook), target, streams))

    return run


def results(observations):
    assert [each.error for each in observations] == [None] * len(observations)
    return [each.result for each in observations]


def test_inputs_and_results_by_number_and_by_age(run):
    codes = ["'a'", "'b'", "'c'", "_, __, ___", "Out[2] + _3", "In[1], _i, _ii, _iii, _i2", "len(In), sorted(Out)"]
    shown = results(run(*codes))
    assert shown[3:5] == ["('c', 'b', 'a')", "'bc'"]
    assert eval(shown[5]) == (codes[0], codes[4], codes[3], codes[2], codes[1])
    assert shown[6] == "(8, [1, 2, 3, 4, 5, 6])"


def test_the_document_tells_the_number_of_a_cell(run):
    shown = results(run(Program("'a'", number=7), Program("'b'"), Program("Out[7] + Out[8]", number=20), "In[20]"))
    assert shown[2:] == ["'ab'", "'Out[7] + Out[8]'"]


def test_a_name_that_a_cell_has_bound_stays_bound(run):
    assert results(run("for _ in range(3): pass", "'a'", "_", "Out[2]"))[2:] == ["2", "'a'"]
    assert results(run("Out = In = 3", "Out, In"))[1] == "(3, 3)"


def test_none_of_it_counts_as_bound_by_a_cell(run):
    assert [each.names for each in run("'a'", "_", "get_ipython()")] == [{}, {}, {}]


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("import asyncio\nawait asyncio.sleep(0)\n'slept'", "'slept'"),
        ("async def f(): return 3\nawait f()", "3"),
        ("async def f(): return 3\nx = await f()\nx", "3"),
        ("async def f(): return 3\n[await f() for _ in range(2)]", "[3, 3]"),
        ("import asyncio\nasync with asyncio.timeout(9): x = 1\nx", "1"),
        ("async def f():\n  yield 1\n  yield 2\nasync for x in f(): pass\nx", "2"),
    ],
)
def test_a_cell_may_await(run, code, result):
    (observation,) = run(code)
    assert (observation.error, observation.result) == (None, result)


def test_tasks_go_on_from_cell_to_cell(run):
    first, second = run(
        "import asyncio\ngate = asyncio.Event()\nasync def f():\n  await gate.wait()\n  print('in the task')\n"
        "await asyncio.sleep(0)\ntask = asyncio.create_task(f())",
        "gate.set()\nawait task",
    )
    assert (first.error, first.stdout, second.stdout, second.error) == (None, "", "in the task\n", None)


def test_an_error_of_a_cell_that_awaits_has_its_line(run):
    (observation,) = run("async def f():\n  1 / 0\nx = 1\nawait f()")
    assert (observation.error.type, observation.error.line) == ("ZeroDivisionError", 2)


def test_future_statements_hold_for_later_cells(run):
    for notebook in (True, False):
        assert (
            run("from __future__ import annotations", "def f(x: Undefined): pass", notebook=notebook)[1].error is None
        )
    assert run("def f(x: Undefined): pass")[0].error.type == "NameError"


@pytest.mark.parametrize(
    "code",
    [
        "display('x')",
        "from IPython.display import display\ndisplay('x')",
        "import IPython.display\nIPython.display.display('x')",
        "import IPython\nIPython.display.display('x')",
        "get_ipython().run_line_magic('matplotlib', 'inline')",
        "from IPython import get_ipython\nget_ipython().system('ls')",
        "from IPython.display import clear_output\nclear_output()",
    ],
)
def test_what_a_notebook_shows_richly_is_not_printed(run, code):
    (observation,) = run(code)
    assert (observation.stdout, observation.error) == ("", None)


def test_a_kernel_is_told_from_a_terminal(run):
    (observation,) = run("get_ipython().__class__.__name__, 'google.colab' in str(get_ipython())")
    assert observation.result == "('ZMQInteractiveShell', False)"


def test_ipython_itself_is_as_before(run):
    run("import IPython\nfrom IPython.display import clear_output")
    ipython = sys.modules["IPython"]
    assert ipython.get_ipython() is None
    assert ipython.display.clear_output.__module__ == "IPython.core.display_functions"


@pytest.mark.parametrize(
    ("code", "left"),
    [
        ("for i in range(3):\n  print(i)\n  clear_output()", ""),
        ("for i in range(3):\n  clear_output()\n  print(i)", "2\n"),
        ("for i in range(3):\n  print(i)\n  clear_output(wait=True)", "2\n"),
        ("for i in range(3):\n  clear_output(wait=True)\n  print(i)", "2\n"),
        ("print(1)\nclear_output(wait=True)\nclear_output()\nprint(2)", "2\n"),
    ],
)
def test_output_that_is_cleared_is_none(run, code, left):
    imported, observation, after = run("from IPython.display import clear_output", code, "print(5)")
    assert (imported.stdout, observation.stdout, after.stdout) == ("", left, "5\n")


@pytest.mark.parametrize(
    ("magic", "left", "said"),
    [
        ("# %%capture out", "", "'a\\n', 'b\\n', 'a\\n'"), ("# %%capture", "", None),
        ("# %%capture --no-stdout out", "a\n", "'', 'b\\n', ''"),
    ],
)  # fmt: skip
def test_what_a_cell_writes_is_captured(run, magic, left, said):
    code = f"{magic}\nimport sys\nprint('a'); print('b', file=sys.stderr)"
    first, second, third = run(code, "out.stdout, out.stderr, str(out)", "out.show(); out()")
    assert first.stdout == left
    if said is None:
        assert second.error.type == "NameError"
    else:
        assert second.result == f"({said})"
        assert third.stdout == ("" if left else "a\na\n")
