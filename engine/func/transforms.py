"""Derivatives of functions as functions: ``grad``, ``vjp``, ``jvp``, ``jacrev``, ``jacfwd``, ``hessian``...

Source: ``torch.func``.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..autograd import forward_ad
from ..autograd.api import grad as gradients
from ..autograd.graph import disable_saved_tensors_hooks
from ..autograd.levels import wrapped
from ..autograd.modes import GRAD, enable_grad, inference_mode, is_inference_mode_enabled, unusual
from ..dtypes import DIFFERENTIABLE
from ..ops.creation import zeros_like
from ..ops.joining import cat
from ..tensor import Tensor
from ..utils.pytree import tree_flatten, tree_leaves, tree_map, tree_unflatten, treespec_pprint
from .functionalization import Functionalizing
from .interpreters import Differentiating
from .vmap import vmap

NO_HOOKS = (
    "torch.func.{grad, vjp, jacrev, hessian} don't yet support saved tensor hooks. Please open an issue with your use "
    "case."
)


# Arguments.


def _chosen(args: tuple, argnums: Any, *, as_tuple: bool = True) -> Any:
    """The arguments that are differentiated.

    Raises:
        RuntimeError: if there are no such arguments.
    """
    if not isinstance(argnums, (int, tuple)):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    if isinstance(argnums, int):
        found = args[_place(argnums, len(args))]
        return (found,) if as_tuple else found
    places = tuple(_place(one, len(args)) for one in argnums)
    if not places:
        raise RuntimeError("argnums must be non-empty")
    if len(set(places)) != len(places):
        raise RuntimeError(f"argnums elements must be unique, got {places}")
    return tuple(args[place] for place in places)


def _place(argnum: Any, count: int) -> int:
    if not isinstance(argnum, int):
        raise RuntimeError(f"argnum must be int, got: {type(argnum)}")
    if not -count <= argnum < count:
        raise RuntimeError(f"Got argnum={argnum}, but only {count} positional inputs")
    return argnum % count


def _replaced(args: tuple, new: tuple, argnums: Any) -> tuple:
    places = [one % len(args) for one in ((argnums,) if isinstance(argnums, int) else argnums)]
    return tuple(new[places.index(i)] if i in places else one for i, one in enumerate(args))


def _wrapped(level: Differentiating, tree: Any) -> Any:
    return tree_map(lambda one: level.wrap(one) if isinstance(one, Tensor) else one, tree)


def _tracked(tree: Any) -> Any:
    """The tensors of a tree, which are leaves of a graph from now on."""

    def track(one: Any) -> Any:
        if not isinstance(one, Tensor):
            raise ValueError(f"Thing passed to transform API must be Tensor, got {type(one)}")
        if one._dtype not in DIFFERENTIABLE:
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        one._requires_grad = True
        return one

    return tree_map(track, tree)


def _lowered(level: Differentiating, tree: Any) -> Any:
    """The tensors of a tree as they are below the level."""

    def lower(one: Any) -> Any:
        if not isinstance(one, Tensor):
            raise RuntimeError(f"Expected tensors, got unsupported type {type(one)}")
        return level.lower(one)

    return tree_map(lower, tree)


def _with_aux(result: Any, name: str) -> tuple:
    if not (isinstance(result, tuple) and len(result) == 2):
        raise RuntimeError(f"{name}: output of function f should be a tuple: (output, aux) if has_aux is True")
    return result


def _check_tensors(outputs: list[Any], name: str) -> None:
    if not outputs or (len(outputs) == 1 and outputs[0] is None):
        raise RuntimeError(f"{name}: Expected f to be a function that has non-empty output (got output = {outputs})")
    for one in outputs:
        if not isinstance(one, Tensor):
            raise RuntimeError(f"{name}: expected f(*primals) to return only tensors, got unsupported type {type(one)}")


# Backward.


def _backward(
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    vectors: Sequence[Any] | None,
    *,
    retain_graph: bool,
    create_graph: bool,
) -> list[Tensor]:
    """The gradients, zero for what the outputs do not depend on."""
    pairs = [
        (output, vector)
        for output, vector in zip(outputs, [None] * len(outputs) if vectors is None else vectors, strict=False)
        if output.requires_grad
    ]
    found: Sequence[Tensor | None] = [None] * len(inputs)
    if pairs and inputs:
        found = gradients(
            [output for output, _ in pairs], list(inputs), None if vectors is None else [v for _, v in pairs],
            retain_graph=retain_graph, create_graph=create_graph, allow_unused=True,
        )  # fmt: skip
    return [zeros_like(one) if gradient is None else gradient for one, gradient in zip(inputs, found, strict=True)]


def _value_and_grad(
    func: Callable[..., Any], argnums: Any, has_aux: bool, args: tuple, kwargs: dict[str, Any]
) -> tuple[Any, Any]:
    name = "grad_and_value(f)(*args)"
    with disable_saved_tensors_hooks(NO_HOOKS):
        level = Differentiating()
        with level.opened(), enable_grad():
            args, kwargs = _wrapped(level, args), _wrapped(level, kwargs)
            inputs = _chosen(args, argnums, as_tuple=False)
            _tracked(inputs)
            output, aux = func(*args, **kwargs), None
            if has_aux:
                output, aux = _with_aux(output, name)
            if not isinstance(output, Tensor):
                raise RuntimeError(f"{name}: Expected f(*args) to return a Tensor, got {type(output)}")
            if output.dim():
                raise RuntimeError(
                    f"{name}: Expected f(*args) to return a scalar Tensor, got tensor with {output.dim()} dims. Maybe "
                    "you wanted to use the vjp or jacrev APIs instead?"
                )
            flat, spec = tree_flatten(inputs)
            found = _backward([output], flat, None, retain_graph=False, create_graph=True)
            result = _lowered(level, tree_unflatten(found, spec))
            value = _lowered(level, output)
            return result, (value, _lowered(level, aux)) if has_aux else value


def grad(func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that computes the gradient of ``func``.

    Args:
        func: returns a 0-d tensor.
        argnums: the arguments that are differentiated; a tuple gives a tuple of gradients.
        has_aux: ``func`` returns ``(output, aux)``, the new function ``(gradient, aux)``.

    Raises:
        RuntimeError: by the new function: for another output, or arguments that are not there.
        ValueError: for arguments that are no tensors.
    """

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        gradient, value = _value_and_grad(func, argnums, has_aux, args, kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return wrapper


def grad_and_value(
    func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """As ``grad``, for a function that returns the gradient and the value: ``(value, aux)`` with ``has_aux``."""

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return _value_and_grad(func, argnums, has_aux, args, kwargs)

    return wrapper


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of a function, and a function of cotangents that gives vector-Jacobian products.

    Args:
        func: returns tensors, or containers of them.
        primals: its arguments.
        has_aux: ``func`` returns ``(output, aux)``; ``aux`` is returned as a third.

    Returns:
        ``(output, vjp_fn)``; ``vjp_fn`` takes the structure of ``output`` and gives a tuple, one for each primal.

    Raises:
        RuntimeError: for outputs that are no tensors, or integers; by ``vjp_fn`` for another structure.
    """
    return _vjp_with_argnums(func, primals, None, has_aux)


def _vjp_with_argnums(func: Callable[..., Any], args: tuple, argnums: Any, has_aux: bool) -> Any:
    name = "vjp(f, *primals)"
    with disable_saved_tensors_hooks(NO_HOOKS):
        level = Differentiating()
        with level.opened(), enable_grad():
            args = _wrapped(level, args)
            inputs = _tracked(args if argnums is None else _chosen(args, argnums, as_tuple=False))
            output, aux = func(*args), None
            if has_aux:
                output, aux = _with_aux(output, name)
                aux = _lowered(level, aux)
            outputs, spec = tree_flatten(output)
            _check_tensors(outputs, name)
            flat, inputs_spec = tree_flatten(inputs)
            results = _lowered(level, output)
            for one in outputs:
                if one._dtype not in DIFFERENTIABLE:
                    raise RuntimeError(
                        "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with "
                        f"dtype {one.dtype}"
                    )

    def wrapper(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        create_graph = GRAD.get() if create_graph is None else create_graph
        vectors, given = tree_flatten(cotangents)
        if given != spec:
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the "
                f"function. cotangents: {treespec_pprint(given)}, primal output: {treespec_pprint(spec)}"
            )
        # The level of the graph is closed: its tensors are taken for their values.
        with unusual(), _no_inference_mode():
            found = _backward(outputs, flat, vectors, retain_graph=retain_graph, create_graph=create_graph)
        return tree_unflatten(found, inputs_spec)

    return (results, wrapper, aux) if has_aux else (results, wrapper)


def _no_inference_mode() -> contextlib.AbstractContextManager[Any]:
    return inference_mode(False) if is_inference_mode_enabled() else contextlib.nullcontext()


# Forward.

_nesting = 0
_JVP = "jvp(f, primals, tangents)"


@contextlib.contextmanager
def _duals() -> Iterator[None]:
    """A level of forward mode; functions within functions share it."""
    global _nesting
    _nesting += 1
    try:
        with forward_ad._set_fwd_grad_enabled(True):
            if _nesting > 1:
                yield
            else:
                with forward_ad.dual_level():
                    yield
    finally:
        _nesting -= 1


def jvp(func: Callable[..., Any], primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> Any:
    """The value of a function, and its Jacobian-vector product, by forward mode.

    Args:
        func: returns tensors, or containers of them.
        primals: its arguments, a tuple.
        tangents: of the structure and shapes of the primals.
        strict: an output that does not depend on the primals is an error, rather than a tangent of zeros.
        has_aux: ``func`` returns ``(output, aux)``; ``aux`` is returned as a third.

    Raises:
        RuntimeError: for structures that differ, and what is no tensor.
    """
    return _jvp(func, primals, tangents, None, strict, has_aux)


def _jvp(func: Callable[..., Any], primals: Any, tangents: Any, argnums: Any, strict: bool, has_aux: bool) -> Any:
    if not isinstance(primals, tuple):
        raise RuntimeError(f"{_JVP}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals).")
    flat, spec = tree_flatten(primals if argnums is None else _chosen(primals, argnums))
    vectors, given = tree_flatten(tangents)
    if spec != given:
        raise RuntimeError(
            f"{_JVP}: Expected primals and tangents to have the same python structure. For example, if primals is a "
            f"tuple of 3 tensors, tangents also must be. Got primals with structure {spec} and tangents with structure "
            f"{given}"
        )
    for name, found in (("primals", flat), ("tangents", vectors)):
        if not found:
            raise RuntimeError(f"{_JVP}: Expected {name} to contain at least one Tensor.")
        for one in found:
            if not isinstance(one, Tensor):
                raise RuntimeError(f"{_JVP}: Expected {name} to only contain Tensors, got {type(one)}")
    level = Differentiating()
    with level.opened(), _duals():
        args = tree_unflatten([forward_ad.make_dual(*pair) for pair in zip(flat, vectors, strict=True)], spec)
        if argnums is not None:
            args = _replaced(_wrapped(level, primals), args, argnums)
        output, aux = func(*args), None
        if has_aux:
            output, aux = _with_aux(output, _JVP)
            aux = _lowered(level, aux)
        outputs, spec = tree_flatten(output)
        _check_tensors(outputs, _JVP)
        pairs = [_unpacked(one, strict) for one in outputs]
        value = _lowered(level, tree_unflatten([primal for primal, _ in pairs], spec))
        tangent = _lowered(level, tree_unflatten([tangent for _, tangent in pairs], spec))
    return (value, tangent, aux) if has_aux else (value, tangent)


def _unpacked(dual: Tensor, strict: bool) -> tuple[Tensor, Tensor]:
    primal, tangent = forward_ad.unpack_dual(dual)
    if tangent is None:
        if strict:
            raise RuntimeError(
                "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is not "
                "allowed with strict=True."
            )
        tangent = zeros_like(primal)
    return primal, tangent


# Jacobians.


def _check_real(name: str, tree: Any, which: str) -> None:
    for index, one in enumerate(tree_leaves(tree)):
        if isinstance(one, Tensor) and one._dtype.is_complex:
            raise RuntimeError(
                f"{name}: Expected all {which} to be real but received complex tensor at flattened input idx: {index}"
            )


def _basis(tensors: Sequence[Tensor], chunk_size: int | None = None) -> Iterator[list[Tensor]]:
    """Unit vectors of the space of all tensors: for each tensor its part of them, as many at a time as told."""
    sizes = [one.numel() for one in tensors]
    total = sum(sizes)
    step = min(chunk_size or total, total)
    for start in range(0, total, step) if total else [0]:
        count, place = min(step, total - start), -start  # the row in which the tensor's first element is 1
        chunks = []
        for one, size in zip(tensors, sizes, strict=True):
            chunk = one.new_zeros((count, size))
            if -size < place < count:
                chunk.diagonal(-place).fill_(1)
            chunks.append(chunk.view((count, *one.shape)))
            place += size
        yield chunks


def jacrev(
    func: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Callable[..., Any]:
    """A function that computes the Jacobian of ``func`` backward, one row for each element of the output.

    Args:
        func: of real tensors, to real tensors.
        argnums: the arguments that are differentiated; a tuple gives a tuple of Jacobians.
        has_aux: ``func`` returns ``(output, aux)``, the new function ``(jacobian, aux)``.
        chunk_size: so many rows at a time; None for all at once.

    Raises:
        ValueError: for a ``chunk_size`` below 1.
        RuntimeError: by the new function, for complex tensors.
    """
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def wrapper(*args: Any) -> Any:
        _check_real("jacrev", args, "inputs")
        output, vjp_fn, *aux = _vjp_with_argnums(func, args, argnums, has_aux)
        outputs, spec = tree_flatten(output)
        _check_real("jacrev", outputs, "outputs")
        primals, primals_spec = tree_flatten(_chosen(args, argnums))
        chunks = []
        for basis in _basis(outputs, chunk_size):
            if chunk_size == 1:
                found = vjp_fn(tree_unflatten([one.squeeze(0) for one in basis], spec))
                chunks.append([one.unsqueeze(0) for one in tree_leaves(found)])
            else:
                chunks.append(tree_leaves(vmap(vjp_fn)(tree_unflatten(basis, spec))))
        rows = chunks[0] if len(chunks) == 1 else [cat(list(column), 0) for column in zip(*chunks, strict=True)]
        sizes = [one.numel() for one in outputs]
        by_input = [
            [part.view((*out.shape, *primal.shape)) for part, out in zip(row.split(sizes, 0), outputs, strict=True)]
            for row, primal in zip(rows, primals, strict=True)
        ]
        by_output = [tree_unflatten(list(parts), primals_spec) for parts in zip(*by_input, strict=True)]
        if isinstance(argnums, int):
            by_output = [one[0] for one in by_output]
        result = tree_unflatten(by_output, spec)
        return (result, *aux) if has_aux else result

    return wrapper


def jacfwd(
    func: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    has_aux: bool = False,
    *,
    randomness: str = "error",
) -> Callable[..., Any]:
    """A function that computes the Jacobian of ``func`` by forward mode, one column for each element of the arguments.

    Args:
        func: of real tensors, to real tensors.
        argnums: the arguments that are differentiated; a tuple gives a tuple of Jacobians.
        has_aux: ``func`` returns ``(output, aux)``, the new function ``(jacobian, aux)``.
        randomness: as of ``vmap``.

    Raises:
        RuntimeError: by the new function, for complex tensors.
    """

    @functools.wraps(func)
    def wrapper(*args: Any) -> Any:
        _check_real("jacfwd", args, "inputs")
        primals, spec = tree_flatten(_chosen(args, argnums))
        (basis,) = _basis(primals)

        def push(basis: Any) -> Any:
            _, tangent, *aux = _jvp(func, args, basis, argnums, strict=False, has_aux=has_aux)
            _check_real("jacfwd", tangent, "outputs")
            return (tangent, *aux) if has_aux else tangent

        results = vmap(push, randomness=randomness)(tree_unflatten(basis, spec))
        aux: Any = None
        if has_aux:
            results, aux = results
            aux = tree_map(lambda one: one[0], aux)
        columns, outputs_spec = tree_flatten(results)
        sizes = [one.numel() for one in primals]
        found = []
        for column in columns:
            parts = column.movedim(0, -1).split(sizes, -1)
            shaped = [
                part.unflatten(-1, one.shape) if one.dim() else part.squeeze(-1)
                for part, one in zip(parts, primals, strict=True)
            ]
            inputs = tree_unflatten(shaped, spec)
            found.append(inputs[0] if isinstance(argnums, int) else inputs)
        result = tree_unflatten(found, outputs_spec)
        return (result, aux) if has_aux else result

    return wrapper


def hessian(func: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """A function that computes the Hessian of ``func``: forward over reverse."""
    return jacfwd(jacrev(func, argnums), argnums)


def functionalize(func: Callable[..., Any], *, remove: str = "mutations") -> Callable[..., Any]:
    """The function without changes in place: new values stand for what it changes, and reach its inputs at the end.

    Args:
        func: the function.
        remove: views stay views, whatever is asked for: there is no compiler here that would want them gone.

    Raises:
        RuntimeError: for another ``remove`` than ``"mutations"`` and ``"mutations_and_views"``.
    """
    if remove not in ("mutations", "mutations_and_views"):
        raise RuntimeError(
            f"functionalize(f, remove='mutations'): received invalid argument for remove={remove}. Valid options are:\n"
            "     remove='mutations': all inplace and out= operators will be removed from the program, and replaced "
            "with their out-of-place equivalents.\n"
            "     remove='mutations_and_views': In addition to the above, all aliasing operators {view} will be "
            "replaced with their non-aliasing counterparts, {view}_copy.\n"
        )

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        level = Functionalizing()
        flat, spec = tree_flatten((args, kwargs))
        with level.opened():
            given = [level.wrap(one) if isinstance(one, Tensor) else one for one in flat]
            args, kwargs = tree_unflatten(given, spec)
            found = tree_map(lambda one: level.lower(one) if isinstance(one, Tensor) else one, func(*args, **kwargs))
            values = [level.lower(one) if isinstance(one, Tensor) else None for one in given]
        for one, value in zip(flat, values, strict=True):
            if value is not None and value is not one:
                # A value of another shape may be a view of what is resized.
                kept = value if one.shape == value.shape else value.clone()
                if kept is not value:
                    one.resize_(kept.shape)
                one.copy_(kept)
        return found

    return wrapper


def debug_unwrap(tensor: Tensor, *, recurse: bool = True) -> Tensor:
    """What a tensor of a transform wraps, at the level below or, if ``recurse``, outside of all; for printing only."""
    found = wrapped(tensor)
    if found is None:
        return tensor
    return debug_unwrap(found.value) if recurse else found.value
