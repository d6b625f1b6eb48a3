"""A query over dicts, clause by clause."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.oracle.reference.conditions import Clock, bare, holds
from tests.oracle.reference.exports import LEGACY, Export, Json, Meant, Pair
from tests.oracle.reference.expressions import alone, has_metric, is_multi, is_nested, slots
from tests.oracle.reference.fields import NotModelled, Row, World
from tests.oracle.reference.groups import Grouping, Key, extreme_rank, same
from usql.language import syntax as s

__all__ = ["Answer", "NotModelled", "evaluate"]


@dataclass
class Answer:
    """Rows of plain values, in order."""

    rows: list[list[Any]]


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge,
}  # fmt: skip


def evaluate(
    query: s.Query,
    sessions: list[Json] | Export,
    *,
    start: int | None = None,
    end: int | None = None,
    now: int = 0,
    utc_offset: int = 0,
    profile: str = "dynatrace",
) -> Answer:
    """The rows that the language gives a valid query. Sessions that are asked often are better
    given as an :class:`Export`."""
    export = sessions if isinstance(sessions, Export) else Export(sessions)
    world = World(export, query.table.name.lower())
    begins = [v["startTime"] for v in export.sessions if "startTime" in v]
    ends = begins + [v["endTime"] for v in export.sessions if "endTime" in v]
    first, last = (min(begins), max(ends) + 1) if begins else (0, 0)
    clock = Clock(now, first if start is None else start, last if end is None else end, utc_offset)
    rows = [r for r in world.rows_of(world.table) if _overlaps(r.session, start, end)]
    if query.where is not None:
        rows = [r for r in rows if holds(world, clock, query.where, r)]
    if isinstance(query.limit, s.Hole):
        raise NotModelled(query.limit)
    limit = query.limit if query.limit is not None else 50 if profile == "dynatrace" else None
    if isinstance(query.items[0].expression, s.Funnel):
        counts = []
        for step in query.items[0].expression.steps:
            rows = [r for r in rows if holds(world, clock, step.condition, r)]
            counts.append(len(rows))
        return Answer([counts])
    items = [entry for item in query.items for entry in _expanded(world, item)]
    grouped = (
        query.distinct
        or query.group_by
        or any(has_metric(i.expression) or _is_top(i.expression) for i in items)
    )
    found = (
        _grouped(world, clock, query, items, rows)
        if grouped
        else _plain(world, clock, query, items, rows)
    )
    return Answer(found[:limit])


def _overlaps(session: Json, start: int | None, end: int | None) -> bool:
    if start is None and end is None:
        return True
    begin = session.get("startTime")
    if begin is None:
        return False
    finish = session.get("endTime")
    finish = begin if finish is None else finish
    return (end is None or begin < end) and (start is None or finish >= start)


def _is_top(node: Any) -> bool:
    return isinstance(bare(node), s.Call) and bare(node).name == "TOP"


def _expanded(world: World, item: s.Item) -> list[s.Item]:
    """``*`` as its fields."""
    node = item.expression
    if not isinstance(node, s.Star):
        return [item]
    table = (node.table or world.table).lower()
    found = world.export.found
    names = [n for t, n in world.kinds if t == table and (n not in LEGACY or (t, n) in found)]
    return [s.Item(s.Field(table, name, span=item.span), span=item.span) for name in sorted(names)]


# --- rows -----------------------------------------------------------------------------------------


def _plain(
    world: World, clock: Clock, query: s.Query, items: list[s.Item], rows: list[Row]
) -> list[list[Any]]:
    ordered = list(rows)
    for order in reversed(query.order_by):
        node = _meant(items, order.key)
        descending = order.direction is s.Direction.DESC
        ordered.sort(key=lambda r: extreme_rank(world, clock, node, [r], descending))
    return [[_cell(world, clock, item, row) for item in items] for row in ordered]


def _cell(world: World, clock: Clock, item: s.Item, row: Row) -> Any:
    node = bare(item.expression)
    if isinstance(node, s.Json):
        return _export(world, row)
    if is_nested(world, node):
        return [_said(slots(world, clock, node, one)) for one in alone(world, node, row)]
    values = _said(slots(world, clock, node, row))
    return values if is_multi(world, node) else values[0]


def _export(world: World, row: Row) -> Any:
    """The row's own object, without what is missing and what cannot be queried."""
    return _present(row.child if row.child is not None else row.session)


def _present(value: Any) -> Any:
    if isinstance(value, Meant):
        return value.value
    if isinstance(value, Pair):
        value = value.given
    if isinstance(value, dict):
        return {k: _present(v) for k, v in value.items() if v is not None and v != []}
    if isinstance(value, list):
        return [_present(v) for v in value]
    return value


def _meant(items: list[s.Item], key: Any) -> Any:
    """An alias's expression, or the key itself."""
    node = bare(key)
    name = None
    if isinstance(node, s.Field) and node.table is None and node.key is None:
        name = node.name
    elif isinstance(node, s.String):
        name = node.value
    elif isinstance(node, s.Alias):
        name = node.text
    if name is not None:
        named = [i for i in items if i.alias is not None]
        exact = [i for i in named if i.alias is not None and i.alias.text == name]
        loose = [i for i in named if i.alias is not None and i.alias.text.lower() == name.lower()]
        for item in [*exact, *loose]:
            return bare(item.expression)
    return node


# --- groups ---------------------------------------------------------------------------------------


def _grouped(
    world: World, clock: Clock, query: s.Query, items: list[s.Item], rows: list[Row]
) -> list[list[Any]]:
    grouping = Grouping(world, clock, _keys(world, query, items), rows)
    fits = [True] * len(grouping.groups)
    for item in items:
        if item.filter is not None:
            compare, wanted = _COMPARE[item.filter.op], item.filter.value
            # Of all groups, so that a sum which leaves 64 bits does so whatever others leave out.
            values = [grouping.value(item.expression, g) for g in grouping.groups]
            fits = [
                f and v is not None and compare(v, wanted)
                for f, v in zip(fits, values, strict=True)
            ]
    groups = [g for g, f in zip(grouping.groups, fits, strict=True) if f]
    nodes = [_meant(items, order.key) for order in query.order_by]
    for place, order in reversed([*enumerate(query.order_by)]):
        found = [grouping.key_index(node) for node in nodes[: place + 1]]
        ordered = [index for index in found if index is not None]
        descending = order.direction is s.Direction.DESC
        groups = sorted(
            groups,
            key=lambda g: grouping.order_rank(nodes[place], g, descending, ordered),
        )
    return [[_said(grouping.value(item.expression, g)) for item in items] for g in groups]


def _said(value: Any) -> Any:
    """A value without what only ``JSON`` is to know of it."""
    if isinstance(value, list):
        return [_said(one) for one in value]
    return str(value) if isinstance(value, Meant) else value


def _keys(world: World, query: s.Query, items: list[s.Item]) -> list[Key]:
    keys: list[Key] = []

    def add(node: Any, top: int | None) -> None:
        for index, known in enumerate(keys):
            if same(world, known.node, node):
                tops = [t for t in (known.top, top) if t is not None]
                keys[index] = Key(known.node, min(tops, default=None))
                return
        keys.append(Key(node, top))

    for entry in query.group_by:
        node = _meant(items, entry)
        if has_metric(node) and isinstance(bare(entry), s.Field):
            node = bare(entry)
        if _is_top(node):
            add(bare(node.arguments[0]), node.arguments[1].value if len(node.arguments) > 1 else 1)
        else:
            add(node, None)
    for item in items:
        node = bare(item.expression)
        if _is_top(node):
            operand = bare(node.arguments[0])
            if query.distinct or any(same(world, k.node, operand) for k in keys):
                count: Any = node.arguments[1] if len(node.arguments) > 1 else None
                add(operand, count.value if count else 1)
        elif query.distinct and not has_metric(node) and not _is_number(node):
            add(node, None)
    return keys


def _is_number(node: Any) -> bool:
    node = bare(node)
    return isinstance(node, s.Number) or (isinstance(node, s.Negative) and _is_number(node.operand))
