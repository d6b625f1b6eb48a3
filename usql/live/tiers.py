"""Which segments are merged into one: neighbours of about one size, eight at a time. So a session is
written again once for every factor of eight by which the folder grows, and few segments are there at any
time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from usql.store.saved.live import Segment

TOGETHER = 8
"""How many segments of one tier are merged into one of the next."""

MOST_SESSIONS = 1_000_000
MOST_ROWS = 4_000_000
"""The most sessions, and rows of all other tables, of a segment that is merged: it is in memory
meanwhile."""


def tier_of(segment: Segment) -> int:
    """0 for fewer than 8 sessions, 1 for fewer than 64, and so on."""
    return (segment.sessions.bit_length() - 1) // 3 if segment.sessions else 0


def mergeable(
    segments: Sequence[Segment], fits: Callable[[Sequence[Segment]], bool] = lambda _: True
) -> Sequence[Segment]:
    """The first neighbours, of the lowest tier, that are to be one segment, which ``fits`` what else
    limits it; none if there are none.
    Eight of one tier make one of the next. Smaller ones may stand between them, and are merged, too;
    they alone would not be a reason to write the larger ones again."""
    for tier in sorted({tier_of(segment) for segment in segments}):
        run: list[Segment] = []
        for segment in segments:
            run = [*run, segment] if tier_of(segment) <= tier else []
            while not (_are_small(run) and fits(run)):
                del run[0]
            is_next_tier = sum(s.sessions for s in run) >= TOGETHER ** (tier + 1)
            if len(run) >= TOGETHER and is_next_tier:
                return run
    return []


def _are_small(segments: Sequence[Segment]) -> bool:
    sessions = sum(segment.sessions for segment in segments)
    return sessions <= MOST_SESSIONS and sum(s.rows for s in segments) <= MOST_ROWS
