"""Steps divided by the size of earlier gradients.  Source: ``torch.optim.Adagrad``, ``Adadelta``, ``RMSprop``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from ..ops.creation import full_like, zeros_like
from ..ops.sparse_construction import sparse_coo_tensor
from ..tensor import Tensor
from .optimizer import Group, Optimizer, State, check_not_negative, counter, number, plus, reals


class Adagrad(Optimizer):
    """Divides by the root of the sum of squared gradients.

    Args:
        params: see `Optimizer`.
        lr: the size of a step.
        lr_decay: by how much it falls per step.
        weight_decay: adds this multiple of the parameter to the gradient.
        initial_accumulator_value: what the sums start with.
        eps: added to the denominator.
        foreach, fused: no effect.
        maximize: step along the gradient.
        differentiable: record the steps.

    Raises:
        ValueError: for negative options.
    """

    _takes_sparse = True

    _later_options: ClassVar = {"foreach": None, "maximize": False, "differentiable": False, "fused": None}
    _counts = ("step",)

    def __init__(
        self, params: Iterable[Any], lr: Any = 1e-2, lr_decay: float = 0, weight_decay: float = 0,
        initial_accumulator_value: float = 0, eps: float = 1e-10, foreach: bool | None = None, *,
        maximize: bool = False, differentiable: bool = False, fused: bool | None = None,
    ) -> None:  # fmt: skip
        check_not_negative(
            lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, initial_accumulator_value=initial_accumulator_value,
            eps=eps,
        )  # fmt: skip
        defaults = {
            "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)
        for group in self.param_groups:
            for param in group["params"]:
                self._begin(param)

    def _begin(self, param: Tensor) -> State:
        """The state of a parameter, which those of groups that came later get at their first step."""
        state = self.state[param]
        if not state:
            start = self.defaults["initial_accumulator_value"]
            filling = complex(start, start) if param.is_complex() else start
            state.update(step=counter(), sum=full_like(param.detach(), filling))
        return state

    def _update(self, param: Tensor, grad: Tensor, group: Group) -> None:
        state = self._begin(param)
        state["step"] += 1
        if group["weight_decay"] != 0:
            if grad.is_sparse:
                raise RuntimeError("weight_decay option is not compatible with sparse gradients")
            grad = grad.add(param, alpha=group["weight_decay"])
        rate = number(group["lr"]) / (1 + (state["step"].item() - 1) * group["lr_decay"])
        if grad.is_sparse:
            grad = grad.coalesce()
            state["sum"].add_(grad * grad)
            size = state["sum"].sparse_mask(grad)._values().sqrt_().add_(group["eps"])
            step = sparse_coo_tensor(
                grad._indices(), grad._values() / size, grad.shape, is_coalesced=True, check_invariants=False
            )
            param.add_(step, alpha=-rate)
            return
        param, grad, total = reals(param, grad, state["sum"])
        total.addcmul_(grad, grad, value=1)
        param.addcdiv_(grad, plus(total.sqrt(), group["eps"], group), value=-rate)


class Adadelta(Optimizer):
    """Divides by a running mean of squares, and multiplies by that of the steps."""

    _capturing = ("cuda", "xpu", "hpu", "privateuseone")

    _later_options: ClassVar = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}
    _counts = ("step",)

    def __init__(
        self, params: Iterable[Any], lr: Any = 1.0, rho: float = 0.9, eps: float = 1e-6, weight_decay: float = 0,
        foreach: bool | None = None, *, capturable: bool = False, maximize: bool = False,
        differentiable: bool = False,
    ) -> None:  # fmt: skip
        check_not_negative(lr=lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        check_not_negative(eps=eps, weight_decay=weight_decay)
        defaults = {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "capturable": capturable, "foreach": foreach, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: Group) -> None:
        state = self.state[param]
        if not state:
            state.update(step=counter(), square_avg=zeros_like(param), acc_delta=zeros_like(param))
        state["step"] += 1
        if group["weight_decay"] != 0:
            grad = grad.add(param, alpha=group["weight_decay"])
        rho, eps = group["rho"], group["eps"]
        param, grad, square_avg, acc_delta = reals(param, grad, state["square_avg"], state["acc_delta"])
        square_avg.mul_(rho).addcmul_(grad, grad, value=1 - rho)
        size = square_avg.add(eps).sqrt_()
        delta = acc_delta.add(eps).sqrt_()
        delta = (delta.clone() if group["differentiable"] else delta).div_(size).mul_(grad)
        acc_delta.mul_(rho).addcmul_(delta, delta, value=1 - rho)
        param.add_(delta, alpha=-number(group["lr"]))


class RMSprop(Optimizer):
    """Divides by the root of a running mean of squares; centered, of the variance."""

    _later_options: ClassVar = {
        "momentum": 0,
        "centered": False,
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "capturable": False,
    }
    _counts = ("step",)

    def __init__(
        self, params: Iterable[Any], lr: Any = 1e-2, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0,
        momentum: float = 0, centered: bool = False, capturable: bool = False, foreach: bool | None = None,
        maximize: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        check_not_negative(lr=lr, eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        defaults = {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
            "weight_decay": weight_decay, "capturable": capturable, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: Group) -> None:
        state, alpha, momentum = self.state[param], group["alpha"], group["momentum"]
        names = ["square_avg", *["momentum_buffer"] * (momentum > 0), *["grad_avg"] * bool(group["centered"])]
        if not state:
            state["step"] = counter()
            state.update({name: zeros_like(param) for name in names})
        state["step"] += 1
        if group["weight_decay"] != 0:
            grad = grad.add(param, alpha=group["weight_decay"])
        lr = number(group["lr"])
        param, grad, *found = reals(param, grad, *(state[name] for name in names))
        buffers = dict(zip(names, found, strict=True))
        square_avg = buffers["square_avg"]
        square_avg.mul_(alpha).addcmul_(grad, grad, value=1 - alpha)
        if group["centered"]:
            mean = buffers["grad_avg"]
            mean.lerp_(grad, 1 - alpha)
            size = square_avg.addcmul(mean, mean, value=-1).sqrt_()
        else:
            size = square_avg.sqrt()
        size = plus(size, group["eps"], group)
        if momentum > 0:
            direction = buffers["momentum_buffer"]
            direction.mul_(momentum).addcdiv_(grad, size)
            param.add_(direction, alpha=-lr)
        else:
            param.addcdiv_(grad, size, value=-lr)
