"""Processes of the command that start fast: forks of one that has imported everything and waits.

``python -m usql`` spends more time on imports than on most questions of the tests. Each process here
is as new as one that starts so, with its own arguments, folder, environment, pipes and end; what it
does while it starts is tested with processes that really start (``tests/unit/cli/test_start.py``).
``python -m tests.forks FD`` is the one that waits.
"""

from __future__ import annotations

import atexit
import functools
import os
import pickle
import runpy
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.places import ROOT

_HEAD = struct.Struct("=q")
_AT_START = ("PYTHON", "LC_", "LANG", "OPENBLAS", "OMP_")
"""What the names of variables begin with that the interpreter or a library reads when it starts."""

_PRELOADED = (
    "usql.asking.running",
    "usql.cli.command",
    "usql.engine",
    "usql.language.parser",
    "usql.store",
    "pyarrow.compute",
)

_turn = threading.Lock()
"""One request at a time."""


def run(
    arguments: Sequence[str],
    given: bytes | None,
    environment: Mapping[str, str],
    folder: str | os.PathLike[str] | None = None,
    timeout: float = 60,
) -> subprocess.CompletedProcess[bytes]:
    """As ``subprocess.run`` of ``python -m usql`` with these arguments and this standard input, whose
    output it captures."""
    if sys.platform != "linux" or _at_start(environment) != _at_start(os.environ):
        return subprocess.run(
            [sys.executable, "-m", "usql", *arguments], input=given, capture_output=True,
            env=dict(environment), cwd=folder, timeout=timeout, check=False,
        )  # fmt: skip
    task = pickle.dumps(([*arguments], dict(environment), os.fspath(folder or os.getcwd())))
    with _turn:
        return _answered(_waiting(), arguments, task, given, timeout)


def _at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_AT_START)}


@functools.cache
def _waiting() -> socket.socket:
    """The socket of the process that waits; it ends when this one does."""
    here, there = socket.socketpair()
    with there:
        waits = subprocess.Popen(
            [sys.executable, "-m", "tests.forks", str(there.fileno())],
            cwd=ROOT, pass_fds=[there.fileno()],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,  # as those of forks
        )  # fmt: skip

    def end() -> None:
        here.close()
        waits.communicate()

    atexit.register(end)
    return here


def _answered(
    waiting: socket.socket,
    arguments: Sequence[str],
    task: bytes,
    given: bytes | None,
    timeout: float,
) -> subprocess.CompletedProcess[bytes]:
    (stdin, source), (out, stdout), (err, stderr) = (os.pipe() for _ in range(3))
    theirs = [stdin, stdout, stderr]
    socket.send_fds(waiting, [_HEAD.pack(len(task))], theirs)
    waiting.sendall(task)
    for end in theirs:
        os.close(end)
    (process,) = _HEAD.unpack(_exactly(waiting, _HEAD.size))
    written: dict[int, bytes] = {}

    def feed() -> None:
        with suppress(BrokenPipeError), os.fdopen(source, "wb") as into:  # it may not read all
            into.write(given or b"")

    def drain(end: int) -> None:
        with os.fdopen(end, "rb") as pipe:
            written[end] = pipe.read()

    threads = [threading.Thread(target=feed)]
    threads += [threading.Thread(target=drain, args=(end,)) for end in (out, err)]
    for thread in threads:
        thread.start()
    ends = threading.Timer(timeout, os.kill, (process, signal.SIGKILL))
    ends.start()
    (code,) = _HEAD.unpack(_exactly(waiting, _HEAD.size))
    ends.cancel()
    for thread in threads:
        thread.join()
    if code == -signal.SIGKILL:
        raise subprocess.TimeoutExpired([*arguments], timeout, written[out], written[err])
    return subprocess.CompletedProcess([*arguments], code, written[out], written[err])


def _exactly(waiting: socket.socket, size: int) -> bytes:
    made = bytearray()
    while len(made) < size:
        piece = waiting.recv(size - len(made))
        if not piece:
            raise EOFError("the process that waits has ended")
        made += piece
    return bytes(made)


# --- the process that waits -----------------------------------------------------------------------


def _wait(asked: socket.socket) -> list[str] | None:
    """Forks for each request; gives the arguments in the fork, ``None`` when all is done."""
    while True:
        head, ends, _, _ = socket.recv_fds(asked, _HEAD.size, 3)
        if not head:
            return None
        arguments, environment, folder = pickle.loads(_exactly(asked, *_HEAD.unpack(head)))
        process = os.fork()
        if process == 0:
            asked.close()
            for number, end in enumerate(ends):
                os.dup2(end, number)
                os.close(end)
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environment)
            return list(arguments)
        for end in ends:
            os.close(end)
        asked.sendall(_HEAD.pack(process))
        _, status = os.waitpid(process, 0)
        asked.sendall(_HEAD.pack(os.waitstatus_to_exitcode(status)))


def _preload() -> None:
    from usql.cli.process import begin

    begin()
    for name in _PRELOADED:
        __import__(name)


if __name__ == "__main__":
    _preload()
    left = _wait(socket.socket(fileno=int(sys.argv[1])))
    if left is not None:
        sys.path[0] = str(Path.cwd())  # as -m has it
        sys.argv = ["usql", *left]
        runpy.run_module("usql", run_name="__main__", alter_sys=True)
