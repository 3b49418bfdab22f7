"""Collectives of Python objects, which are pickled on their way.

Source: ``torch.distributed.all_gather_object`` and its like.  **Unpickling runs code**: use them only among processes
that trust each other.
"""

from __future__ import annotations

import pickle
from typing import Any

from .collectives import _joined, _member


def all_gather_object(object_list: list[Any], obj: Any, group: Any = None) -> None:
    """Fill a list, in every process, with the objects of all."""
    if (found := _joined(group, "all_gather_object")) is None:
        return
    for number, data in enumerate(found.exchange(pickle.dumps(obj))):
        object_list[number] = pickle.loads(data)


def gather_object(
    obj: Any, object_gather_list: list[Any] | None = None, dst: int | None = None, group: Any = None,
    group_dst: int | None = None,
) -> None:  # fmt: skip
    """Fill a list, in one process, with the objects of all.

    Raises:
        ValueError: if that process gives no list, or another one gives one.
    """
    if (found := _joined(group, "gather_object")) is None:
        return
    to = _member(found, 0 if dst is None and group_dst is None else dst, group_dst, "gather")
    if to == found.rank() and not object_gather_list:
        raise ValueError("Argument ``gather_list`` must be specified on destination rank.")
    if to != found.rank() and object_gather_list:
        raise ValueError("Argument ``gather_list`` must NOT be specified on non-destination ranks.")
    given = found.exchange(pickle.dumps(obj))
    if object_gather_list:
        object_gather_list[:] = map(pickle.loads, given)


def broadcast_object_list(
    object_list: list[Any], src: int | None = None, group: Any = None, device: Any = None, group_src: int | None = None
) -> None:
    """Replace the elements of a list, in every process, by those of one."""
    if (found := _joined(group, "broadcast_object_list")) is None:
        return
    source = _member(found, 0 if src is None and group_src is None else src, group_src, "broadcast")
    data = found.exchange(pickle.dumps(object_list) if source == found.rank() else b"")[source]
    if source != found.rank():
        object_list[:] = pickle.loads(data)


def scatter_object_list(
    scatter_object_output_list: list[Any], scatter_object_input_list: list[Any] | None = None, src: int | None = None,
    group: Any = None, group_src: int | None = None,
) -> None:  # fmt: skip
    """Put, in each process, one object of one process's list into the first place of a list.

    Raises:
        ValueError: if there is no list with such a place, or the source gives none.
    """
    if (found := _joined(group, "scatter_object_list")) is None:
        return
    if not isinstance(scatter_object_output_list, list) or not scatter_object_output_list:
        raise ValueError("Expected argument scatter_object_output_list to be a list of size at least 1.")
    source = _member(found, 0 if src is None and group_src is None else src, group_src, "scatter")
    if source == found.rank() and scatter_object_input_list is None:
        raise ValueError("source rank must provide non-None scatter_object_input_list")
    data = found.exchange(pickle.dumps(scatter_object_input_list) if source == found.rank() else b"")[source]
    scatter_object_output_list[0] = pickle.loads(data)[found.rank()]
