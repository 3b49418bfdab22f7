"""A port that nobody uses, and programs that several processes run."""

import socket
import subprocess
import sys

import pytest

from engine import distributed

torch = pytest.importorskip("torch")


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(autouse=True)
def nothing_is_left():
    """A test that failed between beginning and end must not spoil the next one."""
    yield
    for one in (distributed, torch.distributed):
        if one.is_initialized():
            one.destroy_process_group()


@pytest.fixture
def several(free_port, tmp_path):
    """Runs a program in some processes, and gives what each has printed; in the program, ``rank`` is its number."""

    def run(code, module="engine", count=2, method="tcp"):
        where = f"tcp://127.0.0.1:{free_port}" if method == "tcp" else f"file://{tmp_path}/meet-{module}"
        begin = (
            f"import sys, {module} as torch; from importlib import import_module; rank = int(sys.argv[1])\n"
            f"dist = import_module('{module}.distributed'); nn = torch.nn; torch.manual_seed(rank)\n"
            f"dist.init_process_group('gloo', init_method='{where}', rank=rank, world_size={count})\n"
        )
        program = f"{begin}{code}\ndist.destroy_process_group()\n"
        command = [sys.executable, "-W", "ignore", "-c", program]
        processes = [
            subprocess.Popen([*command, str(rank)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for rank in range(count)
        ]
        try:
            ended = [one.communicate(timeout=60) for one in processes]
        finally:
            for one in processes:
                one.kill()
        assert [one.returncode for one in processes] == [0] * count, [stderr for _, stderr in ended]
        return [stdout for stdout, _ in ended]

    return run
