"""The columns of Parquet files that a worker has read, for the questions that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from usql.catalog import Field
from usql.catalog.model import Projection
from usql.distributed.files import FilePart
from usql.distributed.task import Task
from usql.frozen import dataclass
from usql.store import Store
from usql.store.columns import TableData
from usql.store.joined.merge import column_bytes
from usql.store.joined.stores import joined

Names = Mapping[str, frozenset[str] | None]
"""By table the names of fields in lower case, ``None`` for all of its fields."""


@dataclass(frozen=True, eq=False)
class LoadedColumns:
    """Columns of some files as one store, which has no others. ``fields``: what was read;
    ``further``: by table and name, the fields among them that the data set adds, which have the type
    of the whole data set."""

    store: Store
    fields: Names
    further: Mapping[tuple[str, str], Field]

    @property
    def bytes(self) -> int:
        """The size of all columns."""
        return sum(map(_table_bytes, self.store.tables.values()))

    def has(self, task: Task) -> bool:
        """Whether all columns that a task reads are among them, in its types."""
        if task.projection is None or not self._has_types_of(task):
            return False
        return all(
            table in self.fields and _is_within(names, self.fields[table])
            for table, names in task.projection.without_hidden.tables.items()
        )

    def with_more(self, more: LoadedColumns, task: Task) -> LoadedColumns:
        """These columns, and those that were read of the same files for a task."""
        if not self._has_types_of(task) or self.store.sessions != more.store.sessions:
            return more
        tables = {
            name: _with_more(data, more.store.tables[name]) if name in more.fields else data
            for name, data in self.store.tables.items()
        }
        fields = {
            name: _both(self.fields.get(name, frozenset()), more.fields.get(name, frozenset()))
            for name in {**self.fields, **more.fields}
        }
        further = {**self.further, **more.further}
        return LoadedColumns(replace(more.store, tables=tables), fields, further)

    def _has_types_of(self, task: Task) -> bool:
        return all(self.further.get(key, field) == field for key, field in _further(task).items())


def loaded_columns(files: Sequence[FilePart], task: Task, projection: Projection) -> LoadedColumns:
    """What a task reads of some files, of which it reads some fields.

    Raises :class:`usql.errors.DataError` as :meth:`usql.distributed.files.FilePart.open` does.
    """
    stores = [file.open(task.catalog, projection, task.memory_limit) for file in files]
    store = stores[0]
    if len(stores) > 1:
        store = joined(stores, {name: {} for name in store.tables})
    del stores
    tables = {name: _in_memory(data) for name, data in store.tables.items()}
    fields = projection.without_hidden.tables
    return LoadedColumns(replace(store, tables=tables), fields, _further(task))


def _further(task: Task) -> dict[tuple[str, str], Field]:
    return {(table, f.name): f for table, fields in task.further.items() for f in fields}


def _in_memory(data: TableData) -> TableData:
    """The table with columns that refer to nothing else."""
    return replace(
        data, columns=dict(data.columns), links=dict(data.links), derived=dict(data.derived)
    )


def _with_more(data: TableData, more: TableData) -> TableData:
    return replace(
        more,
        columns={**data.columns, **more.columns},
        derived={**data.derived, **more.derived},
    )


def _is_within(names: frozenset[str] | None, loaded: frozenset[str] | None) -> bool:
    return loaded is None or (names is not None and names <= loaded)


def _both(some: frozenset[str] | None, more: frozenset[str] | None) -> frozenset[str] | None:
    return None if some is None or more is None else some | more


def _table_bytes(data: TableData) -> int:
    columns = [*data.columns.values(), *data.derived.values()]
    return sum(map(column_bytes, columns)) + sum(link.nbytes for link in data.links.values())
