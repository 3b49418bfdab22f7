"""Stochastic gradient descent.  Source: ``torch.optim.SGD``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from ..tensor import Tensor
from .optimizer import Group, Optimizer, check_not_negative, number


class SGD(Optimizer):
    """Steps against the gradient, or along a running mean of gradients.

    Args:
        params: see `Optimizer`.
        lr: the size of a step.
        momentum: how much of the last step's direction remains.
        dampening: how much less the gradient counts, once there is a direction.
        weight_decay: adds this multiple of the parameter to the gradient.
        nesterov: step along the direction of the step to come.
        maximize: step along the gradient.
        foreach, fused: no effect.
        differentiable: record the steps.

    Raises:
        ValueError: for negative options, and for ``nesterov`` without momentum or with dampening.
    """

    _takes_sparse = True

    _later_options: ClassVar = {
        "nesterov": False,
        "maximize": False,
        "foreach": None,
        "differentiable": False,
        "fused": False,
    }

    def __init__(
        self, params: Iterable[Any], lr: Any = 1e-3, momentum: float = 0, dampening: float = 0,
        weight_decay: float = 0, nesterov: bool = False, *, maximize: bool = False, foreach: bool | None = None,
        differentiable: bool = False, fused: bool | None = None,
    ) -> None:  # fmt: skip
        check_not_negative(True, lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
            "nesterov": nesterov, "maximize": maximize, "foreach": foreach, "differentiable": differentiable,
            "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: Group) -> None:
        if (decay := group["weight_decay"]) != 0:
            recorded = isinstance(decay, Tensor) and decay.requires_grad
            grad = grad.addcmul_(param.clone(), decay) if recorded else grad.add(param, alpha=number(decay))
        if (momentum := group["momentum"]) != 0:
            state = self.state[param]
            direction = state.get("momentum_buffer")
            if direction is None:
                direction = state["momentum_buffer"] = grad.detach().clone()
            else:
                direction.mul_(momentum).add_(grad, alpha=1 - group["dampening"])
            grad = grad.add(direction, alpha=momentum) if group["nesterov"] else direction
        lr = group["lr"]
        if isinstance(lr, Tensor) and lr.requires_grad:
            param.addcmul_(grad, lr, value=-1)
        else:
            param.add_(grad, alpha=-number(lr))
