"""``backward`` and ``grad``, and autograd's methods of Tensor."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..device import META, device
from ..dtypes import DIFFERENTIABLE
from ..layout import preserve_format
from ..meta import without_elements
from ..opaque_array import HollowArray
from ..tensor import Tensor, wrap
from ..warning import warn
from .backward import run as run_backward
from .levels import refuse_backward, refuse_in_transform, wrapped
from .modes import STATE, WATCHERS, Overrides, enable_grad
from .node import Edge, Node, RemovableHandle, accumulator, add_hook, device_of, edge_of

TensorOrTensors = Tensor | Sequence[Tensor] | None

NO_GRADIENT_EDGE = "It is not possible to get the gradient edge for a Tensor that does not require gradients"


class GradientEdge(NamedTuple):
    """A place in the graph: output ``output_nr`` of ``node``.  Source: ``torch.autograd.graph.GradientEdge``."""

    node: Node
    output_nr: int
    ownership_token: Node | None = None


GradientEdge.__module__ = "torch.autograd.graph"


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The place where the gradient of ``tensor`` is computed.

    Raises:
        RuntimeError: if the tensor does not require grad.
    """
    if not tensor.requires_grad:
        raise RuntimeError(NO_GRADIENT_EDGE)
    edge = edge_of(tensor)
    assert edge is not None, "Expected gradient function to be set"
    if not edge[0]._is_users:
        return GradientEdge(*edge)
    with enable_grad():
        return GradientEdge(*edge, tensor.view_as(tensor).grad_fn)


def _sequence(value: Any) -> tuple:
    if isinstance(value, (Tensor, GradientEdge)):
        return (value,)
    if hasattr(type(value), "__torch_function__"):  # which may take the call over
        Overrides.offer = Overrides.offer_others
        return (value,)
    return tuple(value)


def _vectors(value: Any, count: int) -> tuple:
    """What was given as vectors; None for each of ``count`` roots if it is nothing."""
    return (None,) * count if value is None else _sequence(value)


def _root_metadata(output: Tensor | GradientEdge) -> tuple[tuple[int, ...], Any]:
    if isinstance(output, GradientEdge):
        node, nr = output.node, output.output_nr
        if node is None:
            raise AttributeError("'NoneType' object has no attribute '_input_metadata'")
        if node._more is None and nr:
            raise IndexError("tuple index out of range")
        return node._output(nr)
    return output._array.shape, output._dtype


def _initial_gradient(
    index: int, output: Any, gradient: Tensor | None, given_all: Sequence[Any], *, batched: bool = False
) -> Tensor | None:
    """The gradient to start from at a root: what was given, checked, or one for a scalar."""
    if not isinstance(output, (Tensor, GradientEdge)):
        raise AssertionError("Expected output to be a torch.Tensor")
    if gradient is None:
        if not isinstance(output, GradientEdge) and not output.requires_grad:
            return None
        shape, dtype = _root_metadata(output)
        if math.prod(shape) != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        if not dtype.is_floating_point:
            raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {dtype}")
        if isinstance(output, Tensor) and (isinstance(output._array, HollowArray) or wrapped(output) or WATCHERS.get()):
            from ..ops.creation import ones_like

            return ones_like(output, memory_format=preserve_format)
        ones = np.ones(shape, dtype.numpy)
        return wrap(without_elements(ones) if _device(output) is META else ones, dtype)
    if not isinstance(gradient, Tensor):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(gradient).__name__}")
    if (expected := _device(output)) not in (None, gradient.device):
        raise RuntimeError(f"invalid gradient at index {index} - expected device {expected} but got {gradient.device}")
    shape, dtype = _root_metadata(output)
    given = gradient._array.shape[1:] if batched else gradient._array.shape
    if given != shape:
        index = tuple(given_all).index(gradient)  # which compares, so that those before may fail, as in torch
        if batched and isinstance(output, GradientEdge):
            raise RuntimeError("Batched grads are not supported with GradientEdge")
        if batched:  # the shape that torch shows lacks the batch dimension and one more
            raise RuntimeError(
                "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch "
                f"dimension. The sizes of the remaining dimensions are expected to match the shape of corresponding "
                f"output, but a mismatch was detected: grad_output[{index}] has a shape of {gradient.shape[2:]} and "
                f"output[{index}] has a shape of {_size(shape)}. If you only want some tensors in `grad_output` to "
                "be considered batched, consider using vmap."
            )
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{index}] has a shape of {gradient.shape} and output[{index}] has a "
            f"shape of {_size(shape)}."
        )
    if dtype.is_complex != gradient._dtype.is_complex:
        raise RuntimeError(
            "For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in "
            f"dtype: grad_output[{index}] has a dtype of {gradient._dtype} and output[{index}] has a dtype of {dtype}."
        )
    return gradient if gradient._dtype is dtype else gradient.to(dtype)


def _device(output: Tensor | GradientEdge) -> device | None:
    """Where a root is; None if that cannot be told."""
    return device_of(output.node) if isinstance(output, GradientEdge) else output.device


def _size(shape: tuple[int, ...]) -> str:
    return f"torch.Size({list(shape)})"


def _roots(outputs: Sequence[Any], gradients: Sequence[Any]) -> tuple[list[Edge], list[Tensor]]:
    """Where to start, and with which gradients; what is given beyond the roots does not count.

    Raises:
        RuntimeError: if there are fewer gradients than roots.
    """
    initial = [_initial_gradient(i, *pair, gradients) for i, pair in enumerate(zip(outputs, gradients, strict=False))]
    if len(initial) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(initial)} gradients")
    edges: list[Edge] = []
    for index, output in enumerate(outputs):
        edge = (output.node, output.output_nr) if isinstance(output, GradientEdge) else edge_of(output)
        if edge is None:
            raise RuntimeError(f"element {index} of tensors does not require grad and does not have a grad_fn")
        edges.append(edge)
    return edges, initial  # type: ignore[return-value]  # None only stands for outputs that have no edge


def _named(inputs: Any, function: str) -> tuple[Sequence[Any], Any]:
    """The inputs as a sequence, and the keys if they came as a dict."""
    if isinstance(inputs, Mapping):
        if type(inputs) is not dict:
            raise TypeError(
                f"`inputs` argument to `{function}()` must be a dict, not {type(inputs).__name__}. Other Mapping "
                "types are not supported."
            )
        return tuple(inputs.values()), tuple(inputs)
    return _sequence(inputs), None


def backward(
    tensors: Tensor | GradientEdge | Sequence[Any],
    grad_tensors: TensorOrTensors = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: TensorOrTensors = None,
    inputs: Any = None,
) -> None:
    """Sum the gradients of the given tensors into the leaves' ``.grad``.

    Args:
        tensors: the roots.
        grad_tensors: the vectors of the vector-Jacobian products, one per root, of its shape; None for scalars.
        retain_graph: keep the graph for another pass; by default as ``create_graph``.
        create_graph: record the pass, so that the gradients can be differentiated.
        grad_variables: the old name of ``grad_tensors``.
        inputs: accumulate into these only.

    Raises:
        RuntimeError: for roots that are not tracked, or not scalar without a vector; for mismatched shapes; for
            a graph that has been freed or whose saved tensors have been modified.

    Source: ``torch.autograd.backward``.
    """
    if STATE.unusual:
        refuse_backward()
    if grad_variables is not None:
        warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning)
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. Please "
                "only use `grad_tensors`."
            )
        grad_tensors = grad_variables
    targets = None
    if inputs is not None:
        given, _ = _named(inputs, "backward")
        if len(given) == 0:
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
        targets = [_accumulation_target(one) for one in given]
    outputs = _sequence(tensors)
    if Overrides.offer is not None:
        options = {
            "grad_tensors": grad_tensors, "retain_graph": retain_graph, "create_graph": create_graph, "inputs": inputs,
        }  # fmt: skip
        for taken in Overrides.offer(backward, outputs, (tensors,), options):
            return taken
    roots, initial = _roots(outputs, _vectors(grad_tensors, len(outputs)))
    retain = create_graph if retain_graph is None else retain_graph
    _check_flags(retain, create_graph)
    if create_graph:
        warn(
            "Using backward() with create_graph=True will create a reference cycle between the parameter and its "
            "gradient which can cause a memory leak. We recommend using autograd.grad when creating the graph to "
            "avoid this. If you have to use this function, make sure to reset the .grad fields of your parameters "
            "to None after use to break the cycle and avoid the leak.",
            once=True,
        )
    run_backward(roots, initial, retain_graph=retain, create_graph=create_graph, targets=targets)


def _check_flags(*flags: Any) -> None:
    """Refuse what is no number, such as a text.

    Raises:
        TypeError: for that.
    """
    for one in flags:
        if one.__class__ is not bool:
            operator.index(one)


def _accumulation_target(value: Any) -> Edge:
    if isinstance(value, GradientEdge):
        return value.node, value.output_nr
    _check_input(value)
    value.retain_grad()
    return edge_of(value) or (accumulator(value), 0)


def _check_input(value: Any) -> None:
    if not isinstance(value, Tensor):
        raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {type(value).__name__}")


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: TensorOrTensors = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> Any:
    """The gradients of the sum of ``outputs`` with respect to ``inputs``, leaving ``.grad`` alone.

    Args:
        outputs: what to differentiate.
        inputs: tensors or gradient edges; a dict gives a dict.
        grad_outputs: the vectors of the vector-Jacobian products, one per output.
        retain_graph: keep the graph for another pass; by default as ``create_graph``.
        create_graph: record the pass.
        only_inputs: no longer has an effect.
        allow_unused: give None for inputs that the outputs do not depend on.
        is_grads_batched: the first dimension of each ``grad_outputs`` counts a batch of vectors.
        materialize_grads: give zeros in place of None.

    Returns:
        One gradient per input, of the input's shape and dtype.

    Raises:
        RuntimeError: for unused inputs unless allowed, and as ``backward``.
        ValueError: if ``materialize_grads`` meets ``allow_unused=False``.

    Source: ``torch.autograd.grad``.
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    allow_unused = materialize_grads if allow_unused is None else allow_unused
    given_outputs = _sequence(outputs)
    given, keys = _named(inputs, "grad")
    if Overrides.offer is not None:
        options = {
            "grad_outputs": grad_outputs, "retain_graph": retain_graph, "create_graph": create_graph,
            "only_inputs": only_inputs, "allow_unused": allow_unused, "is_grads_batched": is_grads_batched,
            "materialize_grads": materialize_grads,
        }  # fmt: skip
        for taken in Overrides.offer(grad, (*given_outputs, *given), (given_outputs, given), options):
            return taken
    if len(given) == 0:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    if not only_inputs:
        warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for "
            "other parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
        )
    vectors = _vectors(grad_outputs, len(given_outputs))
    retain = create_graph if retain_graph is None else retain_graph

    def once(vectors: Sequence[Any], keep: bool) -> list[Tensor | None]:
        roots, initial = _roots(given_outputs, vectors)
        targets = [_differentiated(one) for one in given]
        _check_flags(keep, create_graph, allow_unused or False)
        found = run_backward(
            roots, initial, retain_graph=keep, create_graph=create_graph, targets=targets, accumulate=False
        )
        for index, result in enumerate(found):
            if result is None and not allow_unused:
                raise RuntimeError(
                    f"The differentiated Tensor at index {index} appears to not have been used in the graph. Set "
                    "allow_unused=True if this is the desired behavior."
                )
        return found

    found = _batched(once, given_outputs, vectors, retain) if is_grads_batched else once(vectors, retain)
    if materialize_grads:
        found = [
            _zeros(one, create_graph) if result is None else result for one, result in zip(given, found, strict=True)
        ]
    return tuple(found) if keys is None else dict(zip(keys, found, strict=True))


def _zeros(value: Tensor | GradientEdge, requires_grad: bool) -> Tensor:
    if isinstance(value, GradientEdge):
        raise RuntimeError("materialize_grads cannot be used when the given input is a GradientEdge")
    return value.new_zeros(value.shape, requires_grad=requires_grad)


def _batched(
    once: Callable[[Sequence[Any], bool], list[Tensor | None]],
    outputs: Sequence[Any],
    vectors: Sequence[Any],
    retain: bool,
) -> list[Tensor | None]:
    """One pass for all vectors of the batch."""
    from ..func.legacy import mapped_over  # against the direction: all is there when this runs

    for index, pair in enumerate(zip(outputs, vectors, strict=False)):
        _initial_gradient(index, *pair, vectors, batched=True)
    return mapped_over(lambda examples: once(examples, retain), vectors)


def _differentiated(value: Any) -> Edge:
    if isinstance(value, GradientEdge):
        return value.node, value.output_nr
    _check_input(value)
    if not value.requires_grad:
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    return edge_of(value) or (accumulator(value), 0)  # to which nothing leads if the value is a view that borrows


# Methods of Tensor.


def _backward(
    self: Tensor,
    gradient: Tensor | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Send ``gradient`` (one for a scalar) back to the leaves.  See ``autograd.backward``."""
    backward(self, gradient, retain_graph, create_graph, inputs=inputs)


def _retain_grad(self: Tensor) -> None:
    """Fill ``.grad`` of this non-leaf in backward.

    Raises:
        RuntimeError: if the tensor does not require grad.
    """
    if STATE.unusual:
        refuse_in_transform("retain_grad")
    if not self.requires_grad:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    fn = self.grad_fn
    if fn is None or self.retains_grad:
        return
    import weakref

    reference = weakref.ref(self)

    def keep(gradient: Tensor) -> None:
        tensor = reference()
        if tensor is not None:
            # As torch does: the first gradient is cloned, later ones are added to make a new tensor.
            tensor._grad = gradient.clone() if tensor._grad is None else tensor._grad + gradient

    self._make_extra().retains_grad = keep
    fn._make_extra().retain_hooks[self._output_nr] = keep


def _register_hook(self: Tensor, hook: Callable) -> RemovableHandle:
    """Call ``hook(grad)`` when the gradient of this tensor has been computed; a result replaces it.

    Raises:
        RuntimeError: if the tensor does not require grad.
    """
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    from collections import OrderedDict

    fn = self.grad_fn
    if fn is None:
        extra = self._make_extra()
        if extra.hooks is None:
            extra.hooks = OrderedDict()
        return add_hook(extra.hooks, hook)
    return add_hook(fn._make_extra().tensor_hooks.setdefault(self._output_nr, OrderedDict()), hook)


def _register_post_accumulate_grad_hook(self: Tensor, hook: Callable) -> RemovableHandle:
    """Call ``hook(tensor)`` after a gradient was added to this leaf's ``.grad``.

    Raises:
        RuntimeError: if the tensor is not a leaf that requires grad.
    """
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if self.grad_fn is not None:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    from collections import OrderedDict

    extra = self._make_extra()
    if extra.post_accumulate_hooks is None:
        extra.post_accumulate_hooks = OrderedDict()
    return add_hook(extra.post_accumulate_hooks, hook)


def _requires_grad_(self: Tensor, requires_grad: bool = True) -> Tensor:
    """Set ``requires_grad`` in place.

    Raises:
        RuntimeError: for non-leaves that would be switched off, and for integer tensors.
    """
    if not isinstance(requires_grad, bool):
        raise TypeError(
            f"requires_grad_(): argument 'requires_grad' (position 1) must be bool, not {type(requires_grad).__name__}"
        )
    if STATE.unusual:
        refuse_in_transform("requires_grad_")
    if self.is_leaf or not requires_grad:
        if requires_grad and self._dtype not in DIFFERENTIABLE:
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        self.requires_grad = requires_grad
    return self


def _hooks_property(name: str) -> property:
    def read(self: Tensor) -> Any:
        return None if self._extra is None else getattr(self._extra, name)

    return property(read, lambda self, hooks: setattr(self._make_extra(), name, hooks))


for _method in (_backward, _retain_grad, _register_hook, _register_post_accumulate_grad_hook, _requires_grad_):
    _method.__name__ = _method.__name__.removeprefix("_")
    _method.__qualname__ = f"Tensor.{_method.__name__}"

Tensor._backward_hooks = _hooks_property("hooks")
Tensor._post_accumulate_grad_hooks = _hooks_property("post_accumulate_hooks")
Tensor.backward = _backward
Tensor.retain_grad = _retain_grad
Tensor.register_hook = _register_hook
Tensor.register_post_accumulate_grad_hook = _register_post_accumulate_grad_hook
Tensor.requires_grad_ = _requires_grad_

__all__ = ["GradientEdge", "accumulator", "backward", "get_gradient_edge", "grad"]
