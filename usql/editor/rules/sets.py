"""Sets of ordered values, as unions of ranges between cuts.

A cut lies before all values, before or after one value, or after all. A range extends from one cut
to a later one, so that open and closed limits need no separate cases.
"""

from __future__ import annotations

from usql.analysis.bound import FieldRef, Matches, OneOf, Predicate, Prefix, Present, Range, Value
from usql.catalog import FieldType
from usql.language.literals.like import Wildcard

Cut = tuple[int] | tuple[int, Value, int]
Ranges = tuple[tuple[Cut, Cut], ...]
"""Disjoint, in order, none empty, none touching."""

FIRST: Cut = (-1,)
LAST: Cut = (1,)
ALL: Ranges = ((FIRST, LAST),)
NONE: Ranges = ()


def before(value: Value) -> Cut:
    """The cut just before a value."""
    return (0, value, 0)


def after(value: Value, whole: bool) -> Cut:
    """The cut just after a value; for ``whole`` numbers it is the one before the next number."""
    return (0, int(value) + 1, 0) if whole and isinstance(value, int) else (0, value, 1)


def union(one: Ranges, other: Ranges) -> Ranges:
    """All values of both, whose ranges may overlap and be in any order."""
    joined: list[tuple[Cut, Cut]] = []
    for low, high in sorted(one + other):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return tuple(joined)


def complement(ranges: Ranges, universe: Ranges = ALL) -> Ranges:
    """All values of the universe that are not in ``ranges``."""
    gaps: list[tuple[Cut, Cut]] = []
    low = FIRST
    for begin, end in ranges:
        if low < begin:
            gaps.append((low, begin))
        low = end
    if low < LAST:
        gaps.append((low, LAST))
    return intersection(tuple(gaps), universe)


def intersection(one: Ranges, other: Ranges) -> Ranges:
    """The values that both have."""
    common: list[tuple[Cut, Cut]] = []
    i = j = 0
    while i < len(one) and j < len(other):
        low, high = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if low < high:
            common.append((low, high))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return tuple(common)


def universe(field: FieldRef) -> Ranges:
    """All values of the field's type."""
    if field.type is FieldType.BOOLEAN:
        return ((before(0), before(2)),)
    return ALL


def count(ranges: Ranges, whole: bool) -> int | None:
    """The number of values; ``None`` if it is unknown or infinite."""
    total = 0
    for low, high in ranges:
        if len(low) == 1 or len(high) == 1:
            return None
        if whole:
            total += int(high[1]) - int(low[1])  # type: ignore[arg-type]  # whole: these are numbers
        elif low[1] == high[1]:
            total += 1
        else:
            return None
    return total


def is_whole(field: FieldRef) -> bool:
    """Whether the values are whole numbers, each of which has a successor."""
    return field.type.is_integral or field.type is FieldType.BOOLEAN


def values(field: FieldRef, predicate: Predicate) -> tuple[Ranges, Ranges]:
    """The values that certainly meet the predicate, and a superset of all values that do."""
    exact = _exact(field, predicate)
    return (NONE, universe(field)) if exact is None else (exact, exact)


def _exact(field: FieldRef, predicate: Predicate) -> Ranges | None:
    whole = is_whole(field)
    match predicate:
        case Present():
            return universe(field)
        case OneOf(values=listed):
            return union(tuple((before(value), after(value, whole)) for value in listed), NONE)
        case Range(low=low, high=high, low_closed=low_closed, high_closed=high_closed):
            begin = FIRST if low is None else before(low) if low_closed else after(low, whole)
            end = LAST if high is None else after(high, whole) if high_closed else before(high)
            return ((begin, end),) if begin < end else NONE
        case Prefix(prefix=prefix) if field.type is not FieldType.IP:
            return _starting_with(prefix)
        case Matches(pattern=pattern) if field.type is not FieldType.IP:
            match pattern.parts:
                case ():
                    return ((before(""), after("", False)),)
                case (str() as only,):
                    return ((before(only), after(only, False)),)
                case (Wildcard.ANY,):
                    return ALL
                case (str() as prefix, Wildcard.ANY):
                    return _starting_with(prefix)
    return None


def _starting_with(prefix: str) -> Ranges:
    """The texts from the prefix up to the first text after all those that begin with it."""
    stem = prefix.rstrip("\U0010ffff")
    if not stem:
        return ((before(prefix), LAST),) if prefix else ALL
    return ((before(prefix), before(stem[:-1] + chr(ord(stem[-1]) + 1))),)
