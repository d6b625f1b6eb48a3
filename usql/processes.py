"""Queries over more sessions than memory holds, answered by several processes of one machine.

>>> import usql
>>> usql.processes.open.__name__
'open'
"""

from __future__ import annotations

import os

from usql.checks import optional_number
from usql.distributed.inline import Inline
from usql.distributed.pool import Processes
from usql.distributed.sessions import DistributedSessions
from usql.distributed.shards import Shards
from usql.distributed.sources import dataset_of
from usql.store.memory import machine_memory
from usql.store.threads import available

__all__ = ["open"]

_WORTH_STARTING = 16_000_000_000
"""Bytes of shards from which on processes answer a single question sooner, although they start for it
(extrapolated: docs/CLUSTER.md, "What a pool costs")."""


def open(
    path: str | os.PathLike[str], *, workers: int | None = None, memory_limit: int | None = None
) -> DistributedSessions:
    """Open shards (:func:`usql.shard`), or Parquet files in the export's layout (a file, a folder
    or a pattern), for queries by several processes, each of which reads a part of them. The data
    may be many times larger than memory.

    The result is queried like :class:`usql.Sessions`, with the same answers. ``workers`` is the
    number of processes, each with one thread; by default ``USQL_THREADS`` or the number of
    processors. They start with the first query, keep the shards open for later ones, and end with
    ``close``, which ``with`` calls; Ctrl-C, a timeout and ``cancelled`` end those that are busy.
    ``memory_limit`` is the number of bytes that all workers together may build for a query, divided
    evenly among them, and that this process may build when it merges their results; by default half
    of the machine's memory.

    A row that cannot be read raises :class:`usql.DataError` when it is first read. In Parquet files
    repeated sessions are not detected. Raises :class:`usql.errors.WorkerError` if a process ends
    unexpectedly. Call this below ``if __name__ == "__main__"``, because each process imports the
    program.
    """
    workers = optional_number("workers", workers, 1)
    memory_limit = optional_number("memory_limit", memory_limit, 1)
    limit = machine_memory() // 2 if memory_limit is None else memory_limit
    count = available() if workers is None else workers
    return DistributedSessions(dataset_of(path), Processes(count, limit), memory_limit=limit)


def opened_for_one(
    folder: str | os.PathLike[str], threads: int | None, memory_limit: int | None
) -> DistributedSessions:
    """Shards for a single query: one shard after the other with all ``threads``, or, above a
    certain size, by as many processes."""
    limit = machine_memory() // 2 if memory_limit is None else memory_limit
    count = available() if threads is None else threads
    dataset = Shards(folder)
    is_large = dataset.bytes >= _WORTH_STARTING and count > 1 and len(dataset.parts) > 1
    executor = Processes(count, limit) if is_large else Inline(limit, count)
    return DistributedSessions(dataset, executor, threads=count, memory_limit=limit)
