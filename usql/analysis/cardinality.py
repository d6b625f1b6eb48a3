"""How many groups there can be, by what the catalog knows about the keys' values."""

from __future__ import annotations

from collections.abc import Iterable

from usql.analysis.bound import DatePart, DateText, FieldRef, GroupQuery, Key
from usql.analysis.conditions import Tested, tests
from usql.analysis.scope import Scope
from usql.analysis.values import plain
from usql.catalog.model import Catalog, FieldType
from usql.language import syntax as s
from usql.language.functions import part_of_date

_OF_LETTERS = {"M": 12, "d": 31, "H": 24, "h": 12, "m": 60, "s": 60, "E": 7, "e": 7, "c": 7}


def most_groups(catalog: Catalog, keys: Iterable[Key]) -> int | None:
    """The most groups that these keys can form; ``None`` if unknown."""
    total = 1
    for key in keys:
        many = most_values(catalog, key)
        if many is None:
            return None
        total *= many
    return total


def most_values(catalog: Catalog, key: Key) -> int | None:
    """The most values that a key can have, including null; ``None`` if unknown."""
    if key.top is not None:
        return key.top
    match key.expression:
        case FieldRef() as field:
            return _of_type(catalog, field)
        case DatePart(part=part):
            values = part_of_date(part).values
            return None if values is None else len(values) + 1
        case DateText(format=format):
            many = 1
            for letter in {letter for letter, _ in format.parts if letter}:
                if letter not in _OF_LETTERS:
                    return None
                many *= _OF_LETTERS[letter]
            return many + 1
    return None


def _of_type(catalog: Catalog, field: FieldRef) -> int | None:
    if field.type is FieldType.BOOLEAN:
        return 3
    declared = catalog.table(field.table).get(field.name)
    known = 0 if declared is None or field.type is not FieldType.ENUM else len(declared.values)
    return known + len(declared.later_values) + 1 if declared is not None and known else None


def depends_on_hole(scope: Scope, query: s.Query, bound: GroupQuery) -> bool:
    """Whether a placeholder may decide how many groups there are: one in the select list, a key, an
    order column, the limit, or a test that may be about a key."""
    if not scope.holes:
        return False
    shown = (*query.items, *query.group_by, *query.order_by)
    if any(map(scope.has_hole, shown)) or isinstance(query.limit, s.Hole):
        return True
    keys = {key.expression for key in bound.keys}
    return query.where is not None and any(
        scope.has_hole(test) and _tested(scope, test) in {None, *keys}
        for test in tests(query.where)
    )


def _tested(scope: Scope, test: s.Condition) -> FieldRef | None:
    """The field of a test, if it is known."""
    left = plain(test.left) if isinstance(test, Tested) else None
    return scope.resolve(left) if isinstance(left, s.Field) else None
