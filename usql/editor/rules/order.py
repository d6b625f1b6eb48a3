"""``order-without-effect``: ORDER BY columns that cannot change the order (LANGUAGE.md §7, §8)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from usql.analysis.bound import (
    Constant,
    Expression,
    FieldRef,
    FunnelQuery,
    GroupQuery,
    KeyRef,
    RowQuery,
    is_multi,
)
from usql.editor.rules import sets
from usql.editor.rules.logic import condition_tree, only_field, parts_of, possible_values
from usql.editor.rules.subject import Subject, bare
from usql.language import syntax as s
from usql.language.diagnostics import Diagnostic, Fix, Span, diagnostic, entry, replace
from usql.language.rules import Correction, Rule, Severity

_ORDER_BY = re.compile(r"\s*\bORDER\s+BY\s*\Z", re.IGNORECASE)


def idle_orders(subject: Subject) -> Iterator[Diagnostic]:
    """Order columns of a single row, repeated ones, and those that WHERE restricts to one value."""
    bound, orders = subject.bound, subject.query.order_by
    if bound is None or isinstance(bound, FunnelQuery) or not orders:
        return
    query = subject.query
    if subject.has_hole(*query.items, *query.group_by, *orders):
        return
    if isinstance(bound, GroupQuery) and not bound.keys:
        if any(isinstance(bare(i.expression), s.Field) for i in subject.query.items):
            return  # rather a missing key than a superfluous order: see `ungrouped-field`
        span = Span(orders[0].span.start, orders[-1].span.end)
        message = "Without a group key the result is one row, which has no order."
        yield diagnostic("order-without-effect", message, span, _without_clause(subject))
        return
    fixed = set(_fixed_fields(subject))
    earlier: list[tuple[Expression, bool | None]] = []
    for index, order in enumerate(bound.order):
        meant = order.expression
        if isinstance(bound, GroupQuery) and isinstance(meant, KeyRef):
            meant = bound.keys[meant.index].expression
        # A list is sorted by its smallest value ascending, by its largest descending.
        way = order.descending if isinstance(bound, RowQuery) and is_multi(meant) else None
        message = ""
        if (meant, way) in earlier:
            message = "This column is ordered by already; only its first place counts."
        elif isinstance(meant, Constant):
            message = "A number is the same in every row."
        elif meant in fixed:
            message = "WHERE leaves one value of this field; there is nothing to order."
        earlier.append((meant, way))
        if message:
            fixes = _without_clause(subject)
            if len(orders) > 1:
                span = entry([o.span for o in orders], index)
                fixes = (replace("remove it", span, ""),)
                if subject.holds_comment(span):
                    fixes = ()
            yield diagnostic("order-without-effect", message, orders[index].span, fixes)


def _fixed_fields(subject: Subject) -> Iterator[FieldRef]:
    """The single-valued fields that WHERE restricts to one value."""
    where = subject.query.where
    for part in parts_of(condition_tree(subject, where)) if where is not None else ():
        field = only_field(part)
        if field is not None:
            possible = possible_values(part, field)
            if not possible.null and sets.count(possible.ranges, sets.is_whole(field)) == 1:
                yield field


def _without_clause(subject: Subject) -> tuple[Fix, ...]:
    orders = subject.query.order_by
    match = _ORDER_BY.search(subject.text[: orders[0].span.start])
    if match is None:
        return ()  # there is a comment between them
    span = Span(match.start(), orders[-1].span.end)
    if subject.holds_comment(span):
        return ()
    return (replace("remove ORDER BY", span, ""),)


RULES = {
    idle_orders: (
        Rule(
            "USQL611",
            "order-without-effect",
            Severity.WARNING,
            "7.12",
            "An ORDER BY column cannot change the order.",
            explanation="An order column cannot change the order: the result is one row, the column already "
            "occurs before it, it is a number, or `WHERE` leaves only one value of it.",
            example='SELECT city FROM usersession WHERE country = "Spain" ORDER BY country, city',
            correction=Correction.SAFE,
        ),
    ),
}
"""What each check reports."""
