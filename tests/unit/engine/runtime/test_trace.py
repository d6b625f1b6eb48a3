"""The figures of a run's nodes, in numbers and in words."""

from __future__ import annotations

import time

import pytest

from usql.analysis.bound import Timeframe
from usql.engine.runtime.trace import Trace
from usql.planner.plan import Scan

OUTER, INNER, OTHER = (Scan(f"table{number}", Timeframe()) for number in range(3))


@pytest.fixture
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that goes on by a second, then two, then three … at each reading."""
    readings = iter([number * (number + 1) / 2 for number in range(100)])
    monkeypatch.setattr(time, "perf_counter", lambda: next(readings))


@pytest.mark.usefixtures("_clock")
def test_the_time_of_inputs_is_theirs() -> None:
    """Each node has the time between its readings without that of the nodes within, however deep."""
    trace = Trace()
    with trace.timed(OUTER):  # at 0
        with trace.timed(INNER), trace.timed(OTHER):  # at 1, at 3
            pass  # to 6, to 10
        with trace.timed(OTHER):  # at 15
            pass  # to 21
        # to 28
    found = [trace.figures(node).seconds for node in (OUTER, INNER, OTHER)]
    assert found == [28 - (10 - 1) - (21 - 15), (10 - 1) - (6 - 3), (6 - 3) + (21 - 15)]
    with trace.timed(OUTER):  # at 36, to 45
        pass
    assert trace.figures(OUTER).seconds == found[0] + 9


@pytest.mark.usefixtures("_clock")
def test_time_is_measured_of_what_fails() -> None:
    trace = Trace()
    with pytest.raises(ValueError, match="x"), trace.timed(OUTER):
        raise ValueError("x")
    with trace.timed(INNER):
        pass
    assert trace.figures(OUTER).seconds == 1
    assert trace.figures(INNER).seconds == 3


def test_time_is_moved() -> None:
    trace = Trace()
    trace.figures(OUTER).seconds = 5
    trace.figures(INNER).seconds = 1
    trace.move(3, OUTER, INNER)
    trace.move(4, INNER, OTHER)
    assert [trace.figures(node).seconds for node in (OUTER, INNER, OTHER)] == [2, 0, 4]


def test_figures_are_of_the_node_itself() -> None:
    """Two nodes of a plan may be equal."""
    trace = Trace()
    equal = Scan(OUTER.table, OUTER.timeframe)
    trace.figures(OUTER).rows = 3
    assert trace.figures(OUTER).rows == 3
    assert trace.figures(equal).rows is None
    assert (trace.figures(equal).read, trace.figures(equal).seconds) == (0, 0)


def test_figures_in_words() -> None:
    trace = Trace()
    assert trace.details(OUTER) == {}
    figures = trace.figures(OUTER)
    assert trace.details(OUTER) == {"time": "0.000 ms"}
    figures.rows, figures.read, figures.seconds = 0, 1, 0.0012345
    figures.notes["indexes"] = "a; b"
    shown = {"indexes": "a; b", "rows": "0", "read": "1 byte", "time": "1.234 ms"}
    assert trace.details(OUTER) == shown
    assert figures.notes == {"indexes": "a; b"}
    figures.rows, figures.read, figures.seconds = 1_234_567, 1500, -0.5
    shown = {"indexes": "a; b", "rows": "1,234,567", "read": "1.5 kB", "time": "0.000 ms"}
    assert trace.details(OUTER) == shown
    figures.seconds = 2.5
    assert trace.details(OUTER)["time"] == "2500.000 ms"
