"""The base of all distributions.

Source: ``torch.distributions.distribution``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from ..autograd.modes import no_grad
from ..layout import Size
from ..tensor import Tensor
from ..warning import warn
from . import constraints
from .utils import lazy_property

_NONE = Size()


class Distribution:
    """A batch of distributions over events.

    A sample has the shape ``sample_shape + batch_shape + event_shape``; what is told of a distribution, such as its
    entropy, has that of the batch.

    Args:
        batch_shape: over which parameters are batched.
        event_shape: of one draw.
        validate_args: whether parameters and values are checked; by default they are, unless Python runs with ``-O``.

    Raises:
        ValueError: if a parameter does not satisfy its constraint.
    """

    has_rsample: Any = False
    has_enumerate_support: Any = False
    _validate_args = __debug__

    _parts: ClassVar[tuple[str, ...]] = ()
    """Attributes that `expand` takes over: tensors and distributions over the batch, and numbers."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.__module__ = cls.__module__.replace("engine.", "torch.", 1)

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether distributions check arguments unless told otherwise."""
        if value not in (True, False):
            raise ValueError
        Distribution._validate_args = value

    def __init__(self, batch_shape: Size = _NONE, event_shape: Size = _NONE, validate_args: bool | None = None) -> None:
        self._batch_shape, self._event_shape = batch_shape, event_shape
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._validate_parameters()

    def _validate_parameters(self) -> None:
        try:
            required = self.arg_constraints
        except NotImplementedError:
            warn(
                f"{type(self)} does not define `arg_constraints`. Please set `arg_constraints = {{}}` or initialize "
                "the distribution with `validate_args=False` to turn off validation."
            )
            return
        for name, constraint in required.items():
            lazy = name not in self.__dict__ and isinstance(getattr(type(self), name), lazy_property)
            if constraints.is_dependent(constraint) or lazy:
                continue
            value = getattr(self, name)
            if not constraint.check(value).all():
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of distribution "
                    f"{self!r} to satisfy the constraint {constraint!r}, but found invalid values:\n{value}"
                )

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        """The same distribution with its batch expanded; parameters share memory.

        Raises:
            NotImplementedError: for a subclass with an ``__init__`` of its own and no ``expand``.
        """
        owner = next((cls for cls in type(self).__mro__ if "_parts" in vars(cls)), Distribution)
        if owner is Distribution:
            raise NotImplementedError
        new = self._get_checked_instance(owner, _instance)
        batch_shape = Size(batch_shape)
        for name in owner._parts:  # type: ignore[attr-defined]
            if name in self.__dict__:
                setattr(new, name, self._expanded(self.__dict__[name], batch_shape))
        Distribution.__init__(new, batch_shape, self._event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def _expanded(self, part: Any, batch_shape: Size) -> Any:
        if isinstance(part, Distribution):
            return part.expand(batch_shape)
        if isinstance(part, Tensor):
            return part.expand(batch_shape + part.shape[len(self._batch_shape) :])
        return part

    @property
    def batch_shape(self) -> Size:
        """Over which parameters are batched."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """Of one draw."""
        return self._event_shape

    @property
    def arg_constraints(self) -> dict[str, constraints.Constraint]:
        """What each parameter must satisfy."""
        raise NotImplementedError

    @property
    def support(self) -> constraints.Constraint:
        """Where values lie."""
        raise NotImplementedError

    @property
    def mean(self) -> Tensor:
        """Expected value."""
        raise NotImplementedError

    @property
    def mode(self) -> Tensor:
        """Most probable value."""
        raise NotImplementedError(f"{type(self)} does not implement mode")

    @property
    def variance(self) -> Tensor:
        """Variance."""
        raise NotImplementedError

    @property
    def stddev(self) -> Tensor:
        """Standard deviation."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        """Draws that autograd takes for numbers."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        """Draws that are functions of the parameters, and differentiable as such."""
        raise NotImplementedError

    def sample_n(self, n: int) -> Tensor:
        """`n` draws; deprecated."""
        warn("`sample_n(n)` will be deprecated. Use `sample((n,))` instead.", FutureWarning)
        return self.sample(Size((n,)))

    def log_prob(self, value: Tensor) -> Tensor:
        """Logarithm of the density or probability at `value`."""
        raise NotImplementedError

    def cdf(self, value: Tensor) -> Tensor:
        """Probability of what is at most `value`."""
        raise NotImplementedError

    def icdf(self, value: Tensor) -> Tensor:
        """The inverse of `cdf`."""
        raise NotImplementedError

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values of a discrete distribution, along dimension 0; over the whole batch if `expand`."""
        raise NotImplementedError

    def entropy(self) -> Tensor:
        """Entropy in nats, over the batch."""
        raise NotImplementedError

    def perplexity(self) -> Tensor:
        """Exponential of the entropy."""
        return self.entropy().exp()

    def _extended_shape(self, sample_shape: Sequence[int] = Size()) -> Size:
        return Size([*iter(sample_shape), *self._batch_shape, *self._event_shape])

    def _validate_sample(self, value: Any) -> None:
        """Refuse what cannot be a value, if arguments are validated.

        Raises:
            ValueError: if `value` is no tensor, has another shape, or lies outside the support.
        """
        if not self._validate_args:
            return
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        shape, expected = value.shape, self._batch_shape + self._event_shape
        if shape[len(shape) - len(self._event_shape) :] != self._event_shape:
            raise ValueError(f"The right-most size of value must match event_shape: {shape} vs {self._event_shape}.")
        for i, j in zip(reversed(shape), reversed(expected), strict=False):
            if i not in (1, j) and j != 1:
                raise ValueError(f"Value is not broadcastable with batch_shape+event_shape: {shape} vs {expected}.")
        try:
            support = self.support
        except NotImplementedError:
            warn(
                f"{type(self)} does not define `support` to enable sample validation. Please initialize the "
                "distribution with `validate_args=False` to turn off validation."
            )
            return
        if not support.check(value).all():
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(shape)}) to be within the support "
                f"({support!r}) of the distribution {self!r}, but found invalid values:\n{value}"
            )

    def _get_checked_instance(self, cls: type, _instance: Any = None) -> Self:
        if _instance is None and type(self).__init__ is not cls.__init__:  # type: ignore[misc]
            raise NotImplementedError(
                f"Subclass {type(self).__name__} of {cls.__name__} that defines a custom __init__ method must also "
                "define a custom .expand() method."
            )
        return object.__new__(type(self)) if _instance is None else _instance

    def __repr__(self) -> str:
        given = ((name, self.__dict__[name]) for name in self.arg_constraints if name in self.__dict__)
        shown = (f"{name}: {value if value.numel() == 1 else value.size()}" for name, value in given)
        return f"{type(self).__name__}({', '.join(shown)})"


Distribution.__module__ = "torch.distributions.distribution"
