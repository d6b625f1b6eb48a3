"""Descriptions of the columns of a result, and of the steps of a funnel."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Literal

from usql.frozen import dataclass
from usql.result.periods import Periods


class ColumnRole(Enum):
    """The role of a column in a tree response: keys are branches, all others are leaves."""

    __module__ = "usql"

    KEY = "key"
    LEAF = "leaf"


TimeOrder = Literal["ascending", "descending"]


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column's name, role and type. Timestamp columns hold int64 milliseconds (UTC), or lists or
    pairs of them.

    ``time_order`` is set on the column of a date function (``YEAR`` … ``DATETIME``) by which the
    rows are ordered, ``periods`` on each key that is a date function; charts draw these from left
    to right. ``is_mean_time``: AVG, MEDIAN or PERCENTILE of timestamps, doubles that are shown as
    times. ``is_of_star``: the column comes from ``*``. ``unit`` is that of the numbers, ``"ms"`` or
    ``None``. ``is_additive``: the numbers of several groups add up to that of all their rows, as
    those of COUNT and SUM do; those of COUNT(DISTINCT …) do not.
    """

    __module__ = "usql"

    name: str
    role: ColumnRole
    is_timestamp: bool
    time_order: TimeOrder | None = None
    periods: Periods | None = None
    is_mean_time: bool = False
    is_of_star: bool = False
    unit: str | None = None
    is_additive: bool = False


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """The number of rows of a step, and its shares of the first and of the previous step (0 to 1).
    A share is ``None`` if that step has no rows; the first step has no previous one."""

    __module__ = "usql"

    name: str
    count: int
    from_first: float | None
    from_previous: float | None


def unique_names(names: Sequence[str]) -> list[str]:
    """The names, with ``_2``, ``_3`` … appended to repeated ones.

    >>> unique_names(["city", "city"])
    ['city', 'city_2']
    """
    originals: set[str] = set(names)
    used: set[str] = set()
    unique = []
    for name in names:
        chosen, number = name, 2
        while chosen in used or (chosen != name and chosen in originals):
            chosen = f"{name}_{number}"
            number += 1
        used.add(chosen)
        unique.append(chosen)
    return unique
