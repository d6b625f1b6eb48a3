"""The engine beside the reference evaluator: one case, asked in one way."""

from __future__ import annotations

import functools
import json
import math
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock

import usql
from tests.compare import equal, parsed_json
from tests.oracle.reference import NotModelled, evaluate
from tests.oracle.reference.exports import Export
from tests.oracle.strategies import Case, Draw, Question, number, one
from tests.unit.distributed.memory import KeptPart, MemoryDataset, cut
from tests.unit.engine import pieces as small
from tests.unit.engine.arrays.native.forms import form
from usql.asking.question import QueryOptions
from usql.distributed.inline import Inline
from usql.distributed.sessions import DistributedSessions
from usql.distributed.task import (
    NumberedPart,
    Opening,
    Task,
    answered,
    answered_in_partitions,
    counted_in_partitions,
    merged_states,
    one_engine_per_part,
    unpacked_task,
)
from usql.engine import Engine, Event
from usql.engine.runtime import merged_texts
from usql.engine.runtime.tuning import DEFAULT, Tuning
from usql.language.parser import Parsed, parse
from usql.queryable import Queryable
from usql.store import load, save

Rows = list[list[Any]] | None


@dataclass(frozen=True)
class Spread:
    """In how many parts sessions are asked, how many of these are answered ``together`` before they
    are merged with others, and in how many ``rounds``; in how many ``partitions`` groups are dealt out on
    the way, each of which is merged by itself; whether engines over parts are ``kept``, with their
    indexes, and dictionaries that were merged."""

    parts: int
    together: int
    rounds: int
    partitions: int
    kept: bool


class KeptEngines:
    """Engines over parts that stay for the next question, with their indexes."""

    def __init__(self) -> None:
        self._known: dict[int, Engine] = {}

    def engines(self, parts: Iterable[NumberedPart], task: Task) -> Iterator[tuple[int, Engine]]:
        """An engine over each part."""
        for number_, part in parts:
            store = part.open(task.catalog, task.projection, None)
            known = self._known.get(id(store))
            if known is None or known.store is not store:
                known = Engine(store, task.threads, task.memory_limit, 1 << 20, task.tuning)
                self._known[id(store)] = known
            yield number_, known


@dataclass(frozen=True)
class InPartitions:
    """An executor that merges partition by partition, as workers of a cluster do where states are shuffled."""

    inline: Inline
    partitions: int
    engines: Opening = one_engine_per_part

    @property
    def threads(self) -> int:
        return self.inline.threads

    @property
    def memory_limit(self) -> int | None:
        return self.inline.memory_limit

    def run(
        self,
        task: bytes,
        parts: Sequence[NumberedPart],
        timeout: float | None,
        cancelled: Event | None,
    ) -> Iterator[bytes]:
        at_once = self.inline.together
        runs = [parts[first : first + at_once] for first in range(0, len(parts), at_once)]
        if self.partitions == 1:
            for run in runs:
                yield answered(task, run, cancelled, self.engines)
            return
        dealt = [answered_in_partitions(task, run, self.partitions, cancelled) for run in runs]
        if unpacked_task(task).question.counts_pairs:
            whole = list(zip(*dealt, strict=True))
            shared = [whole[:2], whole[2:]] if len(whole) > 2 else [whole]
            dealt = [
                counted_in_partitions(task, partitions, self.partitions) for partitions in shared
            ]
        for partition in zip(*dealt, strict=True):
            yield merged_states(task, partition)

    def close(self) -> None:
        self.inline.close()


@dataclass(frozen=True)
class Way:
    """How a store is opened and asked: in ``parts`` that are opened together, saved stores and
    files; with ``rows`` in pieces of as many (a thousand times as many where sessions are many), and
    with these ``sizes``; ``spread`` over parts whose states are merged; ``times`` each
    question, and then again, if ``saved``, of the store written and opened again; ``explained`` tells
    whether EXPLAIN is asked, too. Before each question it is asked in vain where it is ``stopped``: at
    so many looks at whether it is cancelled, or by its timeout at the first. ``kernels``: the form that
    runs, of those that :mod:`tests.unit.engine.arrays.native.forms` lists."""

    threads: int = 1
    index_memory: int | None = 0
    memory_limit: int | None = None
    times: int = 1
    saved: bool = False
    explained: bool = False
    stopped: int | None = None
    parts: tuple[bool, ...] = ()
    rows: int | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    spread: Spread | None = None
    kernels: str = "native"


def whole(draw: Draw) -> Way:
    """With the engine's own sizes."""
    return Way(
        threads=number(draw, 1, 2),
        index_memory=one(draw, [0, None]),
        saved=number(draw, 1, 4) == 4,
        explained=number(draw, 1, 5) == 5,
    )


def in_parts(draw: Draw) -> Way:
    """As several sources, a saved store among them at least."""
    others = tuple(number(draw, 1, 3) > 1 for _ in range(number(draw, 0, 3)))
    place = number(draw, 0, len(others))
    return replace(
        whole(draw),
        parts=(*others[:place], True, *others[place:]),
        memory_limit=one(draw, [None, None, 2000, 20_000, 1 << 30]),
    )


def in_states(draw: Draw) -> Way:
    """As parts that answer into states."""
    spread = Spread(
        one(draw, [1, 2, 3, 7]),
        one(draw, [1, 2, 7]),
        number(draw, 1, 2),
        one(draw, [1, 1, 3]),
        number(draw, 1, 2) == 2,
    )
    return replace(whole(draw), saved=False, spread=spread)


def in_pieces(draw: Draw) -> Way:
    """With sizes and thresholds that small data reach."""
    return Way(
        threads=number(draw, 1, 2),
        index_memory=one(draw, [0, None, None, None, 100, 500]),
        memory_limit=one(draw, [*[None] * 9, 2000]),
        times=number(draw, 1, 2),
        saved=number(draw, 1, 4) == 4,
        explained=number(draw, 1, 5) == 5,
        stopped=one(draw, [*[None] * 9, 0, 1, 5, 20]),
        rows=one(draw, [1, 2, 3, 7]),
        kernels=one(draw, ["native", "native", "native", "numpy"]),
        sizes={name: one(draw, sizes) for name, sizes in small.ANY.items()},
    )


_VENDOR_ONLY = {
    "order-by-arithmetic",
    "metric-arithmetic",
    "distinct-cardinality",
    "too-many-likes",
}
"""What the vendor's limits refuse; the question is then asked in the ``offline`` profile."""


def check(case: Case, way: Way) -> Queryable:
    """Every question has the reference's answer, however often it is asked. Gives the sessions that
    were asked last."""
    export = Export(case.sessions)
    witness = functools.cache(functools.partial(reference, export))
    if way.spread is not None:
        dataset = MemoryDataset(cut(case.sessions, way.spread.parts), KeptPart)
        fewest = 1 if way.spread.kept else merged_texts._FEWEST
        with (
            mock.patch.object(merged_texts, "_FEWEST", fewest),
            _spread(dataset, way, way.spread) as data,
        ):
            _ask(data, case, witness, way)
        return usql.Sessions(dataset.whole)
    if not way.parts:
        with form(way.kernels):
            return _check(case, way, case.sessions, witness)
    with tempfile.TemporaryDirectory() as folder:
        return _check(case, way, _parts(case.sessions, way, Path(folder)), witness)


def _parts(sessions: Sequence[Any], way: Way, folder: Path) -> list[Path]:
    """The sessions cut in as many parts, of which some may be empty: saved stores where the way has
    a true value, else lines of text."""
    ends = [len(sessions) * i // len(way.parts) for i in range(len(way.parts) + 1)]
    made = []
    for number_, (first, end) in enumerate(pairwise(ends)):
        rows = sessions[first:end]
        place = folder / str(number_)
        if way.parts[number_]:
            save(load(rows), place)
        else:
            place.write_text("".join(json.dumps(_without_nan(row)) + "\n" for row in rows))
        made.append(place)
    return made


def _without_nan(value: Any) -> Any:
    """What JSON has no number for is missing."""
    if isinstance(value, dict):
        return {name: _without_nan(held) for name, held in value.items()}
    if isinstance(value, list):
        return [_without_nan(held) for held in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _check(case: Case, way: Way, source: Any, witness: Callable[[Question], Rows]) -> usql.Sessions:
    sizes: Mapping[str, int] = {}
    if way.rows is not None:
        rows = way.rows if case.repeated == 1 else 1000 * way.rows
        sizes = {**small.in_pieces(rows), **way.sizes}
    tuning = Tuning(**sizes)
    data = _opened(source, way, tuning)
    with nullcontext() if way.rows is None else small.checked():
        _ask(data, case, witness, way)
        if way.saved:
            with tempfile.TemporaryDirectory() as folder:
                data.save(f"{folder}/store", indexes=True)
                data = _opened(f"{folder}/store", way, tuning)
                _ask(data, case, witness, way)
    return data


def _spread(dataset: MemoryDataset, way: Way, spread: Spread) -> DistributedSessions:
    inline = Inline(way.memory_limit, way.threads, spread.together)
    engines = KeptEngines().engines if spread.kept else one_engine_per_part
    return DistributedSessions(
        dataset,
        InPartitions(inline, spread.partitions, engines),
        threads=way.threads,
        memory_limit=way.memory_limit,
        rounds=spread.rounds,
        tuning=Tuning(**small.INDEXED) if spread.kept else DEFAULT,
    )


def _opened(source: Any, way: Way, tuning: Tuning) -> usql.Sessions:
    """As ``usql.open``, but with a memory limit for queries alone."""
    return usql.Sessions(
        load(source, threads=way.threads),
        threads=way.threads,
        index_memory=way.index_memory,
        memory_limit=way.memory_limit,
        tuning=tuning,
    )


def _ask(data: Queryable, case: Case, witness: Callable[[Question], Rows], way: Way) -> None:
    for question in case.questions * way.times:
        if way.stopped is not None:
            _stop(data, question, way.stopped)
        try:
            taken, found = engine(data, question)
        except usql.UsqlError as refused:
            if way.memory_limit is None or refused.diagnostics[0].name != "memory-limit":
                raise
            continue  # whatever was left behind must not change the next answers
        rows = witness(taken)
        assert equal(found, rows), f"{taken}\nengine    {found}\nreference {rows}"
        if way.explained and rows is not None and way.memory_limit is None:
            _explain(data, taken, len(rows))


class _Looks:
    """An event that is set when it was looked at so many times."""

    def __init__(self, left: int) -> None:
        self.left = left

    def is_set(self) -> bool:
        self.left -= 1
        return self.left < 0


def _stop(data: Queryable, question: Question, looks: int) -> None:
    """Ask what ends early, or is answered or refused before that."""
    given: dict[str, Any] = {"cancelled": _Looks(looks)} if looks else {"timeout": 1e-9}
    with suppress(usql.UsqlError):
        data.ask(question.text, QueryOptions(**question.options, **given))


def _explain(data: Queryable, question: Question, rows: int) -> None:
    """EXPLAIN tells the plan that ANALYZE runs, and how many rows it gives."""
    plan = data.explain(question.text, **question.options)
    run = data.explain(question.text, **question.options, analyze=True)
    told = re.search(r"^ +rows: ([\d,]+)$", run, re.MULTILINE)
    assert told is not None
    assert int(told[1].replace(",", "")) == rows
    assert plan.splitlines()[0] == run.splitlines()[0]


@functools.lru_cache
def tree_of(text: str) -> Parsed:
    """The tree of a query."""
    return parse(text)


def reference(export: Export, question: Question) -> Rows:
    """The rows that the language gives; ``None`` where a SUM leaves 64 bits."""
    query = tree_of(question.text).query
    assert query is not None, question.text
    try:
        return evaluate(query, export, **question.options).rows
    except NotModelled as why:
        if str(why) != "overflow":
            raise
        return None


def engine(data: Queryable, question: Question) -> tuple[Question, Rows]:
    """The question in the profile that takes it, and the engine's rows; ``None`` where a SUM leaves
    64 bits."""
    try:
        result = data.ask(question.text, QueryOptions(**question.options))
    except usql.UsqlError as refused:
        names = {d.name for d in refused.diagnostics if d.is_error}
        if question.profile == "dynatrace" and names <= _VENDOR_ONLY:
            return engine(data, replace(question, profile="offline"))
        if names != {"sum-overflow"}:
            raise
        return question, None
    return question, parsed_json(result.rows(), result.columns)
