"""The classes of what was not reproduced."""

from __future__ import annotations

import pytest

from conformance.compare.results import CaseResult, CellResult
from conformance.compare.verdict import Check
from conformance.report.why import MEANS, why


def case(cells: list[tuple[str, str]], failing: int, *, name: str = "stdout", target: str = "2", document: str = "1"):
    """A case whose cells have these labels and this code, the `failing` one of which printed something else."""
    checks = (Check(name=name, verdict="diverges", cell=failing, target=target, document=document),)
    found = tuple(
        CellResult(number=number, verdict="conforms", label=label, code=code)
        for number, (label, code) in enumerate(cells, 1)
    )
    result = CaseResult("notebook:a.ipynb::notebook", "engine", "diverges", checks, 0.0, found)
    said = why(result, found[failing - 1])
    assert said in MEANS
    return said


@pytest.mark.parametrize(
    ("counts", "failing", "expected"),
    [
        ([1, 2, 3], 3, "value"),
        ([1, 4, 3], 3, "out of order"),  # what stands before it ran after it
        ([1, 4, 3], 2, "out of order"),  # what stands after it ran before it
        ([1, 4, 3], 1, "value"),
        ([5, 7, 9], 2, "value"),  # counts of a session that had run other things, too
        ([None, 2, 1], 1, "value"),
    ],
)
def test_cells_that_ran_in_another_order(counts, failing, expected):
    assert case([(f"In [{count or ' '}]", "print(x)") for count in counts], failing) == expected


def test_a_name_that_a_later_cell_defined():
    for labels, expected in ((("In [2]", "In [1]"), "out of order"), (("In [1]", "In [2]"), "undefined name")):
        cells = [(labels[0], "print(x)"), (labels[1], "x = 1")]
        target = "NameError: name 'x' is not defined"
        assert case(cells, 1, name="error", target=target, document="no error") == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("print(torch.rand(2))", "random"),
        ("torch.manual_seed(0)\nprint(torch.rand(2))", "value"),
        ("x = torch.rand(2)\ntorch.manual_seed(0)", "random"),
        ("torch.manual_seed(0)\nprint(np.random.rand(2))", "random"),
        ("np.random.seed(0)\nprint(np.random.rand(2))", "value"),
        ("torch.manual_seed(0)\nprint(torch.empty(2))", "random"),
        ("random.seed(1)\nprint(random.random())", "value"),
        ("print(random.choice([1, 2]))", "random"),
        ("model = nn.Linear(2, 1)", "random"),
        ("torch.manual_seed(1)\nmodel = nn.Linear(2, 1)", "value"),
        ("torch.manual_seed(1)\nprint(Normal(0, 1).sample())", "value"),
        ("rng = np.random.default_rng(0)", "value"),
        ("rng = np.random.default_rng()", "random"),
        ("operand(1)", "value"),
    ],
)
def test_what_is_seeded_is_not_called_random(code, expected):
    assert case([("In [1]", code)], 1) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [("tensor([1., 2.],\n       grad_fn=<X>)", "needs CUDA"), ("tensor([1., 3.], grad_fn=<X>)", "random")],
)
def test_what_differs_by_the_device_alone_needs_cuda(target, expected):
    document = "tensor([1., 2.], device='cuda:0', grad_fn=<X>)"
    assert case([("In [1]", "print(torch.rand(2))")], 1, target=target, document=document) == expected
