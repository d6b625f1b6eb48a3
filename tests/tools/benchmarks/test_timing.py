"""Turns, medians and choices; no time is judged that a busy machine could spoil."""

from __future__ import annotations

import gc
import time
from functools import partial
from itertools import groupby

from benchmarks.timing import MOST_CALLS, Timing, alternate, bandwidth, fastest


def test_median_and_least() -> None:
    timing = Timing((3.0, 1.0, 2.0))
    assert (timing.median, timing.least) == (2.0, 1.0)


def test_engines_take_turns_and_each_begins_once() -> None:
    calls: list[str] = []
    names = ("a", "b", "c")

    def run(name: str) -> None:
        calls.append(name)
        time.sleep(0.02)

    timings = alternate({name: partial(run, name) for name in names}, rounds=3)
    assert [name for name, _ in groupby(calls[3:])] == list("abcbcacab")
    assert all(len(t.turns) == 3 and t.least >= 0.02 for t in timings.values())


def test_short_runs_are_called_often_in_a_turn() -> None:
    calls: list[int] = []
    alternate({"a": lambda: calls.append(gc.isenabled())}, rounds=2)
    assert len(calls) == 1 + 2 * MOST_CALLS
    assert calls[0]
    assert not any(calls[1:])  # garbage waits
    assert gc.isenabled()


def test_a_turn_may_be_a_single_call() -> None:
    calls: list[None] = []
    timing = alternate({"a": lambda: calls.append(None)}, rounds=2, turn_seconds=0)["a"]
    assert (len(calls), len(timing.turns)) == (1 + 2, 2)


def test_the_fastest_is_chosen_and_slow_ones_are_given_up() -> None:
    calls: list[str] = []

    def slow() -> None:
        calls.append("slow")
        time.sleep(0.2)

    assert fastest({"slow": slow, "quick": lambda: None}, tries=5, enough=0.1) == "quick"
    assert calls == ["slow"]


def test_bandwidth_is_plausible() -> None:
    assert 1e8 < bandwidth(threads=2, megabytes=8, rounds=2) < 1e13
