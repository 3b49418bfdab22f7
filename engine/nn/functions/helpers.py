"""Helpers of ``torch.nn.functional`` that copies of attention and other layers import by their private names.

Source: ``torch.nn.functional`` and ``torch.nn._reduction``.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...dtypes import dtype
from ...ops.creation import empty
from ...ops.matmul import linear
from ...overrides import handle_torch_function as handle_torch_function
from ...overrides import has_torch_function as has_torch_function
from ...overrides import has_torch_function_unary as has_torch_function_unary
from ...overrides import has_torch_function_variadic as has_torch_function_variadic
from ...tensor import Tensor
from .. import _reduction as _Reduction
from .activation import _implicit_dim
from .attention import _check_ranks as _mha_shape_check
from .attention import _project as _in_projection_packed
from .attention import added_mask
from .resampling import _MODES as GRID_SAMPLE_INTERPOLATION_MODES
from .resampling import _PADDING_MODES as GRID_SAMPLE_PADDING_MODES
from .spatial import _check_count

__all__ = (
    "GRID_SAMPLE_INTERPOLATION_MODES",
    "GRID_SAMPLE_PADDING_MODES",
    "_Reduction",
    "_in_projection_packed",
    "_mha_shape_check",
)


def _canonical_mask(
    mask: Tensor | None, mask_name: str, other_type: dtype | None, other_name: str, target_type: dtype,
    check_other: bool = True,
) -> Tensor | None:  # fmt: skip
    """A mask as what is added to scores of ``target_type``; a warning tells when another is of a different kind."""
    other = empty((0,), dtype=other_type) if check_other and other_type is not None else None
    return added_mask(mask, mask_name, empty((0,), dtype=target_type), other, other_name)


def _none_or_dtype(input: Tensor | None) -> dtype | None:
    """The dtype of a mask, if there is one.

    Raises:
        RuntimeError: for something else than a tensor.
    """
    if input is not None and not isinstance(input, Tensor):
        raise RuntimeError("input to _none_or_dtype() must be None or torch.Tensor")
    return None if input is None else input.dtype


def _in_projection(
    q: Tensor, k: Tensor, v: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, b_q: Tensor | None = None,
    b_k: Tensor | None = None, b_v: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """Query, key and value, each through a weight of its own."""
    return linear(q, w_q, b_q), linear(k, w_k, b_k), linear(v, w_v, b_v)


def _get_softmax_dim(name: str, ndim: int, stacklevel: int) -> int:
    """The dimension that is taken if none is given, with a warning."""
    return _implicit_dim(name, ndim)


def _verify_batch_size(size: Sequence[int]) -> None:
    """Refuse to norm one value per channel.

    Raises:
        ValueError: for such a size.
    """
    count = size[0]
    for n in size[2:]:
        count *= n
    _check_count(size, count, "value per channel")
