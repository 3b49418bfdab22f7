"""Tensors that go from process to process, beside torch's."""

import pytest
from bothways import agree

QUEUE = "mp = torch.multiprocessing\nq = mp.get_context('fork').SimpleQueue()\n"


@pytest.mark.parametrize(
    "code",
    [
        "w = torch.zeros(3); q.put(w[1:]); g = q.get(); g[0] = 5; print(w, g, g.is_shared(), w.is_shared())",
        "q.put(torch.ones(2, requires_grad=True)); r = q.get(); print(r, r.requires_grad, r.is_leaf)",
        "q.put(torch.ones(2, requires_grad=True) * 2)",
        "q.put(nn.Parameter(torch.ones(2))); print(q.get())",
        "q.put(torch.arange(6).reshape(2, 3).t()); print(q.get().stride())",
        "q.put(torch.empty(0)); q.put(torch.tensor(True)); print(q.get(), q.get())",
        "q.put({'m': nn.Linear(1, 1)}); m = q.get()['m']; print(m, m.weight.is_shared())",
        "t, done = torch.zeros(3), mp.get_context('fork').SimpleQueue()\n"
        "def child(): q.get()[0] = 5; done.put(1)\n"
        "p = mp.get_context('fork').Process(target=child); p.start(); q.put(t); done.get(); p.join(); print(t)",
        "print(sorted(mp.get_all_sharing_strategies()), mp.get_sharing_strategy())",
    ],
)
def test_queues(code):
    agree(QUEUE + code)


def test_strategies():
    agree(
        "mp = torch.multiprocessing; mp.set_sharing_strategy('file_system'); print(mp.get_sharing_strategy())\n"
        "mp.set_sharing_strategy('file_descriptor')\n"
        "try: mp.set_sharing_strategy('x')\nexcept AssertionError as e: print(str(e)[:40])"
    )
