"""The columns of the tables, with their types: as a schema describes them, or as usql writes
them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

from usql.catalog import PRIMARY, Catalog, Field, FieldType, Origin, Table, default_catalog
from usql.frozen import dataclass

if TYPE_CHECKING:
    import pyarrow as pa

Schema: TypeAlias = "pa.Schema | str | os.PathLike[str]"
"""A schema of sessions in the export's nested layout, or a Parquet file that has it."""


class Form(Enum):
    """How a column represents the values of its field."""

    VALUE = "in the field's type"
    CAST = "in a narrower type"
    INSTANT = "as instants, for milliseconds"
    FOREIGN = "in a type that loading reads and SQL does not"


@dataclass(frozen=True, slots=True)
class Stored:
    """The column of a field: its name, and the form of one value."""

    name: str
    form: Form
    is_plain: bool
    """Whether the name stands in SQL without quotes."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of each table by the names of their fields, and the catalog that they give."""

    catalog: Catalog
    tables: Mapping[str, Mapping[str, Stored]]

    def of(self, table: str, field: str) -> Stored | None:
        """The column of a field; ``None`` if there is none, so that it has no values."""
        return self.tables[table].get(field)


def documented() -> Columns:
    """The columns of the documented fields, as ``usql convert`` writes them to Parquet."""
    catalog = default_catalog()
    tables = {
        table.name: {
            field.name: Stored(field.name, _written(field), is_plain=True)
            for field in table.fields
            if field.origin is Origin.DOCUMENTED
        }
        for table in catalog
    }
    return Columns(catalog, tables)


def _written(field: Field) -> Form:
    is_date = field.type is FieldType.PROPERTIES and field.value_type is FieldType.TIMESTAMP
    return Form.INSTANT if is_date else Form.VALUE


def of_schema(schema: Schema) -> Columns:
    """The columns of a schema. ``ValueError`` for a schema without any field of sessions, or with
    two columns whose names differ only in case, which SQL does not distinguish; ``OSError`` for an
    unreadable file, ``TypeError`` for any other object."""
    import pyarrow as pa

    arrow_schema = schema if isinstance(schema, pa.Schema) else _read(schema)
    from usql.errors import DataError
    from usql.store import load  # which decides what a further column is

    try:
        data_catalog = load(arrow_schema.empty_table()).catalog
    except DataError as error:
        raise ValueError(f"schema: {error.reason}") from None
    catalog = replace(data_catalog, property_keys={}, has_data=False)
    primary = catalog.table(PRIMARY)
    tables = {PRIMARY: _stored(primary, arrow_schema)}
    known = {f.name for f in primary.fields if f.origin is Origin.DOCUMENTED} & tables[
        PRIMARY
    ].keys()
    if not known and not any(_kind_of(arrow_schema, name) is not None for name in primary.children):
        raise ValueError(
            "schema: none of its columns is a field of usersession or a list of children"
        )
    for property_, name in primary.children.items():
        kind = _kind_of(arrow_schema, property_)
        child = catalog.table(name)
        if kind is not None and _is_list(kind) and pa.types.is_struct(kind.value_type):
            tables[name] = _stored(child, kind.value_type)
        else:
            tables[name] = {}
    return Columns(_with_legacy(catalog, tables), tables)


def _with_legacy(catalog: Catalog, stored: Mapping[str, Mapping[str, Stored]]) -> Catalog:
    """The catalog with the fields of old exports that have a column as fields of the data."""
    tables = []
    for table in catalog:
        columns = stored[table.name]
        fields = tuple(
            replace(field, origin=Origin.DATA)
            if field.origin is Origin.LEGACY and field.name in columns
            else field
            for field in table.fields
        )
        tables.append(replace(table, fields=fields))
    return replace(catalog, tables=tuple(tables))


def _read(path: Any) -> pa.Schema:
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"schema must be a pyarrow.Schema or a Parquet file, not {path!r}")
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_schema(path)
    except pa.ArrowInvalid as error:
        raise ValueError(f"schema: {os.fspath(path)} is not a Parquet file: {error}") from None


def _kind_of(schema: pa.Schema, name: str) -> pa.DataType | None:
    return next((f.type for f in schema if f.name.lower() == name.lower()), None)


def _stored(table: Table, columns: Iterable[pa.Field]) -> dict[str, Stored]:
    """The columns by the names that the catalog has for their fields, today's or older ones."""
    import pyarrow as pa

    spelled: dict[str, pa.Field] = {}
    for one in columns:
        twin = spelled.setdefault(one.name.lower(), one)
        if twin is not one:
            raise ValueError(
                f"schema: the columns {twin.name!r} and {one.name!r} differ in case only, and SQL "
                "takes them for one"
            )
    stored = {}
    older = {today.lower(): old.lower() for old, today in table.older.items()}
    for field in table.fields:
        known = spelled.get(field.name.lower()) or spelled.get(older.get(field.name.lower(), ""))
        if known is not None and not pa.types.is_null(known.type):
            is_plain = field.origin is Origin.DOCUMENTED and known.name == field.name
            stored[field.name] = Stored(known.name, _form(field, known.type), is_plain)
    return stored


def _form(field: Field, kind: pa.DataType) -> Form:
    import pyarrow as pa

    if field.type is FieldType.PROPERTIES:
        assert field.value_type is not None
        if not (_is_list(kind) and pa.types.is_struct(kind.value_type)):
            return Form.FOREIGN
        pair = {member.name: member.type for member in kind.value_type}
        if pair.keys() < {"key", "value"} or not _is_text(pair["key"]):
            return Form.FOREIGN
        return _single(field.value_type, pair["value"])
    if field.is_list != _is_list(kind):
        return Form.FOREIGN
    return _single(field.type, kind.value_type if field.is_list else kind)


def _single(field_type: FieldType, kind: pa.DataType) -> Form:
    import pyarrow as pa

    is_whole = pa.types.is_integer(kind)
    match field_type:
        case FieldType.STRING | FieldType.ENUM | FieldType.IP:
            fits, casts = _is_text(kind), is_whole
        case FieldType.BOOLEAN:
            fits, casts = pa.types.is_boolean(kind), False
        case FieldType.DOUBLE:
            fits = pa.types.is_float64(kind)
            casts = is_whole or pa.types.is_float32(kind)
        case _ if pa.types.is_timestamp(kind) and field_type is FieldType.TIMESTAMP:
            return Form.INSTANT if kind.tz is not None else Form.FOREIGN
        case _:
            fits, casts = kind == pa.int64(), is_whole and kind != pa.uint64()
    return Form.VALUE if fits else Form.CAST if casts else Form.FOREIGN


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_list(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))
