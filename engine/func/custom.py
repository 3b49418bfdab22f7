"""Custom functions under ``vmap``: by their own rule, or by one that is made of them.

The made rule is a function of its own, whose forward, backward and jvp are those of the user's under ``vmap``; what its
context saves are the values of the batched tensors.

Source: "Extending torch.func with autograd.Function" in torch's notes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast

from ..autograd.function import Function, FunctionMeta
from ..autograd.levels import LEVELS
from ..tensor import Tensor
from ..utils.pytree import broadcast_to, tree_flatten, tree_map, tree_unflatten
from .examples import Batching
from .vmap import vmap


class VmapInfo(NamedTuple):
    """What a function's ``vmap`` is told of the map that it is in."""

    batch_size: int
    randomness: str


def batched(level: Batching, function: type[Function], args: tuple) -> Any:
    """The results of a custom function on tensors of a batching level.

    Raises:
        RuntimeError: if the function has no rule for it, or two, or a wrong one.
    """
    has_rule = function.vmap is not Function.vmap
    name = function.__name__
    if function.generate_vmap_rule and has_rule:
        raise RuntimeError(
            f"You tried to vmap over {name}, but it has both generate_vmap_rule=True and an overridden vmap "
            "staticmethod. Please set generate_vmap_rule=False or delete the overridden vmap staticmethod to avoid "
            "ambiguity. For more details, please see https://pytorch.org/docs/main/notes/extending.func.html"
        )
    if not function.generate_vmap_rule and not has_rule:
        raise RuntimeError(
            f"You tried to vmap over {name}, but it does not have vmap support. Please override and implement the vmap "
            "staticmethod or set generate_vmap_rule=True. For more details, please see "
            "https://pytorch.org/docs/main/notes/extending.func.html"
        )
    if not any(level.mine(leaf) for leaf in tree_flatten(args)[0]):
        with level.below():
            return function.apply(*args)
    return _by_rule(level, function, args) if has_rule else _generated(level, function, args)


def _unwrapped(level: Batching, tree: Any) -> tuple[Any, Any]:
    """The values of the tensors of a tree, and where in each the examples lie."""

    def value_of(one: Any) -> Any:
        found = level.mine(one)
        return one if found is None else found.value

    def dim_of(one: Any) -> int | None:
        found = level.mine(one)
        return None if found is None else found.dim

    return tree_map(value_of, tree), tree_map(dim_of, tree)


def _wrapped(level: Batching, tree: Any, dims: Any) -> Any:
    """The tensors of this level that have these values."""
    flat, spec = tree_flatten(tree)
    places, _ = tree_flatten(dims)
    return tree_unflatten(
        [one if place is None else level.batch(one, place) for one, place in zip(flat, places, strict=True)], spec
    )


def _by_rule(level: Batching, function: type[Function], args: tuple) -> Any:
    values, in_dims = _unwrapped(level, args)
    with level.below():
        found = function.vmap(VmapInfo(level.size, level.randomness), in_dims, *values)
    if not (isinstance(found, tuple) and len(found) == 2):
        raise RuntimeError(
            "Expected the vmap staticmethod to have two returns, an output and out_dims with pytree structure "
            f"compatible with the output. Got a {type(found)} instead"
        )
    outputs, out_dims = found
    flat, spec = tree_flatten(outputs)
    dims = broadcast_to(out_dims, spec)
    if dims is None:
        raise RuntimeError(
            "The autograd.Function's vmap staticmethod returned an incompatible (output, out_dims) tuple. Expected "
            f"out_dims={out_dims} to be compatible with the structure of `output`. out_dims has structure "
            f"{tree_flatten(out_dims)[1]} but output has structure {spec}. For more details, please see "
            "https://pytorch.org/docs/main/notes/extending.func.html"
        )
    return tree_unflatten(
        [
            level.batch(one, dim % one.dim()) if isinstance(one, Tensor) and dim is not None else one
            for one, dim in zip(flat, dims, strict=True)
        ],
        spec,
    )


def _generated(level: Batching, function: type[Function], args: tuple) -> Any:
    values, in_dims = _unwrapped(level, args)
    rule = _Rule(function, in_dims, level.size, level.randomness)
    with level.below():
        outputs = rule.function().apply(*values)
    return _wrapped(level, outputs, rule.out_dims)


class _Rule:
    """What a function becomes that is applied to tensors with examples along these dimensions."""

    def __init__(self, function: type[Function], in_dims: tuple, size: int, randomness: str) -> None:
        self._given, self._in_dims, self._size, self._randomness = function, in_dims, size, randomness
        self._levels: dict[int, Batching] = {}
        self._shapes: tuple[Any, ...] = ()
        self._saved_dims: tuple[int | None, ...] = ()
        self.out_dims: Any = None

    def function(self) -> type[Function]:
        """The custom function that is applied instead."""
        methods = {
            "forward": self._forward, "setup_context": self._setup_context, "backward": self._backward,
            "jvp": self._jvp,
        }  # fmt: skip
        body = {name: staticmethod(method) for name, method in methods.items()}
        name = f"Vmapped{self._given.__name__}"
        return cast(type[Function], FunctionMeta(name, (Function,), {**body, "generate_vmap_rule": True}))

    def _mapped(self, function: Callable[..., Any], args: tuple, dims: tuple) -> tuple[Any, Any]:
        """The values of a function's results for all examples, and where in each these lie."""
        fresh = Batching(self._size, self._randomness)
        level = self._levels.setdefault(fresh.number, fresh)  # what a context holds besides is of this one, too
        level.is_open = True
        with level.opened():
            return _unwrapped(level, function(*_wrapped(level, args, dims)))

    def _forward(self, *operands: Any) -> Any:
        outputs, self.out_dims = self._mapped(self._given.forward, operands, self._in_dims)
        return outputs

    def _setup_context(self, ctx: Any, inputs: tuple, outputs: Any) -> None:
        def setup(inputs: tuple, outputs: Any) -> None:
            saving = _Saving(ctx)
            self._given.setup_context(saving, inputs, outputs)
            self._saved_dims = saving._dims
            self._shapes = tuple(one.shape if isinstance(one, Tensor) else None for one in inputs)

        self._mapped(setup, (inputs, outputs), (self._in_dims, self.out_dims))

    def _jvp(self, ctx: Any, *tangents: Any) -> Any:
        dims = tuple(None if tangent is None else dim for tangent, dim in zip(tangents, self._in_dims, strict=True))
        found, places = self._mapped(
            lambda saved, given: self._given.jvp(_Reading(ctx, saved), *given),
            (ctx.saved_tensors, tangents), (self._saved_dims, dims),
        )  # fmt: skip
        return self._fitted(found, places, self.out_dims)

    def _backward(self, ctx: Any, *grads: Any) -> Any:
        out_dims = self.out_dims if isinstance(self.out_dims, tuple) else (self.out_dims,)
        dims = tuple(None if grad is None else dim for grad, dim in zip(grads, out_dims, strict=True))
        found, places = self._mapped(
            lambda saved, given: self._given.backward(_Reading(ctx, saved), *given),
            (ctx.saved_tensors, grads), (self._saved_dims, dims),
        )  # fmt: skip
        return self._fitted(found, places, self._in_dims, self._shapes)

    def _fitted(self, found: Any, places: Any, dims: Any, shapes: tuple = ()) -> Any:
        """The derivatives with their examples where those are to which they belong."""
        if not isinstance(found, tuple):
            found, places = (found,), (places,)
        dims = dims if isinstance(dims, tuple) else (dims,)
        shapes = shapes or (None,) * len(found)
        return tuple(self._fit(*each) for each in zip(found, places, dims, shapes, strict=False))  # too many: left out

    def _fit(self, one: Any, place: int | None, dim: Any, shape: Any) -> Any:
        if not isinstance(one, Tensor) or (place is None and dim is None):
            return one
        if dim is None:
            return one.sum(place)
        if place is None:
            one, place = one.unsqueeze(dim), dim
            one = one.expand((*one.shape[:dim], self._size, *one.shape[dim + 1 :]))
        if shape is not None:
            return vmap(lambda each: each.sum_to_size(shape), place, dim)(one)
        return one if place == dim else one.movedim(place, dim)


class _Context:
    """A context that stands for another."""

    def __init__(self, ctx: Any) -> None:
        object.__setattr__(self, "_ctx", ctx)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ctx, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._ctx, name, value)


class _Reading(_Context):
    """What ``backward`` and ``jvp`` see, whose saved tensors are batched."""

    def __init__(self, ctx: Any, saved: tuple) -> None:
        super().__init__(ctx)
        object.__setattr__(self, "saved_tensors", saved)


class _Saving(_Context):
    """What ``setup_context`` sees: of batched tensors the values are saved."""

    _dims: tuple[int | None, ...] = ()

    def save_for_backward(self, *tensors: Any) -> None:
        self._ctx.save_for_backward(*self._values(tensors))

    def save_for_forward(self, *tensors: Any) -> None:
        self._ctx.save_for_forward(*self._values(tensors))

    def _values(self, tensors: tuple) -> tuple:
        level = LEVELS.get()[-1]
        assert isinstance(level, Batching)
        values, dims = _unwrapped(level, tensors)
        object.__setattr__(self, "_dims", dims)
        return values
