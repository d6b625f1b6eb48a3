"""The protocol as bytes: a server process, and the messages that go in and out of it."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from types import TracebackType
from typing import Any, Self

PATIENCE = 60.0
"""Seconds to wait for a message before the server counts as stuck."""


class Wire:
    """A running language server that takes and gives JSON messages over its standard streams."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "usql", "lsp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a full pipe that nobody reads would stop the server
        )
        self._read = b""
        self._id = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        self._process.kill()
        self._process.wait()

    def request(self, method: str, params: Any) -> int:
        """Send a request; its number."""
        self._id += 1
        self._send({"id": self._id, "method": method, "params": params})
        return self._id

    def notify(self, method: str, params: Any) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    def answer(self, number: int, result: Any) -> None:
        """Answer a request of the server."""
        self._send({"id": number, "result": result})

    def exit_code(self) -> int:
        """How the process ended."""
        return self._process.wait(PATIENCE)

    def receive(self) -> dict[str, Any]:
        """The next message."""
        while b"\r\n\r\n" not in self._read:
            self._fill()
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n"))
        length = int(fields[b"Content-Length"])
        while len(self._read) < length:
            self._fill()
        body, self._read = self._read[:length], self._read[length:]
        message: dict[str, Any] = json.loads(body)
        return message

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()

    def _fill(self) -> None:
        assert self._process.stdout is not None
        until = time.monotonic() + PATIENCE
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        assert ready, f"no message for {PATIENCE} s"
        assert time.monotonic() < until + 1
        more = os.read(self._process.stdout.fileno(), 1 << 16)
        assert more, "the server ended"
        self._read += more
