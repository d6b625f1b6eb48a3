"""The limits of a run: when they end it, and what they say."""

from __future__ import annotations

import time

import pytest

from usql.engine.control import Control, MemoryLimit, QueryStopped, TimeLimit


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


def test_memory_adds_up_to_the_limit() -> None:
    control = Control(memory=100)
    control.reserve(60, "groups")
    control.reserve(40, "groups")
    assert control.used == 100
    with pytest.raises(MemoryLimit) as raised:
        control.reserve(1, "cells")
    assert str(raised.value) == (
        "The query would build 101 bytes of cells, more than the memory limit of 100 bytes; "
        "group by fewer values, narrow the condition, or give a larger memory_limit"
    )
    with pytest.raises(MemoryLimit, match="103 bytes of members"):  # the lock is free again
        control.reserve(2, "members")


def test_without_a_limit_memory_is_only_counted() -> None:
    control = Control()
    assert (control.threads, control.used) == (1, 0)
    control.reserve(1 << 62, "groups")
    control.reserve(5, "groups")
    assert control.used == (1 << 62) + 5
    with pytest.raises(MemoryLimit):
        Control(memory=0).reserve(1, "groups")
