"""Which documented fields a file of JSON lines holds: what Arrow's reader is told to expect."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa

from usql.store.schema import export_schema


class Layout:
    """The schema for reading the pieces of a file, shared by all of them.

    The reader spends time on each field that it is told of and does not find. So a file's first
    pieces are read with all documented fields, the others with those that it has shown to hold. A
    piece that holds one more is read again. Threads may learn at the same time: what one of them
    misses is learned again.
    """

    def __init__(self) -> None:
        self.documented = reader_schema()
        self.schema = self.documented
        self._held: frozenset[str] = frozenset()

    def learn(self, table: pa.Table) -> None:
        """Expect the fields that the table, of one chunk, holds, too."""
        columns = {name: table.column(name).chunk(0) for name in table.column_names}
        held = self._held.union(_held(self.documented, columns, ""))
        if held and held != self._held:
            self._held = held
            self.schema = pa.schema(_restricted(self.documented, held, ""))

    def is_guessed(self, found: pa.Schema, expected: pa.Schema) -> bool:
        """Whether a piece that was read with the schema ``expected`` has further documented fields,
        whose types the reader had to guess."""
        return _has_others(found, expected, self.documented)


@functools.cache
def reader_schema() -> pa.Schema:
    """The export's schema with date properties as text, as exports write them."""
    return pa.schema([pa.field(f.name, _dates_as_text(f.name, f.type)) for f in export_schema()])


def _dates_as_text(name: str, kind: pa.DataType) -> pa.DataType:
    if name == "dateProperties":
        return pa.list_(pa.struct([("key", pa.string()), ("value", pa.string())]))
    if _has_children(kind):
        inner = [pa.field(f.name, _dates_as_text(f.name, f.type)) for f in kind.value_type]
        return pa.list_(pa.struct(inner))
    return kind


def _has_children(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) and pa.types.is_struct(kind.value_type))


def _held(
    documented: Iterable[pa.Field], columns: Mapping[str, pa.Array], prefix: str
) -> Iterator[str]:
    """The paths of the documented fields that are not missing everywhere."""
    for field in documented:
        column = columns.get(field.name)
        if column is None or column.null_count == len(column):
            continue
        yield prefix + field.name
        if _has_children(field.type):
            entries = column.values
            inner = {f.name: entries.field(i) for i, f in enumerate(entries.type)}
            yield from _held(field.type.value_type, inner, f"{prefix}{field.name}.")


def _restricted(
    documented: Iterable[pa.Field], held: frozenset[str], prefix: str
) -> list[pa.Field]:
    """The documented fields of these paths. A list of objects that are all empty keeps all."""
    fields = []
    for field in documented:
        path = prefix + field.name
        if path in held:
            kind = field.type
            inner = _restricted(kind.value_type, held, path + ".") if _has_children(kind) else []
            fields.append(pa.field(field.name, pa.list_(pa.struct(inner))) if inner else field)
    return fields


def _has_others(
    found: Iterable[pa.Field], expected: Iterable[pa.Field], documented: Iterable[pa.Field]
) -> bool:
    told = {field.name: field for field in expected}
    known = {field.name: field for field in documented}
    for field in found:
        if field.name not in known or pa.types.is_null(field.type):
            continue
        if field.name not in told:
            return True
        if _has_children(field.type) and _has_others(
            field.type.value_type,
            told[field.name].type.value_type,
            known[field.name].type.value_type,
        ):
            return True
    return False
