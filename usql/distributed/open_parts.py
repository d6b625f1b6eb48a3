"""Parts that a worker keeps open between tasks, together with the indexes of its engines.

Small parts mostly cost what each question costs per part, however small the part, and what it costs
to merge their answers. So small neighbours are joined: shards column by column as queries need
them; of Parquet files the columns that a query reads are loaded and stay for the next query.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from usql.distributed.dataset import Part
from usql.distributed.shards import ShardPart, joined_shards
from usql.distributed.task import NumberedPart, Task, one_engine_per_part
from usql.engine import Engine
from usql.store import Store
from usql.store.memory import machine_memory

if TYPE_CHECKING:
    from usql.distributed.open_files import LoadedColumns

_TOGETHER = 128_000_000
"""The most bytes of parts that are joined. In larger ones the rows dominate the cost of a question."""

KEPT_ONE_IN = 8
"""One part in so many of a worker's memory limit is for joined columns, and another for indexes."""

_RECENT = 8
"""Parts that so many tasks have not used make room for others. If they made room at once, a
question to more parts than there is room for would find none of them open the next time."""


def runs(parts: Iterable[NumberedPart], memory_limit: int | None) -> Iterator[list[NumberedPart]]:
    """The parts in their order, grouped: small neighbouring shards or files that one engine can
    answer for within a worker's ``memory_limit`` (bytes) are one run, every other part is a run by
    itself."""
    most = min(_TOGETHER, _room(memory_limit))
    run: list[NumberedPart] = []
    size = 0
    for number, part in parts:
        part_size: int = getattr(part, "bytes", most + 1)  # files and shards have a size
        if run and (number != run[-1][0] + 1 or size + part_size > most):
            yield run
            run, size = [], 0
        run.append((number, part))
        size += part_size
    if run:
        yield run


def _room(memory_limit: int | None) -> int:
    limit = machine_memory() // 2 if memory_limit is None else memory_limit
    return limit // KEPT_ONE_IN


@dataclass(eq=False)
class _Entry:
    """An engine over joined parts, the bytes that it may keep of them, the number of the last task
    that used it, and which columns of files it is over."""

    engine: Engine
    bytes: int
    last_task: int
    columns: LoadedColumns | None = None


class OpenParts:
    """The engines that one process keeps open. It works on one task at a time."""

    def __init__(self) -> None:
        self._entries: OrderedDict[tuple[Part, ...], _Entry] = OrderedDict()
        self._tasks = 0

    @property
    def bytes(self) -> int:
        """The bytes of the columns that are kept."""
        return sum(entry.bytes for entry in self._entries.values())

    def engines(self, parts: Iterable[NumberedPart], task: Task) -> Iterator[tuple[int, Engine]]:
        """Engines for the parts of a task, each with the number of its first part. An engine over
        shards or columns of files stays open as long as there is room for them; shards that there
        is no room for, and other parts, get one engine each, as
        :func:`usql.distributed.task.one_engine_per_part` gives it."""
        self._tasks += 1
        for run in runs(parts, task.memory_limit):
            engine = self._engine([part for _, part in run], task)
            if engine is None:
                yield from one_engine_per_part(run, task)
            else:
                yield run[0][0], engine

    def _engine(self, parts: Sequence[Part], task: Task) -> Engine | None:
        shards = tuple(part for part in parts if isinstance(part, ShardPart))
        if shards:
            return self._of_shards(shards, task)
        return self._of_files(parts, task) if hasattr(parts[0], "bytes") else None

    def _of_shards(self, shards: tuple[ShardPart, ...], task: Task) -> Engine | None:
        known = self._used(shards)
        if known is not None:
            return known.engine
        size = sum(shard.bytes for shard in shards)
        if not self._has_room(size, _room(task.memory_limit)):
            return None
        # The engine counts joined columns and what a query builds together: it gets room for both.
        limit = None if task.memory_limit is None else task.memory_limit + size
        engine = Engine(joined_shards(shards), task.threads, limit, size, task.tuning)
        self._keep(shards, _Entry(engine, size, self._tasks))
        return engine

    def _of_files(self, parts: Sequence[Part], task: Task) -> Engine | None:
        from usql.distributed.files import FilePart  # which reads more than descriptions
        from usql.distributed.open_files import loaded_columns

        files = tuple(part for part in parts if isinstance(part, FilePart))
        if task.projection is None or len(files) < len(parts):
            return None
        known = self._used(files)
        if known is not None and known.columns is not None and known.columns.has(task):
            for file in files:
                file.check()
            return known.engine
        read = loaded_columns(files, task, task.projection)
        both = (
            read if known is None or known.columns is None else known.columns.with_more(read, task)
        )
        for columns in (both, read):
            size = columns.bytes
            if self._has_room(size, _room(task.memory_limit), files):
                engine = _engine(columns.store, task, size)
                self._keep(files, _Entry(engine, size, self._tasks, columns))
                return engine
        return _engine(read.store, task, 0)

    def _used(self, parts: tuple[Part, ...]) -> _Entry | None:
        known = self._entries.get(parts)
        if known is not None:
            known.last_task = self._tasks
            self._entries.move_to_end(parts)
        return known

    def _keep(self, parts: tuple[Part, ...], entry: _Entry) -> None:
        self._remove(parts)
        self._entries[parts] = entry

    def _remove(self, parts: tuple[Part, ...]) -> None:
        self._entries.pop(parts, None)

    def _has_room(self, size: int, room: int, parts: tuple[Part, ...] = ()) -> bool:
        """Whether there is room for so many bytes, in place of those of the same ``parts``, once
        parts that no recent task used are closed."""
        replaced = self._entries.get(parts)
        size -= 0 if replaced is None else replaced.bytes
        while size <= room < self.bytes + size:
            oldest = next((key for key in self._entries if key != parts), None)
            if oldest is None or self._entries[oldest].last_task > self._tasks - _RECENT:
                return False
            self._remove(oldest)
        return self.bytes + size <= room


def _engine(store: Store, task: Task, indexes: int) -> Engine:
    return Engine(store, task.threads, task.memory_limit, indexes, task.tuning)
