"""Selection by rank in the order in which C++'s library leaves equal elements, which torch's indices show.

Elements are pairs of a key and a place; only keys are compared. Where no two keys are equal any algorithm gives the
same, so these, in Python, are for lanes with ties only.

Source: D. Musser, "Introspective sorting and selection algorithms" (1997), as GNU's C++ library has them; torch's
quick selection (``kthvalue``) is a Hoare partition around the median of three.
"""

from __future__ import annotations

import numpy as np

Pairs = list[tuple[int, int]]
SMALL = 16
"""Up to so many elements are sorted by insertion."""


def with_places(keys: np.ndarray) -> Pairs:
    """Each key and its place."""
    return [*zip(keys.tolist(), range(len(keys)), strict=True)]


def top(keys: np.ndarray, k: int, ordered: bool) -> Pairs:
    """The ``k`` smallest keys, with their places: by a heap if they are few, else by partitions."""
    if k * 64 <= len(keys):
        return _few_smallest(keys, k)
    pairs = with_places(keys)
    if k:
        nth_element(pairs, k - 1)
        if ordered:
            _sort(pairs, 0, k - 1)
    return pairs[:k]


def sort(pairs: Pairs) -> Pairs:
    """All pairs by key."""
    _sort(pairs, 0, len(pairs))
    return pairs


def nth_element(pairs: Pairs, nth: int) -> None:
    """Bring to a position what belongs there, with nothing larger before it."""
    first, last, depth = 0, len(pairs), 2 * (len(pairs).bit_length() - 1)
    while last - first > 3:
        if not depth:
            _heap_select(pairs, first, nth + 1, last)
            pairs[first], pairs[nth] = pairs[nth], pairs[first]
            return
        depth -= 1
        cut = _partition(pairs, first, last)
        first, last = (cut, last) if cut <= nth else (first, cut)
    _insertion_sort(pairs, first, last)


def quick_select(pairs: Pairs, k: int) -> None:
    """The same, as torch's ``kthvalue`` does it."""
    left, right = 0, len(pairs) - 1

    def order(i: int, j: int) -> None:
        if pairs[i][0] > pairs[j][0]:
            pairs[i], pairs[j] = pairs[j], pairs[i]

    while right > left:
        if right == left + 1:
            order(left, right)
            return
        middle = left + (right - left) // 2
        pairs[middle], pairs[left + 1] = pairs[left + 1], pairs[middle]
        order(left + 1, right)
        order(left, right)
        order(left + 1, left)
        i, j, pivot = left + 1, right, pairs[left][0]
        while True:
            i += 1
            while pairs[i][0] < pivot:
                i += 1
            j -= 1
            while pairs[j][0] > pivot:
                j -= 1
            if j < i:
                break
            pairs[i], pairs[j] = pairs[j], pairs[i]
        pairs[left], pairs[j] = pairs[j], pairs[left]
        left, right = (i if j <= k else left), (j - 1 if j >= k else right)


def _sort(pairs: Pairs, first: int, last: int) -> None:
    if last - first < 2:
        return
    _introsort(pairs, first, last, 2 * ((last - first).bit_length() - 1))
    _insertion_sort(pairs, first, last)


def _introsort(pairs: Pairs, first: int, last: int, depth: int) -> None:
    while last - first > SMALL:
        if not depth:
            _partial_sort(pairs, first, last, last)
            return
        depth -= 1
        cut = _partition(pairs, first, last)
        _introsort(pairs, cut, last, depth)
        last = cut


def _partition(pairs: Pairs, first: int, last: int) -> int:
    """Around the median of the second, the middle and the last, which comes first."""
    a, b, c = first + 1, first + (last - first) // 2, last - 1
    if pairs[a][0] < pairs[b][0]:
        chosen = b if pairs[b][0] < pairs[c][0] else c if pairs[a][0] < pairs[c][0] else a
    else:
        chosen = a if pairs[a][0] < pairs[c][0] else c if pairs[b][0] < pairs[c][0] else b
    pairs[first], pairs[chosen] = pairs[chosen], pairs[first]
    pivot, i, j = pairs[first][0], first + 1, last
    while True:
        while pairs[i][0] < pivot:
            i += 1
        j -= 1
        while pivot < pairs[j][0]:
            j -= 1
        if i >= j:
            return i
        pairs[i], pairs[j] = pairs[j], pairs[i]
        i += 1


def _insertion_sort(pairs: Pairs, first: int, last: int) -> None:
    pairs[first:last] = sorted(pairs[first:last], key=lambda pair: pair[0])  # equal keys stay in order, too


def _partial_sort(pairs: Pairs, first: int, middle: int, last: int) -> None:
    _heap_select(pairs, first, middle, last)
    _sort_heap(pairs, first, middle)


def _few_smallest(keys: np.ndarray, k: int) -> Pairs:
    """As `_partial_sort` does it: but keys that a heap of those before would not take are not looked at one by one."""
    pairs = with_places(keys[:k])
    _make_heap(pairs, 0, k)
    start = k
    while start < len(keys) and k:
        stop = 2 * start
        for i in (start + np.flatnonzero(keys[start:stop] < pairs[0][0])).tolist():
            if keys[i] < pairs[0][0]:
                _sift(pairs, 0, 0, k, (int(keys[i]), i))
        start = stop
    _sort_heap(pairs, 0, k)
    return pairs


def _make_heap(pairs: Pairs, first: int, middle: int) -> None:
    count = middle - first
    for parent in range((count - 2) // 2, -1, -1):
        _sift(pairs, first, parent, count, pairs[first + parent])


def _sort_heap(pairs: Pairs, first: int, middle: int) -> None:
    for end in range(middle - 1, first, -1):
        value, pairs[end] = pairs[end], pairs[first]
        _sift(pairs, first, 0, end - first, value)


def _heap_select(pairs: Pairs, first: int, middle: int, last: int) -> None:
    """The smallest, as a heap with the largest of them in front."""
    count = middle - first
    _make_heap(pairs, first, middle)
    for i in range(middle, last):
        if pairs[i][0] < pairs[first][0]:
            value, pairs[i] = pairs[i], pairs[first]
            _sift(pairs, first, 0, count, value)


def _sift(pairs: Pairs, first: int, hole: int, count: int, value: tuple[int, int]) -> None:
    """Fill a hole from below, down to a leaf, and let the value rise from there."""
    top, child = hole, hole
    while child < (count - 1) // 2:
        child = 2 * (child + 1)
        if pairs[first + child][0] < pairs[first + child - 1][0]:
            child -= 1
        pairs[first + hole] = pairs[first + child]
        hole = child
    if count % 2 == 0 and child == (count - 2) // 2:
        child = 2 * (child + 1)
        pairs[first + hole] = pairs[first + child - 1]
        hole = child - 1
    while hole > top and pairs[first + (hole - 1) // 2][0] < value[0]:
        pairs[first + hole] = pairs[first + (hole - 1) // 2]
        hole = (hole - 1) // 2
    pairs[first + hole] = value
