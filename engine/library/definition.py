"""What an operator of one's own is: a schema, a function for each kind of tensors, a derivative; and what a call does.

An operator is opaque: what its function computes is not recorded.  Its result is tracked if an input is, by a node that
runs the registered formula, and fails where there is none.  One that was declared by its schema alone, and has no
formula, records what its function does, as torch does, and warns in backward.

Source: ``torch.library``.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from typing import Any

from ..autograd.forward_ad import _set_fwd_grad_enabled, is_active
from ..autograd.function import Function
from ..autograd.levels import LEVELS, settled
from ..autograd.modes import STATE, WATCHERS, no_grad
from ..autograd.views import bump
from ..declare.schema import REQUIRED, Type, parse
from ..device import device
from ..dispatch.arguments import given
from ..layout import storage
from ..tensor import Tensor
from ..tensor_base import GRAD
from ..warning import warn
from .operators import OpOverloadPacket, ops
from .schema import ACCEPTED, shown

DEFINED: dict[str, Operator] = {}
"""The operators by their names, ``namespace::name``."""

_DEVICE_KEYS = {"cpu": "CPU", "cuda": "CUDA", "meta": "Meta"}
COMPOSITE = "CompositeImplicitAutograd"
"""The key of functions whose operations are recorded, in place of the operator."""


KEYS = frozenset({"Autograd", "CPU", "CUDA", COMPOSITE, "CompositeExplicitAutograd", "Meta"})
"""The keys of dispatch that mean something here."""


def key_of(types: str) -> str:
    """The key of a device type.

    Raises:
        RuntimeError: for the name of no device.
    """
    if types == "default":
        return "CompositeExplicitAutograd"
    return types if types in KEYS else _DEVICE_KEYS.get(device(types).type, types)


class Operator:
    """An operator: what the overload in ``torch.ops`` stands for.

    Args:
        name: ``"namespace::name"``.
        schema: what it takes and gives, ``"(Tensor x, *, float s=2.0) -> Tensor"``.

    Raises:
        ValueError: for a text that is no schema.
    """

    native = False
    place = ""
    """The line that declares it."""

    def __init__(self, name: str, schema: str) -> None:
        namespace, _, short = name.partition("::")
        self._qualname, self._schema = name, schema
        self.schema = parse(f"{short}{schema}")
        self._parameters = self.schema.params
        self._mutated = tuple(re.findall(r"\(\w+!\)[?\[\]]* (\w+)", schema.partition(" -> ")[0]))
        self._kernels: dict[str, Callable[..., Any]] = {}
        self._backward: Callable[..., Any] | None = None
        self._setup_context: Callable[..., Any] | None = None
        self._vmapped: type[Function] | None = None
        self.handlers: dict[type, Callable[..., Any]] = {}  # of modes, in place of their own
        packet = OpOverloadPacket(self)
        setattr(getattr(ops, namespace), short, packet)
        self._opoverload = packet.default
        self._function = _function_of(self)
        DEFINED[name] = self

    def forget(self) -> None:
        """Take the operator away from ``torch.ops``."""
        namespace, _, short = self._qualname.partition("::")
        vars(getattr(ops, namespace)).pop(short, None)
        DEFINED.pop(self._qualname, None)

    @property
    def _declaration(self) -> str:
        """The schema as torch shows it, where floats have all their digits."""
        return self._qualname + shown(self._schema)

    def register_autograd(
        self, backward: Callable[..., Any], /, *, setup_context: Callable[..., Any] | None = None
    ) -> None:
        """Set the derivative.

        Args:
            backward: gets ``ctx`` and the gradients of the outputs, gives those of the inputs.
            setup_context: gets ``ctx``, ``inputs``, and ``output``, to save what ``backward`` needs; and
                ``keyword_only_inputs`` if the operator has any.
        """
        self._backward, self._setup_context = backward, setup_context

    def implement(self, types: Any, function: Callable[..., Any] | None = None) -> Any:
        """Set the function for kinds of tensors; without it this is a decorator.

        Args:
            types: a device type, ``"default"`` for all of them, or several; or a key, ``"CompositeImplicitAutograd"``.
            function: gets the arguments of the schema.

        Raises:
            RuntimeError: for the name of no device.
        """
        keys = [key_of(one) for one in ((types,) if isinstance(types, str) else types)]

        def register(fn: Callable[..., Any]) -> Callable[..., Any]:
            for key in keys:
                self._kernels[key] = fn
            return fn

        return register if function is None else register(function)

    def register_fake(self, fn: Callable[..., Any], /) -> Callable[..., Any]:
        """Set the function for tensors without elements, on ``meta``."""
        self._kernels["Meta"] = fn
        return fn

    def register_vmap(self, func: Callable[..., Any] | None = None) -> Any:
        """Set the function for batched tensors: it gets ``info``, ``in_dims``, and arguments with all examples."""

        def register(function: Callable[..., Any]) -> None:
            body = {"vmap": staticmethod(function), "apply": staticmethod(self), "__module__": __name__}
            self._vmapped = type(self._qualname, (Function,), body)

        return register if func is None else register(func)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        positional, options = self._bind(args, kwargs)
        call = Call(positional, options)
        levels = LEVELS.get()
        if self._vmapped is not None and levels and levels[-1].is_batched:
            names = [one.name for one in self._parameters]
            count = max([len(args), *(names.index(name) + 1 for name in kwargs if name not in options)])
            return levels[-1].apply(self._vmapped, tuple(positional[:count]))
        level: Any = levels[-1] if levels else None
        if level is not None and level.is_batched and COMPOSITE not in self._kernels:
            if any(map(level.has_examples, positional)):
                return self._apart(level, positional, options)
            with level.below():
                return self(*positional, **options)
        tracked = GRAD.get() and any(one.requires_grad for one in tensors_in(positional))
        outcome = self._recorded(call) if tracked else self._run(call)
        if self._mutated:
            named = {one.name: value for one, value in zip(self._parameters, call.values, strict=True)}
            for tensor in tensors_in([named.get(name) for name in self._mutated]):
                bump(tensor)
        return outcome

    def _apart(self, level: Any, positional: Sequence[Any], options: dict[str, Any]) -> Any:
        """The results of a call for one example of ``vmap`` after the other.

        Raises:
            RuntimeError: without examples, or for an operator that changes what it gets.
        """
        if self._mutated:
            raise RuntimeError(
                f"Batching rule not implemented for {self._qualname}; the fallback path doesn't work on out= or view "
                "ops."
            )
        results = level.apart(lambda values: self(*values, **options), settled(tuple(positional)))
        if results is None:
            raise RuntimeError(
                f"Batching rule not implemented for {self._qualname}. The fallback path does not support vmap over "
                "dims of size 0."
            )
        return results[0] if len(self.schema.returns) == 1 else (*results,)

    def _recorded(self, call: Call) -> Any:
        """The result of a call with an input that is tracked."""
        if "Autograd" in self._kernels:
            return self._kernels["Autograd"](*call.positional, **call.options)
        if COMPOSITE in self._kernels:
            return self._run(call)
        if self._opaque:
            flat = [one for value in call.positional for one in (value if is_tensors(value) else (value,))]
            return call.restored(self._function.apply(call, *flat))
        outcome = self._run(call)
        for one in tensors_in(outcome):
            if one.requires_grad:
                one.register_hook(lambda grad: _warn_unregistered(self._qualname))
        return outcome

    @property
    def _opaque(self) -> bool:
        """Whether a call is one node, and not what its function records."""
        return self._backward is not None

    def _run(self, call: Call) -> Any:
        """The result, from the function for these tensors; by what watches operations, if anything does."""
        watchers = WATCHERS.get() if STATE.unusual else ()
        if not watchers:
            return self._computed(call)
        results = watchers[-1](self, call.values, lambda: [*tensors_in(self._computed(call))])
        if not self.schema.returns:
            return None
        return results[0] if len(self.schema.returns) == 1 and not self.schema.variadic else (*results,)

    def _computed(self, call: Call) -> Any:
        args, kwargs = given(self, call.values)  # type: ignore[arg-type]
        function = self._kernel_for(call)
        token = FAKING.set(f"{self._qualname} ({self.place})" if function is self._kernels.get("Meta") else None)
        try:
            with _set_fwd_grad_enabled(COMPOSITE in self._kernels) if is_active() else contextlib.nullcontext():
                return function(*args, **kwargs)
        finally:
            FAKING.reset(token)

    def _kernel_for(self, call: Call) -> Callable[..., Any]:
        """The function for these arguments.

        Raises:
            NotImplementedError: if there is none.
        """
        kernels = self._kernels
        meta = any(one.is_meta for one in tensors_in(call.values))
        found = kernels.get("Meta" if meta else "CPU") or kernels.get(COMPOSITE)
        if found is None and not meta:
            found = kernels.get("CompositeExplicitAutograd")
        if found is None:
            raise NotImplementedError(self._missing("Meta" if meta else "CPU"))
        return found

    def _missing(self, key: str) -> str:
        if key == "Meta":
            return (
                f"{self._qualname}: attempted to run this operator with Meta tensors, but there was no fake impl or "
                "Meta kernel registered. You may have run into this message while using an operator with PT2 "
                "compilation APIs (torch.compile/torch.export); in order to use this operator with those APIs you'll "
                "need to add a fake impl. Please see the following for next steps:  "
                "https://pytorch.org/tutorials/advanced/custom_ops_landing_page.html"
            )
        return (
            f"Could not run '{self._qualname}' with arguments from the '{key}' backend. This could be because the "
            "operator doesn't exist for this backend, or was omitted during the selective/custom build process (if "
            "using custom build). If you are a Facebook employee using PyTorch on mobile, please visit "
            "https://fburl.com/ptmfixes for possible resolutions."
        )

    def _bind(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The positional arguments that were given, and those that can be given by keyword alone.

        Raises:
            RuntimeError: for arguments that are missing, too many, or of another type than the schema's.
        """
        declaration = f"Declaration: {self._declaration}"
        positional: list[Any] = []
        options: dict[str, Any] = {}
        rest, named = list(args), dict(kwargs)
        for place, parameter in enumerate(self._parameters):
            name = parameter.name
            if rest and not parameter.kwarg_only:
                value = rest.pop(0)
            elif name in named:
                value = named.pop(name)
            elif parameter.default is not REQUIRED:
                value = parameter.default
            else:
                raise RuntimeError(f"{self._qualname}() is missing value for argument '{name}'. {declaration}")
            if not _accepts(parameter.type, value):
                kind = parameter.type
                raise RuntimeError(
                    f"{self._qualname}() Expected a value of type '{_shown(kind)}' for argument '{name}' but instead "
                    f"found type '{type(value).__name__}'.\nPosition: {place}\nValue: {value!r}\n{declaration}\n"
                    f"{_why_not(kind, value)}"
                )
            if parameter.kwarg_only:
                options[name] = value
            else:
                positional.append(value)
        if rest:
            raise RuntimeError(
                f"{self._qualname}() expected at most {len(args) - len(rest)} argument(s) but received {len(args)} "
                f"argument(s). {declaration}"
            )
        if named:
            raise RuntimeError(
                f"Unknown keyword argument '{next(iter(named))}' for operator '{self._qualname}'. "
                f"Schema: {self._declaration}"
            )
        return positional, options

    def _has_keyword_only(self) -> bool:
        return any(one.kwarg_only for one in self._parameters)


FAKING: ContextVar[str | None] = ContextVar("faking", default=None)
"""The operator whose function for ``meta`` is running."""


def get_ctx() -> None:
    """None: here, functions for tensors without elements run on ``meta``, where no size can be left open.

    Raises:
        RuntimeError: while such a function runs.
    """
    running = FAKING.get()
    if running is not None:
        raise RuntimeError(
            f"{running}: You're trying to run this operator with meta Tensors (as opposed to FakeTensors), but this "
            "operator may return an output Tensor with data-dependent shape. Meta Tensors don't support operators with "
            "outputs that have data-dependent shapes but FakeTensors do. If your operator does not return an output "
            "with data-dependent shape, make sure the FakeTensor and/or meta kernel does not call "
            "torch.library.get_ctx(). Otherwise, please use FakeTensors."
        )


def _accepts(kind: Type, value: Any) -> bool:
    if value is None:  # for torch that is a tensor that is not there
        return kind.optional or not (kind.is_list or kind.base in ACCEPTED) or (kind.is_tensor and not kind.is_list)
    if kind.is_list:
        return isinstance(value, (list, tuple)) or (kind.size is not None and isinstance(value, int))
    return isinstance(value, ACCEPTED.get(kind.base, object))


def _shown(kind: Type) -> str:
    base = f"List[{kind.base}]" if kind.is_list else kind.base
    return f"Optional[{base}]" if kind.optional else base


def _why_not(kind: Type, value: Any) -> str:
    if kind.is_list and not kind.is_tensor:
        return f" Python error details: TypeError: '{type(value).__name__}' object is not iterable"
    if kind.is_tensor and not kind.is_list:
        return f"Cast error details: Unable to cast {value} to Tensor"
    return (
        f"Cast error details: Unable to cast Python instance of type {type(value)} to C++ type '?' (#define "
        "PYBIND11_DETAILED_ERROR_MESSAGES or compile in debug mode for details)"
    )


def _warn_unregistered(name: str) -> None:
    warn(
        f"{name}: an autograd kernel was not registered to the Autograd key(s) but we are trying to backprop through "
        "it. This may lead to silently incorrect behavior. This behavior is deprecated and will be removed in a future "
        "version of PyTorch. If your operator is differentiable, please ensure you have registered an autograd kernel "
        "to the correct Autograd key (e.g. DispatchKey::Autograd, DispatchKey::CompositeImplicitAutograd). If your "
        "operator is not differentiable, or to squash this warning and use the previous behavior, please register "
        "torch::CppFunction::makeFallthrough() to DispatchKey::Autograd."
    )


class Call:
    """The arguments of one call, with their lists; of each result that is a list, its length."""

    def __init__(self, positional: list[Any], options: dict[str, Any]) -> None:
        self.positional, self.options = positional, options
        self.lengths: list[int | None] = []

    @property
    def values(self) -> list[Any]:
        """All of them, in the schema's order."""
        return [*self.positional, *self.options.values()]

    def flattened(self, outcome: Any) -> Any:
        """The results with each list's tensors in its place."""
        results = outcome if isinstance(outcome, tuple) else (outcome,)
        self.lengths = [len(one) if isinstance(one, list) else None for one in results]
        if all(length is None for length in self.lengths):
            return outcome
        return tuple(one for each in results for one in (each if isinstance(each, list) else (each,)))

    def grouped(self, flat: Sequence[Any]) -> list[Any]:
        """What belongs to the flattened results, as one list for each result that is one."""
        rest = iter(flat)
        return [next(rest) if n is None else [next(rest) for _ in range(n)] for n in self.lengths]

    def restored(self, outcome: Any) -> Any:
        """The results as they were."""
        if all(length is None for length in self.lengths):
            return outcome
        found = self.grouped(outcome)
        return found[0] if len(found) == 1 else tuple(found)


def is_tensors(value: Any) -> bool:
    """Whether an argument is a list of tensors."""
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(one, Tensor) for one in value)


def tensors_in(value: Any) -> Iterable[Tensor]:
    """The tensors that a value is, or holds in lists."""
    if isinstance(value, Tensor):
        return (value,)
    return [one for each in value for one in tensors_in(each)] if isinstance(value, (list, tuple)) else ()


def _function_of(definition: Operator) -> type[Function]:
    """The function that connects an operator to the graph; its node is called after it."""

    def forward(ctx: Any, call: Call, *flat: Any) -> Any:
        with no_grad():
            outcome = definition._run(call)
        ctx.call = call
        if definition._setup_context is not None:
            options = {"keyword_only_inputs": call.options} if definition._has_keyword_only() else {}
            definition._setup_context(ctx=ctx, inputs=tuple(call.positional), output=outcome, **options)
        return call.flattened(outcome)

    def backward(ctx: Any, *grads: Any) -> Any:
        if definition._backward is None:
            raise RuntimeError(
                f"Trying to backward through {definition._opoverload} but no autograd formula was registered. Please "
                "use register_autograd to add one."
            )
        found = definition._backward(ctx, *ctx.call.grouped(grads))
        flat: list[Any] = []
        results = found if isinstance(found, tuple) else (found,)
        for value, grad in zip(ctx.call.positional, (*results, *[None] * len(ctx.call.positional)), strict=False):
            if is_tensors(value):
                flat += [None] * len(value) if grad is None else grad
            else:
                flat.append(grad)
        flat += results[len(ctx.call.positional) :]  # too many: the node says so
        return (None, *flat)

    name = f"GeneratedBackwardFor_{definition._qualname.replace('::', '_')}_default"
    body = {"forward": staticmethod(forward), "backward": staticmethod(backward), "__module__": __name__}
    return type(name, (Function,), body)


def check_fresh(definition: Operator, outcome: Any, call: Call) -> None:
    """Refuse results that are inputs, or share their memory."""
    seen = {id(storage(one._array)) for one in tensors_in(call.values)}
    for tensor in tensors_in(outcome):
        if id(storage(tensor._array)) in seen and tensor.numel():
            raise RuntimeError(
                f"{definition._qualname.partition('::')[2]} (with implementation in "
                "<module 'torch._library.custom_ops' from 'custom_ops.py'>): The output of this custom operator (1) "
                "must not also be an input to this custom operator and (2) may not alias any inputs to this custom "
                "operator or other returns. The most common way to trigger this error is if we have y = custom_op(x) "
                "and y and x are the same Tensor. Please instead return a clone of the offending output tensor(s) "
                "(e.g. return x.clone()) or refactor the custom operator to not return y."
            )
        seen.add(id(storage(tensor._array)))
