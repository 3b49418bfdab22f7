"""Parametrizations: magnitude and direction, the spectral norm, orthogonal matrices.

Source: ``torch.nn.utils.parametrizations``.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

from ...autograd.modes import no_grad
from ...dtypes import finfo
from ...layout import contiguous_format
from ...ops.comparison import allclose
from ...ops.creation import eye, zeros_like
from ...ops.joining import cat
from ...ops.linalg import linalg_solve
from ...ops.matmul import mv, vdot
from ...ops.normalization import _weight_norm, norm_except_dim
from ...ops.random import randn
from ...ops.reflections import geqrf, linalg_householder_product
from ...tensor import Tensor
from .. import functional as F
from ..modules.module import Module
from . import parametrize
from .spectral_norm import usual_dim


def _is_orthogonal(Q: Tensor) -> bool:
    n, k = Q.shape[-2:]
    return allclose(Q.mH @ Q, eye(k, dtype=Q.dtype), atol=10.0 * n * finfo(Q.dtype).eps)


def _make_orthogonal(A: Tensor) -> Tensor:
    """Of a tall matrix, the first factor of ``QR`` with a positive diagonal of the second."""
    X, tau = geqrf(A)
    Q = linalg_householder_product(X, tau)
    Q *= X.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)
    return Q


class _OrthMaps(Enum):
    matrix_exp = auto()
    cayley = auto()
    householder = auto()


class _Orthogonal(Module):
    """An orthogonal matrix from any matrix, or from a skew-symmetric part of it.

    With ``use_trivialization``, it starts from a fixed orthogonal matrix ``base`` (Lezcano-Casado, 2019).
    """

    def __init__(self, weight: Tensor, orthogonal_map: _OrthMaps, *, use_trivialization: bool = True) -> None:
        super().__init__()
        if weight.is_complex() and orthogonal_map == _OrthMaps.householder:
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Tensor) -> Tensor:
        """The orthogonal matrix."""
        wide = X.shape[-2] < X.shape[-1]
        Q = self._tall(X.mT if wide else X)
        if hasattr(self, "base"):
            Q = self.base @ Q
        return Q.mT if wide else Q

    def _tall(self, X: Tensor) -> Tensor:
        n, k = X.shape[-2:]
        if self.orthogonal_map == _OrthMaps.householder:
            A = X.tril(diagonal=-1)
            tau = 2.0 / (1.0 + (A * A).sum(dim=-2))
            Q = linalg_householder_product(A, tau)
            return Q * X.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)
        X = X.tril()
        if n != k:
            X = cat([X, X.new_zeros(n, n - k).expand(*X.shape[:-2], -1, -1)], dim=-1)
        A = X - X.mH
        if self.orthogonal_map == _OrthMaps.matrix_exp:
            Q = A.matrix_exp()
        else:
            identity = eye(n, dtype=A.dtype)
            Q = linalg_solve(identity.add(A, alpha=-0.5), identity.add(A, alpha=0.5))
        return Q[..., :k] if n != k else Q

    @no_grad()
    def right_inverse(self, Q: Tensor) -> Tensor:
        """What gives this matrix, or the orthogonal one nearest to it in its ``QR``.

        Raises:
            ValueError: for another shape.
            NotImplementedError: for a map that cannot be inverted, without ``base``.
        """
        if Q.shape != self.shape:
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {Q.shape}."
            )
        given = Q
        n, k = Q.shape[-2:]
        wide = n < k
        if wide:
            Q, n, k = Q.mT, k, n
        if not hasattr(self, "base"):
            if self.orthogonal_map != _OrthMaps.householder:
                raise NotImplementedError(
                    "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                    "use_trivialization=False."
                )
            A, tau = geqrf(Q)
            A.diagonal(dim1=-2, dim2=-1).sign_()
            A.diagonal(dim1=-2, dim2=-1)[tau == 0.0] *= -1
            return A.mT if wide else A
        if n != k:
            Q = _make_orthogonal(cat([Q, randn((*Q.shape[:-2], n, n - k), dtype=Q.dtype)], dim=-1))
        else:
            Q = Q.clone() if _is_orthogonal(Q) else _make_orthogonal(Q)
        self.base = Q
        found = zeros_like(given)
        found.diagonal(dim1=-2, dim2=-1).fill_(-1.0)
        return found


def orthogonal(
    module: Module, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Module:
    """Let a matrix, or a batch of matrices, be orthogonal: its columns, or its rows if there are more columns.

    Args:
        module: whose tensor it is.
        name: the tensor's.
        orthogonal_map: ``matrix_exp``, ``cayley`` or ``householder``; by default the first if the matrix is square or
            complex, else the last.
        use_trivialization: start from the matrix that it is now.

    Returns:
        The module.

    Raises:
        ValueError: if there is no such matrix, or no such map.
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if weight.ndim < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    if orthogonal_map is None:
        square = weight.size(-2) == weight.size(-1)
        orthogonal_map = "matrix_exp" if square or weight.is_complex() else "householder"
    chosen = getattr(_OrthMaps, orthogonal_map, None)
    if chosen is None:
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    found = _Orthogonal(weight, chosen, use_trivialization=use_trivialization)
    return parametrize.register_parametrization(module, name, found, unsafe=True)


class _WeightNorm(Module):
    """A tensor from its norms and its direction."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        """The tensor."""
        return _weight_norm(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Norms and direction of a tensor."""
        return norm_except_dim(weight, 2, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Train a tensor's magnitude, ``original0``, and direction, ``original1``.

    Args:
        module: whose tensor it is.
        name: the tensor's.
        dim: along which each place has a norm of its own; None for one norm of all.

    Returns:
        The module.  It loads what ``torch.nn.utils.weight_norm`` saved, too.
    """
    parametrize.register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def rename(state_dict: Any, prefix: str, *_: Any) -> None:
        old = [f"{prefix}{name}_g", f"{prefix}{name}_v"]
        if all(key in state_dict for key in old):
            for place, key in enumerate(old):
                state_dict[f"{prefix}parametrizations.{name}.original{place}"] = state_dict.pop(key)

    module._register_load_state_dict_pre_hook(rename)
    return module


class _SpectralNorm(Module):
    """A tensor divided by the largest singular value of it as a matrix, or a vector by its norm.

    Raises:
        IndexError: for a dimension that it does not have.
        ValueError: unless there is an iteration.
    """

    def __init__(self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        ndim = weight.ndim
        if not -ndim <= dim < ndim:
            raise IndexError(f"Dimension out of range (expected to be in range of [-{ndim}, {ndim - 1}] but got {dim})")
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.dim, self.eps = dim % ndim, eps
        self._u: Any
        self._v: Any
        if ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = self._reshape_weight_to_matrix(weight)
            u, v = (matrix.new_empty(n).normal_(0, 1) for n in matrix.shape)
            self.register_buffer("_u", F.normalize(u, dim=0, eps=eps))
            self.register_buffer("_v", F.normalize(v, dim=0, eps=eps))
            self._power_method(matrix, 15)

    def _reshape_weight_to_matrix(self, weight: Tensor) -> Tensor:
        if self.dim:
            weight = weight.permute((self.dim, *(one for one in range(weight.dim()) if one != self.dim)))
        return weight.flatten(1)

    @no_grad()
    def _power_method(self, matrix: Tensor, n_power_iterations: int) -> None:
        for _ in range(n_power_iterations):
            self._u = F.normalize(mv(matrix, self._v), dim=0, eps=self.eps, out=self._u)
            self._v = F.normalize(mv(matrix.H, self._u), dim=0, eps=self.eps, out=self._v)

    def forward(self, weight: Tensor) -> Tensor:
        """The quotient; in training, the singular vectors are first improved in place."""
        if weight.ndim == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix = self._reshape_weight_to_matrix(weight)
        if self.training:
            self._power_method(matrix, self.n_power_iterations)
        # The graph keeps copies: the next call improves these in place.
        u, v = (one.clone(memory_format=contiguous_format) for one in (self._u, self._v))
        return weight / vdot(u, mv(matrix, v))

    def right_inverse(self, value: Tensor) -> Tensor:
        """The value: one that is normalised stays as it is."""
        return value


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Module:
    """Divide a tensor by its largest singular value, as far as that is known.

    Args:
        module: whose tensor it is.
        name: the tensor's.
        n_power_iterations: by which the singular vectors are improved at each use in training.
        eps: the least norm.
        dim: that of outputs; by default the first, of a transposed convolution the second.

    Returns:
        The module.

    Raises:
        ValueError: if there is no such tensor, or no iteration.
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    found = _SpectralNorm(weight, n_power_iterations, usual_dim(module) if dim is None else dim, eps)
    return parametrize.register_parametrization(module, name, found)
