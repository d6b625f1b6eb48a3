"""When sessions start and end: what is known of some of them, and the span of all."""

from __future__ import annotations

from collections.abc import Iterable

from usql.catalog import PRIMARY
from usql.frozen import dataclass
from usql.store.columns import AnyColumn, NumberColumn, Store


@dataclass(frozen=True)
class Times:
    """The least and the greatest value of a time in some sessions, in milliseconds, ``None`` where
    there are none; ``has_gaps`` if some session has none."""

    low: int | None
    high: int | None
    has_gaps: bool


def starts_and_ends(store: Store) -> tuple[Times, Times]:
    """When the sessions of a store start, and when they end."""
    columns = store.tables[PRIMARY].columns
    starts, ends = (_times(columns.get(name), store.sessions) for name in ("startTime", "endTime"))
    return starts, ends


def _times(column: AnyColumn | None, sessions: int) -> Times:
    if not isinstance(column, NumberColumn):
        return Times(None, None, sessions > 0)
    values = column.values if column.valid is None else column.values[column.valid]
    if not len(values):
        return Times(None, None, sessions > 0)
    return Times(int(values.min()), int(values.max()), len(values) < sessions)


def span_over(parts: Iterable[tuple[Times, Times]]) -> tuple[int, int]:
    """``Store.span`` of all sessions of some parts, from the starts and ends of each. A part whose
    sessions have no start may have ends."""
    pairs = list(parts)
    firsts = [starts.low for starts, _ in pairs if starts.low is not None]
    lasts = [times.high for pair in pairs for times in pair if times.high is not None]
    return (min(firsts), max(lasts) + 1) if firsts else (0, 0)
