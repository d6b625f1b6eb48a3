"""Which sessions a query asks for, and which it certainly does not, by the statistics of their
source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usql.analysis.bound import (
    AllOf,
    AnyOf,
    Condition,
    FieldRef,
    Negation,
    OneOf,
    Predicate,
    Prefix,
    Present,
    Range,
    Test,
    Timeframe,
    Value,
)
from usql.catalog import PRIMARY, Field, default_catalog
from usql.catalog.model import Projection
from usql.frozen import dataclass

if TYPE_CHECKING:
    from usql.store.loading.bounds import Bounds, BoundsOf


@dataclass(frozen=True)
class Selection:
    """What a query asks for: sessions that overlap the timeframe (UTC milliseconds), and those of
    their rows that meet ``where``. Sessions outside the timeframe need only the fields ``outside``;
    other sessions without a matching row need only ``unfit``. They still count where sessions are
    repeated, and their values still count for warnings about values that a condition names."""

    timeframe: Timeframe
    where: Condition | None
    outside: Projection
    unfit: Projection

    def reduced_projection(self, bounds_of: BoundsOf) -> Projection | None:
        """The fields that some sessions need, if the query asks for none of them; ``None`` if it
        may ask for one."""
        if is_outside(self.timeframe, bounds_of):
            return self.outside
        is_unfit = self.where is not None and fits(self.where, bounds_of) is False
        return self.unfit if is_unfit else None


def is_outside(timeframe: Timeframe, bounds_of: BoundsOf) -> bool:
    """Whether certainly no session overlaps the timeframe (LANGUAGE.md §4)."""
    start, end = timeframe.start, timeframe.end
    if start is None and end is None:
        return False
    begins = bounds_of(_field("startTime"))
    if begins is None or begins.has_gaps or begins.low is None:
        return False
    first, last = _numbers(begins)
    if end is not None and first >= end:
        return True
    ends = bounds_of(_field("endTime"))
    if start is None or ends is None:
        return False
    if ends.high is None:  # a missing end counts as the start
        return last < start
    latest = _numbers(ends)[1]
    return (max(last, latest) if ends.has_gaps else latest) < start


def may_match(timeframe: Timeframe, where: Condition | None, bounds_of: BoundsOf) -> bool:
    """Whether some session may overlap the timeframe and have a row that meets ``where``."""
    if is_outside(timeframe, bounds_of):
        return False
    return where is None or fits(where, bounds_of) is not False


def _numbers(bounds: Bounds) -> tuple[float, float]:
    low, high = bounds.low, bounds.high
    assert not isinstance(low, bytes | None)
    assert not isinstance(high, bytes | None)
    return low, high


def _field(name: str) -> Field:
    field = default_catalog().table(PRIMARY).get(name)
    assert field is not None
    return field


def fits(condition: Condition, bounds_of: BoundsOf) -> bool | None:
    """``True`` if a condition holds for every row of some sessions, ``False`` if for none, ``None``
    if that is not known. Only single fields of usersession can decide."""
    match condition:
        case Test(field=field, predicate=predicate):
            bounds = bounds_of(_field(field.name)) if _is_single(field) else None
            return None if bounds is None else _all_or_none(bounds, predicate)
        case Negation(part=part):
            inner = fits(part, bounds_of)
            return None if inner is None else not inner
        case AllOf(parts=parts):
            judged = [fits(part, bounds_of) for part in parts]
            return False if False in judged else None if None in judged else True
        case AnyOf(parts=parts):
            judged = [fits(part, bounds_of) for part in parts]
            return True if True in judged else None if None in judged else False


def _is_single(field: FieldRef) -> bool:
    is_single = field.table == PRIMARY and field.key is None and not field.is_list
    known = default_catalog().table(PRIMARY).get(field.name) if is_single else None
    return known is not None and known.name == field.name  # further fields may differ in type


def _all_or_none(bounds: Bounds, predicate: Predicate) -> bool | None:
    low: Any = bounds.low
    high: Any = bounds.high  # of the field's type, like the values
    if low is None or high is None:
        return False  # a missing value meets no predicate
    match predicate:
        case Present():
            some = every = True
        case OneOf(values=values):
            limits = [_limit(value) for value in values]
            some = any(low <= limit <= high for limit in limits)
            every = low == high and low in limits
        case Range():
            some, every = _in_range(low, high, predicate)
        case Prefix(prefix=prefix):
            begin = _limit(prefix)
            first, last = (text[: len(begin)] for text in (low, high))
            some = first <= begin <= last
            every = first == begin == last
        case _:
            return None
    return False if not some else True if every and not bounds.has_gaps else None


def _in_range(low: Any, high: Any, predicate: Range) -> tuple[bool, bool]:
    """Whether some value between the limits may be in a range, and whether all of them are."""
    some = every = True
    if predicate.low is not None:
        least = _limit(predicate.low)
        some = high > least or (high == least and predicate.low_closed)
        every = low > least or (low == least and predicate.low_closed)
    if predicate.high is not None:
        most = _limit(predicate.high)
        some = some and (low < most or (low == most and predicate.high_closed))
        every = every and (high < most or (high == most and predicate.high_closed))
    return some, every


def _limit(value: Value) -> Any:
    """A value of a query in the form that bounds have; ``None`` for addresses."""
    return value.encode(errors="surrogatepass") if isinstance(value, str) else value
