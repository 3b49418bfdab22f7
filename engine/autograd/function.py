"""Custom functions: operations whose forward and backward the user writes.

``apply`` runs ``forward`` unrecorded and connects its results to a node, which is also the ``ctx`` that both get.
What comes out of ``forward`` decides how: a fresh tensor gets the node as its ``grad_fn``; an input that was marked
dirty continues from the node; an input that came back as it is becomes a view of itself, so that the caller's tensor
keeps its own history.

Source: ``torch.autograd.Function`` and "Extending torch.autograd" in torch's notes.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

from .. import dtypes
from ..device import CPU, META
from ..dtypes import DIFFERENTIABLE
from ..meta import MetaArray, without_elements
from ..opaque_array import HollowArray
from ..tensor import Tensor, wrap
from ..tensor_base import readonly
from ..warning import warn
from .anomaly import ANOMALY, note_forward
from .backward import evaluating
from .forward_ad import _set_fwd_grad_enabled, is_active, set_tangent, tangent_of
from .levels import LEVELS, mapped, settled
from .modes import GRAD, STATE, no_grad
from .node import SHOWN, Node, accumulator, edge_of, next_sequence_nr
from .saved import FREED, TWICE, SavedTensor, as_saved, pack_by_default, restore, unpack, version_to_save
from .views import Creation, bump, forbid_view, make_view, rebase_history

TAKEN: Final = type("Taken", (), {"__repr__": lambda self: "<taken>"})()
"""Stands where saved tensors were that a function had cleared on access."""


class FunctionCtx:
    """What ``forward`` and ``backward`` get as ``ctx``.  Source: ``torch.autograd.function.FunctionCtx``."""

    __module__ = "torch.autograd.function"

    needs_input_grad: tuple[bool, ...]
    to_save: tuple[Tensor | None, ...] | None
    saved_for_forward: tuple[Tensor | None, ...] | None
    dirty_tensors: tuple[Tensor, ...] | None
    non_differentiable: tuple[Tensor, ...] | None
    materialize_grads: bool

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for ``backward``; the last call counts."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for ``jvp``.

        Raises:
            AssertionError: for anything but tensors and None.
        """
        for tensor in tensors:
            assert isinstance(tensor, Tensor) or tensor is None, (
                "save_for_forward expects all arguments to be tensors; you should save non-tensors as attributes on "
                "ctx."
            )
        self.saved_for_forward = tensors

    def mark_dirty(self, *args: Tensor) -> None:
        """Say which inputs ``forward`` has modified in place."""
        self.dirty_tensors = args

    def mark_shared_storage(self, *pairs: Any) -> None:
        """Deprecated, without effect."""
        warn(
            "`mark_shared_storage` is deprecated. Tensors with shared storages are automatically tracked. Note that "
            "calls to `set_()` are not tracked",
            FutureWarning,
        )

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """Say which outputs have no gradient."""
        self.non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether ``backward`` gets zeros, rather than None, for outputs that nothing used.

        Raises:
            TypeError: if ``value`` is not a bool.
        """
        if not isinstance(value, bool):
            raise TypeError(
                "set_materialize_grads received an invalid combination of arguments - got "
                f"{type(value).__name__} but expected bool"
            )
        self.materialize_grads = value


_SHOWN = frozenset(
    {
        "_forward_cls", "_raw_saved_tensors", "apply", "dirty_tensors", "mark_dirty", "mark_non_differentiable",
        "mark_shared_storage", "materialize_grads", "needs_input_grad", "non_differentiable", "save_for_backward",
        "save_for_forward", "saved_for_forward", "saved_tensors", "saved_variables", "set_materialize_grads", "to_save",
    }
)  # fmt: skip
"""What ``dir`` lists of a custom function's node besides what all nodes have, and what the user has put there."""


class BackwardCFunction(FunctionCtx, Node):
    """The node of a custom function."""

    __module__ = "torch.autograd.function"

    # Slots, so that `vars` has what the user has put there.
    __slots__ = (
        "_is_tensor", "_materializes", "_on_meta", "_outputs", "_saved_values", "dirty_tensors", "needs_input_grad",
        "non_differentiable", "saved_for_forward", "to_save",
    )  # fmt: skip

    _native_name: ClassVar[str] = "torch._C._FunctionBase"
    _takes_all = True
    _is_users = True
    _forward_cls: ClassVar[Any]
    _saved_values: Any
    _is_tensor: tuple[bool, ...]
    _materializes: bool
    _on_meta: tuple[bool, ...]
    _outputs: Sequence[tuple[tuple[int, ...], Any] | None]

    def __dir__(self) -> list[str]:
        shown = (*_SHOWN, *self.__dict__)
        return [name for name in object.__dir__(self) if name.startswith("__") or name in SHOWN or name in shown]

    def __call__(self, *_: Any) -> Any:
        raise TypeError(f"'{type(self).__name__}' object is not callable")

    def apply(self, *args: Any) -> Any:
        """What the user's ``backward``, or ``vjp``, gives for these gradients."""
        return self._formula()(self, *args)

    @property
    def materialize_grads(self) -> bool:
        """Whether ``backward`` gets zeros for outputs that nothing used; can be set, but not read."""
        raise AttributeError("attribute 'materialize_grads' of 'torch._C._FunctionBase' objects is not readable")

    @materialize_grads.setter
    def materialize_grads(self, value: bool) -> None:
        self._materializes = value

    def _prepare(self, args: tuple) -> None:
        self._materializes = True
        self.to_save = self.dirty_tensors = self.non_differentiable = None
        self.saved_for_forward = None
        self._saved_values = ()
        self._is_tensor = tuple(isinstance(one, Tensor) for one in args)
        self.needs_input_grad = tuple(isinstance(one, Tensor) and one.requires_grad for one in args)
        tracked = GRAD.get()
        self._on_meta = tuple(isinstance(one, Tensor) and one._array.__class__ is MetaArray for one in args)
        self._edges = tuple(edge_of(one) if tracked else None for one in args if isinstance(one, Tensor))
        self._seq = next_sequence_nr()
        self._shape, self._more, self._extra = (), [], None
        self._dtype = dtypes.default_dtype()  # the outputs have their own, in `_more`
        if ANOMALY.enabled:
            note_forward(self, evaluating())

    @readonly
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """What ``save_for_backward`` kept.

        Raises:
            RuntimeError: once it has been freed, or if it was modified in place.
        """
        if self._saved_values is FREED:
            raise RuntimeError(TWICE)
        if self.saved_for_forward:
            return self.saved_for_forward
        if self._saved_values is TAKEN:
            raise RuntimeError(
                "saved_tensors can only be accessed once when clear_saved_tensors_on_access=True is set on the "
                "autograd.Function. Either access saved_tensors only once, or set clear_saved_tensors_on_access=False."
            )
        found = tuple(unpack(self, value, version) for value, version in self._saved_values)
        if found and self._forward_cls.clear_saved_tensors_on_access:
            self._saved_values = TAKEN
        return found

    @readonly
    def saved_variables(self) -> tuple[Tensor | None, ...]:
        """The old name of ``saved_tensors``."""
        warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning)
        return self.saved_tensors

    @readonly
    def _raw_saved_tensors(self) -> tuple[SavedTensor, ...]:
        if self._saved_values is FREED:
            raise RuntimeError(TWICE)
        self._saved_values = tuple(
            (value if isinstance(value, SavedTensor) else SavedTensor.of(self, value, version), 0)
            for value, version in self._saved_values
        )
        return tuple(value for value, _ in self._saved_values)

    def _release(self) -> None:
        if self._saved_values:
            self._saved_values = FREED

    def _apply(self, grads: list[Tensor | None]) -> list[Tensor | None]:
        formula = self._formula()
        if self._materializes:
            grads = [self._zeros(nr) if grad is None else grad for nr, grad in enumerate(grads)]
        found = formula(self, grads) if self._forward_cls.boxed_grads_call else formula(self, *grads)
        results = found if isinstance(found, tuple) else (found,)
        return self._checked(results)

    def _formula(self) -> Callable[..., Any]:
        """The user's formula.

        Raises:
            RuntimeError: if there are two.
        """
        function = self._forward_cls
        custom = function.backward is not Function.backward
        if custom and function.vjp is not Function.vjp:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only "
                "implement one of them."
            )
        return function.backward if custom else function.vjp

    def _zeros(self, nr: int) -> Tensor | None:
        output = self._outputs[nr]
        if output is None:
            return None
        shape, dtype = output
        import numpy as np

        zeros = np.zeros(shape, dtype.numpy)
        return wrap(without_elements(zeros) if any(self._on_meta) else zeros, dtype)

    def _checked(self, results: tuple) -> list[Tensor | None]:
        """One gradient per tensor input.

        Raises:
            RuntimeError: for a wrong number of results, or of a wrong kind.
        """
        expected = len(self._is_tensor)
        while len(results) > expected and results[-1] is None:
            results = results[:-1]
        if len(results) != expected:
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {expected}, got "
                f"{len(results)})"
            )
        found: list[Tensor | None] = []
        for position, (is_tensor, result) in enumerate(zip(self._is_tensor, results, strict=True)):
            if is_tensor:
                if result is not None and not isinstance(result, Tensor):
                    raise RuntimeError(f"expected Variable or None (got {type(result).__name__})")
                if (
                    result is not None
                    and self._edges[len(found)] is not None
                    and (result._array.__class__ is MetaArray) is not self._on_meta[position]
                ):
                    expected_device = META if self._on_meta[position] else CPU
                    raise RuntimeError(
                        f"Function {self.name()} returned an invalid gradient at index {len(found)} - expected device "
                        f"{expected_device} but got {result.device}"
                    )
                found.append(result)
            elif result is not None:
                raise RuntimeError(
                    f"function {self.name()} returned a gradient different than None at position {position + 1}, but "
                    "the corresponding forward input was not a Variable"
                )
        return found


class FunctionMeta(type):
    """Gives every custom function its class of nodes."""

    __module__ = "torch.autograd.function"

    def __init__(cls, name: str, bases: tuple, attributes: dict[str, Any]) -> None:
        cls._backward_cls = type(
            f"{name}Backward", (BackwardCFunction,), {"_forward_cls": cls, "__module__": "torch.autograd.function"}
        )
        super().__init__(name, bases, attributes)


class Function(metaclass=FunctionMeta):
    """A base for operations with a derivative of one's own.  Source: ``torch.autograd.Function``."""

    __module__ = "torch.autograd.function"

    clear_saved_tensors_on_access = False
    boxed_grads_call = False
    generate_vmap_rule = False
    _backward_cls: ClassVar[type[BackwardCFunction]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warn(
            f"{self.__class__} should not be instantiated. Methods on autograd functions are all static, so you "
            "should invoke them on the class itself. Instantiating an autograd function will raise an error in a "
            "future version of PyTorch.",
            DeprecationWarning,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the results; the user's."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: Any) -> Any:
        """Keep what ``backward`` needs, if ``forward`` has no ``ctx``; the user's."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Compute the gradients of the inputs from those of the outputs; the user's."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    vjp = backward

    @staticmethod
    def vmap(info: Any, in_dims: tuple, *args: Any) -> Any:
        """Compute the results for all examples, and where these lie in each; the user's."""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or "
            "set generate_vmap_rule=True."
        )

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """Compute the tangents of the outputs from those of the inputs; the user's."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run the function on these arguments.

        Raises:
            RuntimeError: if ``forward`` misuses its context.
        """
        has_setup = cls.setup_context is not Function.setup_context
        levels = LEVELS.get() if STATE.unusual else ()
        if levels and not has_setup:
            raise RuntimeError(
                "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, ...), it "
                "must override the setup_context staticmethod. For more details, please see "
                "https://pytorch.org/docs/main/notes/extending.func.html"
            )
        if has_setup or kwargs:
            args = _with_defaults(cls.forward, args, kwargs, skip=0 if has_setup else 1)
        if STATE.unusual:
            args = settled(args)
        if levels and levels[-1].is_batched:
            return levels[-1].apply(cls, args)
        if levels:
            args = tuple(mapped(levels[-1].lift, one) for one in args)
        ctx = object.__new__(cls._backward_cls)
        ctx._prepare(args)
        if STATE.unusual:
            with _set_fwd_grad_enabled(False):
                found = _run_forward(cls, ctx, args, has_setup)
        else:
            found = _run_forward(cls, ctx, args, has_setup)
        outputs = found if isinstance(found, tuple) else (found,)
        recorded = GRAD.get() and any(ctx.needs_input_grad)
        connected = _connect(ctx, args, outputs, recorded)
        if recorded:
            _save(ctx, connected)
        if STATE.unusual and is_active():
            _give_tangents(ctx, args, outputs, connected)
        ctx.saved_for_forward = None
        return connected if isinstance(found, tuple) else connected[0]


def _run_forward(cls: type[Function], ctx: BackwardCFunction, args: tuple, has_setup: bool) -> Any:
    with no_grad():
        if not has_setup:
            return cls.forward(ctx, *args)
        levels = LEVELS.get()
        found = levels[-1].apply(cls, args) if levels else cls.forward(*args)
        cls.setup_context(ctx, args, found)
    return found


def _with_defaults(forward: Callable[..., Any], args: tuple, kwargs: dict[str, Any], skip: int) -> tuple:
    signature = inspect.signature(forward)
    bound = signature.bind(*([None] * skip), *args, **kwargs)
    bound.apply_defaults()
    return bound.args[skip:]


def _connect(ctx: BackwardCFunction, args: tuple, outputs: tuple, recorded: bool) -> tuple:
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
        if output._view is not None:
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
            if output._view is not None:
                forbid_view(output, is_tracked=output.requires_grad)
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
    elif output._view is not None:
        output._view.creation = Creation.IN_CUSTOM_FUNCTION
    if recorded:
        output._requires_grad, output._grad_fn, output._output_nr = True, ctx, nr
    return output


def _give_tangents(ctx: BackwardCFunction, args: tuple, outputs: tuple, connected: tuple) -> None:
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
        elif place is not None or output._view is not None:
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
    if tangent._view is None:
        raise RuntimeError(
            "A custom Function's forward is returning a view (or an input as-is) but the jvp is not returning a view."
        )
    of_input = next((given[i] for i, one in enumerate(args) if isinstance(one, Tensor)), None)
    base = None if of_input is None else of_input._base
    if tangent._base is not (of_input if base is None else base):
        same = "a view of the given grad input" if base is None else "a view of the same base as the given grad input"
        raise RuntimeError(f"A custom Function is returning a view but the jvp is not returning {same}.")


def _save(ctx: BackwardCFunction, outputs: tuple) -> None:
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
        packed = pack_by_default(ctx, restore(value, ctx))
    else:
        value, packed = tensor, pack_by_default(ctx, tensor)
    return (value, version_to_save(tensor)) if packed is None else (packed, 0)


class InplaceFunction(Function):
    """A `Function` that remembers whether it was asked to work in place; kept for old code."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


class NestedIOFunction(Function):
    """A `Function` of nested inputs, for code from before functions were static; torch can no longer call it."""

    def __call__(self, *args: Any) -> Any:
        return super()._do_forward(*args)  # type: ignore[misc]  # which is torch's own error

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        """Fails: what was nested is not there."""
        return ctx._nested_input


InplaceFunction.__module__ = NestedIOFunction.__module__ = "torch.autograd.function"


class DelayedError(Node):
    """Fails when it is differentiated.  Shows as ``Error``."""

    __slots__ = ("message",)
    __module__ = "builtins"
    _takes_all = True
    _display_name = "torch::autograd::Error"
    message: str

    def _apply(self, grads: Any) -> list[Tensor | None]:
        raise RuntimeError(self.message)


DelayedError.__name__ = DelayedError.__qualname__ = "Error"


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Let a second derivative through this ``backward`` fail.

    Source: ``torch.autograd.function.once_differentiable``.
    """

    @functools.wraps(fn)
    def wrapper(ctx: Any, *args: Any) -> Any:
        with no_grad():
            outputs = fn(ctx, *args)
        if not GRAD.get() or not any(isinstance(arg, Tensor) and arg.requires_grad for arg in args):
            return outputs
        results = outputs if isinstance(outputs, tuple) else (outputs,)
        node = object.__new__(DelayedError)
        node.message = "trying to differentiate twice a function that was marked with @once_differentiable"
        node._seq, node._extra = next_sequence_nr(), None
        tensors = [one for one in results if isinstance(one, Tensor)]
        node._edges = tuple((accumulator(one.detach().requires_grad_()), 0) for one in tensors)
        node._more = [(one._array.shape, one._dtype) for one in tensors]
        node._shape, node._dtype = node._more[0] if node._more else ((), None)  # type: ignore[assignment]

        def failing(one: Any, nr: int) -> Any:
            if not isinstance(one, Tensor):
                return one
            fake = one.detach()
            fake._requires_grad, fake._grad_fn, fake._output_nr = True, node, nr
            return fake

        found = tuple(failing(one, nr) for nr, one in enumerate(results))
        return found if isinstance(outputs, tuple) else found[0]

    return wrapper
