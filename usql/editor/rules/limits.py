"""``default-limit`` and ``high-cardinality``: what a limit or a count may omit (LANGUAGE.md §8,
§12)."""

from __future__ import annotations

from collections.abc import Iterator

from usql.analysis.bound import FieldRef, GroupQuery, Key
from usql.analysis.cardinality import depends_on_hole, most_values
from usql.catalog import Cardinality
from usql.editor.rules import sets
from usql.editor.rules.logic import condition_tree, only_field, parts_of, possible_values
from usql.editor.rules.subject import Subject, bare
from usql.language import syntax as s
from usql.language.calls import is_distinct_count
from usql.language.diagnostics import Diagnostic, Edit, Fix, Span, diagnostic
from usql.language.rules import Rule, Severity


def default_limit(subject: Subject) -> Iterator[Diagnostic]:
    """Queries that may have more groups than the profile's default limit shows."""
    bound, most = subject.bound, subject.profile.default_limit
    if not isinstance(bound, GroupQuery) or not bound.limit_is_default or most is None:
        return
    if depends_on_hole(subject.scope(), subject.query, bound):
        return
    total = 1
    for key in bound.keys:
        many = _most_values(subject, key)
        total = total * many if many is not None else most + 1
        if total > most:
            break
    else:
        return
    query = subject.query
    word = query.group_by or query.items
    place = Span(word[0].span.start, word[-1].span.end)
    rows = subject.profile.most_rows
    message = (
        f"There may be more than {most} groups; without LIMIT the first {most} are shown"
        f"{f', with LIMIT up to {rows}' if rows is not None else ''}."
    )
    end = Span(query.span.end, query.span.end)
    fix = Fix(f"insert LIMIT {rows or most}", (Edit(end, f" LIMIT {rows or most}"),))
    yield diagnostic("default-limit", message, place, [fix])


def _most_values(subject: Subject, key: Key) -> int | None:
    """The largest number of values that a key can have, including null; ``None`` if it is not
    known."""
    field = key.expression
    by_where = None
    if key.top is None and isinstance(field, FieldRef) and not field.multi:
        by_where = _most_by_where(subject, field)
    return by_where or most_values(subject.catalog, key)


def _most_by_where(subject: Subject, field: FieldRef) -> int | None:
    where = subject.query.where
    for part in parts_of(condition_tree(subject, where)) if where is not None else ():
        if only_field(part) == field:
            possible = possible_values(part, field)
            many = sets.count(possible.ranges, sets.is_whole(field))
            if many is not None:
                return many + possible.null
    return None


def distinct_counts(subject: Subject) -> Iterator[Diagnostic]:
    """COUNT(DISTINCT …) of a field that the vendor documents as having very many values."""
    if not subject.profile.warns_of_extensions:
        return
    for node in s.walk(subject.query):
        match node:
            case s.Call(arguments=(s.Distinct(operand=operand),)) if is_distinct_count(node):
                inner = bare(operand)
                field = subject.resolve(inner) if isinstance(inner, s.Field) else None
                if field is not None and field.cardinality is Cardinality.HIGH:
                    message = (
                        f"`{field.text}` has very many values: the vendor's server counts them "
                        "slowly and roughly; here the count is exact."
                    )
                    fixes = []
                    if (field.table, field.name) == ("usersession", "userSessionId"):
                        fixes = [_rows(node)] if subject.table.name == field.table else []
                    yield diagnostic("high-cardinality", message, node.span, fixes)


def _rows(call: s.Call) -> Fix:
    """Each row of usersession is a session with its own identifier, so COUNT(*) is the same."""
    return Fix("write COUNT(*)", (Edit(call.span, "COUNT(*)"),))


RULES = {
    default_limit: (
        Rule(
            "USQL706",
            "default-limit",
            Severity.INFORMATION,
            "10.4",
            "Without LIMIT the profile shows only the first groups.",
            explanation="There is no `LIMIT`, so the profile shows the first 50 groups, and there may be "
            "more. Not reported when the keys cannot have that many values: booleans, documented "
            "enums, `TOP`, hours and months, or a key that `WHERE` restricts to few values.",
            example="SELECT city, COUNT(*) FROM usersession GROUP BY city",
        ),
    ),
    distinct_counts: (
        Rule(
            "USQL612",
            "high-cardinality",
            Severity.WARNING,
            "8.41",
            "COUNT(DISTINCT …) of a field with very many values is expensive and estimated.",
            explanation="`COUNT(DISTINCT …)` of a field with very many values is allowed, but it is slow and "
            "approximate on the server. Here it is exact.",
            example="SELECT COUNT(DISTINCT userSessionId) FROM usersession",
        ),
    ),
}
"""What each check reports."""
