"""The limits of a run: when they end it, and what they say."""

from __future__ import annotations

import threading
import time

import pytest

from usql.engine.runtime.limits import Budget, Control, process_budget
from usql.errors import Cancelled, MemoryLimit, QueryStopped, TimeLimit
from usql.store.memory import machine_memory


def test_the_time_is_over_past_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 5.0)
    Control().check()
    Control(deadline=5.0).check()
    Control(deadline=5.5).check()
    with pytest.raises(TimeLimit) as raised:
        Control(deadline=4.5).check()
    assert isinstance(raised.value, QueryStopped)
    assert str(raised.value) == "The query took longer than its timeout allows"
    with pytest.raises(TimeLimit):
        Control(deadline=0).check()


def test_a_cancelled_run_ends_at_the_next_look() -> None:
    event = threading.Event()
    control = Control(cancelled=event, deadline=0.0)
    event.set()
    with pytest.raises(Cancelled, match=r"^The query was cancelled$") as raised:
        control.check()  # whoever cancelled is not told of the time
    assert isinstance(raised.value, QueryStopped)
    with pytest.raises(Cancelled):
        control.reserve(1, "groups")
    assert control.used == 0


def test_memory_adds_up_to_the_limit() -> None:
    control = Control(budget=Budget(100))
    control.reserve(60, "groups")
    control.reserve(40, "groups")
    assert control.used == 100
    with pytest.raises(MemoryLimit) as raised:
        control.reserve(1, "cells")
    assert str(raised.value) == (
        "The query would build 101 bytes of cells, more than the memory limit of 100 bytes; "
        "group by fewer values, narrow the condition, or give a larger memory_limit"
    )
    with pytest.raises(MemoryLimit, match="102 bytes of members"):  # the lock is free again
        control.reserve(2, "members")


def test_without_a_limit_memory_is_only_counted() -> None:
    control = Control()
    assert (control.threads, control.used) == (1, 0)
    control.reserve(1 << 62, "groups")
    control.reserve(5, "groups")
    assert control.used == (1 << 62) + 5
    with pytest.raises(MemoryLimit):
        Control(budget=Budget(0)).reserve(1, "groups")


def test_what_is_needed_for_a_while_is_given_back() -> None:
    control = Control(budget=Budget(100))
    with control.working(70, "groups"):
        assert control.used == 70
        with pytest.raises(MemoryLimit), control.working(31, "groups"):
            pass
    assert control.used == 0
    control.reserve(100, "groups")
    control.release(100)
    assert control.used == 0


def test_runs_share_one_budget_until_they_end() -> None:
    budget = Budget(100)
    with Control(budget=budget) as first:
        first.reserve(60, "groups")
        with Control(budget=budget) as second:
            second.reserve(30, "groups")
            with pytest.raises(MemoryLimit) as raised:
                second.reserve(20, "cells")
            assert str(raised.value) == (
                "The query would build 50 bytes of cells, but other queries of these sessions hold "
                "60 bytes of the memory limit of 100 bytes; ask again when they have ended, or "
                "give a larger memory_limit"
            )
            with pytest.raises(MemoryLimit, match=r"101 bytes of cells, more than the memory lim"):
                second.reserve(71, "cells")  # not even alone
        first.reserve(40, "groups")
    assert budget.held == 0


def test_a_run_that_fails_gives_back_what_it_has() -> None:
    budget = Budget(100)

    def fail() -> None:
        with Control(budget=budget) as control:
            control.reserve(100, "groups")
            control.reserve(1, "groups")

    with pytest.raises(MemoryLimit):
        fail()
    assert budget.held == 0


def test_without_limits_all_of_the_process_share_one() -> None:
    budget = process_budget()
    assert budget is process_budget()
    assert budget.limit == machine_memory() // 2
    with Control(budget=budget) as first, Control(budget=budget) as second:
        first.reserve(budget.limit, "groups")
        with pytest.raises(MemoryLimit, match="other queries of this process hold"):
            second.reserve(1, "groups")
