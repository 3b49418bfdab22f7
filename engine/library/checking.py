"""Whether an operator keeps what its schema says: what it modifies, what it gives without elements, its derivative.

Source: ``torch.library.opcheck``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..autograd.api import grad
from ..layout import storage
from ..tensor import Tensor
from .custom import definition_of
from .definition import COMPOSITE, Operator, tensors_in
from .operators import NativeOverload


class OpCheckError(Exception):
    """An operator does not keep what its schema says."""

    __module__ = "torch.testing._internal.optests.generate_tests"


def opcheck(
    op: Any, args: tuple, kwargs: dict[str, Any] | None = None, *,
    test_utils: str | Sequence[str] = (
        "test_schema", "test_autograd_registration", "test_faketensor", "test_aot_dispatch_dynamic",
    ),
    raise_exception: bool = True, atol: Any = None, rtol: Any = None,
) -> dict[str, Any]:  # fmt: skip
    """Check an operator on one call.

    Args:
        op: the operator, its overload or its name.
        args: the arguments of the call.
        kwargs: those by name.
        test_utils: which checks: ``test_schema`` (nothing is modified, and no result shares memory with an input, but
            as the schema says), ``test_autograd_registration`` (a derivative is registered so that it is used),
            ``test_faketensor`` (the function for ``meta`` gives the same shapes, strides and dtypes), and
            ``test_aot_dispatch_dynamic`` (the backward pass runs, and gives gradients of the inputs' shapes).
        raise_exception: raise the first failure.
        atol: without effect: nothing is compiled that could differ in value.
        rtol: likewise.

    Returns:
        For each check, ``"SUCCESS"`` or its error.

    Raises:
        OpCheckError: for the first check that fails, if `raise_exception`.
        ValueError: for a check that is none.
    """
    chosen = (test_utils,) if isinstance(test_utils, str) else tuple(test_utils)
    if unknown := set(chosen) - set(_CHECKS):
        raise ValueError(f"opcheck(op, ..., test_utils={test_utils!r}), expected test_utils to be subset of "
                         f"{tuple(_CHECKS)} but it was not: {unknown}")  # fmt: skip
    if not isinstance(args, (tuple, list)):
        raise TypeError(f"args must be a tuple, got {type(args).__name__}")
    found: Any = op if isinstance(op, NativeOverload) else definition_of(op)
    results: dict[str, Any] = {}
    for name in chosen:
        try:
            _CHECKS[name](found, _copied(args), _copied(kwargs or {}))
        except Exception as error:
            if raise_exception:
                raise OpCheckError(
                    f"opcheck(op, ...): {name} failed with {error} (scroll up for stack trace)"
                ) from error
            results[name] = error
        else:
            results[name] = "SUCCESS"
    return results


def _plain(tensor: Tensor) -> Tensor:
    return tensor.detach()


def _copied(value: Any, make: Callable[[Tensor], Tensor] | None = None) -> Any:
    """A value with its tensors copied, or made anew."""
    if isinstance(value, Tensor):
        if make is not None:
            return make(value)
        copy = value.detach().clone()
        return copy.requires_grad_() if value.requires_grad else copy
    if isinstance(value, dict):
        return {key: _copied(one, make) for key, one in value.items()}
    return type(value)(_copied(one, make) for one in value) if type(value) in (list, tuple) else value


def _by_name(op: Operator | NativeOverload, args: Sequence[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    params = op._op.schema.params if isinstance(op, NativeOverload) else op._parameters
    return dict(zip((one.name for one in params), args, strict=False)) | kwargs


def _mutable(op: Operator | NativeOverload) -> tuple[str, ...]:
    if isinstance(op, NativeOverload):
        return ("self",) if op._name.endswith("_") else ()
    return op._mutated


def _schema(op: Operator | NativeOverload, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
    args, kwargs = _copied(args, _plain), _copied(kwargs, _plain)
    given = _by_name(op, args, kwargs)
    before = {name: _copied(value) for name, value in given.items()}
    results = [*tensors_in(op(*args, **kwargs))]
    for name, value in given.items():
        same = all(
            one.shape == two.shape and bool(((one == two) | ((one != one) & (two != two))).all())
            for one, two in zip(tensors_in(value), tensors_in(before[name]), strict=True)
        )
        if not same and name not in _mutable(op):
            raise RuntimeError(f"Argument {name} is not defined as mutable but was mutated")
        memory = {id(storage(one._array)) for one in tensors_in(value)}
        if name not in _mutable(op) and any(id(storage(one._array)) in memory for one in results):
            raise RuntimeError(f"Argument {name} is not defined to alias output but was aliasing")


def _registration(op: Operator | NativeOverload, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
    if isinstance(op, NativeOverload) or not any(one.requires_grad for one in tensors_in([*args, *kwargs.values()])):
        return
    if not (op._opaque or "Autograd" in op._kernels or COMPOSITE in op._kernels):
        raise AssertionError(
            "You have attempted to use autograd_registration_check on an operator that has no autograd registration: "
            "register a formula with torch.library.register_autograd, or a function for the key Autograd or "
            "CompositeImplicitAutograd"
        )


def _fake(op: Operator | NativeOverload, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
    def without(tensor: Tensor) -> Tensor:
        return tensor.detach().to("meta")

    fakes = [*tensors_in(op(*_copied(args, without), **_copied(kwargs, without)))]
    reals = [*tensors_in(op(*_copied(args, _plain), **_copied(kwargs, _plain)))]
    if len(fakes) != len(reals):
        raise AssertionError(f"Expected {len(reals)} outputs of the fake impl, got {len(fakes)}")
    for place, (fake, real) in enumerate(zip(fakes, reals, strict=True)):
        for what in ("shape", "dtype", "stride"):
            one, two = getattr(fake, what), getattr(real, what)
            one, two = (one(), two()) if what == "stride" else (one, two)
            if one != two:
                raise AssertionError(f"output[{place}]: the fake impl gives {what} {one}, the operator {two}")


def _backward(op: Operator | NativeOverload, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
    _fake(op, args, kwargs)
    leaves = [one for one in tensors_in([*args, *kwargs.values()]) if one.requires_grad]
    outputs = [one for one in tensors_in(op(*args, **kwargs)) if one.requires_grad]
    if not (leaves and outputs):
        return
    grads = grad([one.sum() for one in outputs], leaves, allow_unused=True)
    for leaf, one in zip(leaves, grads, strict=True):
        if one is not None and one.shape != leaf.shape:
            raise AssertionError(f"the gradient has shape {one.shape}, its input {leaf.shape}")


_CHECKS: dict[str, Callable[..., None]] = {
    "test_schema": _schema, "test_autograd_registration": _registration, "test_faketensor": _fake,
    "test_aot_dispatch_dynamic": _backward,
}  # fmt: skip
