"""``vmap``: a function of one example as a function of many.

Source: ``torch.func.vmap``, and "UX limitations" in torch's notes on ``torch.func``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ..ops.joining import cat
from ..tensor import Tensor
from ..utils.pytree import TreeSpec, broadcast_to, tree_flatten, tree_leaves, tree_unflatten
from .examples import Batching


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function that maps ``func`` over a dimension of its arguments.

    Args:
        func: takes and returns tensors, or containers of them, of one example.
        in_dims: which dimension of each argument counts the examples, as a number for all or in the structure of the
            arguments; None for an argument that is the same for all.
        out_dims: where that dimension is in each result.
        randomness: whether random operations are an ``"error"``, or draw ``"different"`` or the ``"same"`` numbers for
            all examples.
        chunk_size: map over so many examples at a time; None for all.

    Raises:
        ValueError: for dimensions that do not fit the arguments or results.
        RuntimeError: for another ``randomness``.
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        _check_out_dims(out_dims, func)
        size, dims, flat, spec = _inputs(in_dims, args, func)
        if chunk_size is None:
            return _run(func, size, dims, flat, spec, out_dims, randomness, kwargs)
        results = []
        for start in range(0, size, chunk_size):
            count = min(chunk_size, size - start)
            part = [one if dim is None else one.narrow(dim, start, count) for one, dim in zip(flat, dims, strict=True)]
            results.append(_run(func, count, dims, part, spec, out_dims, randomness, kwargs))
        return _joined(results, out_dims)

    return wrapped


def _joined(results: list[Any], out_dims: Any) -> Any:
    """The results of chunks as one."""
    flat = [tree_leaves(one) for one in results]
    _, spec = tree_flatten(results[0])
    dims = broadcast_to(out_dims, spec)
    assert dims is not None
    columns = [list(column) for column in zip(*flat, strict=True)]
    return tree_unflatten(
        [column[0] if dim is None else cat(column, dim) for column, dim in zip(columns, dims, strict=True)], spec
    )


def _run(
    func: Callable[..., Any],
    size: int,
    dims: Sequence[int | None],
    flat: Sequence[Any],
    spec: TreeSpec,
    out_dims: Any,
    randomness: str,
    kwargs: dict[str, Any],
) -> Any:
    level = Batching(size, randomness)
    with level.opened():
        args = [one if dim is None else level.batch(one, dim) for one, dim in zip(flat, dims, strict=True)]
        return unbatched(level, func(*tree_unflatten(args, spec), **kwargs), out_dims, func)


def unbatched(level: Batching, outputs: Any, out_dims: Any, func: Callable[..., Any]) -> Any:
    """The results as tensors of the level below.

    Raises:
        ValueError: if they are not what ``out_dims`` says.
    """
    flat, spec = tree_flatten(outputs)
    dims: list[Any] | None
    if isinstance(outputs, Tensor) and isinstance(out_dims, tuple) and len(out_dims) == 1:
        dims = list(out_dims)
    else:
        dims = broadcast_to(out_dims, spec)
    if dims is None:
        raise ValueError(
            f"vmap({name_of(func)}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure "
            f"of `outputs`. out_dims has structure {tree_flatten(out_dims)[1]} but outputs has structure {spec}."
        )
    return tree_unflatten([_output(level, one, dim, func) for one, dim in zip(flat, dims, strict=True)], spec)


def _output(level: Batching, output: Any, dim: int | None, func: Callable[..., Any]) -> Any:
    name = name_of(func)
    found = level.mine(output)
    if dim is None:
        if found is not None:
            raise ValueError(f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None")
        return output
    if not isinstance(output, Tensor):
        raise ValueError(
            f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(output)}. Did you mean to set "
            "out_dims= to None for output?"
        )
    with level.below():
        if found is None:
            size = (level.size, *output.shape)
            return output.expand(size) if dim == 0 else output.expand(size).movedim(0, dim)
        assert found.dim is not None
        return found.value if dim in (found.dim, found.dim - found.value.dim()) else found.value.movedim(found.dim, dim)


def name_of(func: Callable[..., Any]) -> str:
    """What errors call a function."""
    if hasattr(func, "__name__"):
        return func.__name__
    if isinstance(func, functools.partial):
        return f"functools.partial({name_of(func.func)}, ...)"
    return repr(func)


def _check_out_dims(out_dims: Any, func: Callable[..., Any]) -> None:
    for one in tree_leaves(out_dims):
        if not isinstance(one, int) and one is not None:
            raise ValueError(
                f"vmap({name_of(func)}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a python "
                "collection of ints representing where in the outputs the vmapped dimension should appear."
            )


def _inputs(in_dims: Any, args: tuple, func: Callable[..., Any]) -> tuple[int, list[int | None], list[Any], TreeSpec]:
    """The number of examples, and the leaves of the arguments with the dimension of each."""
    name = name_of(func)
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): expected `in_dims` to be int or a (potentially nested) "
            f"tuple matching the structure of inputs, got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a "
            "function with no inputs. The latter is unsupported."
        )
    flat, spec = tree_flatten(args)
    dims = broadcast_to(in_dims, spec)
    head = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): "
    if dims is None:
        raise ValueError(
            f"{head}in_dims is not compatible with the structure of `inputs`. in_dims has structure "
            f"{tree_flatten(in_dims)[1]} but inputs has structure {spec}."
        )
    for index, (one, dim) in enumerate(zip(flat, dims, strict=True)):
        if dim is None:
            continue
        if not isinstance(dim, int):
            raise ValueError(
                f"{head}Got in_dim={dim} for an input but in_dim must be either an integer dimension or None."
            )
        if not isinstance(one, Tensor):
            raise ValueError(
                f"{head}Got in_dim={dim} for an input but the input is of type {type(one)}. We cannot vmap over "
                "non-Tensor arguments, please use None as the respective in_dim"
            )
        if not -one.dim() <= dim < one.dim():
            raise ValueError(
                f"{head}Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {one.dim()} so "
                f"expected in_dim to satisfy -{one.dim()} <= in_dim < {one.dim()}."
            )
        dims[index] = dim % one.dim()
    sizes = [one.shape[dim] for one, dim in zip(flat, dims, strict=True) if dim is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if any(size != sizes[0] for size in sizes):
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )
    return sizes[0], dims, flat, spec
