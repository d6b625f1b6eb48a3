"""Loading 100 MB of an export into something that can be queried."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa

import usql
from benchmarks.data import SEED, replacing, write_parquet
from benchmarks.measure import Measure
from benchmarks.ours import SCAN, load
from benchmarks.peers.base import THREADS, sql
from benchmarks.timing import Run, alternate
from usql.samples import batches, generate

MEGABYTES = 100
_PROBE = 5000


def loading(folder: Path, peers: Sequence[str], rounds: int = 5) -> list[Measure]:
    """Megabytes a second from NDJSON and from Parquet, by usql, DuckDB and Polars."""
    folder.mkdir(parents=True, exist_ok=True)
    measures = []
    for kind, goal in (
        ("ndjson", "as fast as DuckDB with types, 1.3 times without"),
        ("parquet", "as fast as Polars"),
    ):
        file = _export(folder, kind)
        schema = _plain_schema(generate(_PROBE, SEED).schema)
        runs: dict[str, Run] = {SCAN: partial(load, file)}
        if "duckdb" in peers:
            runs |= _duckdb(file, kind, schema)
        if "polars" in peers:
            runs["polars"] = _polars(file, kind, schema)
        size = file.stat().st_size / 1e6
        speeds = {n: size / t.median for n, t in alternate(runs, rounds).items()}
        measures.append(Measure(f"loading {size:.0f} MB of {kind}", "MB/s", speeds, goal))
    return measures


def _export(folder: Path, kind: str) -> Path:
    """The file of about 100 MB, made if there is none."""
    file = folder / f"sessions.{kind}"
    if not file.exists():
        with replacing(file) as unfinished:
            _write(unfinished, kind, _PROBE)
            each = unfinished.stat().st_size / _PROBE
            _write(unfinished, kind, round(MEGABYTES * 1e6 / each))
    return file


def _write(file: Path, kind: str, sessions: int) -> None:
    if kind == "parquet":
        write_parquet(file, batches(sessions, SEED))
    else:
        usql.open(generate(sessions, SEED)).write(file)


def _duckdb(file: Path, kind: str, schema: pa.Schema) -> dict[str, Run]:
    import duckdb

    def create(source: str) -> None:
        with duckdb.connect(config={"threads": THREADS}) as connection:
            connection.execute(f"CREATE TABLE t AS SELECT * FROM {source}").fetchall()

    path = sql(str(file))
    if kind == "parquet":
        return {"duckdb": partial(create, f"read_parquet({path})")}
    columns = ", ".join(f"{sql(f.name)}: {sql(_duckdb_type(f.type))}" for f in schema)
    form = f"{path}, format = 'newline_delimited'"
    return {
        "duckdb with types": partial(create, f"read_json({form}, columns = {{{columns}}})"),
        "duckdb": partial(create, f"read_json({form})"),
    }


def _duckdb_type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"{_duckdb_type(kind.value_type)}[]"
    if pa.types.is_struct(kind):
        fields = ", ".join(f'"{f.name}" {_duckdb_type(f.type)}' for f in kind)
        return f"STRUCT({fields})"
    names = {pa.int64(): "BIGINT", pa.float64(): "DOUBLE", pa.bool_(): "BOOLEAN"}
    return names.get(kind, "VARCHAR")


def _polars(file: Path, kind: str, schema: pa.Schema) -> Run:
    import polars as pl

    if kind == "parquet":
        return partial(pl.read_parquet, file)
    empty = pl.from_arrow(schema.empty_table())
    assert isinstance(empty, pl.DataFrame)
    return partial(pl.read_ndjson, file, schema=empty.schema)


def _plain_schema(schema: pa.Schema) -> pa.Schema:
    """The types as they stand in the export's JSON, where date properties are texts."""
    texts = pa.list_(pa.struct({"key": pa.string(), "value": pa.string()}))
    return pa.schema(
        {f.name: texts if f.name == "dateProperties" else _plain(f.type) for f in schema}
    )


def _plain(kind: pa.DataType) -> pa.DataType:
    """The type with texts for dictionaries, for readers of JSON know none."""
    if pa.types.is_dictionary(kind):
        return pa.string()
    if pa.types.is_list(kind):
        return pa.list_(_plain(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([f.with_type(_plain(f.type)) for f in kind])
    return kind
