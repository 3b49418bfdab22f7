"""Masks of attention by blocks.  Source: ``torch.nn.attention.flex_attention.BlockMask``."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ... import dtypes
from ...ops.creation import arange, zeros
from ...ops.sorting import argsort
from ...tensor import Tensor

_DEFAULT_SPARSE_BLOCK_SIZE = 128
_LARGE_SPARSE_BLOCK_SIZE = 1 << 30
"""Of a mask that stands for all pairs of any lengths."""


def noop_mask(batch: Tensor, head: Tensor, token_q: Tensor, token_kv: Tensor) -> Tensor:
    """Every key is seen by every query."""
    return batch.new_ones(size=(), dtype=dtypes.bool_, device=batch.device)


def _sliced_mask_mod_error(batch: Tensor, head: Tensor, token_q: Tensor, token_kv: Tensor) -> Tensor:
    raise RuntimeError(
        "Cannot use mask_mod from a sliced BlockMask. When you slice a BlockMask using [], the mask_mod attribute is "
        "reset. You must set it from the original BlockMask's mask_mod.\n\nIncorrect usage:\n"
        "  base_mask = create_block_mask(my_mask_fn, ...)\n  sliced_mask = base_mask[:, :, block_idx]\n"
        "  sliced_mask.mask_mod = apply_offset(sliced_mask.mask_mod, offset)  # WRONG!\n\nCorrect usage:\n"
        "  base_mask = create_block_mask(my_mask_fn, ...)\n  sliced_mask = base_mask[:, :, block_idx]\n"
        "  sliced_mask.mask_mod = apply_offset(base_mask.mask_mod, offset)  # Use base_mask!"
    )


def _dense_to_ordered(dense: Tensor) -> tuple[Tensor, Tensor]:
    """Per row of blocks, how many are set, and the columns with those that are set first."""
    whole = dense.to(dtypes.int32)
    order = argsort(whole, dim=-1, descending=True, stable=True)
    return whole.sum(dim=-1).to(dtypes.int32), order.to(dtypes.int32)


def _ordered_to_dense(counts: Tensor, columns: Tensor) -> Tensor:
    """The inverse of `_dense_to_ordered`."""
    wanted = arange(columns.shape[-1], dtype=dtypes.int32) < counts.unsqueeze(-1)
    dense = zeros(columns.shape, dtype=dtypes.int32)
    return dense.scatter_(-1, columns.to(dtypes.int64), wanted.to(dtypes.int32)) if columns.numel() else dense


def _transpose_ordered(counts: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
    return _dense_to_ordered(_ordered_to_dense(counts, columns).transpose(-2, -1))


_TENSORS = (
    "kv_num_blocks", "kv_indices", "full_kv_num_blocks", "full_kv_indices", "q_num_blocks", "q_indices",
    "full_q_num_blocks", "full_q_indices", "dq_write_order", "dq_write_order_full", "dq_kv_order",
)  # fmt: skip


class BlockMask:
    """Which blocks of keys each block of queries sees: all of it (`full_`), or what `mask_mod` tells.

    Args:
        seq_lengths: numbers of queries and of keys.
        kv_num_blocks: int32, (B, H, rows): how many blocks of keys a row has that are seen in part.
        kv_indices: int32, (B, H, rows, columns): which, first in each row.
        full_kv_num_blocks, full_kv_indices: the same of those that are seen wholly, or None.
        q_num_blocks, q_indices, full_q_num_blocks, full_q_indices: the same by columns, or None.
        BLOCK_SIZE: queries and keys in a block.
        mask_mod: whether a query sees a key, by batch, head and their places.
        dq_write_order, dq_write_order_full, dq_kv_order, dq_kv_order_spt: for backward passes on a GPU; only kept.

    Raises:
        RuntimeError: for indices of fewer than two dimensions.
        AssertionError: if one of a pair is missing.
    """

    def __init__(
        self,
        seq_lengths: tuple[int, int],
        kv_num_blocks: Tensor,
        kv_indices: Tensor,
        full_kv_num_blocks: Tensor | None,
        full_kv_indices: Tensor | None,
        q_num_blocks: Tensor | None,
        q_indices: Tensor | None,
        full_q_num_blocks: Tensor | None,
        full_q_indices: Tensor | None,
        BLOCK_SIZE: tuple[int, int] = (_DEFAULT_SPARSE_BLOCK_SIZE, _DEFAULT_SPARSE_BLOCK_SIZE),
        mask_mod: Callable[..., Tensor] = noop_mask,
        *,
        dq_write_order: Tensor | None = None,
        dq_write_order_full: Tensor | None = None,
        dq_kv_order: Tensor | None = None,
        dq_kv_order_spt: bool | None = None,
    ) -> None:
        if kv_indices.dim() < 2:
            raise RuntimeError("BlockMask must have at least 2 dimensions")
        if kv_num_blocks is None:
            raise AssertionError("kv_num_blocks must be provided")
        if (full_kv_num_blocks is None) != (full_kv_indices is None):
            raise AssertionError("full_kv_num_blocks and full_kv_indices must be both provided or omitted")
        if (full_q_num_blocks is None) != (full_q_indices is None):
            raise AssertionError("full_q_num_blocks and full_q_indices must be both provided or omitted")
        if dq_write_order_full is not None and dq_write_order is None:
            raise ValueError("dq_write_order_full requires dq_write_order")
        self.seq_lengths = seq_lengths
        self.kv_num_blocks, self.kv_indices = kv_num_blocks, kv_indices
        self.full_kv_num_blocks, self.full_kv_indices = full_kv_num_blocks, full_kv_indices
        self.q_num_blocks, self.q_indices = q_num_blocks, q_indices
        self.full_q_num_blocks, self.full_q_indices = full_q_num_blocks, full_q_indices
        self.dq_write_order, self.dq_write_order_full = dq_write_order, dq_write_order_full
        self.dq_kv_order, self.dq_kv_order_spt = dq_kv_order, dq_kv_order_spt
        self.BLOCK_SIZE, self.mask_mod = BLOCK_SIZE, mask_mod

    @classmethod
    def from_kv_blocks(
        cls,
        kv_num_blocks: Tensor,
        kv_indices: Tensor,
        full_kv_num_blocks: Tensor | None = None,
        full_kv_indices: Tensor | None = None,
        BLOCK_SIZE: int | tuple[int, int] = _DEFAULT_SPARSE_BLOCK_SIZE,
        mask_mod: Callable[..., Tensor] | None = None,
        seq_lengths: tuple[int, int] | None = None,
        compute_q_blocks: bool = True,
        *,
        dq_write_order: Tensor | None = None,
        dq_write_order_full: Tensor | None = None,
        dq_kv_order: Tensor | bool | None = None,
    ) -> BlockMask:
        """The mask of the blocks that each row has; those of each column are found from them.

        Raises:
            RuntimeError: for indices of fewer than two dimensions.
            AssertionError: if one of a pair is missing.
            ValueError: for a `dq_kv_order` that is neither tensor nor bool.
        """
        if kv_indices.dim() < 2:
            raise RuntimeError("BlockMask must have at least 2 dimensions")
        if (full_kv_num_blocks is None) != (full_kv_indices is None):
            raise AssertionError("full_kv_num_blocks and full_kv_indices must be both provided or omitted")
        by_column: list[Tensor | None] = [None, None, None, None]
        if compute_q_blocks:
            by_column[:2] = _transpose_ordered(kv_num_blocks, kv_indices)
            if full_kv_num_blocks is not None and full_kv_indices is not None:
                by_column[2:] = _transpose_ordered(full_kv_num_blocks, full_kv_indices)
        size = (BLOCK_SIZE, BLOCK_SIZE) if isinstance(BLOCK_SIZE, int) else BLOCK_SIZE
        if dq_kv_order is not None and not isinstance(dq_kv_order, (bool, Tensor)):
            raise ValueError("dq_kv_order must be a bool, Tensor, or None")
        rows, columns = kv_indices.shape[-2:]
        return cls(
            seq_lengths or (rows * size[0], columns * size[1]),
            kv_num_blocks,
            kv_indices,
            full_kv_num_blocks,
            full_kv_indices,
            by_column[0],
            by_column[1],
            by_column[2],
            by_column[3],
            size,
            noop_mask if mask_mod is None else mask_mod,
            dq_write_order=dq_write_order,
            dq_write_order_full=dq_write_order_full,
            dq_kv_order=dq_kv_order if isinstance(dq_kv_order, Tensor) else None,
            dq_kv_order_spt=dq_kv_order if isinstance(dq_kv_order, bool) else None,
        )

    def as_tuple(self, flatten: bool = True) -> tuple[Any, ...]:
        """All that it holds; without `flatten`, lengths and sizes as pairs."""
        lengths = self.seq_lengths if flatten else (self.seq_lengths,)
        sizes = self.BLOCK_SIZE if flatten else (self.BLOCK_SIZE,)
        tensors = (getattr(self, name) for name in _TENSORS)
        return (*lengths, *tensors, self.dq_kv_order_spt, *sizes, self.mask_mod)

    @property
    def shape(self) -> tuple[int, ...]:
        """(B, H, queries, keys)."""
        return (*self.kv_indices.shape[:-2], *self.seq_lengths)

    def numel(self) -> int:
        """The number of pairs of query and key, seen or not."""
        return math.prod(self.shape)

    def sparsity(self) -> float:
        """The percentage of pairs that lie in blocks of which nothing is seen; below 0 where blocks reach further."""
        blocks = int(self.kv_num_blocks.sum())
        if self.full_kv_num_blocks is not None:
            blocks += int(self.full_kv_num_blocks.sum())
        return 100 * (1 - blocks * self.BLOCK_SIZE[0] * self.BLOCK_SIZE[1] / self.numel())

    def to_dense(self) -> Tensor:
        """int32, (B, H, rows, columns): 1 where something of a block is seen."""
        dense = _ordered_to_dense(self.kv_num_blocks, self.kv_indices)
        if self.full_kv_num_blocks is None or self.full_kv_indices is None:
            return dense
        return dense | _ordered_to_dense(self.full_kv_num_blocks, self.full_kv_indices)

    def to_string(self, grid_size: int | tuple[int, int] = (20, 20), limit: int = 4) -> str:
        """A picture of the blocks, for the first `limit` heads; at most `grid_size` rows and columns of each, where one
        character may stand for several blocks."""
        dense = self.to_dense()
        *batch, rows, columns = dense.shape
        most = (grid_size, grid_size) if isinstance(grid_size, int) else grid_size
        step, across = (max(1, -(-size // allowed)) for size, allowed in zip((rows, columns), most, strict=True))

        def lines(head: Tensor) -> Iterator[str]:
            for row in range(0, rows, step):
                shares = (
                    head[row : row + step, column : column + across].float().mean().item()
                    for column in range(0, columns, across)
                )
                yield "".join({1.0: "█", 0.0: " "}.get(share, "░") * 2 for share in shares)

        shown = [
            "\n".join((str(place), *lines(dense[place]), ""))
            for place in itertools.islice(itertools.product(*map(range, batch)), limit)
        ]
        if math.prod(batch) > limit:
            shown += [
                "...",
                "To print out more, set BlockMask.to_string(limit=N)",
                "You can also index (BlockMask[batch, head]) to choose a specific batch or head",
            ]
        return "\n".join(shown)

    def __str__(self) -> str:
        picture = self.to_string().strip()
        return f"BlockMask(shape={self.shape}, sparsity={self.sparsity():.2f}%, \n{picture}\n)"

    def __repr__(self) -> str:
        tensors = ((name, getattr(self, name)) for name in _TENSORS[:8])
        shapes = "".join(f"    {name}={None if one is None else one.shape},\n" for name, one in tensors)
        return (
            f"BlockMask(\n{shapes}    BLOCK_SIZE={self.BLOCK_SIZE},\n    shape={self.shape},\n"
            f"    sparsity={self.sparsity():.2f}%,\n    mask_mod={getattr(self.mask_mod, '__name__', self.mask_mod)}\n)"
        )

    def __getitem__(self, index: Any) -> BlockMask:
        """The mask of some batches, heads, and rows of blocks; a number keeps its dimension.  `mask_mod` has to be set
        anew, as it cannot know of the choice.

        Raises:
            NotImplementedError: with a tensor `dq_kv_order`.
        """
        self._check_order("Slicing")
        given = (*(index if isinstance(index, tuple) else (index,)), slice(None), slice(None), slice(None))[:3]
        chosen = tuple(
            (slice(i + n, i + n + 1) if -n <= i < 0 else slice(i, i + 1)) if isinstance(i, int) else i
            for i, n in zip(given, self.kv_num_blocks.shape[:3], strict=True)
        )
        parts = (None if one is None else one[chosen] for one in self._by_row())
        return self._like(parts, self.seq_lengths, _sliced_mask_mod_error)

    def _adjust(self, new_q_len: int, new_kv_len: int) -> BlockMask:
        """The upper left part, for other lengths.

        Raises:
            NotImplementedError: with a tensor `dq_kv_order`.
        """
        self._check_order("Adjusting")
        rows, columns = -(-new_q_len // self.BLOCK_SIZE[0]), -(-new_kv_len // self.BLOCK_SIZE[1])
        parts: list[Tensor | None] = []
        rowwise = self._by_row()
        for counts, indices in zip(rowwise[::2], rowwise[1::2], strict=True):
            if counts is None or indices is None:
                parts += [None, None]
                continue
            kept = indices[:, :, :rows, :columns]
            below = counts[:, :, :rows].clamp(max=columns)
            parts += [(kept < below[..., None]).sum(dim=-1).to(dtypes.int32), kept]
        return self._like(parts, (new_q_len, new_kv_len), self.mask_mod)

    def _check_order(self, doing: str) -> None:
        if self.dq_kv_order is not None:
            raise NotImplementedError(
                f"{doing} BlockMask with tensor dq_kv_order is not supported yet. "
                "Construct a new BlockMask with matching precomputed dq_write_order metadata."
            )

    def _by_row(self) -> tuple[Tensor | None, ...]:
        return self.kv_num_blocks, self.kv_indices, self.full_kv_num_blocks, self.full_kv_indices

    def _like(self, parts: Iterable[Any], lengths: tuple[int, int], mask_mod: Callable[..., Tensor]) -> BlockMask:
        counts, indices, full_counts, full_indices = parts
        by_column = self.q_indices is not None
        mask = BlockMask.from_kv_blocks(
            counts, indices, full_counts, full_indices, self.BLOCK_SIZE, mask_mod, lengths, by_column
        )
        mask.dq_kv_order_spt = self.dq_kv_order_spt
        return mask

    def to(self, device: Any) -> BlockMask:
        """The mask on another device."""
        tensors = {name: getattr(self, name) for name in _TENSORS}
        return BlockMask(
            self.seq_lengths,
            **{name: None if one is None else one.to(device) for name, one in tensors.items()},  # type: ignore[arg-type]
            BLOCK_SIZE=self.BLOCK_SIZE,
            mask_mod=self.mask_mod,
            dq_kv_order_spt=self.dq_kv_order_spt,
        )


BlockMask.__module__ = noop_mask.__module__ = "torch.nn.attention.flex_attention"
