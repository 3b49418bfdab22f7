"""The report as it is read: whole texts at fixed widths. After a wanted change of the looks,
`UPDATE_SNAPSHOTS=1 pytest tests/conformance/report` writes them anew; read them before they are committed."""

import io
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from conformance.compare.results import CaseResult, CellResult
from conformance.compare.verdict import Check
from conformance.report.run import Footer, Gate, Header, Record, Stale, SuiteInfo, TargetInfo, counts
from conformance.report.terminal import report, show

CODE = """import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
y = torch.sum(x**2)
y.backward() # 스칼라를 벡터로 미분한 것
print(x.grad)
"""
TARGETS = {
    "engine": TargetInfo("ready", "", {"python": "3.11.7", "engine": "1.0"}, "2.13.0", "cpu", "", "fork"),
    "torch:cpu": TargetInfo("ready", "", {"python": "3.11.7", "torch": "2.13.0+cpu"}, "", "cpu", "", "fork"),
    "torch:cuda": TargetInfo("unavailable", "no CUDA device"),
}
WRONG = "engine is wrong: torch:cpu does what the document says"


def cell(number, verdict, code=CODE, **options):
    return CellResult(number, verdict, code, line=40 + number, **options)


def case(name, target, verdict, cells, checks=(), order=0, title="The gradient of a sum of squares"):
    return CaseResult(
        f"seeds/basics::{name}",
        target,
        verdict,
        tuple(checks),
        0.01,
        tuple(cells),
        title,
        order,
        "specs/seeds/basics.yaml",
    )


STDOUT = Check(
    "stdout", "diverges", 2, "", WRONG, "tensor([2., 4., 6.])\n", "tensor([2., 4., 6.])\n", "tensor([2., 4., 5.])\n",
    ("text is 'tensor([2., 4., 5.])', not 'tensor([2., 4., 6.])'",),
)  # fmt: skip
STATE = Check(
    "state", "diverges", 2, "x", "engine is wrong: torch:cpu does otherwise, the document is silent", None,
    "[1.0, 2.0, 3.0] (float32[3], requires_grad), grad [2.0, 4.0, 6.0] (float32[3])",
    "[1.0, 2.0, 3.0] (float32[3], requires_grad), grad [2.0, 4.0, 5.0] (float32[3])",
    (".grad[2]: value is 5.0, not 6.0 (1 of 3 elements, up to 2.1e+06 ULP)",),
)  # fmt: skip
DRIFT = Check(
    "result", "drifted", 1, "", "the document is out of date: engine and torch:cpu agree", "1.5", "1.25", "1.25"
)
HOSTILE = Check(
    "error", "diverges", 1, "", WRONG, "no error", "no error", "ValueError: [/foo] [bold]no[/bold] :bomb: \\x1b[31m", ()
)


def record(*results, complete=True, **options) -> Record:
    shown = [*results] or [
        case("sum", "engine", "diverges", [cell(1, "conforms"), cell(2, "diverges", label="In [26]")], [STDOUT, STATE]),
        case("sum", "torch:cpu", "conforms", [cell(1, "conforms"), cell(2, "conforms")]),
        case("sum", "torch:cuda", "skipped", [cell(1, "skipped"), cell(2, "skipped")]),
    ]
    cells = max(len(result.cells) for result in shown)
    header = Header(
        id="1",
        started="2027-01-02T03:04:05+00:00",
        specs="abc",
        suites=(SuiteInfo("seeds/basics", "Basics"),),
        cases=1,
        cells=cells,
        targets=TARGETS,
        reference="torch:cpu",
        options={"specs": "specs"},
        platform="Linux x86_64, Python 3.11.7",
        layers=("process group", "rlimits"),
        version="1.0",
    )
    footer = Footer(complete, counts(shown), 1, cells, 3.21, 1, **options)
    return Record(header, tuple(shown), footer)


def text(of: Record, width=80, **options) -> str:
    file = io.StringIO()
    report(of, Console(file=file, width=width, highlight=False, markup=False, emoji=False), **options)
    return file.getvalue()


SNAPSHOTS = {
    "diverges-80": lambda: text(record()),
    "diverges-120": lambda: text(record(), 120),
    "drifted": lambda: text(
        record(case("old", "engine", "drifted", [cell(1, "drifted", "x")], [DRIFT])),
    ),
    "process": lambda: text(
        record(
            case(
                "loop",
                "engine",
                "timeout",
                [cell(1, "timeout", "while True: pass"), cell(2, "no-result")],
                [
                    Check("outcome", "timeout", 1, reason="cell 1 was still running after 60 s"),
                    Check("outcome", "no-result", 2, reason="not reached: cell 1 was still running after 60 s"),
                ],
            ),
            case(
                "load", "engine", "broken", [cell(1, "broken")], [Check("outcome", "broken", 1, reason="no worker")], 1
            ),
        )
    ),
    "known": lambda: text(
        record(
            case(
                "tanh",
                "engine",
                "known",
                [cell(1, "known")],
                [Check("values", "known", 1, "x", was="diverges", reason="the last bit depends on the C library")],
            ),
            stale=(Stale("seeds/basics::exp", "engine", "values", "rounding", "known.yaml:7"),),
        )
    ),
    "conforms": lambda: text(replace_footer(record(case("sum", "engine", "conforms", [cell(1, "conforms")])))),
    "incomplete": lambda: text(record(complete=False)),
    "show": lambda: shown(record(), "seeds/basics::sum#2"),
}


def replace_footer(of: Record) -> Record:
    return replace(of, footer=replace(of.footer, exit_code=0))


def shown(of: Record, address: str) -> str:
    file = io.StringIO()
    assert show(of, address, Console(file=file, width=80))
    return file.getvalue()


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_the_report_reads_as_before(name):
    path = Path(__file__).parent / "snapshots" / f"{name}.txt"
    found = SNAPSHOTS[name]()
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal_but_commands(width):
    from rich.cells import cell_len

    for line in text(record(), width, whole=True).splitlines():
        if not line.lstrip().startswith(("run again", "spec ")):
            assert cell_len(line) <= width
        assert line == line.rstrip()


def test_in_a_file_there_are_no_control_characters():
    found = text(record(case("hostile", "engine", "diverges", [cell(1, "diverges")], [HOSTILE])))
    assert not {each for each in found if ord(each) < 32} - {"\n"}


def test_what_came_out_of_a_cell_is_never_markup():
    found = text(record(case("hostile", "engine", "diverges", [cell(1, "diverges", "print('[/foo]')")], [HOSTILE])))
    assert "print('[/foo]')" in found
    assert "ValueError: [/foo] [bold]no[/bold] :bomb: \\x1b[31m" in found


def test_colours_follow_the_terminal_and_no_color(monkeypatch):
    def coloured(**options):
        file = io.StringIO()
        report(record(), Console(file=file, width=80, force_terminal=True, **options))
        return "\x1b[" in file.getvalue()

    assert coloured(color_system="standard")
    monkeypatch.setenv("NO_COLOR", "1")
    plain = io.StringIO()
    report(record(), Console(file=plain, width=80, force_terminal=True))
    assert not re.search(r"\x1b\[[0-9;]*\b(3|9)[0-7]", plain.getvalue())  # bold and italic may stay


def test_where_only_ascii_can_be_shown_only_ascii_is_used_for_glyphs():
    class Ascii(io.TextIOWrapper):
        encoding = "ascii"

    file = io.TextIOWrapper(io.BytesIO(), "ascii", errors="backslashreplace")
    report(record(), Console(file=file, width=80))
    file.flush()
    found = file.buffer.getvalue().decode("ascii")
    assert "ok 1" in found
    assert "x 1" in found


def test_an_address_that_was_not_run_is_not_shown():
    assert not show(record(), "seeds/basics::other", Console(file=io.StringIO()))


def test_a_case_is_shown_cell_by_cell_on_every_target():
    found = shown(record(), "seeds/basics::sum")
    assert [line.split()[0] for line in found.splitlines() if line.startswith("seeds/")] == [
        "seeds/basics::sum#1",
        "seeds/basics::sum#2",
    ] * 3


def test_many_divergences_are_counted_and_listed():
    many = [case(f"c{n}", "engine", "diverges", [cell(2, "diverges")], [STDOUT], n) for n in range(25)]
    found = text(record(*many))
    assert found.count("run again") == 20
    assert "and 5 more cells" in found
    assert "seeds/basics::c24#2" in found
    assert text(record(*many), whole=True).count("run again") == 25


def test_what_drifted_on_several_targets_is_shown_once():
    of_torch = replace(DRIFT, who="torch:cpu no longer does what the document says")
    found = text(
        record(
            case("old", "torch:cpu", "drifted", [cell(1, "drifted", "x")], [of_torch]),
            case("old", "engine", "drifted", [cell(1, "drifted", "x")], [DRIFT]),
        )
    )
    assert found.count("seeds/basics::old#1") == 2  # the heading and the command
    assert "the document is out of date: engine and torch:cpu agree" in found
    assert "2 drifted" in found


def test_the_same_bad_end_on_several_targets_is_shown_once():
    ended = Check("outcome", "timeout", 1, reason="cell 1 was still running after 60 s")
    other = replace(ended, reason="cell 1 was still running after 5 s")
    cells = [cell(1, "timeout", "while True: pass")]
    found = text(
        record(*(case("loop", name, "timeout", cells, [ended]) for name in ("engine", "torch:cpu"))),
    )
    assert found.count("while True: pass") == 1
    assert "engine, torch:cpu timeout" in found
    assert "conformance run 'seeds/basics::loop#1' --target engine --target torch:cpu\n" in found
    both = (("engine", ended), ("torch:cpu", other))
    apart = record(*(case("loop", name, "timeout", cells, [check]) for name, check in both))
    assert text(apart).count("while True: pass") == 2


def test_a_matrix_that_is_too_wide_has_a_line_for_each_target():
    verdicts = ("conforms", "skipped", "drifted", "diverges", "no-result", "timeout", "crashed")
    cells = [cell(number, verdict) for number, verdict in enumerate(verdicts, start=1)]
    wide = record(*(case("all", name, "crashed", cells, []) for name in ("engine", "torch:cpu", "torch:cuda")))
    found = text(wide, 80, brief=True)
    counts = "✓ 1  - 1  ~ 1  ✗ 1  ∅ 1  ⧖ 1  ☠ 1"
    for name in ("engine", "torch:cpu", "torch:cuda"):
        assert f"    {name:10}   {counts}\n" in found
    assert "…" not in found
    assert "∅ no-result   ⧖ timeout\n  ☠ crashed\n" in found
    two = replace(wide, results=wide.results[:2])
    assert f"{counts}   {counts}\n" in text(two, 120, brief=True)


def test_the_sum_says_where_it_went_wrong_unless_it_did_everywhere():
    right, wrong = ([cell(1, verdict)] for verdict in ("conforms", "diverges"))
    one = record(case("a", "engine", "diverges", wrong, []), case("a", "torch:cpu", "conforms", right, []))
    both = record(case("a", "engine", "diverges", wrong, []), case("a", "torch:cpu", "diverges", wrong, []))
    assert "1 diverges on engine, 1 conforms" in text(one)
    assert "2 diverge, in" in text(both)


def test_a_cell_is_run_again_with_what_the_run_was_given():
    of = record()
    given = replace(of, header=replace(of.header, options={"specs": "my specs", "reference": "none"}))
    assert "--target engine --specs 'my specs' --reference none\n" in text(given)
    assert "--specs" not in text(of)


def test_a_gate_names_what_fails_it():
    gate = Gate("base.ndjson", ("new",), {"new": 3, "fixed": 1}, ("new  a::b#1  engine  conforms -> diverges",))
    found = text(record(gate=gate))
    assert "Since base.ndjson:  3 new, 1 fixed: fails on new\n" in found
    assert "  new  a::b#1  engine  conforms -> diverges\n" in found
    assert "and 2 more; `conformance diff base.ndjson RUN` names all" in found


def test_a_target_that_could_not_be_loaded_is_not_the_harnesss_fault(monkeypatch):
    monkeypatch.setitem(TARGETS, "engine", TargetInfo("failed", "no luck"))
    check = Check("outcome", "broken", 1, reason="no luck")
    found = text(record(case("a", "engine", "broken", [cell(1, "broken")], [check])))
    assert "Not run: a target failed to load" in found
    assert "none on engine, which failed to load" in found
    assert "by the harness" not in found


def test_a_target_that_follows_another_release_than_the_reference_is_told():
    def head(version):
        newer = replace(TARGETS["torch:cpu"], versions={"torch": version})
        of = record()
        return text(replace(of, header=replace(of.header, targets={**TARGETS, "torch:cpu": newer})))

    assert "engine: another torch than the reference, which is 2.14.1+cu130" in " ".join(head("2.14.1+cu130").split())
    assert "another torch" not in head("2.13.4")
