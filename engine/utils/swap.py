"""Exchange what two tensors are.  Source: ``torch.utils.swap_tensors``."""

from __future__ import annotations

import weakref
from typing import Any

from ..tensor import Tensor
from ..tensor_base import TensorBase


def swap_tensors(t1: Tensor, t2: Tensor) -> None:
    """Exchange elements, flags, history, class and attributes of two tensors; each keeps its identity.

    Where a graph leads to one of them, its backward fails: the gradient would arrive at the wrong tensor.

    Raises:
        RuntimeError: if something refers to one of them weakly.
    """
    for name, tensor in (("t1", t1), ("t2", t2)):
        if weakref.getweakrefs(tensor):
            raise RuntimeError(f"Cannot swap {name} because it has weakref associated with it")
    for tensor in (t1, t2):
        extra = tensor._extra
        if extra is not None and extra.accumulator is not None and (node := extra.accumulator()) is not None:
            node.register_prehook(_poisoned)
    t1.__class__, t2.__class__ = t2.__class__, t1.__class__
    t1.__dict__, t2.__dict__ = t2.__dict__, t1.__dict__
    for slot in TensorBase.__slots__:
        if slot not in ("__dict__", "__weakref__"):
            first, second = getattr(t1, slot), getattr(t2, slot)
            setattr(t1, slot, second)
            setattr(t2, slot, first)


def _poisoned(grad_outputs: Any) -> None:
    raise RuntimeError(
        "Trying to execute AccumulateGrad node that was poisoned by swap_tensors "
        "this can happen when you try to run backward on a tensor that was swapped. "
        "For a module m with `torch.__future__.set_swap_module_params_on_conversion(True)` "
        "you should not change the device or dtype of the module (e.g. `m.cpu()` or `m.half()`) "
        "between running forward and backward. To resolve this, please only change the "
        "device/dtype before running forward (or after both forward and backward)."
    )
