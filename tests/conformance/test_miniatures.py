"""Every target that is wrong on purpose is caught, and named by the verdict and the check that its fault is about."""

import pytest

from conformance.compare.results import CaseResult
from conformance.known import Known
from conformance.run import Options, Run
from conformance.selection import select

SPEC = """
title: A product and its gradients
cases:
- id: chain
  cells:
  - code: |
      import torch
      a = torch.tensor([1., 2., 3.], requires_grad=True)
      b = torch.tensor([4., 5., 6.], requires_grad=True)
      print(a)
    stdout: |
      tensor([1.0000, 2.0000, 3.0000], requires_grad=True)
  - code: |
      y = a * b
      z = y.sum()
      z
    result: tensor(32.0000, grad_fn=<SumBackward0>)
    graph:
      z: {SumBackward0: [{MulBackward0: [AccumulateGrad, AccumulateGrad]}]}
  - code: z.backward()
    values:
      a.grad: [4.0, 5.0, 6.0]
    holds: [(b.grad.numpy() == a.detach().numpy()).all()]
  - code: y.grad
    warns: [{category: UserWarning, match: a Tensor that is not a leaf Tensor is being accessed}]
- id: no-graph
  cells:
  - code: |
      import torch
      x = torch.tensor([1.])
      x.backward()
    raises: {type: RuntimeError, message: element 0 of tensors does not require grad and does not have a grad_fn}
"""

CAUGHT = {
    "right": set(),
    "wrong_last_bit": set(),
    "wrong_values": {
        ("chain#2", "result", ""),
        ("chain#2", "state", "y"),
        ("chain#3", "values", "a.grad"),
        ("chain#3", "state", "a"),
    },
    "wrong_dtype": {("chain#1", "state", "a"), ("chain#1", "stdout", ""), ("chain#3", "values", "a.grad")},
    "swaps_gradients": {
        ("chain#3", "values", "a.grad"),
        ("chain#3", "holds", "(b.grad.numpy() == a.detach().numpy()).all()"),
        ("chain#3", "state", "b"),
    },
    "swallows_errors": {("no-graph#1", "error", "")},
    "raises_something_else": {("no-graph#1", "error", "")},
    "changes_a_message": {("no-graph#1", "error", "")},
    "prints_nothing": {("chain#1", "stdout", ""), ("chain#2", "result", "")},
    "prints_more_digits": {("chain#1", "stdout", ""), ("chain#2", "result", "")},
    "warns_more": {("chain#2", "warnings", "")},
    "warns_less": {("chain#4", "warnings", "")},
    "forgets_the_graph": {("chain#2", "graph", "z"), ("chain#2", "state", "y"), ("chain#3", "error", "")},
    "names_nodes_otherwise": {("chain#2", "graph", "z"), ("chain#2", "state", "y")},
}
"""By fault, checks that must diverge."""

ONLY = {"swallows_errors", "raises_something_else", "changes_a_message", "warns_more", "warns_less"}
"""The faults that show in just those checks and nowhere else."""


@pytest.fixture(scope="module")
def selected(tmp_path_factory):
    folder = tmp_path_factory.mktemp("specs")
    (folder / "tiny.yaml").write_text(SPEC)
    return select(folder)


def run(selected, target: str, timeout: float = 60) -> dict[str, CaseResult]:
    options = Options((f"miniatures:TINY.{target}",), "miniatures:TINY.right", jobs=1, timeout=timeout)
    with Run(dict(enumerate(selected)), options, Known()) as running:
        return {result.address.partition("::")[2]: result for result in running.results()}


def diverging(results: dict[str, CaseResult]) -> set[tuple[str, str, str]]:
    return {
        (f"{case}#{check.cell}", check.name, check.subject)
        for case, result in results.items()
        for check in result.checks
        if check.verdict == "diverges"
    }


@pytest.mark.parametrize("fault", CAUGHT)
def test_is_caught_by_the_checks_that_it_is_about(selected, fault):
    found = diverging(run(selected, fault))
    assert found >= CAUGHT[fault]
    if not CAUGHT[fault] or fault in ONLY:
        assert found == CAUGHT[fault]


@pytest.mark.parametrize("fault", [fault for fault, checks in CAUGHT.items() if checks])
def test_the_target_is_named_as_the_one_that_is_wrong(selected, fault):
    wrong = [
        check for result in run(selected, fault).values() for check in result.checks if check.verdict == "diverges"
    ]
    assert wrong
    assert all(check.who.startswith(f"miniatures:TINY.{fault} is wrong") for check in wrong)
    assert all(check.differences for check in wrong)


@pytest.mark.parametrize(
    ("fault", "verdict", "reason"),
    [
        ("exits_early", "no-result", "the process ended in cell 2, with exit status 0"),
        ("hangs", "timeout", "cell 2 was still running after 0.5 s"),
        ("crashes", "crashed", 'SIGSEGV in cell 2: File "<tiny::chain#2>", line 2'),
    ],
)
def test_a_case_without_end_keeps_the_cells_before_and_fails_from_there(selected, fault, verdict, reason):
    result = run(selected, fault, timeout=0.5)["chain"]
    assert [cell.verdict for cell in result.cells] == ["conforms", verdict, "no-result", "no-result"]
    outcomes = [check.reason for check in result.checks if check.name == "outcome"]
    assert outcomes[0].startswith(reason)
    assert all(each.startswith("not reached") for each in outcomes[1:])


@pytest.mark.parametrize(
    ("fault", "verdict", "reason"),
    [
        ("is_not_there", "skipped", "no such hardware"),
        ("fails_to_load", "broken", "RuntimeError: the kernels were not built (miniatures.py:"),
        (
            "starts_a_thread",
            "broken",
            "loading it left 2 threads, which a fork would lose: set its isolation to 'process'",
        ),
    ],
)
def test_a_target_that_cannot_run_never_passes(selected, fault, verdict, reason):
    for result in run(selected, fault).values():
        assert result.verdict == verdict
        assert all(check.reason.startswith(reason) for check in result.checks)
