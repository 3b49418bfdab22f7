"""Distances of points, of two dtypes and of few bits."""

import pytest
from bothways import agree


@pytest.mark.parametrize(
    "mode", ["use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist"]
)
def test_distances_of_two_dtypes_and_of_few_bits(mode):
    agree(f"""
for one, other in ((torch.float32, torch.float64), (torch.float64, torch.float32), (torch.float16, torch.float16),
                   (torch.bfloat16, torch.float32)):
    for n in (3, 25, 26, 0):
        for p in (2., 1.):
            try:
                x, y = torch.ones(n, 2, dtype=one), torch.ones(4, 2, dtype=other)
                found = torch.cdist(x, y, p=p, compute_mode={mode!r})
                print(found.dtype, found.shape)
            except Exception as error:
                print(one, other, n, p, type(error).__name__, error)
""")


@pytest.mark.parametrize("p", [0.0, 0.5, 1.0, 2.0, 3.0, float("inf")])
@pytest.mark.parametrize("sizes", ["(3, 4), (5, 4)", "(2, 40, 8), (40, 8)", "(50, 8), (2, 1, 60, 8)"])
def test_distances_and_gradients_of_few_and_many(sizes, p):
    agree(f"""
for one, other in [({sizes})]:
    x, y = (torch.randn(one).double().requires_grad_(), torch.randn(other).double().requires_grad_())
    found = torch.cdist(x, y, p={p})
    (found * torch.randn(found.shape)).sum().backward()
    print((found * 1e6).round().tolist(), (x.grad * 1e6).round().tolist(), (y.grad * 1e6).round().tolist())
    points = x.detach().reshape(-1, max(one[-1], 1)).requires_grad_()
    found = torch.pdist(points, p={p})
    (found * torch.randn(found.shape)).sum().backward()
    print((found * 1e6).round().tolist()[:99], (points.grad * 1e6).round().tolist())
""")
