"""Confirmation: what is not as expected is run again, alone, before it counts."""

from dataclasses import replace

import pytest

from conformance.compare.results import CaseResult, CellResult, confirmed
from conformance.compare.verdict import Check
from conformance.execute.pool import Worker
from conformance.known import Known
from conformance.run import Options, Run
from conformance.selection import select

RIGHT, WRONG = "miniatures:TINY.right", "miniatures:TINY.prints_more_digits"
SPEC = """
title: t
cases:
- id: prints
  cells: [{code: "import torch\\nprint(torch.tensor([1.]))"}]
- id: looks
  cells: [{code: "import sys\\nprint('left' in vars(sys))"}]
- id: leaves
  cells: [{code: "import sys\\nsys.left = 1"}]
- id: looks-again
  cells: [{code: "import sys\\nprint('left' in vars(sys))", stdout: "False\\n"}]
"""


@pytest.fixture
def cases(tmp_path):
    (tmp_path / "suite.yaml").write_text(SPEC)
    return dict(enumerate(select(tmp_path)))


def results(cases, targets, **options):
    with Run(cases, Options(targets, RIGHT, jobs=1, timeout=20, **options), Known()) as running:
        return {(result.address.partition("::")[2], result.target): result for result in running.results()}


def test_what_only_a_batch_does_does_not_count(cases):
    alone = results(cases, (RIGHT, WRONG))
    together = results(cases, (RIGHT, WRONG), isolate="batch")
    verdicts = {place: result.verdict for place, result in together.items()}
    assert verdicts == {place: result.verdict for place, result in alone.items()}
    assert verdicts["prints", WRONG] == "diverges"
    assert verdicts["looks-again", WRONG] == verdicts["looks-again", RIGHT] == "conforms"
    assert {place: result.checks for place, result in together.items()} == {
        place: result.checks for place, result in alone.items()
    }


def test_what_diverges_once_is_flaky(cases, monkeypatch):
    observe, asked = Worker.run, []

    def spoilt_once(self, task, timeout, *, again):
        observation = observe(self, task, timeout, again=again)
        assert again == (len(asked) > 1)
        asked.append(self.name)
        if asked != [RIGHT, WRONG]:
            return observation
        return replace(observation, cells=(replace(observation.cells[0], stdout="once"),))

    monkeypatch.setattr(Worker, "run", spoilt_once)
    found = results({1: cases[1]}, (RIGHT, WRONG))["looks", WRONG]
    assert asked == [RIGHT, WRONG, WRONG, RIGHT]
    assert found.verdict == "flaky"
    assert [check.reason for check in found.checks if check.verdict == "flaky"] == [
        "not the same twice: diverges, then conforms"
    ]


UNSTEADY = """
title: t
cases:
- id: clock
  cells:
  - {code: "import torch, time\\nx = torch.tensor([1.])\\nnow = time.perf_counter_ns()\\nprint(x)"}
  - {code: "print(time.perf_counter_ns())", stdout: "1234\\n"}
"""


def test_what_the_reference_itself_does_otherwise_each_time_is_nobodys_fault(tmp_path):
    (tmp_path / "suite.yaml").write_text(UNSTEADY)
    found = results(dict(enumerate(select(tmp_path))), (RIGHT, WRONG))
    verdicts = {(check.cell, check.name, check.subject): check for check in found["clock", WRONG].checks}
    assert verdicts[1, "state", "now"].verdict == "flaky"
    assert verdicts[1, "state", "now"].reason == "not the same twice: it is not on the reference either"
    assert verdicts[1, "stdout", ""].verdict == "diverges"
    assert verdicts[2, "stdout", ""].verdict == "flaky"
    on_reference = {(check.cell, check.name): check.verdict for check in found["clock", RIGHT].checks}
    assert on_reference[1, "state"] == "conforms"
    assert on_reference[2, "stdout"] == "flaky"


def test_what_is_random_may_still_be_of_the_wrong_dtype(tmp_path):
    cell = "import torch, time\\nx = torch.tensor([time.perf_counter_ns() % 999.])\\ny = time.perf_counter_ns()"
    (tmp_path / "suite.yaml").write_text(f'title: t\ncases:\n- id: drawn\n  cells:\n  - {{code: "{cell}"}}\n')
    found = results(dict(enumerate(select(tmp_path))), (RIGHT, "miniatures:TINY.wrong_dtype"))
    checks = {check.subject: check for check in found["drawn", "miniatures:TINY.wrong_dtype"].checks}
    assert (checks["x"].verdict, checks["x"].aspects) == ("diverges", ("dtype",))
    assert checks["x"].differences == ("dtype is float64, not float32",)
    assert checks["y"].verdict == "flaky"


@pytest.mark.parametrize(("any_processor", "verdicts"), [(True, ["conforms", "diverges"]), (False, ["diverges"] * 2)])
def test_what_the_processor_decides_is_nobodys_fault_where_a_case_says_so(tmp_path, any_processor, verdicts):
    factor = "1.001 if os.environ.get('ATEN_CPU_CAPABILITY') == 'default' else 1.0"
    cell = f"import torch, os\\nx = torch.tensor([2.]) * ({factor})\\ny = torch.tensor([2.]) * 1.0"
    case = f'{{id: sums, any_processor: {str(any_processor).lower()}, cells: [{{code: "{cell}"}}]}}'
    (tmp_path / "suite.yaml").write_text(f"title: t\ncases:\n- {case}\n")
    wrong = "miniatures:TINY.wrong_values"
    found = results(dict(enumerate(select(tmp_path))), (RIGHT, wrong))["sums", wrong]
    checks = {check.subject: check.verdict for check in found.checks}
    assert [checks["x"], checks["y"]] == verdicts


def result(*verdicts):
    checks = tuple(Check("values", verdict, 1, f"x{number}") for number, verdict in enumerate(verdicts))
    worst = max(verdicts, key=["conforms", "known", "diverges", "crashed"].index)
    return CaseResult("a::b", "engine", worst, checks, 0.1, (CellResult(1, worst, "1"),))


@pytest.mark.parametrize(
    ("first", "again", "verdicts"),
    [
        (["diverges"], ["diverges"], ["diverges"]),
        (["diverges"], ["conforms"], ["flaky"]),
        (["diverges"], ["crashed"], ["flaky"]),
        (["conforms", "diverges"], ["diverges", "diverges"], ["flaky", "diverges"]),
        (["diverges"], ["diverges", "diverges"], ["diverges", "flaky"]),
        (["diverges", "conforms"], ["diverges"], ["diverges", "conforms"]),
        (["known", "diverges"], ["known", "conforms"], ["known", "flaky"]),
    ],
)
def test_checks_that_are_not_the_same_twice(first, again, verdicts):
    found = confirmed(result(*first), result(*again))
    assert [check.verdict for check in found.checks] == verdicts
    assert found.verdict == found.cells[0].verdict == ("diverges" if "diverges" in verdicts else "flaky")
