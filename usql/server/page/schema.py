"""The tables and fields of the data, and the values of a field, for the schema browser."""

from __future__ import annotations

from typing import Any

from usql.asking.question import QueryOptions
from usql.catalog import Catalog, Field, FieldType, Table
from usql.catalog.describe import type_name
from usql.engine import Event
from usql.language import syntax as s
from usql.language.diagnostics import Span
from usql.language.formatter import field_text, quote
from usql.queryable import Queryable
from usql.server.endpoints import wrong_body
from usql.server.page.bodies import FieldQuestion
from usql.server.page.editing import Json
from usql.server.page.results import numbers_as_texts

_MOST_VALUES = 20

LONGEST_LOOK = 2.0
"""The most seconds that counting the values of a field may take."""


def schema_of(sessions: Queryable, cancelled: Event) -> Json:
    """The tables with their numbers of rows, and their fields."""
    catalog = sessions.catalog
    options = QueryOptions(profile="offline", cancelled=cancelled)
    tables = []
    for table in catalog:
        rows = sessions.ask(f"SELECT COUNT(*) FROM {table.name}", options).rows()[0][0]
        tables.append(
            {
                "name": table.name,
                "rows": rows,
                "description": table.description,
                "fields": [_field(catalog, table, field) for field in table.fields],
            }
        )
    return {"tables": tables}


def _field(catalog: Catalog, table: Table, field: Field) -> Json:
    return {
        "name": field.name,
        "type": field.type.value,
        "valueType": None if field.value_type is None else field.value_type.value,
        "typeName": type_name(field),
        "unit": field.unit,
        "list": field.is_list,
        "description": field.description,
        "values": field.values,
        "deprecated": field.deprecated,
        "successors": field.successors,
        "origin": field.origin.value,
        "cardinality": field.cardinality.value,
        "keys": catalog.property_keys.get((table.name, field.name), ()),
    }


def values_of(sessions: Queryable, question: FieldQuestion, options: QueryOptions) -> Json:
    """The most frequent values of a field with their numbers of rows, the number of its distinct
    values, of the rows without a value, and for numbers and times its smallest and largest value.
    ``Refusal`` for a field that does not exist; :class:`usql.UsqlError` if it takes too long."""
    table, name, field = _spelled(sessions.catalog, question)
    test = f" AND {name} STARTSWITH {quote(question.prefix)}" if question.prefix else ""
    ask = f" FROM {table.name} WHERE {name} IS NOT NULL{test}"
    by_count = (
        f"SELECT {name}, COUNT(*){ask} GROUP BY {name} ORDER BY COUNT(*) DESC LIMIT {_MOST_VALUES}"
    )
    columns = [numbers_as_texts(c) for c in sessions.ask(by_count, options).table.columns]
    kind = field.value_type if question.key is not None else field.type
    has_ends = kind is not None and (kind.is_number or kind is FieldType.TIMESTAMP)
    ends = f", MIN({name}), MAX({name})" if has_ends else ""
    summary = sessions.ask(f"SELECT COUNT(DISTINCT {name}){ends}{ask}", options)
    distinct, *both = _single_row(summary.table.columns)
    nulls = sessions.ask(f"SELECT COUNT(*) FROM {table.name} WHERE {name} IS NULL", options)
    smallest, largest = both or (None, None)
    return {
        "values": list(zip(*columns, strict=True)),
        "distinct": distinct,
        "nulls": _single_row(nulls.table.columns)[0],
        "min": smallest,
        "max": largest,
    }


def _single_row(columns: list[Any]) -> list[Any]:
    return [numbers_as_texts(column)[0] for column in columns]


def _spelled(catalog: Catalog, question: FieldQuestion) -> tuple[Table, str, Field]:
    """The table, the field as a query of the table writes it, and the field."""
    table = catalog.get(question.table)
    if table is None:
        raise wrong_body("table", "is not the name of a table")
    field = table.get(question.field)
    if field is None:
        raise wrong_body("field", f"is not a field of {table.name}")
    if (field.type is FieldType.PROPERTIES) != (question.key is not None):
        needs = "is needed for a field of properties" if question.key is None else "is not needed"
        raise wrong_body("key", needs)
    node = s.Field(None, field.name, question.key, span=Span(0, 0))
    return table, field_text(node), field
