"""Traces: what a function did with an example, done again with other tensors.

While the example runs, a mode sees each call of a function of torch's, as users call it, and notes it.  Sizes that are
read are integers that know where they come from, so that ``x.view(x.size(0), -1)`` fits other batches.  All other
Python values are those of the example.

Source: ``torch.jit.trace``.
"""

from __future__ import annotations

import functools
import operator
import warnings
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any, Self

from ..layout import Size, sized
from ..nn.modules.module import Module
from ..overrides import TorchFunctionMode
from ..tensor import Tensor
from ..testing import assert_close
from ..utils.pytree import tree_flatten, tree_map
from .script import RecursiveScriptModule, ScriptFunction, deprecated

_TRACING: ContextVar[bool] = ContextVar("tracing", default=False)


class TracerWarning(Warning):
    """What a trace notes may not hold for other inputs."""

    __module__ = "torch.jit._trace"


def is_tracing() -> bool:
    """Whether an example is running."""
    return _TRACING.get()


def _warn(text: str) -> None:
    warnings.warn(text, TracerWarning, stacklevel=2)


_GENERALIZE = (
    " might cause the trace to be incorrect. We can't record the data flow of Python values, so this value will be "
    "treated as a constant in the future. This means that the trace might not generalize to other inputs!"
)
_CONVERSIONS = {
    "__bool__": "boolean", "__int__": "integer", "__index__": "index", "__float__": "float", "item": "number",
    "tolist": "list",
}  # fmt: skip
_OTHER = {
    "__len__": "Using len to get tensor shape might cause the trace to be incorrect. Recommended usage would be "
    "tensor.shape[0]. Passing a tensor of different shape might lead to errors or silently give incorrect results.",
    "numpy": f"Converting a tensor to a NumPy array{_GENERALIZE}",
}


class _Slot:
    """The value of a step, by its number."""

    def __init__(self, number: int) -> None:
        self.number = number


class _Length(int):
    """A size of the example's, and how it is found for other inputs."""

    find: Callable[[dict[int, Any]], int]

    @classmethod
    def of(cls, value: int, find: Callable[[dict[int, Any]], int]) -> _Length:
        """A size with what finds it."""
        made = cls(value)
        made.find = find
        return made

    def __reduce__(self) -> Any:
        return _Length.of, (int(self), self.find)


class _Computed:
    """Finds what arithmetic with sizes gives."""

    def __init__(self, function: Callable[..., Any], operands: tuple) -> None:
        self.function, self.operands = function, operands

    def __call__(self, values: dict[int, Any]) -> int:
        found: int = self.function(*(_found(one, values) for one in self.operands))
        return found


class _Read:
    """Finds a size of a value."""

    def __init__(self, number: int, dim: int) -> None:
        self.number, self.dim = number, dim

    def __call__(self, values: dict[int, Any]) -> int:
        found: int = values[self.number].shape[self.dim]
        return found


def _arithmetic(name: str) -> Callable[..., Any]:
    function = getattr(operator, name.strip("_").removeprefix("r") if name.startswith("__r") else name)
    plain = getattr(int, name)
    reflected = name.startswith("__r")

    def method(self: _Length, *other: Any) -> Any:
        value = plain(self, *other)
        if value is NotImplemented or type(value) is not int:
            return value
        operands = (*other, self) if reflected else (self, *other)
        return _Length.of(value, _Computed(function, operands))

    return method


for _name in ("add", "sub", "mul", "floordiv", "mod", "neg", "radd", "rsub", "rmul", "rfloordiv"):
    setattr(_Length, f"__{_name}__", _arithmetic(f"__{_name}__"))


def _found(value: Any, values: dict[int, Any]) -> Any:
    """A value that was noted, for these inputs."""
    if isinstance(value, _Slot):
        return values[value.number]
    if isinstance(value, _Length):
        return value.find(values)
    if type(value) in (list, tuple, Size):
        parts = [_found(one, values) for one in value]
        return sized(parts) if type(value) is Size else type(value)(parts)
    if type(value) is dict:
        return {key: _found(one, values) for key, one in value.items()}
    if isinstance(value, slice):
        return slice(*(_found(one, values) for one in (value.start, value.stop, value.step)))
    return value


class _Recorder(TorchFunctionMode):
    """Notes calls: the function, its arguments, and which values come of it."""

    def __init__(self, inputs: Sequence[Any]) -> None:
        super().__init__()
        self.steps: list[tuple[Callable[..., Any], Any, Any, Any]] = []
        self._slots: dict[int, _Slot] = {}
        self._held: list[Any] = []
        self.inputs = [self._slot(one) for one in inputs]

    def _slot(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            self._held.append(value)
            return self._slots.setdefault(id(value), _Slot(len(self._held)))
        return value

    def noted(self, value: Any) -> Any:
        """A value as it stands in the notes: tensors that are known by their slots."""
        if isinstance(value, Tensor):
            return self._slots.get(id(value), value)
        if type(value) in (list, tuple, Size):
            parts = [self.noted(one) for one in value]
            return tuple(parts) if type(value) is Size else type(value)(parts)
        if type(value) is dict:
            return {key: self.noted(one) for key, one in value.items()}
        if isinstance(value, slice):
            return slice(*(self.noted(one) for one in (value.start, value.stop, value.step)))
        return value

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        name = func.__name__
        owner = getattr(getattr(func, "__self__", None), "fget", None)
        if name in _CONVERSIONS:
            _warn(f"Converting a tensor to a Python {_CONVERSIONS[name]}{_GENERALIZE}")
        elif name in _OTHER:
            _warn(_OTHER[name])
        noted = self.noted(args), self.noted(kwargs)
        result = func(*args, **kwargs)
        if name == "size" or (name == "__get__" and getattr(owner, "__name__", "") == "shape"):
            return self._sizes(result, noted[0][0], args[1:] or tuple(kwargs.values()))
        outputs = tree_map(lambda one: self._slot(one) if isinstance(one, Tensor) else None, result)
        self.steps.append((func, *noted, outputs))
        return result

    def _sizes(self, result: Any, tensor: Any, dim: tuple) -> Any:
        if isinstance(tensor, Tensor):
            return result  # that of the example's own weights

        def length(value: int, at: int) -> _Length:
            return _Length.of(value, _Read(tensor.number, at))

        if isinstance(result, int):
            return length(result, operator.index(dim[0]))
        return sized([length(value, at) for at, value in enumerate(result)])


class _Trace:
    """What was noted of one example: the steps, and where inputs and results are."""

    def __init__(self, function: Callable[..., Any], args: tuple, kwargs: dict[str, Any], strict: bool) -> None:
        args, kwargs = _apart(args, kwargs)
        recorder = _Recorder(tree_flatten((args, kwargs))[0])
        token = _TRACING.set(True)
        try:
            with recorder:
                result = function(*args, **kwargs)
        finally:
            _TRACING.reset(token)
        _check_result(result, strict)
        self.result = result
        self._inputs, self._steps, self._output = recorder.inputs, recorder.steps, recorder.noted(result)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "result"}

    def __call__(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        flat, _ = tree_flatten((args, kwargs))
        values: dict[int, Any] = {}
        for slot, value in zip(self._inputs, flat, strict=False):
            if isinstance(slot, _Slot):
                values[slot.number] = value
        for function, given, named, outputs in self._steps:
            result = function(*_found(given, values), **_found(named, values))
            slots, _ = tree_flatten(outputs)
            for slot, value in zip(slots, tree_flatten(result)[0], strict=False):
                if isinstance(slot, _Slot):
                    values[slot.number] = value
        return _found(self._output, values)


def _apart(args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
    """An example in which no tensor is given twice, so that each input is known by itself."""
    seen: set[int] = set()

    def one(value: Any) -> Any:
        if not isinstance(value, Tensor) or id(value) not in seen:
            seen.add(id(value))
            return value
        return value.clone()

    return tree_map(one, args), tree_map(one, kwargs)


def _check_result(result: Any, strict: bool) -> None:
    flat, _ = tree_flatten(result)
    if not flat or not all(isinstance(one, Tensor) for one in flat):
        raise RuntimeError(
            "Only tensors, lists, tuples of tensors, or dictionary of tensors can be output from traced functions"
        )
    text = (
        "Encountering a {} at the output of the tracer might cause the trace to be incorrect, this is only valid if "
        "the container structure does not change based on the module's inputs. Consider using a constant container "
        "instead (e.g. for `list`, use a `tuple` instead. for `dict`, use a `NamedTuple` instead). If you absolutely "
        "need this and know the side effects, pass strict=False to trace() to allow this behavior."
    )
    if strict and _has(result, dict):
        raise RuntimeError(text.format("dict"))
    if strict and _has(result, list):
        _warn(text.format("list"))


def _has(value: Any, kind: type) -> bool:
    if isinstance(value, kind):
        return True
    return isinstance(value, (list, tuple)) and any(_has(one, kind) for one in value)


def _inputs(example: Any) -> tuple:
    args = (example,) if isinstance(example, (Tensor, dict)) else tuple(example)
    if not all(isinstance(one, Tensor) for one in tree_flatten(args)[0]):
        kinds = ", ".join(type(one).__name__ for one in args)
        raise RuntimeError(
            f"Type 'Tuple[{kinds}]' cannot be traced. Only Tensors and (possibly nested) Lists, Dicts, and Tuples of "
            "Tensors can be traced"
        )
    return args


def _copied(value: Any) -> Any:
    def copy(one: Any) -> Any:
        return one.detach().clone().requires_grad_(one.requires_grad) if isinstance(one, Tensor) else one

    return tree_map(copy, value)


def _checked(trace: _Trace, function: Callable[..., Any], args: tuple, kwargs: dict[str, Any], strict: bool) -> None:
    """Trace again, and warn where the first trace gives something else."""
    again = _Trace(function, _copied(args), _copied(kwargs), strict)
    expected, _ = tree_flatten(again.result)
    found, _ = tree_flatten(trace(_copied(args), _copied(kwargs)))
    for place, (one, two) in enumerate(zip(found, expected, strict=True)):
        try:
            assert_close(one, two, rtol=1e-5, atol=1e-5, equal_nan=True)
        except AssertionError as error:
            _warn(
                f"Output nr {place + 1}. of the traced function does not match the corresponding output of the Python "
                f"function. Detailed error:\n{error}"
            )


def _traced_function(function: Callable[..., Any], trace: _Trace, names: Sequence[str]) -> ScriptFunction:
    """What a call of the function gives from now on: what the example did."""

    @functools.wraps(function)
    def traced(*args: Any, **kwargs: Any) -> Any:
        given = [*args, *(kwargs[name] for name in names[len(args) :] if name in kwargs)]
        if len(given) < len(names):
            declared = ", ".join(f"Tensor {name}" for name in names)
            called = function.__name__.replace("<lambda>", "_lambda")
            raise RuntimeError(
                f"{called}() is missing value for argument '{names[len(given)]}'. Declaration: {called}({declared}) -> "
                "Tensor"
            )
        return trace(tuple(given), {})

    return ScriptFunction(traced)


class TracedModule(RecursiveScriptModule):
    """A part of a module that `trace` was given."""

    __module__ = "torch.jit._trace"

    def _get_name(self) -> str:
        return self.original_name

    def _container(self, name: str) -> Callable[..., Any]:
        kind = f"'{type(self).__name__}' object"
        if name == "__len__":
            raise TypeError(f"object of type '{type(self).__name__}' has no len()")
        raise TypeError(f"{kind} is not {'subscriptable' if name == '__getitem__' else 'iterable'}")

    def train(self, mode: bool = True) -> Self:
        """Sets the mode, of which the trace does not know."""
        Module.train(self, mode)
        return self


class TopLevelTracedModule(TracedModule):
    """A module that `trace` was given, with its parameters and buffers; a call does what the example did."""

    __module__ = "torch.jit._trace"

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self.__dict__["_traces"] = {}
        for name, child in module.named_children():
            self._modules[name] = TracedModule(child)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the example did, with these tensors."""
        return self._traces["forward"](args, kwargs)

    def __getattr__(self, name: str) -> Any:
        traces = self.__dict__.get("_traces", {})
        if name in traces:
            return lambda *args, **kwargs: traces[name](args, kwargs)
        return super().__getattr__(name)


def trace(
    func: Any, example_inputs: Any = None, optimize: None = None, check_trace: bool = True, check_inputs: Any = None,
    check_tolerance: float = 1e-5, strict: bool = True, _force_outplace: bool = False, _module_class: Any = None,
    _compilation_unit: Any = None, example_kwarg_inputs: dict[str, Any] | None = None, _store_inputs: bool = True,
) -> Any:  # fmt: skip
    """What a function or a module did with an example, to be done again with other tensors.

    Conditions, loops, and all values in Python but sizes are those of the example.  What only a compiled trace has, its
    graph, its code and its file, is refused.

    Args:
        func: the function or the module.
        example_inputs: a tensor, or a tuple of them.
        optimize: without effect.
        check_trace: trace twice, and warn where the results differ.
        check_inputs: without effect.
        check_tolerance: without effect.
        strict: refuse dicts as results.
        example_kwarg_inputs: inputs by name.

    Raises:
        RuntimeError: for inputs or results that are no tensors.

    Source: ``torch.jit.trace``.
    """
    deprecated("trace")
    kwargs = dict(example_kwarg_inputs or {})
    args = () if example_inputs is None else _inputs(example_inputs)
    if isinstance(func, Module):
        return _traced_module(func, {"forward": (args, kwargs)}, check_trace, strict)
    made = _Trace(func, args, kwargs, strict)
    if check_trace:
        _checked(made, func, args, kwargs, strict)
    code = getattr(func, "__code__", None)
    names = code.co_varnames[: len(args)] if code is not None else [f"argument_{n}" for n in range(len(args))]
    return _traced_function(func, made, names)


def trace_module(
    mod: Module, inputs: dict[str, Any], optimize: None = None, check_trace: bool = True, *_: Any, strict: bool = True,
    **__: Any,
) -> Any:  # fmt: skip
    """Traces of several methods of a module.

    Args:
        mod: the module.
        inputs: an example for each method.
        optimize: without effect.
        check_trace: trace twice, and warn where the results differ.
        strict: refuse dicts as results.
    """
    return _traced_module(mod, {name: (_inputs(one), {}) for name, one in inputs.items()}, check_trace, strict)


def _traced_module(mod: Module, examples: dict[str, tuple[tuple, dict]], check: bool, strict: bool) -> Any:
    deprecated("trace_method")
    made = TopLevelTracedModule(mod)
    for name, (args, kwargs) in examples.items():
        function = mod if name == "forward" else getattr(mod, name)
        made._traces[name] = _Trace(function, args, kwargs, strict)
        if check:
            _checked(made._traces[name], function, args, kwargs, strict)
    return made
