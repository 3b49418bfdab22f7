"""Products with Jacobians and Hessians, beside torch's and beside each other."""

import numpy as np
import pytest
from bothways import agree
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.autograd.functional import hessian, hvp, jacobian, jvp, unit_vectors, vhp, vjp

FUNCTIONS = {
    "elementwise": lambda x: x.sin() * x,
    "reduction": lambda x: (x**2).sum().reshape(1),
    "mixing": lambda x: (x.outer(x) + x.cumsum(0)).flatten()[1:5],
    "partly constant": lambda x: engine.cat([x[:1].exp(), engine.ones(2, dtype=x.dtype)]),
}
numbers = st.lists(st.floats(-2, 2).map(lambda x: round(x, 3)), min_size=3, max_size=3)


@given(st.sampled_from(sorted(FUNCTIONS)), numbers, st.integers(0, 99))
def test_products_are_products_with_the_jacobian(name, point, seed):
    f, x = FUNCTIONS[name], engine.tensor(point, dtype=engine.float64)
    matrix = jacobian(f, x).numpy()
    random = np.random.default_rng(seed)
    right, left = random.standard_normal(3), random.standard_normal(len(matrix))
    np.testing.assert_allclose(jvp(f, x, engine.from_numpy(right))[1].numpy(), matrix @ right, atol=1e-10)
    np.testing.assert_allclose(vjp(f, x, engine.from_numpy(left))[1].numpy(), left @ matrix, atol=1e-10)
    for options in ({"vectorize": True}, {"vectorize": True, "strategy": "forward-mode"}, {"create_graph": True}):
        np.testing.assert_allclose(jacobian(f, x, **options).detach().numpy(), matrix, atol=1e-10)


@given(numbers, st.integers(0, 99))
def test_the_hessian_is_symmetric_and_its_products_agree(point, seed):
    f = lambda x: (x.exp() * x.flip(0)).sum() + x.prod()
    x = engine.tensor(point, dtype=engine.float64)
    v = engine.from_numpy(np.random.default_rng(seed).standard_normal(3))
    matrix = hessian(f, x)
    np.testing.assert_allclose(matrix.numpy(), matrix.numpy().T, atol=1e-10)
    for product in (vhp(f, x, v), hvp(f, x, v)):
        np.testing.assert_allclose(product[0].item(), f(x).item())
        np.testing.assert_allclose(product[1].numpy(), matrix.numpy() @ v.numpy(), atol=1e-9)

    forward = hessian(f, x, vectorize=True, outer_jacobian_strategy="forward-mode")
    np.testing.assert_allclose(forward.detach().numpy(), matrix.numpy(), atol=1e-10)


@pytest.mark.parametrize(
    "name",
    ["exp", "exp2", "expm1", "tanh", "sigmoid", "sqrt", "rsqrt", "reciprocal", "tan", "prod", "logsumexp", "softmax"],
)
@pytest.mark.parametrize("in_place", [False, True])
def test_formulas_that_use_the_result_are_differentiated_forward(name, in_place):
    def f(x):
        y = x * x.flip(0)
        if in_place and hasattr(y, f"{name}_"):
            return (getattr(y, f"{name}_")() * x).sum()
        return (getattr(y, name)(*[0] * (name in ("logsumexp", "softmax"))) * x).sum()

    x = engine.tensor([0.5, 0.75, 1.0], dtype=engine.float64)
    forward = hessian(f, x, vectorize=True, outer_jacobian_strategy="forward-mode")
    np.testing.assert_allclose(forward.detach().numpy(), hessian(f, x).numpy(), atol=1e-10)


def test_unit_vectors_are_an_identity_in_blocks():
    a, b = unit_vectors((engine.zeros(2), engine.zeros(1, 3)))
    assert np.array_equal(np.concatenate([a.numpy(), b.numpy()], axis=1), np.eye(5))


CALL = "import warnings; warnings.simplefilter('ignore', DeprecationWarning)\nA = torch.autograd.functional\n"


@pytest.mark.parametrize(
    "code",
    [
        "print(A.jacobian(lambda t: t.reshape(0), torch.ones(0)))",
        "print(A.jacobian(lambda t: t, torch.tensor(2.0)), A.hessian(lambda t: t ** 2, torch.tensor([[3.0]])))",
        "print(A.jacobian(lambda t: t.long() + t, torch.ones(2, dtype=torch.float64), vectorize=True))",
        "print(A.vjp(lambda t: t.long(), torch.ones(2), torch.ones(2, dtype=torch.int64)))",
        "x = torch.ones(2, requires_grad=True)\nprint(A.vjp(lambda t: t * x, x, x, create_graph=True))",
        "x = torch.ones(2, requires_grad=True)\nprint(A.jvp(lambda t: t * x, x, x, create_graph=True))",
        "print(A.jacobian(lambda t, u: (t * u, t), (torch.ones(2), torch.ones(2)), vectorize=True, "
        "strategy='forward-mode'))",
        "print(A.jacobian(lambda t: (t * 2, t), torch.ones(2), vectorize=True, strategy='forward-mode'))",
        "A.jacobian(lambda t: 3, torch.ones(2), vectorize=True, strategy='forward-mode')",
        "A.vhp(lambda t: t.sum(), torch.ones(2), torch.ones(2), strict=True)",
        "A.vhp(lambda t: (t ** 2).sum(), torch.ones(2), torch.ones(2), strict=True, create_graph=True)",
        "A.jvp(lambda t: t.sum(), torch.ones(2), torch.ones(2), strict=True)",
        "A.vjp(lambda t: (t * 2).sum(), torch.ones(2), strict=True, create_graph=True)",
        "A.hvp(lambda t: (t ** 2).sum(), torch.ones(2), torch.ones(2), strict=True, create_graph=True)",
    ],
)
def test_odd_calls_do_what_torch_does(code):
    agree(CALL + code)
