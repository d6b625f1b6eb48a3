"""Row queries and funnels (LANGUAGE.md §7, §9)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from usql.analysis.bound import Column, OrderBy, RowJson
from usql.catalog import FieldType
from usql.errors import InternalError
from usql.language import syntax as s
from usql.planner.plan import Filter, Funnel, Limit, Plan, Project, Scan, Sort, TopRows
from usql.translation.conditions import condition
from usql.translation.nodes import (
    Node,
    all_of,
    column,
    count_rows,
    named,
    null,
    only,
    ordered,
    qualified,
)
from usql.translation.unsupported import Findings
from usql.translation.values import Values


def rows_of(values: Values, plan: Plan) -> tuple[Node | None, Scan]:
    """The condition on the rows of a plan, and the scan below it."""
    match plan:
        case Scan():
            return None, plan
        case Filter(input=Scan() as scan, condition=where):
            return condition(values.dialect, where, values.tested_in_where), scan
    raise InternalError(f"{type(plan).__name__} is no source of rows")


def selected(values: Values, plan: Plan, shown: list[Node]) -> exp.Select:
    """These columns of the rows that a plan's Scan and Filter select. The columns are written
    first, so that the layout knows what it has to read."""
    where, scan = rows_of(values, plan)
    query = values.layout.query(scan.timeframe).select(*shown)
    return query if where is None else query.where(where)


def row_query(values: Values, plan: Project, findings: Findings) -> exp.Select:
    """A query that returns a row for each matching row of the table."""
    rows, order, limit = _parts(plan.input)
    by = [
        ordered(values.order(o.expression, largest=o.descending), descending=o.descending)
        for o in order
    ]
    cells = [*_cells(values, plan.columns, findings)]
    query = selected(values, rows, cells)
    if by:
        result_names = _other_names(cells)
        query = query.order_by(
            *(qualified(one, result_names, values.layout.table_of) for one in by)
        )
    return query if limit is None else query.limit(limit)


def _other_names(cells: list[Node]) -> set[str]:
    """The names of the result's columns, in lower case, that are not each a column of this name."""
    names = [cell.alias.lower() for cell in cells]
    unrenamed = {
        name
        for cell, name in zip(cells, names, strict=True)
        if isinstance(cell.this, exp.Column) and cell.this.name.lower() == name
    }
    return {name for name in names if name not in unrenamed or names.count(name) > 1}


def _parts(plan: Plan) -> tuple[Plan, tuple[OrderBy, ...], int | None]:
    """The source of rows, the order and the limit."""
    match plan:
        case TopRows(input=rows, order=order, count=count):
            return rows, order, count
        case Sort(input=rows, order=order):
            return rows, order, None
        case Limit(input=inner, count=count):
            rows, order, _ = _parts(inner)
            return rows, order, count
    return plan, (), None


def _cells(values: Values, columns: tuple[Column, ...], findings: Findings) -> Iterator[Node]:
    for one in columns:
        if isinstance(one.expression, RowJson):
            findings.add("json", lambda node: isinstance(node, s.Json))
            yield named(null(FieldType.STRING), one.name, quoted=True)
        else:
            yield named(values.shown(one.expression), one.name, quoted=True)


def funnel_query(values: Values, plan: Funnel) -> exp.Select:
    """The single row of a funnel: the number of rows that meet the first step, the first two, and
    so on."""
    steps = [f"step_{i}" for i in range(1, len(plan.steps) + 1)]
    fits = [
        named(condition(values.dialect, step.condition, values.tested), name)
        for step, name in zip(plan.steps, steps, strict=True)
    ]
    rows = selected(values, plan.input, fits)
    counts = [
        named(only(count_rows(), all_of(map(column, steps[: i + 1]))), step.name, quoted=True)
        for i, step in enumerate(plan.steps)
    ]
    return exp.select(*counts).from_("matching").with_("matching", as_=rows)
