"""Values that come later, beside torch's."""

import threading

import pytest
from bothways import agree

from engine import futures


@pytest.mark.parametrize(
    "code",
    [
        "f = torch.futures.Future(); print(f.done()); f.set_result(3); print(f.done(), f.wait(), f.value(), f)",
        "f = torch.futures.Future(); g = f.then(lambda t: t.value() + 1); f.set_result(1); print(g.wait())",
        "f = torch.futures.Future(); f.add_done_callback(lambda t: print('done', t.value())); f.set_result(2)\n"
        "f.add_done_callback(lambda t: print('at once', t.value()))",
        "f = torch.futures.Future(); f.set_exception(ValueError('x')); f.wait()",
        "f = torch.futures.Future(); f.set_result(1); f.set_result(2)",
        "a, b = torch.futures.Future(), torch.futures.Future(); c = torch.futures.collect_all([a, b])\n"
        "a.set_result(1); print(c.done()); b.set_result(2); print([one.value() for one in c.wait()])\n"
        "print(torch.futures.wait_all([a, b]))",
        "import warnings; warnings.simplefilter('ignore')\n"
        "print(torch.jit.wait(torch.jit.fork(lambda a: a + 1, torch.ones(1))))",
    ],
)
def test_futures(code):
    agree(code)


def test_waiting_ends_when_another_thread_sets_the_value():
    future = futures.Future()
    thread = threading.Timer(0.01, future.set_result, [5])
    thread.start()
    assert future.wait() == 5
    thread.join()
