"""Operations that ``vmap`` computes by others, which know all examples at once.

Source: ``torch.func.vmap``; which others those are was observed in the graphs of the results.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..autograd.saved import number
from ..declare.registry import OVERLOADS
from ..dispatch import slow
from ..tensor import Tensor, wrap


def _addmm(self: Tensor, mat1: Tensor, mat2: Tensor, beta: complex, alpha: complex) -> list[Tensor]:
    return [(self * beta).add(mat1.mm(mat2), alpha=alpha)]


def _addmv(self: Tensor, mat: Tensor, vec: Tensor, beta: complex, alpha: complex) -> list[Tensor]:
    product = mat.mv(vec)
    return [self * beta + (product if alpha == 1 else product * alpha)]


def _baddbmm(self: Tensor, batch1: Tensor, batch2: Tensor, beta: complex, alpha: complex) -> list[Tensor]:
    return [(self * beta).add(batch1.bmm(batch2), alpha=alpha)]


def _addbmm(self: Tensor, batch1: Tensor, batch2: Tensor, beta: complex, alpha: complex) -> list[Tensor]:
    return [(self * beta).add(batch1.bmm(batch2).sum(0), alpha=alpha)]


def _addr(self: Tensor, vec1: Tensor, vec2: Tensor, beta: complex, alpha: complex) -> list[Tensor]:
    self = self.expand((vec1.shape[0], vec2.shape[0]))
    return [self * number(beta, self._dtype) + vec1.view((-1, 1)) * vec2 * number(alpha, self._dtype)]


def _group_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, N: int, C: int, HxW: int, group: int, eps: float
) -> list[Tensor] | None:
    if weight is None and bias is None:
        return None
    whole = OVERLOADS["native_group_norm"][0]
    found, *others = slow.call(whole, (input, None, None, N, C, HxW, group, eps))
    shape = (1, C, *(1,) * (input.dim() - 2))
    found = found if weight is None else found * weight.view(shape)
    return [found if bias is None else found + bias.view(shape), *others]


def _mse_backward(grad_output: Tensor, self: Tensor, target: Tensor, reduction: int) -> list[Tensor]:
    factor = 2 / self.numel() if reduction == 1 else 2.0
    return [(self - target) * number(factor, self._dtype) * grad_output]


def _nll_backward(
    grad_output: Tensor, self: Tensor, target: Tensor, weight: Tensor | None, reduction: int, ignore_index: int,
    total_weight: Tensor,
) -> list[Tensor]:  # fmt: skip
    dim = 0 if self.dim() < 2 else 1
    grad = grad_output / total_weight if reduction == 1 else grad_output
    chosen = target.unsqueeze(dim)
    counts = chosen.ne(ignore_index)
    places = chosen.where(counts, wrap(np.asarray(0, np.int64)))
    found = self.new_zeros(self.shape).scatter(dim, places, -1.0)
    if self.dim() > grad.dim() > 0:
        grad = grad.unsqueeze(dim)
    if weight is not None:
        grad = grad * weight.view([-1 if place == dim else 1 for place in range(self.dim())])
    return [found * grad.where(counts, wrap(np.zeros((), self._dtype.numpy), self._dtype))]


def _reduced(loss: Tensor, reduction: int) -> Tensor:
    if not reduction:
        return loss
    return loss.mean() if reduction == 1 else loss.sum()


def _logits(
    self: Tensor, target: Tensor, weight: Tensor | None, pos_weight: Tensor | None, reduction: int
) -> list[Tensor]:
    largest = (-self).clamp_min(0)
    if pos_weight is None:
        logs = ((-largest).exp() + (-self - largest).exp()).log()
        loss = (1 - target) * self + largest + logs
    else:
        logs = ((-largest).exp() + (-self - largest).exp()).log() + largest
        loss = (1 - target) * self + ((pos_weight - 1) * target + 1) * logs
    return [_reduced(loss if weight is None else loss * weight, reduction)]


def _nll(self: Tensor, target: Tensor, weight: Tensor | None, reduction: int, ignore_index: int) -> list[Tensor]:
    dim = 0 if self.dim() < 2 else 1
    if weight is not None:
        weight = weight.view([-1 if place == dim else 1 for place in range(self.dim())])
        self = self * weight
    counts = target.ne(ignore_index)
    chosen = target.where(counts, wrap(np.asarray(0, np.int64))).unsqueeze(dim)
    loss = -self.gather(dim, chosen).squeeze(dim)
    zero = wrap(np.zeros((), self._dtype.numpy), self._dtype)
    loss = loss.where(counts, zero)
    if not reduction and self.dim() > 1:
        return [loss, zero]
    if weight is None:
        total = counts.sum().to(self._dtype)
    else:
        total = weight.expand(self.shape).gather(dim, chosen).squeeze(dim).where(counts, zero).sum()
    if reduction:
        loss = loss.sum() / total if reduction == 1 else loss.sum()
    return [loss, total]


PARTS: dict[str, Callable[..., list[Tensor] | None]] = {
    "addmm": _addmm, "addmv": _addmv, "baddbmm": _baddbmm, "addbmm": _addbmm, "addr": _addr,
    "binary_cross_entropy_with_logits": _logits, "nll_loss_forward": _nll, "nll_loss2d_forward": _nll,
    "native_group_norm": _group_norm, "mse_loss_backward": _mse_backward, "nll_loss_backward": _nll_backward,
}  # fmt: skip
"""The results of an operation, from its parameters' values, by the name in its schema; None if it has no parts."""
