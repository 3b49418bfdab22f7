"""The gradient of a table whose rows were looked up."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def embedding_backward(
    grad_output: Array, indices: Array, num_weights: int, padding_idx: int, scale_grad_by_freq: bool
) -> Array:
    """For each row of the table, the sum of what it was looked up for; the row ``padding_idx`` gets nothing."""
    rows = grad_output.reshape(indices.size, grad_output.shape[-1])
    places = indices.reshape(-1)
    if scale_grad_by_freq:
        rows = rows / np.bincount(places, minlength=num_weights)[places][:, None].astype(rows.dtype)
    kept = places != padding_idx
    found = np.zeros((num_weights, rows.shape[1]), rows.dtype)
    np.add.at(found, places[kept], rows[kept])
    return found


SUM, MEAN, MAX = range(3)
"""How the rows of a bag are made one."""


def bags(offsets: Array, count: int) -> Array:
    """For each of ``count`` indices, the bag that it is in."""
    return np.searchsorted(offsets, np.arange(count), "right") - 1


def embedding_bag(
    weight: Array, indices: Array, offsets: Array, mode: int, per_sample_weights: Array | None,
    include_last_offset: bool, padding_idx: int,
) -> tuple[Array, Array, Array, Array]:  # fmt: skip
    """The sum, mean or largest elements of the rows in each bag.

    Returns:
        Them, the bag of each index, how many rows each bag has, and the rows of the largest elements; the last three
        only as far as torch computes them.
    """
    places = indices.reshape(-1).astype(np.int64)
    starts = offsets[:-1] if include_last_offset else offsets
    count, columns = len(starts), weight.shape[1]
    of = bags(starts, len(places))
    kept = places != padding_idx
    if not count:
        kept &= False
    rows = weight[places]
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.reshape(-1, 1)
    sizes = np.bincount(of[kept], minlength=count).astype(indices.dtype)
    if include_last_offset and len(offsets):
        kept &= np.arange(len(places)) < offsets[-1]  # what is beyond is counted, as torch does, and not summed
    found = np.zeros((count, columns), weight.dtype)
    of = of.astype(indices.dtype)
    if mode == MAX:
        best = np.zeros((count, columns), indices.dtype)
        for bag in np.flatnonzero(sizes):
            inside = np.flatnonzero(kept & (of == bag))
            first = rows[inside].argmax(0)
            found[bag] = rows[inside[first], np.arange(columns)]
            best[bag] = places[inside[first]]
        return found, of, sizes, best
    np.add.at(found, of[kept], rows[kept])
    if mode == MEAN:
        found /= np.maximum(sizes, 1)[:, None].astype(weight.dtype)
        return found, of, sizes, sizes.copy()
    nothing = np.zeros(count, indices.dtype)
    return found, of if padding_idx >= 0 else np.zeros(0, indices.dtype), nothing, nothing.copy()


def embedding_bag_backward(
    grad: Array, indices: Array, offsets: Array, bag_size: Array, maximum_indices: Array, num_weights: int,
    scale_grad_by_freq: bool, mode: int, per_sample_weights: Array | None, padding_idx: int,
) -> Array:  # fmt: skip
    """Each bag's gradient to the rows that made it."""
    found = np.zeros((num_weights, grad.shape[1]), grad.dtype)
    if mode == MAX:
        filled = np.flatnonzero(bag_size)
        np.add.at(found, (maximum_indices[filled], np.arange(grad.shape[1])), grad[filled])
        return found
    places = indices.reshape(-1)
    of = bags(offsets, len(places))
    kept = (places != padding_idx) & (of < len(grad))  # the last offset may be an end
    of = np.minimum(of, len(grad) - 1)
    rows = grad[of]
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.reshape(-1, 1)
    if mode == MEAN:
        rows = rows / np.maximum(bag_size, 1)[of][:, None].astype(grad.dtype)
    if scale_grad_by_freq:  # by the count of the sorted index at the place that the word has among the words
        words, order = np.unique(places, return_inverse=True)
        counts = np.bincount(places, minlength=num_weights)[np.sort(places)[: len(words)]]
        rows = rows / counts[order][:, None].astype(grad.dtype)
    np.add.at(found, places[kept], rows[kept])
    return found


def embedding_bag_per_sample_weights_backward(
    grad: Array, weight: Array, indices: Array, offsets: Array, offset2bag: Array, mode: int, padding_idx: int
) -> Array:
    """Each sample's row times its bag's gradient; nothing for the row that pads."""
    places = indices.reshape(-1)
    found = (grad[bags(offsets, len(places))] * weight[places]).sum(1)
    return np.where(places == padding_idx, found.dtype.type(0), found) if padding_idx >= 0 else found
