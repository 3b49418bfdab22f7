"""Stores, beside torch's."""

import threading
from datetime import timedelta

import pytest
from bothways import agree

from engine import distributed

MADE = {
    "hash": "s = dist.HashStore()",
    "file": "import tempfile, os; s = dist.FileStore(os.path.join(tempfile.mkdtemp(), 'store'), 1)",
    "tcp": "s = dist.TCPStore('localhost', 0, 1, True)",
    "prefix": "s = dist.PrefixStore('p', dist.HashStore())",
}
USES = [
    "print(s.set('a', '1'), s.get('a'), s.add('n', 2), s.add('n', 3), s.num_keys(), s.check(['a', 'z']))",
    "print(s.compare_set('k', '', 'v'), s.compare_set('k', 'v', 'w'), s.compare_set('k', 'x', 'y'), s.get('k'))",
    "s.set('k', 'w'); s.append('k', '1'); print(s.get('k')); s.multi_set(['a', 'b'], ['1', '2'])\n"
    "print(s.multi_get(['a', 'b']), s.has_extended_api())",
    "s.set('k', '1'); print(s.delete_key('k'), s.check(['k']))",
    "s.set_timeout(datetime.timedelta(seconds=1)); print(s.timeout)",
]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("kind", MADE)
def test_stores(kind, use):
    agree(f"import torch.distributed as dist, datetime; {MADE[kind]}\n{use}")


def test_what_does_not_come_and_what_is_no_number():
    begin = "import torch.distributed as dist, datetime; s = dist.HashStore()\n"
    agree(begin + "s.wait(['z'], datetime.timedelta(seconds=.05))")
    agree(begin + "s.set('k', 'v'); s.add('k', 1)")


@pytest.mark.parametrize("make", [distributed.HashStore, lambda: distributed.TCPStore("localhost", 0, 1, True)])
def test_a_key_that_comes_later(make):
    store = make()
    other = store if isinstance(store, distributed.HashStore) else distributed.TCPStore("localhost", store.port)
    thread = threading.Timer(0.05, other.set, ["late", b"\x00\xff"])
    thread.start()
    assert store.get("late") == b"\x00\xff"
    thread.join()


def test_nobody_keeps_it(free_port):
    with pytest.raises(distributed.DistNetworkError, match="timed out after 50ms"):
        distributed.TCPStore("127.0.0.1", free_port, timeout=timedelta(seconds=0.05))


def test_the_port_is_taken():
    store = distributed.TCPStore("localhost", 0, 1, True)
    with pytest.raises(distributed.DistNetworkError, match=f"failed to listen on any local network .* {store.port}"):
        distributed.TCPStore("localhost", store.port, 1, True)
