"""The axis of time."""

from __future__ import annotations

import pytest

import usql.result.charts.axis as axis_module
from tests.unit.result.made import result
from usql.result.charts.plot import plot_of
from usql.result.texts.times import time_text


def test_labels_of_times_are_written_when_they_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[int] = []

    def noted(ms: int, *, utc_offset: int) -> str:
        written.append(ms)
        return time_text(ms, utc_offset=utc_offset)

    monkeypatch.setattr(axis_module, "time_text", noted)
    axis = plot_of(result({"t": [60_000, 0, 120_000], "n": [1, 2, 3]}, times=["t"])).axis
    assert axis is not None
    assert written == []
    assert axis.labels[1] == "1970-01-01 00:01"
    assert written == [60_000]
    assert dict(axis.labels) == {
        0: "1970-01-01 00:00", 1: "1970-01-01 00:01", 2: "1970-01-01 00:02"
    }  # fmt: skip
    assert 3 not in axis.labels
    assert -1 not in axis.labels
