"""Which fields a file of JSON lines holds, and so the schema that Arrow's reader is given."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa

from usql.store.forms.cast import is_list_of_structs
from usql.store.forms.schema import export_schema
from usql.store.tuning import DEFAULT, StoreTuning

Path = tuple[str, ...]

_FEW_NAMES = 400
"""How many names a piece may have, whatever its number of objects: the documented ones, and as many
others."""

_MOST_CELLS = 1 << 23
_STRING = re.compile(rb'"((?:[^"\\]++|\\.)*+)"([ \t\r]*:)?')
"""A string, and the colon that makes it a name. It is possessive: a string without an end would be
tried in every division of its characters."""


class Layout:
    """The schema for reading the pieces of a file, shared by all of them.

    The reader spends time on each field of the schema that a piece lacks, so pieces are read with
    the fields seen so far in the file; a piece with a new field, or a new type, is read again.
    Threads may learn at the same time: what one of them misses is learned again later. ``full``
    also has all documented fields. ``has_objects``: the file has further fields that hold objects,
    which the reader cannot keep.
    """

    def __init__(self, tuning: StoreTuning = DEFAULT) -> None:
        self.tuning = tuning
        self.documented = reader_schema()
        self.schema = self.full = self.documented
        self.has_objects = False
        self._held: Mapping[Path, pa.DataType] = {}

    def learn(self, table: pa.Table) -> None:
        """Expect the fields of this table, which has one chunk, from now on."""
        if not table.num_rows:
            return
        columns = {name: table.column(name).chunk(0) for name in table.column_names}
        held = dict(self._held)
        for path, kind, is_documented in _shown(self.documented, columns, ()):
            if is_documented:
                held[path] = kind
            elif _is_object(kind):
                self.has_objects = True
            else:
                held[path] = _wider(held.get(path), kind)
        if held and held != self._held and len(held) <= self.tuning.most_expected_fields:
            self._held = held
            self.schema = pa.schema(_restricted(self.documented, held, ()))
            self.full = pa.schema(_restricted(self.documented, held, (), with_all=True))


def is_wide(text: bytes) -> bool:
    """Whether the text has so many distinct names that the reader, which allots each of them a
    place in every object, would take much more memory than the text."""
    objects = text.count(b"{")
    names: set[bytes] = set()
    at = 0
    while at < len(text):
        end = text.find(b"\n", at + (1 << 20)) + 1 or len(text)
        names.update(name for name, colon in _STRING.findall(text, at, end) if colon)
        if (len(names) - _FEW_NAMES) * objects > _MOST_CELLS:
            return True
        at = end
    return False


@functools.cache
def reader_schema() -> pa.Schema:
    """The export's schema with date properties as text, as exports write them."""
    return pa.schema([pa.field(f.name, _dates_as_text(f.name, f.type)) for f in export_schema()])


def _dates_as_text(name: str, kind: pa.DataType) -> pa.DataType:
    if name == "dateProperties":
        return pa.list_(pa.struct([("key", pa.string()), ("value", pa.string())]))
    if is_list_of_structs(kind):
        inner = [pa.field(f.name, _dates_as_text(f.name, f.type)) for f in kind.value_type]
        return pa.list_(pa.struct(inner))
    return kind


def _is_object(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_struct(kind) or (pa.types.is_list(kind) and _is_object(kind.value_type))
    )


def _shown(
    documented: Iterable[pa.Field], columns: Mapping[str, pa.Array], prefix: Path
) -> Iterator[tuple[Path, pa.DataType, bool]]:
    """The fields that have a value somewhere, and all undocumented ones: their types, and whether
    they are documented."""
    known = {field.name: field.type for field in documented}
    for name, column in columns.items():
        kind = known.get(name)
        if kind is None:
            yield (*prefix, name), column.type, False
        elif column.null_count < len(column):
            yield (*prefix, name), kind, True
            if is_list_of_structs(kind):
                entries = column.values
                inner = {f.name: entries.field(i) for i, f in enumerate(entries.type)}
                yield from _shown(kind.value_type, inner, (*prefix, name))


def _wider(before: pa.DataType | None, kind: pa.DataType) -> pa.DataType:
    """The type to expect of a field that had the type ``before`` in other pieces."""
    if pa.types.is_timestamp(kind):  # the reader guesses it from the look of texts
        kind = pa.string()
    if before is None or pa.types.is_null(before):
        return kind
    if pa.types.is_list(before) and pa.types.is_list(kind):
        return pa.list_(_wider(before.value_type, kind.value_type))
    is_narrower = pa.types.is_null(kind) or (before, kind) == (pa.float64(), pa.int64())
    return before if is_narrower else kind


def _restricted(
    documented: Iterable[pa.Field],
    held: Mapping[Path, pa.DataType],
    prefix: Path,
    *,
    with_all: bool = False,
) -> list[pa.Field]:
    """The fields at these paths and, if ``with_all``, all documented ones. A list whose objects are
    all empty keeps all its fields."""
    fields = []
    known = {field.name: field for field in documented}
    names = [path[-1] for path in held if path[:-1] == prefix]
    for name in [
        *(n for n in known if with_all or n in names),
        *(n for n in names if n not in known),
    ]:
        path = (*prefix, name)
        field = known[name] if name in known else pa.field(name, held[path])
        if name in known and is_list_of_structs(field.type):
            inner = _restricted(field.type.value_type, held, path, with_all=with_all)
            field = pa.field(name, pa.list_(pa.struct(inner))) if inner else field
        fields.append(field)
    return fields
