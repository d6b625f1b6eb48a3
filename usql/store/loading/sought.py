"""What a question asks of sessions, and which of them it surely does not ask for, by what their
source notes of them."""

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
    from usql.store.loading.bounds import Bounds, Noted


@dataclass(frozen=True)
class Sought:
    """Sessions that overlap the timeframe (UTC milliseconds), and rows of them that fit ``where``, are
    asked for. Of sessions beyond the timeframe no more is needed than the fields ``outside``, of
    others of which no row fits than ``unfit``. They are sessions all the same: they are counted where
    they repeat, and what is told of the values that a condition names is told of theirs, too."""

    timeframe: Timeframe
    where: Condition | None
    outside: Projection
    unfit: Projection

    def left(self, noted: Noted) -> Projection | None:
        """The fields that are needed of some sessions none of which is asked for; ``None`` where one
        may be."""
        if self._is_outside(noted):
            return self.outside
        is_unfit = self.where is not None and fits(self.where, noted) is False
        return self.unfit if is_unfit else None

    def _is_outside(self, noted: Noted) -> bool:
        """Whether no session overlaps the timeframe (LANGUAGE.md §4)."""
        start, end = self.timeframe.start, self.timeframe.end
        if start is None and end is None:
            return False
        begins = noted(_field("startTime"))
        if begins is None or begins.has_gaps:
            return False
        first, last = _numbers(begins)
        if end is not None and first >= end:
            return True
        ends = noted(_field("endTime"))
        if start is None or ends is None:
            return False
        if ends.high is None:  # without an end the start counts
            return last < start
        latest = _numbers(ends)[1]
        return (max(last, latest) if ends.has_gaps else latest) < start


def _numbers(found: Bounds) -> tuple[float, float]:
    low, high = found.low, found.high
    assert not isinstance(low, bytes | None)
    assert not isinstance(high, bytes | None)
    return low, high


def _field(name: str) -> Field:
    found = default_catalog().table(PRIMARY).get(name)
    assert found is not None
    return found


def fits(condition: Condition, noted: Noted) -> bool | None:
    """Whether a condition holds for each row of some sessions, or for none; ``None`` where that is
    not known. Only single fields of usersession tell."""
    match condition:
        case Test(field=field, predicate=predicate):
            found = noted(_field(field.name)) if _is_single(field) else None
            return None if found is None else _all_or_none(found, predicate)
        case Negation(part=part):
            inner = fits(part, noted)
            return None if inner is None else not inner
        case AllOf(parts=parts):
            judged = [fits(part, noted) for part in parts]
            return False if False in judged else None if None in judged else True
        case AnyOf(parts=parts):
            judged = [fits(part, noted) for part in parts]
            return True if True in judged else None if None in judged else False


def _is_single(field: FieldRef) -> bool:
    return field.table == PRIMARY and field.key is None and not field.is_list


def _all_or_none(found: Bounds, predicate: Predicate) -> bool | None:
    low: Any = found.low
    high: Any = found.high  # of the type of the field, as the values are
    if low is None or high is None:
        return False  # what is missing fits no predicate
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
    return False if not some else True if every and not found.has_gaps else None


def _in_range(low: Any, high: Any, predicate: Range) -> tuple[bool, bool]:
    """Whether some value between the limits, and whether each of them, may lie in a range."""
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
    """A value of a query as bounds have it. Addresses have none."""
    return value.encode(errors="surrogatepass") if isinstance(value, str) else value
