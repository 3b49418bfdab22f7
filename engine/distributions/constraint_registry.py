"""From constraints to transforms onto what they allow.

Source: ``torch.distributions.constraint_registry``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import constraints, transforms
from .transforms import Transform
from .utils import are_numbers

Factory = Callable[[Any], Transform]


class ConstraintRegistry:
    """Factories by class of constraint; called with a constraint, it makes the transform."""

    __module__ = "torch.distributions.constraint_registry"

    def __init__(self) -> None:
        self._registry: dict[type, Factory] = {}

    def register(self, constraint: Any, factory: Factory | None = None) -> Any:
        """Set the factory of a class of constraints, also as a decorator.

        Raises:
            TypeError: if `constraint` is neither such a class nor an instance.
        """
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        if isinstance(constraint, constraints.Constraint):
            constraint = type(constraint)
        if not isinstance(constraint, type) or not issubclass(constraint, constraints.Constraint):
            raise TypeError(f"Expected constraint to be either a Constraint subclass or instance, but got {constraint}")
        self._registry[constraint] = factory
        return factory

    def __call__(self, constraint: constraints.Constraint) -> Transform:
        """The transform.

        Raises:
            NotImplementedError: if there is none.
        """
        factory = self._registry.get(type(constraint))
        if factory is None:
            raise NotImplementedError(f"Cannot transform {type(constraint).__name__} constraints")
        return factory(constraint)


biject_to = ConstraintRegistry()
"""Bijections."""
transform_to = ConstraintRegistry()
"""Transforms that need not be bijections, but do well for optimisation."""


def _both(factory: Factory, *all_constraints: Any) -> None:
    for one in all_constraints:
        biject_to.register(one, factory)
        transform_to.register(one, factory)


def _interval(constraint: Any) -> Transform:
    low, high = constraint.lower_bound, constraint.upper_bound
    if are_numbers(low, high) and (low, high) == (0, 1):
        return transforms.SigmoidTransform()
    return transforms.ComposeTransform([transforms.SigmoidTransform(), transforms.AffineTransform(low, high - low)])


def _exp_then(loc: Any, scale: int) -> Transform:
    return transforms.ComposeTransform([transforms.ExpTransform(), transforms.AffineTransform(loc, scale)])


_both(lambda constraint: transforms.identity_transform, constraints.real)
_both(lambda constraint: _exp_then(constraint.lower_bound, 1), constraints.greater_than, constraints.greater_than_eq)
_both(lambda constraint: _exp_then(constraint.upper_bound, -1), constraints.less_than)
_both(_interval, constraints.interval, constraints.half_open_interval)
_both(lambda constraint: transforms.CorrCholeskyTransform(), constraints.corr_cholesky)
biject_to.register(constraints.simplex, lambda constraint: transforms.StickBreakingTransform())
transform_to.register(constraints.simplex, lambda constraint: transforms.SoftmaxTransform())
transform_to.register(constraints.lower_cholesky, lambda constraint: transforms.LowerCholeskyTransform())
for _matrices in (constraints.positive_definite, constraints.positive_semidefinite):
    transform_to.register(_matrices, lambda constraint: transforms.PositiveDefiniteTransform())
for _registry in (biject_to, transform_to):

    @_registry.register(constraints.independent)
    def _independent(constraint: Any, to: ConstraintRegistry = _registry) -> Transform:
        return transforms.IndependentTransform(to(constraint.base_constraint), constraint.reinterpreted_batch_ndims)

    @_registry.register(constraints.cat)
    def _cat(constraint: Any, to: ConstraintRegistry = _registry) -> Transform:
        return transforms.CatTransform([to(one) for one in constraint.cseq], constraint.dim, constraint.lengths)

    @_registry.register(constraints.stack)
    def _stack(constraint: Any, to: ConstraintRegistry = _registry) -> Transform:
        return transforms.StackTransform([to(one) for one in constraint.cseq], constraint.dim)
