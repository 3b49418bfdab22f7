"""The group of all processes and those made of it: begun, asked about, ended.

Source: ``torch.distributed.init_process_group``, ``torch.distributed.new_group``.
"""

from __future__ import annotations

import atexit
import os
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlparse

from ..warning import warn
from .group import ProcessGroup
from .names import Backend
from .store import FileStore, PrefixStore, Store, TCPStore

default_pg_timeout = timedelta(minutes=30)
"""How long what one process waits for may take the others."""

_MISSING = {"nccl": "NCCL", "mpi": "MPI", "ucc": "UCC", "xccl": "XCCL"}
_NOT_BEGUN = "Default process group has not been initialized, please make sure to call init_process_group."

_groups: dict[int, ProcessGroup] = {}
"""The groups that this process is in, by their names; 0 is that of all processes."""
_own: list[TCPStore] = []
"""The store that was made to meet in, if it was."""
_made = 0  # groups, since there has been one of all processes
_begun = 0  # times that there was one: in one store, each finds its own


class GroupMember:
    """Says that a process is in no group."""

    __module__ = "torch.distributed.distributed_c10d"

    NON_GROUP_MEMBER = -100


class _World(type):
    @property
    def WORLD(cls) -> ProcessGroup | None:
        """The group of all processes; None before there is one."""
        return _groups.get(0)

    @WORLD.setter
    def WORLD(cls, group: ProcessGroup) -> None:
        _groups[0] = group


class group(metaclass=_World):
    """The group of all processes, as ``group.WORLD``."""

    __module__ = "torch.distributed.distributed_c10d"


def is_available() -> bool:
    """True."""
    return True


def is_gloo_available() -> bool:
    """True: its name stands for the one backend that there is."""
    return True


def is_nccl_available() -> bool:
    """False."""
    return False


def is_mpi_available() -> bool:
    """False."""
    return False


def is_ucc_available() -> bool:
    """False."""
    return False


def is_xccl_available() -> bool:
    """False."""
    return False


def is_backend_available(backend: str) -> bool:
    """Whether there is a backend of that name."""
    return backend.lower() == Backend.GLOO


def is_torchelastic_launched() -> bool:
    """Whether ``torchrun`` has started this process."""
    return os.environ.get("TORCHELASTIC_RUN_ID") is not None


def is_initialized() -> bool:
    """Whether there is a group of all processes."""
    return 0 in _groups


def init_process_group(
    backend: str | None = None, init_method: str | None = None, timeout: timedelta | None = None, world_size: int = -1,
    rank: int = -1, store: Store | None = None, group_name: str = "", pg_options: Any = None, device_id: Any = None,
) -> None:  # fmt: skip
    """Begin to work with other processes, which call this as well.

    Args:
        backend: ``gloo``.
        init_method: where the processes find each other: ``env://``, ``tcp://HOST:PORT`` or ``file://PATH``.
        timeout: how long others are waited for; half an hour.
        world_size: how many processes there are.
        rank: the number of this one.
        store: where the processes find each other, in place of ``init_method``.

    Raises:
        ValueError: if it has been called before, or what is not given here is not in the environment either.
        RuntimeError: for a backend that is not here, or a method that there is not.
    """
    global _begun, _made
    if is_initialized():
        raise ValueError("trying to initialize the default process group twice!")
    if not (store is None or init_method is None):
        raise AssertionError("Cannot specify both init_method and store.")
    if store is not None:
        if world_size <= 0:
            raise AssertionError("world_size must be positive if using store")
        if rank < 0:
            raise AssertionError("rank must be non-negative if using store")
    name = Backend(backend) if backend is not None else Backend.UNDEFINED
    wait = timeout or _timeout_of(name)
    if store is None:
        store, rank, world_size = _meet(init_method or "env://", rank, world_size, wait)
        if isinstance(store, TCPStore):
            _own.append(store)
            atexit.register(store.leave)
    store.set_timeout(wait)
    members = range(world_size)
    _groups[0] = ProcessGroup(PrefixStore(f"default_pg/{_begun}", store), members, rank, "0", _checked(name))
    _begun, _made = _begun + 1, 1


def _timeout_of(backend: str) -> timedelta:
    if backend == Backend.NCCL:
        warn("Attempted to get default timeout for nccl backend, but NCCL support is not compiled")
    return default_pg_timeout


def _checked(backend: str) -> str:
    """The name of the backend that works.  Raises RuntimeError, AssertionError."""
    if backend in (Backend.UNDEFINED, Backend.GLOO, "cpu:gloo", "cpu:gloo,cuda:nccl"):
        return Backend.GLOO
    if backend in _MISSING:
        raise RuntimeError(f"Distributed package doesn't have {_MISSING[backend]} built in")
    warn(
        f"Device capability of {backend} unknown, assuming `cpu` and `cuda`. You can specify it in `device:backend` "
        "format in `init_process_group` call."
    )
    raise AssertionError(f"Unknown backend type {backend}")


def _meet(method: str, rank: int, world_size: int, wait: timedelta) -> tuple[Store, int, int]:
    """Where the processes find each other, which this is, and how many there are."""
    parts = urlparse(method)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    what = f"Error initializing torch.distributed using {parts.scheme}:// rendezvous: "

    def given(name: str, value: int, variable: str = "") -> int:
        if value >= 0:
            return value
        if name in query:
            return int(query[name])
        if parts.scheme != "env":
            raise ValueError(f"{what}{name.replace('_', ' ')} parameter missing")
        return int(from_environment(variable))

    def from_environment(variable: str) -> str:
        if (value := os.environ.get(variable)) is None:
            raise ValueError(f"{what}environment variable {variable} expected, but not set")
        return value

    if parts.scheme == "env":
        rank, world_size = given("rank", rank, "RANK"), given("world_size", world_size, "WORLD_SIZE")
        host, port = from_environment("MASTER_ADDR"), int(from_environment("MASTER_PORT"))
    elif parts.scheme == "tcp":
        if parts.port is None:
            raise ValueError(f"{what}port number missing")
        rank, world_size = given("rank", rank), given("world_size", world_size)
        host, port = str(parts.hostname), parts.port
    elif parts.scheme == "file":
        if not parts.path:
            raise ValueError(f"{what}path missing")
        return FileStore(parts.path, world_size), given("rank", rank), given("world_size", world_size)
    else:
        raise RuntimeError(f"No rendezvous handler for {parts.scheme}://")
    return TCPStore(host, port, world_size, rank == 0, wait), rank, world_size


def destroy_process_group(group: ProcessGroup | None = None) -> None:
    """End a group; without one, all of them.

    Raises:
        AssertionError: if there is none.
    """
    global _made
    if (found := group if group is not None else _groups.get(0)) is None:
        raise AssertionError("Process group cannot be None")
    if found is _groups.get(0):
        _groups.clear()
        _made = 0
        while _own:
            atexit.unregister((store := _own.pop()).leave)
            store.leave()
    else:
        for number in [number for number, one in _groups.items() if one is found]:
            del _groups[number]


def default() -> ProcessGroup:
    """The group of all processes.

    Raises:
        ValueError: if there is none.
    """
    if 0 not in _groups:
        raise ValueError(_NOT_BEGUN)
    return _groups[0]


def resolved(group: Any) -> ProcessGroup | None:
    """A group that is given: that of all processes in place of None; None if this process is not in it.

    Raises:
        ValueError: for what is no group.
    """
    if group is None:
        return default()
    if isinstance(group, ProcessGroup):
        return group
    if group == GroupMember.NON_GROUP_MEMBER:
        return None
    raise ValueError(f"Group {group} is not registered, please create group with torch.distributed.new_group API")


def new_group(
    ranks: Any = None, timeout: timedelta | None = None, backend: str | None = None, pg_options: Any = None,
    use_local_synchronization: bool = False, group_desc: str | None = None, device_id: Any = None,
) -> Any:  # fmt: skip
    """A group of some processes; all processes must call this, in the same order.

    Args:
        ranks: the numbers of its members; None for all.
        backend: that of the group of all, unless another one is named.

    Returns:
        The group, or ``GroupMember.NON_GROUP_MEMBER`` in a process that is not in it.

    Raises:
        ValueError: for a number that no process has, or one that is there twice.
    """
    global _made
    world = default()
    members = sorted(ranks) if ranks is not None else [*range(world.size())]
    if len(set(members)) != len(members):
        raise ValueError(f"ranks list must not contain duplicate entries, got {[*ranks]}")
    for rank in members:
        if not 0 <= rank < world.size():
            raise ValueError(
                f"Rank {rank} is out of range. Valid ranks are 0 to {world.size() - 1} (world_size={world.size()})"
            )
    name = _checked(Backend(backend) if backend is not None else world.name())
    number, _made = _made, _made + 1
    if world.rank() not in members:
        return GroupMember.NON_GROUP_MEMBER
    store = PrefixStore(f"group {number}", world._store)
    made = ProcessGroup(store, members, members.index(world.rank()), str(number), name)
    _groups[number] = made
    return made


def new_subgroups(group_size: int | None = None, group: Any = None, **options: Any) -> tuple[Any, list[Any]]:
    """Groups of equal size that divide all processes; the one that this process is in, and all of them.

    Raises:
        ValueError: if the number of processes cannot be divided by the size.
    """
    world = default()
    size = world.size() if group_size is None else group_size
    if size <= 0:
        raise ValueError(f"The arg 'group_size' ({size}) must be positive")
    if world.size() < size:
        raise ValueError(f"The arg 'group_size' ({size}) must not exceed the world size ({world.size()})")
    if world.size() % size:
        raise ValueError(f"The world size ({world.size()}) must be divisible by 'group_size={size}'")
    made = [new_group([*range(start, start + size)], **options) for start in range(0, world.size(), size)]
    return made[world.rank() // size], made


def get_rank(group: Any = None) -> int:
    """The number of this process in a group; -1 if it is not in it."""
    return -1 if (found := resolved(group)) is None else found.rank()


def get_world_size(group: Any = None) -> int:
    """How many processes a group has; -1 if this one is not in it."""
    return -1 if (found := resolved(group)) is None else found.size()


def get_backend(group: Any = None) -> str:
    """The name of a group's backend.

    Raises:
        ValueError: if this process is not in it.
    """
    if (found := resolved(group)) is None:
        raise ValueError("Invalid process group specified")
    return found.name()


def get_backend_config(group: Any = None) -> str:
    """The backends of a group by device."""
    name = get_backend(group)
    return f"cpu:{name},cuda:{name}"


def get_process_group_ranks(group: Any) -> list[int]:
    """The numbers, among all processes, of a group's members."""
    found = resolved(group)
    return [] if found is None else [*found._ranks]


def get_global_rank(group: ProcessGroup, group_rank: int) -> int:
    """The number, among all processes, of a member of a group.

    Raises:
        ValueError: if there is none.
    """
    if group is default():
        return group_rank
    if not 0 <= group_rank < len(group._ranks):
        raise ValueError(f"Group rank {group_rank} is not part of group {group}")
    return group._ranks[group_rank]


def get_group_rank(group: ProcessGroup, global_rank: int) -> int:
    """The number in a group of the process that has that number among all.

    Raises:
        ValueError: if it is not in it.
    """
    if group is default():
        return global_rank
    if global_rank not in group._ranks:
        raise ValueError(f"Global rank {global_rank} is not part of group {group}")
    return group._ranks.index(global_rank)


def get_node_local_rank(fallback_rank: int | None = None) -> int:
    """The number of this process on its machine, from the environment.

    Raises:
        RuntimeError: if it is not there.
    """
    if (found := os.environ.get("LOCAL_RANK")) is not None:
        return int(found)
    if fallback_rank is not None:
        return int(fallback_rank)
    raise RuntimeError(
        "LOCAL_RANK is not in the environment. Consider passing fallback_rank to allow `get_node_local_rank` to work, "
        "assuming you are not running in a multi-device context and want the code to run locally instead."
    )


def get_pg_count() -> int:
    """How many groups have been made, that of all processes included."""
    return _made
