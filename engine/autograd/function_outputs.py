"""What comes out of a custom function's ``forward``: its place in the graph, what is saved of it, its tangents.

A fresh tensor gets the node as its ``grad_fn``; an input that was marked dirty continues from the node; an input that
came back as it is becomes a view of itself, so that the caller's tensor keeps its own history.

Source: "Extending torch.autograd" in torch's notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..dtypes import DIFFERENTIABLE
from ..opaque_array import HollowArray
from ..tensor import Tensor, wrap
from ..warning import warn
from .forward_ad import _set_fwd_grad_enabled, set_tangent, tangent_of
from .function_ctx import BackwardCFunction
from .modes import no_grad
from .saved import SavedDual, SavedResult, as_saved, pack_by_default, restore, version_to_save
from .views import Creation, bump, forbid_view, make_view, rebase_history


def connect(ctx: BackwardCFunction, args: tuple, outputs: tuple, recorded: bool) -> tuple:
    """The results with their place in the graph.

    Raises:
        RuntimeError: if something marked dirty is no output, or a tracked leaf.
    """
    dirty = _identities("mark_dirty can only accept variables, but argument ", ctx.dirty_tensors)
    fixed = _identities("mark_non_differentiable only accepts variable arguments, but got ", ctx.non_differentiable)
    for one in ctx.dirty_tensors or ():
        bump(one)
    inputs = {id(one) for one in args if isinstance(one, Tensor)}
    ctx._outputs = [(one._array.shape, one._dtype) if isinstance(one, Tensor) else None for one in outputs]
    ctx._more = [((), ctx._dtype) if output is None else output for output in ctx._outputs]
    connected = tuple(
        _connect_one(ctx, one, nr, inputs, dirty, fixed, recorded) if isinstance(one, Tensor) else one
        for nr, one in enumerate(outputs)
    )
    if dirty - {id(one) for one in outputs}:
        raise RuntimeError(
            "Some elements marked as dirty during the forward method were not returned as output. The inputs that are "
            "modified inplace must all be outputs of the Function."
        )
    tracked = [one for one in connected if isinstance(one, Tensor) and one._grad_fn is ctx]
    for output in tracked if len(tracked) > 1 else ():
        if output._is_view():
            output._view.creation = Creation.MULTI_OUTPUT
    return connected


def _identities(text: str, tensors: Any) -> set[int]:
    if not all(isinstance(one, Tensor) for one in tensors or ()):
        raise RuntimeError(text)  # which ends where torch's does
    return {id(one) for one in tensors or ()}


def _connect_one(
    ctx: BackwardCFunction, output: Tensor, nr: int, inputs: set[int], dirty: set[int], fixed: set[int], recorded: bool
) -> Tensor:
    is_input, is_dirty = id(output) in inputs, id(output) in dirty
    is_constant = id(output) in fixed or output._dtype not in DIFFERENTIABLE
    if is_input and not (is_dirty or output.requires_grad) and (is_constant or not recorded):
        with no_grad():
            return output.view_as(output)
    if is_constant:
        return output.detach() if is_input else output
    if is_dirty:
        if not is_input:
            warn(
                "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have been mutated "
                "should be passed to ctx.mark_dirty()."
            )
        if recorded:
            if output._grad_fn is None and output.requires_grad:
                raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")
            if output._is_view():
                forbid_view(output, is_tracked=output.requires_grad)
            output._grad = None
            if output._extra is not None:
                output._extra.hooks = None
            rebase_history(output, ctx, nr)
        return output
    if is_input:
        if isinstance(output._array, HollowArray):
            with no_grad():
                alias = output.view_as(output)
        else:
            alias = wrap(output._array, output._dtype)
        make_view(alias, output, Creation.IN_CUSTOM_FUNCTION)
        if not recorded:
            alias._view = None  # it shares memory and version, and autograd does not follow it
        output = alias
    elif output._is_view():
        output._view.creation = Creation.IN_CUSTOM_FUNCTION
    if recorded:
        output._requires_grad, output._grad_fn, output._output_nr = True, ctx, nr
    return output


def give_tangents(ctx: BackwardCFunction, args: tuple, outputs: tuple, connected: tuple) -> None:
    """Let ``jvp`` make the tangents of the results, if an input has one.

    Raises:
        RuntimeError: if it returns something else than what ``forward`` returned asks for.
    """
    given = [tangent_of(one) if isinstance(one, Tensor) else None for one in args]
    if all(tangent is None for tangent in given):
        return
    if ctx._materializes:
        given = [
            one.new_zeros(one.shape) if tangent is None and isinstance(one, Tensor) else tangent
            for one, tangent in zip(args, given, strict=True)
        ]
    versions = [None if tangent is None else tangent._version for tangent in given]
    with _set_fwd_grad_enabled(False):
        found = ctx._forward_cls.jvp(ctx, *given)
    tangents = found if isinstance(found, tuple) else (found,)
    for position, tangent in enumerate(tangents):
        if tangent is not None and not isinstance(tangent, Tensor):
            kind = type(tangent).__name__
            raise RuntimeError(f"expected Variable or None (got {kind}) for grad output {position}.")
    if len(tangents) != len(outputs):
        raise RuntimeError(
            f"Function's jvp returned an invalid number of forward gradients (expected {len(outputs)} but got "
            f"{len(tangents)})"
        )
    dirty, fixed = ({id(one) for one in marked or ()} for marked in (ctx.dirty_tensors, ctx.non_differentiable))
    for position, (output, result, tangent) in enumerate(zip(outputs, connected, tangents, strict=True)):
        if tangent is None:
            continue
        if id(output) in fixed or not isinstance(result, Tensor) or result._dtype not in DIFFERENTIABLE:
            raise RuntimeError(
                f"Function's jvp returned a gradient at position {position}, but  the corresponding forward output is "
                "not a differentiable Tensor.You should return None at that position instead."
            )
        place = next((i for i, one in enumerate(args) if one is output), None)
        if place is not None and id(output) in dirty:
            _check_modified(tangent, given[place], versions[place])
            if tangent_of(result) is tangent:
                continue
        elif place is not None or output._is_view():
            _check_view(tangent, output, args, given)
        set_tangent(result, tangent)


def _check_modified(tangent: Tensor, given: Tensor | None, version: int | None) -> None:
    if given is None or given._version == version:
        raise RuntimeError(
            "An inplace custom Function is not modifying the forward mode gradients inplace. If the forward is "
            "modifying an input inplace, then the jvp function must modify the corresponding gradient inplace."
        )
    if tangent is not given:
        raise RuntimeError(
            "An inplace custom Function is not returning the forward mode gradients as-is. If the forward is modifying "
            "an input inplace, then the jvp function must modify the gradient inplace and return it as-is."
        )


def _check_view(tangent: Tensor, output: Tensor, args: tuple, given: Sequence[Tensor | None]) -> None:
    if not tangent._is_view():
        raise RuntimeError(
            "A custom Function's forward is returning a view (or an input as-is) but the jvp is not returning a view."
        )
    of_input = next((given[i] for i, one in enumerate(args) if isinstance(one, Tensor)), None)
    base = None if of_input is None else of_input._base
    if tangent._base is not (of_input if base is None else base):
        same = "a view of the given grad input" if base is None else "a view of the same base as the given grad input"
        raise RuntimeError(f"A custom Function is returning a view but the jvp is not returning {same}.")


def save(ctx: BackwardCFunction, outputs: tuple) -> None:
    """Save what ``save_for_backward`` was given.

    Raises:
        TypeError: for anything but tensors and None.
    """
    values = []
    for position, tensor in enumerate(ctx.to_save or ()):
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"save_for_backward can only save variables, but argument {position} is of type {type(tensor).__name__}"
            )
        values.append(_saved(ctx, tensor))
    ctx._saved_values = tuple(values)
    ctx.to_save = None


def _saved(ctx: BackwardCFunction, tensor: Tensor | None) -> tuple[Any, int]:
    if tensor is None:
        return None, 0
    if tensor._grad_fn is ctx:
        if tensor._counter is None:
            tensor._counter = [0]
        value: Any = as_saved(tensor, tensor._output_nr)
        if tensor._extra is not None and tensor._extra.tangent is not None and value.__class__ is SavedResult:
            value = SavedDual(value, tensor._extra.tangent)
        packed = pack_by_default(ctx, restore(value, ctx))
    else:
        value, packed = tensor, pack_by_default(ctx, tensor)
    return (value, version_to_save(tensor)) if packed is None else (packed, 0)
