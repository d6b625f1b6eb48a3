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
from usql.editor.rules.logic import left_by, only_field, parts_of, tree_of
from usql.editor.rules.subject import Subject, bare
from usql.language import syntax as s
from usql.language.diagnostics import Diagnostic, Fix, Span, diagnostic, entry, replace
from usql.language.rules import Correction, Rule, Severity

_ORDER_BY = re.compile(r"\s*\bORDER\s+BY\s*\Z", re.IGNORECASE)


def idle_orders(subject: Subject) -> Iterator[Diagnostic]:
    """Order columns over one row, doubled ones, and those that WHERE holds to one value."""
    bound, orders = subject.bound, subject.query.order_by
    if bound is None or isinstance(bound, FunnelQuery) or not orders:
        return
    query = subject.query
    if subject.has_hole(*query.items, *query.group_by, *orders):
        return
    if isinstance(bound, GroupQuery) and not bound.keys:
        if any(isinstance(bare(i.expression), s.Field) for i in subject.query.items):
            return  # a key is missing rather than an order too many: that is `ungrouped-field`
        span = Span(orders[0].span.start, orders[-1].span.end)
        message = "Without a group key the result is one row, which has no order."
        yield diagnostic("order-without-effect", message, span, _without_clause(subject))
        return
    fixed = set(_fixed_fields(subject))
    seen: list[tuple[Expression, bool | None]] = []
    for index, order in enumerate(bound.order):
        meant = order.expression
        if isinstance(bound, GroupQuery) and isinstance(meant, KeyRef):
            meant = bound.keys[meant.index].expression
        # A list counts as its smallest value ascending, as its largest descending.
        way = order.descending if isinstance(bound, RowQuery) and is_multi(meant) else None
        message = ""
        if (meant, way) in seen:
            message = "This column is ordered by already; only its first place counts."
        elif isinstance(meant, Constant):
            message = "A number is the same in every row."
        elif meant in fixed:
            message = "WHERE leaves one value of this field; there is nothing to order."
        seen.append((meant, way))
        if message:
            fixes = _without_clause(subject)
            if len(orders) > 1:
                span = entry([o.span for o in orders], index)
                fixes = (replace("remove it", span, ""),)
                if subject.holds_comment(span):
                    fixes = ()
            yield diagnostic("order-without-effect", message, orders[index].span, fixes)


def _fixed_fields(subject: Subject) -> Iterator[FieldRef]:
    """The single-valued fields of which WHERE leaves one value."""
    where = subject.query.where
    for part in parts_of(tree_of(subject, where)) if where is not None else ():
        field = only_field(part)
        if field is not None:
            left = left_by(part, field)
            if not left.null and sets.count(left.ranges, sets.is_whole(field)) == 1:
                yield field


def _without_clause(subject: Subject) -> tuple[Fix, ...]:
    orders = subject.query.order_by
    found = _ORDER_BY.search(subject.text[: orders[0].span.start])
    if found is None:
        return ()  # a comment stands between
    span = Span(found.start(), orders[-1].span.end)
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
            Correction.SAFE,
        ),
    ),
}
"""What each check reports."""
