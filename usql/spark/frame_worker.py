"""The work of Spark's workers on the rows of a frame: each partition is read as stores of a size
that a worker can hold."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from usql.catalog import Catalog
from usql.catalog.model import Projection
from usql.frozen import dataclass
from usql.spark.columns import Name
from usql.spark.worker import in_partitions, outcome, task_number
from usql.store import OnError, Store, load
from usql.store.compute import filled, pc
from usql.store.times import starts_and_ends

_MOST_SESSIONS = 500_000
_MOST_BYTES = 1 << 30
"""Of the rows that become one store."""

_MOST_CHUNKS = 1 << 20
"""Of one partition: the numbers of stores ascend over all partitions."""


@dataclass(frozen=True, slots=True, eq=False)
class RowsPart:
    """A part that consists of rows given to this worker
    (:class:`usql.distributed.dataset.Part`)."""

    rows: pa.Table
    on_error: OnError

    def open(
        self, catalog: Catalog, projection: Projection | None, memory_limit: int | None
    ) -> Store:
        """The rows that are sessions."""
        return load(
            self.rows,
            catalog=catalog,
            fields=projection,
            on_error=self.on_error,
            threads=1,
            memory_limit=memory_limit,
        )


def frame_answered(
    on_error: OnError,
    names: Sequence[Name],
    task: bytes,
    partitions: int,
    batches: Iterator[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    """The merged states of the rows of a partition of the frame, in so many hash ``partitions``."""
    chunks = in_chunks(names, batches)
    for first in itertools.islice(chunks, 1):
        tables = enumerate(itertools.chain([first], chunks), task_number() * _MOST_CHUNKS)
        parts = ((number, RowsPart(rows, on_error)) for number, rows in tables)
        yield from outcome(partial(in_partitions, task, parts, partitions))


def looked(
    projection: Projection | None,
    on_error: OnError,
    names: Sequence[Name],
    batches: Iterator[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    """What a partition's rows hold (:func:`facts_of` of each store), as JSON."""

    def look() -> Iterator[tuple[int, bytes]]:
        facts = [
            facts_of(load(rows, fields=projection, on_error=on_error, threads=1), len(rows))
            for rows in in_chunks(names, batches)
        ]
        yield 0, json.dumps(facts).encode()

    yield from outcome(look)


def facts_of(store: Store, rows: int) -> dict[str, Any]:
    """Facts about some rows, as JSON can hold them."""
    keys = [[*field, *names] for field, names in store.catalog.property_keys.items()]
    starts, ends = ([t.low, t.high, t.has_gaps] for t in starts_and_ends(store))
    return {
        "rows": rows,
        "sessions": store.sessions,
        "starts": starts,
        "ends": ends,
        "keys": keys,
    }


def in_chunks(names: Sequence[Name], batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The rows as tables that fit into a worker's memory together with their columns, which get
    these ``names`` back (:func:`named`)."""
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        held.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows >= _MOST_SESSIONS or size >= _MOST_BYTES:
            yield named(pa.Table.from_batches(held), names)
            held, rows, size = [], 0, 0
    if rows:
        yield named(pa.Table.from_batches(held), names)


def named(rows: pa.Table, names: Sequence[Name]) -> pa.Table:
    """Rows with these names for their columns; members of a list as a list of structures."""
    columns: dict[str, pa.ChunkedArray] = {}
    members: dict[str, dict[str, pa.ChunkedArray]] = {}
    for (name, member), column in zip(names, rows.columns, strict=True):
        if member is None:
            columns[name] = column
        else:
            columns.setdefault(name, column)  # it keeps the place
            members.setdefault(name, {})[member] = column
    return pa.table(columns | {name: _structures(lists) for name, lists in members.items()})


def _structures(members: Mapping[str, pa.ChunkedArray]) -> pa.ChunkedArray:
    """Lists of the same lengths, one per member, as lists of structures."""
    chunks = zip(*(lists.chunks for lists in members.values()), strict=True)
    return pa.chunked_array([_structured(tuple(members), lists) for lists in chunks])


def _structured(names: Sequence[str], lists: Sequence[pa.Array]) -> pa.Array:
    values = pa.StructArray.from_arrays([entries.flatten() for entries in lists], list(names))
    lengths = filled(pc.list_value_length(lists[0]), 0).to_numpy()
    offsets = np.append(np.int32(0), np.cumsum(lengths, dtype=np.int32))
    return pa.ListArray.from_arrays(pa.array(offsets), values, mask=pc.is_null(lists[0]))
