"""Batches of a data set, made in this process or in workers.  Source: ``torch.utils.data.DataLoader``."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice, repeat
from typing import Any, cast

from ...warning import warn
from ._utils.collate import default_collate, default_convert
from .dataset import IterableDataset
from .sampler import BatchSampler, RandomSampler, SequentialSampler, draw_seed
from .worker import End, Failure, Fetch, Pool, usable_cpus


def _fetch_indices(collate: Callable, batched: bool, dataset: Any) -> Fetch:
    """What makes a batch of indices, or a sample of one."""

    def fetch(index: Any) -> Any:
        if not batched:
            return collate(dataset[index])
        if hasattr(dataset, "__getitems__"):
            return collate(dataset.__getitems__(index))
        return collate([dataset[one] for one in index])

    return fetch


def _fetch_next(collate: Callable, size: int | None, drop_last: bool, dataset: Any) -> Fetch:
    """What makes a batch of the samples that come next, whatever the index."""
    samples = iter(dataset)

    def fetch(index: Any) -> Any:
        if size is None:
            return collate(next(samples))
        batch = list(islice(samples, size))
        if not batch or (drop_last and len(batch) < size):
            raise StopIteration
        return collate(batch)

    return fetch


class _BaseDataLoaderIter:
    """A pass through a loader's data set; it does not keep the loader, which may keep it."""

    __module__ = "torch.utils.data.dataloader"

    def __init__(self, loader: DataLoader) -> None:
        self._sampler, self._dataset, self._workers = loader._index_sampler, loader.dataset, loader.num_workers
        if loader.pin_memory:
            warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't be "
                "used."
            )
        self._indices = iter(self._sampler)
        self._base_seed = draw_seed(loader.generator)
        self._yielded, self._expected = 0, loader._told_length

    def __iter__(self) -> Iterator[Any]:
        return self

    def __len__(self) -> int:
        return len(self._sampler)  # type: ignore[arg-type]

    def __next__(self) -> Any:
        batch = self._next()
        self._yielded += 1
        if self._expected is not None and self._yielded > self._expected:
            text = (
                f"Length of IterableDataset {self._dataset} was reported to be {self._expected}(when accessing "
                f"len(dataloader)), but {self._yielded} samples have been fetched. "
            )
            if self._workers:
                text += (
                    "For multiprocessing data-loading, this could be caused by not properly configuring the "
                    "IterableDataset replica at each worker. Please see "
                    "https://pytorch.org/docs/stable/data.html#torch.utils.data.IterableDataset for examples."
                )
            warn(text)
        return batch

    def _next(self) -> Any:
        raise NotImplementedError


class _SingleProcessDataLoaderIter(_BaseDataLoaderIter):
    """One that makes the batches here."""

    __module__ = "torch.utils.data.dataloader"

    def __init__(self, loader: DataLoader) -> None:
        super().__init__(loader)
        if loader.timeout != 0:
            raise AssertionError("_SingleProcessDataLoaderIter requires timeout == 0")
        self._fetch = loader._make_fetch(loader.dataset)

    def _next(self) -> Any:
        return self._fetch(next(self._indices))


class _MultiProcessingDataLoaderIter(_BaseDataLoaderIter):
    """One whose batches workers make, ``prefetch_factor`` of each ahead."""

    __module__ = "torch.utils.data.dataloader"

    def __init__(self, loader: DataLoader) -> None:
        super().__init__(loader)
        self._ahead = cast(int, loader.prefetch_factor) * loader.num_workers
        self._persistent = loader.persistent_workers
        import multiprocessing  # here, since few need it and `import engine` is to be quick

        context = loader.multiprocessing_context or multiprocessing
        self._pool: Pool | None = Pool(
            context, loader.num_workers, loader._make_fetch, loader.dataset, loader.worker_init_fn, self._base_seed,
            loader.timeout,
        )  # fmt: skip
        self._begin()

    def _begin(self) -> None:
        self._tasks: deque[int] = deque()
        self._active = [True] * self._workers
        self._turn = 0
        for _ in range(self._ahead):
            self._ask()

    def restart(self, loader: DataLoader) -> None:
        """Go through the data set again, with the same workers."""
        assert self._pool is not None
        self._pool.resume()
        self._indices = iter(self._sampler)
        self._yielded, self._expected = 0, loader._told_length
        self._begin()

    def _ask(self) -> None:
        """Give the next task to the worker whose turn it is."""
        index = next(self._indices, self)
        count = len(self._active)
        for worker in (self._turn + k for k in range(count)):
            if index is not self and self._active[worker % count]:
                assert self._pool is not None
                self._pool.ask(worker % count, index)
                self._tasks.append(worker % count)
                self._turn = worker % count + 1
                return

    def _next(self) -> Any:
        while self._tasks and self._pool is not None:
            worker = self._tasks.popleft()
            answer = self._pool.answer(worker)
            if isinstance(answer, End):
                self._active[worker] = False
                self._ask()
                continue
            self._ask()
            if isinstance(answer, Failure):
                answer.reraise()
            return answer
        if not self._persistent:
            self.close()
        raise StopIteration

    def close(self) -> None:
        """End the workers."""
        if (pool := self.__dict__.get("_pool")) is not None:
            self._pool = None
            pool.close()

    __del__ = close


class DataLoader:
    """Goes through a data set in batches.

    Args:
        dataset: samples by index, or an `IterableDataset`.
        batch_size: samples of a batch; None for single samples.
        shuffle: whether their order is random, anew each time.
        sampler, batch_sampler: the order, instead; of samples or of batches.
        num_workers: how many processes make batches, in turn; 0 for none but this one.
        collate_fn: makes a batch of a list of samples.
        drop_last: leave out a last batch that is shorter.
        generator: of the random numbers.
        worker_init_fn: is called in each worker, with its number.
        timeout: how many seconds to wait for a batch of a worker; 0 for ever.
        multiprocessing_context: how workers are started.
        prefetch_factor: how many batches each worker makes ahead: 2 if there are any.
        persistent_workers: whether they outlive the pass.
        in_order, pin_memory, pin_memory_device: no effect: batches come in order, and there is no accelerator.

    Raises:
        ValueError: for options that exclude each other.
    """

    __module__ = "torch.utils.data.dataloader"
    multiprocessing_context: Any
    _initialized = False

    def __init__(
        self, dataset: Any, batch_size: int | None = 1, shuffle: bool | None = None, sampler: Iterable | None = None,
        batch_sampler: Iterable | None = None, num_workers: int = 0, collate_fn: Callable | None = None,
        pin_memory: bool = False, drop_last: bool = False, timeout: float = 0, worker_init_fn: Callable | None = None,
        multiprocessing_context: Any = None, generator: Any = None, *, prefetch_factor: int | None = None,
        persistent_workers: bool = False, pin_memory_device: str = "", in_order: bool = True,
    ) -> None:  # fmt: skip
        if num_workers < 0:
            raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
        if timeout < 0:
            raise ValueError("timeout option should be non-negative")
        if num_workers == 0 and prefetch_factor is not None:
            raise ValueError(
                "prefetch_factor option could only be specified in multiprocessing."
                "let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None."
            )
        if prefetch_factor is not None and prefetch_factor < 0:
            raise ValueError("prefetch_factor option should be non-negative")
        if persistent_workers and num_workers == 0:
            raise ValueError("persistent_workers option needs num_workers > 0")
        self.dataset, self.num_workers, self.generator, self.timeout = dataset, num_workers, generator, timeout
        self.pin_memory, self.worker_init_fn = pin_memory, worker_init_fn
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.persistent_workers, self.pin_memory_device, self.in_order = persistent_workers, pin_memory_device, in_order
        self.multiprocessing_context = _context(multiprocessing_context, num_workers)
        self._iterator: _MultiProcessingDataLoaderIter | None = None
        self._told_length: int | None = None
        self._iterable = isinstance(dataset, IterableDataset)
        if self._iterable:
            for name, value in (("shuffle", shuffle), ("sampler", sampler), ("batch_sampler", batch_sampler)):
                if value is not None and value is not False:
                    raise ValueError(
                        f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={value}"
                    )
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
                )
            batch_size, drop_last = None, False
        elif batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
        if sampler is None and not self._iterable:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(() if sampler is None else sampler, batch_size, drop_last)
        self.batch_size, self.drop_last, self.sampler, self.batch_sampler = (
            batch_size,
            drop_last,
            sampler,
            batch_sampler,
        )
        self.collate_fn = collate_fn or (default_convert if batch_sampler is None else default_collate)
        self._initialized = True
        _warn_of_many(num_workers)

    def __setattr__(self, name: str, value: Any) -> None:
        if self._initialized and name in _FIXED:
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(name, value)

    @property
    def _index_sampler(self) -> Iterable:
        if self._iterable:
            return repeat(None)
        return (self.sampler if self.batch_sampler is None else self.batch_sampler) or ()

    @property
    def _make_fetch(self) -> Callable[[Any], Fetch]:
        if self._iterable:
            return partial(_fetch_next, self.collate_fn, self.batch_size, self.drop_last)
        return partial(_fetch_indices, self.collate_fn, self.batch_sampler is not None)

    def __iter__(self) -> Iterator[Any]:
        if not self.num_workers:
            return _SingleProcessDataLoaderIter(self)
        if self._iterator is not None:
            self._iterator.restart(self)
            return self._iterator
        _warn_of_many(self.num_workers)
        made = _MultiProcessingDataLoaderIter(self)
        if self.persistent_workers:
            self._iterator = made
        return made

    def __len__(self) -> int:
        if self._iterable:
            count = self._told_length = len(self.dataset)
            if self.batch_size is None:
                return count
            return count // self.batch_size if self.drop_last else -(-count // self.batch_size)
        return len(self._index_sampler)  # type: ignore[arg-type]


_FIXED = frozenset({"batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"})
"""What nobody changes in a loader."""


def _context(given: Any, workers: int) -> Any:
    """The context of ``multiprocessing`` that was asked for.

    Raises:
        ValueError: without workers, and for names of none.
        TypeError: for what is no context.
    """
    if given is None:
        return None
    if not workers:
        raise ValueError(
            "multiprocessing_context can only be used with multi-process loading (num_workers > 0), but got "
            f"num_workers={workers}"
        )
    import multiprocessing

    if isinstance(given, str):
        valid = multiprocessing.get_all_start_methods()
        if given not in valid:
            raise ValueError(
                f"multiprocessing_context option should specify a valid start method in {valid!r}, but got "
                f"multiprocessing_context={given!r}"
            )
        return multiprocessing.get_context(given)
    if not isinstance(given, multiprocessing.context.BaseContext):
        raise TypeError(
            "multiprocessing_context option should be a valid context object or a string specifying the start method, "
            f"but got multiprocessing_context={given}"
        )
    return given


def _warn_of_many(workers: int) -> None:
    """Warn of more workers than processors."""
    usable = usable_cpus()
    if usable is None or workers > usable:
        warn(
            f"This DataLoader will create {workers} worker processes in total. Our suggested max number of worker in "
            f"current system is {usable}, which is smaller than what this DataLoader is going to create. Please be "
            "aware that excessive worker creation might get DataLoader running slow or even freeze, lower the worker "
            "number to avoid potential slowness/freeze if necessary."
        )
