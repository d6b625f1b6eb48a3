"""What the catalog says of a table and of a field. Pure facts; no data, no query."""

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
        """Integers and dates: values are whole numbers."""
        return self in (FieldType.INTEGER, FieldType.LONG, FieldType.TIMESTAMP)

    @property
    def is_number(self) -> bool:
        """Numbers proper; dates are not among them."""
        return self in (FieldType.INTEGER, FieldType.LONG, FieldType.DOUBLE)

    @property
    def is_text(self) -> bool:
        """Strings, enums and addresses: what LIKE and STARTSWITH read."""
        return self in (FieldType.STRING, FieldType.ENUM, FieldType.IP)


class Cardinality(Enum):
    """How many distinct values the vendor documents for a field."""

    __hash__ = object.__hash__  # members are single; Enum's own hash is slower

    NORMAL = "normal"
    HIGH = "high"
    EXTREME = "extremely high"


class Origin(Enum):
    """Where the knowledge of a field comes from."""

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

    ``is_list`` marks ``list<…>`` fields, whose entries are values of ``type``. ``unit`` is
    ``"ms"`` or ``None``. ``values`` are the documented enum values, ``later_values`` those of
    later editions. ``successors`` name what replaces a deprecated field. ``is_json`` marks strings
    that are the JSON text of values which no type holds; none of them came as a plain string.
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

    ``json_property`` is ``None`` for the primary table. ``fields`` stand in export order.
    ``children`` (primary table only) maps the JSON property of each secondary table to its name.
    ``older`` maps names that older exports have to today's (LANGUAGE.md §3).
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
        # Of names that differ in case only the first answers, unless the other is spelled exactly.
        by_name = {f.name.lower(): f for f in reversed(self.fields)}
        object.__setattr__(self, "_by_name", by_name | {f.name: f for f in self.fields})
        object.__setattr__(self, "_refused", {r.name.lower(): r for r in self.refused})

    _by_name: Mapping[str, Field] = field(init=False, repr=False, compare=False)
    _refused: Mapping[str, Refused] = field(init=False, repr=False, compare=False)

    def get(self, name: str) -> Field | None:
        """The field of this name, case ignored; ``None`` if there is none."""
        return self._by_name.get(name) or self._by_name.get(name.lower())

    def refusal(self, name: str) -> Refused | None:
        """The non-queryable field of this name, case ignored."""
        return self._refused.get(name.lower())

    def star(self) -> tuple[Field, ...]:
        """What ``*`` stands for: all fields but those of old exports that the data lacks, in order
        of their names' code points (LANGUAGE.md §7)."""
        shown = (f for f in self.fields if f.origin is not Origin.LEGACY)
        return tuple(sorted(shown, key=lambda f: f.name))


PRIMARY = "usersession"
"""The name of the primary table."""


@dataclass(frozen=True)
class Projection:
    """Some fields of some tables. ``tables`` maps a table to the names of its fields in lower case,
    ``None`` for all of them; of a table that is not among its keys not even the rows are loaded.
    ``hidden`` fields of usersession are read to tell sessions from each other, and cannot be asked
    for."""

    tables: Mapping[str, frozenset[str] | None]
    hidden: frozenset[str] = frozenset()
    _older: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def reads(self, table: str, name: str) -> bool:
        """Whether a field is read that a source gives this name, in any spelling, or an older
        name."""
        if table not in self.tables:
            return False
        wanted = self.tables[table]
        if wanted is None or name.lower() in wanted:
            return True
        return table == PRIMARY and self._older.get(name.lower(), "") in wanted

    def has(self, table: str, name: str) -> bool:
        """Whether a field can be asked for."""
        is_hidden = table == PRIMARY and name.lower() in self.hidden
        return self.reads(table, name) and not is_hidden

    def has_all(self, table: str) -> bool:
        """Whether all fields of a table can be asked for."""
        return self.tables.get(table, frozenset()) is None


@dataclass(frozen=True)
class Catalog:
    """All tables. ``property_keys`` maps (table, property field) to the keys that the data has;
    without data it is empty and any key is taken as it stands. ``loaded``: the fields that are
    loaded where these are some only; what further ones the data has is not known then."""

    tables: tuple[Table, ...]
    property_keys: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    has_data: bool = False
    loaded: Projection | None = None

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables)

    def get(self, name: str) -> Table | None:
        """The table of this name, case ignored; ``None`` if there is none."""
        wanted = name.lower()
        return next((t for t in self.tables if t.name == wanted), None)

    def table(self, name: str) -> Table:
        """The table of this exact lower-case name; ``KeyError`` if there is none."""
        found = self.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def reads(self, table: str, name: str) -> bool:
        """Whether a load reads what a source has under this name in rows of a table."""
        return self.loaded is None or self.loaded.reads(table, name)

    def with_data(
        self,
        fields: Mapping[str, Iterable[Field]],
        property_keys: Mapping[tuple[str, str], tuple[str, ...]],
    ) -> Catalog:
        """The catalog with what loaded data holds: per table name the fields found (a legacy or
        derived field found in the data becomes one of the data), and the property keys."""
        tables = []
        for table in self.tables:
            found = {f.name: f for f in fields.get(table.name, ())}
            kept = tuple(f for f in table.fields if f.name not in found)
            tables.append(replace(table, fields=kept + tuple(found.values())))
        return replace(self, tables=tuple(tables), property_keys=dict(property_keys), has_data=True)
