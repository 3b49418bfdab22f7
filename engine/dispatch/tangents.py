"""What a call does to tangents.

Few operations declare a rule for them (``op(..., tangent=...)``), since for most it follows:

- a view of a dual tensor has the same view of its tangent;
- where each element depends on the one at its place alone, the formula of the gradient gives the tangent, too;
- what no formula needs an input or a result for is linear, so that it is done to the tangents;
- the tangents of all others follow from the formulas of the gradients.  A formula ``g`` is linear in the gradient ``v``
  that arrives, and its transpose is the derivative itself::

      <g(v), t> = <v, J t>          so   J t  is the derivative of  <g(v), t>  with respect to  v

  which reverse mode gives, whatever ``v`` is.

Formulas are written on tensors, so what they compute is recorded like anything else: a tangent can be differentiated
backward.  The rules that are declared are those of torch, whose graphs show them.

Operations that torch has no forward formula for say so where they are declared (``op(..., forward=False)``); those
that torch's tables of derivatives do not have are known by their node.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..autograd.api import grad
from ..autograd.backward import as_real, fit
from ..autograd.forward_ad import ENABLED, primal_of, set_tangent, tangent_of
from ..autograd.levels import LEVELS, lifted
from ..autograd.modes import FORMULA, GRAD
from ..autograd.saved import DEFAULT_HOOKS, SavedDual, SavedResult
from ..dtypes import DIFFERENTIABLE, float32
from ..layout import storage
from ..tensor import Tensor, unallocated_zeros, wrap
from . import inplace, slow

if TYPE_CHECKING:
    from ..autograd.node import Node
    from ..declare.op import Op


def propagate(op: Op, values: Sequence[Any], results: Sequence[Tensor]) -> None:
    """Give the results of a call the tangents that follow from those of its inputs."""
    for result, tangent in zip(results, tangents(op, values, results), strict=True):
        if tangent is not None:
            set_tangent(result, tangent)
            save_tangent(op, result)


def save_tangent(op: Op, result: Tensor) -> None:
    """Have the node that saves this result save its tangent, too: formulas that use it are differentiated forward."""
    node = result._grad_fn
    extra = result._extra
    if op.derivative is None or node is None or extra is None or extra.tangent is None:
        return
    for saved in op.derivative.saved:
        kept = getattr(node, saved.slot.attribute, None) if saved.slot.kind == "result" else None
        if kept.__class__ is SavedResult and kept.nr == result._output_nr:
            setattr(node, saved.slot.attribute, SavedDual(kept, extra.tangent))


def tangents(op: Op, values: Sequence[Any], results: Sequence[Tensor]) -> list[Tensor | None]:
    """The tangents of a call's results, as far as they are differentiable and an input has one."""
    nothing: list[Tensor | None] = [None] * len(results)
    if op.derivative is None:
        return nothing
    inputs = slow.tensors_of(op, values)
    given = [tangent_of(one) if isinstance(one, Tensor) else None for one in inputs]
    if all(tangent is None for tangent in given):
        return nothing
    if slow.is_beside_autograd(op, values):
        return nothing
    if not any(result._dtype in DIFFERENTIABLE for result in results):
        return nothing
    tokens = ENABLED.set(False), DEFAULT_HOOKS.set(())
    try:
        if op.view:
            source = next(i for i, v in enumerate(values) if isinstance(v, Tensor))
            if op.tangent is not None:
                return [op.tangent(tangent_of(values[source]))]
            return list(slow.outcome(op, [*values[:source], tangent_of(values[source]), *values[source + 1 :]]))
        found = _computed(op, values, results, inputs, given)
        return found if _shares(op, inputs) else [_of_its_own(one, given) for one in found]
    finally:
        ENABLED.reset(tokens[0])
        DEFAULT_HOOKS.reset(tokens[1])


def _shares(op: Op, inputs: Sequence[Any]) -> bool:
    """Whether torch gives the result the tangent of the input itself: of it, and of the result, there is one."""
    name = op.schema.name
    with_number = len(inputs) == 1 or not isinstance(inputs[1], Tensor)
    return name == "frac" or (with_number and (name in ("fmod", "remainder") or (name == "sub" and FORMULA.get())))


def _of_its_own(tangent: Tensor | None, given: Sequence[Tensor | None]) -> Tensor | None:
    """The tangent in memory of its own: a change of the result in place must not change the tangent of an input."""
    if tangent is None or all(one is None or storage(one._array) is not storage(tangent._array) for one in given):
        return tangent
    return tangent.clone()


def check_formula(op: Op, values: Sequence[Any], name: str = "") -> None:
    """Refuse a dual tensor for an operation that has no forward formula; ``name`` is that of an in-place form.

    Raises:
        NotImplementedError: if torch has none.
    """
    rest = "." if name else " or submit a PR adding the implementation to derivatives.yaml"
    name, derivative = name or op.schema.name, op.derivative
    is_known = derivative is not None and derivative.node.__name__ != "NotImplemented"
    if (op.forward and is_known) or derivative is None or not has_dual(op, values):
        return
    if not is_known:
        raise NotImplementedError(f"Trying to use forward AD with aten::{name} that does not support it.")
    raise NotImplementedError(
        f"Trying to use forward AD with {name} that does not support it because it has not been implemented yet.\n"
        "Please file an issue to PyTorch at https://github.com/pytorch/pytorch/issues/new?template=feature-request.yml "
        f"so that we can prioritize its implementation{rest}"
    )


def has_dual(op: Op, values: Sequence[Any]) -> bool:
    """Whether a differentiable input has a tangent."""
    return any(map(_is_dual, slow.tensors_of(op, values)))


def _is_dual(value: Any) -> bool:
    return isinstance(value, Tensor) and tangent_of(value) is not None


def _computed(
    op: Op, values: Sequence[Any], results: Sequence[Tensor], inputs: Sequence[Any], given: Sequence[Tensor | None]
) -> list[Tensor | None]:
    """The tangents by the rule of the operation."""
    by_element = _by_a_number(op, inputs) or (op.tangent is None and _is_by_element(op, inputs, results))
    if op.tangent is None and not by_element and not is_linear(op):
        return _transposed(op, values, results, inputs, given)
    complete = [_zeros(one) if tangent is None else tangent for one, tangent in zip(inputs, given, strict=True)]
    if by_element:
        node = _unrecorded(op, [_primal(value) for value in values], results, given)
        assert complete[0] is not None
        found = _in_formula(node._apply, complete[0].conj())[0]
        return [found.conj() if results[0]._dtype.is_complex or not found._dtype.is_complex else found.real]
    if op.tangent is None:
        return list(slow.outcome(op, _with_tangents(op, values, complete)))
    found = _by_rule(op, values, results, complete)
    return [*(found if isinstance(found, tuple) else (found,)), *[None] * len(results)][: len(results)]


def _with_tangents(op: Op, values: Sequence[Any], complete: Sequence[Tensor | None]) -> list[Any]:
    """The values with tangents in place of the differentiable inputs."""
    found, taken = [*values], iter(complete)
    for place in op.derivative.inputs if op.derivative is not None else ():
        found[place] = _likewise(values[place], taken)
    return found


def _by_rule(op: Op, values: Sequence[Any], results: Sequence[Tensor], complete: Sequence[Any]) -> Any:
    assert op.tangent is not None and op.derivative is not None
    known: dict[str, Any] = dict(zip(op.schema.outputs, results, strict=True))
    tangents = _with_tangents(op, values, complete)
    for place, param in enumerate(op.schema.params):
        is_input = place in op.derivative.inputs
        known[param.name] = _operand(values[place], results[0]) if is_input else values[place]
        known[f"{param.name}_t"] = tangents[place] if is_input else None
    return _in_formula(op.tangent, *(known[name] for name in _parameters(op.tangent)))


SAME = frozenset({
    "copy", "fill_", "index_copy", "index_fill", "index_put", "masked_fill", "masked_scatter", "put", "scatter",
    "tril", "triu", "zero_",
})  # fmt: skip
"""What does to the tangent of its first input what it does to that: in place, if it is in place."""


def change(op: Op, values: Sequence[Any], result: Tensor) -> None:
    """Change the tangent of the first input as such an operation has changed that, given the values from before."""
    inputs = slow.tensors_of(op, values)
    given: list[Any] = [tangent_of(one) if isinstance(one, Tensor) else None for one in inputs]
    complete: list[Any] = [
        _zeros(one) if tangent is None else tangent for one, tangent in zip(inputs, given, strict=True)
    ]
    token = ENABLED.set(False)
    try:
        if op.schema.name == "copy":  # of which torch has no formula
            given[0].fill_(0) if given[1] is None else given[0].copy_(given[1])
        elif op.tangent is None:
            inplace.call(op, _with_tangents(op, values, complete))
        else:
            complete[0] = _InPlace(complete[0])
            _by_rule(op, values, [result], complete)
    finally:
        ENABLED.reset(token)


class _InPlace:
    """A tensor that a rule changes, which is written for one that gives new ones."""

    def __init__(self, tensor: Tensor) -> None:
        self._tensor = tensor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tensor, f"{name}_")


@functools.cache
def _parameters(formula: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(formula).parameters)


@functools.cache
def is_linear(op: Op) -> bool:
    """Whether the tangents are what the operation makes of the inputs' tangents, as its formulas tell.

    They need neither a result, nor an input that they differentiate; and nothing is drawn at random.
    """
    assert op.derivative is not None
    inputs = {op.schema.params[place].name for place in op.derivative.inputs}
    return all(
        saved.slot.kind == "value" or (saved.slot.kind != "result" and saved.slot.name not in inputs)
        for saved in op.derivative.saved
    ) and all(param.name != "generator" for param in op.schema.params)


def _likewise(value: Any, tangents: Iterator[Tensor | None]) -> Any:
    """The tangents of what was given for one parameter."""
    return tuple(next(tangents) for _ in value) if isinstance(value, tuple) else next(tangents)


def _transposed(
    op: Op, values: Sequence[Any], results: Sequence[Tensor], inputs: Sequence[Any], given: Sequence[Tensor | None]
) -> list[Tensor | None]:
    """The tangents by the transpose of the formulas.

    If they are recorded, it is from the inputs' primals, and inputs without a tangent take part with zeros.
    """
    create_graph = GRAD.get() and (bool(LEVELS.get()) or any(map(slow.tracked, (*inputs, *given))))
    if create_graph:
        values = [_primal(value) for value in values]
        given = [_zeros(one) if tangent is None else tangent for one, tangent in zip(inputs, given, strict=True)]
    assert op.derivative is not None
    takes_all = op.derivative.node._takes_all  # else the first result alone is differentiable
    follows = [result._dtype in DIFFERENTIABLE and (takes_all or not n) for n, result in enumerate(results)]
    if not any(result.numel() and follow for result, follow in zip(results, follows, strict=True)):
        return [
            result.new_zeros(result.shape) if follow else None for result, follow in zip(results, follows, strict=True)
        ]
    recorded = GRAD.set(True)
    try:
        gradients, vectors = _gradients(op, values, results, inputs, given)
    finally:
        GRAD.reset(recorded)
    pairs = [
        (gradient, tangent.to(gradient._dtype))
        for gradient, tangent in zip(gradients, given, strict=True)
        if gradient is not None and tangent is not None and gradient.requires_grad
    ]
    wanted = [vector for vector in vectors if vector is not None]
    found: Sequence[Any] = [None] * len(wanted)
    if pairs:
        found = (
            grad(
                [gradient for gradient, _ in pairs], wanted, [tangent for _, tangent in pairs],
                create_graph=create_graph, allow_unused=True,
            )
        )  # fmt: skip
    made = iter(found)
    tangents_of_results = [None if vector is None else next(made) for vector in vectors]
    return [
        result.new_zeros(result.shape) if tangent is None and follow else tangent
        for result, tangent, follow in zip(results, tangents_of_results, follows, strict=True)
    ]


def _by_a_number(op: Op, inputs: Sequence[Any]) -> bool:
    """Whether this is what torch's C++ has an overload for, with a number as the second operand."""
    assert op.derivative is not None
    return op.derivative.with_number is not None and not isinstance(inputs[1], Tensor) and FORMULA.get()


def _is_by_element(op: Op, inputs: Sequence[Any], results: Sequence[Tensor]) -> bool:
    """Whether the formula of the gradient is its own transpose: each element depends on the one at its place alone."""
    by_element = op.elementwise or op.promote.value in ("default", "int to float")
    by_element = by_element or (op.batch.name == "EACH" and not is_linear(op))
    if not by_element or len(inputs) != 1 or len(results) != 1:
        return False
    return inputs[0]._array.shape == results[0]._array.shape  # a stack, and what reduces, promotes too


def _in_formula(formula: Callable[..., Any], *given: Any) -> Any:
    in_formula = FORMULA.set(True)
    try:
        return formula(*given)
    finally:
        FORMULA.reset(in_formula)


def _gradients(
    op: Op, values: Sequence[Any], results: Sequence[Tensor], inputs: Sequence[Any], given: Sequence[Tensor | None]
) -> tuple[list[Tensor | None], list[Tensor | None]]:
    """The gradients of the inputs that have tangents, and the gradients of the results that they were made from."""
    vectors = [_any_gradient(r) if r._dtype in DIFFERENTIABLE and r.numel() else None for r in results]
    node = _unrecorded(op, values, results, given)
    found = _in_formula(node._apply, list(vectors) if node._takes_all else vectors[0])
    found += [None] * (len(inputs) - len(found))  # within a formula, a number beside a tensor has no edge
    gradients = [
        None
        if gradient is None or tangent is None
        else fit(as_real(gradient, dtype), tangent._array.shape, dtype, node, index)
        for index, (gradient, tangent, dtype) in enumerate(
            zip(found, given, [getattr(one, "_dtype", None) for one in inputs], strict=True)
        )
    ]
    return gradients, vectors


def _primal(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_primal, value))
    return primal_of(value) if _is_dual(value) else value


def _operand(value: Any, result: Tensor) -> Any:
    """An input as a formula takes it: a number as a tensor of the result's dtype."""
    if value is None or isinstance(value, tuple):
        return value and tuple(_operand(one, result) for one in value)
    return primal_of(value) if isinstance(value, Tensor) else wrap(np.asarray(value, result._dtype.numpy))


def _zeros(value: Any) -> Tensor | None:
    """The tangent of an input that has none."""
    if isinstance(value, Tensor):
        return value.new_zeros(value.shape) if value.is_meta else unallocated_zeros(value._array.shape, value._dtype)
    return None if value is None else unallocated_zeros((), float32)


def _any_gradient(result: Tensor) -> Tensor:
    """A gradient that may arrive at a result.

    Any will do that formulas accept: some take its logarithm, so it must not be zero; those of complex singular vectors
    and eigenvectors refuse what depends on a phase, which the vectors themselves do not.
    """
    found = lifted(result.detach() if result._dtype.is_complex else result.new_ones(result.shape))
    found._requires_grad = True
    return found


def _unrecorded(op: Op, values: Sequence[Any], results: Sequence[Tensor], given: Sequence[Tensor | None]) -> Node:
    """A node of this call that is part of no graph, and needs the gradients of the inputs that have tangents.

    Recorded results saved themselves as outputs of their own node; here they are saved as they are.
    """
    edges: list[Any] = [None if tangent is None else (None, 0) for tangent in given]
    node = slow.make_node(op, values, edges, results, written=False)
    assert op.derivative is not None
    for saved in op.derivative.saved:
        if saved.slot.kind == "result":
            result = results[saved.slot.index]
            setattr(node, saved.slot.attribute, result)
            setattr(node, f"v{saved.slot.attribute[1:]}", result._version)
    return node
