"""What groups are made by, and what the language decides about each key beside its values."""

from __future__ import annotations

from enum import Enum

from usql.analysis.bound import DatePart, DateText, Key, KeyExpression, KeyRef, Keys, OrderBy
from usql.frozen import dataclass


class KeyOrder(Enum):
    """In which order the values of a key come where the query says nothing (LANGUAGE.md §8); equal
    ones by value, a null after its equals."""

    FREQUENCY = "frequency"
    """The most frequent first, by the number of rows that have the value inside the keys before."""

    TIME = "time"
    """A text of a time by the earliest time that it stands for, a null last."""

    VALUE = "value"
    """A part of a date by its number, a null last."""


@dataclass(frozen=True, slots=True)
class GroupKey:
    """A key of groups.

    ``top``: only its most frequent values inside the keys before it are kept, ties by value
    (LANGUAGE.md §8). ``has_null_group``: rows without a value are a group of their own; else they
    are in none.
    """

    expression: KeyExpression
    top: int | None
    order: KeyOrder
    has_null_group: bool


@dataclass(frozen=True, slots=True)
class KeyTime:
    """The time by which a DATETIME key orders groups: the earliest among all groups that have the
    same values of the keys ``upto``, so that equal texts stay together (LANGUAGE.md §8)."""

    key: int
    upto: frozenset[int]


def group_key(key: Key) -> GroupKey:
    """A key of the query with what the language decides about it."""
    match key.expression:
        case DateText():
            order = KeyOrder.TIME
        case DatePart():
            order = KeyOrder.VALUE
        case _:
            order = KeyOrder.FREQUENCY
    return GroupKey(key.expression, key.top, order, not isinstance(key.expression, Keys))


def key_times(order: tuple[OrderBy, ...], keys: tuple[Key, ...]) -> tuple[KeyTime, ...]:
    """The times of the DATETIME keys among the order columns that are not those of the groups
    themselves: a key that follows all keys before it has them already."""
    named = [one.expression.index for one in order if isinstance(one.expression, KeyRef)]
    times = []
    for place, index in enumerate(named):
        upto = frozenset(named[: place + 1])
        if isinstance(keys[index].expression, DateText) and upto != frozenset(range(index + 1)):
            times.append(KeyTime(index, upto))
    return tuple(times)
