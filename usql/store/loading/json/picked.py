"""NDJSON of which only some fields are read: msgspec makes objects with only these, and the objects
become columns.

What is skipped is known to be JSON, and nothing else. So everything that the picked values cannot
settle is left to the reader of whole lines (:class:`NeedsSlowPath`): a wanted name in another
spelling, a row that may be a wrapping, or one that may not be a session.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from usql.catalog import PRIMARY, Catalog, Field, FieldType, Table, default_catalog
from usql.errors import DataError
from usql.frozen import dataclass
from usql.store.bad_data import BadValue, NeedsSlowPath
from usql.store.batches.flat import FlatBatch, FlatTable
from usql.store.compact import compact
from usql.store.compute import is_missing
from usql.store.forms import further, values
from usql.store.forms.normalize import Normalizer
from usql.store.forms.pairs import pairs_type
from usql.store.forms.schema import arrow_type, dropped, path_of
from usql.store.inputs.origin import Origin
from usql.store.loading.json.lines import Lines
from usql.store.loading.json.slow_path import single
from usql.store.loading.json.spellings import matches, names_results, other_spelling
from usql.store.recognition.sessionhood import session_names, why_no_session
from usql.store.recognition.wrappings import MARKS
from usql.store.tuning import StoreTuning

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

_TYPES = {
    FieldType.STRING: str,
    FieldType.ENUM: str,
    FieldType.IP: str,
    FieldType.INTEGER: int,
    FieldType.LONG: int,
    FieldType.TIMESTAMP: int,
    FieldType.DOUBLE: float,
    FieldType.BOOLEAN: bool,
}


@dataclass(frozen=True, slots=True)
class _Member:
    """A member that is read from objects: ``attribute`` is its name in msgspec's class. ``field``
    is ``None`` for a field that the catalog does not know; ``older`` says that the name is an older
    one."""

    key: str
    attribute: str
    field: Field | None
    older: bool = False

    @property
    def column(self) -> str:
        """The column that its values belong to."""
        return self.key if self.field is None else self.field.name

    @property
    def type(self) -> Any:
        """The type that can be accepted without further checks."""
        if self.field is None or self.field.type is FieldType.PROPERTIES:
            return Any
        single = _TYPES[self.field.type] | None
        return list[single] | None if self.field.is_list else single  # type: ignore[valid-type]


@dataclass(frozen=True)
class _Shape:
    """The members of a table's objects, and its lists of children, each with its attribute and
    shape."""

    table: Table
    members: tuple[_Member, ...]
    children: Mapping[str, tuple[str, _Shape]]

    @property
    def keys(self) -> set[str]:
        """All names that are read from its objects."""
        return {*(m.key for m in self.members), *self.children}

    def kind(self) -> Any:
        """The class of the objects that msgspec makes."""
        import msgspec

        fields: list[tuple[str, Any, Any]] = [(m.attribute, m.type, None) for m in self.members]
        names = {m.attribute: m.key for m in self.members}
        for key, (attribute, shape) in self.children.items():
            entry: Any = shape.kind()
            fields.append((attribute, list[entry | None] | None, None))
            names[attribute] = key
        return msgspec.defstruct("Picked", fields, gc=False, rename=names)


@dataclass(frozen=True)
class _Reading:
    """How lines are read: the shape of sessions, either bare or inside documents."""

    shape: _Shape
    sessions: Callable[[bytes], list[Any]]
    documents: Callable[[bytes], list[Any]]


def _reading(shape: _Shape) -> _Reading:
    import msgspec

    row = shape.kind()
    raw = msgspec.Raw | None
    beside = [(f"b{i}", raw, None) for i, _ in enumerate(_SESSION_MEMBERS)]
    names = {f"b{i}": name for i, name in enumerate(_SESSION_MEMBERS)} | {"source": "_source"}
    document = msgspec.defstruct("Document", [("source", row), *beside], gc=False, rename=names)

    def documents(text: bytes) -> list[Any]:
        rows: list[Any] = msgspec.json.Decoder(document).decode_lines(text)
        if any(
            getattr(one, f"b{i}") is not None
            for one in rows
            for i, _ in enumerate(_SESSION_MEMBERS)
        ):
            raise NeedsSlowPath  # a session, whatever else it has
        return [one.source for one in rows]

    return _Reading(shape, msgspec.json.Decoder(row).decode_lines, documents)


class Picker:
    """Reads the loaded fields from the lines of one file; it remembers the spelling of further
    fields for the pieces that follow. Threads may share it."""

    def __init__(self, catalog: Catalog, origin: Origin, tuning: StoreTuning) -> None:
        self._catalog = catalog
        self._tuning = tuning
        self._origin = origin
        self._whole = Normalizer(default_catalog())
        self._loaded_names = _loaded_names(catalog)
        self._learned = _shared(catalog)
        self._reading = _reading(_shape_of(catalog, PRIMARY, self._learned))

    def flat(self, piece: bytes, ends: Ints, *, has_documents: bool) -> FlatBatch:
        """The sessions of a piece of complete lines, which end at ``ends``; :class:`NeedsSlowPath`
        where the whole lines must be read."""
        lines = Lines(piece, ends)
        if lines.count > self._tuning.most_fast_lines:
            raise NeedsSlowPath
        if self._origin.is_found and names_results(piece):
            raise NeedsSlowPath
        while True:
            reading = self._reading
            rows = _rows(reading.documents if has_documents else reading.sessions, lines)
            batch = _batch(reading.shape, rows)
            odd = self._other_spelling(reading.shape, batch, lines)
            if odd is None:
                break
            if not self._learn(odd) and self._reading is reading:  # and no other thread did
                raise NeedsSlowPath
        self._judge(reading.shape, rows, batch, lines, has_documents)
        return batch

    def _other_spelling(self, shape: _Shape, batch: FlatBatch, lines: Lines) -> str | None:
        """A name in the text for a field that some row lacks, spelled differently from the name
        read."""
        known = {key for s in _shapes(shape) for key in s.keys}
        missing = dict(_missing(shape, batch))
        everywhere = np.ones(lines.count, dtype=np.bool_)
        missing.update(
            (name, everywhere) for name in self._loaded_names - {k.lower() for k in known}
        )
        if not missing:
            return None
        concerned = np.logical_or.reduce([*missing.values()])
        return other_spelling(lines.of(concerned), self._loaded_names, known, missing.keys())

    def _learn(self, name: str) -> bool:
        """Read fields of this name from now on; returns whether the name is new."""
        tables = [t for t in self._catalog if _is_further(self._catalog, t, name)]
        learned = self._learned | {(table.name, name) for table in tables}
        if learned == self._learned or len(learned) > self._tuning.most_expected_spellings:
            return False
        self._reading = _reading(_shape_of(self._catalog, PRIMARY, learned))
        self._learned = learned
        return True

    def _judge(
        self,
        shape: _Shape,
        rows: Sequence[Any],
        batch: FlatBatch,
        lines: Lines,
        has_documents: bool,
    ) -> None:
        """Whether all rows are sessions. Rows with a ``userSessionId`` are; others depend on the
        rest."""
        sessions = batch[PRIMARY]
        keys = sessions.columns.get("userSessionId")
        if keys is not None and not keys.null_count:
            return
        if has_documents:
            raise NeedsSlowPath
        unkeyed = np.ones(len(rows), dtype=np.bool_)
        if keys is not None:
            unkeyed = is_missing(keys)
        shown = self._shown(shape, rows, sessions)
        may_wrap = matches(lines.text, _MARK.pattern.decode())
        for place in np.flatnonzero(unkeyed):
            line = lines.line(int(place))
            if may_wrap and _MARK.search(line):
                raise NeedsSlowPath
            if not shown[place] and not self._is_session(line):
                raise NeedsSlowPath

    def _shown(self, shape: _Shape, rows: Sequence[Any], sessions: FlatTable) -> Bools:
        """For each row, whether the picked values show that it is a session."""
        is_found = self._origin.is_found
        telling = {"startTime"} if is_found else session_names()
        shown = np.zeros(len(rows), dtype=np.bool_)
        for name, column in sessions.columns.items():
            if name in telling:
                shown |= ~is_missing(column)
        for attribute, _ in shape.children.values():
            lists = map(operator.attrgetter(attribute), rows)
            shown |= [
                held is not None and (not is_found or any(e is not None for e in held))
                for held in lists
            ]
        return shown

    def _is_session(self, line: bytes) -> bool:
        try:
            value = single(line)
            whole = self._whole.session(value)
        except (ValueError, BadValue, RecursionError):
            return False
        assert isinstance(value, Mapping)  # only objects are normalized
        return why_no_session(whole, self._origin.is_found, value) is None


# --- what is read ---------------------------------------------------------------------------------

_SESSION_MEMBERS = ("userSessionId", *default_catalog().table(PRIMARY).children)
"""Members that show a row to be a session, even if it resembles a wrapping."""

_MARK = re.compile(
    rb'(?:"(?:' + b"|".join(sorted(mark.encode() for mark in MARKS)) + rb')"|\\u00[4-7])'
)
"""A word that a wrapping has, possibly as a name, which may be written with escapes."""


def is_picking(catalog: Catalog) -> bool:
    """Whether only single fields are loaded, and no whole table; other spellings of names that are
    not ASCII cannot be searched for."""
    return catalog.loaded is not None and all(
        names is not None and all(map(str.isascii, names))
        for names in catalog.loaded.tables.values()
    )


def _loaded_names(catalog: Catalog) -> frozenset[str]:
    """All names, in lower case, that may stand for a loaded field."""
    loaded = catalog.loaded
    assert loaded is not None
    primary = catalog.table(PRIMARY)
    names = {name for held in loaded.tables.values() for name in held or ()}
    lists = {key.lower() for key, child in primary.children.items() if child in loaded.tables}
    older = {old.lower() for old in primary.older if loaded.reads(PRIMARY, old)}
    return frozenset(names | lists | older)


def _shape_of(catalog: Catalog, name: str, learned: frozenset[tuple[str, str]]) -> _Shape:
    loaded = catalog.loaded
    assert loaded is not None
    table = catalog.table(name)
    keys = [f.name for f in table.fields if loaded.reads(name, f.name)]
    keys += [old for old in table.older if loaded.reads(name, old)]
    keys += sorted(key for owner, key in learned if owner == name)
    members = []
    for place, key in enumerate(keys):
        today = table.older.get(key)
        field = table.get(today or key)
        is_known = field is not None and field.name == (today or key)
        members.append(
            _Member(key, f"f{place}", field if is_known else None, older=today is not None)
        )
    children = {
        key: (f"c{place}", _shape_of(catalog, child, learned))
        for place, (key, child) in enumerate(table.children.items())
        if child in loaded.tables
    }
    return _Shape(table, tuple(members), children)


def _is_further(catalog: Catalog, table: Table, name: str) -> bool:
    """Whether a name is that of a further field of a table that is read."""
    others = {n.lower() for n in (*table.children, *table.older)} | dropped(table)
    return (
        catalog.reads(table.name, name) and table.get(name) is None and name.lower() not in others
    )


def _shared(catalog: Catalog) -> frozenset[tuple[str, str]]:
    """The further fields that share their name with a field of another table: a search for other
    spellings would mistake them for it."""
    shapes = _shapes(_shape_of(catalog, PRIMARY, frozenset()))
    keys = {key for shape in shapes for key in shape.keys}
    return frozenset((t.name, k) for k in keys for t in catalog if _is_further(catalog, t, k))


def _shapes(shape: _Shape) -> Iterator[_Shape]:
    yield shape
    for _, child in shape.children.values():
        yield from _shapes(child)


def _missing(shape: _Shape, batch: FlatBatch) -> Iterator[tuple[str, Bools]]:
    """The names, in lower case, that sessions or their children may have in another spelling, each
    with a bool per session."""
    sessions = batch[PRIMARY].rows
    for part in _shapes(shape):
        table = batch.get(part.table.name)
        for member in part.members:
            column = None if table is None else table.columns.get(member.column)
            if table is None or column is None:
                yield member.key.lower(), np.ones(sessions, dtype=np.bool_)
            elif column.null_count:
                nulls = np.flatnonzero(is_missing(column))
                if table.lengths is not None:
                    nulls = np.repeat(np.arange(sessions), table.lengths)[nulls]
                mask = np.zeros(sessions, dtype=np.bool_)
                mask[nulls] = True
                yield member.key.lower(), mask
    for key, (_, child) in shape.children.items():
        held = batch.get(child.table.name)
        if held is None or held.lengths is None:
            yield key.lower(), np.ones(sessions, dtype=np.bool_)
        else:
            yield key.lower(), held.lengths == 0


# --- columns --------------------------------------------------------------------------------------


def _rows(read: Callable[[bytes], list[Any]], lines: Lines) -> list[Any]:
    """The objects of the lines, one per line."""
    import msgspec

    try:
        rows = read(lines.text)
    except (msgspec.MsgspecError, RecursionError):
        raise NeedsSlowPath from None
    if len(rows) != lines.count:
        raise NeedsSlowPath
    return rows


def _batch(shape: _Shape, rows: Sequence[Any]) -> FlatBatch:
    try:
        return _tables(shape, rows)
    except (BadValue, DataError, OverflowError, pa.ArrowException):
        raise NeedsSlowPath from None


def _tables(shape: _Shape, rows: Sequence[Any]) -> FlatBatch:
    batch = {PRIMARY: _columns(shape, rows)}
    for attribute, child in shape.children.values():
        get = operator.attrgetter(attribute)
        lists = [[e for e in get(row) or () if e is not None] for row in rows]
        entries = [entry for held in lists for entry in held]
        if entries:
            lengths = np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))
            batch[child.table.name] = replace(_columns(child, entries), lengths=lengths)
    return batch


def _columns(shape: _Shape, rows: Sequence[Any]) -> FlatTable:
    columns: dict[str, pa.Array] = {}
    cells: dict[str, list[Any]] = {}
    met = set()
    for member in shape.members:
        held = list(map(operator.attrgetter(member.attribute), rows))
        if member.older:
            if held.count(None) == len(held):
                continue
            if member.column in met:
                raise NeedsSlowPath  # a row may have two older names of a field
            met.add(member.column)
            todays = cells.get(member.column, held)
            held = [old if new is None else new for new, old in zip(todays, held, strict=True)]
        cells[member.column] = held
        column = _column(shape.table, member, held)
        if column.null_count < len(column):
            columns[member.column] = compact(column)
    older = frozenset(m.key for m in shape.members if m.older and m.column in met)
    return FlatTable(len(rows), columns, older=older)


def _column(table: Table, member: _Member, held: list[Any]) -> pa.Array:
    field = member.field
    path = path_of(table, member.column)
    if field is None:
        checked = [None if v is None else values.further_value(v, path) for v in held]
        return further.inferred_array(checked, path)
    if field.type is FieldType.PROPERTIES:
        pairs = [None if v is None else values.documented_value(field, v, path) for v in held]
        return pa.array(pairs, pairs_type(field, pairs))
    return pa.array(held, arrow_type(field))
