"""How tensors go from process to process: their memory is shared first, and its descriptor is what is sent.

Source: "Multiprocessing package" in torch's documentation.
"""

from __future__ import annotations

from collections import OrderedDict
from multiprocessing.reduction import DupFd, ForkingPickler
from typing import Any

from ..copying import memory, rebuild
from ..naming import torchs_name
from ..nn.parameter import Buffer, Parameter
from ..shared_memory import bytes_of, mapping_of, opened, share
from ..tensor import Tensor
from ..utils.data.worker import get_worker_info
from ..utils.hooks import warn_if_has_hooks

_STRATEGIES = {"file_descriptor", "file_system"}


class _Chosen:
    strategy = "file_descriptor"


def get_all_sharing_strategies() -> set[str]:
    """The names of all ways to share memory."""
    return set(_STRATEGIES)


def get_sharing_strategy() -> str:
    """The way that is set."""
    return _Chosen.strategy


def set_sharing_strategy(new_strategy: str) -> None:
    """Set the way.  Memory is sent as a descriptor with either: no file has to be found by its name.

    Raises:
        AssertionError: for another.
    """
    assert new_strategy in _STRATEGIES, (
        f"invalid sharing strategy {new_strategy!r}, expected one of {get_all_sharing_strategies()}"
    )
    _Chosen.strategy = new_strategy


def reduce_tensor(tensor: Tensor) -> Any:
    """What is sent of a tensor; its memory is shared from now on.

    A worker of a data loader sends elements: nobody would be there to hand out its descriptors when it is done.

    Raises:
        RuntimeError: for a non-leaf that requires grad.
    """
    if tensor.requires_grad and not tensor.is_leaf:
        raise RuntimeError(
            "Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd does not support "
            "crossing process boundaries.  If you just want to transfer the data, call detach() on the tensor before "
            "serializing (e.g., putting it on the queue)."
        )
    found = memory(tensor._array)
    if found is None or get_worker_info() is not None:
        return tensor.__reduce_ex__(2)
    warn_if_has_hooks(tensor)
    share(tensor)
    owner, place = memory(tensor._array) or found
    mapping = mapping_of(owner)
    assert mapping is not None
    if mapping.fd < 0:  # of a file: its name is enough, but it may be private
        return tensor.__reduce_ex__(2)
    name = torchs_name(type(tensor)) or type(tensor)
    return _received, (DupFd(mapping.fd), owner.nbytes, place, tensor._dtype, tensor.requires_grad, name)


def _received(handle: Any, size: int, place: Any, d: Any, requires_grad: bool, name: Any) -> Tensor:
    owner = bytes_of(opened(handle.detach(), size))
    return rebuild(owner, place, d, requires_grad, name, OrderedDict())


def init_reductions() -> None:
    """Let queues and pipes of Python's ``multiprocessing`` send tensors so."""
    for kind in (Tensor, Parameter, Buffer):
        ForkingPickler.register(kind, reduce_tensor)
