"""The signs of eigenvectors and singular vectors are those of torch's LAPACK."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import engine  # noqa: E402


@pytest.fixture
def rng() -> np.random.Generator:
    """The same numbers for each test, whichever ran before."""
    return np.random.default_rng(0)


def _both(name: str, A: np.ndarray, **options: object) -> list[tuple[np.ndarray, np.ndarray]]:
    mine = getattr(torch.linalg, name)(torch.from_numpy(A), **options)
    theirs = getattr(engine.linalg, name)(engine.from_numpy(A), **options)
    return [(one.numpy(), other.numpy()) for one, other in zip(mine, theirs, strict=True)]


def _agree(name: str, A: np.ndarray, *, atol: float = 1e-7, **options: object) -> None:
    for mine, theirs in _both(name, A, **options):
        np.testing.assert_allclose(theirs, mine, atol=atol)


@pytest.mark.parametrize("UPLO", ["L", "U"])
@pytest.mark.parametrize("n", [2, 3, 4, 7, 12, 20, 26, 40])
@pytest.mark.parametrize("is_complex", [False, True])
def test_eigh(n: int, UPLO: str, is_complex: bool, rng: np.random.Generator):
    A = rng.standard_normal((3, n, n)) + (1j * rng.standard_normal((3, n, n)) if is_complex else 0)
    _agree("eigh", A + A.conj().swapaxes(-1, -2), UPLO=UPLO)
    _agree("eigh", A @ A.conj().swapaxes(-1, -2), UPLO=UPLO)


@pytest.mark.parametrize("A", [np.eye(4), np.diag([3.0, 1.0, 2.0]), np.zeros((3, 3)), np.ones((4, 4))])
def test_eigh_of_what_falls_apart(A: np.ndarray):
    values, vectors = _both("eigh", A)
    np.testing.assert_allclose(values[1], values[0], atol=1e-12)
    np.testing.assert_allclose(vectors[1] * values[1] @ vectors[1].T, A, atol=1e-12)


@pytest.mark.parametrize("n", [2, 3])
def test_eig_of_complex_pairs(n: int):
    """Of one matrix in fifty, which the libraries' rounding decides, the pair has the other sign."""
    draw, agreeing = np.random.default_rng(n), 0
    for _ in range(200):
        agreeing += all(np.allclose(one, other) for one, other in _both("eig", draw.standard_normal((n, n))))
    assert agreeing >= 190


@pytest.mark.parametrize("name", ["svd", "eig"])
@pytest.mark.parametrize("n", [2, 5, 10, 30])
def test_single_precision(name: str, n: int):
    draw = np.random.default_rng(n).standard_normal
    _agree(name, (draw((3, n, n)) + 1j * draw((3, n, n))).astype(np.complex64), atol=5e-3)
    if name == "svd" or n == 2:  # of larger real matrices rounding has a say in it
        _agree(name, draw((3, n, n)).astype(np.float32), atol=5e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
def test_the_order_of_eigenvalues_in_single_precision(dtype: type):
    A = np.random.default_rng(0).standard_normal((20, 5, 5)).astype(dtype)
    mine, theirs = (module.linalg.eigvals(module.from_numpy(A)).numpy() for module in (torch, engine))
    np.testing.assert_allclose(theirs, mine, atol=1e-3)


@pytest.mark.parametrize(
    "A", [np.full((2, 2), np.nan), np.full((3, 2, 2), np.inf), np.zeros((0, 2)), np.zeros((2, 0, 3))]
)
def test_single_precision_at_the_edges(A: np.ndarray):
    found = []
    for module in (torch, engine):
        try:
            found.append([one.shape for one in module.linalg.svd(module.from_numpy(A.astype(np.float32)))])
        except RuntimeError as error:
            found.append(str(error))
    assert found[0] == found[1]


@pytest.mark.parametrize("full_matrices", [False, True])
@pytest.mark.parametrize(
    "shape", [(1, 4), (2, 3), (3, 4), (3, 5), (4, 9), (12, 40), (26, 60), (2, 3, 8), (5, 2), (3, 0)]
)
def test_svd(shape: tuple[int, ...], full_matrices: bool, rng: np.random.Generator):
    _agree("svd", rng.standard_normal(shape), full_matrices=full_matrices)


def test_rank_one():
    mine, theirs = _both("svd", np.ones((2, 5)), full_matrices=False)[1]
    np.testing.assert_allclose(theirs, mine, atol=1e-12)
