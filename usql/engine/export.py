"""``JSON``: rows as the export's own objects, rebuilt from the columns (LANGUAGE.md §7)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from usql.catalog.model import PRIMARY, Field, FieldType, Origin
from usql.engine.access import Access
from usql.engine.kernels import Ints, expand_runs
from usql.engine.vectors import take, to_arrow
from usql.store.columns import AnyColumn, ListColumn, PropertiesColumn


def json_rows(access: Access, rows: Ints) -> pa.Array:
    """The objects of these rows as JSON text: fields in the export's order, without those that
    have no value; a session with all its children."""
    return pa.array([_text(row) for row in _objects(access, access.table, rows)], pa.string())


def _text(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)


def _objects(access: Access, table: str, rows: Ints) -> list[dict[str, Any]]:
    objects: list[dict[str, Any]] = [{} for _ in range(len(rows))]
    data = access.store.tables[table]
    definition = access.store.catalog.table(table)
    for field in definition.fields:
        column = data.columns.get(field.name)
        if column is None or field.origin is Origin.DERIVED:
            continue
        for target, value in zip(objects, _values(field, take(column, rows)), strict=True):
            if value is not None and value != []:
                target[field.name] = value
    for name, child in definition.children.items() if table == PRIMARY else ():
        entries, offsets = expand_runs(access.offsets(child), rows)
        children = _objects(access, child, entries)
        for index, target in enumerate(objects):
            own = children[offsets[index] : offsets[index + 1]]
            if own:
                target[name] = own
    return objects


def _values(field: Field, column: AnyColumn) -> Iterator[Any]:
    values = to_arrow(column).to_pylist()
    if isinstance(column, PropertiesColumn) and field.value_type is FieldType.TIMESTAMP:
        for pairs in values:
            yield [{**pair, "value": _iso(pair["value"])} for pair in pairs]
    elif isinstance(column, ListColumn | PropertiesColumn):
        yield from (v or [] for v in values)
    else:
        yield from values


def _iso(ms: int | None) -> str | None:
    """A date property as exports write it."""
    return None if ms is None else str(np.datetime64(ms, "ms")) + "Z"
