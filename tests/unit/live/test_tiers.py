"""Which segments are merged."""

from __future__ import annotations

import random

from usql.live.tiers import MOST_SESSIONS, mergeable, tier_of
from usql.store.saved.live import Segment


def segment(sessions: int, rows: int = 0) -> Segment:
    return Segment("000001", sessions, rows, (0, 1), "")


def sizes(*counts: int) -> list[int]:
    return [s.sessions for s in mergeable([segment(n) for n in counts])]


def test_tiers_are_powers_of_eight() -> None:
    assert [tier_of(segment(n)) for n in (0, 1, 7, 8, 63, 64, 511, 512)] == [0, 0, 0, 1, 1, 2, 2, 3]


def test_eight_neighbours_of_a_tier_are_merged() -> None:
    assert sizes(*[1] * 7) == []
    assert sizes(*[1] * 8) == [1] * 8
    assert sizes(100, *[1] * 8) == [1] * 8
    assert sizes(*[100] * 8, *[1] * 8) == [1] * 8
    assert sizes(*[1] * 4, 100, *[1] * 4) == []


def test_small_ones_alone_are_no_reason_to_write_a_large_one_again() -> None:
    assert sizes(500, *[1] * 7) == []
    assert sizes(*[100, 1] * 8) == [100, 1, 100, 1, 100, 1, 100, 1, 100, 1, 100]


def test_none_becomes_larger_than_memory_holds() -> None:
    assert sizes(*[MOST_SESSIONS // 4] * 20) == []
    assert mergeable([segment(10, 1_000_000)] * 20) == []


def test_what_else_limits_them() -> None:
    many = [segment(10)] * 30
    assert len(mergeable(many)) == 8
    assert mergeable(many, lambda run: len(run) < 8) == []
    assert (
        mergeable([segment(100)] * 9 + many, lambda run: sum(s.sessions for s in run) < 90)
        == many[:8]
    )


def test_a_session_is_seldom_written_again_and_few_segments_remain() -> None:
    """Over 5,000 arrivals of any size."""
    chance, segments, written, most, total = random.Random(1), list[Segment](), 0, 0, 0
    for _ in range(5000):
        segments.append(segment(chance.choice((1, 3, 50, 400))))
        total += segments[-1].sessions
        while run := mergeable(segments):
            at = next(i for i in range(len(segments)) if segments[i : i + len(run)] == run)
            merged = sum(s.sessions for s in run)
            segments[at : at + len(run)] = [segment(merged)]
            written += merged
        most = max(most, len(segments))
    assert most < 64
    assert written < 8 * total
