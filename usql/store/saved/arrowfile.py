"""One Arrow IPC file with one record batch: written durably, mapped with its headers checked."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import FileIO
from pathlib import Path

import pyarrow as pa
from pyarrow import ipc

from usql.errors import DataError
from usql.files.atomic import sync
from usql.frozen import dataclass
from usql.store.saved.documents import damaged
from usql.store.saved.manifest import SavedFile


def write_file(path: Path, batch: pa.RecordBatch, token: str) -> SavedFile:
    """Write a file durably. Its schema carries the token of this save, so that files of different
    saves are never mixed."""
    schema = batch.schema.with_metadata({"usql.store": token})
    options = ipc.IpcWriteOptions(allow_64bit=True)
    with (
        pa.OSFile(str(path), "wb") as sink,
        ipc.new_file(sink, schema, options=options) as writer,
    ):
        writer.write_batch(batch)
    sync(path)
    with path.open("rb", buffering=0) as file:
        content = _map(path, file)
        frames = _frames(content)
        columns = tuple(_crc32(column) for column in _batch(content).columns)
        return SavedFile(
            content.size, frames, columns, _of_frames(file, frames), _sha256([content])
        )


@dataclass(frozen=True, eq=False)
class SavedBatch:
    """The record batch of a file, whose columns are read, and checked against their checksums, on
    demand."""

    path: Path
    saved: SavedFile
    batch: pa.RecordBatch

    def column(self, position: int) -> pa.Array:
        """A column over the mapped file; ``DataError`` if it is not the one that was saved."""
        column = self.batch.column(position)
        if _crc32(column) != self.saved.columns[position]:
            raise damaged(str(self.path))
        return column


def open_file(path: Path, saved: SavedFile) -> SavedBatch:
    """The file's record batch over the mapped file; ``DataError`` if its size or frames are not
    those that were saved. Reads no values."""
    batch = _batch(_checked(path, saved))
    if len(saved.columns) != batch.num_columns:
        raise damaged(str(path))
    return SavedBatch(path, saved, batch)


def verify_file(path: Path, saved: SavedFile) -> None:
    """Compare all bytes with the checksum; ``DataError`` if they differ."""
    if _sha256([_checked(path, saved)]) != saved.sha256:
        raise damaged(str(path))


def _checked(path: Path, saved: SavedFile) -> pa.Buffer:
    """The mapped file, its frames checked. These are read without the map, in which touching a page
    makes the system read many around it."""
    try:
        with path.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            if size == saved.bytes and _of_frames(file, saved.frames) == saved.frames_sha256:
                return _map(path, file)
    except FileNotFoundError:
        raise damaged(str(path)) from None
    except OSError as error:
        raise DataError(f"the file cannot be read: {error.strerror}", source=str(path)) from error
    raise damaged(str(path))


def _map(path: Path, file: FileIO) -> pa.Buffer:
    """The whole file, mapped; ``DataError`` if another one is at its path now. The map outlives its
    descriptor: a set of many stores has more files than a process may have open. Only one byte is
    read as Arrow's maps are read, since they ask the system to read ahead whatever is asked of
    them."""
    with pa.memory_map(str(path)) as mapped:
        if not os.path.samestat(os.fstat(file.fileno()), os.fstat(mapped.fileno())):
            raise damaged(str(path))
        first = mapped.read_buffer(1)
        return pa.foreign_buffer(first.address, mapped.size(), first)


def _batch(content: pa.Buffer) -> pa.RecordBatch:
    return ipc.open_file(content).get_batch(0)


def _crc32(column: pa.Array) -> int:
    """CRC-32 of all bytes of a column, followed by those of its dictionaries."""
    checksum = 0
    for array in (column, *_dictionaries(column)):
        for buffer in array.buffers():
            if buffer is not None:
                checksum = zlib.crc32(buffer, checksum)
    return checksum


def _dictionaries(array: pa.Array) -> Iterator[pa.Array]:
    if pa.types.is_dictionary(array.type):
        yield array.dictionary
    elif pa.types.is_large_list(array.type):
        yield from _dictionaries(array.values)
    elif pa.types.is_struct(array.type):
        for position in range(array.type.num_fields):
            yield from _dictionaries(array.field(position))


def _frames(content: pa.Buffer) -> tuple[tuple[int, int], ...]:
    """The pieces of an Arrow file that are not values: the magic word, each message's header, and
    the end mark with the footer."""
    magic = 8
    frames = [(0, magic)]
    start = magic
    with pa.BufferReader(content) as reader:
        reader.seek(magic)
        with suppress(EOFError):  # the end mark
            while True:
                body = ipc.read_message(reader).body
                end = reader.tell()
                frames.append((start, end - start - (0 if body is None else body.size)))
                start = end
    return (*frames, (start, content.size - start))


def _of_frames(file: FileIO, frames: Iterable[tuple[int, int]]) -> str:
    return _sha256(_piece(file, start, size) for start, size in frames)


def _piece(file: FileIO, start: int, size: int) -> bytes:
    file.seek(start)
    return file.read(size)


def _sha256(pieces: Iterable[bytes | pa.Buffer]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
