"""Relations of conditions: the logic is two-valued, so its laws hold (LANGUAGE.md §5, §8, §9)."""

from __future__ import annotations

from tests.oracle.metamorphic.asking import Asker, Condition, Relations, bag, same

CONDITIONS = Relations()
"""Each is given two conditions on one table."""


@CONDITIONS
def a_condition_and_its_negation_share_the_rows_out(ask: Asker, c: Condition, _: Condition) -> None:
    [[every], *rows] = ask.fitting(c.table, f"{c} OR NOT {c}")
    [[fit], *fitting] = ask.fitting(c.table, c.text)
    [[others], *rest] = ask.fitting(c.table, f"NOT {c}")
    assert ask.count(c.table, f"{c} AND NOT {c}") == 0
    assert fit + others == every == ask.count(c.table)
    if every <= ask.most:
        assert bag(fitting + rest) == bag(rows)


@CONDITIONS
def two_negations_are_none(ask: Asker, c: Condition, _: Condition) -> None:
    same(ask.fitting(c.table, f"NOT (NOT {c})"), ask.fitting(c.table, c.text))


@CONDITIONS
def not_and_is_or_of_nots(ask: Asker, c: Condition, d: Condition) -> None:
    same(ask.fitting(c.table, f"NOT ({c} AND {d})"), ask.fitting(c.table, f"NOT {c} OR NOT {d}"))


@CONDITIONS
def not_or_is_and_of_nots(ask: Asker, c: Condition, d: Condition) -> None:
    same(ask.fitting(c.table, f"NOT ({c} OR {d})"), ask.fitting(c.table, f"NOT {c} AND NOT {d}"))


@CONDITIONS
def and_takes_its_sides_in_any_order(ask: Asker, c: Condition, d: Condition) -> None:
    same(ask.fitting(c.table, f"{c} AND {d}"), ask.fitting(c.table, f"{d} AND {c}"))


@CONDITIONS
def or_takes_its_sides_in_any_order(ask: Asker, c: Condition, d: Condition) -> None:
    same(ask.fitting(c.table, f"{c} OR {d}"), ask.fitting(c.table, f"{d} OR {c}"))


@CONDITIONS
def a_condition_twice_is_the_condition(ask: Asker, c: Condition, d: Condition) -> None:
    once = ask.fitting(c.table, c.text)
    same(ask.fitting(c.table, f"{c} AND {c}"), once)
    same(ask.fitting(c.table, f"{c} OR {c}"), once)
    same(ask.fitting(c.table, f"{c} OR ({c} AND {d})"), once)
    same(ask.fitting(c.table, f"{c} AND ({c} OR {d})"), once)


@CONDITIONS
def or_counts_both_less_their_and(ask: Asker, c: Condition, d: Condition) -> None:
    both = ask.count(c.table, f"{c} AND {d}")
    assert ask.count(c.table, f"{c} OR {d}") == (
        ask.count(c.table, c.text) + ask.count(c.table, d.text) - both
    )


@CONDITIONS
def and_distributes_over_or(ask: Asker, c: Condition, d: Condition) -> None:
    third = f"NOT {d}"
    same(
        ask.fitting(c.table, f"{c} AND ({d} OR {third})"),
        ask.fitting(c.table, f"({c} AND {d}) OR ({c} AND {third})"),
    )


@CONDITIONS
def the_count_is_that_of_the_rows(ask: Asker, c: Condition, _: Condition) -> None:
    [[count], *rows] = ask.fitting(c.table, c.text)
    assert len(rows) == min(count, ask.most)


@CONDITIONS
def condition_counts_what_where_leaves(ask: Asker, c: Condition, d: Condition) -> None:
    inside = f"SELECT CONDITION(COUNT(*), WHERE {c}) FROM {c.table} WHERE {d}"
    assert ask.one(inside) == ask.count(c.table, f"{d} AND {c}")


@CONDITIONS
def condition_and_filter_keep_the_groups_of_where(ask: Asker, c: Condition, d: Condition) -> None:
    key = "usersession.country"
    kept = ask.rows(
        f"SELECT {key}, CONDITION(COUNT(*), WHERE {c}) FILTER > 0 FROM {c.table} WHERE {d} "
        f"GROUP BY {key} ORDER BY {key}"
    )
    where = f"SELECT {key}, COUNT(*) FROM {c.table} WHERE {c} AND {d} GROUP BY {key} ORDER BY {key}"
    same(kept, ask.rows(where))


@CONDITIONS
def a_funnel_counts_the_rows_of_and(ask: Asker, c: Condition, d: Condition) -> None:
    third = f"NOT ({c} AND {d})"
    [steps] = ask.rows(f"SELECT FUNNEL({c}, {d}, {third}) FROM {c.table}")
    assert steps == [ask.count(c.table, c.text), ask.count(c.table, f"{c} AND {d}"), 0]


@CONDITIONS
def the_steps_of_a_funnel_descend(ask: Asker, c: Condition, d: Condition) -> None:
    [steps] = ask.rows(f"SELECT FUNNEL({c}, {d}, NOT {c}, {d}) FROM {c.table} WHERE {d} OR {c}")
    assert steps == sorted(steps, reverse=True)
    assert steps[1] == ask.count(c.table, f"{c} AND {d}")


@CONDITIONS
def a_where_and_a_first_step_are_alike(ask: Asker, c: Condition, d: Condition) -> None:
    [[_, *steps]] = ask.rows(f"SELECT FUNNEL({c}, {d}) FROM {c.table}")
    same(ask.rows(f"SELECT FUNNEL({d}) FROM {c.table} WHERE {c}"), [steps])
