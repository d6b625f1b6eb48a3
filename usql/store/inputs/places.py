"""Where the bytes of a source are: in a file of this machine, at a URL, or in an object of the
calling program."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Hashable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pyarrow as pa

from usql.errors import DataError
from usql.frozen import dataclass
from usql.store.inputs.archives import Readable

_HEAD = 8


class State(NamedTuple):
    """The number of bytes, ``None`` if unknown, and a mark that changes when the bytes do."""

    size: int | None
    mark: Hashable


class Place(Protocol):
    """Bytes that can be read any number of times, on any thread, except that :class:`Once` is read
    in order, once."""

    may_grow: bool
    """Whether appending bytes during the read does not matter."""

    def state(self, stream: Any = None) -> State:
        """The current state of the bytes, or of those of an open ``stream`` of them, where these
        differ. ``OSError`` when they cannot be reached."""

    def head(self) -> bytes:
        """The first bytes, at least eight of them if there are as many."""

    def stream(self) -> AbstractContextManager[Readable]:
        """The bytes in order."""

    def native(self, *, in_order: bool) -> pa.NativeFile:
        """The bytes for Arrow, which reads them in any order or, if ``in_order``, only forwards;
        the caller closes the file."""

    def identity(self) -> Hashable:
        """A value that is equal for all places with these bytes, whatever their names."""


@dataclass(frozen=True, slots=True)
class Local:
    """A file of this machine."""

    name: str
    may_grow = True

    def state(self, stream: Any = None) -> State:
        """The state of the file, or of the one that is open under its name."""
        status = os.stat(self.name) if stream is None else os.fstat(stream.fileno())
        return State(status.st_size, (status.st_dev, status.st_ino, status.st_mtime_ns))

    def head(self) -> bytes:
        """The first bytes."""
        with self.stream() as stream:
            return stream.read(_HEAD)

    def stream(self) -> AbstractContextManager[Readable]:
        """The file, unbuffered."""
        return Path(self.name).open("rb")

    def native(self, *, in_order: bool) -> pa.NativeFile:
        """The file, not memory-mapped: the system would kill the process if the file were truncated
        meanwhile."""
        return pa.OSFile(self.name)

    def identity(self) -> Hashable:
        """Equal for all links and hard links to one file."""
        try:
            status = os.stat(self.name)
        except OSError:  # it vanished, which is reported when it is read
            return self.name
        return status.st_dev, status.st_ino


@dataclass(frozen=True, slots=True)
class Remote:
    """A file of a file system of pyarrow."""

    system: Any
    path: str
    may_grow = False

    def state(self, stream: Any = None) -> State:
        """What the file system reports about the file."""
        info = self.system.get_file_info(self.path)
        if not info.is_file:
            raise FileNotFoundError("there is no such file")
        return State(info.size, info.mtime_ns)

    def head(self) -> bytes:
        """The first bytes."""
        with self.stream() as stream:
            return stream.read(_HEAD)

    def stream(self) -> AbstractContextManager[Readable]:
        """The bytes as they are stored, whatever the file's suffix."""
        return self.system.open_input_stream(self.path, compression=None)

    def native(self, *, in_order: bool) -> pa.NativeFile:
        """The file, read in ranges."""
        return self.system.open_input_file(self.path)

    def identity(self) -> Hashable:
        """The path in this file system."""
        return id(self.system), self.path


class Handed:
    """A seekable binary file object of the program, from its current position on. Any number of
    views share it, each with its own position."""

    may_grow = True

    def __init__(self, file: Any, name: str) -> None:
        self._file = file
        self._name = name
        self._begin = file.tell()
        self._lock = threading.Lock()

    def state(self, stream: Any = None) -> State:
        """The size of the object. Changes of its bytes cannot be detected."""
        with self._lock:
            return State(max(0, self._file.seek(0, io.SEEK_END) - self._begin), None)

    def head(self) -> bytes:
        """The first bytes."""
        return self.read_at(0, _HEAD)

    def stream(self) -> AbstractContextManager[Readable]:
        """A view."""
        return nullcontext(_View(self))

    def native(self, *, in_order: bool) -> pa.NativeFile:
        """Another view."""
        return pa.PythonFile(_View(self), mode="r")

    def identity(self) -> Hashable:
        """The object."""
        return id(self._file)

    def read_at(self, at: int, size: int) -> bytes:
        """``size`` bytes from position ``at`` on; fewer only at the end."""
        with self._lock:
            self._file.seek(self._begin + at)
            return _read_fully(self._file, size, self._name)


class Once:
    """A pipe, or another binary file object that is read in order, once."""

    may_grow = True

    def __init__(self, file: Any, name: str) -> None:
        self._file = file
        self._name = name
        self._stream = _Forward(file, name)

    def state(self, stream: Any = None) -> State:
        """Unknown."""
        return State(None, None)

    def head(self) -> bytes:
        """The first bytes, which are still to be read."""
        return self._stream.head()

    def stream(self) -> AbstractContextManager[Readable]:
        """The bytes that have not been read yet."""
        return nullcontext(self._stream)

    def native(self, *, in_order: bool) -> pa.NativeFile:
        """The same bytes. :class:`DataError` for formats that need random access."""
        if not in_order:
            raise DataError(
                "Parquet and Arrow files need random access, which a pipe does not have; write "
                "the file to a disk first, or pipe in NDJSON",
                source=self._name,
            )
        return pa.PythonFile(self._stream, mode="r")

    def identity(self) -> Hashable:
        """The object."""
        return id(self._file)


class _Forward(io.RawIOBase):
    """An object that is read in order, of which the first bytes can be looked at before."""

    def __init__(self, file: Any, name: str) -> None:
        self._file = file
        self._name = name
        self._buffered = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def head(self) -> bytes:
        """The first bytes, which are still to be read."""
        self._buffered += _read_fully(self._file, _HEAD - len(self._buffered), self._name)
        return self._buffered

    def read(self, size: int = -1, /) -> bytes:
        """``size`` bytes, or all the rest; fewer only at the end."""
        buffered, self._buffered = (
            (self._buffered, b"") if size < 0 else (self._buffered[:size], self._buffered[size:])
        )
        data = _read_fully(self._file, size - len(buffered) if size >= 0 else -1, self._name)
        return buffered + data if buffered else data


class _View(io.RawIOBase):
    """A position in an object that others read too."""

    def __init__(self, place: Handed) -> None:
        self._place = place
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """The position."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move the position."""
        if whence == io.SEEK_END:
            offset += self._place.state().size or 0
        elif whence == io.SEEK_CUR:
            offset += self._at
        self._at = offset
        return offset

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        data = self._place.read_at(self._at, size)
        self._at += len(data)
        return data


def _read_fully(file: Any, size: int, name: str) -> bytes:
    """The next ``size`` bytes of an object, or all the rest; fewer only at its end.
    :class:`DataError` when the object is non-blocking and has none."""
    parts, remaining = list[bytes](), size
    while size < 0 or remaining > 0:
        data = file.read(remaining if size >= 0 else -1)
        if data is None:
            raise DataError("it has no data yet; pass an object that waits for data", source=name)
        if not data:
            break
        parts.append(data)
        remaining -= len(data)
    return parts[0] if len(parts) == 1 else b"".join(parts)
