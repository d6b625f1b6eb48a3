"""From plan and store to Arrow tables. The engine decides nothing about the language."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from usql.checks import optional_number
from usql.engine.arrays.types import Array
from usql.engine.rows.access import Access
from usql.engine.rows.cache import Cache
from usql.engine.rows.scan import source
from usql.engine.run import Answer, run_plan, weight_of
from usql.engine.runtime.limits import Budget, Control, Counting, Event, process_budget
from usql.engine.runtime.trace import Trace
from usql.engine.runtime.tuning import DEFAULT, Tuning
from usql.planner import Plan, Prepared, plan_text
from usql.planner.plan import Filter, Scan
from usql.planner.rewrite import walk
from usql.store import Store
from usql.store.lazy import Watch
from usql.store.memory import machine_memory
from usql.store.threads import available

__all__ = [
    "Answer",
    "Engine",
    "Event",
]

_INDEX_SHARE = 4
"""Of a memory limit: one part in so many is for indexes, where nothing else is said."""


@dataclass(eq=False)
class Engine:
    """The backend that runs queries over one store of this process, from any number of threads.

    ``threads``: how many work on one query, by default ``USQL_THREADS`` or the processors;
    ``memory_limit``: bytes that the queries which run at once may build together; without it they
    share half of the machine's memory with those of all other engines of the process that have no
    limit. ``index_memory``: bytes of indexes that are kept between queries beside it, by default an
    eighth of the machine's memory, but no more than a quarter of ``memory_limit``; 0 for none.
    ``tuning``: the sizes and thresholds by which it chooses between ways to one answer.
    ``ValueError`` for a wrong one.
    """

    store: Store
    threads: int | None = None
    memory_limit: int | None = None
    index_memory: int | None = None
    tuning: Tuning = DEFAULT

    def __post_init__(self) -> None:
        threads = optional_number("threads", self.threads, 1)
        limit = optional_number("memory_limit", self.memory_limit, 1)
        indexes = optional_number("index_memory", self.index_memory, 0)
        self._threads = available() if threads is None else threads
        self._budget = process_budget() if limit is None else Budget(limit)
        if indexes is None:
            most = machine_memory() // 8
            indexes = most if limit is None else min(most, limit // _INDEX_SHARE)
        self._cache = Cache(self.store, indexes, self.tuning)

    def run(
        self,
        prepared: Prepared,
        timeout: float | None = None,
        cancelled: Event | None = None,
        trace: Trace | None = None,
    ) -> Answer:
        """Run a query (:meth:`usql.engine.backend.Backend.run`), noting in ``trace`` what the nodes
        of its plan did.

        Raises a :class:`usql.errors.QueryStopped` of the kind that ended the run: a limit, somebody
        who cancelled it, or a SUM that left 64 bits.
        """
        with self.accessing(prepared, timeout, cancelled) as access:
            return run_plan(access, prepared, trace)

    def accessing(
        self, prepared: Prepared, timeout: float | None = None, cancelled: Event | None = None
    ) -> Access:
        """The data of one run of a query, within the limits of :meth:`run`; for ``with``."""
        deadline = None if timeout is None else time.monotonic() + timeout
        control = Control(self._threads, deadline, self._budget, cancelled, self.tuning)
        control.check()
        return Access(self._cache, prepared.bound.table, prepared.utc_offset, control)

    def explain(
        self,
        prepared: Prepared,
        analyze: bool = False,
        timeout: float | None = None,
        cancelled: Event | None = None,
    ) -> str:
        """The plan as text (:meth:`usql.engine.backend.Backend.explain`), with what minima and maxima
        leave out."""
        if analyze:
            trace = Trace()
            self.run(prepared, timeout, cancelled, trace)
            return plan_text(prepared.plan, trace.details)
        with self.accessing(prepared, None, cancelled) as access:
            return self._explained(prepared, access)

    def _explained(self, prepared: Prepared, access: Access) -> str:
        access = replace(access, builds=False)
        plan = prepared.plan

        def details(node: Plan) -> dict[str, str]:
            over_filter = any(isinstance(p, Filter) and p.input is node for p in walk(plan))
            if not isinstance(node, Scan | Filter) or over_filter:
                return {}
            scan = source(access, node, weight_of(access, prepared))
            scan.morsels()
            return scan.notes()

        return plan_text(plan, details)

    def watch(self) -> Watch:
        """A watch for columns that are read outside of queries: what is kept of them is counted."""
        return Counting(self._budget)

    def saved_indexes(self) -> Mapping[str, Mapping[str, Array]]:
        """The indexes that are kept now, to be saved with the store."""
        return self._cache.indexes.all()
