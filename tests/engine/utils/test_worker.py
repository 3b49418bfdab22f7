"""Loaders with workers beside torch's: what comes, in which order, from which worker, and of which seed."""

import numpy as np
import pytest
from bothways import agree
from torch.utils.data._utils.worker import _generate_state

from engine.utils.data.worker import numpy_seed

SETUP = """
import random
import numpy as np
from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info

class Rows(Dataset):
    def __init__(self, n):
        self.n, self.calls = n, 0
    def __len__(self):
        return self.n
    def __getitem__(self, index):
        info = get_worker_info()
        self.calls += 1
        return index, -1 if info is None else info.id, self.calls, random.random(), np.random.rand(), torch.rand(2)

class Stream(IterableDataset):
    def __init__(self, n=7):
        self.n = n
    def __len__(self):
        return 3
    def __iter__(self):
        info = get_worker_info()
        return iter(range(self.n)) if info is None else iter(range(info.id, self.n, info.num_workers))

class Broken(Rows):
    def __getitem__(self, index):
        if index == 2:
            raise (KeyError if self.n == 5 else ValueError)("bad")
        return index

def attempt(call):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, repr(error).split("Original")[0])

"""
LOADERS = [
    "Rows(4), batch_size=2", "Rows(7), batch_size=2, shuffle=True, drop_last=True", "Rows(3), batch_size=None",
    "Stream(), batch_size=2", "Stream(), batch_size=2, drop_last=True", "Stream(), batch_size=None", "Rows(0)",
    "Rows(9), collate_fn=lambda batch: batch[0][0]", "Broken(4)", "Broken(5)",
    "Rows(2), worker_init_fn=lambda worker: 1 / 0",
    "Rows(3), persistent_workers=True", "Stream(), persistent_workers=True", "Rows(4), worker_init_fn=random.seed",
    "Rows(3), shuffle=True, generator=torch.Generator().manual_seed(3)", "Rows(4), timeout=30, prefetch_factor=1",
    "Rows(2), multiprocessing_context='fork'", "Rows(2), multiprocessing_context='spoon'",
    "Rows(2), multiprocessing_context=3",
]  # fmt: skip


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("loader", LOADERS)
def test_batches(loader, workers):
    agree(f"""{SETUP}
def run():
    loader = DataLoader({loader}, num_workers={workers})
    return list(loader), list(loader), torch.rand(1)
attempt(run)
""")


def test_what_a_loader_tells():
    agree(f"""{SETUP}
loader = DataLoader(Rows(3), num_workers=1)
print(loader.prefetch_factor, loader.persistent_workers, loader.in_order, loader.timeout)
print(loader.multiprocessing_context, DataLoader(Rows(3)).prefetch_factor)
print(iter(loader), len(iter(DataLoader(Rows(5), 2))), iter(DataLoader(Rows(2))))
for name in ("batch_size", "dataset", "num_workers"):
    attempt(lambda: setattr(loader, name, 1))
attempt(lambda: DataLoader(Rows(2), multiprocessing_context="fork"))
attempt(lambda: next(iter(DataLoader(Rows(2), timeout=1))))
print(len(list(DataLoader(Rows(4), pin_memory=True))))
stream = DataLoader(Stream())
print(len(stream), list(stream))
""")


def test_a_loader_that_is_left_early_ends_its_workers():
    agree(f"""{SETUP}
import multiprocessing
for batch in DataLoader(Rows(50), num_workers=2):
    break
loader = DataLoader(Rows(50), num_workers=1, persistent_workers=True)
next(iter(loader))
print(len(next(iter(loader))), len(list(loader)))
del loader, batch
print(len(multiprocessing.active_children()))
""")


def test_a_worker_that_dies_is_told():
    agree(f"""{SETUP}
import os
class Dies(Rows):
    def __getitem__(self, index):
        os._exit(3)
try:
    next(iter(DataLoader(Dies(2), num_workers=1)))
except RuntimeError as error:
    print(str(error).split("(pid")[0], str(error).split(")")[-1])
""")


@pytest.mark.parametrize(("base", "worker"), [(123, 0), (2**40 + 7, 3), (2**63 - 1, 1)])
def test_the_seed_of_numpy(base, worker):
    assert numpy_seed(base, worker).tolist() == _generate_state(base, worker)
    assert numpy_seed(base, worker).dtype == np.uint32
