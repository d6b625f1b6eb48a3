"""Results made by hand."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from usql.result import ColumnRole, Result, ResultColumn


def result(columns: dict[str, list[Any]], **options: Any) -> Result:
    keys = options.pop("keys", ())
    times = options.pop("times", ())
    table = pa.table(columns)
    described = [
        ResultColumn(n, ColumnRole.KEY if n in keys else ColumnRole.LEAF, n in times)
        for n in columns
    ]
    return Result(table, described, **options)


def repeated(*values: object) -> Result:
    """One row whose columns all have the name ``a``."""
    table = pa.Table.from_arrays([pa.array([v]) for v in values], ["a"] * len(values))
    return Result(table, [ResultColumn("a", ColumnRole.LEAF, False)] * len(values))


def funnel(counts: dict[str, int]) -> Result:
    """The result of a FUNNEL with these counts."""
    return result({name: [count] for name, count in counts.items()}, is_funnel=True)
