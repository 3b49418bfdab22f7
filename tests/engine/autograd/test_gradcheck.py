"""Checks of derivatives: what is right passes, what is wrong does not, and both are told as torch tells them."""

import pytest
from bothways import agree

import engine
from engine.autograd.gradcheck import GradcheckError, gradcheck, gradgradcheck

FUNCTIONS = {
    "elementwise": lambda x: x.sin() * x.exp(),
    "reduction": lambda x: (x.prod(), x.softmax(0).sum()),
    "product": lambda x: x.outer(x) @ x,
    "views": lambda x: x.flip(0)[1:] * x[:-1],
    "complex": lambda x: engine.complex(x, x * x).exp(),
    "integers beside": lambda x: (x * 2, x.argmax()),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("fast", [False, True])
def test_right_derivatives_pass(name, fast):
    x = engine.tensor([0.5, -1.0, 2.0], dtype=engine.float64, requires_grad=True)
    assert gradcheck(FUNCTIONS[name], x, fast_mode=fast, check_forward_ad=name != "complex")
    assert gradgradcheck(FUNCTIONS[name], x, fast_mode=fast)


def scaled(by, forward=2.0):
    class Scaled(engine.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * forward

        @staticmethod
        def backward(ctx, g):
            return g * by

    return Scaled.apply


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("by", [2.01, 0.0, float("nan")])
def test_wrong_derivatives_do_not(by, fast):
    x = engine.tensor([[0.5, -1.0]], dtype=engine.float64, requires_grad=True)
    with pytest.raises(GradcheckError, match="Jacobian mismatch for output 0 with respect to input 0"):
        gradcheck(scaled(by), x, fast_mode=fast, check_undefined_grad=False)
    assert gradcheck(scaled(by), x, fast_mode=fast, raise_exception=False) is False


def test_inputs_come_back_as_they_were():
    x = engine.tensor([0.1, 0.2], dtype=engine.float64, requires_grad=True)
    before = x.tolist()
    gradcheck(FUNCTIONS["elementwise"], x)
    assert x.tolist() == before and x.grad is None


CALL = "import warnings\nwarnings.simplefilter('ignore', DeprecationWarning)\n"
CALL += "x = torch.tensor([1., 2.], dtype=torch.double, requires_grad=True)\nA = torch.autograd\n"


@pytest.mark.parametrize(
    "code",
    [
        "print(A.gradcheck(lambda x: [x * 2, x], [x]))",
        "A.gradcheck(lambda x: x.detach() ** 2, x)",
        "print(A.gradcheck(lambda x: x.round().detach(), x))",
        "A.gradcheck(torch.sin, x, check_backward_ad=False)",
        "A.gradgradcheck(torch.sin, x, check_rev_over_rev=False, check_fwd_over_rev=True)",
        "A.gradgradcheck(torch.sin, x, check_rev_over_rev=False, check_undefined_grad=False)",
        "print(A.gradgradcheck(torch.sin, x, check_fwd_over_rev=True))",
        "A.gradcheck(lambda x: x, torch.ones(2))",
        "A.gradcheck(lambda x: x[:1] if float(x[0]) > 1 else x, x)",
        "print(A.gradcheck(torch.sin, x.float().detach().requires_grad_(), eps=1e-2, atol=1e-1))",
        "print(A.gradcheck(torch.sin, torch.zeros(0, dtype=torch.double, requires_grad=True)))",
        "print(A.gradcheck(torch.sin, torch.zeros((), dtype=torch.double, requires_grad=True)))",
        "print(A.gradcheck(torch.nn.functional.relu, torch.zeros(1, dtype=torch.double, requires_grad=True),"
        " raise_exception=False))",
    ],
)
def test_calls_do_what_torchs_do(code):
    agree(CALL + code)


SPARSE = CALL + "s = torch.eye(2, dtype=torch.double).to_sparse().requires_grad_()\n"


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("fast_mode", [True, False])
@pytest.mark.parametrize("function", ["s.to_dense() * 2", "torch.sparse.sum(s)", "(s * 2).to_dense().sin()", "s * 2"])
def test_sparse_inputs_are_checked_as_torch_checks_them(function, masked, fast_mode):
    code = f"print(A.gradcheck(lambda s: {function}, s, masked={masked}, fast_mode={fast_mode}, raise_exception=False))"
    agree(SPARSE + "warnings.simplefilter('ignore')\n" + code)


def test_all_elements_of_a_sparse_input_count():
    agree(SPARSE + "warnings.simplefilter('ignore')\nA.gradcheck(lambda s: s.to_dense() * 2, s)")


def test_compressed_inputs_are_checked():
    code = "c = torch.eye(2, dtype=torch.double).to_sparse_csr().requires_grad_()\n"
    agree(CALL + "warnings.simplefilter('ignore')\n" + code + "A.gradcheck(lambda s: s.to_dense() * 2, c)")
