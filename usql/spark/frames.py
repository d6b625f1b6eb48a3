"""Spark data frames as data sets: their contents, and the columns that a query reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from usql.analysis.bound import BoundQuery, Condition, Timeframe
from usql.catalog import PRIMARY, Catalog, default_catalog
from usql.catalog.model import Projection
from usql.catalog.projection import projection_of
from usql.distributed.task import NumberedPart, unpacked_task
from usql.engine import Event
from usql.engine.runtime.limits import Control
from usql.errors import DataError, InternalError
from usql.frozen import dataclass
from usql.spark.answers import answers
from usql.spark.columns import Chosen, Columns, members
from usql.spark.conditions import necessary
from usql.spark.connection import check_running, slots
from usql.spark.frame_worker import frame_answered, looked
from usql.spark.jobs import collected, limits
from usql.spark.worker import answer_type, joined
from usql.store import OnError, Store
from usql.store.lazy import Lazy
from usql.store.loading.tables.described import described_batch
from usql.store.recognition.wrappings import may_wrap
from usql.store.sharding.union import Union
from usql.store.times import Times, span_over

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_IDENTITY = ("userSessionId", "startTime", "endTime")
"""A row with a value of one of them is a session (LANGUAGE.md §10a), whatever else it holds."""

_REPEATS = "Repeated sessions are not detected among the rows of a frame."


@dataclass(frozen=True, slots=True)
class WholeFrame:
    """The only part of a frame that is known here; Spark divides it further."""

    def open(
        self, catalog: Catalog, projection: Projection | None, memory_limit: int | None
    ) -> Store:
        """Not used: only Spark reads it."""
        raise InternalError("a frame is read where Spark has its rows")


class FrameDataset:
    """The rows of a frame (:class:`usql.distributed.dataset.Dataset`). Its schema gives the fields;
    anything else is computed on demand, by a job each. ``DataError`` if the rows wrap sessions, or if
    columns have one name."""

    parts: Sequence[WholeFrame] = (WholeFrame(),)

    def __init__(self, frame: DataFrame) -> None:
        self.columns = Columns(frame)
        schema = self.columns.schema
        if may_wrap(schema.names):
            raise DataError(
                "the rows contain sessions rather than being sessions; extract the sessions first"
            )
        self._held = members(schema)
        self._union = Union()
        self._union.describe(described_batch(default_catalog(), schema), self._held)

    @cached_property
    def catalog(self) -> Catalog:
        """The tables and fields, including those that the frame adds; keys of properties are read
        on demand."""
        keys: dict[tuple[str, str], Callable[[], tuple[str, ...]]] = {
            (table.name, field.name): partial(self._keys, table.name, field.name)
            for table in self._union.catalog
            for field in table.fields
            if field.value_type is not None and field.name in self._held.get(table.name, ())
        }
        return replace(self._union.catalog, property_keys=Lazy(keys))

    @property
    def span(self) -> tuple[int, int]:
        """The time that the sessions cover (:attr:`usql.distributed.dataset.Dataset.span`)."""
        return span_over((Times(*s["starts"]), Times(*s["ends"])) for s in self._sessions)

    @property
    def sessions(self) -> int:
        """The number of sessions."""
        return sum(facts["sessions"] for facts in self._sessions)

    @property
    def notes(self) -> tuple[str, ...]:
        """That repeated sessions are not detected, and how many rows are not sessions."""
        rows = sum(facts["rows"] for facts in self._sessions)
        left_out = rows - self.sessions
        if not left_out:
            return (_REPEATS,)
        what = "1 row is" if left_out == 1 else f"{left_out:,} rows are"
        return (_REPEATS, f"{what} no session or cannot be read: left out.")

    def touched(self, timeframe: Timeframe, where: Condition | None) -> Sequence[int]:
        """The whole frame; Spark itself skips what it can."""
        return (0,)

    def on_error(self, control: Control) -> OnError:
        """What to do with rows that are not sessions. If the key or a time of every row shows that it
        is a session, only the columns that a query needs have to be read."""
        columns = self.columns
        is_each = columns.have_starts(control) or columns.all_have(_IDENTITY, control)
        return "stop" if is_each else "skip"

    def read(self, projection: Projection | None, control: Control) -> Projection | None:
        """The fields to read for these ones; ``None`` for all. If every row has a start, nothing else
        has to show that it is a session (LANGUAGE.md §10a)."""
        if self.on_error(control) == "skip" or projection is None:
            return None
        return projection.without_hidden if self.columns.have_starts(control) else projection

    def chosen(self, projection: Projection | None, query: BoundQuery, control: Control) -> Chosen:
        """What is read for a query of these fields. If some rows may be no sessions, workers judge
        all of them."""
        where = None
        if self.on_error(control) == "stop":
            where = necessary(query.timeframe, query.where, self.columns.schema)
        return self.columns.chosen(self.read(projection, control), control, where)

    def looked(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """What the rows hold (:func:`usql.spark.frame_worker.facts_of`), reading the fields of these
        names."""
        check_running(self.columns.spark)
        control = Control()
        projection = projection_of(names, self._union.catalog)
        chosen = self.read(projection, control)
        columns = self.columns.chosen(chosen, control)
        work = partial(looked, chosen, self.on_error(control), columns.names)
        results = joined(collected(columns.frame.mapInArrow(work, answer_type()), control))
        return [facts for answer in results for facts in json.loads(answer)]

    @cached_property
    def _sessions(self) -> list[dict[str, Any]]:
        return self.looked(_IDENTITY)

    def _keys(self, table: str, field: str) -> tuple[str, ...]:
        name = field if table == PRIMARY else f"{table}.{field}"
        facts = self.looked([name])
        keys = {
            k
            for s in facts
            for t, f, *keys_of_field in s["keys"]
            if (t, f) == (table, field)
            for k in keys_of_field
        }
        return tuple(sorted(keys))


class FrameExecutor:
    """Runs tasks over the partitions of a frame (:class:`usql.distributed.executor.Executor`)."""

    threads = 1

    def __init__(self, dataset: FrameDataset, memory_limit: int | None) -> None:
        self._dataset = dataset
        self.memory_limit = memory_limit

    @cached_property
    def _slots(self) -> int:
        return slots(self._dataset.columns.spark)

    def run(
        self,
        task: bytes,
        parts: Sequence[NumberedPart],
        timeout: float | None,
        cancelled: Event | None,
    ) -> Iterator[bytes]:
        """As :meth:`usql.distributed.executor.Executor.run`; also
        :class:`usql.errors.WorkerError` for what Spark refuses."""
        check_running(self._dataset.columns.spark)
        control, dataset, unpacked = limits(timeout, cancelled), self._dataset, unpacked_task(task)
        columns = dataset.chosen(unpacked.projection, unpacked.question.prepared.bound, control)
        work = partial(frame_answered, dataset.on_error(control), columns.names)
        frame = answers(columns.frame, work, task, dataset.columns.partitions, self._slots)
        return joined(collected(frame, control))

    def close(self) -> None:
        """Does nothing: the Spark session belongs to the caller."""
