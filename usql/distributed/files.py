"""Parquet files in the export's layout as a data set: each file is a part, of a large one each run of
row groups."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from usql.analysis.bound import Condition, Timeframe
from usql.catalog import PRIMARY, Catalog, Field, default_catalog
from usql.catalog.model import Projection
from usql.errors import DataError
from usql.frozen import dataclass
from usql.store import Store, load
from usql.store.inputs.origin import Origin, SavedSource
from usql.store.inputs.places import State
from usql.store.lazy import Lazy
from usql.store.loading.bounds import Bounds, BoundsOf, GroupBounds
from usql.store.loading.selection import may_match
from usql.store.loading.tables.described import described_batch
from usql.store.loading.tables.parquet import opened
from usql.store.recognition.wrappings import may_wrap
from usql.store.saved.shards import is_shards
from usql.store.sharding.union import Union
from usql.store.sources.hive import fields_of, with_fields
from usql.store.sources.listing import list_parts
from usql.store.sources.opened import Lake
from usql.store.times import Times, span_over, starts_and_ends

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_PARQUET = b"PAR1"

_PART_SIZE = 1 << 27
"""Bytes of row groups, unpacked, that are one part, if there are several."""

_ADVICE = "usql shard makes shards of any data"

_OF_STORE = f"usql.open opens a saved store, and {_ADVICE}"
_OF_SHARDS = "shards are opened alone: give the path of this folder"

_NOTE = "Repeated sessions are not detected in Parquet files that are read in parts; usql shard counts them."


@dataclass(frozen=True, slots=True)
class FilePart:
    """Row groups of a file, which had this state when the data set was opened, and their ``bytes``,
    unpacked. ``all_start``: by the footer every row has a start, and is a session whatever else it
    has (LANGUAGE.md §10a)."""

    origin: Origin
    state: State
    bytes: int
    all_start: bool

    def check(self) -> None:
        """Raise :class:`usql.errors.DataError` if the file is another one now."""
        try:
            is_same = self.origin.place.state() == self.state
        except OSError:
            is_same = False
        if not is_same:
            reason = "the file is gone, or changed since it was opened; open the data again"
            raise DataError(reason, source=self.origin.name)

    def open(
        self, catalog: Catalog, projection: Projection | None, memory_limit: int | None
    ) -> Store:
        """Load the fields that are asked for."""
        self.check()
        fields = projection
        if projection is not None and self.all_start:
            fields = projection.without_hidden
        return load(
            self.origin, catalog=catalog, fields=fields, threads=1, memory_limit=memory_limit
        )


class Files:
    """Parquet files (:class:`usql.distributed.dataset.Dataset`), whose footers are read on opening.
    A field has the type that results from all footers. ``DataError`` if a name refers to nothing,
    or to anything other than Parquet files on this machine."""

    def __init__(self, source: str | os.PathLike[str]) -> None:
        listing = list_parts(source)
        self._union = Union()
        self._parts: list[FilePart] = []
        self._bounds: list[list[BoundsOf]] = []
        self._columns: dict[str, set[str]] = {}
        self.sessions = 0
        self.notes = (*listing.notes, _NOTE)
        for part in listing.parts:
            self._add(part)

    @property
    def parts(self) -> Sequence[FilePart]:
        """The files in the order of their names, of each its row groups."""
        return self._parts

    @cached_property
    def catalog(self) -> Catalog:
        """The catalog of all files; keys of properties are read when they are asked for."""
        known = default_catalog()
        keys = {
            (table.name, field.name): partial(self._keys, table.name, field.name)
            for table in known
            for field in table.fields
            if field.value_type is not None and field.name in self._columns.get(table.name, ())
        }
        return replace(self._union.catalog, property_keys=Lazy(keys))

    @cached_property
    def span(self) -> tuple[int, int]:
        """The time that all sessions cover; read where the footers do not tell it."""
        start, end = _time("startTime"), _time("endTime")
        pairs = [(bounds_of(start), bounds_of(end)) for part in self._bounds for bounds_of in part]
        known = [(_times(starts), _times(ends)) for starts, ends in pairs if starts and ends]
        if len(known) == len(pairs):
            return span_over(known)
        stores = (load(part.origin, fields=[], threads=1) for part in self._parts)
        return span_over(map(starts_and_ends, stores))

    def touched(self, timeframe: Timeframe, where: Condition | None) -> Sequence[int]:
        """By the statistics in the footers for each row group."""
        return [
            number
            for number, groups in enumerate(self._bounds)
            if not groups or any(may_match(timeframe, where, bounds_of) for bounds_of in groups)
        ]

    def _keys(self, table: str, name: str) -> tuple[str, ...]:
        stores = (load(p.origin, fields=[f"{table}.{name}"], threads=1) for p in self._parts)
        keys = {key for s in stores for key in s.catalog.property_keys.get((table, name), ())}
        return tuple(sorted(keys))

    def _add(self, part: Any) -> None:
        if isinstance(part, SavedSource):
            raise DataError(_OF_SHARDS if is_shards(part.folder) else _OF_STORE, source=part.folder)
        origin = part.origin if isinstance(part, Lake) else part
        if isinstance(part, Lake) or origin.elsewhere is not None:
            reason = f"it is not a Parquet file on this machine; {_ADVICE}"
            raise DataError(reason, source=origin.name)
        if not part.place.head().startswith(_PARQUET):
            raise DataError(f"the file is not Parquet; {_ADVICE}", source=part.name)
        state = part.place.state()
        with opened(part) as file:
            schema, metadata = file.schema_arrow, file.metadata
        if may_wrap(schema.names):
            reason = f"the rows hold sessions, and are none themselves; {_ADVICE}"
            raise DataError(reason, source=part.name)
        catalog = default_catalog()
        batch = with_fields(catalog, described_batch(catalog, schema), fields_of(part))
        held = _held(metadata)
        held.setdefault(PRIMARY, set()).update(fields_of(part))
        self._union.describe(batch, held)
        for table, names in held.items():
            self._columns.setdefault(table, set()).update(names)
        group_bounds = GroupBounds(metadata, schema, fields_of(part))
        for groups, size in _runs(metadata):
            bounds = [group_bounds.of(group) for group in groups]
            starts = [bounds_of(_time("startTime")) for bounds_of in bounds]
            all_start = all(start is not None and not start.has_gaps for start in starts)
            self._parts.append(FilePart(replace(part, groups=groups), state, size, all_start))
            self._bounds.append(bounds)
        self.sessions += metadata.num_rows


def _time(name: str) -> Field:
    field = default_catalog().table(PRIMARY).get(name)
    assert field is not None
    return field


def _times(bounds: Bounds) -> Times:
    low, high = (None if limit is None else int(limit) for limit in (bounds.low, bounds.high))
    return Times(low, high, bounds.has_gaps)


def _held(metadata: pq.FileMetaData) -> dict[str, set[str]]:
    """Per table the columns of a file that are not known to have no value."""
    children = default_catalog().table(PRIMARY).children
    columns: dict[str, set[str]] = {}
    for place in range(metadata.num_columns):
        first, *others = metadata.schema.column(place).path.split(".")
        if _has_values(metadata, place):
            if first in children:
                columns.setdefault(children[first], set()).update(others)
            else:
                columns.setdefault(PRIMARY, set()).add(first)
    return columns


def _has_values(metadata: pq.FileMetaData, place: int) -> bool:
    for group in range(metadata.num_row_groups):
        column = metadata.row_group(group).column(place)
        known = column.statistics
        if known is None or not known.has_null_count or known.null_count < column.num_values:
            return True
    return False


def _runs(metadata: pq.FileMetaData) -> Iterator[tuple[tuple[int, ...], int]]:
    """Row groups that follow each other and are a part, with their bytes, unpacked."""
    run: list[int] = []
    size = 0
    for group in range(metadata.num_row_groups):
        run.append(group)
        size += metadata.row_group(group).total_byte_size
        if size >= _PART_SIZE:
            yield tuple(run), size
            run, size = [], 0
    if run:
        yield tuple(run), size
