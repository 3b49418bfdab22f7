from __future__ import annotations

import pytest

from conformance.spec.code import NotPython, check, runnable


def test_shell_lines_are_left_out_and_named() -> None:
    code = "!pip install torchviz\nfrom torchviz import make_dot\n%matplotlib inline\nif True:\n  !ls\n"
    python, not_run, needs_shell = runnable(code)
    assert python == "pass\nfrom torchviz import make_dot\npass\nif True:\n  pass\n"
    assert not_run == ("!pip install torchviz", "%matplotlib inline", "!ls")
    assert needs_shell == ""


def test_some_magics_need_no_mark_where_the_line_is_no_python() -> None:
    assert runnable("pip install torchviz\nls = [1]\ncd ..\nx = 1") == (
        "pass\nls = [1]\npass\nx = 1",
        ("pip install torchviz", "cd .."),
        "",
    )
    assert runnable("ls -la") == ("ls -la", (), "")  # a difference of two names


def test_a_cell_may_await_and_an_expression_of_a_spec_may_not() -> None:
    check("async def f(): pass\nawait f()", "exec")
    with pytest.raises(NotPython):
        check("await f()", "eval")


def test_help_is_left_out_a_timed_statement_runs_and_what_a_command_gives_is_told() -> None:
    code = "torch.add?\n??f\n%time x = f(1)\n  files, = !ls *.py\n%timeit f(1)\n"
    python, not_run, needs_shell = runnable(code)
    assert python == "pass\npass\nx = f(1)\n  files, = None\npass\n"
    assert not_run == ("torch.add?", "??f", "%time", "files, = !ls *.py", "%timeit f(1)")
    assert needs_shell == "files, = !ls *.py"


@pytest.mark.parametrize("code", ["a = (7\n% 3)", 'text = """\n!pip\n%d\n"""', "x = 1\n", "if a != b: pass"])
def test_python_is_left_alone(code: str) -> None:
    assert runnable(code) == (code, (), "")


def test_every_line_keeps_its_number() -> None:
    code = "!a\n\nx = (1,\n  )\n%b\n"
    assert runnable(code).python.count("\n") == code.count("\n")


def test_what_is_no_python_without_shell_lines_stays_as_it_is() -> None:
    with pytest.raises(NotPython):
        check(runnable("!pip\nx = = 1").python, "exec")


@pytest.mark.parametrize(
    ("text", "mode", "place"),
    [
        ("x = (", "exec", (1, 5)),
        ("x = 1\ny = )", "exec", (2, 5)),
        ("é = 'a' + ]", "exec", (1, 11)),
        ("return 1", "exec", (1, 1)),
        ("x = 1", "eval", (1, 3)),
        ("", "eval", (1, 1)),
        ("x\x00", "exec", (1, 1)),
        ("x" + "+x" * 100_000, "eval", (1, 1)),
    ],
)
def test_where_it_is_no_python(text: str, mode: str, place: tuple[int, int]) -> None:
    with pytest.raises(NotPython) as caught:
        check(text, mode)  # type: ignore[arg-type]
    assert (caught.value.line, caught.value.column) == place
    assert caught.value.reason


def test_warnings_of_the_compiler_belong_to_the_run() -> None:
    check("x = '\\d'\nx is 1", "exec")  # warnings are errors in these tests
