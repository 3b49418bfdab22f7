"""Parametrizations, old and new, against torch."""

from __future__ import annotations

import pytest

from tests.bothways import agree

START = """
import copy, pickle
import torch.nn.utils.parametrize as P
import torch.nn.utils.parametrizations as ready
def attempt(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except Exception as error:
        print(type(error).__name__, error)
class Symmetric(nn.Module):
    def forward(self, X):
        return X.triu() + X.triu(1).T
    def right_inverse(self, A):
        return A.triu()
class Doubled(nn.Module):
    def forward(self, X):
        return 2 * X
class RankOne(nn.Module):
    def forward(self, x, y):
        return x.unsqueeze(-1) @ y.unsqueeze(-2)
    def right_inverse(self, Z):
        return Z[:, 0].clone(), Z[0].clone()
class Widened(nn.Module):
    def forward(self, X):
        return X.double()
class Cut(nn.Module):
    def forward(self, X):
        return X[:1]
class Text(nn.Module):
    def forward(self, X):
        return "text"
"""


@pytest.mark.parametrize(
    "code",
    [
        "m = nn.Linear(3, 3); print(P.register_parametrization(m, 'weight', Symmetric()), m.weight, list(m.state_dict()), type(m).__name__, type(m).__module__)",
        "m = P.register_parametrization(nn.Linear(2, 2), 'weight', Symmetric()); m(torch.ones(1, 2)).sum().backward(); print(m.parametrizations.weight.original.grad, m.weight.grad_fn)",
        "m = P.register_parametrization(nn.Linear(2, 2), 'weight', Symmetric()); m.weight = torch.tensor([[1.0, 2], [2, 3]]); print(m.weight, m.parametrizations.weight.original)",
        "m = P.register_parametrization(nn.Linear(2, 2), 'weight', Doubled()); attempt(setattr, m, 'weight', torch.ones(2, 2)); P.register_parametrization(m, 'weight', Doubled()); print(m, m.weight)",
        "m = P.register_parametrization(nn.Linear(2, 2), 'weight', RankOne()); print(m, list(m.named_parameters())); attempt(P.remove_parametrizations, m, 'weight', False); print(P.remove_parametrizations(m, 'weight').weight, type(m))",
        "m = P.register_parametrization(nn.Linear(2, 2), 'weight', Doubled()); w = m.weight; print(P.remove_parametrizations(m, 'weight'), torch.equal(m.weight, w), list(m.state_dict()), hasattr(m, 'parametrizations'))",
        "m = P.register_parametrization(nn.Linear(2, 2), 'weight', Doubled()); print(P.remove_parametrizations(m, 'weight', leave_parametrized=False).weight)",
        "for one in (Widened(), Cut(), Text()): attempt(P.register_parametrization, nn.Linear(2, 2), 'weight', one); attempt(P.register_parametrization, P.register_parametrization(nn.Linear(2, 2), 'bias', Doubled()), 'bias', one)",
        "m = P.register_parametrization(nn.Linear(2, 2), 'weight', Cut(), unsafe=True); print(m.weight.shape); attempt(P.register_parametrization, m, 'x', Doubled()); attempt(P.remove_parametrizations, m, 'bias')",
        "m = P.register_parametrization(nn.BatchNorm1d(2), 'running_mean', Doubled()); print(m, m.state_dict(), P.is_parametrized(m), P.is_parametrized(m, 'weight'), P.type_before_parametrizations(m))",
        "m = P.register_parametrization(nn.Linear(2, 2), 'weight', Doubled()); attempt(pickle.dumps, m); c = copy.deepcopy(m); print(c, torch.equal(c.weight, m.weight), type(c) is type(m))",
        "m = P.register_parametrization(nn.Linear(2, 2), 'weight', Doubled())\nwith P.cached(): print(m.weight is m.weight)\nprint(m.weight is m.weight)",
        "a, b = P.register_parametrization(nn.Linear(2, 2), 'weight', Doubled()), nn.Linear(2, 2); print(P.transfer_parametrizations_and_params(a, b), torch.equal(a.weight, b.weight))",
        "m = ready.weight_norm(nn.Linear(2, 3)); print(m, list(m.named_parameters()), m.weight.grad_fn); m(torch.ones(1, 2)).pow(2).sum().backward(); print([p.grad for p in m.parameters()])",
        "m = ready.weight_norm(nn.Conv2d(2, 3, 2), dim=1); print(m.weight.grad_fn, m.parametrizations.weight.original0); m(torch.ones(1, 2, 3, 3)).sum().backward(); print(m.parametrizations.weight.original1.grad.shape)",
        "m = ready.weight_norm(nn.Linear(2, 3), dim=None); print(m.parametrizations.weight.original0, m.weight.grad_fn)",
        "old = nn.utils.weight_norm(nn.Linear(2, 3)); new = ready.weight_norm(nn.Linear(2, 3)); print(new.load_state_dict(old.state_dict()), torch.allclose(new.weight, old.weight))",
        "m = nn.utils.weight_norm(nn.Linear(2, 3), 'weight'); print(m, m.state_dict()); m(torch.ones(1, 2)).sum().backward(); print(m.weight_g.grad, m.weight.grad_fn); attempt(nn.utils.weight_norm, m); print(nn.utils.remove_weight_norm(m).weight); attempt(nn.utils.remove_weight_norm, m)",
        "m = nn.utils.spectral_norm(nn.Linear(2, 3)); print(m, m.state_dict(), m.state_dict()._metadata); y = m(torch.ones(1, 2)); print(y, m.weight_u); y.sum().backward(); print(m.weight_orig.grad, m.eval()(torch.ones(1, 2)))",
        "m = nn.utils.spectral_norm(nn.ConvTranspose1d(2, 3, 2)); print(m.weight_u.shape, m.weight_v.shape); attempt(nn.utils.spectral_norm, m); print(nn.utils.remove_spectral_norm(m)); attempt(nn.utils.remove_spectral_norm, m); attempt(nn.utils.spectral_norm, m, n_power_iterations=0)",
        "m = ready.spectral_norm(nn.Linear(2, 3)); print(m, m.state_dict(), m.weight); m(torch.ones(1, 2)).sum().backward(); print(m.parametrizations.weight.original.grad, m.eval().weight, torch.linalg.matrix_norm(m.weight, 2) < 1.01)",
        "m = ready.spectral_norm(nn.Linear(2, 3), 'bias'); print(m.bias); attempt(ready.spectral_norm, nn.Linear(2, 3), 'x'); attempt(ready.spectral_norm, nn.Linear(2, 3), dim=2); attempt(ready.spectral_norm, nn.Linear(2, 3), n_power_iterations=0)",
        "v = torch.arange(1.0, 25).reshape(2, 3, 4); print([torch.norm_except_dim(v, 2, d) for d in (-1, 0, 1, 2)])",
    ],
)  # fmt: skip
def test_as_in_torch(code: str):
    agree(START + code)


@pytest.mark.parametrize("shape", ["3, 3", "4, 2", "2, 4"])
@pytest.mark.parametrize("kind", ["matrix_exp", "cayley", "householder"])
@pytest.mark.parametrize("trivial", [True, False])
def test_orthogonal(shape: str, kind: str, trivial: bool):
    agree(f"""
from torch.nn.utils.parametrizations import orthogonal
m = nn.Linear({shape}, dtype=torch.float64)
try:
    orthogonal(m, orthogonal_map={kind!r}, use_trivialization={trivial})
    print(m, [(name, p.shape) for name, p in m.state_dict().items()])
    Q = m.weight
    print((Q if Q.shape[0] < Q.shape[1] else Q.T).mm(Q.T if Q.shape[0] < Q.shape[1] else Q).round(decimals=6).abs())
    torch.set_printoptions(precision=3)
    print(Q)
    (Q * torch.arange(Q.numel()).reshape(Q.shape)).sum().backward()
    print(m.parametrizations.weight.original.grad.round(decimals=8) + 0.0)
    m.weight = nn.init.orthogonal_(torch.empty(Q.shape, dtype=torch.float64))
    print(m.weight)
except Exception as error:
    print(type(error).__name__, error)
torch.set_printoptions(profile="default")
""")


def test_orthogonal_refuses():
    agree("""
from torch.nn.utils.parametrizations import orthogonal
for options in ({"name": "x"}, {"name": "bias"}, {"orthogonal_map": "x"}):
    try: print(orthogonal(nn.Linear(3, 2), **options))
    except ValueError as error: print(error)
print(orthogonal(nn.Linear(2, 4)))
""")


def test_second_derivatives_of_weight_norm():
    agree("""
v = torch.tensor([[3.0, 4.0], [0.0, 2.0]], dtype=torch.float64, requires_grad=True)
g = torch.tensor([[2.0], [5.0]], dtype=torch.float64, requires_grad=True)
print(torch.autograd.gradcheck(lambda v, g: torch._weight_norm(v, g, 0), (v, g)))
w = torch._weight_norm(v, g, 0)
a, b = torch.autograd.grad((w * torch.tensor([[1.0, 2], [3, 5]])).sum(), (v, g), create_graph=True)
print(a, b, torch.autograd.grad((a * torch.tensor([[1.0, -1], [2, 3]])).sum() + b.sum(), (v, g)))
""")
