"""Group keys, with what the language decides about each besides its values."""

from __future__ import annotations

from enum import Enum

from usql.analysis.bound import DatePart, DateText, Key, KeyExpression, KeyRef, Keys, OrderBy
from usql.frozen import dataclass


class KeyOrder(Enum):
    """The default order of a key's values (LANGUAGE.md §8). Ties are in order of value, nulls
    last."""

    FREQUENCY = "frequency"
    """The most frequent first, by the number of rows that have the value within the keys before."""

    TIME = "time"
    """Formatted times by the earliest time that each stands for, nulls last."""

    VALUE = "value"
    """Parts of dates by number, nulls last."""


@dataclass(frozen=True, slots=True)
class GroupKey:
    """A key of groups.

    ``top``: only its most frequent values within the keys before it are kept, ties by value
    (LANGUAGE.md §8). ``has_null_group``: rows without a value form a group; otherwise they are in
    none.
    """

    expression: KeyExpression
    top: int | None
    order: KeyOrder
    has_null_group: bool


@dataclass(frozen=True, slots=True)
class KeyTime:
    """The time by which a DATETIME key orders groups: the earliest among all groups with the same
    values of the keys ``upto``, so that equal texts stay together (LANGUAGE.md §8)."""

    key: int
    upto: frozenset[int]


def group_key(key: Key) -> GroupKey:
    """A key of the query, with what the language decides about it."""
    match key.expression:
        case DateText():
            order = KeyOrder.TIME
        case DatePart():
            order = KeyOrder.VALUE
        case _:
            order = KeyOrder.FREQUENCY
    return GroupKey(key.expression, key.top, order, not isinstance(key.expression, Keys))


def key_times(order: tuple[OrderBy, ...], keys: tuple[Key, ...]) -> tuple[KeyTime, ...]:
    """The times for those DATETIME keys among the order columns that need them: a key that is
    ordered after all keys before it already has its groups' own times."""
    indexes = [one.expression.index for one in order if isinstance(one.expression, KeyRef)]
    times = []
    for place, index in enumerate(indexes):
        upto = frozenset(indexes[: place + 1])
        if isinstance(keys[index].expression, DateText) and upto != frozenset(range(index + 1)):
            times.append(KeyTime(index, upto))
    return tuple(times)
