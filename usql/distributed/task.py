"""The task of a worker, and the work: a task travels as bytes, and so do the states it results in."""

from __future__ import annotations

import pickle
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import pyarrow as pa

from usql.analysis.bound import RowJson, RowQuery
from usql.catalog import Catalog, Field, Origin, default_catalog
from usql.catalog.model import Projection
from usql.catalog.projection import projection_of
from usql.distributed.dataset import Part
from usql.engine import Engine, Event
from usql.engine.runtime.limits import Budget, Control
from usql.engine.runtime.tuning import DEFAULT, Tuning
from usql.engine.states.merging import Merging
from usql.engine.states.question import (
    Question,
    States,
    counted_pairs,
    in_partitions,
    packed,
    states_of,
    unpacked,
)
from usql.errors import VersionError
from usql.frozen import dataclass
from usql.planner import Prepared
from usql.planner.rewrite import walk
from usql.version import __version__

NumberedPart = tuple[int, Part]
"""A part with its number among all of its data set."""


@dataclass(frozen=True, slots=True)
class Task:
    """A question to each of some parts. ``further``: by table, the fields that the data set adds and
    the question reads; ``projection``: all fields that it reads. ``threads`` and ``memory_limit``
    (bytes) are those of a worker; ``timeout`` is in seconds from the start of its work. ``tuning``:
    the sizes and thresholds of its engines."""

    question: Question
    further: Mapping[str, tuple[Field, ...]]
    projection: Projection | None
    threads: int
    memory_limit: int | None
    timeout: float | None
    tuning: Tuning = DEFAULT

    @property
    def catalog(self) -> Catalog:
        """The catalog of the data set, as far as it is needed."""
        return default_catalog().with_data(self.further, {})

    def packed(self) -> bytes:
        """The task as bytes. The version comes first, so that it can be checked before the rest is
        read."""
        return pickle.dumps((__version__, pickle.dumps(self)))


def task_of(
    question: Question,
    catalog: Catalog,
    threads: int,
    memory_limit: int | None = None,
    timeout: float | None = None,
    tuning: Tuning = DEFAULT,
) -> Task:
    """The task for a question to a data set that has this catalog."""
    projection = fields_read(question.prepared)
    further = {
        table.name: tuple(
            field
            for field in table.fields
            if field.origin is Origin.DATA
            and (projection is None or projection.reads(table.name, field.name))
        )
        for table in catalog
    }
    return Task(question, further, projection, threads, memory_limit, timeout, tuning)


def unpacked_task(packed_task: bytes) -> Task:
    """The task in the bytes of :meth:`Task.packed`.

    Raises :class:`VersionError` where another version of usql wrote them.
    """
    version, held = pickle.loads(packed_task)
    if version != __version__:
        raise VersionError(
            f"a worker runs usql {__version__}, but the query comes from usql {version}: install the "
            "same version for both"
        )
    task = pickle.loads(held)
    assert isinstance(task, Task)
    return task


Opening = Callable[[Iterable[NumberedPart], Task], Iterator[tuple[int, Engine]]]
"""Opens parts for a task, as engines over one or more parts each, with the number of the first part."""


def one_engine_per_part(parts: Iterable[NumberedPart], task: Task) -> Iterator[tuple[int, Engine]]:
    """An engine over each part, which is released before the next one is opened."""
    for number, part in parts:
        store = part.open(task.catalog, task.projection, task.memory_limit)
        yield number, Engine(store, task.threads, task.memory_limit, 0, task.tuning)


def answered(
    packed_task: bytes,
    parts: Iterable[NumberedPart],
    cancelled: Event | None = None,
    engines_of: Opening = one_engine_per_part,
) -> pa.Buffer:
    """The merged states of some parts, at least one, as bytes. They are asked one after the other.

    Raises :class:`VersionError`, :class:`usql.errors.DataError` of a part, and a
    :class:`usql.errors.QueryStopped` of the kind that ended the run.
    """
    task = unpacked_task(packed_task)
    states = _answered(task, parts, cancelled, engines_of)
    assert states is not None
    return packed(task.question, states)


def answered_in_partitions(
    packed_task: bytes,
    parts: Iterable[NumberedPart],
    partitions: int,
    cancelled: Event | None = None,
    engines_of: Opening = one_engine_per_part,
) -> list[bytes]:
    """The states of :func:`answered`, in at most so many hash partitions, by the same rule for all
    parts: each partition is merged with the same partition of other parts, independently of the others
    (:func:`usql.engine.states.question.in_partitions`)."""
    task = unpacked_task(packed_task)
    return _dealt(task.question, _answered(task, parts, cancelled, engines_of), partitions)


def _answered(
    task: Task, parts: Iterable[NumberedPart], cancelled: Event | None, engines_of: Opening
) -> States | None:
    question = task.question
    deadline = None if task.timeout is None else time.monotonic() + task.timeout
    with _control(task, deadline, cancelled) as control:
        merging = Merging(control, question)
        for number, engine in engines_of(parts, task):
            control.check()
            remaining = None if deadline is None else max(0.0, deadline - time.monotonic())
            with engine.accessing(question.prepared, remaining, cancelled) as access:
                merging.add(states_of(access, question, number))
        return merging.result()


def merged_states(packed_task: bytes, states: Sequence[bytes]) -> bytes:
    """The states of several parts merged into one: for executors that merge along the way."""
    task = unpacked_task(packed_task)
    with _control(task, None, None) as control:
        return _packed(task.question, _merged(task, control, states))


def counted_in_partitions(
    packed_task: bytes, whole: Iterable[Sequence[bytes]], partitions: int
) -> list[bytes]:
    """The merged states of some partitions, each complete over all parts, with counts in place of the
    value pairs that are only counted; partitioned again, to be merged with the results of the
    other partitions."""
    task = unpacked_task(packed_task)
    question = task.question
    with _control(task, None, None) as control:
        merging = Merging(control, question)
        for states in whole:
            partition = _merged(task, control, states)
            assert partition is not None
            merging.add(counted_pairs(partition))
        return _dealt(question, merging.result(), partitions)


def _merged(task: Task, control: Control, states: Iterable[bytes]) -> States | None:
    merging = Merging(control, task.question)
    for part_states in states:
        merging.add(unpacked(task.question, part_states))
    return merging.result()


def _dealt(question: Question, states: States | None, partitions: int) -> list[bytes]:
    assert states is not None
    return [_packed(question, partition) for partition in in_partitions(states, partitions)]


def _control(task: Task, deadline: float | None, cancelled: Event | None) -> Control:
    """The limits within which a worker merges."""
    budget = Budget(sys.maxsize if task.memory_limit is None else task.memory_limit)
    return Control(task.threads, deadline, budget, cancelled, task.tuning)


def _packed(question: Question, states: States | None) -> bytes:
    assert states is not None
    data: bytes = packed(question, states).to_pybytes()
    return data


def fields_read(prepared: Prepared) -> Projection | None:
    """The fields that a query reads, with those that identify its sessions, which stay hidden unless
    the query or deep links show them; ``None`` for all fields."""
    bound = prepared.bound
    if isinstance(bound, RowQuery) and any(
        isinstance(c.expression, RowJson) for c in bound.columns
    ):
        return None
    fields = {field for node in walk(prepared.plan) for field in node.fields()}
    names = [f'{field.table}."{field.name}"' for field in fields]
    names.append(f"{bound.table}.startTime")
    return projection_of(names, default_catalog(), keeps_keys=isinstance(bound, RowQuery))
