"""Custom operators: functions with a schema, under a name in ``torch.ops``, whose derivative is registered apart.

An operator is opaque: what its function computes is not recorded.  Its result is tracked if an input is, by a node that
runs the registered formula, and fails where there is none.

Source: ``torch.library``.
"""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..autograd.function import Function
from ..autograd.levels import LEVELS
from ..autograd.modes import no_grad
from ..autograd.views import bump
from ..layout import storage
from ..tensor import Tensor
from ..tensor_base import GRAD
from .operators import OpOverload, OpOverloadPacket, ops
from .schema import ACCEPTED, SHOWN_TYPES, digits, infer_schema, type_name


class CustomOpDef:
    """A custom operator.  Source: ``torch.library.CustomOpDef``."""

    __module__ = "torch._library.custom_ops"

    def __init__(self, name: str, fn: Callable[..., Any], mutates_args: Any, schema: str | None) -> None:
        self._qualname, self._init_fn = name, fn
        self._schema = schema or infer_schema(fn, mutates_args=mutates_args)
        self._signature = inspect.signature(fn)
        self._hints = typing.get_type_hints(fn)
        names = tuple(self._signature.parameters) if mutates_args == "unknown" else tuple(mutates_args)
        self._mutated = names
        self._backward: Callable[..., Any] | None = None
        self._setup_context: Callable[..., Any] | None = None
        self._fake: Callable[..., Any] | None = None
        self._vmapped: type[Function] | None = None
        namespace, _, short = name.partition("::")
        self._opoverload = OpOverloadPacket(self)
        setattr(getattr(ops, namespace), short, self._opoverload)
        _DEFINED[name] = self
        self._function = _function_of(self)
        self._opoverload = self._opoverload.default  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<CustomOpDef({self._qualname})>"

    @property
    def _declaration(self) -> str:
        """The schema as torch shows it, where floats have all their digits."""
        return self._qualname + re.sub(r"(float\??(?:\[\])? \w+=)(-?[\d.e+-]+)", digits, self._schema)

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

    def register_fake(self, fn: Callable[..., Any], /) -> Callable[..., Any]:
        """Set the function for tensors without elements, on ``meta``."""
        self._fake = fn
        return fn

    def register_vmap(self, func: Callable[..., Any] | None = None) -> Any:
        """Set the function for batched tensors: it gets ``info``, ``in_dims``, and arguments with all examples."""

        def register(function: Callable[..., Any]) -> None:
            body = {"vmap": staticmethod(function), "apply": staticmethod(self), "__module__": __name__}
            self._vmapped = type(self._qualname, (Function,), body)

        return register if func is None else register(func)

    def register_kernel(self, device_types: Any, fn: Callable[..., Any] | None = None, /) -> Any:
        """Set the function for the CPU; those for other devices are never called here."""

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            kinds = (device_types,) if isinstance(device_types, str) else device_types or ("cpu",)
            if "cpu" in kinds:
                self._init_fn = function
            return function

        return register if fn is None else register(fn)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        positional, options = self._bind(args, kwargs)
        call = _Call(positional, options)
        levels = LEVELS.get()
        if self._vmapped is not None and levels and levels[-1].is_batched:
            names = [*self._signature.parameters]
            given = max([len(args), *(names.index(name) + 1 for name in kwargs if name not in options)])
            return levels[-1].apply(self._vmapped, tuple(positional[:given]))
        if GRAD.get() and any(one.requires_grad for one in _tensors(positional)):
            flat = [one for value in positional for one in (value if _is_tensors(value) else (value,))]
            outcome = call.restored(self._function.apply(call, *flat))
        else:
            outcome = self._run(call)
        for name in self._mutated:
            for tensor in _tensors(self._signature.bind(*args, **kwargs).arguments.get(name)):
                bump(tensor)
        return outcome

    def _run(self, call: _Call) -> Any:
        function = self._init_fn
        if any(one.is_meta for one in _tensors(call.positional)):
            if self._fake is None:
                raise RuntimeError(
                    f"There was no fake impl registered for {self!r}. This is necessary for torch.compile/export/fx "
                    f"tracing to work. Please use `{self._init_fn.__name__}.register_fake` to add an fake impl."
                )
            function = self._fake
        outcome = function(*call.positional, **call.options)
        _check_fresh(self, outcome, call)
        return outcome

    def _bind(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The positional arguments that were given, and those that can be given by keyword alone.

        Raises:
            RuntimeError: for arguments that are missing, too many, or of another type than the schema's.
        """
        declaration = f"Declaration: {self._declaration}"
        positional: list[Any] = []
        options: dict[str, Any] = {}
        rest, named = list(args), dict(kwargs)
        for place, (name, parameter) in enumerate(self._signature.parameters.items()):
            keyword_only = parameter.kind is inspect.Parameter.KEYWORD_ONLY
            if rest and not keyword_only:
                value = rest.pop(0)
            elif name in named:
                value = named.pop(name)
            elif parameter.default is not parameter.empty:
                value = parameter.default
            else:
                raise RuntimeError(f"{self._qualname}() is missing value for argument '{name}'. {declaration}")
            kind = type_name(self._hints[name]) or ""
            if not isinstance(value, ACCEPTED.get(kind, object)):
                shown, found = SHOWN_TYPES.get(kind, kind), type(value)
                detail = (
                    f"{value} to Tensor"
                    if kind == "Tensor"
                    else f"Python instance of type {found} to C++ type '?' (#define PYBIND11_DETAILED_ERROR_MESSAGES "
                    "or compile in debug mode for details)"
                )
                raise RuntimeError(
                    f"{self._qualname}() Expected a value of type '{shown}' for argument '{name}' but instead found "
                    f"type '{found.__name__}'.\nPosition: {place}\nValue: {value!r}\n{declaration}\n"
                    f"Cast error details: Unable to cast {detail}"
                )
            if keyword_only:
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


_DEFINED: dict[str, CustomOpDef] = {}


class _Call:
    """The arguments of one call, with their lists; of each result that is a list, its length."""

    def __init__(self, positional: list[Any], options: dict[str, Any]) -> None:
        self.positional, self.options = positional, options
        self.lengths: list[int | None] = []

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


def _is_tensors(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(one, Tensor) for one in value)


def _tensors(value: Any) -> Iterable[Tensor]:
    if isinstance(value, Tensor):
        return (value,)
    return [one for each in value for one in _tensors(each)] if isinstance(value, (list, tuple)) else ()


def _function_of(definition: CustomOpDef) -> type[Function]:
    """The function that connects an operator to the graph; its node is called after it."""

    def forward(ctx: Any, call: _Call, *flat: Any) -> Any:
        with no_grad():
            outcome = definition._run(call)
        ctx.call = call
        if definition._setup_context is not None:
            given = {"keyword_only_inputs": call.options} if _has_keyword_only(definition) else {}
            definition._setup_context(ctx=ctx, inputs=tuple(call.positional), output=outcome, **given)
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
        for value, given in zip(ctx.call.positional, (*results, *[None] * len(ctx.call.positional)), strict=False):
            if _is_tensors(value):
                flat += [None] * len(value) if given is None else given
            else:
                flat.append(given)
        flat += results[len(ctx.call.positional) :]  # too many: the node says so
        return (None, *flat)

    name = f"GeneratedBackwardFor_{definition._qualname.replace('::', '_')}_default"
    body = {"forward": staticmethod(forward), "backward": staticmethod(backward), "__module__": __name__}
    return type(name, (Function,), body)


def _has_keyword_only(definition: CustomOpDef) -> bool:
    parameters = definition._signature.parameters.values()
    return any(one.kind is inspect.Parameter.KEYWORD_ONLY for one in parameters)


def _check_fresh(definition: CustomOpDef, outcome: Any, call: _Call) -> None:
    """Refuse results that are inputs, or share their memory."""
    seen = {id(storage(one._array)) for one in _tensors([*call.positional, *call.options.values()])}
    for tensor in _tensors(outcome):
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


def custom_op(
    name: str, fn: Callable[..., Any] | None = None, /, *, mutates_args: Any, device_types: Any = None,
    schema: str | None = None, tags: Any = None,
) -> Any:  # fmt: skip
    """Make a function an operator, ``torch.ops.<namespace>.<name>``.

    Args:
        name: ``"namespace::name"``.
        fn: the function; without it this is a decorator.
        mutates_args: the names of the parameters that it modifies in place, or ``"unknown"``.
        device_types: the devices that it is for.
        schema: in place of the one that its annotations say.
        tags: without effect.

    Raises:
        ValueError: for a name without namespace, or annotations that make no schema.
    """

    def define(function: Callable[..., Any]) -> CustomOpDef:
        if "::" not in name:
            raise ValueError(
                f"Expected `name` to be of the form `namespace::name`, got {name}. Please provide a qualified name."
            )
        return CustomOpDef(name, function, mutates_args, schema)

    return define if fn is None else define(fn)


def register_autograd(
    op: str | CustomOpDef | OpOverload, backward: Callable[..., Any], /, *,
    setup_context: Callable[..., Any] | None = None, lib: Any = None,
) -> None:  # fmt: skip
    """Set the derivative of an operator; as `CustomOpDef.register_autograd`."""
    _definition(op).register_autograd(backward, setup_context=setup_context)


def register_fake(op: Any, func: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Set the function of an operator for tensors without elements, on ``meta``."""
    found = _definition(op)
    return found.register_fake if func is None else found.register_fake(func)


def register_vmap(op: Any, func: Callable[..., Any] | None = None, /, *, lib: Any = None) -> Any:
    """Set the function of an operator for batched tensors; as `CustomOpDef.register_vmap`."""
    return _definition(op).register_vmap(func)


def register_kernel(op: Any, device_types: Any, func: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Set the function of an operator for devices."""
    return _definition(op).register_kernel(device_types, func)


def _definition(op: Any) -> CustomOpDef:
    if isinstance(op, OpOverload):
        return op._definition
    if isinstance(op, CustomOpDef):
        return op
    if op not in _DEFINED:
        namespace, _, name = str(op).partition("::")
        getattr(getattr(ops, namespace), name)  # raises
    return _DEFINED[op]
