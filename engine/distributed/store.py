"""Keys and values that processes share: how they find each other, and all that they exchange.

Source: ``torch.distributed.Store``, and the part on stores of ``torch.distributed``'s page.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from multiprocessing.connection import Client, Connection, Listener
from typing import Any

from .errors import DistNetworkError, DistStoreError

_PAUSE = 0.005  # seconds between two looks at what nobody announces


class _Table(dict[str, bytes]):
    """What a store does with its keys, each in one go."""

    def put(self, key: str, value: bytes) -> None:
        self[key] = value

    def fetch(self, key: str) -> bytes:
        return self[key]

    def add(self, key: str, amount: int) -> int:
        try:
            number = int(self.get(key, b"0")) + amount
        except ValueError:
            raise ValueError("stoll") from None
        self[key] = b"%d" % number
        return number

    def append(self, key: str, value: bytes) -> None:
        self[key] = self.get(key, b"") + value

    def check(self, *keys: str) -> bool:
        return all(key in self for key in keys)

    def compare_set(self, key: str, expected: bytes, desired: bytes) -> bytes:
        if self.get(key, b"") == expected:
            self[key] = desired
        return self.get(key, expected)

    def remove(self, key: str) -> bool:
        return self.pop(key, None) is not None

    def count(self) -> int:
        return len(self)

    def names(self) -> str:
        return json.dumps([*self])


class Store:
    """What every store can do.  Values are bytes; a key that is not there yet is waited for.

    A kind of store has `_do`, which has its `_Table` do something, while nobody else does, and may have a `_await` that
    knows better than to ask again and again.
    """

    __module__ = "torch._C._distributed_c10d"

    def __init__(self) -> None:
        self._timeout = timedelta(minutes=5)

    def _do(self, what: str, *arguments: Any) -> Any:
        raise NotImplementedError

    def _await(self, keys: Sequence[str], seconds: float) -> bool:
        """Whether all keys were there before the time was over."""
        end = time.monotonic() + seconds
        while not self._do("check", *keys):
            if time.monotonic() > end:
                return False
            time.sleep(_PAUSE)
        return True

    @property
    def timeout(self) -> timedelta:
        """How long `get` and `wait` wait."""
        return self._timeout

    def set_timeout(self, timeout: timedelta) -> None:
        """Change `timeout`."""
        self._timeout = timeout

    def set(self, key: str, value: str | bytes) -> None:
        """Set a key, whether it is there or not."""
        self._do("put", key, _bytes(value))

    def get(self, key: str) -> bytes:
        """The value of a key, as soon as it is there.

        Raises:
            DistStoreError: if that takes longer than `timeout`.
        """
        self.wait([key])
        return self._do("fetch", key)

    def add(self, key: str, amount: int) -> int:
        """Add to a number, which is 0 at first; the sum.

        Raises:
            ValueError: if the value is no number.
        """
        return self._do("add", key, amount)

    def append(self, key: str, value: str | bytes) -> None:
        """Add to the end of a value."""
        self._do("append", key, _bytes(value))

    def check(self, keys: Sequence[str]) -> bool:
        """Whether all these keys are there."""
        return self._do("check", *keys)

    def compare_set(self, key: str, expected_value: str, desired_value: str) -> bytes:
        """Set a key if its value is the expected one, or if it is not there and nothing is expected; its value then."""
        return self._do("compare_set", key, _bytes(expected_value), _bytes(desired_value))

    def delete_key(self, key: str) -> bool:
        """Take a key away; whether it was there."""
        return self._do("remove", key)

    def num_keys(self) -> int:
        """How many keys there are."""
        return self._do("count")

    def list_keys(self) -> list[str]:
        """All keys."""
        return json.loads(self._do("names"))

    def wait(self, keys: Sequence[str], timeout: timedelta | None = None) -> None:
        """Wait until all these keys are there.

        Raises:
            DistStoreError: if that takes longer than `timeout`.
        """
        if not self._await(keys, (timeout or self._timeout).total_seconds()):
            raise DistStoreError("Wait timeout")

    def multi_get(self, keys: Sequence[str]) -> list[bytes]:
        """The values of several keys."""
        return [self.get(key) for key in keys]

    def multi_set(self, keys: Sequence[str], values: Sequence[str | bytes]) -> None:
        """Set several keys."""
        for key, value in zip(keys, values, strict=True):
            self.set(key, value)

    def has_extended_api(self) -> bool:
        """Whether `append`, `multi_get` and `multi_set` are there."""
        return True


class HashStore(Store):
    """A store for the threads of one process."""

    __module__ = "torch._C._distributed_c10d"

    def __init__(self) -> None:
        super().__init__()
        self._table = _Table()
        self._changed = threading.Condition()

    def _do(self, what: str, *arguments: Any) -> Any:
        with self._changed:
            result = getattr(self._table, what)(*arguments)
            self._changed.notify_all()
            return result

    def _await(self, keys: Sequence[str], seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._table.check(*keys), seconds)


class FileStore(Store):
    """A store in a file that all processes see.

    Args:
        file_name: is made if it is not there.
        world_size: how many processes use it; without effect here.
    """

    __module__ = "torch._C._distributed_c10d"

    def __init__(self, file_name: str, world_size: int = -1) -> None:
        super().__init__()
        self.path = str(file_name)

    def _do(self, what: str, *arguments: Any) -> Any:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # until it is closed
            before = file.read()
            parts = _unpacked(before) if before else []
            table = _Table(zip(parts[::2], parts[1::2], strict=True))
            result = getattr(table, what)(*arguments)
            if (after := _packed(*(part for item in table.items() for part in item))) != before:
                file.seek(0)
                file.truncate()
                file.write(after)
            return result

    def num_keys(self) -> int:
        """How many keys there are; as in torch, one more for the store itself."""
        return super().num_keys() + 1

    def has_extended_api(self) -> bool:
        """False, as in torch: it has them all the same."""
        return False


class TCPStore(Store):
    """A store that one process keeps and all others reach over the network.

    Args:
        host_name, port: where it is kept; with port 0, the one that keeps it takes any.
        world_size: how many processes there are; where it is given, the one that keeps it waits for all of them.
        is_master: whether this one keeps it.
        timeout: how long to wait for the others, and for keys.
        wait_for_workers: whether to wait for all processes.

    Raises:
        DistNetworkError: if nobody keeps one there in time, or the port is taken.
    """

    __module__ = "torch._C._distributed_c10d"

    def __init__(
        self, host_name: str, port: int, world_size: int | None = None, is_master: bool = False,
        timeout: timedelta = timedelta(minutes=5), wait_for_workers: bool = True, **_: Any,
    ) -> None:  # fmt: skip
        super().__init__()
        self._timeout, self._lock, self.host = timeout, threading.Lock(), host_name
        self._kept = _Keeper(host_name, port) if is_master else None
        self.port: int = self._kept.address[1] if self._kept is not None else port
        self._line = _reach(host_name, self.port, timeout.total_seconds())
        if world_size is not None and wait_for_workers:
            here = self.add("init/", 1)
            while is_master and here < world_size:
                time.sleep(_PAUSE)
                here = self.add("init/", 0)

    def leave(self, patience: float = 10.0) -> None:
        """Use it no more; who keeps it waits, for so many seconds, until all others have left."""
        if not self._line.closed:
            self._line.close()
            if self._kept is not None:
                self._kept.close(patience)

    def __del__(self) -> None:
        if getattr(self, "_line", None) is not None:
            self.leave(patience=0)

    def _do(self, what: str, *arguments: Any) -> Any:
        with self._lock:
            self._line.send_bytes(_packed(what, *arguments))
            outcome, value = _unpacked(self._line.recv_bytes())
        if outcome == "raised":
            raise ValueError(value)
        return value

    def _await(self, keys: Sequence[str], seconds: float) -> bool:
        return self._do("await", seconds, *keys)


class PrefixStore(Store):
    """Another store, in which each of these keys has a prefix."""

    __module__ = "torch._C._distributed_c10d"

    def __init__(self, prefix: str, store: Store) -> None:
        super().__init__()
        self._prefix, self.underlying_store = prefix, store
        self._timeout = store.timeout

    def _do(self, what: str, *arguments: Any) -> Any:
        if what == "check":
            return self.underlying_store.check([f"{self._prefix}/{key}" for key in arguments])
        named = (f"{self._prefix}/{arguments[0]}", *arguments[1:]) if arguments else ()
        return self.underlying_store._do(what, *named)

    def _await(self, keys: Sequence[str], seconds: float) -> bool:
        return self.underlying_store._await([f"{self._prefix}/{key}" for key in keys], seconds)


class _Keeper:
    """Keeps a table for whoever connects.  Raises DistNetworkError."""

    def __init__(self, host: str, port: int) -> None:
        try:
            self._listener = Listener((host, port), "AF_INET")
        except OSError as error:
            raise DistNetworkError(
                f"The server socket has failed to listen on any local network address. port: {port}, useIpv6: false, "
                f"code: -{error.errno}, name: {errno.errorcode[error.errno or 0]}, message: "
                f"{str(error.strerror).lower()}"
            ) from None
        self.address: Any = self._listener.address
        self._store, self._open = HashStore(), True
        self._lines, self._left = 0, threading.Condition()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def close(self, patience: float) -> None:
        """Accept nobody any more, once all have left or the patience is over."""
        with self._left:
            self._left.wait_for(lambda: self._lines == 0, patience)
        self._open = False
        Client(self.address, "AF_INET").close()  # so that the thread that waits for somebody goes on
        self._accepting.join()

    def _accept(self) -> None:
        while True:
            line = self._listener.accept()
            if not self._open:
                line.close()
                self._listener.close()
                return
            with self._left:
                self._lines += 1
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: Connection) -> None:
        """Do what one process asks for, until it leaves."""
        try:
            while True:
                what, *arguments = _unpacked(line.recv_bytes())
                try:
                    if what == "await":
                        answer = self._store._await(arguments[1:], arguments[0])
                    else:
                        answer = self._store._do(what, *arguments)
                    line.send_bytes(_packed("is", answer))
                except ValueError as error:
                    line.send_bytes(_packed("raised", str(error)))
        except (EOFError, OSError):
            line.close()
        with self._left:
            self._lines -= 1
            self._left.notify_all()


def _reach(host: str, port: int, seconds: float) -> Connection:
    """A line to the table that is kept there, as soon as it is."""
    end = time.monotonic() + seconds
    while True:
        try:
            return Client((host, port), "AF_INET")
        except OSError:
            if time.monotonic() > end:
                raise DistNetworkError(
                    f"The client socket has timed out after {seconds * 1000:.0f}ms while trying to connect to "
                    f"({host}, {port})."
                ) from None
            time.sleep(0.02)


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _packed(*parts: Any) -> bytes:
    """Texts, numbers, truth values, None and bytes, as bytes."""
    head = json.dumps([len(part) if isinstance(part, bytes) else [part] for part in parts]).encode()
    return len(head).to_bytes(8, "big") + head + b"".join(part for part in parts if isinstance(part, bytes))


def _unpacked(data: bytes) -> list[Any]:
    """What `_packed` has packed."""
    place = 8 + int.from_bytes(data[:8], "big")
    parts = []
    for part in json.loads(data[8:place]):
        if isinstance(part, list):
            parts.append(part[0])
        else:
            parts.append(data[place : place + part])
            place += part
    return parts
