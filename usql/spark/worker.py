"""The functions that run inside Spark's workers. They are sent by name, so that workers run their own
usql, which then checks that its version is that of the program that asks."""

from __future__ import annotations

import functools
import gc
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from usql.distributed.open_parts import OpenParts
from usql.distributed.task import (
    Opening,
    answered,
    answered_in_partitions,
    counted_in_partitions,
    merged_states,
    one_engine_per_part,
    unpacked_task,
)
from usql.errors import Error
from usql.store.memory import machine_memory
from usql.store.threads import available

if TYPE_CHECKING:
    from pyspark import TaskContext
    from pyspark.sql.types import StructType

PARTITION = "partition"

_SCHEMA = pa.schema(
    [
        ("task", pa.int32()),
        ("partition", pa.int32()),
        ("piece", pa.int32()),
        ("states", pa.binary()),
        ("failure", pa.binary()),
    ]
)


@functools.cache
def answer_type() -> StructType:
    """The schema of what workers return: the bytes of each hash partition of a task, in pieces, or the
    error that ended the task. Spark would parse its text for every query."""
    from pyspark.sql.types import BinaryType, IntegerType, StructType

    types = {pa.int32(): IntegerType(), pa.binary(): BinaryType()}
    answer = StructType()
    for field in _SCHEMA:
        answer.add(field.name, types[field.type])
    return answer


_PIECE = 1 << 25
"""Bytes of a piece: a row in Spark must be much smaller than 2 GB."""

_OPEN = OpenParts()
"""What this worker keeps open: Spark gives it one task at a time, and further ones later."""


def parts_answered(
    parts: Sequence[bytes], task: bytes, partitions: int, batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """The merged states of the parts whose numbers are in the first column, in so many hash ``partitions``.
    ``parts`` are pickled (:data:`usql.distributed.task.NumberedPart`)."""
    numbers = [number for batch in batches for number in batch.column(0).to_pylist()]
    if numbers:
        chosen = [pickle.loads(parts[number]) for number in numbers]
        yield from outcome(lambda: in_partitions(task, chosen, partitions, _OPEN.engines))


def in_partitions(
    task: bytes,
    parts: Iterable[tuple[int, Any]],
    partitions: int,
    engines_of: Opening = one_engine_per_part,
) -> Iterable[tuple[int, bytes]]:
    """The merged states of some parts, as hash partitions with their numbers."""
    task = with_share(task)
    if partitions == 1:
        return [(0, answered(task, parts, engines_of=engines_of).to_pybytes())]
    return enumerate(answered_in_partitions(task, parts, partitions, engines_of=engines_of))


def partitions_counted(
    task: bytes, partitions: int, batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """The states of each hash partition merged over all tasks, with counts in place of the value pairs that are
    only counted. They are partitioned again, since a group may have counts in several."""

    def work(whole: Mapping[int, Sequence[bytes]]) -> Iterable[tuple[int, bytes]]:
        return enumerate(counted_in_partitions(with_share(task), whole.values(), partitions))

    return _of_whole_partitions(work, batches)


def partitions_merged(task: bytes, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The states of each hash partition merged over all tasks."""

    def work(whole: Mapping[int, Sequence[bytes]]) -> Iterable[tuple[int, bytes]]:
        limited = with_share(task)
        return ((partition, merged_states(limited, states)) for partition, states in whole.items())

    return _of_whole_partitions(work, batches)


def _of_whole_partitions(
    work: Callable[[Mapping[int, Sequence[bytes]]], Iterable[tuple[int, bytes]]],
    batches: Iterator[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    """The outcome of work on hash partitions that this worker has received completely; errors of earlier tasks
    are passed on."""
    rows = pa.Table.from_batches(batches, _SCHEMA)
    failed = rows.filter(rows["failure"].is_valid())
    if len(failed):
        yield from failed.to_batches()
    elif len(rows):
        partitions: dict[int, list[bytes]] = {}
        for partition, states in _states(rows):
            partitions.setdefault(partition, []).append(states)
        yield from outcome(lambda: work(partitions))


def outcome(work: Callable[[], Iterable[tuple[int, bytes]]]) -> Iterator[pa.RecordBatch]:
    """The result of a task, by hash partitions. An error that would occur again is a result, too; any other is
    raised, and Spark runs the task again."""
    task = task_number()
    try:
        for partition, states in work():
            for piece, first in enumerate(range(0, max(len(states), 1), _PIECE)):
                yield _row(task, partition, piece, states[first : first + _PIECE], None)
    except (Error, MemoryError) as error:
        yield _row(task, 0, 0, None, pickle.dumps(error))
    _exempt_modules()


@functools.cache
def _exempt_modules() -> None:
    """Exempt what a worker holds after its first task, most of it modules, from the search for
    garbage. Spark has workers search after each task, and the next query would wait for that."""
    if _context() is not None:
        gc.collect()
        gc.freeze()


def task_number() -> int:
    """The number of the partition of the frame that this worker is processing."""
    context = _context()
    return 0 if context is None else int(context.partitionId())


def with_share(task: bytes) -> bytes:
    """The task with a memory limit, if it has none: its share of half of the machine's memory, of which
    as many tasks as there are processors for get one each."""
    unpacked = unpacked_task(task)
    if unpacked.memory_limit is not None:
        return task
    context = _context()
    at_once = max(1, available() // (1 if context is None else max(1, context.cpus())))
    return replace(unpacked, memory_limit=machine_memory() // 2 // at_once).packed()


def _context() -> TaskContext | None:
    from pyspark import TaskContext

    return TaskContext.get()


def _row(
    task: int, partition: int, piece: int, states: bytes | None, failure: bytes | None
) -> pa.RecordBatch:
    columns = [[task], [partition], [piece], [states], [failure]]
    arrays = [pa.array(values, field.type) for values, field in zip(columns, _SCHEMA, strict=True)]
    return pa.record_batch(arrays, _SCHEMA)


def joined(answers: pa.Table) -> Iterator[bytes]:
    """The bytes of each hash partition of each task, in the order of the tasks.

    Raises the error of a task that failed.
    """
    for failure in answers.column("failure").drop_null():
        raise pickle.loads(failure.as_py())
    for _, states in _states(answers):
        yield states


def _states(answers: pa.Table) -> Iterator[tuple[int, bytes]]:
    names = ("task", "partition", "piece", "states")
    rows = zip(*(answers.column(name).to_pylist() for name in names), strict=True)
    pieces: dict[tuple[int, int], list[tuple[int, bytes]]] = {}
    for task, partition, piece, states in rows:
        pieces.setdefault((task, partition), []).append((piece, states))
    for task, partition in sorted(pieces):
        yield partition, b"".join(states for _, states in sorted(pieces[task, partition]))
