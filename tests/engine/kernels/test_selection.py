"""Which of equal elements selection by rank finds: the one that torch finds, and always one of the right value."""

import numpy as np
import pytest
from bothways import agree
from hypothesis import given
from hypothesis import strategies as st

from engine.kernels import selection

KEYS = st.lists(st.integers(0, 6), min_size=1, max_size=200)


def pairs(keys):
    return [*zip(keys, range(len(keys)), strict=True)]


@given(KEYS, st.data(), st.booleans())
def test_a_few_of_the_top_are_those_of_a_partial_sort(keys, data, ordered):
    k = data.draw(st.integers(0, len(keys) // 64))
    every = pairs(keys)
    selection._partial_sort(every, 0, k, len(every))
    assert selection.top(np.array(keys), k, ordered) == every[:k]


@given(KEYS, st.data(), st.booleans())
def test_the_top_has_the_smallest_keys(keys, data, ordered):
    k = data.draw(st.integers(0, len(keys)))
    found = selection.top(np.array(keys), k, ordered)
    assert sorted(key for key, _ in found) == sorted(keys)[:k]
    assert all(keys[place] == key for key, place in found)
    assert len({place for _, place in found}) == k
    assert not ordered or [key for key, _ in found] == sorted(keys)[:k]


@given(KEYS, st.data())
@pytest.mark.parametrize("search", [selection.nth_element, selection.quick_select])
def test_a_rank_has_nothing_larger_before_it(search, keys, data):
    rank = data.draw(st.integers(0, len(keys) - 1))
    found = pairs(keys)
    search(found, rank)
    assert sorted(found) == sorted(pairs(keys))
    assert max(found[:rank], default=found[rank])[0] <= found[rank][0] == sorted(keys)[rank]


@given(KEYS)
def test_all_in_order(keys):
    assert [key for key, _ in selection.sort(pairs(keys))] == sorted(keys)


def test_an_order_that_partitions_badly_ends_in_a_heap():
    keys = np.zeros(2000, int)  # built so that each pivot is nearly the smallest
    for i in range(0, 2000, 2):
        keys[i], keys[i // 2 + 1000] = i, 2000 + i
    assert [key for key, _ in selection.sort(pairs(keys.tolist()))] == sorted(keys)


@pytest.mark.parametrize("n", [1, 2, 4, 5, 16, 17, 40, 128, 150])
@pytest.mark.parametrize("values", [1, 2, 6])
def test_torch_finds_the_same(n, values):
    agree(f"""
x = torch.randint({values}, (3, {n}))
y = x.double()
y[y == 1] = torch.nan
for one in (x, y):
    for k in {sorted({1, n // 2, n, max(n // 64, 1)} - {0})}:
        for largest in (True, False):
            for ordered in (True, False):
                print(one.topk(k, 1, largest, ordered).indices)
        print(one.kthvalue(k, 1).indices)
    print(one.median(1).indices)
    for descending in (True, False):
        print(one.sort(1, descending), one.mT.sort(0, descending)[1], one.argsort(1, descending))
        print(one.sort(1, descending, stable=False)[1], one.sort(1, descending, stable=True)[1])
print(x.mode(1).indices, x.nanmedian(1).indices)
""")
