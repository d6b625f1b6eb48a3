"""DuckDB and Spark as witnesses: they answer translated queries over the Parquet file that usql writes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow.parquet as pq
from sqlglot import exp

import usql
from tests.compare import equal
from usql.analysis.bound import OrderBy, RowQuery
from usql.asking.question import QueryOptions
from usql.catalog import PRIMARY, default_catalog
from usql.engine import Engine
from usql.planner import prepare
from usql.store import load
from usql.translation.columns import of_schema
from usql.translation.dialects import DIALECTS
from usql.translation.statement import Target, statement, translate
from usql.translation.unsupported import Findings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Rows = list[list[Any]]
SOURCES = {"nested": "nested_usersession", "flat": "flat_usersession"}
"""The tables of each layout."""

_CHILDREN = default_catalog().table(PRIMARY).children


class Witness(ABC):
    """Sessions in the tables of both layouts, asked in SQL. A timeframe at the data's end is given as
    its time, since SQL is written without the data."""

    name: str

    def __init__(self, sessions: usql.Sessions, folder: Path) -> None:
        self.sessions = sessions
        self.path = folder / "sessions.parquet"
        sessions.write(self.path)
        self.schema = pq.read_schema(self.path)

    @cached_property
    def engine(self) -> Engine:
        """Over the same sessions."""
        store = self.path.with_name(f"{self.name}.usqlstore")
        self.sessions.save(store)
        return Engine(load(store))

    @abstractmethod
    def run(self, sql: str) -> Rows:
        """The rows of a statement."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the tables."""

    def rows(self, text: str, layout: str, **options: Any) -> Rows:
        """What the translation of a query gives."""
        made = translate(
            text, to=self.name, source=SOURCES[layout], layout=layout, schema=self.schema,
            **self.without_data_end(options),
        )  # fmt: skip
        return self.run(made.sql)

    def without_data_end(self, options: dict[str, Any]) -> dict[str, Any]:
        """The options with the end of the data as a time."""
        end = self.sessions.span[1]
        return {name: end if value == "data-end" else value for name, value in options.items()}

    def disagrees(self, text: str, layout: str, expected: Rows, **options: Any) -> str:
        """What is wrong with the translation's rows; nothing where they are the expected ones, in
        order where the query orders them totally, as groups are. Of rows only those that ORDER BY
        orders are compared in order: the others come in the order of the data, which SQL has not."""
        rows = self.rows(text, layout, **options)
        bound = self.sessions._prepare(text, QueryOptions(**options)).bound
        if isinstance(bound, RowQuery):
            return self._disagrees_of_rows(bound, layout, rows, expected, options)
        return "" if equal(rows, expected) else f"{rows}\ninstead of\n{expected}"

    def _disagrees_of_rows(
        self, bound: RowQuery, layout: str, rows: Rows, expected: Rows, options: dict[str, Any]
    ) -> str:
        if len(rows) != len(expected):
            return f"{len(rows)} rows instead of {len(expected)}: {rows}"
        offset = options.get("utc_offset", 0)
        every = self._all_rows(bound, offset)
        if layout == "flat":
            rows, every = _unordered(rows), _unordered(every)
        lacking = _taken_out(every, rows)
        if lacking:
            return f"{lacking} are no rows of\n{every}"
        target = Target(DIALECTS[self.name], of_schema(self.schema), layout, SOURCES[layout])
        unlimited = replace(bound, limit=None)
        query = statement(unlimited, offset, target, Findings(self.name, layout))
        order = query.args.get("order")
        keys = [] if order is None else [one.this for one in order.expressions]
        query = query.select(*(exp.alias_(k.copy(), f"by_{i}") for i, k in enumerate(keys)))
        found = self.run(target.dialect.write(query))
        count = len(bound.columns)
        cells = [row[:count] for row in found]
        if lacking := _taken_out(every, _unordered(cells) if layout == "flat" else cells):
            return f"{lacking} are no rows of\n{every}"
        if len(every) != len(found):
            return f"{len(found)} rows without LIMIT instead of {len(every)}"
        is_sorted = _is_sorted([row[count:] for row in found], bound.order)
        return "" if is_sorted else f"not in order: {found}"

    def _all_rows(self, bound: RowQuery, offset: int) -> Rows:
        """The engine's rows without a limit."""
        prepared = prepare(replace(bound, limit=None), offset)
        answer = self.engine.run(prepared)
        columns = [column.to_pylist() for column in answer.columns]
        return [list(row) for row in zip(*columns, strict=True)]


def _unordered(cell: Any, depth: int = 0) -> Any:
    """Rows whose lists are sorted: flat tables have no order in which children come."""
    if not isinstance(cell, list):
        return cell
    entries = [_unordered(one, depth + 1) for one in cell]
    return sorted(entries, key=repr) if depth > 1 else entries


def _taken_out(every: Rows, rows: Rows) -> Rows:
    """The rows that are not among all of them, each as often as it is there."""
    left = list(every)
    lacking = []
    for row in rows:
        place = next((i for i, one in enumerate(left) if equal(one, row)), None)
        if place is None:
            lacking.append(row)
        else:
            del left[place]
    return lacking


class DuckDbWitness(Witness):
    """The tables in DuckDB, of one thread, so that lists of flat tables keep their order."""

    name = "duckdb"

    def __init__(self, sessions: usql.Sessions, folder: Path) -> None:
        super().__init__(sessions, folder)
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute(
            f"CREATE TABLE nested_usersession AS SELECT * FROM read_parquet('{self.path}')"
        )
        self.tables = {"usersession": "flat_usersession"}
        lists = [name for name in self.schema.names if name in _CHILDREN]
        left_out = f"EXCLUDE ({', '.join(lists)})" if lists else ""
        numbered = "SELECT row_number() OVER () - 1 AS sessionRow, * FROM nested_usersession"
        self.connection.execute(
            f"CREATE TABLE flat_usersession AS SELECT * {left_out} FROM ({numbered})"
        )
        for name in lists:
            table = f"flat_{_CHILDREN[name]}"
            self.tables[_CHILDREN[name]] = table
            self.connection.execute(
                f"CREATE TABLE {table} AS SELECT sessionRow, unnest(child) FROM "
                f"(SELECT sessionRow, unnest({name}) AS child FROM ({numbered}))"
            )

    def run(self, sql: str) -> Rows:
        return [list(row) for row in self.connection.execute(sql).fetchall()]

    def close(self) -> None:
        self.connection.close()


class SparkWitness(Witness):
    """The tables as views of a session of Spark, over Parquet files."""

    name = "spark"

    def __init__(self, sessions: usql.Sessions, folder: Path, spark: SparkSession) -> None:
        super().__init__(sessions, folder)
        self._spark = spark
        flat = DuckDbWitness(sessions, folder)
        files = {"nested_usersession": self.path}
        for table in flat.tables.values():
            files[table] = folder / f"{table}.parquet"
            flat.connection.execute(f"COPY {table} TO '{files[table]}'")
        flat.close()
        self._views = [*files]
        for view, path in files.items():
            spark.read.parquet(str(path)).createOrReplaceTempView(view)

    def run(self, sql: str) -> Rows:
        return [[_cell(one) for one in row] for row in self._spark.sql(sql).collect()]

    def close(self) -> None:
        for view in self._views:
            self._spark.catalog.dropTempView(view)


def _cell(value: Any) -> Any:
    from pyspark.sql import Row

    if isinstance(value, Row):
        return {name: _cell(one) for name, one in value.asDict().items()}
    return [_cell(one) for one in value] if isinstance(value, list) else value


def _is_sorted(rows: Rows, order: Sequence[OrderBy]) -> bool:
    """Whether rows of order columns are in order, missing values last."""
    return all(_comes_first(a, b, order) for a, b in pairwise(rows))


def _comes_first(row: list[Any], other: list[Any], order: Sequence[OrderBy]) -> bool:
    for a, b, by in zip(row, other, order, strict=True):
        if a == b:
            continue
        if a is None or b is None:
            return b is None
        return bool(b < a if by.descending else a < b)
    return True
