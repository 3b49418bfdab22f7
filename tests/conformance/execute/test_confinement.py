"""What the kernel refuses to a confined process. Skipped where it has no such layer."""

import pytest

from conformance.execute import landlock, sandbox, seccomp

from .test_sandbox import in_a_process

needs_landlock = pytest.mark.skipif(not landlock.version(), reason="no Landlock in this kernel")
needs_seccomp = pytest.mark.skipif(not seccomp.layers(), reason="no seccomp, or no list for this machine")


@needs_landlock
def test_only_the_own_directory_and_devices_are_written(tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (tmp_path / "other").write_text("kept")
    code = f"""
import os
sandbox.confine({str(own)!r})
def tried(name, *arguments):
    try:
        getattr(os, name)(*arguments)
    except OSError as error:
        return type(error).__name__
    return "done"
print(tried("mkdir", {str(own / "a")!r}), tried("rmdir", {str(own / "a")!r}), tried("mkdir", {str(tmp_path / "b")!r}))
print(tried("unlink", {str(tmp_path / "other")!r}), tried("truncate", {str(tmp_path / "other")!r}, 0))
open({str(own / "file")!r}, "w").write("x")
open("/dev/null", "w").write("x")
print(len(open({str(tmp_path / "other")!r}).read()))
"""
    refused = "PermissionError"
    assert in_a_process(code).split() == ["done", "done", refused, refused, refused, "4"]


@pytest.mark.skipif(landlock.version() < 4, reason="this kernel's Landlock does not know the network")
def test_the_network_is_out_of_reach(tmp_path):
    code = f"""
import socket
sandbox.confine({str(tmp_path)!r})
for name, address in (("connect", ("127.0.0.1", 9)), ("bind", ("127.0.0.1", 0))):
    with socket.socket() as end:
        try:
            getattr(end, name)(address)
        except OSError as error:
            print(type(error).__name__)
"""
    assert in_a_process(code).split() == ["PermissionError"] * 2


@needs_seccomp
def test_calls_that_no_cell_needs_are_refused(tmp_path):
    code = f"""
import ctypes, errno
sandbox.confine({str(tmp_path)!r})
libc = ctypes.CDLL(None, use_errno=True)
print(libc.ptrace(0, 0, 0, 0), errno.errorcode[ctypes.get_errno()], libc.getpid() > 0)
"""
    assert in_a_process(code) == "-1 EPERM True\n"


def test_the_report_names_the_layers():
    layers = sandbox.layers()
    assert ("seccomp" in layers) == bool(seccomp.layers())
    assert any(each.startswith("Landlock") for each in layers) == bool(landlock.version())
