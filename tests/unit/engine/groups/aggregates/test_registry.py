"""Which aggregate answers a function, and that an unknown one cannot be answered."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.rows import sessions
from tests.unit.engine.pieces import INDEXED, engine_of, prepared_of
from usql.analysis.bound import Column, DistinctList, Extreme, FieldRef, Metric, TopList
from usql.catalog.model import FieldType
from usql.engine.groups import aggregates as folder
from usql.engine.groups.aggregates import registry
from usql.engine.groups.aggregates.aggregate import Additive
from usql.engine.groups.aggregates.registry import aggregate_of, aggregates, is_additive
from usql.language.declarations import Aggregate, Result
from usql.language.functions import AGGREGATES as DECLARED
from usql.planner.plan import Project
from usql.planner.prepared import Prepared
from usql.store import Store

DURATION = FieldRef("usersession", "duration", None, FieldType.LONG, False, False)


def test_each_declared_function_has_an_aggregate() -> None:
    assert set(aggregates()) == {*DECLARED, TopList, DistinctList, Extreme}


def test_each_aggregate_is_declared_in_the_file_of_its_class() -> None:
    """With others of its kind alone."""
    homes = {type(aggregate).__module__ for aggregate in aggregates().values()}
    files = {f"{folder.__name__}.{Path(f).stem}" for f in Path(folder.__path__[0]).glob("*.py")}
    assert homes <= files
    for home in homes:
        declared = importlib.import_module(home).AGGREGATES
        assert {type(aggregate).__module__ for aggregate in declared.values()} == {home}


def test_what_can_be_added_up() -> None:
    functions = ["ROWS", "COUNT", "SUM", "AVG", "MIN", "MAX", "DISTINCT", "PERCENTILE"]
    assert [is_additive(Metric(f)) for f in functions] == [True] * 6 + [False] * 2
    assert [isinstance(aggregate_of(Metric(f)), Additive) for f in functions[5:7]] == [True, False]


@pytest.fixture
def _declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The language knows a function that the engine does not."""
    monkeypatch.setitem(DECLARED, "STDDEV", Aggregate("STDDEV", "STDDEV({field})", Result.MEAN))


@pytest.mark.usefixtures("_declared")
def test_an_unknown_function_has_no_aggregate() -> None:
    with pytest.raises(LookupError, match="no aggregate is declared for STDDEV"):
        aggregate_of(Metric("STDDEV", DURATION))


def test_a_function_is_declared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = {"COUNT": aggregate_of(Metric("COUNT"))}
    both = [SimpleNamespace(__name__=name, AGGREGATES=declared) for name in "ab"]
    monkeypatch.setattr(registry, "modules_of", lambda folder: both)
    aggregates.cache_clear()
    try:
        with pytest.raises(ValueError, match="b declares COUNT, as another file does"):
            aggregates()
    finally:
        aggregates.cache_clear()


def query_with(store: Store, text: str, metric: Metric) -> Prepared:
    """A query whose last column is this metric."""
    prepared = prepared_of(store, text).prepared
    plan = prepared.plan
    assert isinstance(plan, Project)
    columns = (*plan.columns[:-1], Column("x", metric))
    return replace(prepared, plan=replace(plan, columns=columns))


@pytest.mark.usefixtures("_declared")
@pytest.mark.parametrize("index_memory", [0, None])
@pytest.mark.parametrize(
    "text",
    [
        "SELECT city, SUM(duration) FROM usersession GROUP BY city",
        "SELECT city, MEDIAN(duration), SUM(duration) FROM usersession GROUP BY city",
        "SELECT SUM(duration) FROM usersession",
        "SELECT city, COUNT(*) FROM usersession WHERE duration > 3 GROUP BY city",
    ],
)
def test_an_unknown_function_in_a_plan_is_not_answered(text: str, index_memory: int | None) -> None:
    engine = engine_of(
        sessions({"city": "ab"[i % 2], "duration": i} for i in range(9)),
        INDEXED,
        index_memory=index_memory,
    )
    known = query_with(engine.store, text, Metric("SUM", DURATION))
    unknown = query_with(engine.store, text, Metric("STDDEV", DURATION))
    for _ in range(2):  # the second time with the indexes of the first
        assert engine.run(known).rows > 0
        with pytest.raises(LookupError, match="no aggregate is declared for STDDEV"):
            engine.run(unknown)
