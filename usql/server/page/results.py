"""Results as the page has them. They are JSON for JavaScript, whose numbers hold whole ones only up to
2**53: larger ones are texts."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from usql.language.diagnostics import UsqlError
from usql.result import ColumnRole, Result, ResultColumn
from usql.result.charts.choice import kind_of, kinds_of
from usql.result.charts.plot import Plot, plot_of
from usql.result.texts import functions as fn
from usql.result.values import strict_values
from usql.server.page.editing import Json, problems_of
from usql.server.page.units import Units

LARGEST_NUMBER = 2**53 - 1
"""The largest whole number up to which JavaScript's numbers hold every whole number."""


def rows_of_page(result: Result, limit: int) -> Json:
    """The first ``limit`` rows of a result, with what the page says of it."""
    shown = result.table.slice(0, limit)
    columns = [numbers_as_texts(column) for column in shown.columns]
    plot = plot_of(result)
    return {
        "columns": columns_of_page(result),
        "rows": list(zip(*columns, strict=True)),
        "rowCount": len(result),
        "totalRows": result.total_rows,
        "funnel": _funnel(result),
        "sessions": _sessions(result, limit),
        "explanations": list(result.explanations),
        "limitNote": result.limit_note,
        "chart": _default_kind(plot),
        "kinds": kinds_of(plot),
        "text": result.text,
        "diagnostics": problems_of(result.diagnostics, Units(result.text)),
    }


def tree_of_page(result: Result) -> Json:
    """The rows of a result by their keys: each node has the value of a key, and either ``nodes`` for
    the next key or, for the last, ``rows`` of the other columns. (The names of a JSON object cannot
    be used: JavaScript sorts those that look like numbers.)"""
    columns = [numbers_as_texts(column) for column in result.table.columns]
    roles = [column.role is ColumnRole.KEY for column in result.schema]
    root: Json = {}
    places: dict[int, dict[str, Json]] = {}
    for row in zip(*columns, strict=True):
        node = root
        for value, is_key in zip(row, roles, strict=True):
            if is_key:
                known = places.setdefault(id(node), {})
                if (inner := known.get(repr(value))) is None:
                    inner = known[repr(value)] = {"key": value}
                    node.setdefault("nodes", []).append(inner)
                node = inner
        leaves = [value for value, is_key in zip(row, roles, strict=True) if not is_key]
        node.setdefault("rows", []).append(leaves)
    described = columns_of_page(result)
    return {
        "branches": [c for c, is_key in zip(described, roles, strict=True) if is_key],
        "leaves": [c for c, is_key in zip(described, roles, strict=True) if not is_key],
        "nodes": root.get("nodes", []),
        "rows": root.get("rows", []),
        "explanations": list(result.explanations),
        "limitNote": result.limit_note,
    }


def chart_of_page(result: Result, kind: str) -> Json:
    """A chart of a result as a specification in Vega-Lite, and the kinds that fit it. Errors are
    those of :meth:`usql.Result.chart`."""
    chart = result.chart(kind)
    return {"spec": chart.spec, "kind": chart.kind, "kinds": kinds_of(plot_of(result))}


def refused_text(error: UsqlError) -> Json:
    """Why a query was refused or stopped. Places are those of ``text``, in which placeholders have
    their values."""
    return {"text": error.text, "diagnostics": problems_of(error.diagnostics, Units(error.text))}


def columns_of_page(result: Result) -> list[Json]:
    """The columns' descriptions."""
    types = result.table.schema.types
    return [_column(column, kind) for column, kind in zip(result.schema, types, strict=True)]


def _column(column: ResultColumn, kind: pa.DataType) -> Json:
    is_time = column.is_timestamp or column.is_mean_time
    return {
        "name": column.name,
        "role": column.role.value,
        "type": _type(kind, is_time),
        "timeOrder": column.time_order,
        "unit": column.unit,
        "isOfStar": column.is_of_star,
    }


def _type(kind: pa.DataType, is_time: bool) -> str:
    """The type of a column: that of its values, alone or in lists and pairs."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"list<{_type(kind.value_type, is_time)}>"
    if pa.types.is_struct(kind):
        return f"pair<{_type(kind.field('value').type, is_time)}>"
    if is_time:
        return "timestamp"
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_floating(kind):
        return "double"
    return "boolean" if pa.types.is_boolean(kind) else "string"


def _default_kind(plot: Plot) -> str | None:
    """The kind of chart that suits a result; ``None`` if none does."""
    try:
        return kind_of(plot)
    except UsqlError:
        return None


def _funnel(result: Result) -> list[Json] | None:
    steps = result.funnel
    if steps is None:
        return None
    return [
        {
            "name": step.name,
            "count": step.count,
            "fromFirst": step.from_first,
            "fromPrevious": step.from_previous,
        }
        for step in steps
    ]


def _sessions(result: Result, limit: int) -> list[tuple[Any, ...]] | None:
    """The ID and the start of each row's session; ``None`` for groups."""
    links = result.deep_links
    if links is None:
        return None
    shown = links.select(["userSessionId", "startTime"]).slice(0, limit)
    return list(zip(*(column.to_pylist() for column in shown.columns), strict=True))


def numbers_as_texts(column: pa.ChunkedArray) -> list[Any]:
    """The values of a column for JavaScript."""
    values = strict_values(column)
    if any(_has_large(chunk) for chunk in column.chunks):
        return [safe_value(value) for value in values]
    return values


def _has_large(array: pa.Array) -> bool:
    kind = array.type
    if pa.types.is_integer(kind):
        return any(end is not None and abs(end) > LARGEST_NUMBER for end in fn.ends(array))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _has_large(fn.entries(array))
    if pa.types.is_struct(kind):
        return any(_has_large(member) for member in array.flatten())
    return False


def safe_value(value: Any) -> Any:
    """A value in which whole numbers that JavaScript cannot hold are texts."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= LARGEST_NUMBER else str(value)
    if isinstance(value, list):
        return [safe_value(entry) for entry in value]
    if isinstance(value, dict):
        return {name: safe_value(entry) for name, entry in value.items()}
    return value
