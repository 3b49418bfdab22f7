"""Processes started together, beside torch's."""

import os
import signal

import pytest
from bothways import agree

import engine

MADE = "mp = torch.multiprocessing\n"


@pytest.mark.parametrize(
    "code",
    [
        "z = torch.zeros(2).share_memory_()\ndef work(i, z): z[i] = i + 1\n"
        "print(mp.start_processes(work, args=(z,), nprocs=2, start_method='fork'), z)",
        "def leave(i): import os; os._exit(3)\nmp.start_processes(leave, nprocs=1, start_method='fork')",
        "import signal, os\ndef die(i): os.kill(os.getpid(), signal.SIGKILL)\n"
        "mp.start_processes(die, nprocs=1, start_method='fork')",
        "def boom(i): raise ValueError(f'from {i}')\n"
        "c = mp.start_processes(boom, nprocs=1, join=False, start_method='fork'); print(type(c), len(c.pids()))\n"
        "try: c.join()\nexcept Exception as e: print(type(e), str(e).splitlines()[2], str(e).splitlines()[-1])",
        "mp.spawn(lambda i: None, start_method='fork')",
    ],
)
def test_started_together(code):
    agree(MADE + code)


def test_the_others_end_when_one_fails():
    def run(i):
        if i:
            raise ValueError
        signal.pause()

    context = engine.multiprocessing.start_processes(run, nprocs=2, join=False, start_method="fork")
    with pytest.raises(engine.multiprocessing.ProcessRaisedException):
        context.join()
    assert not any(process.is_alive() for process in context.processes)
    with pytest.raises(ProcessLookupError):
        os.kill(context.pids()[0], 0)
