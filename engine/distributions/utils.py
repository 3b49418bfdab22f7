"""What distributions share: broadcasting of parameters, probabilities and their logits, facts about dtypes.

Source: ``torch.distributions.utils``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import Any

from ..autograd.modes import enable_grad
from ..dtypes import bounds, digits, dtype, get_default_dtype
from ..nn.functional import softmax
from ..ops.creation import arange, empty
from ..ops.data import tensor
from ..ops.rearranging import broadcast_tensors
from ..tensor import Tensor

euler_constant = 0.57721566490153286060


def eps(d: dtype) -> float:
    """The distance from one to the next number of a floating dtype."""
    return 2.0 ** (1 - digits(d))


def tiny(d: dtype) -> float:
    """The smallest positive normal number of a floating dtype."""
    return 2.0 ** (2 - math.frexp(bounds(d)[1])[1])


def broadcast_all(*values: Any) -> tuple[Tensor, ...]:
    """Tensors of one shape; numbers take the dtype of the first tensor, or the default one.

    Raises:
        ValueError: for what is neither.
    """
    if not all(isinstance(value, (Tensor, int, float)) for value in values):
        raise ValueError(
            "Input arguments must all be instances of Number, torch.Tensor or objects implementing __torch_function__."
        )
    d = next((value.dtype for value in values if isinstance(value, Tensor)), get_default_dtype())
    return tuple(broadcast_tensors(*(v if isinstance(v, Tensor) else tensor(v, dtype=d) for v in values)))


def are_numbers(*values: Any) -> bool:
    """Whether all parameters were given as numbers: then a distribution has no batch."""
    return all(isinstance(value, (int, float)) for value in values)


def _standard_normal(shape: Sequence[int], dtype: dtype, device: Any) -> Tensor:
    """Normal numbers, drawn as torch's distributions draw them."""
    return empty(shape, dtype=dtype, device=device).normal_()


def _sum_rightmost(value: Any, dim: int) -> Any:
    """Sum over the last `dim` dimensions."""
    return value if dim == 0 else value.reshape((*value.shape[:-dim], -1)).sum(-1)


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """Probabilities of log odds, or of unnormalised log probabilities along the last dimension."""
    return logits.sigmoid() if is_binary else softmax(logits, dim=-1)


def clamp_probs(probs: Tensor) -> Tensor:
    """Probabilities inside [eps, 1 - eps] of their dtype."""
    least = eps(probs.dtype)
    return probs.clamp(min=least, max=1 - least)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """Log odds, or log probabilities."""
    clamped = clamp_probs(probs)
    return clamped.log() - (-clamped).log1p() if is_binary else clamped.log()


class lazy_property:
    """A method whose value, once asked for, is an attribute of the instance."""

    __module__ = "torch.distributions.utils"

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        self.wrapped = wrapped
        update_wrapper(self, wrapped)  # type: ignore[arg-type]

    def __get__(self, instance: Any, obj_type: type | None = None) -> Any:
        if instance is None:
            return self
        with enable_grad():
            value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


def _below(n: int, diag: int) -> Tensor:
    row = arange(n)
    return row < row.view(-1, 1) + (diag + 1)


def tril_matrix_to_vec(mat: Tensor, diag: int = 0) -> Tensor:
    """The lower triangle of matrices, row by row, along the last dimension.

    Raises:
        ValueError: if there is no such diagonal.
    """
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(f"diag ({diag}) provided is outside [{-n}, {n - 1}].")
    return mat[..., _below(n, diag)]


def vec_to_tril_matrix(vec: Tensor, diag: int = 0) -> Tensor:
    """The inverse of `tril_matrix_to_vec`.

    Raises:
        ValueError: if the last dimension is no triangle's number of elements.
    """
    shift, count = 1 + 2 * diag, vec.shape[-1]
    n = (-shift + (shift**2 + 8 * count + 4 * abs(diag) * (diag + 1)) ** 0.5) / 2
    if round(n) - n > eps(vec.dtype):
        raise ValueError(
            f"The size of last dimension is {count} which cannot be expressed as the lower triangular part of a square "
            "D x D matrix."
        )
    mat = vec.new_zeros((*vec.shape[:-1], round(n), round(n)))
    mat[..., _below(round(n), diag)] = vec
    return mat
