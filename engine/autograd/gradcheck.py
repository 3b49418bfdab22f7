"""Derivatives against finite differences, which ``jacobian_check.py`` takes.  Source: ``torch.autograd.gradcheck``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..layout import strided
from ..tensor import Tensor
from ..warning import warn
from .api import grad
from .function import Function
from .jacobian_check import Check, GradcheckError, as_tuple, random_like, tracked_of


def gradcheck(
    func: Callable[..., Any], inputs: Any, *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
    raise_exception: bool = True, nondet_tol: float = 0.0, check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False, check_batched_grad: bool = False, check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False, check_backward_ad: bool = True, fast_mode: bool = False, masked: bool | None = None,
) -> bool:  # fmt: skip
    """Check first derivatives of a function.

    Args:
        func: from tensors to a tensor or a tuple of tensors.
        inputs: a tensor or a tuple; those that require grad should be float64 or complex128.
        eps: how far inputs are moved.
        atol, rtol: how far both Jacobians may be apart.
        raise_exception: False gives False for a failure.
        nondet_tol: how far two backward passes may be apart.
        check_undefined_grad: that undefined gradients of outputs count as zeros.
        check_grad_dtypes: that gradients have the dtypes of their inputs.
        check_batched_grad, check_batched_forward_grad: that both passes work under ``vmap``.
        check_forward_ad, check_backward_ad: which passes are checked.
        fast_mode: compare products with random vectors.
        masked: of sparse inputs, check derivatives by the stored elements only.

    Raises:
        GradcheckError: for a derivative that is wrong.
        ValueError, RuntimeError: for inputs that cannot be checked.
        AssertionError: for a combination of checks that makes no sense.
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    if check_batched_grad and not check_backward_ad:
        raise AssertionError("Setting check_batched_grad=True requires check_backward_ad to be True")
    if check_batched_forward_grad and not check_forward_ad:
        raise AssertionError("Setting check_batched_forward_grad=True requires check_forward_ad to be True")
    # As in torch, products with random vectors move stored elements only.
    func, inputs = _on_stored(func, as_tuple(inputs), masked or fast_mode)
    check = Check(func, as_tuple(inputs), eps, atol, rtol, nondet_tol, check_grad_dtypes, fast_mode)
    try:
        check.inputs_are_fit()
        results = as_tuple(func(*check.inputs))
        _refuse_sparse(results)
        outputs = tracked_of(results)
        if check_backward_ad:
            for part in check.real_parts(results):
                part.compare_backward(results if part is check else None)
        if check_forward_ad:
            check.compare_forward(results, undefined=check_undefined_grad)
        if check_batched_forward_grad:
            check.forward_is_batched()
        if check_backward_ad:
            if check_batched_grad:
                check.backward_is_batched(outputs)
            check.is_linear_in_gradients(outputs)
            if check_undefined_grad:
                check.undefined_is_zero()
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _refuse_sparse(results: tuple) -> None:
    if any(isinstance(one, Tensor) and one.layout is not strided for one in results):
        raise ValueError(
            "Sparse output is not supported at gradcheck yet. Please call to_dense(masked_grad=...) on the output of "
            "fn for gradcheck."
        )


def _on_stored(func: Callable[..., Any], inputs: tuple, masked: bool | None) -> tuple[Callable[..., Any], tuple]:
    """The function of dense tensors in place of sparse inputs: of the stored elements, or of all."""
    sparse = {place: one for place, one in enumerate(inputs) if isinstance(one, Tensor) and one.layout is not strided}
    if not sparse:
        return func, inputs
    parts = {place: one.detach() for place, one in sparse.items()}
    if masked:
        parts = {place: one.coalesce() for place, one in parts.items()}

    def of_dense(*given: Any) -> Any:
        whole = [*given]
        for place, part in parts.items():
            whole[place] = part._with_values(given[place]) if masked else _Placed.apply(given[place], part)
        return func(*whole)

    dense = [*inputs]
    for place, part in parts.items():
        elements = part.values() if masked else part.to_dense()
        dense[place] = elements.detach().clone().requires_grad_(inputs[place].requires_grad)
    return of_dense, tuple(dense)


class _Placed(Function):
    """A dense tensor in a sparse layout: what another stores is stored, and what is not zero."""

    @staticmethod
    def forward(ctx: Any, dense: Tensor, like: Tensor) -> Tensor:
        stored = like.coalesce() if like.is_sparse else like.to_sparse_coo()
        there = stored._with_values(stored.values() == stored.values()).to_dense()
        found = dense.sparse_mask((there | (dense != 0)).to_sparse())
        return found.coalesce() if like.is_sparse else found.to_sparse_csr()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        return grad.to_dense(), None


def gradgradcheck(
    func: Callable[..., Any], inputs: Any, grad_outputs: Any = None, *, eps: float = 1e-6, atol: float = 1e-5,
    rtol: float = 1e-3, gen_non_contig_grad_outputs: bool = False, raise_exception: bool = True,
    nondet_tol: float = 0.0, check_undefined_grad: bool = True, check_grad_dtypes: bool = False,
    check_batched_grad: bool = False, check_fwd_over_rev: bool = False, check_rev_over_rev: bool = True,
    fast_mode: bool = False, masked: bool = False,
) -> bool:  # fmt: skip
    """Check the derivatives of a function's backward pass, by its inputs and by the gradients that it is given.

    Args:
        grad_outputs: these gradients, of the outputs' shapes; random ones if left out.
        check_fwd_over_rev, check_rev_over_rev: which derivatives of the backward pass.
        All others are those of `gradcheck`.

    Raises: as `gradcheck`.
    """
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    for name, asked in (("check_undefined_grad", check_undefined_grad), ("check_batched_grad", check_batched_grad)):
        if asked and not check_rev_over_rev:
            raise AssertionError(f"Setting {name}=True requires check_rev_over_rev to be True")
    given = as_tuple(inputs)
    if grad_outputs is None:
        vectors = tuple(random_like(one, gen_non_contig_grad_outputs) for one in tracked_of(as_tuple(func(*given))))
    else:
        vectors = as_tuple(grad_outputs)
    places = {place for place, one in enumerate(given) if isinstance(one, Tensor) and one.requires_grad}
    moving = {place for place, one in enumerate(vectors) if one.requires_grad}

    def backward(*arguments: Any) -> tuple[Tensor, ...]:
        first, last = arguments[: len(given)], arguments[len(given) :]
        first = tuple(one.requires_grad_() if place in places else one for place, one in enumerate(first))
        last = tuple(one.requires_grad_() if place in moving else one for place, one in enumerate(last))
        outputs = tracked_of(as_tuple(func(*first)))
        wanted = [one for place, one in enumerate(first) if place in places]
        found = grad(outputs, wanted, last, create_graph=True, allow_unused=True)
        return tuple(one for one in found if one is not None)

    return gradcheck(
        backward, (*given, *vectors), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception,
        nondet_tol=nondet_tol, check_undefined_grad=check_undefined_grad, check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad, fast_mode=fast_mode, check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
    )  # fmt: skip


def get_numerical_jacobian(
    fn: Callable[..., Any], inputs: Any, target: Any = None, eps: float = 1e-3, grad_out: float = 1.0
) -> tuple[Tensor, ...]:
    """The Jacobians of a function of a tuple by each input.  Deprecated.

    Raises:
        ValueError: for another ``grad_out``, and for complex outputs.
    """
    _deprecated("get_numerical_jacobian")
    if grad_out != 1.0:
        raise ValueError(
            "Expected grad_out to be 1.0. get_numerical_jacobian no longer supports values of grad_out != 1.0."
        )
    check = Check(lambda *given: fn(given), as_tuple(inputs), eps)
    results = check.call()
    if any(one.is_complex() for one in results):
        raise ValueError(
            "Expected output to be non-complex. get_numerical_jacobian no longer supports functions that return "
            "complex outputs."
        )
    return tuple(columns[0] for columns in check.numerical(results))


def get_analytical_jacobian(
    inputs: Any, output: Tensor, nondet_tol: float = 0.0, grad_out: float = 1.0
) -> tuple[tuple[Tensor, ...], bool, bool, bool]:
    """The Jacobians of an output by each input; whether two passes agree, and sizes and dtypes are right.  Deprecated.

    Raises:
        ValueError: for another ``grad_out``, and for a complex output.
    """
    _deprecated("get_analytical_jacobian")
    if grad_out != 1.0:
        raise ValueError(
            "Expected grad_out to be 1.0. get_analytical_jacobian no longer supports values of grad_out != 1.0."
        )
    if output.is_complex():
        raise ValueError(
            "Expected output to be non-complex. get_analytical_jacobian no longer supports functions that return "
            "complex outputs."
        )
    found = Check(lambda *_: output, as_tuple(inputs), nondet_tol=nondet_tol).passes(output)
    return tuple(found.jacobians), found.is_reentrant, found.sizes, found.kinds


def _deprecated(name: str) -> None:
    warn(
        f"`{name}` was part of PyTorch's private API and not meant to be exposed. We are deprecating it and it will be "
        "removed in a future version of PyTorch. If you have a specific use for this or feature request for this to be "
        "a stable API, please file us an issue at https://github.com/pytorch/pytorch/issues/new",
        FutureWarning,
    )
