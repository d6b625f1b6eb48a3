"""Messages between processes: what arrives, and that memory and descriptors are freed."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import pyarrow as pa
import pytest

from usql.distributed.messages import LARGE, receive, send

SIZES = [0, 1, LARGE - 1, LARGE, 3 * LARGE + 1]


@contextmanager
def pipe() -> Iterator[tuple[Connection, Connection]]:
    near, far = multiprocessing.get_context("spawn").Pipe()
    with near, far:
        yield near, far


def sent(message: Any) -> Any:
    with pipe() as (near, far):
        sender = threading.Thread(target=send, args=(near, message))
        sender.start()
        received = receive(far)
        sender.join()
        return received


def data(size: int) -> pa.Buffer:
    return pa.py_buffer(bytes(range(256)) * (size // 256) + b"x" * (size % 256))


@pytest.mark.parametrize("size", SIZES)
def test_bytes_arrive(size: int) -> None:
    received = sent(data(size))
    assert isinstance(received, pa.Buffer)
    assert received.equals(data(size))


def test_objects_arrive() -> None:
    assert sent((1, "text", [None])) == (1, "text", [None])


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_large_bytes_do_not_pass_through_the_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    passed: list[int] = []
    write = Connection.send

    def counted(self: Connection, held: Any) -> None:
        passed.append(len(pickle.dumps(held)))
        write(self, held)

    monkeypatch.setattr(Connection, "send", counted)
    received = sent(data(1 << 20))
    assert len(received) == 1 << 20
    assert 0 < sum(passed) < 1000


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_no_descriptor_stays_open() -> None:
    before = len(os.listdir("/proc/self/fd"))
    received = [sent(data(1 << 20)) for _ in range(3)]
    assert len(os.listdir("/proc/self/fd")) == before
    assert all(one.equals(data(1 << 20)) for one in received)


@pytest.mark.parametrize("refusal", ["create", "write"])
def test_without_shared_memory_the_pipe_serves(
    monkeypatch: pytest.MonkeyPatch, refusal: str
) -> None:
    def refused(*_: object) -> int:
        raise OSError("no")

    descriptors = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
    name = "memfd_create" if refusal == "create" else "write"
    monkeypatch.setattr(os, name, refused, raising=False)
    received = sent(data(1 << 20))
    assert received.equals(data(1 << 20))
    if sys.platform == "linux":
        assert len(os.listdir("/proc/self/fd")) == descriptors


def test_who_is_gone_is_an_error() -> None:
    with pipe() as (near, far):
        far.close()
        with pytest.raises(OSError, match=r".*"):
            send(near, data(1 << 20))
        with pytest.raises((EOFError, OSError)):
            receive(near)
