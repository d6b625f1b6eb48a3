"""``python -m benchmarks.files.peer ENGINE QUESTION FILE``: one process of a peer, which answers one
question of a file and writes the rows as JSON lists, a line each. Each engine is imported only by
its own process."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.files.questions import QUESTIONS, ROWS, Question

THREADS = 2

Rows = Iterable[Iterable[Any]]


def duckdb_typed(question: Question, file: str) -> Rows:
    """The wanted columns with their types."""
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in question.fields.items())
    return _duckdb(question, _reading(file, f", columns = {{{columns}}}"))


def duckdb_automatic(question: Question, file: str) -> Rows:
    """Types found by DuckDB."""
    return _duckdb(question, _reading(file, ""))


def _reading(file: str, options: str) -> str:
    if file.endswith(".parquet"):
        return f"read_parquet('{file}')"
    return f"read_json('{file}', format = 'newline_delimited'{options})"


def _duckdb(question: Question, source: str) -> Rows:
    import duckdb

    with duckdb.connect(config={"threads": THREADS}) as connection:
        return connection.execute(question.sql.format(source=source)).fetchall()


def polars(question: Question, file: str) -> Rows:
    """A lazy frame over the file, with a schema for NDJSON."""
    import polars as pl

    kinds: dict[str, Any] = {
        "VARCHAR": pl.String,
        "BIGINT": pl.Int64,
        "STRUCT(name VARCHAR, duration BIGINT)[]": pl.List(
            pl.Struct({"name": pl.String, "duration": pl.Int64})
        ),
    }
    schema = {name: kinds[kind] for name, kind in question.fields.items()}
    is_parquet = file.endswith(".parquet")
    frame = pl.scan_parquet(file) if is_parquet else pl.scan_ndjson(file, schema=schema)
    if question.any_rows:
        return frame.select(list(schema)).head(ROWS).collect().rows()
    key = "country"
    if "userActions" in schema:
        key = "name"
        frame = frame.select(pl.col("userActions")).explode("userActions").unnest("userActions")
    groups = frame.group_by(key).agg(pl.len().alias("n"), pl.col("duration").mean())
    return (
        groups.sort("n", key, descending=[True, False], nulls_last=True).head(ROWS).collect().rows()
    )


def chdb(question: Question, file: str) -> Rows:
    """ClickHouse's table function ``file``, with types for NDJSON."""
    import chdb

    kinds = {
        "VARCHAR": "Nullable(String)",
        "BIGINT": "Nullable(Int64)",
        "STRUCT(name VARCHAR, duration BIGINT)[]": (
            "Array(Tuple(name Nullable(String), duration Nullable(Int64)))"
        ),
    }
    if file.endswith(".parquet"):
        source = f"file('{file}', 'Parquet')"
    else:
        columns = ", ".join(f"{name} {kinds[kind]}" for name, kind in question.fields.items())
        source = f"file('{file}', 'JSONEachRow', '{columns}')"
    settings = (
        f" SETTINGS max_threads = {THREADS},"
        " input_format_json_ignore_unknown_keys_in_named_tuple = 1"
    )
    text = question.clickhouse.format(source=source) + settings
    ask: Any = chdb.query
    return [json.loads(line) for line in str(ask(text, "JSONCompactEachRow")).splitlines()]


ENGINES: dict[str, Callable[[Question, str], Rows]] = {
    "DuckDB, types given": duckdb_typed,
    "DuckDB, automatic": duckdb_automatic,
    "Polars": polars,
    "chDB": chdb,
}


def main() -> None:
    """Answer, and write the rows."""
    engine, key, file = sys.argv[1:]
    question = next(q for q in QUESTIONS if q.key == key)
    for row in ENGINES[engine](question, file):
        print(json.dumps(list(row)))


if __name__ == "__main__":
    main()
