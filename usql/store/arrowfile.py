"""One Arrow IPC file with one record batch: written durably, mapped with its headers checked."""

from __future__ import annotations

import hashlib
import mmap
import os
from collections.abc import Iterable
from contextlib import suppress
from io import FileIO
from pathlib import Path

import pyarrow as pa
from pyarrow import ipc

from usql.store.errors import DataError
from usql.store.manifest import SavedFile, damaged
from usql.store.replace import sync


def write_file(path: Path, batch: pa.RecordBatch, token: str) -> SavedFile:
    """Write a file durably. Its schema carries the token of this saving, so that files of two
    savings never pass as those of one."""
    schema = batch.schema.with_metadata({"usql.store": token})
    options = ipc.IpcWriteOptions(allow_64bit=True)
    with (
        pa.OSFile(str(path), "wb") as sink,
        ipc.new_file(sink, schema, options=options) as writer,
    ):
        writer.write_batch(batch)
    sync(path)
    with path.open("rb", buffering=0) as file:
        content = _map(file)
        frames = _frames(content)
        return SavedFile(len(content), frames, _of_frames(file, frames), _sha256([content]))


def open_file(path: Path, saved: SavedFile) -> pa.RecordBatch:
    """The file's record batch over the mapped file; ``DataError`` if its size or frames are not
    those that were saved. Reads no values.

    Not through Arrow's own memory map, which asks the system to read ahead all that it maps.
    """
    return ipc.open_file(pa.py_buffer(_checked(path, saved))).get_batch(0)


def verify_file(path: Path, saved: SavedFile) -> None:
    """Compare all bytes with the checksum; ``DataError`` if they are not those that were saved."""
    if _sha256([_checked(path, saved)]) != saved.sha256:
        raise damaged(str(path))


def _checked(path: Path, saved: SavedFile) -> memoryview:
    """The mapped file. Its frames are read apart from the map, where touching a page makes the
    system read many around it."""
    try:
        with path.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            if size == saved.bytes and _of_frames(file, saved.frames) == saved.frames_sha256:
                return _map(file)
    except FileNotFoundError:
        raise damaged(str(path)) from None
    except OSError as error:
        raise DataError(f"the file can not be read: {error.strerror}", source=str(path)) from error
    raise damaged(str(path))


def _map(file: FileIO) -> memoryview:
    return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _frames(content: memoryview) -> tuple[tuple[int, int], ...]:
    """Where the bytes of an Arrow file lie that are no values: the magic word, each message's
    header, and the end mark with the footer."""
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
    return (*frames, (start, len(content) - start))


def _of_frames(file: FileIO, frames: Iterable[tuple[int, int]]) -> str:
    return _sha256(_piece(file, start, size) for start, size in frames)


def _piece(file: FileIO, start: int, size: int) -> bytes:
    file.seek(start)
    return file.read(size)


def _sha256(pieces: Iterable[bytes | memoryview]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
