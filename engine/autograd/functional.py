"""Products with Jacobians and Hessians of functions, and these themselves.  Source: ``torch.autograd.functional``.

Every function here evaluates ``func`` on inputs of its own: views of those that are given where the result is to be
differentiated again, detached copies otherwise.  So gradients of tensors that ``func`` captures are not mixed up with
those of its arguments, nobody's ``.grad`` changes, and it all works inside ``no_grad``.

``strict`` asks for an error, instead of zeros, where an output does not depend on an input.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..tensor import Tensor
from ..tensor_base import GRAD
from .api import grad
from .forward_ad import dual_level, make_dual, unpack_dual

Tensors = tuple[Tensor, ...]
Given = Tensor | Tensors

_NOT_STRICT = "This is not allowed in strict mode"


def vjp(
    func: Callable[..., Given], inputs: Given, v: Given | None = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The value of ``func``, and the product of the vector ``v`` with its Jacobian.

    Args:
        func: from tensors to a tensor or a tuple of tensors.
        inputs: a tensor or a tuple of tensors.
        v: of the shape of the outputs; may be left out for one output of one element.
        create_graph: make both results differentiable.
        strict: refuse inputs on which no output depends.

    Returns:
        The outputs, and the product, of the shape of the inputs.

    Raises:
        TypeError: for inputs or outputs that are no tensors.
        RuntimeError: for a ``v`` that does not fit, and what ``strict`` refuses.
    """
    call = _Call("vjp", create_graph, strict)
    with _recording(True):
        given = call.inputs(inputs)
        outputs = call.outputs(func, given)
        if v is not None:
            vector = call.vector(v, outputs)
        elif len(outputs.tensors) == 1 and outputs.tensors[0].numel() == 1:
            vector = None
        else:
            raise RuntimeError(
                "The vector v can only be None if the user-provided function returns a single Tensor with a single "
                "element."
            )
    with _recording(create_graph or GRAD.get()):
        product = call.products(outputs.tensors, given.tensors, vector)
        filled = call.zeros_for_none(product, given.tensors, _OF_OUTPUT)
    return call.result(outputs, outputs.tensors), call.result(given, filled)


def jvp(
    func: Callable[..., Given], inputs: Given, v: Given | None = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The value of ``func``, and the product of its Jacobian with the vector ``v``, by differentiating twice.

    The gradient of the inputs is linear in the cotangent that it is asked for, so its derivative by the cotangent is
    the Jacobian, transposed: a vector-Jacobian product of that is a Jacobian-vector product of ``func``.

    Args, Raises: as for `vjp`; ``v`` is of the shape of the inputs.

    Returns:
        The outputs, and the product, of the shape of the outputs.
    """
    call = _Call("jvp", create_graph, strict)
    with _recording(True):
        given = call.inputs(inputs)
        vector = call.vector_or_one(v, given)
        outputs = call.outputs(func, given)
        cotangents = tuple(output.new_zeros(output.shape, requires_grad=True) for output in outputs.tensors)
        backward = _gradients(outputs.tensors, given.tensors, cotangents, create_graph=True)
        call.check_gradients(backward, "gradient")
    with _recording(create_graph or GRAD.get()):
        product = call.products(backward, cotangents, vector)
        filled = call.zeros_for_none(product, outputs.tensors, _OF_COTANGENT)
    return call.result(outputs, outputs.tensors), call.result(outputs, filled)


def jacobian(
    func: Callable[..., Given], inputs: Given, create_graph: bool = False, strict: bool = False,
    vectorize: bool = False, strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """The Jacobian of ``func``: for each output and input a tensor of the output's shape, then the input's.

    Args:
        func, inputs, create_graph, strict: as for `vjp`.
        vectorize: ask for all rows at once.
        strategy: ``"reverse-mode"``, a row for each element of the outputs, or ``"forward-mode"``, a column for each
            element of the inputs, which needs ``vectorize``.

    Returns:
        A tensor for one output and one input; tuples, of the outputs first, for tuples.

    Raises:
        AssertionError: for another strategy.
        NotImplementedError: for what goes not together with forward mode.
        TypeError, RuntimeError: as for `vjp`.
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs '
            'than inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode":
        return _forward_jacobian(func, inputs, create_graph, strict, vectorize)
    call = _Call("jacobian", create_graph, strict)
    with _recording(True):
        given = call.inputs(inputs)
        outputs = call.outputs(func, given)
        if vectorize and strict:
            raise RuntimeError(
                "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. "
                "Please either set `strict=False` or `vectorize=False`."
            )
        found = _all_rows(call, outputs, given) if vectorize else _row_by_row(call, outputs, given)
        rows = [call.result(given, row) for row in found]
    return tuple(rows) if outputs.is_tuple else rows[0]


def _row_by_row(call: _Call, outputs: _Arguments, given: _Arguments) -> Iterator[Tensors]:
    """For each output the Jacobians by all inputs, a pass for each element."""
    for number, output in enumerate(outputs.tensors):
        columns: list[list[Tensor]] = [[] for _ in given.tensors]
        for index in range(output.numel()):
            element = output.reshape(-1)[index]
            found = _gradients([element], given.tensors, None, retain_graph=True, create_graph=call.create_graph)
            for place, (column, one, like) in enumerate(zip(columns, found, given.tensors, strict=True)):
                if one is None and call.strict:
                    raise RuntimeError(
                        f"Output {number} of the user-provided function is independent of input {place}. {_NOT_STRICT}."
                    )
                if one is not None and call.strict and call.create_graph and not one.requires_grad:
                    raise RuntimeError(
                        f"The jacobian of the user-provided function is independent of input {number}. {_NOT_STRICT} "
                        "when create_graph=True."
                    )
                column.append(_zeros_like(like) if one is None else one)
        yield tuple(
            _stack(column).view((*output.shape, *like.shape))
            for column, like in zip(columns, given.tensors, strict=True)
        )


def _all_rows(call: _Call, outputs: _Arguments, given: _Arguments) -> Iterator[Tensors]:
    """The same, by one pass that is given the unit vectors of all outputs."""
    sizes = [output.numel() for output in outputs.tensors]
    flat = [output.reshape(-1) for output in outputs.tensors]
    found = _gradients(
        flat, given.tensors, unit_vectors(outputs.tensors), create_graph=call.create_graph, is_grads_batched=True
    )
    rows = [
        (like.new_zeros(like.shape).expand((sum(sizes), *like.shape)) if one is None else one).split(sizes)
        for one, like in zip(found, given.tensors, strict=True)
    ]
    for number, output in enumerate(outputs.tensors):
        yield tuple(
            each[number].view((*output.shape, *like.shape)) for each, like in zip(rows, given.tensors, strict=True)
        )


def unit_vectors(tensors: Sequence[Tensor]) -> Tensors:
    """For each tensor a batch of vectors, as many as all have elements: those of its own elements have a one there."""
    total = sum(one.numel() for one in tensors)
    found, start = [], 0
    for one in tensors:
        batch = one.new_zeros((total, one.numel()))
        batch.diagonal(-start).fill_(1)
        found.append(batch)
        start += one.numel()
    return tuple(found)


def _forward_jacobian(
    func: Callable[..., Given], inputs: Given, create_graph: bool, strict: bool, vectorize: bool
) -> Any:
    """The Jacobian by columns: one tangent for each element of the inputs."""
    for name, asked, kind in (
        ("create_graph", create_graph, NotImplementedError), ("strict", strict, RuntimeError),
    ):  # fmt: skip
        if asked:
            raise kind(
                f'torch.autograd.functional.jacobian: `{name}=True` and `strategy="forward-mode"` are not supported '
                f'together (yet). Please either set `{name}=False` or `strategy="reverse-mode"`.'
            )
    given = _Arguments.of(inputs, "inputs", "jacobian")
    if not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for "
            "`vectorize=True`."
        )
    from ..func.legacy import mapped_over  # against the direction: all is there when this runs

    sizes = [one.numel() for one in given.tensors]
    primals: list[_Arguments] = []

    def push(vectors: Sequence[Tensor]) -> list[Tensor]:
        with dual_level():
            duals = [make_dual(one, vector.view_as(one)) for one, vector in zip(given.tensors, vectors, strict=True)]
            outputs = _Arguments.of(func(*duals), "outputs", "None")
            pairs = [unpack_dual(one) for one in outputs.tensors]
            primals.append(_Arguments(tuple(one for one, _ in pairs), outputs.is_tuple))
            return [_zeros_like(one) if tangent is None else tangent for one, tangent in pairs]

    tangents = mapped_over(push, unit_vectors(given.tensors))
    (outputs,) = primals
    rows: list[Any] = []
    for output, columns in zip(outputs.tensors, tangents, strict=True):
        last = (*range(1, columns.dim()), 0)  # the inputs' elements come last
        row = [
            one.permute(last).reshape((*output.shape, *like.shape))
            for one, like in zip(columns.split(sizes), given.tensors, strict=True)
        ]
        rows.append(row if given.is_tuple else row[0])
    # Here torch nests lists, and has a tuple only where it unpacks the inner ones.
    return (rows if given.is_tuple else tuple(rows)) if outputs.is_tuple else rows[0]


def hessian(
    func: Callable[..., Given], inputs: Given, create_graph: bool = False, strict: bool = False,
    vectorize: bool = False, outer_jacobian_strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """The Hessian of a ``func`` that gives one number: the Jacobian of its gradient.

    Args:
        func, inputs, create_graph, strict, vectorize: as for `jacobian`.
        outer_jacobian_strategy: of the outer Jacobian; ``"forward-mode"`` is forward over reverse.

    Returns:
        A tensor of the input's shape twice; for a tuple of inputs a tuple of tuples.

    Raises: as `jacobian`.
    """
    given = _Arguments.of(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')
    call = _Call("hessian", create_graph, strict)

    def number(*arguments: Tensor) -> Tensor:
        return call.number(call.outputs(func, _Arguments(arguments, True))).squeeze()

    def gradient(*arguments: Tensor) -> Any:
        if outer_jacobian_strategy == "forward-mode":
            arguments = tuple(one.requires_grad_(True) for one in arguments)
        found = jacobian(number, arguments, create_graph=True)
        call.check_gradients(found, "jacobian")
        return found

    found = jacobian(
        gradient, given.tensors, create_graph=create_graph, strict=strict, vectorize=vectorize,
        strategy=outer_jacobian_strategy,
    )  # fmt: skip
    return found if given.is_tuple else found[0][0]


def vhp(
    func: Callable[..., Tensor], inputs: Given, v: Given | None = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The value of a ``func`` that gives one number, and the product of the vector ``v`` with its Hessian.

    Args, Raises: as for `vjp`; ``v`` is of the shape of the inputs.

    Returns:
        The output, and the product, of the shape of the inputs.
    """
    call = _Call("vhp", create_graph, strict)
    with _recording(True):
        given, vector, outputs, first = _first(call, func, inputs, v)
    with _recording(create_graph or GRAD.get()):
        product = call.products(first, given.tensors, vector)
        filled = call.zeros_for_none(product, given.tensors, _OF_JACOBIAN)
    return call.result(outputs, outputs.tensors), call.result(given, filled)


def hvp(
    func: Callable[..., Tensor], inputs: Given, v: Given | None = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The value of a ``func`` that gives one number, and the product of its Hessian with the vector ``v``.

    By the trick of `jvp` on the gradient; `vhp` is cheaper, and the same where the Hessian is symmetric.

    Args, Returns, Raises: as for `vhp`.
    """
    call = _Call("hvp", create_graph, strict)
    with _recording(True):
        given, vector, outputs, first = _first(call, func, inputs, v)
        cotangents = tuple(one.new_zeros(one.shape, requires_grad=True) for one in given.tensors)
        second = _gradients(first, given.tensors, cotangents, create_graph=True)
        call.check_gradients(first, "hessian")
    with _recording(create_graph or GRAD.get()):
        product = call.products(second, cotangents, vector)
        filled = call.zeros_for_none(product, given.tensors, _OF_CURVATURE)
    return call.result(outputs, outputs.tensors), call.result(given, filled)


def _first(
    call: _Call, func: Callable[..., Tensor], inputs: Given, v: Given | None
) -> tuple[_Arguments, Tensors | None, _Arguments, Sequence[Tensor | None]]:
    """Inputs, vector, output and gradient of a function that gives one number."""
    given = call.inputs(inputs)
    vector = call.vector_or_one(v, given)
    outputs = call.outputs(func, given)
    call.number(outputs)
    first = _gradients(outputs.tensors, given.tensors, None, create_graph=True)
    call.check_gradients(first, "jacobian")
    return given, vector, outputs, first


# What they share.


@dataclass(frozen=True)
class _Arguments:
    """Tensors, and whether the user has them as a tuple."""

    tensors: Tensors
    is_tuple: bool

    @classmethod
    def of(cls, given: Any, what: str, function: str) -> _Arguments:
        """A tensor or a tuple of tensors.

        Raises:
            TypeError: for anything else.
        """
        is_tuple = isinstance(given, tuple)
        tensors = given if is_tuple else (given,)
        for index, one in enumerate(tensors):
            if not isinstance(one, Tensor):
                where = f"value at index {index}" if is_tuple else f"given {what}"
                raise TypeError(
                    f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but the {where} has "
                    f"type {type(one)}."
                )
        return cls(tensors, is_tuple)


_OF_OUTPUT = "The output of the user-provided function is independent of input {}. " + _NOT_STRICT + "."
_OF_COTANGENT = (
    "The gradient with respect to the input is independent of entry {} in the grad_outputs when using the double "
    "backward trick to compute forward mode gradients. " + _NOT_STRICT + "."
)
_OF_JACOBIAN = "The jacobian of the user-provided function is independent of input {}. " + _NOT_STRICT + "."
_OF_CURVATURE = (
    "The hessian of the user-provided function is independent of entry {} in the grad_jacobian. " + _NOT_STRICT
    + " as it prevents from using the double backward trick to replace forward mode AD."
)  # fmt: skip
_UNTRACKED = {
    "output": "Output {} of the user-provided function does not require gradients. The outputs must be computed in a "
    "differentiable manner from the input when running in strict mode.",
    "gradient": "The gradient with respect to input {} is independent of the inputs of the user-provided function. "
    + _NOT_STRICT
    + ".",
    "jacobian": "While computing the hessian, found that the jacobian of the user-provided function with respect to "
    "input {} is independent of the input. "
    + _NOT_STRICT
    + ". You should ensure that your function is twice differentiable and that the jacobian depends on the inputs "
    "(this would be violated by a linear function for example).",
    "hessian": "The hessian of the user-provided function with respect to input {} is independent of the input. "
    + _NOT_STRICT
    + ". You should ensure that your function is thrice differentiable and that the hessian depends on the inputs.",
}
"""What ``strict`` says of tensors that do not depend on the inputs."""


@dataclass(frozen=True)
class _Call:
    """One call of a function of this module: its name, and what was asked."""

    function: str
    create_graph: bool
    strict: bool

    def inputs(self, given: Any) -> _Arguments:
        """Inputs of our own."""
        found = _Arguments.of(given, "inputs", self.function)
        return _Arguments(tuple(self._own(one, True) for one in found.tensors), found.is_tuple)

    def _own(self, one: Tensor, tracked: bool) -> Tensor:
        if self.create_graph and one.requires_grad:
            return one.view_as(one)
        return one.detach().requires_grad_(tracked)

    def vector(self, v: Any, like: _Arguments) -> Tensors:
        """The vector, which must be of the shapes of ``like``."""
        found = tuple(self._own(one, False) for one in _Arguments.of(v, "v", self.function).tensors)
        if len(found) != len(like.tensors):
            if like.is_tuple:
                raise RuntimeError(
                    f"v is a tuple of invalid length: should be {len(like.tensors)} but got {len(found)}."
                )
            raise RuntimeError("The given v should contain a single Tensor.")
        for index, (one, other) in enumerate(zip(found, like.tensors, strict=True)):
            if one.shape != other.shape:
                entry = f"Entry {index} in " if like.is_tuple else ""
                raise RuntimeError(f"{entry}v has invalid size: should be {other.shape} but got {one.shape}.")
        return found

    def vector_or_one(self, v: Any, given: _Arguments) -> Tensors | None:
        """The vector, of the shapes of the inputs; None stands for a one."""
        if v is not None:
            return self.vector(v, given)
        if len(given.tensors) != 1 or given.tensors[0].numel() != 1:
            raise RuntimeError(
                "The vector v can only be None if the input to the user-provided function is a single Tensor with a "
                "single element."
            )
        return None

    def outputs(self, func: Callable[..., Any], given: _Arguments) -> _Arguments:
        """What the user's function gives."""
        found = _Arguments.of(func(*given.tensors), "outputs of the user-provided function", self.function)
        self.check_gradients(found.tensors, "output")
        return found

    def number(self, outputs: _Arguments) -> Tensor:
        """The one element that the user's function must give."""
        if outputs.is_tuple:
            raise RuntimeError(f"The function given to {self.function} should return a single Tensor")
        if outputs.tensors[0].numel() != 1:
            raise RuntimeError(
                f"The Tensor returned by the function given to {self.function} should contain a single element"
            )
        return outputs.tensors[0]

    def check_gradients(self, found: Sequence[Tensor | None], what: str) -> None:
        """With ``strict``, all of these must depend on the inputs."""
        for index, one in enumerate(found if self.strict else ()):
            if one is None:
                raise RuntimeError(_OF_OUTPUT.format(index))
            if not one.requires_grad:
                raise RuntimeError(_UNTRACKED[what].format(index))

    def products(
        self, outputs: Sequence[Tensor | None], inputs: Sequence[Tensor], vector: Sequence[Tensor] | None
    ) -> Sequence[Tensor | None]:
        return _gradients(outputs, inputs, vector, create_graph=self.create_graph)

    def zeros_for_none(self, found: Sequence[Tensor | None], like: Sequence[Tensor], text: str) -> Tensors:
        """The gradients, zeros where there is none; with ``strict`` an error of this text."""
        for index, one in enumerate(found if self.strict else ()):
            if one is None:
                raise RuntimeError(text.format(index))
            if self.create_graph and not one.requires_grad:
                derivative = "hessian" if text in (_OF_JACOBIAN, _OF_CURVATURE) else "jacobian"
                raise RuntimeError(
                    f"The {derivative} of the user-provided function is independent of input {index}. {_NOT_STRICT} "
                    "when create_graph=True."
                )
        return tuple(_zeros_like(other) if one is None else one for one, other in zip(found, like, strict=True))

    def result(self, arguments: _Arguments, found: Sequence[Tensor]) -> Any:
        """As the user has such arguments, and without a graph unless one is wanted."""
        kept = tuple(found) if self.create_graph else tuple(one.detach() for one in found)
        return kept if arguments.is_tuple else kept[0]


def _gradients(
    outputs: Sequence[Tensor | None], inputs: Sequence[Tensor], vectors: Sequence[Tensor] | None, **options: Any
) -> Sequence[Tensor | None]:
    """`grad` of the outputs that are tracked; None everywhere if none is."""
    pairs = zip(outputs, [None] * len(outputs) if vectors is None else vectors, strict=True)
    tracked = [(output, vector) for output, vector in pairs if output is not None and output.requires_grad]
    if not tracked:
        return (None,) * len(inputs)
    roots, given = zip(*tracked, strict=True)
    return grad(roots, inputs, given, allow_unused=True, **options)


def _zeros_like(like: Tensor) -> Tensor:
    return like.new_zeros(like.shape)


@contextlib.contextmanager
def _recording(enabled: bool) -> Iterator[None]:
    token = GRAD.set(enabled)
    try:
        yield
    finally:
        GRAD.reset(token)


def _stack(rows: Sequence[Tensor]) -> Tensor:
    from ..ops.joining import stack  # against the direction: all operations are there when this runs

    return stack(rows)
