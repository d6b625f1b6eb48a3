"""Sessions in this process, and queries over them."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypedDict

import pyarrow as pa

from usql.asking.prepare import PreparedQuery, Preparer
from usql.asking.question import QueryOptions, Read
from usql.asking.running import is_enough
from usql.catalog import PRIMARY, Catalog
from usql.catalog.model import Projection
from usql.catalog.projection import projection_text
from usql.engine import Answer, Engine
from usql.engine.runtime.tuning import DEFAULT, Tuning
from usql.errors import DataError
from usql.language.parser import parse
from usql.queryable import Queryable
from usql.result.later import Later
from usql.store import Store, save
from usql.store.contents import TableContent, contents
from usql.store.deep_links import deep_links
from usql.store.export.nested import nested_batches
from usql.store.export.write import write_batches
from usql.store.known import Known
from usql.store.narrowed import narrowed_store
from usql.store.stores import open_saved


class _Limits(TypedDict):
    """The options with which sessions were opened."""

    threads: int | None
    memory_limit: int | None
    index_memory: int | None


class Sessions(Queryable):
    """User sessions in memory, ready to be queried from any number of threads. Sessions that were
    opened from a saved store can be pickled: another process opens the store for itself.

    >>> import usql
    >>> sessions = usql.sample(sessions=100, seed=1)
    >>> len(sessions)
    100
    >>> sessions.query("SELECT COUNT(*) FROM usersession").rows()
    [[100]]
    """

    __module__ = "usql"

    _held = ("_store", "_known", *Queryable._held)
    _engine: Engine

    def __init__(
        self,
        store: Store,
        *,
        threads: int | None = None,
        memory_limit: int | None = None,
        index_memory: int | None = None,
        tuning: Tuning = DEFAULT,
        read: Read = parse,
    ) -> None:
        self._store = store
        self._limits = _Limits(
            threads=threads, memory_limit=memory_limit, index_memory=index_memory
        )
        self._engine = Engine(store, **self._limits, tuning=tuning)
        self._covered = span = store.span
        self._prepare = Preparer(store.catalog, lambda: span, read)
        self._known = Known(store, self._engine.watch())

    def __len__(self) -> int:
        return self._store.sessions

    def __copy__(self) -> Sessions:
        """The same object, since sessions do not change."""
        return self

    def __deepcopy__(self, _: dict[int, object]) -> Sessions:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """For sessions that were opened from a saved store, its path and the options, with which
        another process opens it again. Others cannot be pickled."""
        saved = self._store.saved
        if saved is None:
            raise pickle.PicklingError(
                "sessions in memory cannot be pickled; save them with "
                "sessions.save('NAME.usqlstore') and pickle usql.open('NAME.usqlstore'), which each "
                "process opens for itself, at the same cost at any size"
            )
        arguments = (saved.seal, self.notes, self._limits, self.catalog.loaded)
        return _opened_again, (str(saved.folder), *arguments)

    def __repr__(self) -> str:
        if "_store" not in self.__dict__:
            return "<Sessions: closed>"
        loaded = self.catalog.loaded
        rows = ", ".join(
            f"{t.rows} {name}"
            for name, t in self._store.tables.items()
            if loaded is None or name in loaded.tables
        )
        fields = "" if loaded is None else f"; {projection_text(loaded, self.catalog)}"
        return f"<Sessions: {rows}{fields}>"

    @property
    def catalog(self) -> Catalog:
        """The tables and fields, including those that the data adds."""
        return self._store.catalog

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what loading left out or found unusual."""
        return self._store.notes

    def is_enough(self, text: str, options: QueryOptions) -> bool:
        """Whether no further sessions could change the answer to a query of rows with a LIMIT and
        without an order."""
        prepared = self._prepare(text, options)
        return is_enough(self._engine, prepared, Known(self._store), options)

    def contents(self) -> Iterator[TableContent]:
        """The contents of the columns, field by field: the number of values and of distinct values,
        and the smallest, largest and most frequent ones."""
        return contents(self._store)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the sessions in the export's layout, as NDJSON (also ``.gz`` and ``.zst``) or
        Parquet according to the file's suffix. ``ValueError`` for another suffix, or if the
        sessions were opened with only some fields. docs/DATA.md, "What ``JSON`` and ``write``
        change", lists the differences from the export's own text."""
        if self.catalog.loaded is not None:
            raise ValueError(
                "only some fields are loaded; to write sessions, open them with all fields"
            )
        write_batches(path, nested_batches(self._store))

    def save(self, folder: str | os.PathLike[str], *, indexes: bool = False) -> None:
        """Save the sessions as a folder that ``usql.open`` maps into memory, at the same cost for
        any size. ``indexes`` also saves the indexes that queries have built so far. An earlier
        store at this path is replaced as a whole. ``ValueError`` if the sessions were opened with
        only some fields; :class:`usql.errors.PlaceTaken`, a ``FileExistsError``, if the folder
        holds anything else."""
        save(self._store, folder, self._engine.saved_indexes() if indexes else {})

    @property
    def span(self) -> tuple[int, int]:
        return self._covered

    def _known_by(self, query: PreparedQuery) -> Callable[[], Known]:
        known = self._known
        return lambda: known

    def _about_data(self) -> str:
        lines = ""
        loaded, left_out = self.catalog.loaded, self._store.left_out
        if loaded is not None:
            lines += (
                f"\nloaded: {projection_text(loaded, self.catalog)}; other fields are not checked"
            )
        if left_out is not None and left_out.count:
            lines += (
                f"\nleft out: {left_out.count:,} of {left_out.parts:,} row groups and files, of which "
                "only keys, times and tested fields are read"
            )
        return lines

    def _total(self, answer: Answer) -> int | None:
        return None if self._store.ended_early else answer.total

    def _deep_links(self, answer: Answer) -> Later[pa.Table] | None:
        sessions = answer.sessions
        if sessions is None:
            return None
        columns, watch = self._store.tables[PRIMARY].columns, self._engine.watch()
        return Later(lambda: deep_links(columns, sessions, watch))


__test__ = {"Sessions": Sessions}  # doctest finds tests by the module that a class names


def _opened_again(
    folder: str,
    seal: str,
    notes: tuple[str, ...],
    limits: _Limits,
    loaded: Projection | None,
) -> Sessions:
    """Unpickled sessions. ``DataError`` if their store is gone or has been replaced, since its
    sessions would not be those that were pickled."""
    store = open_saved(folder)
    if store.saved is None or store.saved.seal != seal:
        reason = (
            "the store was saved again since these sessions were opened; open it again, and pickle "
            "the sessions that this gives"
        )
        raise DataError(reason, source=folder)
    return Sessions(narrowed_store(replace(store, notes=notes), loaded), **limits)
