"""What linear algebra gives besides its numbers, and what it refuses, as torch does."""

import pytest
from bothways import agree


@pytest.mark.parametrize("driver", ["gels", "gelsy", "gelsd", "gelss"])
@pytest.mark.parametrize(
    "shapes", [("1, 4, 3", "2, 4, 2"), ("2, 4, 3", "1, 4, 2"), ("4, 3", "4"), ("2, 1, 4, 3", "1, 5, 4, 1")]
)
def test_ranks_and_singular_values_are_of_the_matrices_alone(driver, shapes):
    agree(f"""
A, B = torch.randn({shapes[0]}, dtype=torch.double), torch.randn({shapes[1]}, dtype=torch.double)
print([part.shape for part in torch.linalg.lstsq(A, B, driver={driver!r})])
""")


CALLS = ["linalg.lu", "linalg.lu_factor", "linalg.lu_factor_ex"]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("A", ["torch.ones(2, 2)", "torch.ones(2, 2, dtype=torch.int64)", "torch.ones(2)"])
def test_lu_on_the_cpu_interchanges_rows(call, A):
    agree(f"A = {A}\nprint(torch.{call}(A, pivot=False))")


@pytest.mark.parametrize("dims", ["1", "([-1, 0], [0, 1])", "([2, 0], [1, -2])"])
def test_dimensions_that_do_not_match_are_named_as_they_were_given(dims):
    agree(f"torch.tensordot(torch.ones(3, 4, 5), torch.ones(6, 7, 2), dims={dims})")


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize(
    "call",
    [
        "lu_factor(A)", "inv(A)", "det(A)", "solve(A, B)", "solve(A, B, left=False)", "cholesky(A @ A.mH + eye)",
        "cholesky_ex(A)", "solve_triangular(A, B, upper=True)",
        "lu_factor_ex(A * (torch.arange(30.) > 3)[:, None, None])",
        "solve_triangular(A, B, upper=False, unitriangular=True)", "solve_triangular(A, B, upper=True, left=False)",
        "lu_factor_ex(A[:, :2])", "lu_factor_ex(A[..., :2])", "lu_factor_ex(A * torch.tensor([[1, 0, 1, 1]]))",
        "slogdet(A)", "lu_factor(A.reshape(5, 6, 4, 4))",
    ],
)  # fmt: skip
def test_many_small_matrices(call, dtype):
    agree(f"""
A, B, eye = *(torch.randn(30, 4, 4, dtype=torch.{dtype}) for _ in range(2)), torch.eye(4)
found = torch.linalg.{call}
for one in found if isinstance(found, tuple) else (found,):
    wide = one.is_floating_point() or one.is_complex()
    one = one if one.is_floating_point() or not wide else torch.view_as_real(one.resolve_conj())
    print(one.shape, one.stride(), [round(x, 5) + 0 if x == x else x for x in one.flatten().tolist()])
""")


@pytest.mark.parametrize("shape", [(0, 0), (0, 2, 2), (2, 0, 0), (40, 0, 0), (0, 3, 2), (3, 0), (0, 3)])
@pytest.mark.parametrize(
    "call",
    [
        "torch.linalg.lu(A)", "torch.linalg.det(A)", "torch.linalg.slogdet(A)", "torch.linalg.inv(A)",
        "torch.linalg.solve(A, A)", "torch.linalg.lu_solve(*torch.linalg.lu_factor(A), A)", "torch.linalg.cholesky(A)",
        "torch.linalg.solve_triangular(A, A, upper=True)", "torch.lu_unpack(*torch.linalg.lu_factor(A))",
        "torch.cholesky_inverse(A)", "torch.logdet(A)",
    ],
)  # fmt: skip
def test_matrices_without_elements(call, shape):
    agree(f"A = torch.zeros({shape})\nfound = {call}\nprint([one.shape for one in found], found)")


@pytest.mark.parametrize("order", [1, 2, 3, 5, 6])
@pytest.mark.parametrize(
    "call",
    [
        "linalg.cholesky(H)",
        "linalg.cholesky(H, upper=True)",
        "cholesky_inverse(L)",
        "cholesky_inverse(L.mH, upper=True)",
    ],
)
def test_imaginary_zeros_on_the_diagonal(call, order):
    agree(f"""
for dtype in (torch.complex64, torch.complex128):
    A = torch.randn({order}, {order}, dtype=dtype)
    H = A @ A.mH + torch.eye({order})
    L = torch.linalg.cholesky(H)
    print(torch.{call}.diagonal().imag.tolist())
""")
