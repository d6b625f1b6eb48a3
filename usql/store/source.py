"""Sources: what was given, which files that means, and which reader takes each."""

from __future__ import annotations

import glob
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import ipc

from usql.store.columns import Store
from usql.store.errors import DataError
from usql.store.frames import read_pandas, read_stream
from usql.store.ndjson import read_json
from usql.store.origin import Origin
from usql.store.parquet import read_parquet
from usql.store.sink import Sink
from usql.store.tables import read_tables, unreadable

SUFFIXES = (
    ".ndjson", ".jsonl", ".json", ".ndjson.gz", ".jsonl.gz", ".json.gz", ".ndjson.zst",
    ".jsonl.zst", ".json.zst", ".parquet", ".arrow", ".arrows", ".feather", ".ipc",
)  # fmt: skip
"""The files of a folder that are read."""

_GZIP, _ZSTD, _PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
_ARROW_FILE, _ARROW_STREAM = b"ARROW1", b"\xff\xff\xff\xff"


def read(source: Any, sink: Sink) -> None:
    """Read everything that ``source`` stands for into the sink."""
    parts = list(_parts(source))
    sink.expect(sum(_size(part.path) for part in parts if isinstance(part, Origin)))
    for part in parts:
        if isinstance(part, Origin):
            _read_file(part, sink)
        else:
            _read_value(part, sink)
    sink.flush()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0  # a vanished file is told when it is read


def files_of(source: Any) -> list[Path]:
    """The files that a source means; values in memory mean none."""
    return [part.path for part in _parts(source) if isinstance(part, Origin)]


def _parts(source: Any) -> Iterator[Any]:
    """Files and values, in order."""
    if isinstance(source, str | os.PathLike):
        name = os.fspath(source)
        try:
            yield from _files(name)
        except OSError as error:
            raise unreadable(error, name) from error
    elif isinstance(source, list | tuple) and source and all(_is_source(s) for s in source):
        for part in source:
            yield from _parts(part)
    else:
        yield source


def _is_source(value: Any) -> bool:
    return isinstance(value, str | os.PathLike | Store) or _is_arrow(value)


def _is_arrow(value: Any) -> bool:
    return isinstance(value, pa.Table | pa.RecordBatchReader) or hasattr(
        value, "__arrow_c_stream__"
    )


def _files(name: str) -> list[Origin]:
    if not name:
        raise DataError("the name of the file is empty")
    path = Path(name)
    if path.is_dir():
        found = sorted(
            p
            for p in path.rglob("*")
            if p.is_file()
            and p.name.lower().endswith(SUFFIXES)
            and not any(part.startswith(".") for part in p.relative_to(path).parts)
        )
        if not found:
            raise DataError(
                f"the folder has no files that end in {', '.join(SUFFIXES)}", source=name
            )
        return [Origin(str(p), is_found=True) for p in found]
    if path.is_file():
        return [Origin(str(path))]
    if path.exists():
        raise DataError(
            "pipes and devices can not be read; write what they give to a file first", source=name
        )
    if glob.has_magic(name):
        matching = sorted(Path(p) for p in glob.glob(name, recursive=True) if Path(p).is_file())
        if not matching:
            raise DataError("no file matches the pattern", source=name)
        return [Origin(str(p), is_found=True) for p in matching]
    raise DataError("there is no such file or folder", source=name)


# --- files ----------------------------------------------------------------------------------------


class _Counted(io.RawIOBase):
    """The first ``size`` bytes of a raw file; the sink is told how many were read of it. What is
    added behind them meanwhile is not read, or a load might never end."""

    def __init__(self, raw: BinaryIO, size: int, sink: Sink) -> None:
        self._raw = raw
        self._left = size
        self._sink = sink

    def read(self, size: int = -1) -> bytes:
        """Bytes of the file."""
        data = self._raw.read(min(size, self._left) if size >= 0 else self._left)
        self._left -= len(data)
        self._sink.advance(len(data))
        return data

    def readable(self) -> bool:
        """It is."""
        return True


def _read_file(origin: Origin, sink: Sink) -> None:
    path = origin.path
    try:
        before = _state(path.stat())
        with path.open("rb") as raw:
            head = raw.read(8)
        if head.startswith(_PARQUET):
            read_parquet(origin, sink)
        elif head.startswith((_ARROW_FILE, _ARROW_STREAM)):
            _read_arrow(origin, head.startswith(_ARROW_FILE), sink)
        else:
            _read_text(origin, head, sink)
            return
        sink.settle()
        if _state(path.stat()) != before:  # what was read where is of two files
            raise _changed(path)
    except (OSError, pa.ArrowException, EOFError) as error:
        sink.settle()  # what comes before is reported before
        raise unreadable(error, origin.name) from error


def _state(found: os.stat_result) -> tuple[int, ...]:
    """What changes with a file's content."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _changed(path: Path) -> DataError:
    return DataError(
        "the file changed while it was read; load it again when it is complete", source=str(path)
    )


def _read_text(origin: Origin, head: bytes, sink: Sink) -> None:
    codec = "gzip" if head.startswith(_GZIP) else "zstd" if head.startswith(_ZSTD) else None
    with origin.path.open("rb") as raw:
        before = os.fstat(raw.fileno())
        counted = _Counted(raw, before.st_size, sink)
        if codec is None:
            read_json(counted, origin, sink)
        else:
            with pa.CompressedInputStream(pa.PythonFile(counted, mode="r"), codec) as stream:
                read_json(_Stream(stream), origin, sink)
        after = os.fstat(raw.fileno())
    # Lines that were added behind the others do no harm: they were not read.
    if _state(after) != _state(before) and after.st_size <= before.st_size:
        raise _changed(origin.path)


class _Stream:
    """An Arrow stream whose ``read(n)`` gives n bytes unless the stream ends."""

    def __init__(self, stream: pa.NativeFile) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """``size`` bytes, or all that are left."""
        parts = []
        while size:
            data = self._stream.read(size if size > 0 else 1 << 24)
            if not data:
                break
            parts.append(data)
            size -= len(data) if size > 0 else 0
        return b"".join(parts)


def _read_arrow(origin: Origin, is_file: bool, sink: Sink) -> None:
    # Not by memory map: the system would end the process if the file is cut off meanwhile.
    with pa.OSFile(origin.name) as data:
        reader = ipc.open_file(data) if is_file else ipc.open_stream(data)
        batches = (
            (reader.get_batch(i) for i in range(reader.num_record_batches)) if is_file else reader
        )
        read_tables((pa.Table.from_batches([b]) for b in batches), origin, sink)
    sink.advance(origin.path.stat().st_size)


# --- values ---------------------------------------------------------------------------------------


def _read_value(value: Any, sink: Sink) -> None:
    if isinstance(value, Store):
        sink.add_store(value)
    elif type(value).__module__.split(".")[0] == "pandas" and hasattr(value, "itertuples"):
        read_pandas(value, sink)
    elif _is_arrow(value):
        read_stream(value, sink)
    elif isinstance(value, Mapping) or not isinstance(value, Iterable) or isinstance(value, bytes):
        raise TypeError(
            "sessions come from a path, a folder, a pattern, a list of these, an Arrow table, a "
            f"DataFrame or an iterable of dicts, not from {type(value).__name__}"
        )
    else:
        sink.settle()
        for number, row in enumerate(value):
            sink.add_object(row, Origin(), row=number)
