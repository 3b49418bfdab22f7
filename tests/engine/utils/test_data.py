"""Data sets and loaders beside torch's, under a seed."""

import itertools

import numpy as np
import pytest
import torch
import torch.utils.data

import engine
from tests.bothways import agree


def both(run):
    """What a function of the library returns, as text, from each."""
    found = []
    for lib in (engine, torch):
        lib.manual_seed(3)
        found.append(repr(run(lib)))
    assert found[0] == found[1]


def rows(lib, n=10):
    return lib.utils.data.TensorDataset(lib.arange(2.0 * n).reshape(n, 2), lib.arange(n))


OPTIONS = [
    {}, {"batch_size": 3, "shuffle": True}, {"batch_size": 4, "drop_last": True}, {"batch_size": None},
    {"batch_size": None, "shuffle": True}, {"batch_sampler": [[1, 2], [0]]}, {"sampler": [3, 1]},
]  # fmt: skip


@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: ",".join(o) or "default")
@pytest.mark.parametrize("own_generator", [False, True])
def test_loaders(options, own_generator):
    def run(lib):
        given = dict(options, generator=lib.Generator().manual_seed(5)) if own_generator else options
        loader = lib.utils.data.DataLoader(rows(lib), **given)
        return len(loader), list(loader), list(loader), lib.rand(2)  # and what is left of the stream

    both(run)


def test_samplers():
    def run(lib):
        data = lib.utils.data
        samplers = [
            data.RandomSampler(range(5)), data.RandomSampler(range(5), replacement=True, num_samples=70),
            data.RandomSampler(range(5), num_samples=12), data.SubsetRandomSampler([3, 4, 5]),
            data.WeightedRandomSampler([0.1, 0.9, 0.3], 20), data.WeightedRandomSampler([1.0, 2.0, 3.0], 2, False),
            data.BatchSampler(data.SequentialSampler(range(5)), 2, True),
        ]  # fmt: skip
        return [(len(one), list(one)) for one in samplers]

    both(run)


@pytest.mark.parametrize("lengths", [[7, 3], [0.5, 0.3, 0.2], [0.33, 0.67]])
def test_random_split(lengths):
    both(lambda lib: [list(part.indices) for part in lib.utils.data.random_split(rows(lib), lengths)])


BATCHES = [
    [1, 2], [1.5, 2.5], ["a", "b"], [{"a": 1, "b": [1.0, 2.0]}, {"a": 2, "b": [3.0, 4.0]}], [(1, "x"), (2, "y")],
    [np.ones(2), np.zeros(2)], [np.float32(1), np.float32(2)], [True, False], [b"x", b"y"],
]  # fmt: skip


@pytest.mark.parametrize("batch", BATCHES, ids=range(len(BATCHES)))
def test_collate(batch):
    both(lambda lib: lib.utils.data.default_collate(batch))


def test_rows_without_index():
    def run(lib):
        class Row(lib.utils.data.IterableDataset):
            def __iter__(self):
                return iter(range(5))

        loader = lib.utils.data.DataLoader
        return list(loader(Row(), batch_size=2)), list(loader(Row(), batch_size=2, drop_last=True))

    both(run)


def test_concatenation():
    def run(lib):
        data = rows(lib) + lib.utils.data.Subset(rows(lib), [1, 5])
        return len(data), data[11], data[-1], data[0]

    both(run)


REFUSED = [
    lambda lib: lib.utils.data.DataLoader(rows(lib), batch_size=0),
    lambda lib: lib.utils.data.DataLoader(rows(lib), shuffle=True, sampler=[1]),
    lambda lib: lib.utils.data.DataLoader(rows(lib), batch_sampler=[[1]], batch_size=3),
    lambda lib: lib.utils.data.DataLoader(rows(lib), num_workers=-1),
    lambda lib: lib.utils.data.DataLoader(rows(lib), batch_size=None, drop_last=True),
    lambda lib: lib.utils.data.random_split(rows(lib), [5, 3]),
    lambda lib: lib.utils.data.TensorDataset(lib.ones(2), lib.ones(3)),
    lambda lib: lib.utils.data.default_collate([object()]),
    lambda lib: lib.utils.data.default_collate([[1, 2], [3]]),
    lambda lib: lib.utils.data.RandomSampler([]),
    lambda lib: lib.utils.data.Dataset()[0],
    lambda lib: lib.utils.data.ConcatDataset([]),
]


@pytest.mark.parametrize("call", REFUSED, ids=itertools.count())
def test_refuses_in_torchs_words(call):
    said = []
    for lib in (engine, torch):
        with pytest.raises(Exception) as caught:
            call(lib)
        said.append((type(caught.value).__name__, str(caught.value)))
    assert said[0] == said[1]


@pytest.mark.parametrize(
    "code",
    [
        "print(data.default_convert([1, 2., 'a']), data.get_worker_info())",
        "d = data.StackDataset([1, 2], [3, 4]); print(d[0], len(d), data.StackDataset(a=[1, 2], b=[3, 4])[1])",
        "data.StackDataset([1, 2], [3])",
        "data.StackDataset()",
        "data.StackDataset([1], a=[1])",
        "class D(data.IterableDataset): pass\nD()",
        "class D(data.IterableDataset):\n  def __iter__(self): yield 1\n"
        "print(type(D), list(data.ChainDataset([D(), D()])), list(data.ChainDataset([])))",
        "list(data.ChainDataset([[1]]))",
    ],
)
def test_further_data_sets_are_torchs(code):
    agree(f"from torch.utils import data\n{code}")
