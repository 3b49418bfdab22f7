"""Samples shared out among processes that each know their number.  Source: ``torch.utils.data.DistributedSampler``."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ...ops.random import randperm
from ...random import Generator
from .sampler import Sampler


class DistributedSampler(Sampler[int]):
    """Every ``num_replicas``-th index, from ``rank`` on; all replicas get the same number.

    Args:
        dataset: what is sampled.
        num_replicas, rank: how many share it, and which this is; unless given, what the group of processes says.
        shuffle: whether in a random order, the same for all, by ``seed`` and the epoch (`set_epoch`).
        drop_last: leave out the rest that does not go round; otherwise some samples come twice.

    Raises:
        ValueError: for a rank that is none; without the number of replicas or the rank, if there is no such group.
    """

    __module__ = "torch.utils.data.distributed"

    def __init__(
        self, dataset: Any, num_replicas: int | None = None, rank: int | None = None, shuffle: bool = True,
        seed: int = 0, drop_last: bool = False,
    ) -> None:  # fmt: skip
        if num_replicas is None or rank is None:
            from ... import distributed

            num_replicas = distributed.get_world_size() if num_replicas is None else num_replicas
            rank = distributed.get_rank() if rank is None else rank
        if not 0 <= rank < num_replicas:
            raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]")
        self.dataset, self.num_replicas, self.rank = dataset, num_replicas, rank
        self.epoch, self.drop_last, self.shuffle, self.seed = 0, drop_last, shuffle, seed
        count = len(dataset)
        self.num_samples = count // num_replicas if drop_last else -(-count // num_replicas)
        self.total_size = self.num_samples * num_replicas

    def __iter__(self) -> Iterator[int]:
        count = len(self.dataset)
        indices: list[int] = [*range(count)]
        if self.shuffle:
            indices = randperm(count, generator=Generator().manual_seed(self.seed + self.epoch)).tolist()
        indices *= max(1, math.ceil(self.total_size / max(count, 1)))
        return iter(indices[self.rank : self.total_size : self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Choose another order: without it, all epochs have the same."""
        self.epoch = epoch
