"""Data frames and other values in memory, taken as Arrow tables, or as rows where Arrow has no type
for a column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from usql.errors import DataError
from usql.store.forms.values import kind_of
from usql.store.inputs.origin import Origin
from usql.store.loading.sink import Sink
from usql.store.loading.tables.tables import read_tables


def read_stream(value: Any, sink: Sink) -> None:
    """Read anything with ``__arrow_c_stream__``."""
    if isinstance(value, pa.RecordBatchReader):
        read_tables(_batches(value), Origin(), sink)
        return
    try:
        table = pa.table(value)
    except Exception as error:  # whatever the producer of the stream raises
        if not hasattr(value, "iter_rows"):
            raise DataError(f"the table cannot be read: {error}") from error
        # Polars has types that Arrow lacks; their values are Python objects.
        _read_rows(list(value.columns), value.iter_rows(), sink)
        return
    read_tables([table], Origin(), sink)


def _batches(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    try:
        for batch in reader:
            yield pa.Table.from_batches([batch])
    except pa.ArrowException as error:
        raise DataError(f"the table cannot be read: {error}") from error


def read_pandas(frame: Any, sink: Sink) -> None:
    """Read a pandas data frame. A named index becomes a column."""
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    names = list(frame.columns)
    for name, count in Counter(names).items():
        if not isinstance(name, str):
            raise DataError(f"column names must be strings, found {kind_of(name)}")
        if count > 1:
            raise DataError(f"{count} columns have this name; give each its own", path=name)
    try:
        table = pa.Table.from_pandas(_dense(frame), preserve_index=False)
    except Exception:  # of any class: some column has no Arrow type, so rows are read
        _read_rows(names, frame.itertuples(index=False, name=None), sink)
        return
    read_tables([table], Origin(), sink)


def _dense(frame: Any) -> Any:
    """The frame with dense columns in place of sparse ones, which Arrow refuses, and the beginnings
    of periods in place of periods, which Arrow would turn into plain numbers."""
    changed = {}
    for name in frame.columns:
        kind = str(frame[name].dtype)
        if kind.startswith("Sparse["):
            changed[name] = frame[name].sparse.to_dense()
        elif kind.startswith("period["):
            changed[name] = frame[name].dt.start_time
    return frame.assign(**changed)


def _read_rows(names: list[str], rows: Iterator[tuple[Any, ...]], sink: Sink) -> None:
    if not sink.admits(names, Origin()):
        return
    sink.settle()
    for number, row in enumerate(rows):
        sink.add_object(dict(zip(names, row, strict=True)), Origin(), row=number)
