"""What is measured beside the queries: small queries, start-up, loading, memory."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa

import usql
from benchmarks.data import Data, flatten
from benchmarks.loading import loading
from benchmarks.measure import Measure
from benchmarks.ours import SCAN, ask, load
from benchmarks.parameters import choose
from benchmarks.queries import queries
from benchmarks.run import load_peer
from benchmarks.timing import Run, Timing, alternate, once
from usql.analysis import Clock, analyze, profile_named
from usql.catalog import default_catalog
from usql.language.parser import parse
from usql.samples import batches

_TEXT = (
    "SELECT country, city, COUNT(*), AVG(duration), PERCENTILE(useraction.duration, 95) AS p95 "
    'FROM usersession WHERE userType = "REAL_USER" AND browserFamily IN ("Chrome", "Safari") '
    "GROUP BY country, city"
)
_LIKE_SQL = (
    "SELECT country, city, COUNT(*), AVG(s.duration), quantile_cont(a.duration, 0.95) AS p95 "
    "FROM usersession s JOIN useraction a USING (session) "
    "WHERE userType = 'REAL_USER' AND browserFamily IN ('Chrome', 'Safari') GROUP BY country, city"
)
_FEW = 100
_IMPORT = """
import sys, time
begin = time.perf_counter()
import usql
print(time.perf_counter() - begin)
assert not {"numpy", "pyarrow"} & sys.modules.keys()
"""


def also(here: Data, peers: Sequence[str], *, rounds: int = 9) -> list[Measure]:
    """All of it, over the data of one scale where the amount of data counts."""
    return [
        language(rounds),
        few_sessions(peers, rounds),
        start(rounds),
        *loading(here.folder.parent / "load", peers),
        opening(here, rounds),
        *memory(here, peers),
    ]


def language(rounds: int) -> Measure:
    """From a text of some 200 characters to the bound query; the same text as SQL by sqlglot."""
    import sqlglot

    catalog, rules, clock = default_catalog(), profile_named("offline"), Clock(0, 0, 0, 0)

    def bind() -> None:
        if analyze(parse(_TEXT), catalog, rules, clock).bound is None:
            raise ValueError("the text is refused")

    runs: dict[str, Run] = {
        "usql parse": partial(parse, _TEXT),
        "usql parse and bind": bind,
        "sqlglot parse": partial(sqlglot.parse_one, _LIKE_SQL, read="duckdb"),
    }
    return _measure(
        f"a query of {len(_TEXT)} characters", "µs", alternate(runs, rounds), "under 500"
    )


def few_sessions(peers: Sequence[str], rounds: int) -> Measure:
    """B14 over 100 sessions, end to end; also with a text that usql never saw before."""
    nested = list(batches(_FEW))
    flat = flatten(nested)
    parameters = choose(flat)
    sessions = usql.open(pa.Table.from_batches(nested))
    (query,) = (q for q in queries(parameters) if q.key == "B14")
    loaded = [load_peer(name, flat) for name in peers]
    texts = (query.text.replace("> 5", f"> {number}") for number in itertools.count(10))
    runs: dict[str, Run] = {
        SCAN: partial(ask, sessions, query.text),
        f"{SCAN}, each text new": lambda: ask(sessions, next(texts)),
    }
    for peer in loaded:
        runs[peer.name] = peer.forms(query.key, parameters)[0].run
    timings = alternate(runs, rounds)
    for peer in loaded:
        peer.close()
    return _measure(f"B14 over {_FEW} sessions", "ms", timings, "under 0.5")


def start(rounds: int) -> Measure:
    """``import usql`` in a new process, without numpy and pyarrow."""

    def run() -> float:
        command = [sys.executable, "-c", _IMPORT]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    return _measure(
        "import usql", "ms", {SCAN: Timing(tuple(run() for _ in range(rounds)))}, "under 100"
    )


def opening(here: Data, rounds: int) -> Measure:
    """Opening the saved store."""
    store = here.store()
    spent = Timing(tuple(once(partial(load, store)) for _ in range(rounds)))
    return _measure(f"opening {here.sessions:,} saved sessions", "ms", {SCAN: spent}, "under 20")


def memory(here: Data, peers: Sequence[str]) -> list[Measure]:
    """Bytes that the same columns take in each engine, and a whole process that loads the export
    and answers all queries."""
    held = {SCAN: float(sum(f.stat().st_size for f in here.store().rglob("*") if f.is_file()))}
    flat = here.flat()
    for name in peers:
        peer = load_peer(name, flat)
        held[name] = float(peer.held())
        peer.close()
    del flat
    command = [sys.executable, "-m", "benchmarks.footprint", str(here.parquet())]
    command.append(json.dumps([q.text for q in queries(choose(here.flat()))]))
    output = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=Path(__file__).parent.parent
    ).stdout
    process = {name: value / 1e6 for name, value in json.loads(output).items()}
    per_session = {name: value / here.sessions for name, value in held.items()}
    columns = held[SCAN] / 1e6
    return [
        Measure(
            "columns held", "bytes a session", per_session, "no more than the leanest in memory"
        ),
        Measure("usql's process", "MB", {"columns": columns, **process}, "twice the columns"),
    ]


def _measure(name: str, unit: str, timings: dict[str, Timing], goal: str = "") -> Measure:
    factor = {"µs": 1e6, "ms": 1e3, "s": 1.0}[unit]
    return Measure(name, unit, {n: t.median * factor for n, t in timings.items()}, goal)
