import platform
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import mmap
from pathlib import Path
from conformance.execute import pages

def huge():
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("AnonHugePages"))

memory = mmap.mmap(-1, 16 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
memory[:] = pattern = bytes(range(256)) * (1 << 16)
before = huge()
pages.collapse()
assert memory[:] == pattern
print(huge() - before)
"""


def collapses() -> bool:
    release = platform.release().split(".")
    known = Path("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size").exists()
    return sys.platform == "linux" and known and (int(release[0]), int(release[1].split("-")[0])) >= (6, 1)


@pytest.mark.skipif(not collapses(), reason="the kernel puts no pages together")
def test_memory_is_put_together_to_huge_pages_and_keeps_what_it_holds():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert int(done.stdout) >= 12 << 10  # kibibytes


def test_where_the_kernel_has_no_huge_pages_nothing_happens(monkeypatch):
    from conformance.execute import pages

    monkeypatch.setattr(pages, "_allocated", lambda: pytest.fail("looked for memory"))
    monkeypatch.setattr(Path, "read_text", lambda _: (_ for _ in ()).throw(FileNotFoundError()))
    pages.collapse()
