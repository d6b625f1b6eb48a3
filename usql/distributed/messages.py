"""Messages between two processes of this machine, over a pipe.

A pipe holds so little that both processes would have to wake for each piece of a large message, one after
the other. So large bytes go into memory of their own, of which only the file descriptor passes through
the pipe, where the system has such memory (Linux). It is freed with its last descriptor: also if a
process dies.
"""

from __future__ import annotations

import os
import sys
from io import FileIO
from multiprocessing.connection import Connection
from typing import Any

import pyarrow as pa

from usql.frozen import dataclass

LARGE = 1 << 16
"""Bytes from which on a message gets memory of its own. Fewer fit into the pipe at once."""


@dataclass(frozen=True, slots=True)
class _Shared:
    """So many bytes in shared memory, whose descriptor follows."""

    size: int


def send(connection: Connection, message: Any) -> None:
    """Send an object that can be pickled, or bytes as a :class:`pyarrow.Buffer`. Raises ``OSError``
    if nobody receives it."""
    if not isinstance(message, pa.Buffer):
        connection.send(message)
        return
    descriptor = _shared(message) if message.size >= LARGE else None
    if descriptor is None:
        connection.send(message.to_pybytes())
        return
    try:
        from multiprocessing.reduction import send_handle

        connection.send(_Shared(message.size))
        send_handle(connection, descriptor, os.getppid())
    finally:
        os.close(descriptor)


def receive(connection: Connection) -> Any:
    """The next object; bytes that were sent as a buffer are a buffer. Raises ``EOFError`` or ``OSError``
    if the other process is gone."""
    message = connection.recv()
    if isinstance(message, bytes):
        return pa.py_buffer(message)
    if not isinstance(message, _Shared):
        return message
    from multiprocessing.reduction import recv_handle

    descriptor = recv_handle(connection)
    with open(descriptor, "rb", buffering=0) as file:
        return _copied(file, message.size)


def _copied(file: FileIO, size: int) -> pa.Buffer:
    """The bytes of shared memory. To map it instead would hold a file descriptor for as long as anything
    of the bytes is referenced."""
    data = pa.allocate_buffer(size)
    remaining = memoryview(data)
    file.seek(0)
    while remaining:
        read = file.readinto(remaining)
        if not read:
            raise EOFError
        remaining = remaining[read:]
    return data


def _shared(data: pa.Buffer) -> int | None:
    """The descriptor of memory that holds these bytes; ``None`` if the system has none to share."""
    if sys.platform != "linux":
        return None
    try:
        descriptor = os.memfd_create("usql")
    except OSError:  # forbidden to this process, or too many descriptors are open
        return None
    remaining = memoryview(data)
    try:
        while remaining:
            remaining = remaining[os.write(descriptor, remaining) :]
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
