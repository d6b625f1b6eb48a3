"""One run over the queries: every engine's answer is compared with usql's, then all are timed."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa

from benchmarks.compare import difference
from benchmarks.ours import INDEXED, SCAN, ask, load
from benchmarks.outcome import Outcome
from benchmarks.parameters import Parameters
from benchmarks.peers.base import Form, Peer
from benchmarks.queries import Query
from benchmarks.timing import Run, alternate, fastest, once

PEERS = {
    "duckdb": "DuckDB",
    "polars": "Polars",
    "datafusion": "DataFusion",
    "chdb": "ChDB",
}
"""The modules of ``benchmarks.peers`` with their classes."""


def load_peer(name: str, flat: dict[str, pa.Table]) -> Peer:
    """A peer that holds the tables. ``ImportError`` when its package is not installed."""
    module = importlib.import_module(f"benchmarks.peers.{name}")
    peer: Peer = getattr(module, PEERS[name])(flat)
    return peer


def run(
    queries: Sequence[Query],
    parameters: Parameters,
    sizes: Callable[[Query], int],
    store: Path,
    peers: Sequence[Peer],
    *,
    indexes: Sequence[bool],
    rounds: int,
) -> Iterator[Outcome]:
    """The outcome of each query. ``sizes`` gives the bytes that one must read; ``indexes`` whether
    usql runs without, with, or both."""
    ours = {INDEXED if on else SCAN: load(store, indexes=on) for on in indexes}
    for query in queries:
        first = None
        if True in indexes:
            fresh = load(store)
            first = once(partial(ask, fresh, query.text))
            del fresh
        runs: dict[str, Run] = {
            name: partial(ask, sessions, query.text) for name, sessions in ours.items()
        }
        answers = {name: ask(sessions, query.text) for name, sessions in ours.items()}
        answer = next(iter(answers.values()))
        forms: dict[str, str] = {}
        absent: dict[str, str] = {}
        disagrees = {n: d for n, a in answers.items() if (d := difference(answer, a))}
        for peer in peers:
            if query.key in peer.lacks:
                absent[peer.name] = peer.lacks[query.key]
                continue
            possible = peer.forms(query.key, parameters)
            if problem := _problem(peer, possible, answer):
                disagrees[peer.name] = problem
            else:
                choices = {form.label: form.run for form in possible}
                forms[peer.name] = fastest(choices)
                runs[peer.name] = choices[forms[peer.name]]
        gc.collect()
        yield Outcome(
            query.key,
            query.stresses,
            answer.num_rows,
            sizes(query),
            alternate(runs, rounds),
            first,
            forms,
            absent,
            disagrees,
        )


def _problem(peer: Peer, forms: Sequence[Form], answer: pa.Table) -> str | None:
    """Where some form of a peer's query differs from our answer."""
    for form in forms:
        if different := difference(answer, peer.table(form.run())):
            return f"{form.label}: {different}"
    return None
