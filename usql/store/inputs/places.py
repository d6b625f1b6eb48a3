"""Where the bytes of a source are: in a file of this machine, behind a URL, or in an object of the
program that reads them."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Hashable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pyarrow as pa

from usql.errors import DataError
from usql.frozen import dataclass
from usql.store.inputs.archives import CHUNK, Readable, Stream

_HEAD = 8


class State(NamedTuple):
    """How many bytes there are, ``None`` if nobody tells, and what changes with them."""

    size: int | None
    mark: Hashable


class Place(Protocol):
    """Bytes that can be read any number of times, on any thread; of :class:`Once` in order, once."""

    may_grow: bool
    """Whether bytes may be added behind those that are read, which does them no harm."""

    def state(self, stream: Any = None) -> State:
        """How the bytes are now; those of a ``stream`` of them that is open, where these differ.
        ``OSError`` when they cannot be reached."""

    def head(self) -> bytes:
        """The first few bytes, eight of them at least if there are so many."""

    def stream(self) -> AbstractContextManager[Readable]:
        """The bytes in order."""

    def native(self, *, in_order: bool) -> pa.NativeFile:
        """The bytes for Arrow, which reads them in any order, or ``in_order`` alone; the caller
        closes it."""

    def identity(self) -> Hashable:
        """What is the same for all places with these bytes, whatever their names."""


@dataclass(frozen=True, slots=True)
class Local:
    """A file of this machine."""

    name: str
    may_grow = True

    def state(self, stream: Any = None) -> State:
        """The file, or the one that is open under its name."""
        found = os.stat(self.name) if stream is None else os.fstat(stream.fileno())
        return State(found.st_size, (found.st_dev, found.st_ino, found.st_mtime_ns))

    def head(self) -> bytes:
        """The first bytes."""
        with self.stream() as stream:
            return stream.read(_HEAD)

    def stream(self) -> AbstractContextManager[Readable]:
        """The file, without a buffer in between."""
        return Path(self.name).open("rb")

    def native(self, *, in_order: bool) -> pa.NativeFile:
        """The file; not by memory map, since the system would end the process if it is cut off
        meanwhile."""
        return pa.OSFile(self.name)

    def identity(self) -> Hashable:
        """Links and hard links lead to one file."""
        try:
            found = os.stat(self.name)
        except OSError:  # it vanished, which is told when it is read
            return self.name
        return found.st_dev, found.st_ino


@dataclass(frozen=True, slots=True)
class Remote:
    """A file of a file system of pyarrow."""

    system: Any
    path: str
    may_grow = False

    def state(self, stream: Any = None) -> State:
        """What the file system tells of the file."""
        found = self.system.get_file_info(self.path)
        if not found.is_file:
            raise FileNotFoundError("there is no such file")
        return State(found.size, found.mtime_ns)

    def head(self) -> bytes:
        """The first bytes."""
        with self.stream() as stream:
            return stream.read(_HEAD)

    def stream(self) -> AbstractContextManager[Readable]:
        """The bytes as they lie there, whatever the name says of them."""
        return self.system.open_input_stream(self.path, compression=None)

    def native(self, *, in_order: bool) -> pa.NativeFile:
        """The file, read in ranges."""
        return self.system.open_input_file(self.path)

    def identity(self) -> Hashable:
        """The path in this file system."""
        return id(self.system), self.path


class Handed:
    """A binary file object of the program that can be read in any order, from where it stands on.
    Any number of views share it, each with a place of its own."""

    may_grow = True

    def __init__(self, file: Any, name: str) -> None:
        self._file = file
        self._name = name
        self._begin = file.tell()
        self._lock = threading.Lock()

    def state(self, stream: Any = None) -> State:
        """How far the object goes. Whether its bytes change, nobody tells."""
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
        """The bytes from this one on; fewer only at the end."""
        with self._lock:
            self._file.seek(self._begin + at)
            return _read_fully(self._file, size, self._name)


class Once:
    """A pipe, or another binary file object that is read in order, once."""

    may_grow = True

    def __init__(self, file: Any, name: str) -> None:
        self._file = file
        self._name = name
        self._stream = Stream(self._chunks())

    def _chunks(self) -> Iterator[bytes]:
        while data := _read_fully(self._file, CHUNK, self._name):
            yield data

    def state(self, stream: Any = None) -> State:
        """Nobody tells."""
        return State(None, None)

    def head(self) -> bytes:
        """The first bytes, which are still to be read."""
        return self._stream.head()

    def stream(self) -> AbstractContextManager[Readable]:
        """The bytes that were not read yet."""
        return nullcontext(self._stream)

    def native(self, *, in_order: bool) -> pa.NativeFile:
        """The same. :class:`DataError` for files of a kind that is read in any order."""
        if not in_order:
            raise DataError(
                "Parquet and Arrow files are read in any order, which a pipe cannot give; write "
                "the file to a disk first, or pipe in NDJSON",
                source=self._name,
            )
        return pa.PythonFile(self._stream, mode="r")

    def identity(self) -> Hashable:
        """The object."""
        return id(self._file)


class _View(io.RawIOBase):
    """A place in an object that others read, too."""

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
        """Where it stands."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Stand elsewhere."""
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
    """The next ``size`` bytes of an object, or all that are left; fewer only at its end.
    :class:`DataError` when it does not wait for them."""
    parts, left = list[bytes](), size
    while size < 0 or left > 0:
        data = file.read(left if size >= 0 else -1)
        if data is None:
            raise DataError("nothing can be read of it yet; hand over what waits", source=name)
        if not data:
            break
        parts.append(data)
        left -= len(data)
    return parts[0] if len(parts) == 1 else b"".join(parts)
