"""What matters only on the vendor's server: limits on patterns, its approximations, and constructs
of this engine that it refuses (LANGUAGE.md §12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from usql.analysis.bound import (
    BoundQuery,
    GroupQuery,
    Metric,
)
from usql.analysis.cardinality import depends_on_hole, most_groups
from usql.analysis.scope import Scope
from usql.language import syntax as s
from usql.language.calls import is_distinct_count
from usql.language.diagnostics import Span
from usql.language.lexer import Comment
from usql.language.literals import parse_like

_BUCKETS_PER_KEY = 1000


def check_text(scope: Scope, comments: Iterable[Comment], semicolon: Span | None) -> None:
    """Warn about comments and the closing semicolon."""
    if not scope.profile.warns_of_extensions:
        return
    for comment in list(comments)[:1]:
        scope.report("extension", "The vendor's server does not read comments.", comment.span)
    if semicolon is not None:
        scope.report("extension", "The vendor's server does not read a semicolon.", semicolon)


def check_likes(scope: Scope, query: s.Query) -> None:
    """Check the number of patterns with an inner wildcard. FUNNEL counts as the queries that it
    expands to: one per step, each with WHERE and all steps so far."""
    most = scope.profile.most_likes
    if most is None:
        return
    funnels = [i.expression for i in query.items if isinstance(i.expression, s.Funnel)]
    steps = [step for funnel in funnels for step in funnel.steps]
    times = max(1, len(steps))
    weighed = [(like, times) for like in _likes(scope, query.where)]
    for index, step in enumerate(steps):
        weighed += [(like, len(steps) - index) for like in _likes(scope, step.condition)]
    for item in query.items:
        if not isinstance(item.expression, s.Funnel):
            weighed += [(like, 1) for like in _likes(scope, item.expression)]
    total = 0
    for like, weight in weighed:
        total += weight
        if total > most:
            count = sum(w for _, w in weighed)
            scope.report(
                "too-many-likes",
                f"The query has {count} LIKE patterns with an inner wildcard; "
                f"the {scope.profile.name} profile allows {most}.",
                like.span,
            )
            return


def _likes(scope: Scope, node: object) -> Iterator[s.Like]:
    """All LIKEs with an inner wildcard inside a node."""
    match node:
        case s.Like(pattern=s.String(value=pattern)):
            if parse_like(pattern).has_inner_wildcard and not scope.has_hole(node):
                yield node
        case s.And(parts=parts) | s.Or(parts=parts):
            for part in parts:
                yield from _likes(scope, part)
        case s.Not(part=x) | s.Brackets(inner=x) | s.Where(condition=x) | s.Negative(operand=x):
            yield from _likes(scope, x)
        case s.Call(arguments=arguments):
            for argument in arguments:
                yield from _likes(scope, argument)
        case s.Arithmetic(left=left, right=right):
            yield from _likes(scope, left)
            yield from _likes(scope, right)


def check_answers(scope: Scope, query: s.Query, bound: BoundQuery) -> None:
    """Report where the vendor's server would answer approximately and this engine does not."""
    if not scope.profile.warns_of_extensions or not isinstance(bound, GroupQuery):
        return
    for item in query.items:
        for call in filter(is_distinct_count, s.walk(item.expression)):
            scope.report(
                "vendor-approximate",
                "The vendor's server estimates distinct counts; here they are exact.",
                call.span,
            )
    most = most_groups(scope.catalog, bound.keys)
    if (most is not None and most <= _BUCKETS_PER_KEY) or depends_on_hole(scope, query, bound):
        return
    tops = [k.top for k in bound.keys if k.top is not None]
    crowded = any(n > _BUCKETS_PER_KEY for n in (*tops, bound.limit or 0))
    by_metric = any(isinstance(o.expression, Metric) for o in bound.order)
    if bound.keys and (crowded or by_metric):
        place = query.order_by[0].span if by_metric and query.order_by else query.span
        scope.report(
            "vendor-approximate",
            "The vendor's server forms a limited number of groups before it "
            "orders them; here all groups take part.",
            place,
        )
