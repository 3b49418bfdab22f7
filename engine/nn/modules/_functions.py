"""Functions of modules that torch writes as `Function`, so that their nodes are Python's."""

from __future__ import annotations

from typing import Any

from ...autograd.function import Function
from ...ops.arithmetic import mul
from ...ops.contraction import einsum
from ...ops.creation import empty_like
from ...ops.data import tensor
from ...tensor import Tensor


class CrossMapLRN2d(Function):
    """Each element divided by a power of the mean square of its neighbours in other channels.

    Which channels are neighbours was observed: the first is one of every channel's, and those of the derivative lie one
    channel further to the front than those of the function.

    Source: ``torch.nn.CrossMapLRN2d``.
    """

    @staticmethod
    def forward(ctx: Any, input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> Tensor:
        """``input / (k + alpha / size * sum of squares) ** beta``.

        Raises:
            ValueError: unless the input is ``(N, C, H, W)``.
            IndexError: if there are no channels.
            RuntimeError: for integers.
        """
        if input.dim() != 4:
            raise ValueError(f"CrossMapLRN2d: Expected input to be 4D, got {input.dim()}D instead.")
        input.select(1, 0)  # without channels an error
        ctx.size, ctx.alpha, ctx.beta, ctx.k = size, alpha, beta, k
        reach = int((size - 1) / 2 + 1)
        squares = _over_channels(input * input, lambda c, j: j < c + reach and (j > c - reach or not j))
        ctx.scale = squares.mul_(alpha / size).add_(k)
        output = ctx.scale.pow(-beta) * input
        ctx.save_for_backward(input, output)
        return output

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """The gradient of the input; torch does not differentiate it again.

        Raises:
            RuntimeError: if the size is 1, or with ``create_graph``.
        """
        (grad_output,) = grads
        input, output = ctx.saved_tensors
        first, channels = int(ctx.size - (ctx.size - 1) / 2), input.shape[1]
        if first >= ctx.size:
            raise RuntimeError(f"start ({first}) + length ({channels}) exceeds dimension size ({channels}).")
        ratio = mul(grad_output, output, out=empty_like(output.detach())) / ctx.scale
        near = _over_channels(ratio, lambda c, j: c - first <= j < c - first + ctx.size)
        found = ctx.scale.pow(-ctx.beta) * grad_output - input * near * (2 * ctx.alpha * ctx.beta / ctx.size)
        return found, None, None, None, None


def _over_channels(values: Tensor, is_near: Any) -> Tensor:
    """For each channel the sum over those that are near it."""
    channels = range(values.shape[1])
    near = tensor([[float(is_near(c, j)) for j in channels] for c in channels], dtype=values.dtype)
    return einsum("cj,njhw->nchw", near, values)
