"""Where rows go while loading: flat batches, counts, and the rows that cannot be read."""

from __future__ import annotations

import json
import sys
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol, Self

import pyarrow as pa

from usql.catalog import PRIMARY, Catalog, default_catalog
from usql.catalog.model import Projection
from usql.errors import DataError
from usql.frozen import dataclass
from usql.sizes import readable_bytes
from usql.store.bad_data import BadValue, NeedsSlowPath, NoSession, OnError
from usql.store.batches.flat import FlatBatch, from_objects, projected
from usql.store.batches.parts import Part
from usql.store.batches.width import Names, Width
from usql.store.columns import LeftOut, Store
from usql.store.forms.normalize import Normalizer
from usql.store.inputs.origin import Origin
from usql.store.inputs.tally import Remark, Tally
from usql.store.loading.bounds import BoundsOf
from usql.store.loading.selection import Selection
from usql.store.progress import Progress, Report
from usql.store.recognition.sessionhood import why_no_session, why_no_table
from usql.store.recognition.unwrapped import Refused, Wrapped
from usql.store.recognition.wrappings import may_wrap, unwrapped
from usql.store.sources.hive import completed, fields_of, with_fields
from usql.store.threads import workers
from usql.store.tuning import DEFAULT, StoreTuning

Enough = Callable[[Sequence[FlatBatch]], bool]
"""Whether the sessions read so far are all that is needed."""

OLDER = "Fields with names of older exports were read: "
"""How the note on such fields begins."""

_BYTES_PER_SESSION = 32
"""The bytes of an empty session: the offset of its children in each child table."""


class Portion(Protocol):
    """A run of sessions of one source."""

    @property
    def origin(self) -> Origin:
        """The source."""

    def flat(self, catalog: Catalog) -> list[FlatBatch]:
        """All of them at once, on any thread, as consecutive batches. Raises :class:`NeedsSlowPath`
        or an Arrow error when the sessions must be read one by one."""

    def add_rows(self, sink: Sink) -> None:
        """Pass them one by one to :meth:`Sink.add_object` or :meth:`Sink.reject`."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a row is: in a line of a text, or by its number."""

    origin: Origin
    line: int | None
    row: int | None

    def error(self, bad: BadValue) -> DataError:
        """The error for a bad value at this place."""
        source = self.origin.name if self.row is None else self.origin.row(self.row)
        return DataError(bad.reason, source=source, line=self.line, path=bad.path)


class Sink:
    """Collects the batches of one load, in the order of the sources, on ``threads`` threads; more
    than ``limit`` bytes are refused.

    With a ``projection`` only its fields are kept, and those that identify a session. A few
    portions are worked on ahead of their turn; their contents are taken, and their problems
    reported, in order. As a context manager the sink closes the rejects file and ends its threads.
    """

    def __init__(
        self,
        on_error: OnError,
        rejects: Path | None,
        report: Report | None,
        threads: int = 1,
        limit: int = sys.maxsize,
        projection: Projection | None = None,
        enough: Enough | None = None,
        selection: Selection | None = None,
        tuning: StoreTuning = DEFAULT,
    ) -> None:
        self.tuning = tuning
        self.catalog: Catalog = replace(default_catalog(), loaded=projection)
        self.batches: list[FlatBatch] = []
        self.described: set[pa.Schema] = set()
        self._stores: list[tuple[int, Store]] = []
        self.sessions = 0
        self._selection = selection
        self._examined_parts = self._left_out = 0
        self.has_enough = False
        self._enough = enough
        self._portions = self._next_look = 0
        self.tally = Tally()
        self.limit = limit
        self._held = 0
        self._on_error = on_error
        self._rejects_path = rejects
        self._rejects: BinaryIO | None = None
        self._report = report
        self._done = self._total = 0
        self._normalizer = Normalizer(self.catalog)
        self._whole = Normalizer(default_catalog())
        self._pending: list[Mapping[str, Any]] = []
        self._pending_text = 0
        self._names = Names()
        self._width = Width()
        self._stack = ExitStack()
        self._workers = self._stack.enter_context(workers(threads))
        self._ahead = threads if threads > 1 else 0
        self._running: deque[tuple[Portion, Future[list[FlatBatch] | None]]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def expect(self, size: int) -> None:
        """Announce that all sources together have ``size`` bytes."""
        self._total = size

    def advance(self, size: int) -> None:
        """Note that ``size`` more bytes were read."""
        self._done += size
        if self._report is not None:
            self._report(Progress(self._done, self._total, self.sessions))

    def describe(self, schema: pa.Schema, batch: FlatBatch) -> None:
        """Note the schema of a source, whose further fields are the columns of a batch without
        rows."""
        self.described.add(schema)
        if any(table.columns for table in batch.values()):
            self._keep(batch)

    def take(self, portion: Portion) -> None:
        """Take a portion; its sessions follow those taken so far."""
        self._running.append((portion, self._workers.submit(_flat, portion, self.catalog)))
        while len(self._running) > self._ahead:
            self._settle_oldest()

    def is_full(self) -> bool:
        """Whether nothing more is needed; called before each portion. ``enough`` is asked after the
        first portion, which may be small, then after one, four, sixteen … more, because each check
        costs as much as joining the batches."""
        if self._enough is None or self.has_enough or not (self.batches or self._running):
            return self.has_enough
        if self._portions == self._next_look:
            self._next_look = 4 * self._next_look or 1
            self.flush()
            self.has_enough = self._enough(self.batches)
        self._portions += 1
        return self.has_enough

    def reduced_projection(self, bounds_of: BoundsOf) -> Projection | None:
        """The fields to read from a part of a source whose statistics show that the query asks for
        none of its sessions; ``None`` for all wanted fields. Called once for each part."""
        reduced = None if self._selection is None else self._selection.reduced_projection(bounds_of)
        self._examined_parts += 1
        self._left_out += reduced is not None
        return reduced

    @property
    def left_out(self) -> LeftOut | None:
        """How many parts :meth:`reduced_projection` was called for, and for how many of them fields
        were left out; ``None`` if all sessions are wanted."""
        return None if self._selection is None else LeftOut(self._left_out, self._examined_parts)

    def settle(self) -> None:
        """Finish all portions taken so far and report their problems."""
        while self._running:
            self._settle_oldest()

    def _settle_oldest(self) -> None:
        portion, future = self._running.popleft()
        batches = future.result()
        if batches is None:
            portion.add_rows(self)
            return
        self._flush_objects()
        for batch in batches:
            for remark, count in batch[PRIMARY].remarks.items():
                self.tally.remark(remark, count)
            if batch[PRIMARY].rows:
                self.tally.take(portion.origin)
                self._keep(batch)

    def add_object(
        self,
        value: object,
        origin: Origin,
        *,
        line: int | None = None,
        row: int | None = None,
        raw: bytes | None = None,
    ) -> None:
        """Take one session as a Python object, or report what is wrong with it. It is at this line,
        or this row, of its origin, and follows what is settled."""
        place = _Place(origin, line, row)
        wrapped = unwrapped(value)
        if wrapped is None:
            self._add_session(value, "", place, raw)
        else:
            self._add_wrapped(wrapped, place, raw)
        self._pending_text += len(raw or b"")
        self._flush_if_full()

    def _add_wrapped(self, wrapped: Iterator[Wrapped], place: _Place, raw: bytes | None) -> None:
        for entry in wrapped:
            if isinstance(entry, Remark):
                self.tally.remark(entry)
            elif isinstance(entry, Refused):
                self._refuse(entry.bad, place, raw if entry.is_whole else None, entry.value)
            else:
                self._add_session(entry.value, entry.path, place, None)
            self._flush_if_full()

    def _flush_if_full(self) -> None:
        is_full = (
            len(self._pending) >= self.tuning.objects_at_once
            or self._pending_text >= self.tuning.object_bytes_at_once
        )
        if is_full or self._names.are_many:
            self._flush_objects()

    def _add_session(self, value: object, path: str, place: _Place, raw: bytes | None) -> None:
        try:
            session = self._normalizer.session(value, path)
            assert isinstance(value, Mapping)  # or it were not normalized
            reason = why_no_session(session, place.origin.is_found, value)
            if reason is not None and self.catalog.loaded is not None:
                # The loaded fields do not show that it is a session, so all of its members decide.
                whole = self._whole.session(value, path)
                reason = why_no_session(whole, place.origin.is_found, value)
            if reason is not None:
                raise NoSession(path, reason)
        except BadValue as bad:
            self._refuse(bad, place, raw, value)
        else:
            self.tally.take(place.origin)
            row = completed(session, fields_of(place.origin))
            self._pending.append(row)
            self._names.add(row)

    def _refuse(self, bad: BadValue, place: _Place, raw: bytes | None, value: object) -> None:
        if isinstance(value, Mapping) and not isinstance(bad, NoSession):
            self.tally.take(place.origin)  # a session, even if not all of it can be read
        self.reject(place.error(bad), place.origin, raw, value)

    def add_store(self, store: Store) -> None:
        """Add a saved store, whose sessions follow those taken so far and are not read yet."""
        self.flush()
        self._stores.append((len(self.batches), store))

    def take_parts(self) -> list[Part]:
        """Hand over everything so far, in order."""
        parts: list[Part] = [*self.batches]
        for place, store in reversed(self._stores):
            parts.insert(place, store)
        self.batches, self._stores = [], []
        return parts

    @property
    def is_busy(self) -> bool:
        """Whether some portion that was taken is unfinished."""
        return bool(self._running or self._pending)

    def flush(self) -> None:
        """Finish everything taken so far."""
        self.settle()
        self._flush_objects()

    def _flush_objects(self) -> None:
        if self._pending:
            rows, self._pending, self._pending_text = self._pending, [], 0
            self._names = Names()
            self._keep(from_objects(self.catalog, rows))

    def _keep(self, batch: FlatBatch) -> None:
        batch = projected(batch, self.catalog.loaded, is_read=True)
        tables = batch.values()
        self._width.add(batch)
        if self._width.is_too_sparse:
            raise DataError(
                f"the sessions have {self._width.fields:,} different fields, most of them in few "
                f"rows, and would take {readable_bytes(self._width.gaps)}; put the fields that no export "
                "has into one object"
            )
        self.hold(
            _BYTES_PER_SESSION * batch[PRIMARY].rows
            + sum(column.nbytes for table in tables for column in table.columns.values())
        )
        self.sessions += batch[PRIMARY].rows
        self._normalizer.older |= batch[PRIMARY].older
        self.batches.append(batch)

    def hold(self, size: int) -> None:
        """Count ``size`` more bytes as held; ``DataError`` where that exceeds the limit."""
        self._held += size
        if self._held + self._width.gaps > self.limit:
            raise self.too_large("the sessions")

    @contextmanager
    def holding(self, size: int) -> Iterator[None]:
        """Count ``size`` bytes as held inside the block, in addition to the sessions."""
        self.hold(size)
        yield
        self._held -= size

    @property
    def most_at_once(self) -> int:
        """Bytes of a line of text, or of a row group, that may be read at once."""
        return self.limit

    def check_streamed(self, decoded_size: Callable[[], int], source: str) -> None:
        """``DataError`` unless a row group that is larger can be read as a stream, which holds this
        many bytes at once. None can, since all that is read is kept."""
        raise self.too_large("a row group", source)

    def too_large(self, what: str, source: str = "") -> DataError:
        """The error for data that exceeds the limit."""
        return DataError(
            f"{what} would take more than the memory limit of {readable_bytes(self.limit)}; load less "
            "at once, or give a larger memory_limit",
            source=source,
        )

    @property
    def stops(self) -> bool:
        """Whether bad data ends the load."""
        return self._on_error == "stop"

    def reject(
        self, error: DataError, origin: Origin, raw: bytes | None, value: object = None
    ) -> None:
        """Handle a row that cannot be read: raise, or leave it out and count it."""
        if self.stops:
            raise error
        self.tally.leave_out(error, origin)
        if self._rejects_path is not None:
            line = raw if raw is not None else json.dumps(value, default=str).encode()
            with _writing(self._rejects_path):
                if self._rejects is None:
                    self._rejects = self._rejects_path.open("wb")
                    self._stack.callback(_close, self._rejects_path, self._rejects)
                self._rejects.write(line if line.endswith(b"\n") else line + b"\n")

    def admits(self, names: Collection[str], origin: Origin) -> bool:
        """Whether a table with these column names may hold sessions. One that cannot is bad as a
        whole: raise, or leave it out and count it."""
        reason = why_no_table(names, origin.is_found)
        if reason is None or may_wrap(names):
            return True
        self.refuse(DataError(reason, source=origin.name), origin)
        return False

    def refuse(self, error: DataError, origin: Origin) -> None:
        """Handle a source that is bad as a whole: raise, or leave it out and count it."""
        self.settle()  # earlier problems are reported first
        if self.stops:
            raise error
        self.tally.refuse(error, origin)

    def notes(self) -> list[str]:
        """Sentences about what was left out and what was read under another name."""
        return [*self.tally.notes(), *self._older()]

    def _older(self) -> list[str]:
        todays = self.catalog.table(PRIMARY).older
        met = [f"{name} as {todays[name]}" for name in sorted(self._normalizer.older)]
        return [f"{OLDER}{', '.join(met)}."] if met else []


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Attribute errors in the block to this file, not to the source that is being read."""
    try:
        yield
    except OSError as error:
        reason = f"the file cannot be written: {error.strerror}; make room, or name another file"
        raise DataError(reason, source=str(path)) from error


def _close(path: Path, file: BinaryIO) -> None:
    with _writing(path):
        file.close()


def _flat(portion: Portion, catalog: Catalog) -> list[FlatBatch] | None:
    """The portion's batches, or ``None`` when its sessions must be read one by one."""
    try:
        fields = fields_of(portion.origin)
        return [with_fields(catalog, batch, fields) for batch in portion.flat(catalog)]
    except (NeedsSlowPath, pa.ArrowException, UnicodeDecodeError):
        return None
