"""usql as the benchmark runs it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

import usql
from benchmarks.peers.base import THREADS
from usql.queryable import Queryable

SCAN, INDEXED = "usql", "usql+index"
"""The two columns of the table: indexes switched off, and on."""


def load(source: Path, *, indexes: bool = True) -> usql.Sessions:
    """An export, or a saved store that is opened by memory map, as its own ``Sessions``: nothing is
    shared between two."""
    usql.tune_allocator()
    return usql.open(source, threads=THREADS, index_memory=None if indexes else 0)


def ask(sessions: Queryable, text: str) -> pa.Table:
    """From text to Arrow table, without the vendor's limits."""
    return sessions.query(text, profile="offline").to_arrow()
