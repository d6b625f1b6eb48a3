"""What was acknowledged and is in no segment yet: bodies, one after the other, in numbered files.

A body is durable before ``append`` returns. Bodies that wait at the same time share one ``fsync``.
"""

from __future__ import annotations

import errno
import os
import re
import threading
import time
from contextlib import suppress
from pathlib import Path

from usql.files.atomic import naming, sync

JOURNAL = "journal"
"""The folder of the journals, inside a live folder."""

_NAME = re.compile(r"([0-9]{6,12})\.ndjson")
_LOST = "what was written before could not be made durable"


def journal_file(folder: Path, number: int) -> Path:
    """The journal of a live folder with this number."""
    return folder / JOURNAL / f"{number:06}.ndjson"


def numbers_in(folder: Path) -> list[int]:
    """The numbers of the journals of a live folder, ascending."""
    names = (_NAME.fullmatch(path.name) for path in (folder / JOURNAL).iterdir())
    return sorted(int(name[1]) for name in names if name)


def whole_lines(path: Path) -> bytes:
    """The complete lines of a journal. What follows the last line break was never acknowledged."""
    text = path.read_bytes()
    return text[: text.rfind(b"\n") + 1]


class Journal:
    """The journal that grows, of the live folder ``folder``; any number of threads may append.
    ``sessions`` is how many the current file holds, ``since`` the monotonic time of its first body,
    ``None`` while it has none."""

    sessions: int
    since: float | None

    def __init__(self, folder: Path, number: int) -> None:
        self._folder = folder
        self._syncing = threading.Lock()  # taken before ``_writing``
        self._writing = threading.RLock()
        self._written = self._durable = 0  # bytes over all files
        self._lost: list[tuple[int, int]] = []
        self._begin(number)

    def append(self, body: bytes, sessions: int) -> None:
        """Append a body, which holds so many sessions; its last line is ended if it is not. When this
        returns, the body is durable. ``OSError`` when it cannot be written or made durable; whether it
        is there is unknown then."""
        if self._is_torn:
            self.roll()
        with self._writing:
            if self._is_torn:
                raise OSError(errno.EIO, _LOST, str(journal_file(self._folder, self.number)))
            self._write(body if body.endswith(b"\n") else body + b"\n")
            self.sessions += sessions
            if self.since is None:
                self.since = time.monotonic()
            end = self._written
        self._settle(end)

    def roll(self) -> None:
        """Close the file, all of which is durable then, and begin the next one, unless nothing was
        appended to it."""
        with self._syncing, self._writing:
            if self.since is None and not self._is_torn:
                return
            if self._written > max([self._durable, *(last for _, last in self._lost)]):
                self._sync()
            previous = self._file
            self._begin(self.number + 1)
            os.close(previous)

    def close(self) -> None:
        """Close the file. Nothing may be appended afterwards."""
        with self._syncing, self._writing:
            os.close(self._file)

    def _begin(self, number: int) -> None:
        path = journal_file(self._folder, number)
        with naming(path):
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o666)
            sync(path.parent)
        self._file, self.number, self._is_torn = file, number, False
        self.sessions, self.since = 0, None

    def _write(self, body: bytes) -> None:
        """Write all of the body, or nothing."""
        rest = memoryview(body)
        try:
            with naming(journal_file(self._folder, self.number)):
                while rest:
                    rest = rest[os.write(self._file, rest) :]
        except OSError:
            self._take_back(len(body) - len(rest))
            raise
        self._written += len(body)

    def _take_back(self, size: int) -> None:
        """Remove the beginning of a body. Where even that is impossible, the next body goes to a new
        file, and the torn line, which ends this one, is never read."""
        self._is_torn = size > 0
        with suppress(OSError):
            os.ftruncate(self._file, os.fstat(self._file).st_size - size)
            self._is_torn = False

    def _settle(self, end: int) -> None:
        """Make durable what was written up to here, unless the thread of another body already has."""
        with self._syncing:
            if any(first < end <= last for first, last in self._lost):
                raise OSError(errno.EIO, _LOST, str(journal_file(self._folder, self.number)))
            if end > self._durable:
                self._sync()

    def _sync(self) -> None:
        """``fsync``. Where it fails, nobody knows what of the file is durable, and a second one would
        tell nothing: none of it is acknowledged, and a new file begins."""
        end = self._written
        try:
            with naming(journal_file(self._folder, self.number)):
                os.fsync(self._file)
        except OSError:
            with self._writing:
                self._lost.append((self._durable, self._written))
                self._is_torn = True
            raise
        self._durable = end
