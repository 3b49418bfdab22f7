"""``linearize``: a function's value, and its Jacobian-vector products at one place.

Source: ``torch.func.linearize``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd.forward_ad import check_differentiable
from ..dtypes import DIFFERENTIABLE
from ..ops.creation import ones_like, zeros_like
from ..tensor import Tensor
from ..utils.pytree import tree_flatten, tree_leaves, tree_map, tree_unflatten
from ..warning import warn
from .transforms import vjp

_NO_ATTRIBUTE = (
    "Attempted to insert a get_attr Node with no underlying reference in the owning GraphModule! Call "
    "GraphModule.add_submodule to add the necessary submodule, GraphModule.add_parameter to add the necessary "
    "Parameter, or nn.Module.register_buffer to add the necessary buffer"
)
"""What torch says of each primal, which is a constant of the graph that it folds."""


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """The value of a function, and a function of tangents that gives Jacobian-vector products at the same place.

    ``func`` is called twice, and not again for each tangent: what it is linear in is transposed twice.

    Raises:
        RuntimeError: by the new function, for tangents of another structure, shape or dtype than the primals.
    """
    output = func(*primals)
    flat, spec = tree_flatten(primals)
    for one in flat:
        one.new_empty(())  # as torch makes tangents, which refuses what is no tensor
        check_differentiable("primal", one)
    for _ in flat:
        warn(_NO_ATTRIBUTE)
    leaves, output_spec = tree_flatten(output)
    changing = [place for place, one in enumerate(leaves) if _has_derivative(one)]

    def values_of(*primals: Any) -> Any:
        found = tree_leaves(func(*primals))
        return tuple(found[place] for place in changing)

    transposed: Any = None
    if changing and flat:
        values, vjp_fn = vjp(values_of, *primals)
        _, transposed = vjp(vjp_fn, tree_map(ones_like, values))

    def jvp_fn(*tangents: Any) -> Any:
        vectors, given = tree_flatten(tangents)
        if given != spec:
            raise RuntimeError(f"Expected the tangents {given} to have the same argspec as the primals {spec}")
        for index, (one, primal) in enumerate(zip(vectors, flat, strict=True)):
            for what, found, wanted in (("shape", one.shape, primal.shape), ("dtype", one.dtype, primal.dtype)):
                if found != wanted:
                    raise RuntimeError(
                        f"tangent:{index} with {what} {found} in flattened pytree doesn't match the {what} {wanted} of "
                        "the corresponding primal."
                    )
        found = [zeros_like(one) if isinstance(one, Tensor) else one for one in leaves]
        if transposed:
            for place, one in zip(changing, transposed(tree_unflatten(vectors, spec))[0], strict=True):
                found[place] = one
        return tree_unflatten(found, output_spec)

    return output, jvp_fn


def _has_derivative(value: Any) -> bool:
    return isinstance(value, Tensor) and value._dtype in DIFFERENTIABLE
