"""What hooks make of gradients on their way: those of tensors, of nodes, and of leaves that have got theirs.

Source: "Backward Hooks execution" in torch's autograd notes.
"""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor, type_text
from .node import AccumulateGrad, Node

NO_REPLACEMENT = "can't replace a None gradient with a non-None value"


def run_tensor_hooks(node: Node, gradient: Any) -> Any:
    """The hooks of the tensors that are the node's outputs, then those that retain their gradients."""
    if node.__class__ is AccumulateGrad:
        hooks = node._variable._make_extra().hooks
        for hook in list(hooks.values()) if hooks else ():
            gradient = hooked(hook, gradient)
        return gradient
    extra = node._extra
    if extra is None or not (extra.tensor_hooks or extra.retain_hooks):
        return gradient
    gradients = gradient if node._takes_all else [gradient]
    for nr, hooks in list(extra.tensor_hooks.items()):
        for hook in list(hooks.values()):
            gradients[nr] = hooked(hook, gradients[nr])
    for nr, retain in list(extra.retain_hooks.items()):
        if gradients[nr] is not None:
            retain(gradients[nr])
    return gradients if node._takes_all else gradients[0]


def run_pre_hooks(node: Node, gradient: Any) -> Any:
    """The node's hooks on what has arrived, each seeing the last one's result."""
    assert node._extra is not None
    gradients = gradient if node._takes_all else [gradient]
    for hook in list(node._extra.pre_hooks.values()):
        replaced = hook(tuple(gradients))
        if replaced is not None:
            gradients = replacement(hook, replaced, gradients)
    return gradients if node._takes_all else gradients[0]


def replacement(hook: Any, replaced: Any, given: list[Tensor | None]) -> list[Tensor | None]:
    """What a node's hook returned, in place of what it was given.

    Raises:
        TypeError: unless it is a tuple of tensors and None.
        RuntimeError: for another number of them, for a tensor of another dtype or shape, or in place of None.
    """
    if not isinstance(replaced, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(replaced).__name__}'")
    if len(replaced) != len(given):
        name = getattr(hook, "__name__", "")
        raise RuntimeError(
            f"hook '{name}' has returned an incorrect number of values (got {len(replaced)}, but expected {len(given)})"
        )
    for before, one in zip(given, replaced, strict=True):
        if one is not None and not isinstance(one, Tensor):
            raise TypeError(f"expected Variable, but hook returned '{type(one).__name__}'")
        if one is not None and before is not None and one is not before:
            check_returned(hook, before, one)
        if one is not None and before is None:
            raise RuntimeError(NO_REPLACEMENT)
    return list(replaced)


def hooked(hook: Any, gradient: Tensor | None) -> Tensor | None:
    """The gradient after a tensor hook: what the hook returned, if it returned something."""
    replaced = hook(gradient)
    if replaced is None:
        return gradient
    if gradient is None:
        raise RuntimeError(NO_REPLACEMENT)
    check_returned(hook, gradient, replaced)
    return replaced


def check_returned(hook: Any, given: Tensor, returned: Any) -> None:
    """Refuse what a hook returned if it cannot stand for what the hook was given.

    Raises:
        TypeError: for anything but a tensor.
        RuntimeError: for a tensor of another dtype, device, layout or shape.
    """
    if not isinstance(returned, Tensor):
        raise TypeError(f"expected Variable, but hook returned '{type(returned).__name__}'")
    name = getattr(hook, "__name__", "")
    in_one_place = returned.device is given.device and returned.layout is given.layout
    if returned._dtype is not given._dtype or not in_one_place:
        types = (type_text(one._array, one._dtype) for one in (given, returned))
        raise RuntimeError("hook '{}' has changed the type of value (was {} got {})".format(name, *types))
    if returned.shape != given.shape:
        raise RuntimeError(f"hook '{name}' has changed the size of value")


def run_post_hooks(node: Node, results: list[Tensor | None], gradient: Any) -> list[Tensor | None]:
    """The node's hooks, which see the gradients of its inputs and of its outputs."""
    assert node._extra is not None
    grad_outputs = tuple(gradient) if node._takes_all else (gradient,)
    for hook in list(node._extra.post_hooks.values()):
        replaced = hook(tuple(results), grad_outputs)
        if replaced is not None:
            results = replacement(hook, replaced, results)
    return results


def run_post_accumulate_hooks(variable: Tensor, hooks: dict[int, Any]) -> None:
    """The leaf's hooks, which see it with what has been added to its ``.grad``."""
    passed_on = variable
    for hook in list(hooks.values()):
        if (returned := hook(passed_on)) is not None:
            check_returned(hook, passed_on, returned)
            passed_on = returned
    if passed_on is not variable:
        raise RuntimeError("Tensor post accumulate grad hooks should return None.")
