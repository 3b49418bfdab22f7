"""``op()``: the only way to declare an operation.

    mul = op(
        "mul.Tensor(Tensor self, Tensor other) -> Tensor", kernels.multiply,
        self=lambda grad, other: grad * other.conj(),
        other=lambda grad, self: grad * self.conj(),
        promote=DEFAULT, also=("multiply",), inplace=True, out=True)

From that call follow the function, the method, ``mul_`` and ``out=``, the aliases; the node class with what it
saves; argument errors, dtype promotion, recording.  Overloads of one name are declared one after the other, in
the order in which torch tries them; each call returns the function for all of them so far.  A name that ends with
an underscore is a method that works in place, and nothing else.

An operation either has a kernel (arrays and numbers in, arrays out) or is composite: written on tensors, its
derivative follows from the operations that it calls.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from .. import dtypes
from ..autograd.modes import FORMULA, GRAD
from ..dispatch import fast, inplace, slow
from ..dispatch.outputs import CASTABLE, SAME, Output
from ..dtypes import dtype
from ..strides import in_rows
from ..tensor import Tensor
from .batch import ALONG as ALONG
from .batch import EACH as EACH
from .batch import FOLDED as FOLDED
from .batch import LEADING as LEADING
from .batch import LOSS as LOSS
from .batch import OVER as OVER
from .batch import WHOLE as WHOLE
from .batch import Batch
from .derivative import Derivative, derive
from .registry import IN_PLACE, OVERLOADS
from .schema import Param, Schema, Type, parse


class Promotion(Enum):
    """How the dtypes of the inputs decide the dtype of the computation and of the result."""

    NONE = "none"  # the inputs' dtypes stay; the kernel's result says the dtype
    DEFAULT = "default"  # the common dtype
    INT_TO_FLOAT = "int to float"  # the common dtype; the default float for integral ones
    COMPARE = "compare"  # the common dtype for the inputs; the result is bool


DEFAULT, INT_TO_FLOAT, COMPARE = Promotion.DEFAULT, Promotion.INT_TO_FLOAT, Promotion.COMPARE


@dataclass(eq=False, slots=True)
class Op:
    """One declared overload."""

    schema: Schema
    python_name: str
    kernel: Callable[..., Any] | None
    plain: Callable[..., Any] | None
    """A kernel for the tensors alone, when every option has its default and no number is complex."""
    composite: Callable[..., Any] | None
    check: Callable[..., object] | None
    promote: Promotion
    dtypes: frozenset[dtype] | None
    unsupported: Callable[[dtype], Exception] | None
    """The error for a dtype that is not among ``dtypes``."""
    scalars: str
    """How ``Scalar`` parameters take part in promotion: not at all, or an integer that the common dtype cannot hold
    wraps around (``"wrap"``) or is refused (``"check"``)."""
    exact: bool
    """Numbers keep their precision beside tensors of 16 bits, to whose dtype they are otherwise rounded."""
    stepwise: bool
    """The kernel rounds between its steps: with 16 bits, that it gets in float32, by what it gets as ``rounded``."""
    elementwise: bool
    """Each element of the result depends on those at its place alone; those that promote are, unless structural."""
    linear: bool
    """Of a sum it is the sum of what it is of each."""
    on_meta: str
    """What is said on the device ``meta``, if the shape of the result depends on elements; a format of the name."""
    together: tuple[tuple[int, ...], ...]
    """Which tensors must be on one device, whatever the others: that of the first of each group."""
    apart: int | None
    """From this parameter on no tensor may share memory with what the operation writes, in place or into ``out``."""
    sharing: str | None
    """What is warned of where elements that it writes share memory, if anything; None if that is refused."""
    structural: bool
    """Only moves elements: reduced-precision dtypes need no computation in float32."""
    rows: bool
    """The result lies row by row in memory, however the inputs lie."""
    batch: Batch
    view: str
    """``""``, ``"view"``, or ``"multi"`` for views that are several outputs of one call."""
    derivation: Callable[[], Derivative] | None
    constants: tuple[int, ...]
    """Where tensors stand that may not require grad, since there is no derivative for them."""
    returns: Callable[[Sequence[Any]], Any] | None
    """Packs several results, as ``torch.return_types.max`` does."""
    numbers_as_tensors: bool
    out: Output | None
    """What it asks of ``out=``; None if it has none."""
    inplace: bool | Callable[..., Any]
    """Whether there is an in-place form; of a composite, that form."""
    native: bool
    """Whether ``native_functions.yaml`` has it: the others are functions of torch's Python."""
    forward: bool
    """Whether torch has a forward formula for it, if it is differentiable."""
    decomposed: Callable[..., Any] | None
    """What is computed instead where an input has a tangent."""
    tangent: Callable[..., Any] | None
    """The tangent of the result; its parameters are named as a formula's, and ``self_t`` is the tangent of ``self``."""
    writes: int | Callable[..., int] | None
    """How often torch's kernel writes into each result by way of operations, or that from the operation's parameters
    (``dispatch/slow.py``); None if the results are memory of the input, of which autograd is not to know."""
    deprecated: tuple[Schema, ...]
    """The same parameters in older orders, which are taken with a warning."""

    @property
    def derivative(self) -> Derivative | None:
        """The node class, and what recording must save; None if the operation is not differentiable."""
        return None if self.derivation is None else self.derivation()

    @property
    def computes_in_dtype(self) -> bool:
        """Whether an argument says in which dtype it computes."""
        return not self.structural and any(param.name == "dtype" for param in self.schema.params)

    @property
    def has_self(self) -> bool:
        """Whether it can be a method: the first parameter is a tensor called ``self``."""
        return bool(self.schema.params) and self.schema.params[0] == _SELF


_SELF = Param("self", Type("Tensor"))


def op(
    schema: str,
    kernel: Callable[..., Any] | None = None,
    /,
    *,
    composite: Callable[..., Any] | None = None,
    plain: Callable[..., Any] | None = None,
    check: Callable[..., object] | None = None,
    promote: Promotion = Promotion.NONE,
    dtypes: frozenset[dtype] | None = None,
    unsupported: Callable[[dtype], Exception] | None = None,
    scalars: str = "",
    exact: bool = False,
    stepwise: bool = False,
    elementwise: bool = False,
    linear: bool = False,
    on_meta: str = "",
    together: tuple[tuple[int, ...], ...] = (),
    apart: int | None = None,
    sharing: str | None = None,
    structural: bool = False,
    rows: bool = False,
    batch: Batch = Batch.NONE,
    view: str = "",
    node: str | None = None,
    jointly: Callable[..., Any] | None = None,
    differentiable: Sequence[str] = (),
    constants: Sequence[str] = (),
    returns: Callable[[Sequence[Any]], Any] | None = None,
    also: Sequence[str] = (),
    name: str | None = None,
    method: bool = True,
    operators: Sequence[str] = (),
    inplace: bool | Callable[..., Any] = False,
    out: bool | Output = False,
    numbers: bool = False,
    native: bool = True,
    forward: bool = True,
    tangent: Callable[..., Any] | None = None,
    decomposed: Callable[..., Any] | None = None,
    writes: int | Callable[..., int] | None = 0,
    deprecated: Sequence[str] = (),
    copy: bool = False,
    makes_real: bool = True,
    **derivatives: Callable[..., Any],
) -> Any:
    """Declare one overload of an operation (see the module's text).

    Args:
        schema: in the language of ``native_functions.yaml``.
        kernel: computes the result; gets the schema's parameters in order, tensors as arrays.
        composite: computes it on tensors instead.
        plain: a kernel for the tensors alone, used when every option has its default and no number is complex.
        check: gets the parameters' values, raises torch's errors.
        promote: the dtype rule.
        dtypes: those that the operation supports; None for all.
        unsupported: makes the error for another dtype.
        exact: numbers beside tensors of 16 bits keep their precision.
        stepwise: the kernel takes ``rounded``, by which it rounds to 16 bits between its steps; not for other dtypes.
        scalars: ``"wrap"`` or ``"check"`` if ``Scalar`` parameters take part in promotion.
        elementwise: each element of the result depends on those at its place; implied by ``promote``.
        linear: of a sum it is the sum.
        on_meta: what is said on ``meta`` of an operation whose result's shape depends on elements.
        together: groups of tensors that must be on one device.
        apart: the first parameter that may not share memory with what is written; None if all may.
        sharing: elements that are written in place may share memory, which this warns of, if it is not empty.
        structural: the operation only moves elements.
        rows: the result lies row by row, however the inputs lie; otherwise as the kernel makes it.
        batch: how all examples of ``vmap`` are computed at once.
        view: ``"view"`` if the result shares memory with the first input, ``"multi"`` for several such results.
        node: the name of the node class, where it is not the operation's with ``Backward0``.
        jointly: one formula for the gradients of several inputs.
        differentiable: the inputs of ``jointly``; by default all tensors.
        constants: the tensors that may not require grad, since torch has no derivative for them.
        returns: makes the named tuple of several results.
        also: further names of the function and method.
        name: the Python name, if it is not the schema's.
        method: whether Tensor has it.
        operators: Python's special methods that call it.
        inplace: whether there is an in-place form, with a trailing underscore; of a composite, that form.
        out: whether there is an ``out=`` argument, or what the operation asks of it.
        numbers: whether Python numbers stand for tensors.
        native: whether ``native_functions.yaml`` has the schema.
        forward: whether torch has a forward formula.
        tangent: the formula of the tangent, where it does not follow from the others (``dispatch/tangents.py``).  It
            names what it needs as they do, and ``self_t`` is the tangent of ``self``.
        decomposed: what is computed instead, of the same parameters, where an input has a tangent: of operations for
            which torch has no forward formula, but one of their parts.
        writes: how often torch's kernel writes into its result by way of operations, which the versions of results of
            inference tensors count; from the parameters, if it depends on them. None if the results share memory with
            the input, though they are no views.
        deprecated: schemas with the parameters in older orders, which give a warning.
        makes_real: whether complex gradients of real inputs are made real; they are refused otherwise.
        copy: of a view, whether there is also a function ``name_copy``, whose results have memory of their own.
        **derivatives: a formula for each differentiable input.

    Returns:
        The function that calls this overload and those declared before it under the same name; with ``also`` or
        ``copy``, the functions of all names.

    Raises:
        ValueError: if the schema does not parse; when a call is first recorded, if a formula names something that is
            not in the schema.
    """
    parsed = parse(schema)
    if (kernel is None) == (composite is None):
        raise ValueError(f"{parsed.qualified}: give a kernel or a composite, and not both")
    python_name = name or parsed.name
    declared = Op(
        schema=parsed,
        python_name=python_name,
        kernel=_by_rows(kernel) if kernel and rows else kernel,
        plain=plain,
        composite=in_formula(composite) if composite and native else composite,
        check=check,
        promote=promote,
        dtypes=dtypes,
        unsupported=unsupported,
        scalars=scalars,
        exact=exact,
        stepwise=stepwise,
        elementwise=elementwise,
        linear=linear,
        on_meta=on_meta,
        together=together,
        apart=apart,
        sharing=sharing,
        structural=structural,
        rows=rows,
        batch=batch,
        view=view,
        derivation=_derivation(parsed, node, derivatives, jointly, differentiable, numbers, makes_real),
        constants=tuple(place for place, param in enumerate(parsed.params) if param.name in constants),
        returns=returns,
        numbers_as_tensors=numbers,
        out=CASTABLE if out is True else out or None,
        inplace=inplace,
        native=native,
        forward=forward,
        tangent=tangent,
        decomposed=in_formula(decomposed) if decomposed else None,
        writes=writes,
        deprecated=tuple(map(parse, deprecated)),
    )
    overloads = OVERLOADS.setdefault(python_name, [])
    overloads.append(declared)
    found = _publish(python_name, overloads, also=also, method=method, operators=operators)
    if not copy:
        return found
    assert kernel is not None
    formulas: dict[str, Any] = derivatives
    copying = op(
        _ALIASES.sub("", schema).replace(parsed.name, f"{parsed.name}_copy", 1), _copied(kernel),
        check=check, structural=True, writes=1, node=f"{node or _node_name(parsed)}_copy",
        out=replace(SAME, counts_resizing=view == "multi"), method=False,
        **formulas,
    )  # fmt: skip
    return found, copying


_ALIASES = re.compile(r"\(a!?(?: -> \*)?\)")


def _copied(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """The kernel of a view, with results in memory of their own."""

    @functools.wraps(kernel)
    def call(*args: Any) -> Any:
        found = kernel(*args)
        return [one.copy() for one in found] if isinstance(found, (list, tuple)) else found.copy()

    return call


def _by_rows(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """The kernel, with results that lie row by row."""

    @functools.wraps(kernel)
    def call(*args: Any, **kwargs: Any) -> Any:
        found = kernel(*args, **kwargs)
        return tuple(map(in_rows, found)) if isinstance(found, (list, tuple)) else in_rows(found)

    return call


def in_formula(composite: Callable[..., Any]) -> Callable[..., Any]:
    """The composite of torch's C++, where a number beside a tensor stays a number, as in formulas."""

    @functools.wraps(composite)
    def call(*args: Any) -> Any:
        token = FORMULA.set(True)
        try:
            return composite(*args)
        finally:
            FORMULA.reset(token)

    return call


def missing(name: str) -> Callable[..., Any]:
    """The formula of an operation that torch records but cannot differentiate: most are left to a fallback, which
    gives their full name, those in place are not."""
    full = name if name.endswith("_") else f"aten::{name}"
    return _failing(RuntimeError(f"derivative for {full} is not implemented"))


def not_differentiable(text: str) -> Callable[..., Any]:
    """The formula of an operation whose formula in torch says that there is none."""
    return _failing(NotImplementedError(text))


def real_gradient(name: str) -> Callable[..., None]:
    """The check of an operation whose derivative torch has for real results alone.

    Raises:
        RuntimeError: for complex input where something is to be recorded.
    """

    def check(self: Tensor, *others: Any) -> None:
        tensors = [one for one in (self, *others) if isinstance(one, Tensor)]
        if self._dtype.is_complex and GRAD.get() and any(one.requires_grad for one in tensors):
            raise RuntimeError(f"{name} does not support automatic differentiation for outputs with complex dtype.")

    return check


def _failing(error: Exception) -> Callable[..., Any]:
    def formula(grads: Sequence[Tensor | None]) -> Tensor:  # of all results: each leads to this
        raise error

    return formula


def _node_name(schema: Schema) -> str:
    words = schema.name.removesuffix("_").split("_")
    return "".join(word[:1].upper() + word[1:] for word in words) + "Backward0"


def _derivation(
    schema: Schema,
    node: str | None,
    formulas: dict[str, Callable[..., Any]],
    jointly: Callable[..., Any] | None,
    differentiable: Sequence[str],
    numbers: bool,
    makes_real: bool,
) -> Callable[[], Derivative] | None:
    if not formulas and jointly is None:
        return None
    name = node or _node_name(schema)
    number_name = name.replace("Backward0", "Backward1") if numbers and schema.params[0].name == "self" else None

    def derived() -> Derivative:
        found = derive(schema, name, formulas, jointly, differentiable, number_name)
        found.node._makes_real = makes_real
        return found

    return functools.cache(derived)


def _publish(name: str, overloads: list[Op], *, also: Sequence[str], method: bool, operators: Sequence[str]) -> Any:
    """Make the functions, and attach methods, in-place forms and operators to Tensor."""
    names = (name, *also)
    if name.endswith("_"):
        for each in names:
            IN_PLACE[each] = overloads
            setattr(Tensor, each, inplace.build(each, overloads))
        return getattr(Tensor, name)
    functions = tuple(fast.build(each, overloads, slow.function) for each in names)
    overloads = [one for one in overloads if one.has_self]
    in_place = [one for one in overloads if one.inplace]
    for each in names:
        if method and overloads:
            setattr(Tensor, each, fast.build(each, overloads, slow.method, method=True))
        if in_place:
            IN_PLACE[f"{each}_"] = in_place
            setattr(Tensor, f"{each}_", inplace.build(f"{each}_", in_place))
    for special in operators:
        called = functools.partial(slow.operator, special)
        setattr(Tensor, special, fast.build(name, overloads, called, method=True, shown=special))
        if in_place and not special.startswith("__r"):
            setattr(Tensor, f"__i{special[2:]}", inplace.build(f"{name}_", in_place, operator=True))
    return functions if also else functions[0]


DIFFERENTIABLE, FLOATING, COMPLEX, INTEGRAL = (
    dtypes.DIFFERENTIABLE - dtypes.FLOAT8,
    dtypes.FLOATING_DTYPES,
    dtypes.COMPLEX_DTYPES,
    dtypes.INTEGRAL_DTYPES,
)
NUMERIC = frozenset(dtypes.COMPUTED) - {dtypes.bool_}
REAL = NUMERIC - COMPLEX
"""Sets of dtypes for declarations; the last two are without bool."""
