"""NDJSON of which some fields are read: msgspec makes objects of these alone, and the objects
columns.

What is passed over is still JSON, but nothing else is known of it. So everything that the picked
values cannot settle is left to the reader of whole lines (:class:`NeedsPrecise`): a wanted name in
another spelling, a row that may be a wrapping, or one that does not show that it is a session.
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
from usql.store.bad_data import BadValue, NeedsPrecise
from usql.store.batches.flat import FlatBatch, FlatTable
from usql.store.compact import compact
from usql.store.compute import is_missing
from usql.store.forms import further, values
from usql.store.forms.normalize import Normalizer
from usql.store.forms.pairs import pairs_type
from usql.store.forms.schema import arrow_type, dropped, path_of
from usql.store.inputs.origin import Origin
from usql.store.loading.json.precise import WHITE, single
from usql.store.loading.json.spellings import matches, names_results, other_spelling
from usql.store.recognition.sessionhood import documented, why_no_session
from usql.store.recognition.wrappings import MARKS

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

_MOST_LINES = 1 << 17
_MOST_LEARNED = 100
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
    """A name that objects are read with: ``attribute`` of what msgspec makes. ``field`` is ``None``
    for a field that the catalog does not know, ``older`` says that the name is not today's."""

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
        """The type that is read without a second look."""
        if self.field is None or self.field.type is FieldType.PROPERTIES:
            return Any
        single = _TYPES[self.field.type] | None
        return list[single] | None if self.field.is_list else single  # type: ignore[valid-type]


@dataclass(frozen=True)
class _Shape:
    """The members of a table's objects, and the lists of children: the attribute and the shape of
    each."""

    table: Table
    members: tuple[_Member, ...]
    children: Mapping[str, tuple[str, _Shape]]

    @property
    def keys(self) -> set[str]:
        """All names in its objects."""
        return {*(m.key for m in self.members), *self.children}

    def kind(self) -> Any:
        """The class that msgspec makes objects of."""
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
    """What lines are read with: the shape of what is made of sessions, alone or as documents."""

    shape: _Shape
    sessions: Callable[[bytes], list[Any]]
    documents: Callable[[bytes], list[Any]]


def _reading(shape: _Shape) -> _Reading:
    import msgspec

    row = shape.kind()
    raw = msgspec.Raw | None
    beside = [(f"b{i}", raw, None) for i, _ in enumerate(_OWN)]
    names = {f"b{i}": name for i, name in enumerate(_OWN)} | {"source": "_source"}
    document = msgspec.defstruct("Document", [("source", row), *beside], gc=False, rename=names)

    def documents(text: bytes) -> list[Any]:
        found: list[Any] = msgspec.json.Decoder(document).decode_lines(text)
        if any(getattr(one, f"b{i}") is not None for one in found for i, _ in enumerate(_OWN)):
            raise NeedsPrecise  # a session, whatever it has beside
        return [one.source for one in found]

    return _Reading(shape, msgspec.json.Decoder(row).decode_lines, documents)


class Picker:
    """Reads the loaded fields of one file's lines; what it learns of the spelling of further fields
    serves the pieces that follow. Threads may share it."""

    def __init__(self, catalog: Catalog, origin: Origin) -> None:
        self._catalog = catalog
        self._origin = origin
        self._whole = Normalizer(default_catalog())
        self._wanted = _wanted(catalog)
        self._learned = _shared(catalog)
        self._reading = _reading(_shape_of(catalog, PRIMARY, self._learned))

    def flat(self, piece: bytes, ends: Ints, *, has_documents: bool) -> FlatBatch:
        """The sessions of a piece of whole lines, which end there; :class:`NeedsPrecise` where more
        must be looked at."""
        lines = _Lines(piece, ends)
        if self._origin.is_found and names_results(piece):
            raise NeedsPrecise
        while True:
            reading = self._reading
            rows = _rows(reading.documents if has_documents else reading.sessions, lines)
            batch = _batch(reading.shape, rows)
            odd = self._other_spelling(reading.shape, batch, lines)
            if odd is None:
                break
            if not self._learn(odd) and self._reading is reading:  # nor did another thread
                raise NeedsPrecise
        self._judge(reading.shape, rows, batch, lines, has_documents)
        return batch

    def _other_spelling(self, shape: _Shape, batch: FlatBatch, lines: _Lines) -> str | None:
        """A name of what some row lacks that is spelled otherwise than it is read."""
        known = {key for s in _shapes(shape) for key in s.keys}
        missing = dict(_missing(shape, batch))
        everywhere = np.ones(lines.count, dtype=np.bool_)
        missing.update((name, everywhere) for name in self._wanted - {k.lower() for k in known})
        if not missing:
            return None
        concerned = np.logical_or.reduce([*missing.values()])
        return other_spelling(lines.of(concerned), self._wanted, known, missing.keys())

    def _learn(self, name: str) -> bool:
        """Read fields of this name from now on; whether that is something new."""
        tables = [t for t in self._catalog if _is_further(self._catalog, t, name)]
        learned = self._learned | {(table.name, name) for table in tables}
        if learned == self._learned or len(learned) > _MOST_LEARNED:
            return False
        self._reading = _reading(_shape_of(self._catalog, PRIMARY, learned))
        self._learned = learned
        return True

    def _judge(
        self,
        shape: _Shape,
        rows: Sequence[Any],
        batch: FlatBatch,
        lines: _Lines,
        has_documents: bool,
    ) -> None:
        """Whether all rows are sessions. One with a ``userSessionId`` is; of others it depends."""
        sessions = batch[PRIMARY]
        keys = sessions.columns.get("userSessionId")
        if keys is not None and not keys.null_count:
            return
        if has_documents:
            raise NeedsPrecise
        unkeyed = np.ones(len(rows), dtype=np.bool_)
        if keys is not None:
            unkeyed = is_missing(keys)
        shown = self._shown(shape, rows, sessions)
        may_wrap = matches(lines.text, _MARK.pattern.decode())
        for place in np.flatnonzero(unkeyed):
            line = lines.line(int(place))
            if may_wrap and _MARK.search(line):
                raise NeedsPrecise
            if not shown[place] and not self._is_session(line):
                raise NeedsPrecise

    def _shown(self, shape: _Shape, rows: Sequence[Any], sessions: FlatTable) -> Bools:
        """Per row whether what was picked tells that it is a session."""
        is_found = self._origin.is_found
        telling = {"startTime"} if is_found else documented()
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
        assert isinstance(value, Mapping)  # or it were not normalized
        return why_no_session(whole, self._origin.is_found, value) is None


# --- what is read ---------------------------------------------------------------------------------

_OWN = ("userSessionId", *default_catalog().table(PRIMARY).children)
"""What makes a row a session, whatever wrapping it looks like."""

_MARK = re.compile(
    rb'(?:"(?:' + b"|".join(sorted(mark.encode() for mark in MARKS)) + rb')"|\\u00[4-7])'
)
"""A word, perhaps a name, that a wrapping has; names may be written with escapes."""


def is_picking(catalog: Catalog) -> bool:
    """Whether single fields are loaded, and no table as a whole; names in other letters than those
    of English cannot be sought in any spelling."""
    return catalog.loaded is not None and all(
        names is not None and all(map(str.isascii, names))
        for names in catalog.loaded.tables.values()
    )


def _wanted(catalog: Catalog) -> frozenset[str]:
    """All names that may stand for what is read, in lower case."""
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
    """The further fields that have the name of a field of another table: a search for odd spellings
    would take them for that one."""
    shapes = _shapes(_shape_of(catalog, PRIMARY, frozenset()))
    keys = {key for shape in shapes for key in shape.keys}
    return frozenset((t.name, k) for k in keys for t in catalog if _is_further(catalog, t, k))


def _shapes(shape: _Shape) -> Iterator[_Shape]:
    yield shape
    for _, child in shape.children.values():
        yield from _shapes(child)


def _missing(shape: _Shape, batch: FlatBatch) -> Iterator[tuple[str, Bools]]:
    """The names in lower case that sessions, or children of theirs, may have by another spelling,
    each with those sessions."""
    sessions = batch[PRIMARY].rows
    for part in _shapes(shape):
        found = batch.get(part.table.name)
        for member in part.members:
            column = None if found is None else found.columns.get(member.column)
            if found is None or column is None:
                yield member.key.lower(), np.ones(sessions, dtype=np.bool_)
            elif column.null_count:
                nulls = np.flatnonzero(is_missing(column))
                if found.lengths is not None:
                    nulls = np.repeat(np.arange(sessions), found.lengths)[nulls]
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


def _rows(read: Callable[[bytes], list[Any]], lines: _Lines) -> list[Any]:
    """The objects of the lines, one each."""
    import msgspec

    try:
        rows = read(lines.text)
    except (msgspec.MsgspecError, RecursionError):
        raise NeedsPrecise from None
    if len(rows) != lines.count:
        raise NeedsPrecise
    return rows


def _batch(shape: _Shape, rows: Sequence[Any]) -> FlatBatch:
    try:
        return _tables(shape, rows)
    except (BadValue, DataError, OverflowError, pa.ArrowException):
        raise NeedsPrecise from None


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
    given: dict[str, list[Any]] = {}
    met = set()
    for member in shape.members:
        held = list(map(operator.attrgetter(member.attribute), rows))
        if member.older:
            if held.count(None) == len(held):
                continue
            if member.column in met:
                raise NeedsPrecise  # a row may have two older names of a field
            met.add(member.column)
            todays = given.get(member.column, held)
            held = [old if new is None else new for new, old in zip(todays, held, strict=True)]
        given[member.column] = held
        column = _column(shape.table, member, held)
        if column.null_count < len(column):
            columns[member.column] = compact(column)
    older = frozenset(m.key for m in shape.members if m.older and m.column in met)
    return FlatTable(len(rows), columns, older=older)


def _column(table: Table, member: _Member, held: list[Any]) -> pa.Array:
    field = member.field
    path = path_of(table, member.column)
    if field is None:
        checked = [None if v is None else values.further(v, path) for v in held]
        return further.typed(checked, path)
    if field.type is FieldType.PROPERTIES:
        made = [None if v is None else values.documented(field, v, path) for v in held]
        return pa.array(made, pairs_type(field, made))
    return pa.array(held, arrow_type(field))


# --- lines ----------------------------------------------------------------------------------------


class _Lines:
    """The lines of a piece that hold something, which end at these places. :class:`NeedsPrecise`
    where a value may go on in the next line: where one ends that is not the end of an object, or
    begins that is not its beginning."""

    def __init__(self, text: bytes, ends: Ints) -> None:
        self.text = text
        data = np.frombuffer(text, dtype=np.uint8)
        if not text.endswith(b"\n"):
            ends = np.append(ends, len(text))
        self._ends = ends
        self._begins = np.concatenate(([0], ends[:-1] + 1))
        if not (
            (ends > self._begins).all()
            and (data[self._begins] == ord("{")).all()
            and (data[ends - 1] == ord("}")).all()
        ):
            self._strip()
        self.count = len(self._ends)
        if self.count > _MOST_LINES:
            raise NeedsPrecise

    def _strip(self) -> None:
        """The same where white space stands around objects, or in place of them."""
        places = []
        for begin, end in zip(self._begins.tolist(), self._ends.tolist(), strict=True):
            line = self.text[begin:end].strip(WHITE)
            if line:
                if line[:1] != b"{" or line[-1:] != b"}":
                    raise NeedsPrecise
                places.append((begin, end))
        self._begins = np.array([begin for begin, _ in places], dtype=np.int64)
        self._ends = np.array([end for _, end in places], dtype=np.int64)

    def line(self, place: int) -> bytes:
        """One of them."""
        return self.text[self._begins[place] : self._ends[place]]

    def of(self, chosen: Bools) -> bytes:
        """The text of these, or of all if they are many."""
        if 2 * np.count_nonzero(chosen) > self.count:
            return self.text
        return b"\n".join(map(self.line, np.flatnonzero(chosen).tolist()))


def line_ends(text: bytes) -> Ints:
    """Where each line ends that has an end."""
    return np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == ord("\n"))
