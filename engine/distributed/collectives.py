"""What processes do together with their tensors.

Source: the page on ``torch.distributed``.  Each takes ``group``, that of all processes where it is None, and
``async_op``, whether to hand out the `Work` that it is; ``src`` and ``dst`` are numbers among all processes,
``group_src`` and ``group_dst`` numbers in the group.  In a process that is not in the group nothing happens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce as fold
from typing import Any

from ..autograd.modes import no_grad
from ..ops.comparison import bitwise_and, bitwise_or, bitwise_xor, maximum, minimum
from ..tensor import Tensor
from ..warning import warn
from .group import ProcessGroup, Work, elements, tensor_of
from .names import RedOpType, ReduceOp
from .world import default, get_global_rank, get_group_rank, resolved

_OF_TWO: dict[RedOpType, Callable[[Tensor, Tensor], Tensor]] = {
    RedOpType.SUM: lambda a, b: a + b,
    RedOpType.AVG: lambda a, b: a + b,
    RedOpType.PRODUCT: lambda a, b: a * b,
    RedOpType.MIN: minimum,
    RedOpType.MAX: maximum,
    RedOpType.BAND: bitwise_and,
    RedOpType.BOR: bitwise_or,
    RedOpType.BXOR: bitwise_xor,
}
_BITWISE = {RedOpType.BAND, RedOpType.BOR, RedOpType.BXOR}
_NO_ORDER = {RedOpType.MIN, RedOpType.MAX, RedOpType.BAND, RedOpType.BOR, RedOpType.BXOR, RedOpType.PRODUCT}


def all_reduce(tensor: Tensor, op: Any = RedOpType.SUM, group: Any = None, async_op: bool = False) -> Work | None:
    """Replace a tensor, in every process, by the sum of all, or what else ``op`` says.

    Raises:
        TypeError: for what is no tensor, or no operation.
        ValueError: for an operation that complex numbers do not have.
    """
    _must_be_tensor(tensor, "tensor")
    if (found := _joined(group, "all_reduce")) is None:
        return None
    how = _operation(op)
    if tensor.is_complex() and how in _NO_ORDER:
        raise ValueError(f"all_reduce does not support {how} on complex tensors")
    _put(tensor, _reduced(found, tensor, how))
    return _done([tensor], async_op)


def reduce(
    tensor: Tensor, dst: int | None = None, op: Any = RedOpType.SUM, group: Any = None, async_op: bool = False,
    group_dst: int | None = None,
) -> Work | None:  # fmt: skip
    """Replace a tensor, in one process, by the sum of all, or what else ``op`` says.

    Raises:
        RuntimeError: if there is no such process.
    """
    _must_be_tensor(tensor, "tensor")
    if (found := _joined(group, "reduce")) is None:
        return None
    to = _member(found, dst, group_dst, "reduce")
    result = _reduced(found, tensor, _operation(op))
    if to == found.rank():
        _put(tensor, result)
    return _done([tensor], async_op)


def broadcast(
    tensor: Tensor, src: int | None = None, group: Any = None, async_op: bool = False, group_src: int | None = None
) -> Work | None:
    """Replace a tensor, in every process, by that of one.

    Raises:
        RuntimeError: if there is no such process.
    """
    _must_be_tensor(tensor, "tensor")
    if (found := _joined(group, "broadcast")) is None:
        return None
    source = _member(found, src, group_src, "broadcast")
    data = found.exchange(elements(tensor) if source == found.rank() else b"")[source]
    if source != found.rank():
        _put(tensor, tensor_of(data, tensor))
    return _done([tensor], async_op)


def all_gather(tensor_list: list[Tensor], tensor: Tensor, group: Any = None, async_op: bool = False) -> Work | None:
    """Fill a list of tensors, in every process, with the tensors of all.

    Raises:
        RuntimeError: if there are not as many as processes, or they have another shape.
        ValueError: if they have another dtype.
    """
    _must_be_tensors(tensor_list, "tensor_list")
    _must_be_tensor(tensor, "tensor")
    _must_be_of_one_dtype(tensor_list, tensor)
    if (found := _joined(group, "all_gather")) is None:
        return None
    if len(tensor_list) != found.size():
        raise RuntimeError(
            f"ProcessGroupGloo::allgather: invalid output tensor list at index 0 (expected length {found.size()}, got "
            f"{len(tensor_list)})"
        )
    _must_be_of_size(tensor_list, tensor, "allgather")
    _fill(tensor_list, found.exchange(elements(tensor)))
    return _done(tensor_list, async_op)


def gather(
    tensor: Tensor, gather_list: list[Tensor] | None = None, dst: int | None = None, group: Any = None,
    async_op: bool = False, group_dst: int | None = None,
) -> Work | None:  # fmt: skip
    """Fill a list of tensors, in one process, with the tensors of all.

    Raises:
        ValueError: if that process gives no list, or another one gives one.
        RuntimeError: if there are not as many as processes, or they have another shape.
    """
    _must_be_tensor(tensor, "tensor")
    if gather_list:
        _must_be_tensors(gather_list, "gather_list")
        _must_be_of_one_dtype(gather_list, tensor)
    if (found := _joined(group, "gather")) is None:
        return None
    to = _member(found, 0 if dst is None and group_dst is None else dst, group_dst, "gather")
    if to != found.rank():
        if gather_list:
            raise ValueError("Argument ``gather_list`` must NOT be specified on non-destination ranks.")
        found.exchange(elements(tensor))
        return _done([tensor], async_op)
    if not gather_list:
        raise ValueError("Argument ``gather_list`` must be specified on destination rank.")
    if len(gather_list) != found.size():
        raise RuntimeError(
            f"ProcessGroupGloo::gather: Incorrect output list size {len(gather_list)}. Output list size should be "
            f"{found.size()}, same as size of the process group."
        )
    _must_be_of_size(gather_list, tensor, "gather")
    _fill(gather_list, found.exchange(elements(tensor)))
    return _done(gather_list, async_op)


def scatter(
    tensor: Tensor, scatter_list: list[Tensor] | None = None, src: int | None = None, group: Any = None,
    async_op: bool = False, group_src: int | None = None,
) -> Work | None:  # fmt: skip
    """Replace a tensor, in each process, by one of those that one process has.

    Raises:
        ValueError: if that process gives no list.
        RuntimeError: if there are not as many as processes, or they have another shape.
    """
    _must_be_tensor(tensor, "tensor")
    if scatter_list:
        _must_be_tensors(scatter_list, "scatter_list")
        _must_be_of_one_dtype(scatter_list, tensor)
    if (found := _joined(group, "scatter")) is None:
        return None
    source = _member(found, 0 if src is None and group_src is None else src, group_src, "scatter")
    mine = b""
    if source == found.rank():
        if not scatter_list:
            raise ValueError("Argument ``scatter_list`` must be specified on source rank.")
        if len(scatter_list) != found.size():
            raise RuntimeError(
                f"ProcessGroupGloo::scatter: Incorrect input list size {len(scatter_list)}. Input list size should be "
                f"{found.size()}, same as size of the process group."
            )
        _must_be_of_size(scatter_list, tensor, "scatter")
        mine = b"".join(elements(one) for one in scatter_list)
    elif scatter_list:
        raise ValueError("Argument ``scatter_list`` must NOT be specified on non-source ranks.")
    data = found.exchange(mine)[source]
    _put(tensor, tensor_of(_share(data, found), tensor))
    return _done([tensor], async_op)


def reduce_scatter(
    output: Tensor, input_list: list[Tensor], op: Any = RedOpType.SUM, group: Any = None, async_op: bool = False
) -> Work | None:
    """Sum lists of tensors over all processes; each gets the one that has its number.

    Raises:
        RuntimeError: if there are not as many as processes.
    """
    _must_be_tensor(output, "output")
    _must_be_tensors(input_list, "input_list")
    if (found := _joined(group, "reduce_scatter")) is None:
        return None
    if len(input_list) != found.size():
        raise RuntimeError("invalid input tensor list size, must be world size")
    how = _operation(op)
    sums = [_reduced(found, one, how) for one in input_list]
    _put(output, sums[found.rank()])
    return _done([output], async_op)


def all_to_all(
    output_tensor_list: list[Tensor], input_tensor_list: list[Tensor], group: Any = None, async_op: bool = False
) -> Work | None:
    """Give each process one tensor of a list, and get one of each.

    Raises:
        RuntimeError: if there are not as many as processes.
    """
    _must_be_tensors(output_tensor_list, "output_tensor_list")
    _must_be_tensors(input_tensor_list, "input_tensor_list")
    if (found := _joined(group, "all_to_all")) is None:
        return None
    for name, given in (("input", input_tensor_list), ("output", output_tensor_list)):
        if len(given) != found.size():
            raise RuntimeError(
                f"ProcessGroupGloo::alltoall: {name} tensor list size {len(given)} does not match world size "
                f"{found.size()}"
            )
    for number in range(found.size()):  # each in turn gives out what it has
        data = found.exchange(b"".join(map(elements, input_tensor_list)) if number == found.rank() else b"")[number]
        if number == found.rank():
            _put(output_tensor_list[number], input_tensor_list[number].detach().clone())
        else:
            like = output_tensor_list[number]
            size = like.numel() * like.element_size()
            _put(like, tensor_of(data[size * found.rank() :][:size], like))
    return _done(output_tensor_list, async_op)


def all_gather_single(
    output_tensor: Tensor, input_tensor: Tensor, group: Any = None, async_op: bool = False
) -> Work | None:
    """Fill a tensor, in every process, with the tensors of all, one below the other.

    Raises:
        RuntimeError: if it is not as large as all of them.
    """
    _must_be_tensor(output_tensor, "output_tensor")
    _must_be_tensor(input_tensor, "input_tensor")
    if (found := _joined(group, "all_gather_single")) is None:
        return None
    if output_tensor.numel() != found.size() * input_tensor.numel():
        raise RuntimeError(
            f"ProcessGroupGloo::allgather: invalid tensor size at index 0 (expected ({_sizes(input_tensor)}), got "
            f"({_sizes(output_tensor)}))"
        )
    _put(output_tensor, tensor_of(b"".join(found.exchange(elements(input_tensor))), output_tensor))
    return _done([output_tensor], async_op)


def reduce_scatter_single(
    output: Tensor, input: Tensor, op: Any = RedOpType.SUM, group: Any = None, async_op: bool = False
) -> Work | None:
    """Sum a tensor over all processes; each gets the part that has its number.

    Raises:
        RuntimeError: if it is not as large as all parts.
    """
    _must_be_tensor(output, "output")
    _must_be_tensor(input, "input")
    if (found := _joined(group, "reduce_scatter_single")) is None:
        return None
    if output.numel() * found.size() != input.numel():
        raise RuntimeError(
            f"Check failed: outputShape[0] * worldSize == inputShape[0] ({output.size(0) * found.size()} vs. "
            f"{input.size(0)}). "
        )
    total = _reduced(found, input, _operation(op)).reshape(found.size(), -1)
    _put(output, total[found.rank()].reshape(output.shape))
    return _done([output], async_op)


def all_to_all_single(
    output: Tensor, input: Tensor, output_split_sizes: Sequence[int] | None = None,
    input_split_sizes: Sequence[int] | None = None, group: Any = None, async_op: bool = False,
) -> Work | None:  # fmt: skip
    """Give each process a part of a tensor, along its first dimension, and get a part of each.

    Raises:
        RuntimeError: if what comes does not fit.
    """
    _must_be_tensor(output, "output")
    _must_be_tensor(input, "input")
    if (found := _joined(group, "all_to_all_single")) is None:
        return None
    count = found.size()
    outputs = output.detach().split([*(output_split_sizes or [output.shape[0] // count] * count)])
    inputs = input.detach().split([*(input_split_sizes or [input.shape[0] // count] * count)])
    if outputs[found.rank()].shape != inputs[found.rank()].shape:
        raise RuntimeError("in->size == out->size. ")
    sizes = [part.numel() * part.element_size() for part in inputs]
    for number in range(count):
        mine = b"".join(map(elements, inputs)) if number == found.rank() else b""
        table = found.exchange(b",".join(b"%d" % size for size in sizes) if number == found.rank() else b"")[number]
        start = sum(int(size) for size in table.split(b",")[: found.rank()])
        stop = start + int(table.split(b",")[found.rank()])
        _put(outputs[number], tensor_of(found.exchange(mine)[number][start:stop], outputs[number]))
    return _done([output], async_op)


def barrier(group: Any = None, async_op: bool = False, device_ids: Any = None) -> Work | None:
    """Wait until all processes are here."""
    if (found := _joined(group, "barrier")) is None:
        return None
    found.exchange(b"")
    return _done([], async_op)


def monitored_barrier(group: Any = None, timeout: Any = None, wait_all_ranks: bool = False) -> None:
    """`barrier`."""
    barrier(group)


def isend(
    tensor: Tensor, dst: int | None = None, group: Any = None, tag: int = 0, group_dst: int | None = None
) -> Work | None:
    """Send a tensor to another process.

    Raises:
        ValueError: if it is this one.
    """
    _must_be_tensor(tensor, "tensor")
    if (found := _joined(group, "isend")) is None:
        return None
    to = _member(found, dst, group_dst, "send")
    if to == found.rank():
        raise ValueError(
            "Invalid destination rank: destination rank should not be the same as the rank of the current process."
        )
    found.post(elements(tensor), to, tag)
    return Work([tensor])


def send(tensor: Tensor, dst: int | None = None, group: Any = None, tag: int = 0, group_dst: int | None = None) -> None:
    """Send a tensor to another process.

    Raises:
        ValueError: if it is this one.
    """
    isend(tensor, dst, group, tag, group_dst)


def irecv(
    tensor: Tensor, src: int | None = None, group: Any = None, tag: int = 0, group_src: int | None = None
) -> Work | None:
    """Replace a tensor by one that another process sends; it has come when the `Work` has been waited for.

    Raises:
        ValueError: if it is this one, or none is named.
    """
    _must_be_tensor(tensor, "tensor")
    if (found := _joined(group, "irecv")) is None:
        return None
    source = _member(found, src, group_src, "recv")
    if source == found.rank():
        raise ValueError("Invalid source rank: source rank should not be the same as the rank of the current process.")
    return Work([tensor], lambda: _put(tensor, tensor_of(found.take(source, tag), tensor)))


def recv(tensor: Tensor, src: int | None = None, group: Any = None, tag: int = 0, group_src: int | None = None) -> int:
    """Replace a tensor by one that another process sends; the number of that process, -1 outside the group.

    Raises:
        ValueError: if it is this one, or none is named.
    """
    if (work := irecv(tensor, src, group, tag, group_src)) is None:
        return -1
    work.wait()
    return src if src is not None else get_global_rank(resolved(group) or default(), int(group_src or 0))


class P2POp:
    """What `batch_isend_irecv` does for one tensor.

    Args:
        op: `isend` or `irecv`.
        tensor: what is sent, or replaced.
        peer: the other process.

    Raises:
        ValueError: for another function.
    """

    __module__ = "torch.distributed.distributed_c10d"

    def __init__(
        self, op: Callable[..., Any], tensor: Tensor, peer: int | None = None, group: Any = None, tag: int = 0,
        group_peer: int | None = None,
    ) -> None:  # fmt: skip
        if op not in (isend, irecv):
            raise ValueError(
                "Invalid ``op``. Expected ``op`` to be of type ``torch.distributed.isend`` or "
                "``torch.distributed.irecv``."
            )
        self.op, self.tensor, self.peer, self.group, self.tag, self.group_peer = (
            op,
            tensor,
            peer,
            group,
            tag,
            group_peer,
        )


def batch_isend_irecv(p2p_op_list: list[P2POp]) -> list[Work | None]:
    """Send and receive several tensors; each has come when its `Work` has been waited for."""
    return [one.op(one.tensor, one.peer, one.group, one.tag, one.group_peer) for one in p2p_op_list]


def supports_complex(op: Any) -> bool:
    """Whether an operation has a meaning for complex numbers."""
    return _operation(op) not in _NO_ORDER


def _joined(group: Any, name: str) -> ProcessGroup | None:
    """The group, where this process is in it."""
    if (found := resolved(group)) is None:
        warn(f"Running {name} on global rank {default().rank()} which does not belong to the given group.")
    return found


def _operation(op: Any) -> RedOpType:
    how = op.op if isinstance(op, ReduceOp) else op
    if not isinstance(how, RedOpType) or how not in _OF_TWO:
        raise TypeError(
            "(): incompatible function arguments. The following argument types are supported:\n    1. (self: torch._C."
            "_distributed_c10d.AllreduceOptions, arg0: torch._C._distributed_c10d.ReduceOp) -> None\n\nInvoked with: "
            f"<torch.distributed.distributed_c10d.AllreduceOptions object at {id(op):#x}>, {op!r}"
        )
    return how


def _reduced(group: ProcessGroup, tensor: Tensor, how: RedOpType) -> Tensor:
    """What all processes' tensors are together, in the order of their numbers."""
    if how in _BITWISE and (tensor.is_floating_point() or tensor.is_complex()):
        raise RuntimeError(f"Cannot use ReduceOp.{how.name} with non-integral dtype")
    with no_grad():
        total = fold(_OF_TWO[how], [tensor_of(data, tensor) for data in group.exchange(elements(tensor))])
        return total.div_(group.size()) if how is RedOpType.AVG else total


def _put(tensor: Tensor, values: Tensor) -> None:
    """Write into a tensor's memory; as in torch, its version stays."""
    if tensor.numel():
        tensor.data.copy_(values)


def _fill(tensors: Sequence[Tensor], given: Sequence[bytes]) -> None:
    with no_grad():
        for one, data in zip(tensors, given, strict=True):
            one.copy_(tensor_of(data, one))


def _share(data: bytes, group: ProcessGroup) -> bytes:
    size = len(data) // group.size()
    return data[group.rank() * size :][:size]


def _done(tensors: Sequence[Tensor], async_op: bool) -> Work | None:
    return Work(tensors) if async_op else None


def _member(group: ProcessGroup, rank: int | None, group_rank: int | None, name: str) -> int:
    """The number in the group of a process that is named in one of two ways."""
    if rank is None and group_rank is None:
        raise ValueError("Must specify global_rank or group_rank")
    if rank is not None and group_rank is not None:
        raise ValueError("Can't specify both group_rank and global_rank")
    number = get_group_rank(group, rank) if rank is not None else int(group_rank or 0)
    if not 0 <= number < group.size():
        raise RuntimeError(f"ProcessGroupGloo::{name}: invalid root rank: {number}")
    return number


def _must_be_tensor(value: Any, name: str) -> None:
    if not isinstance(value, Tensor):
        raise TypeError(
            f"Invalid function argument. Expected parameter `{name}` of type torch.Tensor\n"
            f"             but got {type(value)} instead."
        )


def _must_be_tensors(value: Any, name: str) -> None:
    if not (isinstance(value, list | tuple) and all(isinstance(one, Tensor) for one in value)):
        raise TypeError(
            f"Invalid function argument. Expected parameter `{name}` of type List[torch.Tensor]\n"
            f"             but got {type(value)} instead."
        )


def _must_be_of_one_dtype(tensors: Sequence[Tensor], tensor: Tensor) -> None:
    for one in tensors:
        if one.dtype is not tensor.dtype:
            raise ValueError(f"Invalid usage of tensors with different dtypesFound {one.dtype} and  {tensor.dtype}")


def _must_be_of_size(tensors: Sequence[Tensor], tensor: Tensor, name: str) -> None:
    for number, one in enumerate(tensors):
        if one.shape != tensor.shape:
            raise RuntimeError(
                f"ProcessGroupGloo::{name}: invalid tensor size at index {number} (expected ({_sizes(tensor)}), got "
                f"({_sizes(one)}))"
            )


def _sizes(tensor: Tensor) -> str:
    return ", ".join(map(str, tensor.shape))
