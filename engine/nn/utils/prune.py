"""Parameters with some elements set to zero.

A pruned ``weight`` is computed before each call, by a hook, from the parameter ``weight_orig`` and the buffer
``weight_mask``; a method of pruning says what the mask is.  What is pruned again is pruned where something is left.

Source: ``torch.nn.utils.prune``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from numbers import Integral, Real
from typing import Any

from ...layout import contiguous_format
from ...ops.creation import ones_like, zeros_like
from ...ops.random import rand, rand_like
from ...tensor import Tensor
from ..modules.module import Module
from .convert_parameters import parameters_to_vector


class BasePruningMethod(ABC):
    """What a method of pruning has to say: `compute_mask`, and its ``PRUNING_TYPE``.

    The type is ``unstructured`` (it sees the elements that are left), ``structured`` (it sees the slices along ``dim``
    that are left) or ``global`` (it sees the whole tensor).
    """

    __module__ = "torch.nn.utils.prune"

    PRUNING_TYPE: str
    _tensor_name: str

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.__module__ == __name__:
            cls.__module__ = "torch.nn.utils.prune"

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask, of the tensor's shape, for the importance ``t`` of its elements, on top of ``default_mask``."""

    def apply_mask(self, module: Module) -> Tensor:
        """The pruned tensor.

        Raises:
            AssertionError: if nothing is pruned.
        """
        if self._tensor_name is None:
            raise AssertionError(f"Module {module} has to be pruned")
        original = getattr(module, f"{self._tensor_name}_orig")
        return getattr(module, f"{self._tensor_name}_mask").to(dtype=original.dtype) * original

    @classmethod
    def apply(
        cls, module: Module, name: str, *args: Any, importance_scores: Tensor | None = None, **kwargs: Any
    ) -> BasePruningMethod:
        """Prune a parameter, or prune it further.

        Args:
            module: whose parameter it is.
            name: the parameter's.
            args, kwargs: the method's own.
            importance_scores: of the parameter's elements; by default these themselves.

        Returns:
            The method, as it is registered as a hook.

        Raises:
            AssertionError: for scores of another shape.
        """
        method = _on_top(module, name, lambda: cls(*args, **kwargs))
        original = getattr(module, name)
        if importance_scores is None:
            importance_scores = original
        elif importance_scores.shape != original.shape:
            raise AssertionError(
                f"importance_scores should have the same shape as parameter {name} of {module}, got "
                f"{importance_scores.shape} vs {original.shape}"
            )
        first = not isinstance(method, PruningContainer)
        if first:
            module.register_parameter(f"{name}_orig", original)
            del module._parameters[name]
            mask = ones_like(original)
        else:
            mask = getattr(module, f"{name}_mask").detach().clone(memory_format=contiguous_format)
        try:
            module.register_buffer(f"{name}_mask", method.compute_mask(importance_scores, default_mask=mask))
            setattr(module, name, method.apply_mask(module))
            module.register_forward_pre_hook(method)
        except Exception:
            if first:
                module.register_parameter(name, getattr(module, f"{name}_orig"))
                del module._parameters[f"{name}_orig"]
            raise
        return method

    def prune(self, t: Tensor, default_mask: Tensor | None = None, importance_scores: Tensor | None = None) -> Tensor:
        """A tensor with some elements set to zero.

        Raises:
            AssertionError: for scores of another shape.
        """
        if importance_scores is None:
            importance_scores = t
        elif importance_scores.shape != t.shape:
            raise AssertionError(
                f"importance_scores should have the same shape as tensor t, got {importance_scores.shape} vs {t.shape}"
            )
        mask = ones_like(t) if default_mask is None else default_mask
        return t * self.compute_mask(importance_scores, default_mask=mask)

    def remove(self, module: Module) -> None:
        """Make the pruned tensor the parameter."""
        name = self._tensor_name
        weight = self.apply_mask(module)
        if hasattr(module, name):
            delattr(module, name)
        original: Any = module._parameters.pop(f"{name}_orig")
        original.data = weight.data
        del module._buffers[f"{name}_mask"]
        setattr(module, name, original)


def _on_top(module: Module, name: str, make: Callable[[], BasePruningMethod]) -> BasePruningMethod:
    """The method, or one that has it as its last, if the parameter is pruned already: then that hook is taken off.

    It is taken off before the method is made, so that one with wrong arguments leaves the parameter without it.
    """
    found = [
        key for key, hook in module._forward_pre_hooks.items()
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name
    ]  # fmt: skip
    if len(found) > 1:
        raise AssertionError(
            f"Avoid adding multiple pruning hooks to the same tensor {name} of module {module}. Use a PruningContainer."
        )
    before = module._forward_pre_hooks.pop(found[0]) if found else None
    method = make()
    method._tensor_name = name
    if before is None:
        return method
    container = before if isinstance(before, PruningContainer) else PruningContainer(before)
    container.add_pruning_method(method)
    return container


class PruningContainer(BasePruningMethod):
    """Methods applied to one parameter one after the other."""

    def __init__(self, *args: BasePruningMethod) -> None:
        self._pruning_methods: tuple[Any, ...] = ()
        if len(args) == 1:
            self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: Any) -> None:
        """Add a method at the end.

        Raises:
            TypeError: if it is none.
            ValueError: if it is for another parameter.
        """
        if not isinstance(method, BasePruningMethod) and method is not None:
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if method is not None and self._tensor_name != method._tensor_name:
            raise ValueError(
                f"Can only add pruning methods acting on the parameter named '{self._tensor_name}' to "
                f"PruningContainer {self}. Found '{method._tensor_name}'"
            )
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._pruning_methods)

    def __getitem__(self, idx: Any) -> Any:
        return self._pruning_methods[idx]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask of the last method, on what those before it have left.

        Raises:
            AttributeError, IndexError, ValueError: if the method does not say what it sees.
        """
        method = self._pruning_methods[-1]
        seen = self._seen(method, t, default_mask)
        found = default_mask.to(dtype=t.dtype)
        found[seen] = method.compute_mask(t[seen], default_mask=default_mask[seen]).to(dtype=found.dtype)
        return found

    @staticmethod
    def _seen(method: Any, t: Tensor, mask: Tensor) -> Any:
        """The index of what a method sees."""
        if method.PRUNING_TYPE == "unstructured":
            return mask == 1
        every: list[Any] = [slice(None)] * t.dim()
        if method.PRUNING_TYPE == "structured":
            if not hasattr(method, "dim"):
                raise AttributeError(
                    'Pruning methods of PRUNING_TYPE "structured" need to have the attribute `dim` defined.'
                )
            dim = method.dim + t.dim() if method.dim < 0 else method.dim
            if dim < 0:
                raise IndexError(f"Index is out of bounds for tensor with dimensions {t.dim()}")
            every[dim] = mask.sum(dim=[one for one in range(t.dim()) if one != dim]) != 0
        elif method.PRUNING_TYPE != "global":
            raise ValueError(f"Unrecognized PRUNING_TYPE {method.PRUNING_TYPE}")
        return tuple(every)


class Identity(BasePruningMethod):
    """Prunes nothing, but lets the parameter look as if."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask that there was."""
        return default_mask


class RandomUnstructured(BasePruningMethod):
    """Prunes elements at random.

    Args:
        amount: how many, or which part of all.

    Raises:
        TypeError, ValueError: for an amount that cannot be.
    """

    PRUNING_TYPE = "unstructured"

    def __init__(self, amount: float) -> None:
        _check_amount(amount)
        self.amount = amount

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Zero at as many places."""
        count = _count(self.amount, t.nelement())
        mask = default_mask.clone(memory_format=contiguous_format)
        if count:
            mask.view(-1)[rand_like(t).view(-1).topk(k=count).indices] = 0
        return mask


class L1Unstructured(RandomUnstructured):
    """Prunes the least elements.

    Args:
        amount: how many, or which part of all.

    Raises:
        TypeError, ValueError: for an amount that cannot be.
    """

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Zero at the places of least magnitude."""
        count = _count(self.amount, t.nelement())
        mask = default_mask.clone(memory_format=contiguous_format)
        if count:
            mask.view(-1)[t.abs().view(-1).topk(k=count, largest=False).indices] = 0
        return mask


class RandomStructured(BasePruningMethod):
    """Prunes slices along a dimension at random.

    Args:
        amount: how many, or which part of all.
        dim: the dimension.

    Raises:
        TypeError, ValueError: for an amount that cannot be.
    """

    PRUNING_TYPE = "structured"

    def __init__(self, amount: float, dim: int = -1) -> None:
        _check_amount(amount)
        self.amount, self.dim = amount, dim

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Zero in as many slices.

        Raises:
            ValueError, IndexError: for a tensor without such slices, or too few of them.
        """
        size = _sliced(t, self.dim)
        count = _count(self.amount, size)
        if not count:
            return default_mask
        drawn = rand(size)
        return self._kept(t, drawn > drawn.kthvalue(k=count).values, default_mask)

    def _kept(self, t: Tensor, places: Tensor, default_mask: Tensor) -> Tensor:
        """One in these slices, where it was one."""
        mask = zeros_like(t)
        index: list[Any] = [slice(None)] * t.dim()
        index[self.dim] = places
        mask[tuple(index)] = 1
        mask *= default_mask.to(dtype=mask.dtype)
        return mask


class LnStructured(RandomStructured):
    """Prunes the slices along a dimension that have the least norm.

    Args:
        amount: how many, or which part of all.
        n: the norm's order.
        dim: the dimension.

    Raises:
        TypeError, ValueError: for an amount that cannot be.
    """

    def __init__(self, amount: float, n: Any, dim: int = -1) -> None:
        super().__init__(amount, dim)
        self.n = n

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Zero in the slices of least norm.

        Raises:
            ValueError, IndexError: for a tensor without such slices, or too few of them.
        """
        size = _sliced(t, self.dim)
        count = _count(self.amount, size)
        others = [*range(t.dim())]
        others.remove(others[self.dim])
        largest = t.norm(p=self.n, dim=others).topk(k=size - count, largest=True)
        return self._kept(t, largest.indices, default_mask) if count else default_mask


class CustomFromMask(BasePruningMethod):
    """Prunes by a given mask."""

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The given mask, on top of the one that there was.

        Raises:
            AssertionError: if it has another shape.
        """
        if default_mask.shape != self.mask.shape:
            raise AssertionError(
                f"default_mask shape {default_mask.shape} must match self.mask shape {self.mask.shape}"
            )
        return default_mask * self.mask.to(dtype=default_mask.dtype)


def identity(module: Module, name: str) -> Module:
    """Let a parameter look pruned."""
    Identity.apply(module, name)
    return module


def random_unstructured(module: Module, name: str, amount: float) -> Module:
    """Set ``amount`` of a parameter's elements, a number or a part of all, to zero at random."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: Module, name: str, amount: float, importance_scores: Tensor | None = None) -> Module:
    """Set ``amount`` of a parameter's elements, a number or a part of all, to zero: the least."""
    L1Unstructured.apply(module, name, amount, importance_scores=importance_scores)
    return module


def random_structured(module: Module, name: str, amount: float, dim: int) -> Module:
    """Set ``amount`` of a parameter's slices along a dimension, a number or a part of all, to zero at random."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: Module, name: str, amount: float, n: Any, dim: int, importance_scores: Tensor | None = None
) -> Module:
    """Set ``amount`` of a parameter's slices along a dimension to zero: those of least ``n``-norm."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Module, name: str, mask: Tensor) -> Module:
    """Set a parameter's elements to zero where the mask is zero."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(parameters: Any, pruning_method: Any, importance_scores: Any = None, **kwargs: Any) -> None:
    """Prune several parameters as if they were one.

    Args:
        parameters: pairs of a module and a parameter's name.
        pruning_method: an unstructured one.
        importance_scores: of elements, by such pairs; by default these themselves.
        kwargs: the method's own.

    Raises:
        TypeError: for pairs that cannot be iterated, scores that are no dict, or another kind of method.
    """
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    scores = {} if importance_scores is None else importance_scores
    if not isinstance(scores, dict):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    pairs = [(module, name, getattr(module, name)) for module, name in parameters]
    flat = parameters_to_vector([scores.get((module, name), tensor) for module, name, tensor in pairs])
    masks = [getattr(module, f"{name}_mask", ones_like(tensor)) for module, name, tensor in pairs]
    method = pruning_method(**kwargs)
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            f'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method {pruning_method} of '
            f"type {method.PRUNING_TYPE}"
        )
    method._tensor_name = "temp"
    mask = PruningContainer(method).compute_mask(flat, parameters_to_vector(masks))
    start = 0
    for module, name, tensor in pairs:
        stop = start + tensor.numel()
        custom_from_mask(module, name, mask=mask[start:stop].view_as(tensor))
        start = stop


def remove(module: Module, name: str) -> Module:
    """Make a pruned tensor a parameter, with its zeros.

    Raises:
        ValueError: if it is not pruned.
    """
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed")


def is_pruned(module: Module) -> bool:
    """Whether anything in the module is pruned."""
    return any(
        isinstance(hook, BasePruningMethod) for one in module.modules() for hook in one._forward_pre_hooks.values()
    )


def _check_amount(amount: Any) -> None:
    if not isinstance(amount, Real):
        raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
    if float(amount) < 0 or (not isinstance(amount, Integral) and float(amount) > 1):
        raise ValueError(f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer")


def _count(amount: Any, size: int) -> int:
    """How many of ``size`` things this amount is."""
    if not isinstance(amount, Integral):
        return round(amount * size)
    if amount > size:  # type: ignore[operator]
        raise ValueError(f"amount={amount} should be smaller than the number of parameters to prune={size}")
    return amount  # type: ignore[return-value]


def _sliced(t: Tensor, dim: int) -> int:
    """How many slices along this dimension there are."""
    if t.dim() <= 1:
        raise ValueError(
            "Structured pruning can only be applied to multidimensional tensors. Found tensor of shape "
            f"{t.shape} with {t.dim()} dims"
        )
    if dim >= t.dim():
        raise IndexError(f"Invalid index {dim} for tensor of size {t.shape}")
    return t.shape[dim]
