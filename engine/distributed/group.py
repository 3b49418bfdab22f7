"""Processes that work together, and the one thing that they do: each gives something, and gets what all gave.

Everything goes through the store.  Processes call the same collectives in the same order, so a number that each counts
for itself tells them apart.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from ..dtypes import uint8
from ..futures import Future
from ..ops.data import frombuffer
from ..tensor import Tensor
from .store import Store


class Work:
    """A collective that has been asked for.  Here it is done when this is handed out, but for receiving."""

    __module__ = "torch.distributed.distributed_c10d"

    def __init__(self, result: Sequence[Tensor] = (), later: Any = None) -> None:
        self._result, self._later = [*result], later

    def wait(self, timeout: Any = None) -> bool:
        """Wait for it.  True."""
        if self._later is not None:
            self._later()
            self._later = None
        return True

    def is_completed(self) -> bool:
        """Whether it is done."""
        return self._later is None

    def is_success(self) -> bool:
        """Whether it is done: what fails raises."""
        return self._later is None

    def exception(self) -> None:
        """None: what fails raises."""

    def synchronize(self) -> None:
        """`wait`."""
        self.wait()

    def result(self) -> list[Tensor]:
        """The tensors that it filled."""
        return self._result

    def get_future(self) -> Future:
        """A future of the tensors that it filled."""
        self.wait()
        future = Future()
        future.set_result(self._result)
        return future


class ProcessGroup:
    """Some of all processes, in an order.

    Args:
        store: what all of them reach, for this group alone.
        ranks: the numbers of its members among all processes, in their order.
        rank: which of these this process is.
        name: the name of the group.
        backend: the name of the backend.
    """

    __module__ = "torch.distributed.distributed_c10d"

    def __init__(self, store: Store, ranks: Sequence[int], rank: int, name: str, backend: str) -> None:
        self._store, self._ranks, self._rank, self.group_name, self._backend = store, [*ranks], rank, name, backend
        self._exchanges = itertools.count()
        self._messages: dict[tuple[int, int, int], itertools.count[int]] = defaultdict(itertools.count)

    def rank(self) -> int:
        """The number of this process in the group."""
        return self._rank

    def size(self) -> int:
        """How many processes the group has."""
        return len(self._ranks)

    def name(self) -> str:
        """The name of the backend."""
        return self._backend

    @property
    def group_desc(self) -> str:
        """What the group is for: nothing is said of it."""
        return "undefined"

    def exchange(self, mine: bytes) -> list[bytes]:
        """What every member gave, in the order of their ranks."""
        if len(self._ranks) == 1:
            return [mine]
        number = next(self._exchanges)
        self._store.set(f"{number}/{self._rank}", mine)
        given = [
            mine if rank == self._rank else self._store.get(f"{number}/{rank}") for rank in range(len(self._ranks))
        ]
        # Whoever has given something for this exchange has got everything of the one before.
        self._store.delete_key(f"{number - 1}/{self._rank}")
        return given

    def post(self, data: bytes, to: int, tag: int) -> None:
        """Lay something ready for another member."""
        number = next(self._messages[self._rank, to, tag])
        self._store.set(f"from {self._rank} to {to} as {tag}/{number}", data)

    def take(self, source: int, tag: int) -> bytes:
        """What another member has laid ready, as soon as it is there."""
        key = f"from {source} to {self._rank} as {tag}/{next(self._messages[source, self._rank, tag])}"
        data = self._store.get(key)
        self._store.delete_key(key)
        return data


def elements(tensor: Tensor) -> bytes:
    """The elements of a tensor, row by row."""
    return tensor.detach().contiguous().reshape(-1).view(uint8).numpy().tobytes()


def tensor_of(data: bytes, like: Tensor) -> Tensor:
    """A tensor of such elements, with the dtype and the shape of another."""
    if not data:
        return like.detach().clone()
    return frombuffer(bytearray(data), dtype=like.dtype).reshape(like.shape)
