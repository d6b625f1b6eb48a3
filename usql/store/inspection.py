"""Every problem in some data, place by place. (A load reports the first problem, or the first few
if it skips them.)"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from usql.catalog import PRIMARY
from usql.errors import DataError
from usql.frozen import dataclass
from usql.store.bad_data import BadValue
from usql.store.batches.flat import FlatBatch
from usql.store.batches.repeats import count_repeats
from usql.store.batches.rowhash import U64, key_hashes
from usql.store.columns import Store
from usql.store.export.nested import nested
from usql.store.forms.normalize import Normalizer
from usql.store.inputs.origin import Origin, SavedSource
from usql.store.joined.join import notes_of, repeated
from usql.store.loading.sink import Sink
from usql.store.loading.source import file_size, read_part
from usql.store.loading.tables.tables import read_tables
from usql.store.memory import machine_memory
from usql.store.progress import Report
from usql.store.sources.listing import list_parts
from usql.store.sources.opened import Lake
from usql.store.stores import open_saved
from usql.store.threads import available


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem: the file or URL, the line of a text (from 1) or the row of a table (from 0), the
    path of the field, and why it cannot be read. ``text`` is all of it in one line."""

    source: str
    line: int | None
    row: int | None
    path: str
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Inspected:
    """The result besides the problems: the number of good ``sessions``, and the notes of a load of
    them."""

    sessions: int
    problems: int
    notes: Sequence[str]


def inspect(
    source: Any,
    report: Callable[[Problem], None],
    *,
    progress: Report | None = None,
    threads: int | None = None,
) -> Inspected:
    """Read all of a source (see :func:`usql.store.load`) and report every problem, in order: all
    bad values of each row, all rows, all files. Only the hashes of the sessions' keys are kept, 8
    bytes each. ``DataError`` if there is nothing to read."""
    listing = list_parts(source)
    count = available() if threads is None else threads
    with _Inspector(report, progress, count, machine_memory() * 3 // 4) as sink:
        sink.expect(sum(map(file_size, listing.parts)))
        for part in listing.parts:
            sink.inspect(part)
        return Inspected(sink.sessions, sink.problems, [*listing.notes, *sink.notes()])


class _Inspector(Sink):
    """A sink that keeps no sessions, and reports what is bad instead of stopping at it."""

    def __init__(
        self,
        report: Callable[[Problem], None],
        progress: Report | None,
        threads: int,
        limit: int,
    ) -> None:
        super().__init__("skip", None, progress, threads, limit)
        self._normalizer = Normalizer(self.catalog, finds_all=True)
        self._report_problem = report
        self._keys: list[U64] = []
        self._of_stores: list[str] = []
        self.problems = 0

    def inspect(self, part: Origin | SavedSource | Any) -> None:
        """Read a part. A failure that would end a load, such as a file that cannot be opened, ends
        only the part."""
        entry = part.origin if isinstance(part, Lake) else part
        origin = entry if isinstance(entry, Origin) else Origin()
        with self._reporting(origin):
            read_part(open_saved(part.folder) if isinstance(part, SavedSource) else part, self)
        while self.is_busy:
            with self._reporting(origin):
                self.flush()

    @contextmanager
    def _reporting(self, origin: Origin) -> Iterator[None]:
        try:
            yield
        except DataError as error:
            self.tally.take(origin)  # reported already; it must not also count as an empty file
            self._tell(error, origin)

    def reject(
        self, error: DataError, origin: Origin, raw: bytes | None, value: object = None
    ) -> None:
        """Report a row that cannot be read."""
        self.tally.take(origin)
        self._tell(error, origin)

    def refuse(self, error: DataError, origin: Origin) -> None:
        """Report a source that is bad as a whole."""
        self.settle()
        self.reject(error, origin, None)

    def _refuse(self, bad: BadValue, place: Any, raw: bytes | None, value: object) -> None:
        for one in (bad, *bad.others):
            self.reject(place.error(one), place.origin, raw, value)

    def _tell(self, error: DataError, origin: Origin) -> None:
        row = error.source.removeprefix(origin.row(0).removesuffix("0"))
        is_row = row != error.source and row.isdigit()
        self.problems += 1
        self._report_problem(
            Problem(
                origin.name if is_row else error.source,
                error.line,
                int(row) if is_row else None,
                error.path,
                error.reason,
                str(error),
            )
        )

    def add_store(self, store: Store) -> None:
        """Read the columns of a saved store, which finds damage."""
        self.flush()
        self._of_stores += notes_of(store)
        rows = np.arange(store.sessions)
        step = self.tuning.table_rows_at_once
        pieces = (rows[at : at + step] for at in range(0, len(rows), step))
        read_tables((nested(store, PRIMARY, piece) for piece in pieces), Origin(), self)

    def _keep(self, batch: FlatBatch) -> None:
        self.sessions += batch[PRIMARY].rows
        self._normalizer.older |= batch[PRIMARY].older
        self._keys.append(key_hashes(batch))

    def notes(self) -> list[str]:
        """The notes of a load, without those on what was left out, which is reported place by
        place."""
        keys = np.concatenate([np.zeros(0, dtype=np.uint64), *self._keys])
        return [*self._of_stores, *super().notes(), *repeated(count_repeats(keys), self.sessions)]
