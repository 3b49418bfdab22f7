"""Eigenvalues of large matrices, against torch: what it converges to, gradients, and what is refused."""

import pytest
from bothways import agree

SETUP = """
A = torch.randn(12, 12, dtype=torch.double)
A = A @ A.mT + torch.eye(12, dtype=torch.double)
def shown(A, *args, **kwargs):
    E, X = torch.lobpcg(A, *args, **kwargs)
    print(E.round(decimals=2), X.abs().round(decimals=2), X.shape)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        "A", "A, 3", "A, 3, largest=False", "A, 2, n=3", "A, 2, method='basic'", "A, X=torch.randn(12, 3).double()",
        "A, 2, iK=torch.linalg.inv(A), largest=False", "A, 2, B=torch.diag(torch.arange(1., 13)).double()",
        "A.to_sparse(), 2", "torch.stack([A, 2 * A]), 2", "A, 2, tol=1e-10",
    ],
)  # fmt: skip
def test_pairs(arguments):
    agree(f"{SETUP}shown({arguments})\nprint(torch.rand(2))")


@pytest.mark.parametrize("options", ["k=2", "k=3, largest=False", "k=4"])
@pytest.mark.parametrize("stacked", [False, True])
def test_gradients(options, stacked):
    agree(f"""{SETUP}
A.requires_grad_()
E, X = torch.lobpcg({"torch.stack([A, 2 * A])" if stacked else "A"}, {options}, tol=1e-13)
print(E.grad_fn.name())
loss = E.prod() + (X * X * torch.arange(X.numel()).reshape(X.shape)).sum()
print(torch.autograd.grad(loss, A)[0].round(decimals=3))
""")


@pytest.mark.parametrize(
    "arguments",
    ["A, 5", "A[:3], 1", "A, 2, B=torch.eye(3)", "A, 2, X=torch.ones(5, 2).double()", "A.half(), 2"],
)
def test_refused(arguments):
    agree(f"{SETUP}torch.lobpcg({arguments})")


@pytest.mark.parametrize("options", ["B=torch.eye(12).double()"])
def test_no_gradient_of_the_generalised_problem(options):
    agree(f"{SETUP}torch.lobpcg(A.requires_grad_(), 2, {options})[0].sum().backward()")


def test_a_tracker_sees_each_step_and_may_end_it():
    agree(f"""{SETUP}
def tracker(worker):
    print(worker.ivars["istep"], worker.X.shape, worker.E.shape, worker.R.shape, worker.iparams["m"])
    worker.bvars["force_stop"] = worker.ivars["istep"] == 2
torch.lobpcg(A, 2, tracker=tracker)
""")
