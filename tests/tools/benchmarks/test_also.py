"""What is measured beside the queries gives numbers for all engines; none is judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import also, loading
from benchmarks.data import data
from benchmarks.measure import Measure
from tests.tools.benchmarks.test_run import needed


def engines(measure: Measure) -> set[str]:
    assert all(value > 0 for value in measure.values.values())
    return set(measure.values)


@pytest.mark.long
def test_language() -> None:
    needed("sqlglot")
    found = also.language(rounds=1)
    assert engines(found) == {"usql parse", "usql parse and bind", "sqlglot parse"}
    assert found.name == "a query of 200 characters"


def test_few_sessions() -> None:
    needed("polars")
    found = also.few_sessions(["polars"], rounds=1)
    assert engines(found) == {"usql", "usql, each text new", "polars"}


def test_start() -> None:
    assert engines(also.start(rounds=1)) == {"usql"}


def test_opening_and_memory(tmp_path: Path) -> None:
    for name in ("polars", "psutil"):
        needed(name)
    here = data(0.001, tmp_path)
    assert engines(also.opening(here, rounds=1)) == {"usql"}
    held, process = also.memory(here, ["polars"])
    assert engines(held) == {"usql", "polars"}
    assert process.values["at its peak"] >= process.values["loaded"] > process.values["columns"]


def test_loading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("polars", "duckdb"):
        needed(name)
    monkeypatch.setattr(loading, "MEGABYTES", 2)
    ndjson, parquet = loading.loading(tmp_path, ["duckdb", "polars"], rounds=1)
    assert engines(ndjson) == {"usql", "duckdb", "duckdb with types", "polars"}
    assert engines(parquet) == {"usql", "duckdb", "polars"}
    assert (tmp_path / "sessions.ndjson").stat().st_size == pytest.approx(2e6, rel=0.2)
