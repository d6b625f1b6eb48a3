"""Queries that nobody has looked at keep their time and their memory."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pytest

import usql
from tests.places import ROOT
from tests.robust.faults.command import environment

ROWS = 100_000
MUCH = f"LIMIT {ROWS}"

QUERIES = {
    "funnel": "SELECT FUNNEL(" + ", ".join(f"useraction.name LIKE '*{i}?a*{i}*'" for i in range(300)) + ") FROM usersession",
    "patterns": "SELECT COUNT(*) FROM usersession WHERE " + " OR ".join(f"city LIKE '*{i}?b*{i}*x'" for i in range(400)),
    "long patterns": "SELECT COUNT(*) FROM usersession WHERE " + " OR ".join(f"city LIKE '*{'a?' * 600}*{i}'" for i in range(60)),
    "quantiles": f"SELECT city, MEDIAN(useraction.duration), PERCENTILE(useraction.duration, 90) FROM usersession GROUP BY city {MUCH}",
    "json": f"SELECT JSON FROM usersession {MUCH}",
    "groups": f"SELECT city, duration, startTime, COUNT(*) FROM usersession GROUP BY city, duration, startTime {MUCH}",
    "dates": f"SELECT DATETIME(startTime, 'yyyy-MM-dd HH:mm:ss') AS d, COUNT(*) FROM usersession GROUP BY d {MUCH}",
    "top": f"SELECT country, TOP(useraction.name, 1000) FROM usersession GROUP BY country {MUCH}",
    "distinct": f"SELECT country, COUNT(DISTINCT useraction.name) FROM usersession GROUP BY country {MUCH}",
    "lists": f"SELECT *, useraction.* FROM usersession ORDER BY city, duration, startTime {MUCH}",
    "long text": f"SELECT city FROM usersession WHERE duration IN ({','.join(map(str, range(30_000)))})",
}  # fmt: skip


SLOW = {"funnel", "patterns", "long patterns", "json", "long text"}
"""They take seconds; the others may have an answer in time."""


def made() -> pa.Table:
    """Sessions that make all of these slow or large: every text is another."""
    chance = np.random.default_rng(1)
    names = [f"/page/{'ab' * 20}{i}" for i in range(ROWS)]
    actions = pa.StructArray.from_arrays(
        [pa.array(names * 3), pa.array(chance.integers(0, 10**6, 3 * ROWS))], ["name", "duration"]
    )
    return pa.table(
        {
            "userSessionId": pa.array([f"s{i}" for i in range(ROWS)]),
            "city": pa.array(names),
            "country": pa.array([f"c{i % 2000}" for i in range(ROWS)]),
            "duration": pa.array(chance.integers(0, 10**9, ROWS)),
            "startTime": pa.array(chance.integers(16 * 10**11, 17 * 10**11, ROWS)),
            "userActions": pa.ListArray.from_arrays(
                pa.array(np.arange(0, 3 * ROWS + 1, 3, dtype=np.int32)), actions
            ),
        }
    )


@pytest.fixture(scope="module")
def sessions() -> usql.Sessions:
    return usql.open(made(), threads=2, index_memory=0)


@pytest.mark.long
@pytest.mark.parametrize("name", QUERIES)
def test_a_timeout_is_kept(sessions: usql.Sessions, name: str) -> None:
    """Most are stopped at once; a column is looked at whole, and a text read whole."""
    began = time.monotonic()
    try:
        sessions.query(QUERIES[name], profile="offline", timeout=0.05)
        stopped = ""
    except usql.UsqlError as error:
        stopped = error.diagnostics[0].name
    assert time.monotonic() - began < 10
    assert stopped == "timeout" or name not in SLOW
    assert sessions.query("SELECT COUNT(*) FROM usersession").rows() == [[ROWS]]


MEASURED = """
import json, sys
import usql
from benchmarks.memory import status
from tests.robust.security.test_limits import QUERIES, made

limit = int(sys.argv[2])
sessions = usql.open(made(), threads=2, index_memory=0, memory_limit=500_000_000)
sessions = type(sessions)(sessions._store, threads=2, index_memory=0, memory_limit=limit)
open("/proc/self/clear_refs", "w").write("5")  # the peak is counted anew
before = status("VmRSS")
try:
    sessions.query(QUERIES[sys.argv[1]], profile="offline")
    stopped = ""
except usql.UsqlError as error:
    stopped = error.diagnostics[0].name
print(json.dumps([stopped, status("VmHWM") - before]))
"""


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="measures as Linux does")
@pytest.mark.parametrize(
    "name", ["quantiles", "json", "groups", "dates", "distinct", "lists", "top"]
)
def test_a_memory_limit_is_kept(name: str) -> None:
    """The process takes little more than the limit beside the sessions."""
    import json

    limit = 4_000_000
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, name, str(limit)], capture_output=True, text=True, cwd=ROOT,
        env=environment(), timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    stopped, grown = json.loads(done.stdout)
    assert stopped == "memory-limit"
    assert grown < 20 * limit
