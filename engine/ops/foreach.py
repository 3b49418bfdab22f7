"""Operations on the tensors of lists, each with those at its place: ``torch._foreach_add`` and its kin, with which
optimizers change all parameters by one call.

What is done to each tensor is declared elsewhere.  Out of place one node records all of it: its gradients are those of
the nodes of the single operations, which it keeps.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

from ..autograd.node import Node, next_sequence_nr
from ..declare.op import Op, in_formula, op
from ..declare.registry import OVERLOADS
from ..declare.schema import parse
from ..dispatch import arguments
from ..dtypes import DIFFERENTIABLE, dtype
from ..tensor import Tensor
from .reduction import linalg_vector_norm

Each = Callable[..., Tensor]
"""What is done to one tensor: gets the parameters' values that belong to it."""

_UNARY = (
    "abs", "acos", "asin", "atan", "ceil", "cos", "cosh", "erf", "erfc", "exp", "expm1", "floor", "frac", "lgamma",
    "log", "log10", "log1p", "log2", "neg", "reciprocal", "round", "rsqrt", "sigmoid", "sign", "sin", "sinh", "sqrt",
    "tan", "tanh", "trunc",
)  # fmt: skip


class _Joint(Node):
    """The node of all results."""

    __slots__ = ("_nodes", "_width")
    __module__ = "builtins"
    _takes_all = True

    _nodes: list[Node | None]
    """Those of the single operations."""
    _width: int
    """How many inputs each of them has."""

    def _apply(self, grads: list[Tensor | None]) -> list[Tensor | None]:
        found: list[list[Tensor | None]] = []
        for node, grad in zip(self._nodes, grads, strict=True):
            if node is None or grad is None:
                found.append([None] * self._width)
            else:
                given = node._apply([grad] if node._takes_all else grad)
                found.append([*given, *[None] * (self._width - len(given))])
        return [*itertools.chain.from_iterable(zip(*found, strict=True))]

    def _release(self) -> None:
        for node in self._nodes:
            if node is not None and node._release is not None:
                node._release()


_OF_THEIR_OWN = frozenset(
    f"Foreach{name}"
    for name in (
        "DivBackward0", "MaximumBackward0", "MaximumBackward1", "MinimumBackward0", "MinimumBackward1", "MmBackward0",
        "NormBackward0", "PowBackward0", "PowBackward1", "PowBackward2",
    )
)  # fmt: skip
"""Nodes that torch has a class for; others, whose formulas it takes from the single operation's, it has not."""


@functools.cache
def _kind(name: str) -> type[Node]:
    shown = name if name in _OF_THEIR_OWN else "CppFunction"
    return type(shown, (_Joint,), {"__slots__": (), "__module__": "builtins", "_display_name": name})


def _join(name: str, results: Sequence[Tensor], width: int) -> None:
    """Make one node of those that recorded the results; ``width`` is how many tensors each was made of."""
    nodes = [one._grad_fn for one in results]
    if not any(nodes):
        return
    joint = object.__new__(_kind(name))
    joint._nodes, joint._width = nodes, width
    edges = [() if node is None else node._edges for node in nodes]
    joint._edges = tuple(own[place] if place < len(own) else None for place in range(width) for own in edges)
    joint._seq = next_sequence_nr()
    joint._more = [(one._array.shape, one._dtype) for one in results]
    joint._shape, joint._dtype = joint._more[0]
    joint._extra = None
    for nr, one in enumerate(results):
        if one._dtype in DIFFERENTIABLE:
            one._grad_fn, one._output_nr, one._requires_grad = joint, nr, True


def _rows(values: Sequence[Any], lists: Sequence[int], numbers: Sequence[int]) -> list[tuple[Any, ...]]:
    """For each tensor the values that belong to it.

    Args:
        values: the parameters'.
        lists: which of them are lists of tensors.
        numbers: which are lists of numbers, or a tensor of them.

    Raises:
        RuntimeError: if the lists are empty, or not of one length.
    """
    given = [*values]
    count = len(given[lists[0]])
    if not count:
        raise RuntimeError("Tensor list must have at least one tensor.")
    for place in lists[1:]:
        if len(given[place]) != count:
            raise RuntimeError(
                f"Tensor lists must have the same number of tensors, got {count} and {len(given[place])}"
            )
    for place in numbers:
        if isinstance(given[place], Tensor):
            given[place] = given[place].tolist()
        if len(given[place]) != count:
            raise RuntimeError("Tensor list must have same number of elements as scalar list.")
    spread = {*lists, *numbers}
    return [*zip(*(one if place in spread else (one,) * count for place, one in enumerate(given)), strict=True)]


def _scaled(alpha: Any) -> dict[str, Any]:
    return {} if alpha is None else {"alpha": alpha}


FUNCTIONS: dict[str, Callable[..., Any]] = {}
"""By their names in ``torch``."""
_CHANGES: dict[Op, Each] = {}
"""What an overload does to each tensor in place."""


def _declare(name: str, parameters: str, each: Each, node: str = "", change: Each | None = None) -> None:
    """Declare an overload.

    Args:
        name: the operation's, and the overload's.
        parameters: as the schema has them, after the list that is changed.
        each: what is done to each tensor.
        node: the name of the node, but for what all have in common; empty if there is none.
        change: what is done in place.
    """
    head, dot, overload = name.partition(".")
    own = "" if parameters.startswith("Scalar self") else "Tensor[] self"
    schema = f"_foreach_{head}{dot}{overload}({', '.join(filter(None, (own, parameters)))}) -> Tensor[]"
    kinds = [param.type for param in parse(schema).params]
    lists = [place for place, kind in enumerate(kinds) if kind.is_tensor and kind.is_list]
    spread = [place for place, kind in enumerate(kinds) if kind.base == "Scalar" and kind.is_list]
    if "Tensor scalars" in parameters:
        spread = [len(kinds) - 1]
    width = sum(kind.is_tensor for kind in kinds) - ("Tensor scalars" in parameters)

    def composite(*values: Any) -> tuple[Tensor, ...]:
        results = [each(*row) for row in _rows(values, lists, spread)]
        if node:
            _join(f"Foreach{node}", results, width)
        return tuple(results)

    function = op(schema, composite=composite, method=False)
    declared = OVERLOADS[f"_foreach_{head}"][-1]
    if node:
        FUNCTIONS[f"_foreach_{head}"] = function
    if change is not None:
        _CHANGES[declared] = in_formula(lambda *values: [change(*row) for row in _rows(values, lists, spread)])
        FUNCTIONS[f"_foreach_{head}_"] = _changing(f"_foreach_{head}_", OVERLOADS[f"_foreach_{head}"])


def _changing(name: str, overloads: Sequence[Op]) -> Callable[..., Any]:
    """The function that changes a list in place, and gives it."""

    def change(*args: Any, **kwargs: Any) -> Any:
        bound = arguments.bind(name, overloads, args, kwargs, method=False)
        _CHANGES[bound.op](*bound.values)
        return args[0] if args else kwargs["self"]

    change.__name__ = change.__qualname__ = name
    return change


def _camel(name: str) -> str:
    return "Log1P" if name == "log1p" else "".join(map(str.capitalize, name.split("_")))


def _number(other: Tensor) -> Tensor:
    """A tensor that stands for one number.

    Raises:
        RuntimeError: if it has dimensions.
    """
    if other.dim():
        raise RuntimeError(
            f"scalar tensor expected to be 0 dim but it has {other.dim()} dimensions and {other.numel()} elements."
        )
    return other


def _methods(name: str) -> tuple[Each, Each]:
    """A method, and its form in place."""
    return getattr(Tensor, name), getattr(Tensor, f"{name}_")


def _powers(self: Tensor, ord: float, dtype: dtype | None) -> Tensor:
    return (self if dtype is None else self.to(dtype)).abs().pow(ord).sum()


for _name in _UNARY:
    _each, _inplace = _methods(_name)
    _declare(_name, "", _each, f"{_camel(_name)}Backward0", _inplace)

# Overloads stand in the order in which they are tried: a list of numbers is none of tensors.
for _name, _single, _scalar, _scalars, _list in (
    ("add", "add", "1Scalar", "1ScalarList", "0List"), ("sub", "sub", "1Scalar", "1ScalarList", "0List"),
    ("mul", "mul", "1Scalar", "1ScalarList", "0List"), ("div", "div", "1Scalar", "1ScalarList", "0"),
    ("clamp_max", "clamp_max", "0Scalar", "0ScalarList", "1List"),
    ("clamp_min", "clamp_min", "0Scalar", "0ScalarList", "1List"),
    ("maximum", "clamp_min", "0", "1", "0List"), ("minimum", "clamp_max", "0", "1", "0List"),
):  # fmt: skip
    (_each, _inplace), _node, _own = _methods(_single), f"{_camel(_name)}Backward", getattr(Tensor, _name)
    if _name in ("mul", "div"):
        _declare(
            f"{_name}.Tensor", "Tensor other", lambda self, other, each=_each: each(self, _number(other)),
            f"{_node}0Tensor", lambda self, other, each=_inplace: each(self, _number(other)),
        )  # fmt: skip
    _declare(f"{_name}.Scalar", "Scalar scalar", _each, _node + _scalar, _inplace)
    _declare(f"{_name}.ScalarList", "Scalar[] scalars", _each, _node + _scalars, _inplace)
    if _name == "add":
        _declare(
            f"{_name}.Tensor", "Tensor other, *, Scalar alpha=1",
            lambda self, other, alpha, each=_each: each(self, _number(other), **_scaled(alpha)), f"{_node}0Tensor",
            lambda self, other, alpha, each=_inplace: each(self, _number(other), **_scaled(alpha)),
        )  # fmt: skip
    _declare(
        f"{_name}.List", f"Tensor[] other{', *, Scalar alpha=1' if _name in ('add', 'sub') else ''}",
        lambda self, other, alpha=None, each=_own: each(self, other, **_scaled(alpha)), _node + _list,
        lambda self, other, alpha=None, each=_inplace: each(self, other, **_scaled(alpha)),
    )  # fmt: skip

for _name in ("addcdiv", "addcmul"):
    _each, _inplace = _methods(_name)
    for _last in ("Scalar value=1", "Scalar[] scalars", "Tensor scalars"):
        _overload = {"Scalar": "Scalar", "Scalar[]": "ScalarList", "Tensor": "Tensor"}[_last.partition(" ")[0]]
        _declare(
            f"{_name}.{_overload}", f"Tensor[] tensor1, Tensor[] tensor2, {_last}",
            lambda self, one, other, value, each=_each: each(self, one, other, value=value),
            f"{_camel(_name)}Backward0{_overload}",
            lambda self, one, other, value, each=_inplace: each(self, one, other, value=value),
        )  # fmt: skip

_declare("pow.ScalarAndTensor", "Scalar self, Tensor[] exponent", lambda self, e: e.__rpow__(self), "PowBackward2")
for _overload, _last, _lerp, _pow in (
    ("Scalar", "Scalar", "0Scalar", "0Scalar"), ("ScalarList", "Scalar[]", "0ScalarList", "1"),
    ("List", "Tensor[]", "1List", "0"),
):  # fmt: skip
    _weight = "weights" if _overload == "List" else "weight"
    _each, _inplace = _methods("lerp")
    _declare(f"lerp.{_overload}", f"Tensor[] tensors1, {_last} {_weight}", _each, f"LerpBackward{_lerp}", _inplace)
    _each, _inplace = _methods("pow")
    _declare(f"pow.{_overload}", f"{_last} exponent", _each, f"PowBackward{_pow}", _inplace)

_NORM = "Scalar ord=2, ScalarType? dtype=None"
_declare("norm.Scalar", _NORM, lambda self, ord, dtype: linalg_vector_norm(self, ord, dtype=dtype), "NormBackward0")
_declare("powsum.Scalar", _NORM, _powers, "PowsumBackward0")
_declare("max", "", Tensor.max, "MaxBackward1")
_declare("mm", "Tensor[] mat2", Tensor.mm, "MmBackward0")
_declare(
    "clone", "*, MemoryFormat? memory_format=None",
    lambda self, memory_format: self.clone(memory_format=memory_format), "CloneBackward0",
)  # fmt: skip
_declare(
    "copy", "Tensor[] src, bool non_blocking=False", lambda self, src, _: src.to(self.dtype).expand(self.shape).clone(),
    change=Tensor.copy_,
)  # fmt: skip
_declare("zero", "", lambda self: self.new_zeros(self.shape), change=Tensor.zero_)
