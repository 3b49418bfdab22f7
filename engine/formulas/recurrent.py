"""Derivatives of recurrent layers."""

from __future__ import annotations

from collections.abc import Sequence

from ..ops.joining import cat, stack
from ..tensor import Tensor


def lstm_layer_backward(
    grads: Sequence[Tensor | None], input: Tensor, parameters: tuple[Tensor, Tensor, Tensor, Tensor], h: Tensor,
    c: Tensor, output: Tensor, reverse: bool,
) -> list[Tensor]:  # fmt: skip
    """The gradients of the input, of the four weights and of the first state (Hochreiter and Schmidhuber, 1997).

    The gates of all steps are computed again from what the layer gave, at once; only cells and gradients need a loop.

    Args:
        grads: of the outputs ``(T, N, H)``, of the last ``h`` and of the last ``c``; None for zeros.
        input: ``(T, N, features)``.
        parameters: ``w_ih``, ``w_hh``, ``b_ih``, ``b_hh``, with rows for the gates ``i, f, g, o``.
        h, c: the first state, each ``(N, H)``.
        output: what the layer gave.
        reverse: whether it went from the last step to the first.
    """
    w_ih, w_hh, b_ih, b_hh = parameters
    order = range(len(input))[:: -1 if reverse else 1]
    before = output[:-1]
    before = cat([output[1:], h.unsqueeze(0)]) if reverse else cat([h.unsqueeze(0), before])
    gates = (input.matmul(w_ih.t()) + before.matmul(w_hh.t()) + (b_ih + b_hh)).chunk(4, -1)
    i, f, g, o = gates[0].sigmoid(), gates[1].sigmoid(), gates[2].tanh(), gates[3].sigmoid()
    cells = [c]
    for t in order:
        cells.append(f[t] * cells[-1] + i[t] * g[t])
    grad_output, grad_h, grad_c = grads[:3]
    found: list[Tensor] = []
    for step, t in reversed([*enumerate(order)]):
        through = cells[step + 1].tanh()
        at_step = None if grad_output is None else grad_output[t]
        grad_h = _sum(grad_h, at_step)
        if grad_h is None:
            grad_h = c.new_zeros(c.shape)
        grad_c = _sum(grad_h * o[t] * (1 - through * through), grad_c)
        assert grad_c is not None
        rows = [
            grad_c * g[t] * i[t] * (1 - i[t]),
            grad_c * cells[step] * f[t] * (1 - f[t]),
            grad_c * i[t] * (1 - g[t] * g[t]),
            grad_h * through * o[t] * (1 - o[t]),
        ]
        found.append(cat(rows, -1))
        grad_h, grad_c = found[-1].matmul(w_hh), grad_c * f[t]
    assert grad_h is not None and grad_c is not None
    along = stack(found if reverse else found[::-1])
    flat = along.flatten(0, 1)
    bias = flat.sum(0)
    weights = [flat.t().matmul(one.flatten(0, 1)) for one in (input, before)]
    return [along.matmul(w_ih), *weights, bias, bias.clone(), grad_h, grad_c]


def _sum(one: Tensor | None, other: Tensor | None) -> Tensor | None:
    if one is None or other is None:
        return other if one is None else one
    return one + other
