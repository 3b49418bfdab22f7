"""Custom operators: a function with annotations that becomes an operator in ``torch.ops``.

Source: ``torch.library``.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from ..dispatch.autocast import AUTOCAST
from ..dtypes import dtype as DType
from ..tensor import Tensor
from .definition import DEFINED, Call, Operator, check_fresh, tensors_in
from .operators import OpOverload, ops
from .schema import infer_schema


class CustomOpDef(Operator):
    """A custom operator.  Source: ``torch.library.CustomOpDef``."""

    __module__ = "torch._library.custom_ops"

    def __init__(
        self, name: str, fn: Callable[..., Any], mutates_args: Any, schema: str | None, device_types: Any = None
    ) -> None:
        super().__init__(name, schema or infer_schema(fn, mutates_args=mutates_args))
        self._init_fn = fn
        if (code := getattr(inspect.unwrap(fn), "__code__", None)) is not None:
            self.place = f"{code.co_filename}:{code.co_firstlineno}"
        given = inspect.signature(fn).parameters
        self._parameters = tuple(
            replace(one, default=given[one.name].default)
            if one.name in given and given[one.name].default is not inspect.Parameter.empty
            else one
            for one in self._parameters
        )
        if mutates_args == "unknown":
            self._mutated = tuple(one.name for one in self._parameters)
        self._anywhere = device_types is None
        self._disabled: set[str] = set()
        self._casts: dict[str, DType] = {}
        if not self._anywhere:
            self.register_kernel(device_types, fn)

    def __repr__(self) -> str:
        return f"<CustomOpDef({self._qualname})>"

    @property
    def _opaque(self) -> bool:
        return True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        to = self._casts.get("cpu") if AUTOCAST.get() is not None else None
        if to is None:
            return super().__call__(*args, **kwargs)
        token = AUTOCAST.set(None)
        try:
            return super().__call__(*(_cast(one, to) for one in args), **{k: _cast(v, to) for k, v in kwargs.items()})
        finally:
            AUTOCAST.reset(token)

    def _computed(self, call: Call) -> Any:
        outcome = super()._computed(call)
        check_fresh(self, outcome, call)
        return outcome

    def _kernel_for(self, call: Call) -> Callable[..., Any]:
        if any(one.is_meta for one in tensors_in(call.values)):
            if "Meta" not in self._kernels:
                raise RuntimeError(
                    f"There was no fake impl registered for {self!r}. This is necessary for torch.compile/export/fx "
                    f"tracing to work. Please use `{self._init_fn.__name__}.register_fake` to add an fake impl."
                )
        elif self._anywhere and ("CPU" not in self._kernels or "cpu" in self._disabled):
            return self._init_fn
        return super()._kernel_for(call)

    def register_kernel(self, device_types: Any, fn: Callable[..., Any] | None = None, /) -> Any:
        """Set the function for the CPU; those for other devices are never called here."""

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            kinds = (device_types,) if isinstance(device_types, str) else device_types or ("cpu",)
            if "cpu" in kinds:
                self._kernels["CPU"] = function
            return function

        return register if fn is None else register(fn)

    @contextlib.contextmanager
    def set_kernel_enabled(self, device_type: str, enabled: bool = True) -> Iterator[None]:
        """While the block runs, use the function that was registered for a device type, or the first one."""
        before = set(self._disabled)
        (self._disabled.discard if enabled else self._disabled.add)(device_type)
        try:
            yield
        finally:
            self._disabled = before

    def register_torch_dispatch(self, torch_dispatch_class: Any, fn: Callable[..., Any] | None = None, /) -> Any:
        """Set what a mode's class does with the operator, in place of its ``__torch_dispatch__``; ``fn`` gets the mode,
        and the arguments of that method."""

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            self.handlers[torch_dispatch_class] = function
            return function

        return register if fn is None else register(fn)

    def register_autocast(self, device_type: str, cast_inputs: DType) -> None:
        """Cast floating-point inputs within ``autocast`` blocks of a device type.

        Raises:
            ValueError: for what is no device type with autocast.
        """
        if device_type not in ("cpu", "cuda"):
            raise ValueError(f"Unknown device type: {device_type}")
        self._casts[device_type] = cast_inputs


def _cast(value: Any, to: DType) -> Any:
    if isinstance(value, Tensor):
        return value.to(to) if value.is_floating_point() and value.element_size() < 8 else value
    if isinstance(value, (list, tuple)):
        return type(value)(_cast(one, to) for one in value)
    return value


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
        return CustomOpDef(name, function, mutates_args, schema, device_types)

    return define if fn is None else define(fn)


def register_autograd(
    op: str | Operator | OpOverload, backward: Callable[..., Any], /, *,
    setup_context: Callable[..., Any] | None = None, lib: Any = None,
) -> None:  # fmt: skip
    """Set the derivative of an operator; as `CustomOpDef.register_autograd`."""
    definition_of(op).register_autograd(backward, setup_context=setup_context)


def register_fake(op: Any, func: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Set the function of an operator for tensors without elements, on ``meta``."""
    found = definition_of(op)
    return found.register_fake if func is None else found.register_fake(func)


def register_vmap(op: Any, func: Callable[..., Any] | None = None, /, *, lib: Any = None) -> Any:
    """Set the function of an operator for batched tensors; as `CustomOpDef.register_vmap`."""
    return definition_of(op).register_vmap(func)


def register_kernel(op: Any, device_types: Any, func: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Set the function of an operator for devices."""
    found = definition_of(op)
    if not isinstance(found, CustomOpDef):
        return found.implement(device_types or "cpu", func)
    return found.register_kernel(device_types, func)


def register_torch_dispatch(op: Any, torch_dispatch_class: Any, func: Any = None, /, *, lib: Any = None) -> Any:
    """Set what a mode's class does with an operator; as `CustomOpDef.register_torch_dispatch`."""
    return _custom(op).register_torch_dispatch(torch_dispatch_class, func)


def register_autocast(op: Any, device_type: str, cast_inputs: DType, /, *, lib: Any = None) -> None:
    """Cast inputs of an operator within ``autocast`` blocks; as `CustomOpDef.register_autocast`."""
    _custom(op).register_autocast(device_type, cast_inputs)


def _custom(op: Any) -> CustomOpDef:
    found = definition_of(op)
    if not isinstance(found, CustomOpDef):
        raise NotImplementedError(f"{found._qualname} was declared by its schema: only a custom_op has this")
    return found


def definition_of(op: Any) -> Operator:
    """The operator of that name, definition or overload.

    Raises:
        AttributeError: for a name that nothing has.
    """
    if isinstance(op, OpOverload):
        return op._definition
    if isinstance(op, Operator):
        return op
    if op not in DEFINED:
        namespace, _, name = str(op).partition("::")
        getattr(getattr(ops, namespace), name)  # raises
    return DEFINED[op]
