"""Operations that compute gradients, and whose own derivative is that of the formula which they compute.

Torch has such an operation for what would be many nodes: of a convolution's backward pass it records one
``ConvolutionBackwardBackward0``.  ``gradients`` declares it from the formula alone::

    convolution_backward = gradients(
        "convolution_backward(Tensor grad_output, Tensor input, ..., bool[3] output_mask) -> (Tensor, Tensor, Tensor)",
        formula, differentiable=("grad_output", "input", "weight"))

The kernel is the formula, unrecorded.  The derivative runs it again, recorded, from what the node saved, and goes back
through it; so it can be differentiated as often as the formula can.  As everywhere, the formula's parameters are what
the node saves; ``output_mask``, which says what is needed, has to have a default, and is not saved.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from ..autograd import api
from ..autograd.modes import GRAD
from ..dtypes import FROM_NUM
from ..tensor import Tensor, wrap
from .op import op
from .schema import parse

Formula = Callable[..., Sequence[Tensor | None]]


def gradients(
    schema: str,
    formula: Formula,
    /,
    *,
    differentiable: Sequence[str],
    kernel: Callable[..., Any] | None = None,
    taken: Callable[[Sequence[Tensor | None], dict[str, Any]], Sequence[Tensor | None]] | None = None,
    **rules: Any,
) -> Callable[..., list[Tensor | None]]:
    """Declare an operation that computes gradients.

    Args:
        schema: in the language of ``native_functions.yaml``; its list of bools says which results are needed.
        formula: on tensors, written so that it can be differentiated.  Gives None for what is not needed.
        differentiable: the tensors that have an edge, in the schema's order.
        kernel: a faster way to compute the same on arrays.
        taken: what is taken of the gradients of the results, given the values that were saved, if not all.
        **rules: as `op` has them.

    Returns:
        The function of the schema's parameters; what the mask leaves out is None.
    """
    params = parse(schema).params
    names = [p.name for p in params]
    mask = next(index for index, p in enumerate(params) if p.type.base == "bool" and p.type.is_list)
    saved = [name for name in inspect.signature(formula).parameters if name != names[mask]]

    def computed(*given: Any) -> list[Any]:
        values = {
            p.name: wrap(value, FROM_NUM[value.dtype.num]) if p.type.is_tensor and value is not None else value
            for p, value in zip(params, given, strict=True)
        }
        token = GRAD.set(False)
        try:
            found = formula(*(values[name] for name in saved), given[mask])
        finally:
            GRAD.reset(token)
        return [given[0].reshape(-1)[:0] if one is None else one._array for one in found]

    def derivative(grads: Sequence[Tensor | None], *rest: Any) -> list[Tensor | None]:
        *values, needs = rest
        wanted = [name for name, need in zip(differentiable, needs, strict=True) if need]
        given = dict(zip(saved, values, strict=True))
        found = differentiated(formula, given, wanted, grads if taken is None else taken(grads, given))
        return [found.get(name) for name in differentiable]

    parameters = ["grads", *saved, "needs"]
    derivative.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in parameters]
    )
    made = op(
        schema, kernel or computed, jointly=derivative, differentiable=differentiable, method=False, **rules
    )  # fmt: skip

    def masked(*args: Any) -> list[Tensor | None]:
        return [one if need else None for one, need in zip(made(*args), args[mask], strict=True)]

    return masked


def differentiated(
    formula: Formula, values: dict[str, Any], wanted: Sequence[str], grads: Sequence[Tensor | None]
) -> dict[str, Tensor | None]:
    """The gradients of those of a formula's parameters that are ``wanted``, for these gradients of its results."""
    recorded = GRAD.get()
    token = GRAD.set(True)
    try:
        # Aliases: the same tensor may be given twice, and what it depends on is not to be gone through.
        inputs = {name: _alias(values[name]) for name in wanted if values.get(name) is not None}
        results = formula(**(values | inputs))
    finally:
        GRAD.reset(token)
    pairs = [
        (result, grad)
        for result, grad in zip(results, grads, strict=True)
        if result is not None and grad is not None and result.requires_grad
    ]
    if not pairs or not inputs:
        return {}
    outputs, vectors = zip(*pairs, strict=True)
    found = api.grad(outputs, [*inputs.values()], vectors, create_graph=recorded, allow_unused=True)
    return dict(zip(inputs, found, strict=True))


def _alias(value: Tensor) -> Tensor:
    found = value.view_as(value)
    found._requires_grad = True
    return found
