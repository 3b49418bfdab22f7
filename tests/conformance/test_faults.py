"""The fault drill on a tiny torch. `nox -s faults` runs it on the engine and on torch."""

import tempfile

import pytest
from faults import FAULTS, Drill

from conformance.execute import landlock
from conformance.known import Known
from conformance.run import Options, Run
from conformance.selection import select

TINY = "miniatures:TINY.right"
KERNEL = ("file outside", "network")
"""The faults that only Landlock stops."""


@pytest.fixture(scope="module")
def drill(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("drill")))
        drill = Drill(TINY)
        yield drill
        drill.worker.close()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_gets_its_verdict_and_harms_nobody_else(drill, fault):
    if fault.name in KERNEL and landlock.version() < 4:
        pytest.skip("this kernel's Landlock cannot stop it")
    _, _, wrong = drill.run(fault)
    assert wrong == []


def test_a_fault_that_is_not_told_as_expected_fails_the_drill(drill):
    fault = next(each for each in FAULTS if each.name == "abort")
    _, _, wrong = drill.run(fault._replace(status="completed"))
    assert wrong[0].startswith("crashed, not completed: SIGABRT")


@pytest.mark.parametrize("isolate", ["case", "batch"])
def test_the_results_of_others_are_the_same_with_faults_among_them(tmp_path, isolate):
    quick = [fault for fault in FAULTS if fault.status != "timeout" and fault.name not in KERNEL]
    for name, faults in (("without", []), ("with", quick)):
        (tmp_path / name).mkdir()
        lines = ["title: Drill", "cases:"]
        for number in range(len(quick)):
            lines += [f"- id: witness-{number}", "  cells:", "  - code: |"]
            lines += ["      import torch", f"      x = torch.tensor([{number}.])", "      print(x, torch.rand(1))"]
            if faults:
                lines += [f"- id: fault-{number}", "  cells:", "  - code: |"]
                lines += [f"      {line}" for line in faults[number].code.split("\n")]
        (tmp_path / name / "drill.yaml").write_text("\n".join(lines) + "\n")

    def witnesses(name):
        options = Options((TINY,), None, jobs=2, timeout=20, isolate=isolate)
        with Run(dict(enumerate(select(tmp_path / name))), options, Known()) as running:
            return {
                result.address: (result.verdict, result.checks)
                for result in running.results()
                if "witness" in result.address
            }

    alone = witnesses("without")
    assert len(alone) == len(quick)
    assert witnesses("with") == alone
