"""Relations of data: what may be done to sessions without a change of answers, or with a known one."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import usql
from tests.oracle.metamorphic.asking import (
    Asker,
    Relations,
    Rows,
    bag,
    conditions,
    nodes,
    only_if,
    read,
    same,
    where_of,
)
from tests.oracle.metamorphic.of_queries import calls, is_funnel, is_grouped, whole
from tests.oracle.metamorphic.worlds import World, moved
from usql.language import syntax as s
from usql.store.columns import PropertiesColumn

DATA = Relations()
"""Each is given a world and the text of a query."""

_MINUTE = 60_000


def _independent(text: str) -> s.Query:
    """The query, if it means the same whatever sessions are beside a row's own: it names no limit
    of the data's time, and shows no field that only other sessions have."""
    query = read(text)
    only_if("TIME_FRAME" not in text.upper())
    only_if(not any(isinstance(i.expression, s.Star) for i in query.items))
    return query


def _rounds(query: s.Query) -> bool:
    """Whether sums of doubles, which depend on the order of rows, decide more than a cell."""
    if not calls(query, {"SUM", "AVG"}):
        return False
    return bool(query.order_by) or any(i.filter for i in query.items)


def _shuffled(world: World) -> Asker:
    def make() -> list[Any]:
        objects = list(world.objects)
        random.Random(len(objects)).shuffle(objects)
        return objects

    return world.made("shuffled", make)


def _halves(world: World) -> tuple[Asker, Asker]:
    middle = len(world.objects) // 3
    first = world.made("first", lambda: world.objects[:middle])
    return first, world.made("second", lambda: world.objects[middle:])


def _known(asker: Asker, query: s.Query) -> Rows:
    """The rows of an answer; says nothing where the data lacks a field of the query."""
    try:
        return asker.rows(query)
    except usql.UsqlError as refused:
        only_if("unknown-field" not in [d.name for d in refused.diagnostics])
        raise


@DATA
def shuffled_sessions_give_the_same_groups(world: World, text: str) -> None:
    query = read(text)
    only_if(is_grouped(query) or is_funnel(query))
    only_if(not _rounds(query))
    same(_shuffled(world).rows(query), world.ask.rows(query))


@DATA
def shuffled_sessions_give_the_same_rows_in_another_order(world: World, text: str) -> None:
    query = whole(read(text))
    only_if(not is_grouped(query) and not is_funnel(query))
    assert bag(_shuffled(world).rows(query)) == bag(world.ask.rows(query))


@DATA
def the_rows_of_two_parts_are_those_of_the_whole(world: World, text: str) -> None:
    query = whole(replace(_independent(text), order_by=()))
    only_if(not is_grouped(query) and not is_funnel(query))
    first, second = _halves(world)
    same(_known(first, query) + _known(second, query), world.ask.rows(query))


@DATA
def the_steps_of_two_parts_add_up(world: World, text: str) -> None:
    query = _independent(text)
    only_if(is_funnel(query))
    [first], [second] = (_known(half, query) for half in _halves(world))
    assert [[a + b for a, b in zip(first, second, strict=True)]] == world.ask.rows(query)


@DATA
def the_groups_of_two_parts_add_up(world: World, text: str) -> None:
    """Counts and whole sums, and the extremes of the extremes."""
    query = _independent(text)
    keys: Any = [k for k in query.group_by if isinstance(k, s.Field)]
    aliases = {i.alias.text.lower() for i in query.items if i.alias is not None}
    only_if(len(keys) == len(query.group_by) and not query.distinct and not aliases)
    only_if(is_grouped(query) and not calls(query, {"TOP"}))
    listed = [text[k.span.start : k.span.end] for k in keys]
    date = "usersession.startTime"
    metrics = f"COUNT(*), COUNT({date}), MIN({date}), MAX({date}), SUM(usersession.userActionCount)"
    where = where_of(query, text)
    group = f" GROUP BY {', '.join(listed)}" if listed else ""
    asked = read(f"SELECT {', '.join([*listed, metrics])} FROM {query.table.name}{where}{group}")
    merged: dict[tuple[Any, ...], list[Any]] = {}
    for half in _halves(world):
        for row in _known(half, asked):
            key, own = tuple(row[: len(listed)]), row[len(listed) :]
            known = merged.get(key)
            merged[key] = own if known is None else _together(known, own)
    rows = world.ask.rows(asked)
    assert {tuple(row[: len(listed)]): row[len(listed) :] for row in rows} == merged


def _together(a: list[Any], b: list[Any]) -> list[Any]:
    lows = [v for v in (a[2], b[2]) if v is not None]
    highs = [v for v in (a[3], b[3]) if v is not None]
    extremes = [min(lows, default=None), max(highs, default=None)]
    return [a[0] + b[0], a[1] + b[1], *extremes, a[4] + b[4]]


@DATA
def sessions_twice_count_twice(world: World, text: str) -> None:
    """And leave extremes, averages, medians and distinct values as they are."""
    query = _independent(text)
    inside = [
        n
        for n in nodes(query.items)
        if isinstance(n, s.Call) and n.name in ("AVG", "MEDIAN", "MIN", "MAX")
    ]
    fields = [n.arguments[0] for n in inside if isinstance(n.arguments[0], s.Field)]
    only_if(bool(fields))
    field = text[fields[0].span.start : fields[0].span.end]
    where = where_of(query, text)
    asked = (
        f"SELECT usersession.country, COUNT(*), COUNT({field}), MIN({field}), MAX({field}), AVG({field}), "
        f"MEDIAN({field}), COUNT(DISTINCT {field}) FROM {query.table.name}{where} GROUP BY usersession.country"
    )
    doubled = world.made("doubled", lambda: world.objects * 2)
    once = world.ask.rows(asked)
    same(doubled.rows(asked), [[row[0], 2 * row[1], 2 * row[2], *row[3:]] for row in once])


@DATA
def sessions_that_fit_nothing_change_nothing(world: World, text: str) -> None:
    query = whole(_independent(text))
    only_if(query.where is not None and bool(world.strangers))
    condition = conditions(text)[0]
    kept = [
        number
        for number in range(len(world.strangers))
        if world.stranger(number).count(condition.table, condition.text) == 0
    ]
    same(world.among_strangers(kept).rows(query), world.ask.rows(query))


@DATA
def sessions_outside_the_timeframe_change_nothing(world: World, text: str) -> None:
    query = whole(_independent(text))
    starts = [o["startTime"] for o in world.objects if o.get("startTime") is not None]
    only_if(bool(starts))
    end = max(starts) + 1
    late = [moved({**o, "startTime": end}, 5) for o in world.strangers]
    late = [{**o, "startTime": end, "endTime": None} for o in late]
    with_late = world.made("with late ones", lambda: [*late, *world.objects, *late])
    same(
        with_late.over(with_late.data, end=end).rows(query),
        world.ask.over(world.ask.data, end=end).rows(query),
    )


@DATA
def a_timeframe_and_the_next_one_share_what_overlaps_both(world: World, text: str) -> None:
    query = _independent(text)
    where = where_of(query, text)
    times = sorted(o["startTime"] for o in world.objects if o.get("startTime") is not None)
    only_if(bool(times))
    first, middle, last = times[0], times[len(times) // 2], times[-1] + 1
    ordered = world.made("no end before its start", lambda: [_in_order(o) for o in world.objects])
    table = query.table.name
    count = f"SELECT COUNT(*) FROM {table}{where}"
    also = where.replace(" WHERE ", " WHERE (", 1) + ") AND" if where else " WHERE"

    def within(start: int, end: int, asked: str) -> Any:
        return ordered.over(ordered.data, start=start, end=end).one(asked)

    begun = "usersession.startTime"
    lasting = f"(usersession.endTime >= {middle} OR (usersession.endTime IS NULL AND {begun} >= {middle}))"
    both = f"SELECT COUNT(*) FROM {table}{also} {begun} < {middle} AND {lasting}"
    assert within(first, middle, count) + within(middle, last, count) == (
        within(first, last, count) + within(first, last, both)
    )


def _in_order(session: dict[str, Any]) -> dict[str, Any]:
    start, end = session.get("startTime"), session.get("endTime")
    return (
        session if start is None or end is None or end >= start else {**session, "endTime": start}
    )


@DATA
def a_field_that_nobody_asks_for_changes_nothing(world: World, text: str) -> None:
    query = _independent(text)
    only_if(not any(isinstance(n, s.Json) for n in nodes(query.items)))
    more = world.made(
        "with a further field",
        lambda: [{"aFurtherField": [1, 2], **o, "zField": "x"} for o in world.objects],
    )
    same(more.rows(query), world.ask.rows(query))


CLOCKS = [
    "DATETIME({t}, 'yyyy-MM-dd HH:mm:ss', '{i}')",
    "DATETIME({t}, 'EEEE d.M. h', '{i}')",
    "YEAR({t})",
    "MONTH({t})",
    "DAY({t})",
    "HOUR({t})",
    "MINUTE({t})",
]
INTERVALS = ["7m", "6h", "1d", "3d", "week", "2 weeks", "month", "3 months", "year", "90"]
LIMITS = [
    "'2026-03-02'",
    "'03/02/2026 12:30'",
    "$NOW - DURATION('1M')",
    "$NOW - DURATION('1q')",
    "$TIME_FRAME_START + DURATION('1y')",
    "'1969-12-31 23:00'",
]


@DATA
def a_later_clock_is_like_later_data(world: World, text: str) -> None:
    """A local clock ``utc_offset`` minutes ahead shows what UTC shows of data so much later."""
    draw = random.Random(text)
    offset = draw.choice([-840, -330, -1, 60, 345, 570, 840])
    later = world.made(
        f"later by {offset}", lambda: [moved(o, offset * _MINUTE) for o in world.objects]
    )
    time = draw.choice(["startTime", "endTime", "useraction.startTime"])
    shown = draw.choice(CLOCKS).format(t=time, i=draw.choice(INTERVALS))
    limit = draw.choice(LIMITS)
    where = f"WHERE usersession.startTime {draw.choice(['<', '>='])} {limit}"
    now = world.options["now"]
    for asked in (
        f"SELECT {shown}, city FROM usersession {where}",
        f"SELECT {shown}, COUNT(*), SUM(userActionCount) FROM usersession {where} GROUP BY {shown}",
    ):
        local = world.ask.over(world.ask.data, utc_offset=offset).rows(asked)
        moved_now = later.over(later.data, utc_offset=0, now=now + offset * _MINUTE)
        same(local, moved_now.rows(asked))


@DATA
def sessions_come_back_from_a_store_and_from_files(world: World, text: str) -> None:
    expected = world.ask.rows(text)
    for name in ("store", "sessions.ndjson", "sessions.ndjson.zst"):
        same(world.saved(name).rows(text), expected)
    # Of a property Parquet keeps the key and the value alone, whatever form a date had.
    shows_json = any(isinstance(node, s.Json) for node in nodes(read(text)))
    if not (shows_json and _has_more(world)):
        same(world.saved("sessions.parquet").rows(text), expected)


def _has_more(world: World) -> bool:
    """Whether a property has more than a key and a value in its usual form."""
    columns = (c for t in world.ask.data._store.tables.values() for c in t.columns.values())
    return any(isinstance(c, PropertiesColumn) and c.more is not None for c in columns)
