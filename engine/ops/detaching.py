"""What takes a tensor out of its history, and what brings new data in, as those who watch operations see it."""

from __future__ import annotations

from typing import Any

from ..autograd.levels import Wrapped
from ..autograd.modes import STATE, WATCHERS
from ..declare.standing import standing
from ..dispatch.overrides import NOTED, of_one_tensor
from ..dispatch.slow import announced
from ..dispatch.subclasses import dispatched, dispatching
from ..tensor import Tensor, counter_of_alias, refuse_arguments, unallocate, wrap
from . import shape as _shape  # noqa: F401  # declares `alias`


def _detach(self: Tensor, *given: Any) -> Tensor:
    """The same memory and version counter, without history; never requires grad.

    Source: ``torch.Tensor.detach``.
    """
    if given:
        refuse_arguments("detach", given)
    if STATE.unusual:
        if self._extra is not None and (found := self._extra.wrapped) is not None:
            found.level.forbid(_detaching)
        if WATCHERS.get():
            return announced(_detaching, (self,), lambda: _detached(self))
    return _detached(self)


_detach.__name__ = _detach.__qualname__ = "detach"
detach = of_one_tensor(_detach)


def _detached(input: Tensor) -> Tensor:
    """`detach`, which nobody watches."""
    if input._counter is None:
        input._counter = [0]
    if NOTED.subclasses and (takers := dispatching((input,))):
        return dispatched(takers, _detaching, (input,))[0]
    result = wrap(input._array, input._dtype, input._kept)
    result._counter = counter_of_alias(input)
    if input._extra is not None and input._extra.is_zero:
        unallocate(result)
    if input._extra is not None and (found := input._extra.wrapped) is not None:
        result._make_extra().wrapped = Wrapped(found.level, _detached(found.value), found.dim)
    return result


def lifted(made: Tensor) -> Tensor:
    """A tensor of data that are new to torch, as those who watch see it come."""
    if STATE.unusual and WATCHERS.get():
        return announced(_lifting, (made,), lambda: made)
    return made


def _read(self: Tensor) -> Any:
    """The number that a class has for a tensor whose elements it alone knows."""
    return dispatched(dispatching((self,)), _reading, (self,))[0]


_detaching = standing("detach(Tensor(a) self) -> Tensor(a)", detach)
_lifting = standing("lift_fresh(Tensor(a) self) -> Tensor(a)", lifted)
_reading = standing("_local_scalar_dense(Tensor self) -> Scalar", Tensor.item)


def _detach_(self: Tensor, *given: Any) -> Tensor:
    """Cut the history of this tensor, in place.

    Raises:
        RuntimeError: for views.
        TypeError: for arguments.
    """
    if given:
        refuse_arguments("detach_", given)
    if self._is_view():
        raise RuntimeError(
            "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for "
            "training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence "
            "detach_() cannot be called on these gradients. To fix this error, please refer to the "
            "Optimizer.zero_grad() function in torch/optim/optimizer.py as the solution."
        )
    self._grad_fn, self._output_nr, self._requires_grad = None, 0, False
    if self._extra is not None:
        self._extra.tangent = None
    return self


_detach_.__name__ = _detach_.__qualname__ = "detach_"
Tensor.detach = _detach
Tensor._detached = _detached
Tensor._read = _read
Tensor.detach_ = _detach_
