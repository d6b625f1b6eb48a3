"""Relations of whole queries: their clauses, items and names (LANGUAGE.md §2, §7, §8, §10)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from tests.oracle.metamorphic.asking import (
    Asker,
    Relations,
    Rows,
    bag,
    is_single,
    nodes,
    only_if,
    read,
    same,
    table_of,
    where_of,
)
from usql.language import syntax as s
from usql.language.formatter import format_query

QUERIES = Relations()
"""Each is given the text of a query."""

_METRICS = {"COUNT", "SUM", "MIN", "MAX", "AVG", "MEDIAN", "PERCENTILE", "CONDITION"}


def is_funnel(query: s.Query) -> bool:
    """Whether the query is a funnel."""
    return isinstance(query.items[0].expression, s.Funnel)


def calls(query: s.Query, names: set[str]) -> bool:
    """Whether one of the functions stands in the select list."""
    return any(isinstance(n, s.Call) and n.name in names for n in nodes(query.items))


def is_grouped(query: s.Query) -> bool:
    """Whether the rows of the answer are groups."""
    return query.distinct or bool(query.group_by) or calls(query, {*_METRICS, "TOP"})


def whole(query: s.Query) -> s.Query:
    """The query without a limit."""
    return replace(query, limit=None)


def is_a_part(few: Rows, many: Rows) -> bool:
    """Whether all rows of one answer are rows of another one, in their order."""
    left = iter(bag([row])[0] for row in many)
    return all(bag([row])[0] in left for row in few)


@QUERIES
def the_formatted_text_asks_the_same(ask: Asker, text: str) -> None:
    first = ask.data.query(text, **ask.options)
    again = ask.data.query(format_query(read(text)), **ask.options)
    assert [c.lower() for c in first.columns] == [c.lower() for c in again.columns]
    same(again.rows(), first.rows())


@QUERIES
def a_limit_shows_the_first_rows(ask: Asker, text: str) -> None:
    query = read(text)
    only_if(not is_funnel(query))
    every = ask.rows(whole(query))
    for limit in {0, 1, 2, len(every) // 2, len(every), len(every) + 1}:
        same(ask.rows(replace(query, limit=limit)), every[:limit])


@QUERIES
def an_order_is_a_permutation(ask: Asker, text: str) -> None:
    query = whole(read(text))
    only_if(bool(query.order_by))
    assert bag(ask.rows(query)) == bag(ask.rows(replace(query, order_by=())))


@QUERIES
def a_descending_order_is_the_ascending_one_reversed(ask: Asker, text: str) -> None:
    """Of a field with one value, but for the nulls, which are last both ways."""
    query = whole(read(text))
    only_if(not is_grouped(query) and bool(query.order_by))
    only_if(isinstance(query.order_by[0].key, s.Field))
    key: Any = query.order_by[0].key
    only_if(is_single(table_of(query), key))
    field = text[key.span.start : key.span.end]
    where = where_of(query, text)
    up, down = (
        [
            cell
            for [cell] in ask.rows(
                f"SELECT {field} FROM {query.table.name}{where} ORDER BY {field} {way}"
            )
        ]
        for way in ("ASC", "DESC")
    )
    values = [v for v in up if v is not None]
    assert up == values + [None] * (len(up) - len(values))
    assert down == values[::-1] + [None] * (len(up) - len(values))


@QUERIES
def every_column_is_the_one_that_it_is_alone(ask: Asker, text: str) -> None:
    query = whole(replace(read(text), order_by=()))
    only_if(not query.distinct and not is_funnel(query) and not any(i.filter for i in query.items))
    only_if(bool(query.group_by) or not is_grouped(query))
    only_if(not any(isinstance(i.expression, s.Star) for i in query.items))
    rows = ask.rows(query)
    for number, item in enumerate(query.items):
        only_if(not _names_an_alias(query, item))
        same(ask.rows(replace(query, items=(item,))), [[row[number]] for row in rows])


def _names_an_alias(query: s.Query, item: s.Item) -> bool:
    """Whether a key may be the alias, or the cut, of another item."""
    others = [i for i in query.items if i is not item]
    names = {i.alias.text.lower() for i in others if i.alias is not None}
    spelled = {n.name.lower() for n in nodes(query.group_by) if isinstance(n, s.Field)}
    aliased = any(isinstance(k, s.Alias) for k in query.group_by)
    cut = any(isinstance(n, s.Call) and n.name == "TOP" for i in others for n in nodes(i))
    dated = any(isinstance(n, s.Call) and n.name not in _METRICS for i in others for n in nodes(i))
    return bool(names & spelled) or aliased or cut or dated


@QUERIES
def columns_stand_in_the_order_of_the_items(ask: Asker, text: str) -> None:
    query = whole(replace(read(text), order_by=()))
    only_if(not query.distinct and not is_funnel(query) and not calls(query, {"TOP"}))
    only_if(not any(isinstance(i.expression, s.Star) for i in query.items))
    turned = ask.rows(replace(query, items=query.items[::-1]))
    same(turned, [row[::-1] for row in ask.rows(query)])


@QUERIES
def an_alias_names_the_column_alone(ask: Asker, text: str) -> None:
    query = replace(read(text), order_by=())
    only_if(not any(i.alias for i in query.items) and not is_funnel(query))
    only_if(not any(isinstance(i.expression, s.Star) for i in query.items))
    named = tuple(
        replace(item, alias=s.Alias(f"column {number}", span=item.span))
        for number, item in enumerate(query.items)
    )
    result = ask.data.query(format_query(replace(query, items=named)), **ask.options)
    assert result.columns == [f"column {number}" for number in range(len(named))]
    same(result.rows(), ask.data.query(format_query(query), **ask.options).rows())


@QUERIES
def a_table_before_its_own_fields_changes_nothing(ask: Asker, text: str) -> None:
    query = read(text)
    table = table_of(query)
    own = [
        n
        for n in nodes(query)
        if isinstance(n, s.Field)
        and n.table is None
        and is_single(table, n)
        and n.span.end > n.span.start
    ]
    aliases = {i.alias.text.lower() for i in query.items if i.alias is not None}
    only_if(bool(own) and not aliases)
    full = text
    for place in sorted({n.span.start for n in own}, reverse=True):
        full = f"{full[:place]}{table}.{full[place:]}"
    same(ask.rows(full), ask.rows(text))


# --- groups ---------------------------------------------------------------------------------------


@QUERIES
def groups_add_up_to_the_rows(ask: Asker, text: str) -> None:
    """Of keys with one value; with several a row is in several groups."""
    query = read(text)
    keys: Any = [k for k in query.group_by if isinstance(k, s.Field)]
    keys = [k for k in keys if k.name.lower() not in _aliases(query)]
    only_if(bool(keys))
    listed = ", ".join(text[k.span.start : k.span.end] for k in keys)
    where = where_of(query, text)
    counts = [
        row[0]
        for row in ask.rows(f"SELECT COUNT(*) FROM {query.table.name}{where} GROUP BY {listed}")
    ]
    total = ask.one(f"SELECT COUNT(*) FROM {query.table.name}{where}")
    assert sum(counts) >= total
    only_if(all(is_single(table_of(query), k) for k in keys))
    assert sum(counts) == total


def _aliases(query: s.Query) -> set[str]:
    return {i.alias.text.lower() for i in query.items if i.alias is not None}


def _a_field(query: s.Query, text: str) -> str:
    """Some field of the select list or the keys."""
    found = [n for n in nodes((query.items, query.group_by)) if isinstance(n, s.Field)]
    found = [n for n in found if n.name.lower() not in _aliases(query)]
    found = [n for n in found if not n.name.lower().endswith("properties") or n.key is not None]
    only_if(bool(found))
    return text[found[0].span.start : found[0].span.end]


@QUERIES
def distinct_values_are_counted_as_they_are_listed(ask: Asker, text: str) -> None:
    query = read(text)
    field, where = _a_field(query, text), where_of(query, text)
    listed = [
        cell for [cell] in ask.rows(f"SELECT DISTINCT {field} FROM {query.table.name}{where}")
    ]
    keys = [
        c for [c] in ask.rows(f"SELECT {field} FROM {query.table.name}{where} GROUP BY {field}")
    ]
    counted = ask.one(f"SELECT COUNT(DISTINCT {field}) FROM {query.table.name}{where}")
    assert counted == len([v for v in listed if v is not None])
    assert len(set(listed)) == len(listed)
    same(keys, listed)


@QUERIES
def a_count_of_a_field_is_the_count_of_rows_with_it(ask: Asker, text: str) -> None:
    query = read(text)
    field, where = _a_field(query, text), where_of(query, text)
    table = query.table.name
    either = "" if query.where is None else where.replace(" WHERE ", " AND (", 1) + ")"
    assert ask.one(f"SELECT COUNT({field}) FROM {table}{where}") == ask.one(
        f"SELECT COUNT(*) FROM {table} WHERE {field} IS NOT NULL{either}"
    )


@QUERIES
def top_keeps_the_first_groups(ask: Asker, text: str) -> None:
    query = read(text)
    field, where = _a_field(query, text), where_of(query, text)
    rest = f"COUNT(*) FROM {query.table.name}{where} GROUP BY {field}"
    every = ask.rows(f"SELECT {field}, {rest}")
    for count in (1, 2, 5, len(every) + 1):
        same(ask.rows(f"SELECT TOP({field}, {count}), {rest}"), every[:count])


@QUERIES
def the_most_frequent_values_are_those_of_the_groups(ask: Asker, text: str) -> None:
    """``TOP`` without a key lists what the groups by the field have in front, nulls aside."""
    query = read(text)
    field, where = _a_field(query, text), where_of(query, text)
    grouped = ask.rows(f"SELECT {field} FROM {query.table.name}{where} GROUP BY {field}")
    values = [v for [v] in grouped if v is not None]
    same(
        ask.rows(f"SELECT COUNT(*), TOP({field}, 3) FROM {query.table.name}{where}")[0][1],
        values[:3],
    )


@QUERIES
def quantiles_lie_between_the_extremes(ask: Asker, text: str) -> None:
    query = read(text)
    inside = [
        n
        for n in nodes(query.items)
        if isinstance(n, s.Call) and n.name in ("AVG", "MEDIAN", "MIN", "MAX")
    ]
    arguments = [n.arguments[0] for n in inside if isinstance(n.arguments[0], s.Field)]
    only_if(bool(arguments))
    field = text[arguments[0].span.start : arguments[0].span.end]
    shares = [0, 10, 50, 75, 100]
    listed = ", ".join(f"PERCENTILE({field}, {share})" for share in shares)
    key = "usersession.country"
    for cells in ask.rows(
        f"SELECT {key}, MIN({field}), MAX({field}), AVG({field}), MEDIAN({field}), {listed} "
        f"FROM {query.table.name}{where_of(query, text)} GROUP BY {key}"
    ):
        _, low, high, average, median, *quantiles = cells
        if low is None:
            assert cells[1:] == [None] * (len(cells) - 1)
            continue
        assert quantiles == sorted(quantiles)
        assert (quantiles[0], quantiles[-1], median) == (float(low), float(high), quantiles[2])
        slack = 1e-9 * max(abs(low), abs(high))
        assert low - slack <= average <= high + slack


@QUERIES
def a_filter_keeps_the_groups_that_fit(ask: Asker, text: str) -> None:
    """It leaves rows out of the answer without it, the more of them the higher its bound."""
    query = whole(read(text))
    only_if(is_grouped(query) and not is_funnel(query))
    keys = [text[k.span.start : k.span.end] for k in query.group_by if isinstance(k, s.Field)]
    only_if(bool(keys) and len(keys) == len(query.group_by) and not _aliases(query))
    head, rest = (
        f"SELECT {', '.join(keys)}, COUNT(*)",
        (f"FROM {query.table.name}{where_of(query, text)} GROUP BY {', '.join(keys)}"),
    )
    every = ask.rows(f"{head} {rest}")
    for bound in (0, 1, 2, 7):
        more = ask.rows(f"{head} FILTER > {bound} {rest}")
        assert more == [row for row in every if row[-1] > bound]
        assert is_a_part(more, every)


@QUERIES
def the_parts_of_a_key_merge_to_its_groups(ask: Asker, text: str) -> None:
    """A further key splits groups, it loses no row of them."""
    query = read(text)
    keys: Any = [k for k in query.group_by if isinstance(k, s.Field)]
    only_if(len(keys) > 1 and not _aliases(query))
    only_if(all(is_single(table_of(query), k) for k in keys[:2]))
    first, second = (text[k.span.start : k.span.end] for k in keys[:2])
    rest = f"COUNT(*) FROM {query.table.name}{where_of(query, text)} GROUP BY {first}"
    merged: dict[Any, int] = {}
    for key, _, count in ask.rows(f"SELECT {first}, {second}, {rest}, {second}"):
        merged[key] = merged.get(key, 0) + count
    same([list(pair) for pair in merged.items()], ask.rows(f"SELECT {first}, {rest}"))


@QUERIES
def children_are_the_same_from_their_sessions(ask: Asker, text: str) -> None:
    """Metrics of a field of actions, asked of the sessions and of the actions."""
    query = read(text)
    metrics = [
        n for n in nodes(query.items) if isinstance(n, s.Call) and n.name in _METRICS - {"COUNT"}
    ]
    fields = [n.arguments[0] for n in metrics if isinstance(n.arguments[0], s.Field)]
    names = [
        f.name
        for f in fields
        if f.key is None and (f.table or table_of(query)).lower() == "useraction"
    ]
    only_if(bool(names) and is_single("useraction", replace(fields[0], table=None, name=names[0])))
    name = names[0]
    listed = "MIN({0}), MAX({0}), AVG({0}), MEDIAN({0}), PERCENTILE({0}, 90), COUNT(DISTINCT {0})"
    [lifted] = ask.rows(f"SELECT {listed.format(f'useraction.{name}')} FROM usersession")
    [own] = ask.rows(f"SELECT {listed.format(name)} FROM useraction")
    same(lifted, own)
    lists = ask.rows(f"SELECT useraction.{name} FROM usersession")
    assert sum(len(cell) for [cell] in lists) == ask.count("useraction")
    same(
        [v for [cell] in lists for v in cell],
        [v for [v] in ask.rows(f"SELECT {name} FROM useraction")],
    )
    numbers = [v for [cell] in lists for v in cell if v is not None]
    assert own[0] == min(numbers, default=None)
    assert own[2] is None or math.isclose(own[2], math.fsum(numbers) / len(numbers), rel_tol=1e-9)
