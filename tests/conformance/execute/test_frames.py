import contextlib
import os
import struct
import subprocess
import sys
import time

import pytest

from conformance.execute import frames


@pytest.fixture
def pipe():
    reading, writing = os.pipe()
    yield reading, writing
    for fd in (reading, writing):
        with contextlib.suppress(OSError):  # a test may have closed it
            os.close(fd)


@pytest.fixture
def process():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    fd = os.pidfd_open(process.pid)
    yield process, fd
    os.close(fd)
    process.kill()
    process.communicate()


def arriving(fd, process, seconds=5.0):
    stream, deadline = frames.Frames(fd, process[1]), soon(seconds)
    while (frame := stream.next(deadline)) is not None:
        yield frame


def soon(seconds=5.0):
    return time.monotonic() + seconds


def test_frames_arrive_whole_and_in_order(pipe, process):
    for payload in (b"one", b"", b"x" * 10_000):
        frames.write(pipe[1], payload)
    os.close(pipe[1])
    assert list(arriving(pipe[0], process)) == [b"one", b"", b"x" * 10_000]


def test_a_frame_that_is_cut_off_is_none(pipe, process):
    os.write(pipe[1], frames.pack(b"whole") + frames.pack(b"cut")[:-1])
    os.close(pipe[1])
    assert list(arriving(pipe[0], process)) == [b"whole"]


def test_the_end_of_the_process_is_the_end_although_others_hold_the_pipe(pipe, process):
    frames.write(pipe[1], b"last words")
    process[0].kill()
    assert list(arriving(pipe[0], process)) == [b"last words"]


def test_the_deadline_holds_between_frames(pipe, process):
    frames.write(pipe[1], b"first")
    found = arriving(pipe[0], process, 0.05)
    assert next(found) == b"first"
    with pytest.raises(TimeoutError):
        next(found)


def test_a_length_that_cannot_be_is_not_believed(pipe, process):
    os.write(pipe[1], struct.pack("!Q", frames.LIMIT + 1))
    with pytest.raises(ValueError, match="a frame of"):
        next(arriving(pipe[0], process))


def test_a_blocking_reader_gets_frames_and_then_none(pipe):
    frames.write(pipe[1], b"one")
    os.close(pipe[1])
    assert frames.read(pipe[0]) == b"one"
    assert frames.read(pipe[0]) is None
