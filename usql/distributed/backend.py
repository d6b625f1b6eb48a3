"""Runs prepared queries over the parts of a data set, and finishes their merged states."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from typing import cast

from usql.analysis.bound import FunnelQuery, GroupQuery, RowQuery
from usql.distributed.dataset import Dataset
from usql.distributed.executor import Executor
from usql.distributed.task import NumberedPart, task_of
from usql.engine import Answer, Engine, Event
from usql.engine.rows.access import Access
from usql.engine.run import run_plan
from usql.engine.runtime.merged_texts import MergedTexts
from usql.engine.runtime.trace import Trace
from usql.engine.runtime.tuning import DEFAULT, Tuning
from usql.engine.states import funnels, groups, rows, wire
from usql.engine.states.finish import evaluator_of
from usql.engine.states.funnels import FunnelStates
from usql.engine.states.groups import Collected, GroupStates
from usql.engine.states.merging import Merging
from usql.engine.states.partial import (
    first_round,
    group_of,
    in_one_round,
    second_round,
)
from usql.engine.states.question import Question, States, states_of, unpacked
from usql.engine.states.rows import RowStates
from usql.frozen import dataclass
from usql.planner import Plan, Prepared, plan_text
from usql.planner.plan import Limit, Scan
from usql.planner.rewrite import walk
from usql.sizes import readable_bytes
from usql.store import load
from usql.store.columns import Column
from usql.store.memory import machine_memory

_GROWTH = 4
"""Where reading may end with the limit: how many times as many parts are asked at each step."""


_TEXTS, _MOST_TEXTS = 16, 1 << 28
"""One part in so many of the memory limit, and at most so many bytes, are for merged dictionaries that
are kept between queries: those of millions of groups would take as much as the query itself."""


class DistributedBackend:
    """The backend of a data set in parts (:class:`usql.engine.backend.Backend`): an executor
    queries the parts, and their states are merged and finished here, with ``threads`` and within
    ``memory_limit``. ``rounds``: the number of rounds in which value pairs are requested, by
    default two if a limit leaves few groups. ``tuning``: the sizes and thresholds of the engines here
    and in the workers."""

    def __init__(
        self,
        dataset: Dataset,
        executor: Executor,
        threads: int | None = None,
        memory_limit: int | None = None,
        rounds: int | None = None,
        tuning: Tuning = DEFAULT,
    ) -> None:
        self._dataset = dataset
        self._executor = executor
        self._rounds = rounds
        self._engine = Engine(load([]), threads, memory_limit, 0, tuning)
        limit = machine_memory() // 2 if memory_limit is None else memory_limit
        self._texts = MergedTexts(min(limit // _TEXTS, _MOST_TEXTS))

    def run(
        self,
        prepared: Prepared,
        timeout: float | None = None,
        cancelled: Event | None = None,
        trace: Trace | None = None,
    ) -> Answer:
        """The answer of a query (:meth:`usql.engine.backend.Backend.run`); raises also
        :class:`usql.errors.DataError` if a part cannot be read."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._engine.accessing(prepared, timeout, cancelled) as access:
            access.control.texts = self._texts
            run = _Run(self, access, deadline, cancelled, trace)
            match prepared.bound:
                case GroupQuery():
                    return run.groups(prepared)
                case RowQuery():
                    return run.rows(prepared)
                case FunnelQuery():
                    return run.funnel(prepared)

    def explain(
        self,
        prepared: Prepared,
        analyze: bool = False,
        timeout: float | None = None,
        cancelled: Event | None = None,
    ) -> str:
        """The plan as text (:meth:`usql.engine.backend.Backend.explain`), with the number of parts
        to be read; with ``analyze`` also the size of their states."""
        if analyze:
            trace = Trace()
            self.run(prepared, timeout, cancelled, trace)
            return plan_text(prepared.plan, trace.details)
        read = len(self._dataset.touched(prepared.bound.timeframe, prepared.bound.where))

        def details(node: Plan) -> dict[str, str]:
            return {"parts": self._read(read)} if isinstance(node, Scan) else {}

        return plan_text(prepared.plan, details)

    def _read(self, count: int) -> str:
        return f"{count:,} of {len(self._dataset.parts):,} read"

    def _asks_twice(self, plan: Plan) -> bool:
        """Whether value pairs are left for a second round."""
        if self._rounds is not None:
            return self._rounds == 2
        return bool(group_of(plan).keys) and any(isinstance(n, Limit) for n in walk(plan))


@dataclass(eq=False)
class _Run:
    """One run of a query."""

    backend: DistributedBackend
    access: Access
    deadline: float | None
    cancelled: Event | None
    trace: Trace | None
    read: set[int] = field(default_factory=set)
    bytes: int = 0
    rounds: int = 0

    def groups(self, prepared: Prepared) -> Answer:
        """Groups: first what determines which are shown, then the values that are shown."""
        plan, group = prepared.plan, group_of(prepared.plan)
        every = in_one_round(plan)
        partial = first_round(plan) if self.backend._asks_twice(plan) else every
        collected = self._collected(Question(prepared, partial))

        def fetch(keys: Sequence[Column]) -> Collected:
            rest = second_round(plan, partial)
            only = wire.tables_to_bytes([groups.keys_table(keys)]).to_pybytes()
            return self._collected(Question(prepared, rest, only))

        evaluator = evaluator_of(self.access, group, partial, collected, fetch)
        answer = run_plan(self.access, prepared, self.trace, evaluator)
        self._note(group, collected.states.count)
        return answer

    def rows(self, prepared: Prepared) -> Answer:
        """Rows; if only the limit determines which are shown, parts are read until it is full."""
        question = Question(prepared)
        remaining = self._parts(prepared)
        size = 1 if rows.may_end_early(prepared) else max(len(remaining), 1)
        states = self._merged(question, self._answers(question, remaining[:size]))
        assert isinstance(states, RowStates)
        remaining = remaining[size:]
        while remaining and not rows.is_full(prepared, states):
            size *= _GROWTH
            more = self._answers(question, remaining[:size])
            states = self._merged(question, itertools.chain([states], more))
            assert isinstance(states, RowStates)
            remaining = remaining[size:]
        self._note(prepared.plan, len(states))
        return rows.finished(prepared, states, not remaining)

    def funnel(self, prepared: Prepared) -> Answer:
        """Counts of steps."""
        states = self._states(Question(prepared))
        assert isinstance(states, FunnelStates)
        self._note(prepared.plan, 1)
        return funnels.finished(states)

    def _parts(self, prepared: Prepared) -> list[NumberedPart]:
        dataset = self.backend._dataset
        touched = dataset.touched(prepared.bound.timeframe, prepared.bound.where)
        return [(number, dataset.parts[number]) for number in touched]

    def _states(self, question: Question) -> States:
        """The states of all parts, merged."""
        return self._merged(question, self._answers(question, self._parts(question.prepared)))

    def _answers(self, question: Question, parts: Sequence[NumberedPart]) -> Iterator[States]:
        backend = self.backend
        executor = backend._executor
        timeout = None if self.deadline is None else max(0.0, self.deadline - time.monotonic())
        self.rounds += 1
        self.read.update(number for number, _ in parts)
        if not parts:
            return
        limits = (executor.threads, executor.memory_limit, timeout)
        task = task_of(question, backend._dataset.catalog, *limits, backend._engine.tuning)
        for states in executor.run(task.packed(), parts, timeout, self.cancelled):
            self.access.control.check()
            self.bytes += len(states)
            yield unpacked(question, states)

    def _collected(self, question: Question) -> Collected:
        """The states of all parts' groups, to be finished; without parts those of no rows."""
        merging = Merging(self.access.control, question)
        for part_states in self._answers(question, self._parts(question.prepared)):
            merging.add(part_states)
        states = merging.held() or [states_of(self.access, question, 0)]
        of_groups = cast("Sequence[GroupStates]", states)
        return groups.collected(self.access.control, question.groups, of_groups)

    def _merged(self, question: Question, states: Iterable[States]) -> States:
        """The merged states; without parts those of no rows."""
        merging = Merging(self.access.control, question)
        for part_states in states:
            merging.add(part_states)
        result = merging.result()
        return states_of(self.access, question, 0) if result is None else result

    def _note(self, node: Plan, count: int) -> None:
        """What was read and sent, for EXPLAIN ANALYZE."""
        if self.trace is None:
            return
        figures = self.trace.figures(node)
        if figures.rows is None:  # the node did not run here
            figures.rows = count
        notes = figures.notes
        notes["states"] = f"{count:,} rows merged, {readable_bytes(self.bytes)} received"
        notes["rounds"] = str(self.rounds)
        scan = next(node for node in walk(node) if isinstance(node, Scan))
        self.trace.figures(scan).notes["parts"] = self.backend._read(len(self.read))
