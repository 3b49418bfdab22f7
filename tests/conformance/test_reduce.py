"""Short programs in place of long ones."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from conformance.cli import run_command_line
from conformance.compare.results import CaseResult, CellResult
from conformance.compare.verdict import Check
from conformance.reduce import as_python, reduce
from conformance.selection import Selected
from conformance.spec.model import Case, Cell, Suite

RIGHT = CaseResult("s::c", "target", "conforms", (), 0.0, ())


def item(*codes):
    case = Case(id="c", cells=tuple(Cell(code=code) for code in codes))
    return Selected(Suite(title="t", cases=(case,)).found("s"), case)


def judge_of(*needed, name="state", verdict="diverges"):
    """Says that the last of the needed lines is wrong if the others came before it."""

    def judge(candidate):
        left = list(needed)
        for number, cell in enumerate(candidate.case.cells, start=1):
            for line in cell.code.splitlines():
                if left and line.strip() == left[0]:
                    left.pop(0)
            if not left:
                cells = tuple(CellResult(n, "conforms") for n in range(1, number + 1))
                return replace(RIGHT, verdict=verdict, checks=(Check(name, verdict, number),), cells=cells)
        return RIGHT

    return judge


def test_what_is_right_has_nothing_to_reduce():
    assert reduce(item("a", "b"), judge_of("c")) is None


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=3), min_size=1, max_size=6), st.data())
def test_only_the_lines_that_are_needed_stay(cells, data):
    lines = [f"{letter}{place}" for place, letter in enumerate(letter for cell in cells for letter in cell)]
    rest = iter(lines)
    codes = ["\n".join(next(rest) for _ in cell) for cell in cells]
    needed = data.draw(st.lists(st.sampled_from(lines), min_size=1, unique=True))
    needed.sort(key=lines.index)
    found = reduce(item(*codes), judge_of(*needed))
    assert "\n".join(cell.code for cell in found.item.case.cells).split() == needed
    assert found.result.verdict == "diverges"
    assert found.result.checks[-1].cell == len(found.item.case.cells)


def test_a_block_gives_way_to_its_body():
    code = "x\nwith mode:\n    if True:\n        y\n        z\n    w"
    found = reduce(item(code), judge_of("x", "z"))
    assert found.item.case.cells[0].code == "x\nz"


def test_lines_that_statements_share_stay_together():
    found = reduce(item("a; b\nc"), judge_of("a; b"))
    assert found.item.case.cells[0].code == "a; b"


def test_code_that_is_no_python_stays_as_it_is():
    found = reduce(item("a", "b = = c"), judge_of("b = = c"))
    assert [cell.code for cell in found.item.case.cells] == ["b = = c"]


def test_another_fault_is_not_taken_for_the_first():
    """Without `a` the same cell fails in another way."""
    first, other = judge_of("a", "b"), judge_of("b", name="error")
    found = reduce(item("a", "b"), lambda each: first(each) if first(each).checks else other(each))
    assert [cell.code for cell in found.item.case.cells] == ["a", "b"]


def test_what_is_left_is_a_script_with_marks():
    assert as_python(item("a", "b\n").case) == "# %%\na\n\n# %%\nb\n"


def test_the_command_refuses_what_it_cannot_reduce(tmp_path, capsys):
    (tmp_path / "s.yaml").write_text(
        "title: t\ncases:\n- id: a\n  cells: [{code: x = 1}]\n- id: b\n  cells: [{code: y}]\n"
    )
    assert run_command_line(["reduce", "s", "--specs", str(tmp_path)]) == 4
    assert "s names 2 cases: `conformance list` has the address of each" in capsys.readouterr().err
    assert run_command_line(["reduce", "s::a", "-t", "nobody", "--specs", str(tmp_path)]) == 4
    right = "miniatures:TINY.right"
    arguments = ["reduce", "s::a", "-t", right, "--reference", right, "--specs", str(tmp_path)]
    assert run_command_line(arguments) == 0
    assert "there is nothing to reduce" in capsys.readouterr().err
    assert run_command_line([*arguments[:3], "torch:cuda:99", *arguments[4:]]) == 6
    assert "torch:cuda:99 is not available: " in capsys.readouterr().err
