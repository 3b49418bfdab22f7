"""Steps by the gradient's sign, and averaged descent.  Source: ``torch.optim.Rprop`` and ``ASGD``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from ..ops.creation import full_like, zeros_like
from ..ops.data import tensor
from ..tensor import Tensor
from .optimizer import Group, Optimizer, check_not_negative, counter, number, reals


class Rprop(Optimizer):
    """Steps by the sign of the gradient; each element has a step size, which grows until the sign changes.

    Args:
        params: see `Optimizer`.
        lr: the first step size.
        etas: by what it shrinks and grows.
        step_sizes: the smallest and the largest.
        capturable, foreach: no effect.
        maximize: step along the gradient.
        differentiable: record the steps.

    Raises:
        ValueError: for a negative ``lr``, and ``etas`` that do not lie on the two sides of 1.
    """

    _later_options: ClassVar = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}
    _counts = ("step",)

    def __init__(
        self, params: Iterable[Any], lr: Any = 1e-2, etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50), *, capturable: bool = False, foreach: bool | None = None,
        maximize: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        check_not_negative(lr=lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: Group) -> None:
        state, lr = self.state[param], number(group["lr"])
        if not state:
            filling = complex(lr, lr) if param.is_complex() else lr
            state.update(step=counter(), prev=zeros_like(param), step_size=full_like(grad, filling))
        state["step"] += 1
        shrink, grow = group["etas"]
        param, grad, prev, step_size = reals(param, grad, state["prev"], state["step_size"])
        factor = grad.mul(prev.clone() if group["differentiable"] else prev).sign()
        factor[factor.gt(0)] = grow
        factor[factor.lt(0)] = shrink
        factor[factor.eq(0)] = 1
        step_size.mul_(factor).clamp_(*group["step_sizes"])
        grad = grad.clone()
        grad[factor.eq(shrink)] = 0
        param.addcmul_(grad.sign(), step_size, value=-1)
        prev.copy_(grad)


class ASGD(Optimizer):
    """Descent with a falling step size, and the mean of the parameters.

    Args:
        params: see `Optimizer`.
        lr: the first step size.
        lambd: by how much the parameters decay.
        alpha: the power by which the step size falls.
        t0: the step at which averaging begins.
        weight_decay: adds this multiple of the parameter to the gradient.
        foreach: compute the step in one sum, which rounds otherwise.
        capturable: no effect.
        maximize: step along the gradient.
        differentiable: record the steps.

    Raises:
        ValueError: for a negative ``lr`` or ``weight_decay``.
    """

    _captured = "params, mus, etas, and state_steps"

    _later_options: ClassVar = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}
    _counts = ("step", "eta", "mu")

    def __init__(
        self, params: Iterable[Any], lr: Any = 1e-2, lambd: float = 1e-4, alpha: float = 0.75, t0: float = 1e6,
        weight_decay: float = 0, foreach: bool | None = None, maximize: bool = False, differentiable: bool = False,
        capturable: bool = False,
    ) -> None:  # fmt: skip
        check_not_negative(lr=lr, weight_decay=weight_decay)
        defaults = {
            "lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: Group) -> None:
        state, lr, lambd = self.state[param], number(group["lr"]), group["lambd"]
        if not state:
            state.update(step=counter(), eta=counter(lr), mu=counter(1.0), ax=zeros_like(param))
        state["step"] += 1
        step = state["step"].item()
        if group["weight_decay"] != 0:
            grad = grad.add(param, alpha=group["weight_decay"])
        param, grad, mean = reals(param, grad, state["ax"])
        eta, mu = state["eta"], state["mu"]
        if group["foreach"]:  # in one sum, whose factors are tensors
            param.addcmul_(grad.add(param, alpha=lambd), eta, value=-1)
            mean.addcmul_(param.sub(mean), mu)
            eta.copy_(lr / ((1 + lambd * lr * state["step"]) ** group["alpha"]))
        else:
            param.mul_(1 - lambd * eta.item())
            param.add_(grad, alpha=-eta.item())
            if mu.item() != 1:
                mean.add_(param.sub(mean).mul_(mu))
            else:
                mean.copy_(param)
            eta.copy_(tensor(lr / ((1 + lambd * lr * step) ** group["alpha"])))
        mu.copy_(tensor(1 / max(1, step - group["t0"])))
