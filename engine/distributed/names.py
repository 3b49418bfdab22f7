"""The names of what carries tensors between processes, and of what is done to them on the way.

Source: ``torch.distributed.Backend``, ``torch.distributed.ReduceOp``.
"""

from __future__ import annotations

from enum import EnumMeta, IntEnum
from typing import Any, ClassVar


class Backend(str):
    """The name of a backend, in small letters.  Here there is ``gloo``.

    Raises:
        ValueError: for what is no text.
    """

    __module__ = "torch.distributed.distributed_c10d"

    UNDEFINED = "undefined"
    GLOO = "gloo"
    NCCL = "nccl"
    UCC = "ucc"
    MPI = "mpi"
    XCCL = "xccl"
    FAKE = "fake"
    backend_list: ClassVar[list[str]] = [UNDEFINED, GLOO, NCCL, XCCL, UCC, MPI, FAKE]

    def __new__(cls, name: str) -> Backend:
        if not isinstance(name, str):
            raise ValueError("Backend constructor parameter must be string-ish")
        return super().__new__(cls, name.lower())


class _Shown(EnumMeta):
    def __repr__(cls) -> str:
        return "<class 'torch._C._distributed_c10d.ReduceOp.RedOpType'>"


class RedOpType(IntEnum, metaclass=_Shown):
    """How the values of several processes become one."""

    SUM, AVG, PRODUCT, MIN, MAX, BAND, BOR, BXOR, PREMUL_SUM = range(9)

    def __str__(self) -> str:
        return f"RedOpType.{self.name}"

    __hash__ = IntEnum.__hash__


class ReduceOp:
    """`RedOpType` under the name that it is used by: ``ReduceOp.SUM``."""

    __module__ = "torch.distributed.distributed_c10d"

    SUM, AVG, PRODUCT, MIN, MAX = RedOpType.SUM, RedOpType.AVG, RedOpType.PRODUCT, RedOpType.MIN, RedOpType.MAX
    BAND, BOR, BXOR, PREMUL_SUM = RedOpType.BAND, RedOpType.BOR, RedOpType.BXOR, RedOpType.PREMUL_SUM

    def __init__(self, op: RedOpType) -> None:
        self.op = op

    def __eq__(self, other: Any) -> bool:
        return self.op == getattr(other, "op", other)

    def __hash__(self) -> int:
        return hash(self.op)


setattr(ReduceOp, "RedOpType", RedOpType)  # noqa: B010 - in the body it would hide the annotation's
