"""Clipping of gradients, in place.  Source: ``torch.nn.utils.clip_grad``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import GeneratorType

from ...autograd.modes import no_grad
from ...ops.creation import scalar_tensor
from ...ops.joining import stack
from ...ops.reduction import linalg_vector_norm
from ...tensor import Tensor
from ...warning import warn


def _listed(tensors: Tensor | Iterable[Tensor]) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _gradients(parameters: Iterable[Tensor]) -> Iterator[Tensor]:
    return (one.grad for one in parameters if one.grad is not None)


@no_grad()
def get_total_norm(
    tensors: Tensor | Iterable[Tensor], norm_type: float = 2.0, error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:  # fmt: skip
    """The norm of all tensors together, 0-d.

    Args:
        tensors: floating-point or complex.
        norm_type: its order.
        error_if_nonfinite: refuse infinity and NaN.
        foreach: how torch computes it; of no effect here.

    Raises:
        RuntimeError: if it is not finite and that is refused.
    """
    norm_type = float(norm_type)
    norms = [linalg_vector_norm(one, norm_type) for one in _listed(tensors)]
    if not norms:
        return scalar_tensor(0.0)
    total = linalg_vector_norm(stack([one.to(norms[0].dtype) for one in norms]), norm_type)
    if error_if_nonfinite and not bool(total.isfinite()):
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it cannot be "
            "clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
            "`error_if_nonfinite=False`"
        )
    return total


@no_grad()
def clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scale the gradients by ``max_norm / total_norm``, if that is less than one."""
    factor = (float(max_norm) / (total_norm + 1e-6)).clamp(max=1.0)
    for gradient in _gradients(_listed(parameters)):
        gradient.mul_(factor)


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:  # fmt: skip
    """Scale the gradients so that their norm, taken together, is at most ``max_norm``.

    Returns:
        The norm that they had.

    Raises:
        RuntimeError: if that is not finite and ``error_if_nonfinite``.
    """
    given = _listed(parameters)
    if not given and isinstance(parameters, GeneratorType):
        warn("`parameters` is an empty generator, no gradient clipping will occur.")
    total_norm = get_total_norm(_gradients(given), norm_type, error_if_nonfinite, foreach)
    clip_grads_with_norm_(given, max_norm, total_norm, foreach)
    return total_norm


def clip_grad_norm(
    parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:  # fmt: skip
    """The old name of `clip_grad_norm_`."""
    warn(
        "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.", FutureWarning
    )
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


@no_grad()
def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Clamp each element of the gradients between ``-clip_value`` and ``clip_value``.

    Raises:
        RuntimeError: if there is no gradient.
    """
    bound = float(clip_value)
    gradients = [*_gradients(_listed(parameters))]
    if not gradients:
        raise RuntimeError(
            "Expected !nested_tensorlist[0].empty() to be true, but got false.  (Could this error message be "
            "improved?  If so, please report an enhancement request to PyTorch.)"
        )
    for gradient in gradients:
        gradient.clamp_min_(-bound).clamp_max_(bound)
