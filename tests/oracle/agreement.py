"""The engine beside the reference evaluator: one case, asked in one way."""

from __future__ import annotations

import functools
import json
import math
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import usql
from tests.compare import equal, parsed_json
from tests.oracle.reference import NotModelled, evaluate
from tests.oracle.reference.exports import Export
from tests.oracle.strategies import Case, Draw, Question, number, one
from tests.unit.engine import pieces as small
from usql.asking import QueryOptions
from usql.language.parser import Parsed, parse
from usql.store import load, save

Rows = list[list[Any]] | None


@dataclass(frozen=True)
class Way:
    """How a store is opened and asked: in ``parts`` that are opened together, saved stores and
    files; with ``rows`` in pieces of as many (a thousand times as many where sessions are many), and
    with ``constants`` of the engine; ``times`` each question, and then again, if ``saved``, of the
    store written and opened again; ``explained`` tells whether EXPLAIN is asked, too."""

    threads: int = 1
    index_memory: int | None = 0
    memory_limit: int | None = None
    times: int = 1
    saved: bool = False
    explained: bool = False
    parts: tuple[bool, ...] = ()
    rows: int | None = None
    constants: Mapping[str, Any] = field(default_factory=dict)


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
    return replace(whole(draw), parts=(*others[:place], True, *others[place:]))


def in_pieces(draw: Draw) -> Way:
    """With sizes and thresholds that small data reach."""
    return Way(
        threads=number(draw, 1, 2),
        index_memory=one(draw, [0, None, None, None, 100, 500]),
        memory_limit=one(draw, [*[None] * 9, 2000]),
        times=number(draw, 1, 2),
        saved=number(draw, 1, 4) == 4,
        explained=number(draw, 1, 5) == 5,
        rows=one(draw, [1, 2, 3, 7]),
        constants={name: one(draw, sizes) for name, sizes in small.ANY.items()},
    )


_VENDOR_ONLY = {
    "order-by-arithmetic",
    "metric-arithmetic",
    "distinct-cardinality",
    "too-many-likes",
}
"""What the vendor's limits refuse; the question is then asked in the ``offline`` profile."""


def check(case: Case, way: Way) -> usql.Sessions:
    """Every question has the reference's answer, however often it is asked. Gives the sessions that
    were asked last."""
    export = Export(case.sessions)
    witness = functools.cache(functools.partial(reference, export))
    if not way.parts:
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
    data = _opened(source, way)
    rows = way.rows if way.rows is None or case.repeated == 1 else 1000 * way.rows
    with nullcontext() if rows is None else small.pieces(rows, way.constants):
        _ask(data, case, witness, way)
        if way.saved:
            with tempfile.TemporaryDirectory() as folder:
                data.save(f"{folder}/store", indexes=True)
                data = _opened(f"{folder}/store", way)
                _ask(data, case, witness, way)
    return data


def _opened(source: Any, way: Way) -> usql.Sessions:
    """As ``usql.open``, but with a memory limit for queries alone."""
    return usql.Sessions(
        load(source, threads=way.threads),
        threads=way.threads,
        index_memory=way.index_memory,
        memory_limit=way.memory_limit,
    )


def _ask(data: usql.Sessions, case: Case, witness: Callable[[Question], Rows], way: Way) -> None:
    for question in case.questions * way.times:
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


def _explain(data: usql.Sessions, question: Question, rows: int) -> None:
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


def engine(data: usql.Sessions, question: Question) -> tuple[Question, Rows]:
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
