"""The gradient of a table whose rows were looked up."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def embedding_backward(
    grad_output: Array, indices: Array, num_weights: int, padding_idx: int, scale_grad_by_freq: bool
) -> Array:
    """For each row of the table, the sum of what it was looked up for; the row ``padding_idx`` gets nothing."""
    rows = grad_output.reshape(-1, grad_output.shape[-1])
    places = indices.reshape(-1)
    if scale_grad_by_freq:
        rows = rows / np.bincount(places, minlength=num_weights)[places][:, None].astype(rows.dtype)
    kept = places != padding_idx
    found = np.zeros((num_weights, rows.shape[1]), rows.dtype)
    np.add.at(found, places[kept], rows[kept])
    return found
