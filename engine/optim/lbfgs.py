"""L-BFGS, a quasi-Newton method that keeps the last steps only.

Source: ``torch.optim.LBFGS``; the line search is that of Nocedal and Wright, "Numerical Optimization", chapter 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..autograd.modes import enable_grad, no_grad
from ..ops.conversion import view_as_real
from ..ops.joining import cat
from ..tensor import Tensor
from .optimizer import Optimizer, State, check_not_negative, number

_SUFFICIENT, _CURVATURE = 1e-4, 0.9
"""The constants of the strong Wolfe conditions."""


_REMEMBERED = ("d", "t", "old_dirs", "old_stps", "ro", "H_diag", "prev_flat_grad", "prev_loss")
"""What the state of the first parameter keeps from one step to the next."""


@dataclass
class _Point:
    """A point on the line: how far, and there the loss, its gradient, and its slope along the line."""

    t: Any
    loss: Any
    grad: Tensor
    slope: Any


def _minimum_of_cubic(a: _Point, b: _Point, bounds: tuple[Any, Any] | None = None) -> Any:
    """Where the cubic through two points with their slopes is least, within bounds."""
    low, high = bounds or (min(a.t, b.t), max(a.t, b.t))
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1**2 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2.0
    d2 = square.sqrt()
    first, last = (a, b) if a.t <= b.t else (b, a)
    found = last.t - (last.t - first.t) * ((last.slope + d2 - d1) / (last.slope - first.slope + 2 * d2))
    return min(max(found, low), high)


class _Line:
    """The loss along a direction."""

    def __init__(self, evaluate: Callable[[Any], tuple[float, Tensor]], direction: Tensor, start: _Point) -> None:
        self.evaluate, self.direction, self.start = evaluate, direction, start
        self.evaluations = 0

    def at(self, t: Any) -> _Point:
        self.evaluations += 1
        loss, grad = self.evaluate(t)
        return _Point(t, loss, grad, grad.dot(self.direction))

    def falls_too_little(self, point: _Point) -> bool:
        return bool(point.loss > self.start.loss + _SUFFICIENT * point.t * self.start.slope)

    def is_flat(self, point: _Point) -> bool:
        return bool(abs(point.slope) <= -_CURVATURE * self.start.slope)


def _strong_wolfe(line: _Line, t: Any, tolerance_change: float, at_most: int) -> _Point:
    """A point that satisfies the strong Wolfe conditions, or the best that was found."""
    before, point, steps = line.start, line.at(t), 0
    while steps < at_most:
        if line.falls_too_little(point) or (steps > 1 and point.loss >= before.loss):
            bracket = [before, point]
            break
        if line.is_flat(point):
            return point
        if point.slope >= 0:
            bracket = [before, point]
            break
        bounds = (point.t + 0.01 * (point.t - before.t), point.t * 10)
        t = _minimum_of_cubic(before, point, bounds)
        before, point = point, line.at(t)
        steps += 1
    else:
        bracket = [line.start, point]
    bracket.sort(key=lambda one: float(one.loss))  # the better end first
    return _zoom(line, bracket, tolerance_change, at_most - steps)


def _zoom(line: _Line, bracket: list[_Point], tolerance_change: float, at_most: int) -> _Point:
    """Narrow a bracket, the better end first, down to a point that will do."""
    size = line.direction.abs().max()
    stalled = False
    for _ in range(at_most):
        best, other = bracket
        low, high = min(best.t, other.t), max(best.t, other.t)
        if (high - low) * size < tolerance_change:
            break
        first, last = (best, other) if best.t <= other.t else (other, best)
        t = _minimum_of_cubic(first, last)
        margin = 0.1 * (high - low)
        near = min(high - t, t - low) < margin
        if near and (stalled or t >= high or t <= low):
            t = high - margin if abs(t - high) < abs(t - low) else low + margin
            near = False
        stalled = bool(near)
        point = line.at(t)
        if line.falls_too_little(point) or point.loss >= best.loss:
            bracket = [best, point] if best.loss <= point.loss else [point, best]
            continue
        if line.is_flat(point):
            return point
        bracket = [point, best if point.slope * (other.t - best.t) >= 0 else other]
    return bracket[0]


class LBFGS(Optimizer):
    """Steps along an estimate of Newton's direction; one group of parameters, and ``step`` needs a closure.

    Args:
        params: see `Optimizer`.
        lr: the size of a step.
        max_iter: steps of one call of ``step``.
        max_eval: evaluations of one call; by default five for four steps.
        tolerance_grad: stop where no element of the gradient is larger.
        tolerance_change: stop where neither parameters nor loss change by more.
        history_size: how many steps are kept.
        line_search_fn: ``"strong_wolfe"``, or None for steps of fixed size.

    Raises:
        ValueError: for several groups, or a negative ``lr``.
    """

    def __init__(
        self, params: Iterable[Any], lr: Any = 1, max_iter: int = 20, max_eval: int | None = None,
        tolerance_grad: float = 1e-7, tolerance_change: float = 1e-9, history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:  # fmt: skip
        check_not_negative(lr=lr)
        defaults = {
            "lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change, "history_size": history_size,
            "line_search_fn": line_search_fn,
        }  # fmt: skip
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params: list[Tensor] = self.param_groups[0]["params"]

    @no_grad()
    def step(self, closure: Callable[[], Any]) -> Any:
        """Take up to ``max_iter`` steps.

        Args:
            closure: computes the loss again, with its gradients.

        Returns:
            The loss before the first step.
        """
        group = self.param_groups[0]
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        lr = group["lr"].squeeze() if isinstance(group["lr"], Tensor) else group["lr"]

        def evaluate() -> tuple[Any, Tensor]:
            with enable_grad():
                found = closure()
            return found, self._flat_grad()

        first_loss, grad = evaluate()
        loss, evaluations = float(first_loss), 1
        state["func_evals"] += 1
        if grad.abs().max() <= group["tolerance_grad"]:
            return first_loss
        memory: State = {name: state.get(name) for name in _REMEMBERED}
        for left in reversed(range(group["max_iter"])):
            state["n_iter"] += 1
            is_first = state["n_iter"] == 1
            direction = memory["d"] = self._first_direction(grad, memory) if is_first else self._direction(grad, memory)
            if memory.get("prev_flat_grad") is None:
                memory["prev_flat_grad"] = grad.clone()
            else:
                memory["prev_flat_grad"].copy_(grad)
            before = memory["prev_loss"] = loss
            t = memory["t"] = min(1.0, 1.0 / grad.abs().sum()) * lr if is_first else lr
            slope = grad.dot(direction)
            if slope > -group["tolerance_change"]:
                break
            used = 0
            if group["line_search_fn"] is not None:
                if group["line_search_fn"] != "strong_wolfe":
                    raise RuntimeError("only 'strong_wolfe' is supported")
                start = [one.detach().clone() for one in self._params]

                def along(t: Any, start: list[Tensor] = start, direction: Tensor = direction) -> tuple[float, Tensor]:
                    self._move(t, direction)
                    loss, grad = evaluate()
                    for one, value in zip(self._params, start, strict=True):
                        one.copy_(value)
                    return float(loss), grad

                line = _Line(along, direction, _Point(0, loss, grad.clone(), slope))
                found = _strong_wolfe(line, t, 1e-9, group["max_eval"] - evaluations)
                t = memory["t"] = found.t
                loss, grad, used = found.loss, found.grad, line.evaluations
                self._move(t, direction)
            else:
                self._move(t, direction)
                if left:
                    new_loss, grad = evaluate()
                    loss, used = float(new_loss), 1
            evaluations += used
            state["func_evals"] += used
            if (
                evaluations >= group["max_eval"]
                or grad.abs().max() <= group["tolerance_grad"]
                or direction.mul(t).abs().max() <= group["tolerance_change"]
                or abs(loss - before) < group["tolerance_change"]
            ):
                break
        state.update(memory)
        return first_loss

    def _first_direction(self, grad: Tensor, memory: State) -> Tensor:
        memory.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
        return grad.neg()

    def _direction(self, grad: Tensor, memory: State) -> Tensor:
        """The inverse Hessian that the kept steps suggest, times the gradient, downhill."""
        size = self.param_groups[0]["history_size"]
        changes, steps, ro = memory["old_dirs"], memory["old_stps"], memory["ro"]
        change = grad.sub(memory["prev_flat_grad"])
        step = memory["d"].mul(memory["t"])
        curvature = change.dot(step)
        if curvature > 1e-10:
            if len(changes) == size:
                for kept in (changes, steps, ro):
                    kept.pop(0)
            changes.append(change)
            steps.append(step)
            ro.append(1.0 / curvature)
            memory["H_diag"] = curvature / change.dot(change)
        al = self.state[self._params[0]].setdefault("al", [None] * size)
        found = grad.neg()
        for i in reversed(range(len(changes))):
            al[i] = steps[i].dot(found) * ro[i]
            found.add_(changes[i], alpha=-al[i])
        found = found.mul(memory["H_diag"])
        for i in range(len(changes)):
            found.add_(steps[i], alpha=al[i] - changes[i].dot(found) * ro[i])
        return found

    def _flat_grad(self) -> Tensor:
        parts = []
        for one in self._params:
            part = one.new_zeros(one.numel()) if one.grad is None else one.grad.to_dense().reshape(-1)
            parts.append(view_as_real(part).reshape(-1) if part.is_complex() else part)
        return cat(parts, 0)

    def _move(self, t: Any, direction: Tensor) -> None:
        """Add ``t`` times the direction to the parameters."""
        start = 0
        for one in self._params:
            view = view_as_real(one) if one.is_complex() else one
            view.add_(direction[start : start + view.numel()].view_as(view), alpha=number(t))
            start += view.numel()
