"""Names that torch gave up."""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor
from ..warning import warn
from .collectives import all_gather_single, reduce_scatter_single
from .group import Work
from .names import RedOpType


def all_gather_into_tensor(
    output_tensor: Tensor, input_tensor: Tensor, group: Any = None, async_op: bool = False
) -> Work | None:
    """`all_gather_single`."""
    _give_up("all_gather_into_tensor", "all_gather_single")
    return all_gather_single(output_tensor, input_tensor, group, async_op)


def reduce_scatter_tensor(
    output: Tensor, input: Tensor, op: Any = RedOpType.SUM, group: Any = None, async_op: bool = False
) -> Work | None:
    """`reduce_scatter_single`."""
    _give_up("reduce_scatter_tensor", "reduce_scatter_single")
    return reduce_scatter_single(output, input, op, group, async_op)


class _ReduceOp:
    """``reduce_op.SUM``: ``ReduceOp.SUM``."""

    def __getattr__(self, name: str) -> Any:
        if name not in RedOpType.__members__:
            raise AttributeError(name)
        warn(
            "`torch.distributed.reduce_op` is deprecated, please use `torch.distributed.ReduceOp` instead",
            FutureWarning,
        )
        return RedOpType[name]


reduce_op = _ReduceOp()


def _give_up(name: str, instead: str) -> None:
    warn(f"`torch.distributed.{name}` is deprecated. Please use `torch.distributed.{instead}` instead.", FutureWarning)
