"""Steps scaled by running means of the gradient and of its square.

Source: ``torch.optim.Adam``, ``AdamW``, ``Adamax``, ``NAdam``, ``RAdam``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from ..ops.comparison import maximum
from ..ops.creation import zeros_like
from ..ops.joining import cat
from ..ops.reduction import amax
from ..tensor import Tensor
from .optimizer import Group, Optimizer, State, check_betas, check_not_negative, counter, number, plus, reals

Betas = tuple[float, float]


def _check(lr: Any, eps: float, betas: Betas, **others: float) -> None:
    """Refuse options out of range, in torch's order."""
    check_not_negative(lr=lr, eps=eps)
    check_betas(betas)
    check_not_negative(**others)


def _check_kinds(betas: tuple[Any, Any], plain: bool) -> None:
    """Refuse a number beside a tensor, and tensors where ``plain`` numbers are wanted."""
    tensors = [isinstance(one, Tensor) for one in betas]
    if any(tensors) != all(tensors) or not all(isinstance(one, (float, Tensor)) for one in betas):
        raise ValueError("betas must be either both floats or both Tensors")
    for place, one in enumerate(betas):
        if isinstance(one, Tensor) and plain:
            raise ValueError(f"betas[{place}] as a Tensor is not supported for capturable=False and foreach=True")
        if isinstance(one, Tensor) and one.numel() != 1:
            raise ValueError(f"Tensor betas[{place}] must be 1-element")


def _decay(param: Tensor, grad: Tensor, group: Group, *, decoupled: bool) -> Tensor:
    """The gradient with weight decay; decoupled, that shrinks the parameter instead."""
    decay = group["weight_decay"]
    if decay == 0:
        return grad
    if decoupled:
        param.mul_(1 - number(group["lr"]) * decay)
        return grad
    return grad.add(param, alpha=decay)


def _average(grad: Tensor, exp_avg: Tensor, exp_avg_sq: Tensor, betas: Betas) -> None:
    """Go on with the running means of the gradient and of its square."""
    beta1, beta2 = map(number, betas)
    exp_avg.lerp_(grad, 1 - beta1)
    exp_avg_sq.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)


def _begin(state: State, param: Tensor, *buffers: str, **others: Tensor) -> State:
    """The state of a parameter, made at its first step."""
    if not state:
        state["step"] = counter()
        state.update(others)
        for name in buffers:
            state[name] = zeros_like(param)
    return state


class Adam(Optimizer):
    """Adaptive moments.

    Args:
        params: see `Optimizer`.
        lr: the size of a step.
        betas: the decay rates of the two means.
        eps: added to the denominator.
        weight_decay: adds this multiple of the parameter to the gradient, or, decoupled, shrinks the parameter.
        amsgrad: divide by the largest mean so far.
        foreach, fused: no effect.
        capturable: refused in a step: for GPUs alone.
        maximize: step along the gradient.
        differentiable: record the steps.
        decoupled_weight_decay: decay as `AdamW`.

    Raises:
        ValueError: for negative options and rates outside of [0, 1).
    """

    _no_sparse = "Adam does not support sparse gradients, please consider SparseAdam instead"

    _later_options: ClassVar = {
        "amsgrad": False,
        "maximize": False,
        "foreach": None,
        "capturable": False,
        "differentiable": False,
        "decoupled_weight_decay": False,
        "fused": None,
    }
    _counts = ("step",)

    def __init__(
        self, params: Iterable[Any], lr: Any = 1e-3, betas: Betas = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0, amsgrad: bool = False, *, foreach: bool | None = None, maximize: bool = False,
        capturable: bool = False, differentiable: bool = False, fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:  # fmt: skip
        if isinstance(lr, Tensor) and foreach and not capturable:
            raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
        _check(lr, eps, betas, weight_decay=weight_decay)
        _check_kinds(betas, bool(foreach) and not capturable)
        betas = (number(betas[0]), number(betas[1]))
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
            "maximize": maximize, "foreach": foreach, "capturable": capturable, "differentiable": differentiable,
            "fused": fused, "decoupled_weight_decay": decoupled_weight_decay,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: Group) -> None:
        names = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")[: 3 if group["amsgrad"] else 2]
        state = _begin(self.state[param], param, *names)
        state["step"] += 1
        step = state["step"].item()
        grad = _decay(param, grad, group, decoupled=group["decoupled_weight_decay"])
        param, grad, exp_avg, exp_avg_sq, *largest = reals(param, grad, *(state[name] for name in names))
        _average(grad, exp_avg, exp_avg_sq, group["betas"])
        beta1, beta2 = map(number, group["betas"])
        if group["differentiable"]:  # in numbers that are tensors, for what they come from may be tracked
            counted = state["step"]
            step_size = -(group["lr"] / (1 - beta1**counted))
            if largest:
                largest[0].copy_(maximum(largest[0].clone(), exp_avg_sq))
                exp_avg_sq = largest[0]
            scale = (1 - beta2**counted).sqrt() * step_size
            param.addcdiv_(exp_avg.clone(), (exp_avg_sq.sqrt() / scale).add_(group["eps"] / step_size))
            return
        step_size = number(group["lr"]) / (1 - beta1**step)
        if largest:
            maximum(largest[0], exp_avg_sq, out=largest[0])
            exp_avg_sq = largest[0]
        denominator = (exp_avg_sq.sqrt() / (1 - beta2**step) ** 0.5).add_(group["eps"])
        param.addcdiv_(exp_avg, denominator, value=-step_size)


class AdamW(Adam):
    """`Adam` with decoupled weight decay."""

    def __init__(
        self, params: Iterable[Any], lr: Any = 1e-3, betas: Betas = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 1e-2, amsgrad: bool = False, *, maximize: bool = False, foreach: bool | None = None,
        capturable: bool = False, differentiable: bool = False, fused: bool | None = None,
    ) -> None:  # fmt: skip
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, foreach=foreach, maximize=maximize, capturable=capturable,
            differentiable=differentiable, fused=fused, decoupled_weight_decay=True,
        )  # fmt: skip

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True  # earlier versions had no such option


class Adamax(Optimizer):
    """`Adam` with the running maximum of the gradient's size in place of the mean of its square."""

    _later_options: ClassVar = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}
    _counts = ("step",)

    def __init__(
        self, params: Iterable[Any], lr: Any = 2e-3, betas: Betas = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0, foreach: bool | None = None, *, maximize: bool = False,
        differentiable: bool = False, capturable: bool = False,
    ) -> None:  # fmt: skip
        _check(lr, eps, betas, weight_decay=weight_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: Group) -> None:
        state = _begin(self.state[param], param, "exp_avg", "exp_inf")
        state["step"] += 1
        grad = _decay(param, grad, group, decoupled=False)
        param, grad, exp_avg, exp_inf = reals(param, grad, state["exp_avg"], state["exp_inf"])
        beta1, beta2 = group["betas"]
        exp_avg.lerp_(grad, 1 - beta1)
        size = grad.abs().add_(group["eps"])
        if group["differentiable"]:
            exp_inf.copy_(amax(cat([exp_inf.mul_(beta2).unsqueeze(0), size.unsqueeze_(0)], 0), 0))
        else:
            maximum(exp_inf.mul_(beta2), size, out=exp_inf)
        rate = number(group["lr"]) / (1 - beta1 ** state["step"].item())
        param.addcdiv_(exp_avg, exp_inf, value=-rate)


class NAdam(Optimizer):
    """`Adam` with Nesterov momentum."""

    _captured = "params, mu_products and state_steps"

    _later_options: ClassVar = {
        "maximize": False,
        "foreach": None,
        "capturable": False,
        "differentiable": False,
        "decoupled_weight_decay": False,
    }
    _counts = ("step", "mu_product")

    def __init__(
        self, params: Iterable[Any], lr: Any = 2e-3, betas: Betas = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0, momentum_decay: float = 4e-3, decoupled_weight_decay: bool = False, *,
        foreach: bool | None = None, maximize: bool = False, capturable: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        _check(lr, eps, betas, weight_decay=weight_decay, momentum_decay=momentum_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: Group) -> None:
        state = _begin(self.state[param], param, "exp_avg", "exp_avg_sq", mu_product=counter(1.0))
        state["step"] += 1
        step, mu_product = state["step"].item(), state["mu_product"]
        lr, (beta1, beta2), decay = number(group["lr"]), group["betas"], group["momentum_decay"]
        grad = _decay(param, grad, group, decoupled=group["decoupled_weight_decay"])
        param, grad, exp_avg, exp_avg_sq = reals(param, grad, state["exp_avg"], state["exp_avg_sq"])
        mu, mu_next = (beta1 * (1.0 - 0.5 * (0.96 ** (n * decay))) for n in (step, step + 1))
        mu_product *= mu
        _average(grad, exp_avg, exp_avg_sq, group["betas"])
        denominator = plus(exp_avg_sq.div(1 - beta2**step).sqrt(), group["eps"], group)
        if group["differentiable"]:
            grad = grad * (-lr * (1.0 - mu) / (1.0 - mu_product))
            exp_avg = exp_avg * (-lr * mu_next / (1.0 - mu_product * mu_next))
            param.addcdiv_(grad, denominator)
            param.addcdiv_(exp_avg, denominator)
            return
        product = mu_product.item()
        param.addcdiv_(grad, denominator, value=-lr * (1.0 - mu) / (1.0 - product))
        param.addcdiv_(exp_avg, denominator, value=-lr * mu_next / (1.0 - product * mu_next))


class RAdam(Optimizer):
    """`Adam` whose first steps are rectified for the variance of the mean of squares."""

    _later_options: ClassVar = {
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "decoupled_weight_decay": False,
        "capturable": False,
    }
    _counts = ("step",)

    def __init__(
        self, params: Iterable[Any], lr: Any = 1e-3, betas: Betas = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0, decoupled_weight_decay: bool = False, *, foreach: bool | None = None,
        maximize: bool = False, capturable: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        _check(lr, eps, betas, weight_decay=weight_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "foreach": foreach, "capturable": capturable, "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: Group) -> None:
        state = _begin(self.state[param], param, "exp_avg", "exp_avg_sq")
        state["step"] += 1
        step, lr, (beta1, beta2) = state["step"].item(), number(group["lr"]), group["betas"]
        grad = _decay(param, grad, group, decoupled=group["decoupled_weight_decay"])
        param, grad, exp_avg, exp_avg_sq = reals(param, grad, state["exp_avg"], state["exp_avg_sq"])
        _average(grad, exp_avg, exp_avg_sq, group["betas"])
        correction = 1 - beta2**step
        direction = exp_avg / (1 - beta1**step)
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * step * (beta2**step) / correction
        if length > 5.0:
            rect = ((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)) ** 0.5
            adaptive = (correction**0.5) / plus(exp_avg_sq.sqrt(), group["eps"], group)
            param.add_(direction * lr * adaptive * rect, alpha=-1.0)
        else:
            param.add_(direction * lr, alpha=-1.0)
