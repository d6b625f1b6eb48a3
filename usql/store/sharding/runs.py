"""Runs: as many sessions as memory holds, sorted by their start, written to disk in blocks.

A block is a flat batch of some of them, so that any range of a run is read without the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import ipc

from usql.catalog import PRIMARY, Field, Origin, Table
from usql.frozen import dataclass
from usql.store.batches.flat import FlatBatch, FlatTable
from usql.store.batches.parts import chosen
from usql.store.columns import AnyColumn, ListColumn, NumberColumn, PropertiesColumn, Store
from usql.store.compact import compact, lists_of
from usql.store.compute import as_type, filled
from usql.store.export.nested import typed_column
from usql.store.forms import cast
from usql.store.forms.disk import to_disk
from usql.store.forms.pairs import MORE
from usql.store.joined.subset import tight
from usql.store.views import Ints, between

NO_START = np.iinfo(np.int64).max
"""Where sessions without a start stand: after all others."""

_LENGTHS = "lengths"


@dataclass(frozen=True)
class _Piece:
    """Where the rows of a table in a block lie in the file: those of its columns, if it has any, and
    the rows per session."""

    table: str
    rows: int
    columns: int | None
    lengths: int | None


@dataclass(frozen=True, eq=False)
class Run:
    """Sorted sessions in a file. ``starts``: that of each session, ascending; ``children`` and
    ``sizes``: how many rows of child tables, and bytes of memory, the first so many sessions have
    (one number more than sessions); these lie on disk, too. ``blocks`` begin with the sessions
    ``begins``."""

    file: Path
    starts: Ints
    children: Ints
    sizes: Ints
    blocks: tuple[tuple[_Piece, ...], ...]
    begins: Ints

    def __len__(self) -> int:
        return len(self.starts)

    def read(self, first: int, end: int) -> Iterator[FlatBatch]:
        """The sessions from ``first`` up to ``end``, as batches that follow each other."""
        if first >= end:
            return
        at = int(np.searchsorted(self.begins, first, side="right")) - 1
        with pa.OSFile(str(self.file)) as file:
            while at < len(self.blocks) and self.begins[at] < end:
                batch = _read(file, self.blocks[at])
                begin, rows = int(self.begins[at]), batch[PRIMARY].rows
                low, high = max(first - begin, 0), min(end - begin, rows)
                yield batch if high - low == rows else chosen(batch, np.arange(low, high))
                at += 1


def starts_of(store: Store) -> Ints:
    """When each session starts, ``NO_START`` where that is not known."""
    column = store.tables[PRIMARY].columns.get("startTime")
    if not isinstance(column, NumberColumn):
        return np.full(store.sessions, NO_START)
    starts = column.values.astype(np.int64)
    return starts if column.valid is None else np.where(column.valid, starts, NO_START)


def starts_in(batch: FlatBatch) -> Ints:
    """When each session of a batch starts, as ``starts_of``."""
    sessions = batch[PRIMARY]
    column = sessions.columns.get("startTime")
    if column is None:
        return np.full(sessions.rows, NO_START)
    return filled(as_type(column, pa.int64()), NO_START).to_numpy()


def write_run(store: Store, folder: Path, number: int, sessions: int) -> Run:
    """Write the sessions of a store, which stand in the order of their starts, in blocks of so many
    ``sessions``."""
    counts = np.zeros(store.sessions, dtype=np.int64)
    for data in store.tables.values():
        if data.offsets is not None:
            counts += np.diff(data.offsets)
    sizes = np.zeros(store.sessions, dtype=np.int64)
    blocks = []
    begins = range(0, store.sessions, sessions)
    file = folder / f"{number:06}.blocks"
    with pa.OSFile(str(file), "wb") as sink:
        for begin in begins:
            end = min(begin + sessions, store.sessions)
            batch = _block(store, begin, end)
            blocks.append(_write(sink, batch))
            sizes[begin:end] = -(-_bytes(batch) // (end - begin))
    arrays = {"starts": starts_of(store), "children": _summed(counts), "sizes": _summed(sizes)}
    mapped = {
        name: _on_disk(values, file.with_suffix(f".{name}.npy")) for name, values in arrays.items()
    }
    return Run(file, **mapped, blocks=tuple(blocks), begins=np.array(begins))


def _summed(counts: Ints) -> Ints:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])


def _on_disk(values: Ints, file: Path) -> Ints:
    np.save(file, values)
    mapped: npt.NDArray[np.int64] = np.load(file, mmap_mode="r")
    return mapped


def _bytes(batch: FlatBatch) -> int:
    return sum(column.nbytes for table in batch.values() for column in table.columns.values())


# --- rows of a store as a batch -------------------------------------------------------------------


def _block(store: Store, begin: int, end: int) -> FlatBatch:
    """The sessions of a store from ``begin`` up to ``end`` with their children, as a load holds them
    until all is joined."""
    tables = {}
    for table in store.catalog:
        data = store.tables[table.name]
        first, last, lengths = begin, end, None
        if data.offsets is not None:
            offsets = data.offsets[begin : end + 1]
            first, last, lengths = int(offsets[0]), int(offsets[-1]), np.diff(offsets)
        if last > first or lengths is None:
            columns = _flat_columns(table, data.columns, slice(first, last))
            tables[table.name] = FlatTable(last - first, columns, lengths)
    return tables


def _flat_columns(
    table: Table, columns: Mapping[str, AnyColumn], rows: slice
) -> dict[str, pa.Array]:
    fields = {field.name: field for field in table.fields}
    flat = {
        name: _flat(fields[name], tight(between(column, rows))) for name, column in columns.items()
    }
    return {name: column for name, column in flat.items() if column.null_count < len(column)}


def _flat(field: Field, column: AnyColumn) -> pa.Array:
    if field.origin is Origin.DATA:
        return compact(cast.cast_further(typed_column(field, column)))
    match column:
        case ListColumn():
            return lists_of(np.diff(column.offsets), to_disk(column.entries))
        case PropertiesColumn():
            members = {"key": column.keys, "value": column.values}
            if column.more is not None:
                members[MORE] = column.more
            arrays = [to_disk(member) for member in members.values()]
            return lists_of(np.diff(column.offsets), pa.StructArray.from_arrays(arrays, [*members]))
    return to_disk(column)


# --- batches on disk ------------------------------------------------------------------------------


def _write(sink: Any, batch: FlatBatch) -> tuple[_Piece, ...]:
    pieces = []
    for name, table in batch.items():
        columns = _write_arrays(sink, table.columns) if table.columns else None
        held = table.lengths
        lengths = None if held is None else _write_arrays(sink, {_LENGTHS: pa.array(held)})
        pieces.append(_Piece(name, table.rows, columns, lengths))
    return tuple(pieces)


def _write_arrays(sink: Any, arrays: Mapping[str, pa.Array]) -> int:
    at = int(sink.tell())
    batch = pa.RecordBatch.from_arrays([*arrays.values()], [*arrays])
    with ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return at


def _read(file: Any, pieces: tuple[_Piece, ...]) -> FlatBatch:
    tables = {}
    for piece in pieces:
        lengths = None if piece.lengths is None else _read_arrays(file, piece.lengths)[_LENGTHS]
        tables[piece.table] = FlatTable(
            piece.rows,
            {} if piece.columns is None else _read_arrays(file, piece.columns),
            None if lengths is None else lengths.to_numpy(),
        )
    return tables


def _read_arrays(file: Any, at: int) -> dict[str, pa.Array]:
    file.seek(at)
    with ipc.open_stream(file) as reader:
        batch = reader.read_next_batch()
        return dict(zip(batch.schema.names, batch.columns, strict=True))
