"""Results that are drawn over time, and what tests ask of charts: validity, and the data of their
parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import altair

from tests.unit.result.made import result
from usql.language.literals.dateformat import parse_date_format
from usql.result import ColumnRole, Result, ResultColumn
from usql.result.periods import Periods, Text

DAYS = Text(parse_date_format("yyyy-MM-dd"), None)


def over(
    values: Sequence[Any],
    periods: Periods | None,
    is_additive: bool = True,
    **others: Sequence[Any],
) -> Result:
    """Groups by a date function, whose other columns are numbers or, if they are texts, keys."""
    columns: dict[str, list[Any]] = {"t": list(values)}
    columns |= {name: list(column) for name, column in others.items()}
    keys = [n for n, c in others.items() if any(isinstance(v, str) for v in c)]
    made = result(columns, keys=keys)
    time = ResultColumn("t", ColumnRole.KEY, False, "ascending", periods)
    rest = [replace(column, is_additive=is_additive) for column in made.schema[1:]]
    return Result(made.table, [time, *rest])


def spec_of(result: Result, kind: str = "auto") -> dict[str, Any]:
    """The specification of a result's chart, which Altair says is valid."""
    spec = result.chart(kind).spec
    assert spec["$schema"] == "https://vega.github.io/schema/vega-lite/v5.json"
    altair.Chart.from_dict(spec)
    return spec


def panels(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The views of which a chart consists, from left to right or from the top."""
    views: list[dict[str, Any]] = spec.get("hconcat") or spec.get("vconcat") or [spec]
    return views


def data(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a chart of one view."""
    (view,) = panels(spec)
    rows: list[dict[str, Any]] = view["data"]["values"]
    return rows


def notes(spec: dict[str, Any]) -> str:
    """What a chart says below its title."""
    return " ".join(spec["title"]["subtitle"])


def titles(spec: Any) -> Iterator[str]:
    """All titles of fields."""
    if isinstance(spec, dict):
        if "field" in spec and spec.get("title"):
            yield spec["title"]
        for value in spec.values():
            yield from titles(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from titles(value)
