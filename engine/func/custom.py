"""Custom functions under ``vmap``: by their own rule, or one example after the other.

Source: "Extending torch.func with autograd.Function" in torch's notes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..autograd.function import Function
from ..ops.joining import stack
from ..tensor import Tensor
from ..utils.pytree import broadcast_to, tree_flatten, tree_map, tree_unflatten
from .interpreters import Batching


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
    return _by_rule(level, function, args) if has_rule else _one_by_one(level, function, args)


def _by_rule(level: Batching, function: type[Function], args: tuple) -> Any:
    def dim_of(one: Any) -> int | None:
        found = level.mine(one)
        return None if found is None else found.dim

    def value_of(one: Any) -> Any:
        found = level.mine(one)
        return one if found is None else found.value

    with level.below():
        found = function.vmap(VmapInfo(level.size, level.randomness), tree_map(dim_of, args), *tree_map(value_of, args))
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


def _one_by_one(level: Batching, function: type[Function], args: tuple) -> Any:
    def example(index: int) -> Any:
        of = level.example(index)
        return tree_map(lambda one: of(one) if isinstance(one, Tensor) else one, args)

    with level.below():
        found = [function.apply(*example(index)) for index in range(level.size)]
        flat = [tree_flatten(one)[0] for one in found]
        _, spec = tree_flatten(found[0])
        columns = [stack(list(c)) if isinstance(c[0], Tensor) else c[0] for c in zip(*flat, strict=True)]
    return tree_unflatten([level.batch(one) if isinstance(one, Tensor) else one for one in columns], spec)
