import sys
import warnings

import pytest

from conformance.execute import cell
from conformance.execute.streams import TextStreams
from conformance.targets.protocol import Opaque, Program, Scalar, Task
from conformance.targets.torchlike import TorchLike


@pytest.fixture(scope="module")
def target():
    target = TorchLike("tinytorch", also={"torchviz": "tinytorch"})
    target.load()
    return target


@pytest.fixture
def run(target):
    def run(*programs, **options):
        programs = [program if isinstance(program, Program) else Program(program) for program in programs]
        with TextStreams() as streams:
            return list(cell.run(Task("area/suite::one", tuple(programs), **options), target, streams))

    return run


def error(observation):
    return observation.error.type, observation.error.message, observation.error.during, observation.error.line


def test_cells_share_a_namespace_and_an_error_does_not_stop_them(run):
    first, second, third = run("x = 1", "y = x + 1\n1 / 0\nz = 3", "print(x, y)")
    assert first.names == {"x": Scalar("int", "1")}
    assert error(second) == ("ZeroDivisionError", "division by zero", "run", 2)
    assert second.names == {"y": Scalar("int", "2")}
    assert '"<area/suite::one#2>", line 2, in <module>\n    1 / 0' in second.error.traceback
    assert third.stdout == "1 2\n"


def test_the_line_is_that_of_the_innermost_frame_in_the_cell(run):
    defined, called = run("def f():\n  return g()\ndef g():\n  raise KeyError('k')", "pass\nf()")
    assert defined.error is None
    assert error(called) == ("KeyError", "'k'", "run", 2)
    assert "line 4, in g" in called.error.traceback
    assert "conformance/execute" not in called.error.traceback


@pytest.mark.parametrize(
    "code", ["import sys; sys.exit(3)", "raise KeyboardInterrupt", "class E(BaseException): pass\nraise E"]
)
def test_whatever_is_raised_ends_the_cell_alone(run, code):
    first, second = run(code, "print('on')")
    assert first.error.during == "run"
    assert second.stdout == "on\n"


def test_what_is_not_python_fails_when_it_is_compiled(run):
    observation, after = run("x = 1\nx =", "x")
    assert error(observation) == ("SyntaxError", "invalid syntax", "compile", 2)
    assert error(after)[0] == "NameError"


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("1 + 1", "2"),
        ("1 + 1  # a comment", "2"),
        ("'text'", "'text'"),
        ("x = 1", None),
        ("None", None),
        ("1 + 1;", None),
        ("1 + 1;  # a comment\n\n", None),
        ("';'", "';'"),
        ("for i in range(2): i", None),
        ("", None),
        ("class A: pass\nA", "<class '__main__.A'>"),
    ],
)
def test_the_result_is_that_of_the_last_expression_as_in_a_notebook(run, code, result):
    (observation,) = run(code)
    assert observation.result == result
    assert observation.error is None
    assert observation.stdout == ""


def test_a_notebook_shows_results_as_ipython_does(run):
    code = "class A: pass\nA()"
    (plain,), (shown,) = run(code), run(code, notebook=True)
    assert plain.result.startswith("<__main__.A object at 0x")
    assert shown.result.startswith("<__main__.A at 0x")
    assert run("type('')", notebook=True)[0].result == "str"
    assert run("[('a' * 40,) * 2]", notebook=True)[0].result.count("\n") == 1
    assert run("display('b')\n'c'", "_ * 2", notebook=True)[1].result == "'cc'"


def test_an_error_while_a_result_is_displayed_leaves_its_repr(run):
    code = """
        class Picture:
            def __repr__(self): return "a picture"
            def {method}(self, include=None, exclude=None): raise OSError("no program")
        Picture()
    """
    for method in ("_repr_mimebundle_", "_repr_svg_", "_repr_html_"):
        (observation,) = run("\n".join(line[8:] for line in code.format(method=method).splitlines()))
        assert observation.result == "a picture"
        assert error(observation) == ("OSError", "no program", "display", 4)
    (observation,) = run("class Bad:\n  def __repr__(self): raise ValueError('no text')\nBad()")
    assert observation.result is None
    assert error(observation) == ("ValueError", "no text", "display", 2)


def test_an_error_without_text_is_told_nevertheless(run):
    (observation,) = run("class E(Exception):\n  def __str__(self): raise TypeError\nraise E")
    assert observation.error.message == "__str__ raised TypeError"


def test_names_that_a_cell_bound_or_changed(run):
    first, second, third, fourth = run("import sys\na = [1]\nb = 2\n_hidden = 3", "a.append(4)", "b = 2", "del a")
    assert set(first.names) == {"a", "b"}
    assert set(second.names) == {"a"}
    assert third.names == {}
    assert (fourth.names, fourth.deleted) == ({}, ("a",))


def test_what_cannot_be_looked_at_says_why(run, target, monkeypatch):
    def observe(value):
        raise OSError("gone")

    monkeypatch.setattr(target, "observe", observe)
    (observation,) = run("x = 1")
    assert observation.names == {"x": Opaque("int", "looking at it raised OSError: gone")}


def test_a_gradient_that_arrives_changes_its_leaf(run):
    _, backward = run("import torch\nx = torch.tensor([1.], requires_grad=True)\ny = x * x", "y.backward()")
    assert set(backward.names) == {"x"}
    assert backward.names["x"].grad is not None


def test_expressions_are_evaluated_after_the_cell_and_apart_from_it(run):
    program = Program(
        "x = 2\nprint('cell')", questions=("x + 1", "y", "print('question')"), conditions=("x > 1", "x > 9")
    )
    (observation,) = run(program)
    assert observation.stdout == "cell\n"
    assert observation.answers["x + 1"].value == Scalar("int", "3")
    assert observation.answers["y"].error.message == "name 'y' is not defined"
    assert [observation.answers[each].value.text for each in program.conditions] == ["True", "False"]


def test_warnings_are_counted_each_time_as_python_shows_them_by_default(run):
    hidden = "\n".join(
        f"warnings.warn('no', {each})" for each in ("ResourceWarning", "PendingDeprecationWarning", "ImportWarning")
    )
    code = (
        f"import warnings\nfor _ in range(2): warnings.warn('slow')\nwarnings.warn('old', DeprecationWarning)\n{hidden}"
    )
    (observation,) = run(code)
    assert [(each.category, each.message) for each in observation.warnings] == [
        ("UserWarning", "slow"),
        ("UserWarning", "slow"),
        ("DeprecationWarning", "old"),
    ]


def test_a_librarys_deprecation_is_not_the_cells(run):
    (observation,) = run(
        "import warnings\nwarnings.warn_explicit('old', DeprecationWarning, 'lib.py', 1, module='lib')"
    )
    assert observation.warnings == ()


def test_a_filter_that_a_cell_sets_holds_for_the_cells_after_it_only(run):
    before = list(warnings.filters)
    first, second = run("import warnings\nwarnings.simplefilter('error')", "warnings.warn('slow')")
    assert first.error is None
    assert error(second)[:2] == ("UserWarning", "slow")
    assert warnings.filters == before


def test_parameters_are_bound_before_the_first_cell(run):
    bindings = {"kind": "torch.float64", "twice": "[kind, kind]"}
    with_parameters, without = run("print(kind, len(twice))", "torch", bindings=bindings)
    assert with_parameters.stdout == "torch.float64 2\n"
    assert error(without)[0] == "NameError"


def test_what_a_cell_defines_is_found_in_main(run):
    defined, pickled, resolved = run(
        "import pickle, typing\nclass A:\n    other: 'A'",
        "same = pickle.loads(pickle.dumps(A())).__class__ is A",
        "hint = typing.get_type_hints(A)['other'] is A",
    )
    assert defined.error is None
    assert pickled.names["same"] == resolved.names["hint"] == Scalar("bool", "True")
    assert not hasattr(sys.modules["__main__"], "A")


def test_a_draw_is_noticed(run):
    observations = run("import torch", "torch.rand(2)", "1")
    assert [each.drew for each in observations] == [False, True, False]


def test_a_cell_that_is_not_to_run_is_skipped_and_the_others_run(run):
    observations = run(
        "x = 1", Program("x = 2", skip="needs cuda"), Program("x = 3", modules=("no_such_module",)), "print(x)"
    )
    assert [each.skipped for each in observations] == ["", "needs cuda", "no module no_such_module", ""]
    assert observations[-1].stdout == "1\n"


def test_of_a_cell_that_lacks_a_module_the_other_imports_are_done(run):
    code = "import no_such_module, torch\nimport this\nx = 1"
    observations = run(Program(code, modules=("no_such_module",)), "print(torch.ones(1), this)", "x")
    assert [each.skipped for each in observations] == ["no module no_such_module", "", ""]
    assert observations[1].stdout.startswith("tensor([1.0000]) <module 'this'")
    assert observations[2].error.type == "NameError"


def test_all_texts_are_made_visible(run):
    (observation,) = run("import warnings\nprint('\\x1b[2J')\nwarnings.warn('\\x07')\nraise ValueError('\\u202e')")
    assert observation.stdout == "\\x1b[2J\n"
    assert observation.warnings[0].message == "\\x07"
    assert observation.error.message == "\\u202e"


def test_the_process_is_left_as_it_was(run):
    modules = {name: sys.modules.get(name) for name in ("torch", "torchviz", "__main__")}
    run("import torch\nfrom torch import tensor\nimport torchviz")
    assert {name: sys.modules.get(name) for name in modules} == modules


def test_a_stack_that_a_warning_tells_begins_in_the_cell(run):
    code = "import traceback, warnings\ndef f():\n  warnings.warn(''.join(traceback.format_stack()))\nf()"
    (observation,) = run(code)
    (warned,) = observation.warnings
    assert "conformance/execute" not in warned.message
    assert '"<area/suite::one#1>", line 4, in <module>\n    f()\n' in warned.message
