"""EXPLAIN: what minima and maxima leave out, and what ANALYZE says that the nodes did."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import usql
from tests.places import SESSIONS
from tests.unit.engine import pieces as small
from usql.analysis.bound import Timeframe
from usql.asking.question import QueryOptions
from usql.engine.runtime.trace import Trace
from usql.planner.plan import Scan

pytestmark = pytest.mark.usefixtures("checked")

ROWS = 60_000
START = 1_772_409_600_000
LOW, HIGH = START + 30_000_000, START + 31_000_000
"""A range of 1,001 sessions."""


@dataclass
class Shown:
    """A node of a plan as EXPLAIN shows it."""

    name: str
    figures: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return int(self.figures["rows"].replace(",", ""))

    @property
    def read(self) -> float:
        number, unit = self.figures["read"].split(" ")
        return float(number) * {"bytes": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]

    @property
    def milliseconds(self) -> float:
        found = re.fullmatch(r"(\d+\.\d{3}) ms", self.figures["time"])
        assert found
        return float(found[1])


def nodes(text: str) -> dict[str, Shown]:
    """The nodes of a plan by name, from the result down."""
    found: list[Shown] = []
    for line in text.splitlines():
        head, colon, value = line.strip().partition(": ")
        if colon:
            found[-1].figures[head] = value
        else:
            found.append(Shown(head.removeprefix("└─ ")))
    return {node.name: node for node in found}


def sessions(order: Any) -> pa.Table:
    """A session a second, with two actions each, in this order."""
    random = np.random.default_rng(1)
    start = START + order * 1000
    actions = pa.StructArray.from_arrays(
        [
            pa.array(np.repeat(start, 2) + np.tile([0, 400], len(order))),
            pa.array(random.integers(0, 5000, 2 * len(order))),
        ],
        ["startTime", "duration"],
    )
    offsets = pa.array(np.arange(0, 2 * len(order) + 1, 2), pa.int32())
    return pa.table(
        {
            "startTime": start,
            "endTime": start + 500,
            "duration": random.integers(0, 10**6, len(order)),
            "city": random.choice(np.array(["Graz", "Linz", "Wien"]), len(order)).tolist(),
            "userActions": pa.ListArray.from_arrays(offsets, actions),
        }
    )


@pytest.fixture(scope="module")
def ordered() -> usql.Sessions:
    return small.opened(sessions(np.arange(ROWS)), small.in_pieces(8192), threads=2)


RANGES = [
    f"SELECT COUNT(*) FROM usersession WHERE startTime BETWEEN {LOW} AND {HIGH}",
    f"SELECT city, COUNT(*), MEDIAN(duration) FROM usersession WHERE startTime BETWEEN {LOW} AND {HIGH} AND city != 'Graz' GROUP BY city",
    f"SELECT COUNT(*) FROM usersession WHERE NOT startTime < {LOW} AND endTime < {HIGH}",
    f"SELECT COUNT(*) FROM useraction WHERE startTime > {LOW} AND startTime < {HIGH}",
    f"SELECT COUNT(*) FROM useraction WHERE usersession.startTime BETWEEN {LOW} AND {HIGH}",
    f"SELECT COUNT(*) FROM usersession WHERE useraction.startTime > {LOW} AND useraction.startTime < {HIGH}",
    f"SELECT city, duration FROM usersession WHERE startTime > {LOW} AND startTime < {HIGH} ORDER BY duration LIMIT 3",
    f"SELECT FUNNEL(duration > 10, city = 'Linz') FROM usersession WHERE startTime BETWEEN {LOW} AND {HIGH}",
    f"SELECT startTime FROM usersession WHERE startTime BETWEEN {LOW} AND {HIGH}",
]


def left_out(node: Shown) -> tuple[int, int]:
    """How many morsels were read, of how many."""
    found = re.match(r"(\d+) of (\d+)", node.figures["morsels"])
    assert found
    return int(found[1]), int(found[2])


@pytest.mark.parametrize("text", RANGES)
def test_a_range_of_time_reads_its_morsels_alone(ordered: usql.Sessions, text: str) -> None:
    read, every = left_out(nodes(ordered.explain(text))["Filter"])
    assert 1 <= read <= 2 < every
    assert every >= ROWS // 8192
    analyzed = nodes(ordered.explain(text, analyze=True))["Filter"]
    assert left_out(analyzed) == (read, every)
    assert analyzed.rows <= 2200


def test_a_timeframe_does_so_too(ordered: usql.Sessions) -> None:
    text = "SELECT COUNT(*) FROM usersession"
    shown = ordered.explain(text, start=LOW, end=HIGH, analyze=True)
    read, every = left_out(nodes(shown)["Scan"])
    assert 1 <= read <= 2 < every
    assert (
        nodes(shown)["Scan"].rows == ordered.query(text, start=LOW, end=HIGH).rows()[0][0] == 1000
    )


def test_what_is_read_shrinks_with_the_range(ordered: usql.Sessions) -> None:
    text = "SELECT COUNT(*) FROM usersession WHERE startTime > {} AND duration > 5"
    some = nodes(ordered.explain(text.format(LOW + 20_000_000), analyze=True))["Filter"]
    more = nodes(ordered.explain(text.format(LOW), analyze=True))["Filter"]
    every = nodes(ordered.explain(text.format(0), analyze=True))["Filter"]
    assert some.read < more.read < every.read
    assert some.rows < more.rows < every.rows


def test_without_order_nothing_is_left_out() -> None:
    mixed = usql.open(sessions(np.random.default_rng(2).permutation(ROWS)), threads=2)
    for text in RANGES[:1]:
        assert "morsels" not in mixed.explain(text)
        shown = nodes(mixed.explain(text, analyze=True))
        assert "morsels" not in shown["Filter"].figures
        assert shown["Filter"].rows == mixed.query(text).rows()[0][0] == 1001


# --- ANALYZE --------------------------------------------------------------------------------------


def test_the_nodes_of_groups(ordered: usql.Sessions) -> None:
    text = (
        "SELECT city, COUNT(*), COUNT(DISTINCT city), MEDIAN(useraction.duration) "
        "FROM usersession WHERE duration < 500000 GROUP BY city LIMIT 2"
    )
    shown = nodes(ordered.explain(text, analyze=True))
    assert list(shown) == ["Project", "Limit", "Sort", "Group", "Filter", "Scan"]
    fit = ordered.query("SELECT COUNT(*) FROM usersession WHERE duration < 500000").rows()[0][0]
    assert shown["Filter"].rows == fit
    assert shown["Group"].rows == shown["Sort"].rows == 3
    assert shown["Limit"].rows == shown["Project"].rows == 2
    assert shown["Filter"].read >= ROWS * 4
    assert shown["Group"].read >= ROWS


def test_the_nodes_of_rows(ordered: usql.Sessions) -> None:
    text = (
        "SELECT city, duration FROM usersession WHERE city = 'Linz' ORDER BY duration DESC LIMIT 7"
    )
    shown = nodes(ordered.explain(text, analyze=True))
    fit = ordered.query("SELECT COUNT(*) FROM usersession WHERE city = 'Linz'").rows()[0][0]
    assert shown["Filter"].rows == fit
    assert shown["TopRows"].rows == shown["Project"].rows == 7


def test_a_limit_stops_the_reading(ordered: usql.Sessions) -> None:
    text = "SELECT city FROM usersession WHERE duration > 5 LIMIT {}"
    few, many = (
        nodes(ordered.explain(text.format(n), analyze=True, profile="offline")) for n in (4, 40_000)
    )
    assert few["Filter"].rows == few["Limit"].rows == few["Project"].rows == 4
    assert few["Filter"].read * 10 < many["Filter"].read
    assert "morsels" not in few["Filter"].figures  # the limit left the others out


@pytest.mark.parametrize(
    "text",
    [*RANGES, "SELECT city FROM usersession GROUP BY city", "SELECT * FROM usersession LIMIT 2"],
)
def test_times_are_parts_of_the_whole(ordered: usql.Sessions, text: str) -> None:
    began = time.perf_counter()
    shown = nodes(ordered.explain(text, analyze=True))
    elapsed = (time.perf_counter() - began) * 1000
    assert all(node.milliseconds >= 0 for node in shown.values())
    assert 0 < sum(node.milliseconds for node in shown.values()) <= elapsed + 0.001 * len(shown)
    assert next(iter(shown.values())).rows == len(ordered.ask(text, QueryOptions()))


def test_plans_without_analyze_tell_no_figures(ordered: usql.Sessions) -> None:
    for node in nodes(ordered.explain(RANGES[1])).values():
        assert not {"rows", "read", "time"} & node.figures.keys()


def test_groups_of_a_whole_table_tell_their_indexes(ordered: usql.Sessions) -> None:
    text = "SELECT city, COUNT(*), MEDIAN(duration) FROM usersession GROUP BY city"
    indexed = small.tuned(ordered, small.INDEXED)
    used = nodes(indexed.explain(text, analyze=True))["Scan"].figures["indexes"]
    assert "sizes of usersession by usersession.city" in used
    assert "usersession.duration" in used


def test_time_within_a_node_is_its_own() -> None:
    everything = Timeframe(None, None)
    trace, outer, inner = Trace(), Scan("usersession", everything), Scan("useraction", everything)
    with trace.timed(outer):
        time.sleep(0.01)
        with trace.timed(inner):
            time.sleep(0.03)
    own, within = trace.figures(outer).seconds, trace.figures(inner).seconds
    assert within >= 0.03
    assert own >= 0.01
    trace.move(0.005, inner, outer)
    assert trace.figures(outer).seconds == pytest.approx(own + 0.005)
    assert trace.figures(inner).seconds == pytest.approx(within - 0.005)


# --- the command ----------------------------------------------------------------------------------


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    query = "SELECT country, COUNT(*) FROM usersession WHERE userActionCount > 0 GROUP BY country"
    return subprocess.run(
        [sys.executable, "-m", "usql", "query", query, str(SESSIONS), "--explain", *arguments],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_command_explains_and_with_timing_runs() -> None:
    plain, timed = command(), command("--timing")
    assert plain.returncode == timed.returncode == 0
    assert "time" not in nodes(plain.stdout)["Group"].figures
    shown = nodes(timed.stdout)
    assert list(shown) == list(nodes(plain.stdout))
    assert all("time" in node.figures for node in shown.values())
    assert shown["Filter"].rows > 0
    assert shown["Project"].rows == shown["Group"].rows
