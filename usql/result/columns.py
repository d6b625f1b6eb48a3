"""What is known of the columns of a result, and of the steps of a funnel."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Literal

from usql.frozen import dataclass
from usql.result.periods import Periods


class ColumnRole(Enum):
    """What a column is in a tree response: a key is a branch, the rest are leaves."""

    __module__ = "usql"

    KEY = "key"
    LEAF = "leaf"


TimeOrder = Literal["ascending", "descending"]


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column's name and role; timestamp columns hold int64 milliseconds (UTC), or lists, or pairs
    with such values.

    ``time_order`` is set on the column of a date function (``YEAR`` … ``DATETIME``) in whose order
    the rows come, ``periods`` on each key that is one: what a chart may draw from left to right.
    ``is_mean_time``: AVG, MEDIAN or PERCENTILE of timestamps, doubles that people see as times.
    ``is_of_star``: ``*`` gave it.
    """

    __module__ = "usql"

    name: str
    role: ColumnRole
    is_timestamp: bool
    time_order: TimeOrder | None = None
    periods: Periods | None = None
    is_mean_time: bool = False
    is_of_star: bool = False


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """A step's rows, and their share of the first step's and of the previous step's (0 to 1).
    ``None`` where that has no rows; the first step has no previous one."""

    __module__ = "usql"

    name: str
    count: int
    from_first: float | None
    from_previous: float | None


def unique_names(names: Sequence[str]) -> list[str]:
    """The names with repeated ones told apart by ``_2``, ``_3`` …

    >>> unique_names(["city", "city"])
    ['city', 'city_2']
    """
    taken: set[str] = set(names)
    seen: set[str] = set()
    made = []
    for name in names:
        chosen, number = name, 2
        while chosen in seen or (chosen != name and chosen in taken):
            chosen = f"{name}_{number}"
            number += 1
        seen.add(chosen)
        made.append(chosen)
    return made
