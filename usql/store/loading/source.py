"""The parts of a source, and the reader for each."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
from pyarrow import ipc

from usql.errors import DataError
from usql.store.bad_data import unreadable
from usql.store.columns import Store
from usql.store.inputs.archives import Readable, utf8_text
from usql.store.inputs.objects import STANDARD_INPUT
from usql.store.inputs.origin import Origin
from usql.store.loading.json.ndjson import read_json
from usql.store.loading.sink import Sink
from usql.store.loading.tables.datasets import read_dataset
from usql.store.loading.tables.frames import read_pandas, read_stream
from usql.store.loading.tables.lakes import read_lake, read_open_lake
from usql.store.loading.tables.parquet import read_parquet
from usql.store.loading.tables.tables import read_tables, rows_at_once
from usql.store.recognition.wrappings import may_wrap
from usql.store.sources.hive import fields_of
from usql.store.sources.listing import is_arrow
from usql.store.sources.opened import Lake, is_dataset, kind_of_lake

_PARQUET, _ARROW_FILE, _ARROW_STREAM = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"


def read(parts: Sequence[Origin | Store | Any], sink: Sink) -> None:
    """Read files, open stores and values in memory into the sink, in their order."""
    sink.expect(sum(map(file_size, parts)))
    for part in parts:
        if sink.is_full():
            break
        read_part(part, sink)
    sink.flush()


def read_part(part: Origin | Store | Any, sink: Sink) -> None:
    """Read one part; its portions may still be in progress afterwards."""
    match part:
        case Origin():
            sink.tally.begin(part)
            _read_file(part, sink)
        case Lake():
            sink.tally.begin(part.origin)
            read_lake(part, sink)
        case Store():
            sink.add_store(part)
        case _:
            _read_value(part, sink)


def file_size(origin: Origin | Store | Any) -> int:
    """The size of a file in bytes; 0 where it is unknown, and for other parts."""
    if not isinstance(origin, Origin):
        return 0
    try:
        return origin.place.state().size or 0
    except OSError:  # what cannot be reached is reported when it is read
        return 0


# --- files ----------------------------------------------------------------------------------------


class _Counted(io.RawIOBase):
    """The first ``size`` bytes of a stream, or all if the size is unknown; reports to the sink how
    many were read. What is appended meanwhile is not read, or a load might never end."""

    def __init__(self, raw: Readable, size: int | None, sink: Sink) -> None:
        self._raw = raw
        self._remaining = size
        self._sink = sink

    def read(self, size: int = -1) -> bytes:
        """The next bytes of the stream."""
        if self._remaining is not None:
            size = min(size, self._remaining) if size >= 0 else self._remaining
        data = self._raw.read(size)
        if self._remaining is not None:
            self._remaining -= len(data)
        self._sink.advance(len(data))
        return data

    def readable(self) -> bool:
        """It is."""
        return True


def _read_file(origin: Origin, sink: Sink) -> None:
    place = origin.place
    try:
        fields_of(origin)
    except DataError as error:
        sink.refuse(error, origin)
        return
    try:
        before = place.state()
        head = place.head()
        if not head and origin.name == STANDARD_INPUT:
            sink.refuse(DataError("it is empty; nothing was piped in", source=origin.name), origin)
            return
        if head.startswith(_PARQUET):
            read_parquet(origin, sink)
        elif head.startswith((_ARROW_FILE, _ARROW_STREAM)):
            _read_arrow(origin, head.startswith(_ARROW_FILE), sink)
        else:
            _read_text(origin, sink)
            return
        sink.settle()
        if place.state() != before:  # two files were mixed, at an unknown place
            raise _changed(origin)
    except (OSError, pa.ArrowException, EOFError) as error:
        sink.settle()  # earlier problems are reported first
        raise unreadable(error, origin.name) from error


def _changed(origin: Origin) -> DataError:
    return DataError(
        "the file changed while it was being read; load it again when it is complete",
        source=origin.name,
    )


def _read_text(origin: Origin, sink: Sink) -> None:
    place = origin.place
    with place.stream() as raw:
        before = place.state(raw)
        read_json(
            utf8_text(_Counted(raw, before.size, sink), origin.name, sink.tuning), origin, sink
        )
        after = place.state(raw)
    has_grown = place.may_grow and (after.size or 0) > (before.size or 0)
    if after != before and not has_grown:
        raise _changed(origin)


def _read_arrow(origin: Origin, is_file: bool, sink: Sink) -> None:
    options = ipc.IpcReadOptions(use_threads=False)
    with origin.place.native(in_order=not is_file) as data:
        if is_file:
            reader = ipc.open_file(data, options=options)
            batches = map(reader.get_batch, range(reader.num_record_batches))
        else:
            reader = ipc.open_stream(data, options=options)
            batches = iter(reader)
        read_tables(
            map(_unpacked, batches), origin, sink, at_once=rows_at_once(reader.schema, sink.tuning)
        )
    sink.advance(origin.place.state().size or 0)


def _unpacked(batch: pa.RecordBatch) -> pa.Table:
    """A batch, without the buffers that it was unpacked from, or the rest of the batch before."""
    pa.default_memory_pool().release_unused()
    return pa.Table.from_batches([batch])


# --- values ---------------------------------------------------------------------------------------


def _read_value(value: Any, sink: Sink) -> None:
    if type(value).__module__.split(".")[0] == "pandas" and hasattr(value, "itertuples"):
        read_pandas(value, sink)
    elif is_dataset(value):
        read_dataset(value, sink)
    elif kind_of_lake(value) is not None:
        read_open_lake(value, sink)
    elif is_arrow(value):
        read_stream(value, sink)
    elif isinstance(value, Mapping) and may_wrap(value):
        _read_value([value], sink)
    elif isinstance(value, Mapping) or not isinstance(value, Iterable) or isinstance(value, bytes):
        raise TypeError(
            "sessions come from a path, a folder, a pattern, a URL, a list of these, a binary file "
            "object, a table or dataset of Arrow, Delta Lake or Iceberg, a "
            f"DataFrame or an iterable of dicts, not from {type(value).__name__}"
        )
    else:
        sink.settle()
        for number, row in enumerate(value):
            sink.add_object(row, Origin(), row=number)
