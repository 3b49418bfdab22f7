"""Sequences of several lengths in one batch: padded, or packed step by step.

A packed sequence holds, for each step, the rows of the sequences that are still running, the longest first: the data of
``abc`` and ``x`` are ``a x b c``, with batch sizes ``2 1 1``.

Source: ``torch.nn.utils.rnn``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Self

from ... import dtypes
from ...ops import recurrent
from ...ops.creation import arange
from ...ops.data import as_tensor
from ...tensor import Tensor

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]  # fmt: skip


class PackedSequence_(NamedTuple):
    """What a packed sequence holds."""

    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(PackedSequence_):
    """The rows of all sequences by steps, and how many there are at each; made by `pack_padded_sequence`.

    Args:
        data: ``(sum of the lengths, ...)``.
        batch_sizes: one number per step, int64.
        sorted_indices: the order by length, if the sequences came in another one.
        unsorted_indices: the way back, by default the inverse.
    """

    __module__ = "torch.nn.utils.rnn"

    def __new__(
        cls, data: Any, batch_sizes: Tensor | None = None, sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> Self:  # fmt: skip
        """Take the parts, or a pair of data and batch sizes.

        Raises:
            AssertionError: for something else.
        """
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes is None:
            if not (isinstance(data, (list, tuple)) and len(data) == 2):
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """The same with converted data; itself, if nothing changes."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else self._replace(data=data)

    def cpu(self, *args: Any, **kwargs: Any) -> Self:
        """Itself: everything is on the CPU."""
        return self.to("cpu", *args, **kwargs)

    def cuda(self, *args: Any, **kwargs: Any) -> Self:
        """Refused: the engine computes on the CPU."""
        return self._replace(data=self.data.cuda(*args, **kwargs))

    def double(self) -> Self:
        """With data in float64."""
        return self.to(dtypes.float64)

    def float(self) -> Self:
        """With data in float32."""
        return self.to(dtypes.float32)

    def half(self) -> Self:
        """With data in float16."""
        return self.to(dtypes.float16)

    def long(self) -> Self:
        """With data in int64."""
        return self.to(dtypes.int64)

    def int(self) -> Self:
        """With data in int32."""
        return self.to(dtypes.int32)

    def short(self) -> Self:
        """With data in int16."""
        return self.to(dtypes.int16)

    def char(self) -> Self:
        """With data in int8."""
        return self.to(dtypes.int8)

    def byte(self) -> Self:
        """With data in uint8."""
        return self.to(dtypes.uint8)

    @property
    def is_cuda(self) -> bool:
        """Whether the data are on a GPU."""
        return self.data.is_cuda

    def pin_memory(self) -> Self:
        """Refused where there is no accelerator, as of any tensor."""
        return self._replace(data=self.data.pin_memory())

    def is_pinned(self) -> bool:
        """Whether the data are in pinned memory."""
        return self.data.is_pinned()


PackedSequence_.__module__ = "torch.nn.utils.rnn"


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes this one, 1-d; None for None."""
    if permutation is None:
        return None
    return permutation.new_empty(permutation.shape).scatter_(0, permutation, arange(permutation.numel()))


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack a padded batch.

    Args:
        input: ``(T, N, ...)``, or ``(N, T, ...)`` if ``batch_first``.
        lengths: of the ``N`` sequences; what exceeds ``T`` is cut.
        batch_first: the order of the dimensions.
        enforce_sorted: the longest sequences come first already.

    Raises:
        RuntimeError: for lengths that do not fit the batch, are not positive or, if ``enforce_sorted``, not sorted.
    """
    lengths = lengths.to(dtypes.int64) if isinstance(lengths, Tensor) else as_tensor(lengths, dtype=dtypes.int64)
    order = None
    if not enforce_sorted:
        lengths, order = lengths.sort(descending=True)
        input = input.index_select(0 if batch_first else 1, order)
    data, batch_sizes = recurrent._pack_padded_sequence(input, lengths, batch_first)
    return PackedSequence(data, batch_sizes, order, None)


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """The padded batch ``(T, N, ...)``, or ``(N, T, ...)`` if ``batch_first``, and the lengths ``(N,)``.

    Args:
        sequence: what was packed; its sequences come back in the order in which they were.
        batch_first: the order of the dimensions.
        padding_value: what stands after the end.
        total_length: ``T``, if it is to be more than the longest sequence's.

    Raises:
        ValueError: if ``total_length`` is too small.
    """
    longest = len(sequence.batch_sizes)
    if total_length is not None:
        if total_length < longest:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in input, but got "
                f"total_length={total_length} and max sequence length being {longest}"
            )
        longest = total_length
    padded, lengths = recurrent._pad_packed_sequence(
        sequence.data, sequence.batch_sizes, batch_first, padding_value, longest
    )
    order = sequence.unsorted_indices
    if order is None:
        return padded, lengths
    return padded.index_select(0 if batch_first else 1, order), lengths[order]


def pad_sequence(
    sequences: Tensor | Iterable[Tensor], batch_first: bool = False, padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:  # fmt: skip
    """Sequences ``(length, ...)`` as one batch ``(T, N, ...)``, or ``(N, T, ...)`` if ``batch_first``.

    Raises:
        RuntimeError: for no sequence, for another side than ``left`` and ``right``, and for shapes that do not fit.
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    return recurrent.pad_sequence(tuple(sequences), batch_first, padding_value, padding_side)


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The sequences of a padded batch, each ``(length, ...)``.

    Without ``batch_first``, the batch is transposed in place, as in torch.
    """
    if not batch_first:
        padded_sequences.transpose_(0, 1)
    places = arange(padded_sequences.shape[1])
    return [one[places < length] for one, length in zip(padded_sequences, lengths, strict=True)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences ``(length, ...)``: `pad_sequence`, then `pack_padded_sequence`."""
    lengths = as_tensor([one.size(0) for one in sequences])
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences of a pack, each ``(length, ...)``, in the order in which they were."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
