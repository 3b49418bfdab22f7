"""Calling a module with its hooks, and the hooks that all modules share.

A forward pass with hooks runs: pre-hooks (which may replace the arguments), ``forward``, hooks (which may replace the
result).  Full backward hooks need to know when gradients enter and leave the module: so its arguments and its result
go through a node each, ``BackwardHookFunctionBackward``, on which they hang.

Source: ``torch.nn.Module.register_*_hook`` and ``torch.nn.modules.module.register_module_*_hook``.
"""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from ...autograd.function import Function
from ...autograd.modes import GRAD
from ...autograd.node import Node, RemovableHandle, add_hook
from ...tensor import Tensor
from ...warning import warn

Hook = Callable[..., Any]


Hooks = OrderedDict[int, Hook]
Option = OrderedDict[int, bool]

_forward_pre_hooks: Hooks = OrderedDict()
_forward_hooks: Hooks = OrderedDict()
_backward_pre_hooks: Hooks = OrderedDict()
_backward_hooks: Hooks = OrderedDict()
_with_kwargs: Option = OrderedDict()
_always_called: Option = OrderedDict()
_full_backward: bool | None = None
buffer_registration_hooks: Hooks = OrderedDict()
module_registration_hooks: Hooks = OrderedDict()
parameter_registration_hooks: Hooks = OrderedDict()


def register_module_forward_pre_hook(hook: Hook) -> RemovableHandle:
    """Call ``hook(module, args)`` before every module's ``forward``."""
    return add_hook(_forward_pre_hooks, hook)


def register_module_forward_hook(
    hook: Hook, *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call ``hook(module, args, output)`` after every module's ``forward``."""
    options = [_with_kwargs] * with_kwargs + [_always_called] * always_call
    return add_hook(_forward_hooks, hook, options=options)


def register_module_full_backward_pre_hook(hook: Hook) -> RemovableHandle:
    """Call ``hook(module, grad_output)`` before the gradients of every module's inputs are computed."""
    return add_hook(_backward_pre_hooks, hook)


def _register_module_backward_hook(hook: Hook, full: bool) -> RemovableHandle:
    global _full_backward
    if _full_backward not in (None, full):
        raise RuntimeError(
            "Cannot use both regular backward hooks and full backward hooks as a global Module hook. Please use only "
            "one of them."
        )
    _full_backward = full
    return add_hook(_backward_hooks, hook)


def register_module_backward_hook(hook: Hook) -> RemovableHandle:
    """The old kind of `register_module_full_backward_hook`, whose gradients are those of the last operation alone."""
    return _register_module_backward_hook(hook, full=False)


def register_module_full_backward_hook(hook: Hook) -> RemovableHandle:
    """Call ``hook(module, grad_input, grad_output)`` when the gradients of every module's inputs are there."""
    return _register_module_backward_hook(hook, full=True)


def register_module_buffer_registration_hook(hook: Hook) -> RemovableHandle:
    """Call ``hook(module, name, buffer)`` when a buffer is registered; a result replaces it."""
    return add_hook(buffer_registration_hooks, hook)


def register_module_module_registration_hook(hook: Hook) -> RemovableHandle:
    """Call ``hook(module, name, submodule)`` when a module is registered; a result replaces it."""
    return add_hook(module_registration_hooks, hook)


def register_module_parameter_registration_hook(hook: Hook) -> RemovableHandle:
    """Call ``hook(module, name, parameter)`` when a parameter is registered; a result replaces it."""
    return add_hook(parameter_registration_hooks, hook)


def replaced(hooks: Hooks, module: Any, name: str, value: Any) -> Any:
    """What registration hooks make of a value."""
    for hook in hooks.values():
        found = hook(module, name, value)
        if found is not None:
            value = found
    return value


# The call.


def call(module: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    """``module(*args, **kwargs)``."""
    if not (
        module._backward_hooks or module._backward_pre_hooks or module._forward_hooks or module._forward_pre_hooks
        or _forward_hooks or _forward_pre_hooks or _backward_hooks or _backward_pre_hooks
    ):  # fmt: skip
        return module.forward(*args, **kwargs)
    return _Call(module, args, kwargs).run()


class _Call:
    """One call of a module that has hooks."""

    def __init__(self, module: Any, args: tuple, kwargs: dict[str, Any]) -> None:
        self.module, self.args, self.kwargs = module, args, kwargs
        self.result: Any = None
        self.called: set[int] = set()

    def run(self) -> Any:
        try:
            return self._run()
        except Exception:
            self._call_the_rest("global module", _forward_hooks, _always_called, OrderedDict())
            own = self.module
            self._call_the_rest(
                "module", own._forward_hooks, own._forward_hooks_always_called, own._forward_hooks_with_kwargs
            )
            raise

    def _run(self) -> Any:
        module = self.module
        for key, hook in (*_forward_pre_hooks.items(), *module._forward_pre_hooks.items()):
            self._before(hook, with_kwargs=key in module._forward_pre_hooks_with_kwargs)
        full, old = self._backward_hooks()
        around = None
        pre = [*_backward_pre_hooks.values(), *module._backward_pre_hooks.values()]
        if full or pre:
            around = BackwardHook(module, full, pre)
            self.args = around.setup_input_hook(self.args)
        self.result = module.forward(*self.args, **self.kwargs)
        for key, hook in (*_forward_hooks.items(), *module._forward_hooks.items()):
            if key in module._forward_hooks_always_called or key in _always_called:
                self.called.add(key)
            self._after(hook, with_kwargs=key in module._forward_hooks_with_kwargs or key in _with_kwargs)
        if around is not None:
            if not isinstance(self.result, (Tensor, tuple)):
                warn(
                    "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but "
                    f"received {type(self.result)}"
                )
            self.result = around.setup_output_hook(self.result)
        if old:
            self._register_old(old)
        return self.result

    def _before(self, hook: Hook, with_kwargs: bool) -> None:
        if not with_kwargs:
            found = hook(self.module, self.args)
            if found is not None:
                self.args = found if isinstance(found, tuple) else (found,)
            return
        found = hook(self.module, self.args, self.kwargs)
        if found is not None:
            if not (isinstance(found, tuple) and len(found) == 2):
                raise RuntimeError(
                    f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {found}."
                )
            self.args, self.kwargs = found

    def _after(self, hook: Hook, with_kwargs: bool) -> None:
        given = (self.args, self.kwargs) if with_kwargs else (self.args,)
        found = hook(self.module, *given, self.result)
        if found is not None:
            self.result = found

    def _call_the_rest(self, kind: str, hooks: Hooks, always: Option, with_kwargs: Option) -> None:
        """After an error: the hooks that are to be called always, and have not been."""
        for key, hook in hooks.items():
            if key in always and key not in self.called:
                try:
                    self._after(hook, key in with_kwargs)
                except Exception as error:
                    warn(
                        f"{kind} forward hook with ``always_call=True`` raised an exception that was silenced as "
                        f"another error was raised in forward: {error}"
                    )

    def _backward_hooks(self) -> tuple[list[Hook], list[Hook]]:
        """The full ones, and those of the old kind."""
        kinds = (_full_backward, _backward_hooks), (self.module._is_full_backward_hook, self.module._backward_hooks)
        full = [hook for is_full, hooks in kinds if is_full is True for hook in hooks.values()]
        return full, [hook for is_full, hooks in kinds if is_full is False for hook in hooks.values()]

    def _register_old(self, hooks: list[Hook]) -> None:
        found = self.result
        while not isinstance(found, Tensor):
            found = next(v for v in found.values() if isinstance(v, Tensor)) if isinstance(found, dict) else found[0]
        node = found.grad_fn
        if node is not None:
            for hook in hooks:
                node.register_hook(functools.partial(hook, self.module))
            reason = _what_is_missed(self.args, self.result, node)
            if reason is not None:
                warn(f"Using {reason}", FutureWarning)


_DEPRECATED = "is deprecated and will be removed in future versions. This hook will be missing some"
_INSTEAD = "Please use register_full_backward_hook to get the documented behavior."


def _what_is_missed(inputs: Any, result: Any, node: Node) -> str | None:
    """Why a hook of the old kind does not see all gradients, in torch's words; None if it does."""

    def tensors(value: Any) -> tuple[Tensor, ...] | None:
        value = (value,) if isinstance(value, Tensor) else value
        return value if isinstance(value, tuple) and all(isinstance(one, Tensor) for one in value) else None

    many = "non-full backward hooks on a Module that does not"
    outputs, given = tensors(result), tensors(inputs)
    if outputs is None:
        return f"{many} return a single Tensor or a tuple of Tensors {_DEPRECATED} of the grad_output. {_INSTEAD}"
    if given is None:
        return f"{many} take as input a single Tensor or a tuple of Tensors {_DEPRECATED} of the grad_input. {_INSTEAD}"
    made = {one.grad_fn for one in outputs} - {None}
    if not made or (len(made) == 1 and node not in made):
        return f"a non-full backward hook when outputs are nested in python data structure {_DEPRECATED} grad_output."
    if len(made) > 1:
        return (
            "a non-full backward hook when outputs are generated by different autograd Nodes "
            f"{_DEPRECATED} grad_output. {_INSTEAD}"
        )
    if {one.grad_fn for one in given} - {None} != {fn for fn, _ in node.next_functions}:
        return (
            "a non-full backward hook when the forward contains multiple autograd Nodes "
            f"{_DEPRECATED} grad_input. {_INSTEAD}"
        )
    return None


# Where gradients enter and leave a module.


class BackwardHookFunction(Function):
    """Passes tensors on, as views of themselves, through one node."""

    __module__ = "torch.nn.modules._functions"

    @staticmethod
    def forward(ctx: Any, *args: Tensor) -> tuple[Tensor, ...]:
        """The tensors as they are; integral ones have no gradient."""
        ctx.mark_non_differentiable(*[one for one in args if not one.requires_grad])
        return args

    @staticmethod
    def backward(ctx: Any, *args: Tensor) -> tuple[Tensor, ...]:
        """The gradients as they are."""
        return args


class BackwardHook:
    """The backward hooks of one call of a module: first the pre-hooks with the gradients of its outputs, then the
    hooks with those of its inputs too."""

    def __init__(self, module: Any, user_hooks: Sequence[Hook], user_pre_hooks: Sequence[Hook]) -> None:
        self.module, self.user_hooks, self.user_pre_hooks = module, user_hooks, user_pre_hooks
        self.grad_outputs: Any = None
        self.inputs, self.outputs = _Through((), None), _Through((), None)

    def setup_input_hook(self, args: tuple) -> Any:
        """Pass the tensors of the arguments through a node, whose gradients the hooks get."""
        self.inputs = _Through.of(args)
        if self.inputs.node is not None:

            def hook(grad_input: tuple, _: Any) -> tuple | None:  # errors tell this name
                return self._with_input_gradients(grad_input)

            self.inputs.node.register_hook(hook)
        return self.inputs.values

    def setup_output_hook(self, result: Any) -> Any:
        """Pass the tensors of the result through a node, whose gradients the pre-hooks get."""
        self.outputs = _Through.of(result if isinstance(result, tuple) else (result,))
        if self.outputs.node is not None:

            def hook(_: tuple, grad_output: tuple) -> tuple | None:
                return self._with_output_gradients(grad_output)

            self.outputs.node.register_hook(hook)
        return self.outputs.values if isinstance(result, tuple) else self.outputs.values[0]

    def _with_output_gradients(self, grad_output: tuple) -> tuple | None:
        given: Any = self.outputs.spread(grad_output)
        for pre_hook in self.user_pre_hooks:
            found = pre_hook(self.module, given)
            if found is None:
                continue
            if len(found) != len(given):
                raise RuntimeError(
                    f"Backward pre hook returned an invalid number of grad_output, got {len(found)}, but expected "
                    f"{len(given)}"
                )
            given = found
        self.grad_outputs = given
        if self.inputs.node is None:
            self._without_input_gradients()
        return self.outputs.gathered(given)

    def _without_input_gradients(self) -> None:
        warn(
            "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs "
            "require gradients. See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html"
            "#torch.nn.Module.register_full_backward_hook for more details."
        )
        nothing = (None,) * len(self.inputs.values)
        for hook in self.user_hooks:
            found = hook(self.module, nothing, self.grad_outputs)
            if found is not None and not (isinstance(found, tuple) and all(one is None for one in found)):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None for "
                    "all gradients."
                )
        self.grad_outputs = None

    def _with_input_gradients(self, grad_input: tuple) -> tuple | None:
        if self.grad_outputs is None:  # a backward pass that did not come through the result
            return None
        gradients: Any = self.inputs.spread(grad_input)
        for hook in self.user_hooks:
            found = hook(self.module, gradients, self.grad_outputs)
            if found is None:
                continue
            if len(found) != len(gradients):
                raise RuntimeError(
                    f"Backward hook returned an invalid number of grad_input, got {len(found)}, but expected "
                    f"{len(gradients)}"
                )
            gradients = found
        self.grad_outputs = None
        return self.inputs.gathered(gradients)


class _Through:
    """Values of which the tensors have passed a node; ``node`` is None if none of them is tracked."""

    def __init__(self, values: Any, node: Node | None) -> None:
        self.values, self.node = values, node
        self.places = [i for i, one in enumerate(values) if isinstance(one, Tensor)]

    @classmethod
    def of(cls, values: tuple) -> _Through:
        tensors = [one for one in values if isinstance(one, Tensor)]
        if not (GRAD.get() and any(one.requires_grad for one in tensors)):
            return cls(values, None)
        passed = iter(BackwardHookFunction.apply(*tensors))
        new = [next(passed) if isinstance(one, Tensor) else one for one in values]
        node = next(one.grad_fn for one in new if isinstance(one, Tensor) and one.grad_fn is not None)
        return cls(tuple(new) if type(values) is tuple else type(values)(*new), node)

    def spread(self, gradients: Sequence[Any]) -> tuple:
        """One gradient per value, None for those that are no tensors."""
        found = [None] * len(self.values)
        for place, gradient in zip(self.places, gradients, strict=True):
            found[place] = gradient
        return tuple(found)

    def gathered(self, gradients: Sequence[Any]) -> tuple:
        """The gradients of the tensors alone."""
        return tuple(gradients[place] for place in self.places)
