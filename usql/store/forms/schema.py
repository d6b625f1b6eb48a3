"""The canonical Arrow schema of sessions, which every reader produces and the encoder takes.

It is nested like the export: a row per session, children and properties as lists of structs.
"""

from __future__ import annotations

import functools

import pyarrow as pa

from usql.catalog import PRIMARY, Catalog, Field, FieldType, Table, default_catalog

ARROW_TYPES = {
    FieldType.STRING: pa.string(),
    FieldType.ENUM: pa.string(),
    FieldType.IP: pa.string(),
    FieldType.INTEGER: pa.int64(),
    FieldType.LONG: pa.int64(),
    FieldType.TIMESTAMP: pa.int64(),
    FieldType.DOUBLE: pa.float64(),
    FieldType.BOOLEAN: pa.bool_(),
}
"""The Arrow type of one value."""


def arrow_type(field: Field) -> pa.DataType:
    """The Arrow type of a field."""
    if field.type is FieldType.PROPERTIES:
        assert field.value_type is not None
        value = ARROW_TYPES[field.value_type]
        return pa.list_(pa.struct([("key", pa.string()), ("value", value)]))
    single = ARROW_TYPES[field.type]
    return pa.list_(single) if field.is_list else single


def table_schema(catalog: Catalog, table: Table) -> pa.Schema:
    """The columns of a table; the primary one with its children."""
    fields = [pa.field(f.name, arrow_type(f)) for f in table.fields]
    if table.name == PRIMARY:
        for name, child in table.children.items():
            entries = pa.struct(list(table_schema(catalog, catalog.table(child))))
            fields.append(pa.field(name, pa.list_(entries)))
    return pa.schema(fields)


@functools.cache
def export_schema() -> pa.Schema:
    """The schema of the documented export, without the fields that are dropped."""
    catalog = default_catalog()
    return table_schema(catalog, catalog.table(PRIMARY))


def dropped(table: Table) -> frozenset[str]:
    """The names of the export's fields that are never loaded, in lower case."""
    return frozenset(r.name.lower() for r in table.refused)


def path_of(table: Table, name: str) -> str:
    """The name of a field in errors, with its table."""
    return f"{table.json_property}.{name}" if table.json_property else name
