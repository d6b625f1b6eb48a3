"""What the catalog says about a table and a field. Pure facts; no data, no query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from enum import Enum

from usql.frozen import dataclass


class FieldType(Enum):
    """The type of one value of a field (LANGUAGE.md §5 says what each may be compared with)."""

    __hash__ = object.__hash__  # members are single; Enum's own hash is slower

    STRING = "string"
    ENUM = "enum"
    INTEGER = "integer"
    LONG = "long"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"
    IP = "ip"
    PROPERTIES = "properties"
    """A whole property list; ``Field.value_type`` is the type of its values."""

    @property
    def is_integral(self) -> bool:
        """Whether values are whole numbers: integers and dates."""
        return self in (FieldType.INTEGER, FieldType.LONG, FieldType.TIMESTAMP)

    @property
    def is_number(self) -> bool:
        """Whether values are numbers; dates are not."""
        return self in (FieldType.INTEGER, FieldType.LONG, FieldType.DOUBLE)

    @property
    def is_text(self) -> bool:
        """Whether LIKE and STARTSWITH can read the values: strings, enums and addresses."""
        return self in (FieldType.STRING, FieldType.ENUM, FieldType.IP)


class Cardinality(Enum):
    """How many distinct values the vendor documents for a field."""

    __hash__ = object.__hash__  # members are single; Enum's own hash is slower

    NORMAL = "normal"
    HIGH = "high"
    EXTREME = "extremely high"


class Origin(Enum):
    """How a field is known."""

    DOCUMENTED = "documented"
    LEGACY = "legacy"
    """In old exports only (LANGUAGE.md §3); always deprecated."""
    DERIVED = "derived"
    """``isEntryAction`` and ``isExitAction``: computed where the data lacks them."""
    DATA = "data"
    """Found in the loaded data."""


@dataclass(frozen=True, slots=True)
class Field:
    """A queryable field of a table.

    ``is_list`` marks ``list<…>`` fields, whose entries are values of ``type``. ``unit`` is ``"ms"``
    or ``None``. ``values`` are the documented enum values, ``later_values`` those of later
    editions. ``successors`` name what replaces a deprecated field. ``is_json`` marks strings that
    are the JSON text of values which no type holds; none of them was a plain string in the source.
    """

    name: str
    type: FieldType
    description: str = ""
    unit: str | None = None
    cardinality: Cardinality = Cardinality.NORMAL
    is_list: bool = False
    value_type: FieldType | None = None
    values: tuple[str, ...] = ()
    later_values: tuple[str, ...] = ()
    deprecated: bool = False
    successors: tuple[str, ...] = ()
    origin: Origin = Origin.DOCUMENTED
    is_json: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A field of the export that cannot be queried, and the field to use instead, if any."""

    name: str
    use_instead: str | None = None


@dataclass(frozen=True)
class Table:
    """A table: its name, the session's JSON property that holds its rows, its fields.

    ``json_property`` is ``None`` for the primary table. ``fields`` are in the order of the export.
    ``children`` (primary table only) maps the JSON property of each secondary table to its name.
    ``older`` maps names in older exports to the current ones (LANGUAGE.md §3).
    """

    name: str
    json_property: str | None
    description: str
    fields: tuple[Field, ...]
    refused: tuple[Refused, ...] = ()
    children: Mapping[str, str] = field(default_factory=dict)
    documented: bool = True
    older: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # If names differ only in case, the first one wins unless another matches exactly.
        by_name = {f.name.lower(): f for f in reversed(self.fields)}
        object.__setattr__(self, "_by_name", by_name | {f.name: f for f in self.fields})
        object.__setattr__(self, "_refused", {r.name.lower(): r for r in self.refused})

    _by_name: Mapping[str, Field] = field(init=False, repr=False, compare=False)
    _refused: Mapping[str, Refused] = field(init=False, repr=False, compare=False)

    def get(self, name: str) -> Field | None:
        """The field with this name, ignoring case; ``None`` if there is none."""
        return self._by_name.get(name) or self._by_name.get(name.lower())

    def refusal(self, name: str) -> Refused | None:
        """The non-queryable field with this name, ignoring case; ``None`` if there is none."""
        return self._refused.get(name.lower())

    def star(self) -> tuple[Field, ...]:
        """The fields that ``*`` stands for: all except fields of old exports that the data lacks,
        sorted by name in code point order (LANGUAGE.md §7)."""
        shown = (f for f in self.fields if f.origin is not Origin.LEGACY)
        return tuple(sorted(shown, key=lambda f: f.name))


PRIMARY = "usersession"
"""The name of the primary table."""


@dataclass(frozen=True)
class Projection:
    """Some fields of some tables. ``tables`` maps a table to the names of its fields in lower case,
    ``None`` for all of them; for a table that is not among its keys, not even the rows are loaded.
    ``hidden`` fields of usersession are read to identify sessions, and cannot be queried."""

    tables: Mapping[str, frozenset[str] | None]
    hidden: frozenset[str] = frozenset()
    _older: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def reads(self, table: str, name: str) -> bool:
        """Whether the field with this name in a source, in any spelling or as an older name, is
        read."""
        if table not in self.tables:
            return False
        loaded = self.tables[table]
        if loaded is None or name.lower() in loaded:
            return True
        return table == PRIMARY and self._older.get(name.lower(), "") in loaded

    def has(self, table: str, name: str) -> bool:
        """Whether a field can be queried."""
        is_hidden = table == PRIMARY and name.lower() in self.hidden
        return self.reads(table, name) and not is_hidden

    @property
    def without_hidden(self) -> Projection:
        """The fields that can be queried alone: of rows that a time already makes sessions, and that
        are not compared with each other."""
        primary = self.tables.get(PRIMARY)
        if primary is None or not self.hidden:
            return self
        return replace(
            self, tables={**self.tables, PRIMARY: primary - self.hidden}, hidden=frozenset()
        )

    def has_all(self, table: str) -> bool:
        """Whether all fields of a table can be queried."""
        return self.tables.get(table, frozenset()) is None


@dataclass(frozen=True)
class Catalog:
    """All tables. ``property_keys`` maps (table, property field) to the keys that the data has;
    without data it is empty and any key is accepted. ``loaded``: the fields that are loaded, if not
    all are; the data's further fields are then unknown."""

    tables: tuple[Table, ...]
    property_keys: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    has_data: bool = False
    loaded: Projection | None = None

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables)

    def get(self, name: str) -> Table | None:
        """The table with this name, ignoring case; ``None`` if there is none."""
        lower = name.lower()
        return next((t for t in self.tables if t.name == lower), None)

    def table(self, name: str) -> Table:
        """The table with exactly this name, in lower case; ``KeyError`` if there is none."""
        table = self.get(name)
        if table is None:
            raise KeyError(name)
        return table

    def reads(self, table: str, name: str) -> bool:
        """Whether a load reads members with this name in rows of a table."""
        return self.loaded is None or self.loaded.reads(table, name)

    def with_data(
        self,
        fields: Mapping[str, Iterable[Field]],
        property_keys: Mapping[tuple[str, str], tuple[str, ...]],
    ) -> Catalog:
        """The catalog extended by what loaded data holds: for each table name the fields found (a
        legacy or derived field that is found becomes a field of the data), and the property
        keys."""
        tables = []
        for table in self.tables:
            in_data = {f.name: f for f in fields.get(table.name, ())}
            others = tuple(f for f in table.fields if f.name not in in_data)
            tables.append(replace(table, fields=others + tuple(in_data.values())))
        return replace(self, tables=tuple(tables), property_keys=dict(property_keys), has_data=True)
