"""Polars over data frames whose texts are Enums: Categoricals with a fixed, sorted list of values,
codes as narrow as they can be, and values that a query can look up."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

import pyarrow as pa

from benchmarks.parameters import Parameters
from benchmarks.peers.base import THREADS, Form

os.environ["POLARS_MAX_THREADS"] = str(THREADS)  # read when polars is first imported

import polars as pl

from benchmarks.peers.polars_queries import Lazy, eager, lazy


class Polars:
    """A frame per table. Lazy queries run on both of its engines; the faster counts."""

    name = "polars"
    lacks: Mapping[str, str] = {}

    def __init__(self, flat: dict[str, pa.Table]) -> None:
        self._frames = {name: _frame(table) for name, table in flat.items()}

    def forms(self, key: str, parameters: Parameters) -> list[Form]:
        sessions, actions = self._frames["usersession"], self._frames["useraction"]
        collected: list[Form] = []
        for number, query in enumerate(lazy(sessions, actions, parameters)[key], 1):
            collected.append(Form(f"{number} in memory", _collect(query, "in-memory")))
            collected.append(Form(f"{number} streaming", _collect(query, "streaming")))
        if (run := eager(sessions, actions, parameters).get(key)) is not None:
            collected.append(Form("eager", run))
        return collected

    def table(self, result: pl.DataFrame) -> pa.Table:
        return result.to_arrow()

    def held(self) -> int:
        return int(sum(frame.estimated_size() for frame in self._frames.values()))

    def close(self) -> None:
        self._frames.clear()


def _collect(query: Lazy, engine: str) -> Callable[[], pl.DataFrame]:
    """The query is built anew each time, as its caller would."""
    return lambda: query().collect(engine=engine)  # type: ignore[call-overload]


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table, rechunk=True)
    assert isinstance(frame, pl.DataFrame)
    casts = []
    for number, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            values = table.column(number).chunk(0).dictionary
            casts.append(pl.col(field.name).cast(pl.Enum(values.to_pylist())))
    return frame.with_columns(casts).set_sorted("session")
