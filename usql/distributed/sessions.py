"""Sessions in parts, with the query interface of all sessions."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from usql.asking.prepare import PreparedQuery, Preparer
from usql.catalog import Catalog
from usql.distributed.backend import DistributedBackend
from usql.distributed.dataset import Dataset
from usql.distributed.executor import Executor
from usql.distributed.known import known_by
from usql.engine import Answer
from usql.engine.runtime.tuning import DEFAULT, Tuning
from usql.engine.states.rows import LinkedAnswer
from usql.queryable import Queryable
from usql.result.later import Later
from usql.store.known import Known


class DistributedSessions(Queryable):
    """User sessions in parts, which can be queried from any number of threads, with the options,
    results, errors and warnings of :class:`usql.Sessions`. Closing releases the workers.

    ``threads`` and ``memory_limit`` are those of this process, which merges the states of the
    parts; ``rounds``: 1 or 2, the number of rounds in which values are requested that only shown
    groups need, by default chosen by the query's limit. ``tuning``: the sizes and thresholds of the
    engines here and in the workers.
    """

    _held = ("_dataset", *Queryable._held)

    def __init__(
        self,
        dataset: Dataset,
        executor: Executor,
        *,
        threads: int | None = None,
        memory_limit: int | None = None,
        rounds: int | None = None,
        tuning: Tuning = DEFAULT,
    ) -> None:
        self._dataset = dataset
        self._executor = executor
        self._engine = DistributedBackend(dataset, executor, threads, memory_limit, rounds, tuning)
        self._prepare = Preparer(dataset.catalog, lambda: dataset.span)

    def close(self) -> None:
        """Close the sessions (:meth:`usql.Sessions.close`), and end the workers."""
        if "_dataset" in self.__dict__:
            self._executor.close()
        super().close()

    def __len__(self) -> int:
        return self._dataset.sessions

    def __repr__(self) -> str:
        if "_dataset" not in self.__dict__:
            return f"<{type(self).__name__}: closed>"
        count = len(self._dataset.parts)
        return f"<{type(self).__name__}: {len(self)} usersession in {count} parts>"

    @property
    def catalog(self) -> Catalog:
        """The tables and fields, including those that the parts add."""
        return self._dataset.catalog

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what was left out of the data or found unusual."""
        return self._dataset.notes

    @property
    def span(self) -> tuple[int, int]:
        return self._dataset.span

    def _known_by(self, query: PreparedQuery) -> Callable[[], Known]:
        backend, catalog = self._engine, self.catalog
        return lambda: known_by(backend, catalog, query.bound)

    def _deep_links(self, answer: Answer) -> Later[pa.Table] | None:
        links = answer.links if isinstance(answer, LinkedAnswer) else None
        return None if links is None else Later(lambda: links)
