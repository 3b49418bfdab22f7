"""opcheck: what it lets pass and what it does not, beside torch's."""

import pytest
from bothways import agree

import engine

GOOD = """
@torch.library.custom_op("checked::sine", mutates_args=())
def sine(x: torch.Tensor) -> torch.Tensor: return torch.from_numpy(__import__("numpy").sin(x.detach().numpy()))
x = torch.ones(2)
"""


@pytest.mark.parametrize(
    "code",
    [
        "torch.library.opcheck(sine, (x,))",
        "print(torch.library.opcheck(sine, (x,), test_utils='test_schema'))",
        "sine.register_fake(lambda x: torch.empty_like(x)); print(torch.library.opcheck(sine, (x,)))",
        "sine.register_fake(lambda x: torch.empty_like(x))\n"
        "torch.library.opcheck(sine, (torch.ones(2, requires_grad=True),))",
        "print(torch.library.opcheck(torch.ops.aten.sin.default, (x,)))",
        "@torch.library.custom_op('checked::liar', mutates_args=())\n"
        "def liar(x: torch.Tensor) -> torch.Tensor: x.add_(1); return x.clone()\n"
        "torch.library.opcheck(liar, (x,), test_utils='test_schema')",
    ],
)
def test_what_it_says(code):
    agree(GOOD + code)


def _op(name):
    @engine.library.custom_op(f"checks::{name}", mutates_args=())
    def double(x: engine.Tensor) -> engine.Tensor:
        return x * 2

    return double


@pytest.mark.parametrize(
    ("name", "fake", "text"),
    [
        ("shape", lambda x: engine.empty(3, device="meta"), "gives shape"),
        ("dtype", lambda x: engine.empty_like(x, dtype=engine.float64), "gives dtype"),
        ("stride", lambda x: engine.empty(2, 2, device="meta").t(), "gives stride"),
    ],
)
def test_a_false_function_for_meta_is_found(name, fake, text):
    op = _op(name)
    op.register_fake(fake)
    with pytest.raises(engine.library.OpCheckError, match=text):
        engine.library.opcheck(op, (engine.ones(2, 2) if name == "stride" else engine.ones(2),))


def test_a_gradient_of_another_shape_is_found():
    op = _op("gradient")
    op.register_fake(engine.empty_like)
    op.register_autograd(lambda ctx, grad: grad.sum())
    results = engine.library.opcheck(op, (engine.ones(2, requires_grad=True),), raise_exception=False)
    assert results["test_schema"] == "SUCCESS"
    assert isinstance(results["test_aot_dispatch_dynamic"], Exception)


def test_an_operator_without_registered_derivative_is_found():
    engine.library.define("checks::bare", "(Tensor x) -> Tensor")
    engine.library.impl("checks::bare", "cpu", lambda x: x * 2)
    with pytest.raises(engine.library.OpCheckError, match="no autograd registration"):
        engine.library.opcheck("checks::bare", (engine.ones(2, requires_grad=True),))
