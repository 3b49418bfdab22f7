"""``torch.ops``: namespaces, in each the operators by name, of each the overloads.

Source: ``torch._ops``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..declare.registry import STANDING, operations
from ..declare.schema import REQUIRED, Mean, Param, Schema, parse
from ..dispatch import inplace, slow
from ..tensor import Tensor
from .schema import shown

if TYPE_CHECKING:
    from ..declare.op import Op
    from .definition import Operator


class _Namespace:
    """``torch.ops.<namespace>``: its operators as attributes."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if self._name == "aten" and not name.startswith("__"):
            overloads = _overloads(name)
            if not overloads and name.endswith("_"):
                overloads = {key: op for key, op in _overloads(name[:-1]).items() if op.inplace}
            if overloads:
                found = NativePacket(name, overloads)
                setattr(self, name, found)
                return found
        raise AttributeError(f"'_OpNamespace' '{self._name}' object has no attribute '{name}'")

    def __dir__(self) -> list[str]:
        return [*(name for name in vars(self) if name != "_name"), "name"]

    @property
    def name(self) -> str:
        """The namespace's."""
        return self._name

    def __repr__(self) -> str:
        return f"<module 'torch.ops.{self._name}' from 'torch.ops'>"


def _overloads(name: str) -> dict[str, Op]:
    """The overloads that torch has of an operation of its own."""
    found = {op.schema.overload or "default": op for op in operations() if op.schema.name == name and op.native}
    return found or ({"default": STANDING[name]} if name in STANDING else {})


class _Ops:
    """``torch.ops``: a namespace for each first part of a name."""

    def __getattr__(self, name: str) -> _Namespace:
        if name.startswith("__"):
            raise AttributeError(name)
        found = _Namespace(name)
        setattr(self, name, found)
        return found


ops = _Ops()


class OpOverloadPacket:
    """All overloads of a name in ``torch.ops``; a custom operator has one."""

    __module__ = "torch._ops"

    def __init__(self, definition: Operator) -> None:
        self._definition = definition
        self.default = OpOverload(definition)

    def overloads(self) -> list[str]:
        """The names of the overloads."""
        return ["default"]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._definition(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"The underlying op of '{str(self).replace('.', '::')}' has no overload name '{name}'")

    def __str__(self) -> str:
        return self._definition._qualname.replace("::", ".")

    def __repr__(self) -> str:
        return f"<OpOverloadPacket(op='{self}')>"


class Argument:
    """An argument or a result of a schema."""

    __module__ = "torch"

    def __init__(self, name: str, type: str, default_value: Any = None, kwarg_only: bool = False) -> None:
        self.name, self.type, self.default_value, self.kwarg_only = name, type, default_value, kwarg_only

    def has_default_value(self) -> bool:
        """Whether a call may leave it out."""
        return self.default_value is not REQUIRED


class FunctionSchema:
    """A schema, read: its name, what it takes, what it gives."""

    __module__ = "torch._C"

    def __init__(self, text: str, schema: Schema) -> None:
        self._text = text
        self.name, self.overload_name = text.partition("(")[0].partition(".")[0], schema.overload
        self.arguments = [
            Argument(one.name, _shown_type(one), one.of_operator, one.kwarg_only) for one in schema.params
        ]
        self.returns = [Argument(name, "Tensor[]" if schema.variadic else "Tensor") for name in schema.returns]

    def __str__(self) -> str:
        return self._text

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, FunctionSchema) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)


def _shown_type(param: Param) -> str:
    kind = param.type
    text = f"List[{kind.base}]" if kind.is_list else kind.base
    return f"Optional[{text}]" if kind.optional else text


class OpOverload:
    """One overload of an operator."""

    __module__ = "torch._ops"

    def __init__(self, definition: Operator) -> None:
        self._definition = definition

    @property
    def _schema(self) -> FunctionSchema:
        return FunctionSchema(self._definition._declaration, self._definition.schema)

    @property
    def _overloadname(self) -> str:
        return self.__name__.partition(".")[2]

    @property
    def namespace(self) -> str:
        """The first part of the name."""
        return self.name().partition("::")[0]

    @property
    def overloadpacket(self) -> OpOverloadPacket:
        """All overloads of this name."""
        namespace, _, short = self._definition._qualname.partition("::")
        return getattr(getattr(ops, namespace), short)

    @property
    def __name__(self) -> str:
        return f"{self._definition._qualname.partition('::')[2]}.default"

    def name(self) -> str:
        """The name as schemas have it, ``ours::square``."""
        return self._definition._qualname

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._definition(*args, **kwargs)

    def __str__(self) -> str:
        return self._definition._qualname.replace("::", ".") + ".default"

    def __repr__(self) -> str:
        return f"<OpOverload(op='{self._definition._qualname.replace('::', '.')}', overload='default')>"


class NativePacket(OpOverloadPacket):
    """The overloads of one of torch's own operations, ``torch.ops.aten.add``."""

    __module__ = "torch._ops"

    def __init__(self, name: str, overloads: dict[str, Op]) -> None:
        self._name, self._kind = name, _kind_of(name)
        self._found = {key: self._kind(op) for key, op in overloads.items()}
        tensor = overloads.get("Tensor")
        if name.removesuffix("_") in _BY_NUMBERS and tensor is not None and "Scalar" not in overloads:
            self._found["Scalar"] = self._kind(tensor, "Scalar")

    def overloads(self) -> list[str]:
        """The names of the overloads."""
        return [*self._found]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        overloads = [one._op for one in self._found.values()]
        several = [op for op in overloads if kwargs and len(op.schema.returns) > 1]
        named = [op for op in several if all(isinstance(kwargs.get(name), Tensor) for name in _outs(op.schema))]
        if named:
            kwargs["out"] = tuple(kwargs.pop(name) for name in _outs(named[0].schema))
            return tuple(self._kind._called(self._name, named, args, kwargs))
        if several and isinstance(kwargs.get("out"), tuple | list):
            unknown = f"Unknown keyword argument 'out' for operator 'aten::{self._name}'"
            raise RuntimeError(
                "Overloaded torch operator invoked from Python failed to match any schema:\n"
                f"{unknown}. Schema: aten::{several[0].schema.text}"
            )
        _add_defaults(overloads[0], args, kwargs)
        return self._kind._called(self._name, overloads, args, kwargs)

    @property
    def __name__(self) -> str:
        return self._name

    def __getattr__(self, name: str) -> Any:
        if name in self._found:
            return self._found[name]
        raise AttributeError(f"The underlying op of 'aten.{self._name}' has no overload name '{name}'")

    def __str__(self) -> str:
        return f"aten.{self._name}"


class NativeOverload(OpOverload):
    """One of them, ``torch.ops.aten.add.Tensor``."""

    __module__ = "torch._ops"

    _called = staticmethod(slow.function)

    def __init__(self, op: Op, overload: str = "") -> None:
        self._op = op
        self._name, self._overload = op.schema.name, overload or op.schema.overload or "default"

    @property
    def _schema(self) -> FunctionSchema:
        text = self._op.schema.text
        if self._overload == "Scalar" and self._op.schema.overload == "Tensor":
            text = text.replace(".Tensor(", ".Scalar(").replace("Tensor other", "Scalar other").replace("*, ", "")
            return FunctionSchema(f"aten::{shown(text)}", parse(text))
        return FunctionSchema(f"aten::{shown(text)}", self._op.schema)

    @property
    def overloadpacket(self) -> OpOverloadPacket:
        """All overloads of this name."""
        found = getattr(ops.aten, self._name, None) if self._op.native else None
        return found or NativePacket(self._name, {self._overload: self._op})

    @property
    def __name__(self) -> str:
        return f"{self._name}.{self._overload}"

    def name(self) -> str:
        """The name as schemas have it, ``aten::add.Tensor``."""
        return f"aten::{self._name}" + (f".{self._overload}" if self._overload != "default" else "")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        _add_defaults(self._op, args, kwargs)
        return self._called(self._op.schema.name, [self._op], args, kwargs)

    def __str__(self) -> str:
        return f"aten.{self._name}.{self._overload}"

    def __repr__(self) -> str:
        return f"<OpOverload(op='aten.{self._name}', overload='{self._overload}')>"


class InplaceOverload(NativeOverload):
    """The in-place form of one, ``torch.ops.aten.add_.Tensor``."""

    __module__ = "torch._ops"
    _called = staticmethod(inplace.called)

    def __init__(self, op: Op, overload: str = "") -> None:
        super().__init__(op, overload)
        self._name = f"{op.schema.name.removesuffix('_')}_"

    @property
    def _schema(self) -> FunctionSchema:
        found = super()._schema
        found.name = f"aten::{self._name}"
        return found


for _class, _base in ((NativePacket, OpOverloadPacket), (NativeOverload, OpOverload), (InplaceOverload, OpOverload)):
    type.__setattr__(_class, "__name__", _base.__name__)  # by which users know both
    type.__setattr__(_class, "__qualname__", _base.__qualname__)


_STATISTICS = ("out", "save_mean", "save_invstd")
_NAMED_OUTS = {
    "_batch_norm_with_update": (*_STATISTICS, "reserve"), "_native_batch_norm_legit": _STATISTICS,
    "native_batch_norm": _STATISTICS, "linalg_eigh": ("eigvals", "eigvecs"), "max": ("max", "max_values"),
    "min": ("min", "min_indices"), "triangular_solve": ("X", "M"),
    **dict.fromkeys(
        ("adaptive_max_pool2d", "adaptive_max_pool3d", "max_pool2d_with_indices", "max_pool3d_with_indices"),
        ("out", "indices"),
    ),
    **dict.fromkeys(("fractional_max_pool2d", "fractional_max_pool3d"), ("output", "indices")),
    **dict.fromkeys(
        (
            "_fake_quantize_per_tensor_affine_cachemask_tensor_qparams", "fake_quantize_per_channel_affine_cachemask",
            "fake_quantize_per_tensor_affine_cachemask",
        ),
        ("out0", "out1"),
    ),
}  # fmt: skip
"""What results are called that are written to tensors, where it is neither what they are called else nor their number
(``torchgen``'s ``native_functions.yaml``)."""


def _outs(schema: Schema) -> tuple[str, ...]:
    """What the results are called that `torch.ops` is to write to tensors."""
    if schema.name in _NAMED_OUTS:
        return _NAMED_OUTS[schema.name]
    numbered = tuple(f"out{index}" for index in range(len(schema.returns)))
    return schema.returns if all(schema.returns) else numbered


def _add_defaults(op: Op, args: tuple, kwargs: dict[str, Any]) -> None:
    """Give a call the defaults that Python's own calls do not have."""
    for place, param in enumerate(op.schema.params):
        if isinstance(param.default, Mean) and place >= len(args):
            kwargs.setdefault(param.name, param.of_operator)


_BY_NUMBERS = ("add", "div", "mul", "sub")
"""Operations for which torch's own code has overloads that take a number; a number in a program is a tensor to it."""


def native_overload(op: Op, *, by_number: bool = False) -> NativeOverload:
    """What ``torch.ops`` has for an operation, which gets a number from torch's own code or not."""
    if isinstance(own := getattr(op, "_opoverload", None), OpOverload):
        return own  # type: ignore[return-value]
    packet = getattr(ops.aten, op.schema.name, None) if op.native else None
    found = None if packet is None else packet._found.get(op.schema.overload or "default")
    if by_number and packet is not None and op.schema.overload == "Tensor":
        found = packet._found.get("Scalar", found)
    return found or _kind_of(op.schema.name)(op)


def _kind_of(name: str) -> type[NativeOverload]:
    return InplaceOverload if name.endswith("_") else NativeOverload
