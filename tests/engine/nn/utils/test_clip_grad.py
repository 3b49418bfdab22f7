"""Clipping and vectors of parameters against torch."""

from __future__ import annotations

import pytest

from tests.bothways import agree

START = """
def attempt(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except Exception as error:
        print(type(error).__name__, error)
def parameters(*gradients):
    found = []
    for g in gradients:
        p = nn.Parameter(torch.zeros(2)); p.grad = None if g is None else torch.tensor(g); found.append(p)
    return found
"""


@pytest.mark.parametrize(
    "code",
    [
        "p = parameters([3., 4.], None, [0., 12.]); print(nn.utils.clip_grad_norm_(p, 6.5), [q.grad for q in p])",
        "p = parameters([3., 4.]); print(nn.utils.clip_grad_norm_(p[0], 50), p[0].grad, p[0].grad._version)",
        "p = parameters([3., 4.], [1., -2.]); print(nn.utils.clip_grad_norm_(iter(p), 1, norm_type=1), p[0].grad)",
        "p = parameters([3., 4.]); print(nn.utils.clip_grad_norm_(p, 2, norm_type=float('inf')), p[0].grad)",
        "print(nn.utils.clip_grad_norm_([], 1), nn.utils.clip_grad_norm_((p for p in []), 1))",
        "p = parameters([float('inf'), 1.]); attempt(nn.utils.clip_grad_norm_, p, 1, error_if_nonfinite=True)",
        "p = parameters([float('inf'), 1.]); attempt(nn.utils.clip_grad_norm_, p, 1); print(p[0].grad)",
        "p = parameters([float('nan'), 1.]); attempt(nn.utils.clip_grad_norm_, p, 1, 3, error_if_nonfinite=True)",
        "p = parameters([3., 4.]); nn.utils.clip_grad_norm_(p, 1, foreach=False); print(p[0].grad)",
        "p = parameters([3., -4.]); print(nn.utils.clip_grad_value_(p, 3.5), p[0].grad)",
        "p = parameters([3., -4.]); nn.utils.clip_grad_norm(p, 2.5); print(p[0].grad)",
        "p = parameters([3., 4.]); print(nn.utils.get_total_norm([q.grad for q in p]))",
        "p = parameters([3., 4.], None); v = nn.utils.parameters_to_vector(p); print(v)",
        "p = parameters(None, None); v = torch.arange(4.); nn.utils.vector_to_parameters(v, p); print(p); v.add_(1); print(p)",
        "attempt(nn.utils.vector_to_parameters, [1], [])",
    ],
)  # fmt: skip
def test_as_in_torch(code: str):
    agree(START + code)
