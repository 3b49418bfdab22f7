"""One of two functions, by a condition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd.function import Function
from ..tensor import Tensor
from ..utils.pytree import tree_flatten, tree_unflatten


class CondAutogradOp(Function):
    """The values of a branch, which the graph shows as those of ``cond``."""

    @staticmethod
    def forward(ctx: Any, *values: Any) -> Any:
        """The values, as tensors of their own."""
        return tuple(value.view_as(value) for value in values)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """The gradients."""
        return grads


def _check(pred: Any, true_fn: Any, false_fn: Any, operands: Any) -> None:
    if not isinstance(pred, (bool, int, float, Tensor)):
        raise RuntimeError(f"Expected pred to be bool or tensor, but got {pred}.")
    if isinstance(pred, Tensor) and pred.numel() != 1:
        raise RuntimeError(f"Expected pred to be bool or single-element tensor, but got {pred}.")
    if not callable(true_fn) or not callable(false_fn):
        raise RuntimeError("Expect both branches to be callable.")
    leaves = tree_flatten(operands)[0] if isinstance(operands, (tuple, list)) else [None]
    if not all(isinstance(leaf, Tensor) for leaf in leaves):
        raise RuntimeError(
            "Expect operands to be a tuple of possibly nested dict/list/tuple that only consists of tensor leaves, but "
            f"got {operands}."
        )


def cond(pred: Any, true_fn: Callable[..., Any], false_fn: Callable[..., Any], operands: Any = ()) -> Any:
    """The value of one of two functions, chosen by a condition.

    Args:
        pred: a bool, or a tensor of one element.
        true_fn, false_fn: get the operands.
        operands: a tuple or a list of tensors, or of containers of them.

    Raises:
        RuntimeError: for a condition of several elements, what is no function, or operands that are no tensors.

    Source: ``torch.cond``.
    """
    _check(pred, true_fn, false_fn, operands)
    result = (true_fn if pred else false_fn)(*operands)
    leaves, spec = tree_flatten(result)
    if not any(isinstance(leaf, Tensor) and leaf.requires_grad for leaf in leaves):
        return result
    return tree_unflatten(list(CondAutogradOp.apply(*leaves)), spec)
