"""Rows of a frame written as shards: Spark sorts them by time, and its workers write."""

from __future__ import annotations

import itertools
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from usql.checks import optional_number, whole_number
from usql.engine.runtime.limits import Control
from usql.spark.columns import Chosen, Columns, Name, column
from usql.spark.frame_worker import in_chunks
from usql.spark.jobs import collected
from usql.spark.worker import answer_type, joined, outcome
from usql.store.sharding.assembled import assembled
from usql.store.sharding.place import new_shards
from usql.store.sharding.shard import check_limit, shard

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def write_shards(
    frame: DataFrame, folder: str | os.PathLike[str], sessions: int, memory_limit: int | None
) -> None:
    """Write the rows of a frame as shards (:func:`usql.spark.shard`)."""
    sessions = whole_number("sessions", sessions, 1)
    memory_limit = optional_number("memory_limit", memory_limit, 1)
    check_limit(memory_limit)
    if not hasattr(frame, "mapInArrow"):
        raise TypeError(f"expected a Spark DataFrame, not {type(frame).__name__}")
    with new_shards(folder) as new:
        pieces = new / "pieces"
        pieces.mkdir()

        columns = Columns(frame)
        every = columns.chosen(None, Control())
        work = partial(partition_written, str(pieces), sessions, memory_limit, every.names)
        written = _by_time(every).mapInArrow(work, answer_type())
        names = [answer.decode() for answer in joined(collected(written, Control()))]
        if not names:  # no partition has a row
            names = ["empty"]
            shard(columns.schema.empty_table(), pieces / "empty", threads=1)
        assembled(new, [pieces / name for name in names])
        shutil.rmtree(pieces)


def _by_time(columns: Chosen) -> DataFrame:
    """The rows in ranges of their start, so that each range becomes shards by itself and what is
    repeated lies in one of them; all in one range where nothing tells when sessions start."""
    for place, (name, _) in enumerate(columns.names):
        if name.lower() == "starttime":
            start = column(columns.frame.columns[place])
            return columns.frame.repartitionByRange(start.asc_nulls_last())
    return columns.frame.coalesce(1)


def partition_written(
    folder: str,
    sessions: int,
    memory_limit: int | None,
    names: Sequence[Name],
    batches: Iterator[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    """Write the rows of a partition as shards in a new folder for this attempt. The result is the
    folder's name; there is none without rows."""

    def work() -> Iterator[tuple[int, bytes]]:
        tables = in_chunks(names, batches)
        first = next(tables, None)
        if first is None:
            return
        rows = (batch for table in itertools.chain([first], tables) for batch in table.to_batches())
        name = uuid.uuid4().hex
        shard(
            pa.RecordBatchReader.from_batches(first.schema, rows),
            Path(folder, name),
            sessions=sessions,
            threads=1,
            memory_limit=memory_limit,
        )
        yield 0, name.encode()

    yield from outcome(work)
