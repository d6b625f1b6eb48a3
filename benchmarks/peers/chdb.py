"""chDB (ClickHouse in the process) over MergeTree tables with LowCardinality texts."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from chdb.session import Session

from benchmarks.parameters import Parameters
from benchmarks.peers.base import THREADS, Form, sql

_SORTED_BY = {"usersession": "(startTime, session)"}
_NUMBERS = {
    pa.int8(): "Int8",
    pa.int16(): "Int16",
    pa.int32(): "Int32",
    pa.int64(): "Int64",
    pa.uint32(): "UInt32",
    pa.float64(): "Float64",
    pa.bool_(): "Bool",
    pa.string(): "String",
    pa.timestamp("ms", "UTC"): "DateTime64(3, 'UTC')",
}


class ChDB:
    """Tables of one part each, sorted by session; a session's table by time, which is the same."""

    name = "chdb"
    lacks: Mapping[str, str] = {}

    def __init__(self, flat: dict[str, pa.Table]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="chdb-"))
        self._session: Any = Session(str(self._folder / "server"))  # type: ignore[no-untyped-call]
        self._run(f"SET max_threads = {THREADS}")
        self._run("SET output_format_arrow_low_cardinality_as_dictionary = 1")
        self._run("CREATE DATABASE bench ENGINE = Atomic")
        self._run("USE bench")
        for name, table in flat.items():
            self._load(name, table)

    def _load(self, name: str, table: pa.Table) -> None:
        columns = ", ".join(f"`{f.name}` {_type(f, table)}" for f in table.schema)
        key = _SORTED_BY.get(name, "session")
        self._run(
            f"CREATE TABLE {name} ({columns}) ENGINE = MergeTree ORDER BY {key} "
            "SETTINGS min_bytes_for_wide_part = 0"
        )
        file = self._folder / f"{name}.arrow"
        with pa.ipc.new_file(str(file), table.schema) as writer:
            writer.write_table(table, max_chunksize=1 << 17)
        self._run(
            f"INSERT INTO {name} SELECT * FROM file('{file}', 'Arrow') "
            "SETTINGS max_insert_threads = 1, max_threads = 1"
        )
        file.unlink()
        self._run(f"OPTIMIZE TABLE {name} FINAL")

    def _run(self, statement: str) -> Any:
        return self._session.query(statement, "Arrow")

    def forms(self, key: str, parameters: Parameters) -> list[Form]:
        return [
            Form(str(number), self._query(statement))
            for number, statement in enumerate(_statements(parameters)[key], 1)
        ]

    def _query(self, statement: str) -> Callable[[], Any]:
        return lambda: self._run(statement)

    def table(self, result: Any) -> pa.Table:
        table = pa.ipc.open_file(result.bytes()).read_all()
        return pa.table(
            [_text(c) for c in table.columns], names=[str(i) for i in range(table.num_columns)]
        )

    def held(self) -> int:
        answer = self._run(
            "SELECT toInt64(sum(data_compressed_bytes)) FROM system.parts WHERE active AND database = 'bench'"
        )
        return int(self.table(answer).column(0)[0].as_py())

    def close(self) -> None:
        self._session.close()
        shutil.rmtree(self._folder)


def _type(field: pa.Field, table: pa.Table) -> str:
    """The type of a column; Nullable only where there are nulls, for it costs a second stream."""
    nullable = table[field.name].null_count > 0
    if pa.types.is_list(field.type):
        return "Array(LowCardinality(String))"
    if pa.types.is_dictionary(field.type):
        return f"LowCardinality({'Nullable(String)' if nullable else 'String'})"
    kind = _NUMBERS[field.type]
    return f"Nullable({kind})" if nullable else kind


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """ClickHouse gives texts as bytes."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
    if pa.types.is_binary(column.type):
        return column.cast(pa.string())
    if pa.types.is_list(column.type) and not pa.types.is_string(column.type.value_type):
        return column.cast(pa.list_(pa.string()))
    return column


def _statements(p: Parameters) -> dict[str, tuple[str, ...]]:
    """The statements of each query, several where it is not plain which is fastest."""
    s, a = "usersession", "useraction"
    action, usual, application = (
        _literal(p.action),
        _literal(p.usual_action),
        _literal(p.application),
    )
    country, browsers = _literal(p.country), ", ".join(map(_literal, p.browsers))
    in_order = "SETTINGS optimize_aggregation_in_order = 1"
    steps = (
        f"name = {usual}",
        "name LIKE '%search%'",
        f"application = {application}",
        "duration > 3000",
    )
    flags = f"""
        SELECT countIf(b0), countIf(b0 AND b1), countIf(b0 AND b1 AND b2),
            countIf(b0 AND b1 AND b2 AND b3) FROM (
        SELECT {", ".join(f"max({step}) b{n}" for n, step in enumerate(steps))}
        FROM {a} GROUP BY session) {in_order}"""
    bits = " + ".join(f"({step}) * {1 << n}" for n, step in enumerate(steps))
    mask = f"""
        SELECT countIf(bitAnd(m, 1) = 1), countIf(bitAnd(m, 3) = 3), countIf(bitAnd(m, 7) = 7),
            countIf(bitAnd(m, 15) = 15) FROM (
        SELECT groupBitOr(toUInt8({bits})) m FROM {a} GROUP BY session) {in_order}"""
    states = ", ".join(f"groupBitmapStateIf(session, {step}) b{n}" for n, step in enumerate(steps))
    bitmaps = f"""
        SELECT bitmapCardinality(b0), bitmapCardinality(bitmapAnd(b0, b1) AS c1),
            bitmapCardinality(bitmapAnd(c1, b2) AS c2), bitmapAndCardinality(c2, b3)
        FROM (SELECT {states} FROM {a})"""
    in_started = f"session IN (SELECT session FROM {a} WHERE {steps[0]})"
    bitmaps_of_started = f"""
        SELECT bitmapCardinality(b0), bitmapCardinality(bitmapAnd(b0, b1) AS c1),
            bitmapCardinality(bitmapAnd(c1, b2) AS c2), bitmapAndCardinality(c2, b3)
        FROM (SELECT {states} FROM {a} PREWHERE {in_started})"""
    bare = f"""SELECT NULL, count() c, NULL FROM {s}
        WHERE session NOT IN (SELECT session FROM {a}) HAVING c > 0"""
    remaining = f"""SELECT session FROM {s} WHERE userType = 'REAL_USER'
        AND session NOT IN (SELECT session FROM {a} WHERE name = {usual})"""
    names = f"""
        SELECT name, c FROM (
            SELECT toNullable(CAST(name, 'String')) name, c FROM (
                SELECT name, %s c FROM {a} WHERE session IN ({remaining}) GROUP BY name)
            UNION ALL SELECT NULL, count() c FROM {s} WHERE session IN ({remaining})
                AND session NOT IN (SELECT session FROM {a}) HAVING c > 0)
        ORDER BY c DESC, name NULLS LAST LIMIT 20"""
    country_text = "ifNull(CAST(country, 'Nullable(String)'), '')"
    top = f"""
        SELECT nullIf(t.k, ''), cities, c, q FROM (
            SELECT {country_text} k, count() c FROM {s} GROUP BY k
                ORDER BY c DESC, k = '', k LIMIT 10) t
        LEFT JOIN (
            SELECT k, groupArray(city) cities FROM (
                SELECT {country_text} k, city, count() n FROM {s} WHERE city IS NOT NULL
                GROUP BY k, city ORDER BY k, n DESC, city LIMIT 3 BY k) GROUP BY k) u ON t.k = u.k
        LEFT JOIN (
            SELECT k, quantileExactInclusive(0.9)(duration) q FROM %s GROUP BY k) v ON t.k = v.k"""
    with_country = f"(SELECT session, {country_text} k FROM {s})"
    return {
        "B1": (f"SELECT country, city, count() FROM {s} GROUP BY country, city",),
        "B2": (
            f"SELECT uniqExact(session) FROM {a} WHERE name = {action}",
            f"SELECT groupBitmap(session) FROM {a} WHERE name = {action}",
        ),
        "B3": (flags, mask, bitmaps, bitmaps_of_started),
        "B4": (
            f"""SELECT name, c, mean, q[1], q[2] FROM (SELECT name, count() c, avg(duration) mean,
                quantilesExactInclusive(0.5, 0.95)(duration) q FROM {a} GROUP BY name)""",
        ),
        "B5": (
            f"""SELECT formatDateTime(toDateTime(bin * 300, 'UTC'), '%Y-%m-%d %H:%i'), c, mean
                FROM (SELECT intDiv(startTime, 300000) bin, count() c, avg(duration) mean
                FROM {s} GROUP BY bin)""",
            f"""SELECT formatDateTime(toDateTime(bin * 300, 'UTC'), '%Y-%m-%d %H:%i'), c, mean
                FROM (SELECT intDiv(startTime, 300000) bin, count() c, avg(duration) mean
                FROM {s} GROUP BY bin) {in_order}""",
        ),
        "B6": (
            f"SELECT country, uniqExact(userId) FROM {s} GROUP BY country",
            f"""SELECT country, countIf(userId IS NOT NULL) FROM (
                SELECT DISTINCT country, userId FROM {s}) GROUP BY country""",
        ),
        "B7": tuple(
            f"""SELECT country, application, avg(duration), count() FROM (
                    SELECT session, application, duration FROM {a}) AS x
                INNER JOIN (SELECT session, country FROM {s}
                    WHERE browserFamily IN ({browsers})) AS y USING (session)
                GROUP BY country, application SETTINGS join_algorithm = '{algorithm}'"""
            for algorithm in ("hash", "parallel_hash", "full_sorting_merge")
        ),
        "B8": (
            f"SELECT count() FROM {a} WHERE name LIKE '%search%' AND duration > 1000",
            f"SELECT countIf(name LIKE '%search%' AND duration > 1000) FROM {a}",
        ),
        "B9": (
            f"""SELECT userSessionId, startTime, duration FROM {s} WHERE country = {country}
                ORDER BY duration DESC""",
        ),
        "B10": (
            f"""SELECT `stringProperties.tier`, ifNull(sum(`doubleProperties.revenue`), 0),
                avg(duration), count() FROM {s}
                WHERE startTime BETWEEN {p.start} AND {p.end} GROUP BY 1""",
        ),
        "B11": (
            f"""SELECT any(y.city), groupArray(x.name) FROM (
                    SELECT session, name FROM {a} WHERE session IN (
                        SELECT DISTINCT session FROM {a} WHERE name = {action}
                        ORDER BY session LIMIT 50)) x
                INNER JOIN (SELECT session, city FROM {s}) y USING (session)
                GROUP BY session SETTINGS max_threads = 1""",
            f"""WITH (SELECT groupArray(session) FROM (
                    SELECT DISTINCT session FROM {a} WHERE name = {action}
                    ORDER BY session LIMIT 50)) AS hits
                SELECT any(y.city), groupArray(x.name) FROM (
                    SELECT session, name FROM {a} WHERE session IN hits) x
                INNER JOIN (SELECT session, city FROM {s} WHERE session IN hits) y USING (session)
                GROUP BY session""",
        ),
        "B12": (
            f"""SELECT toNullable(CAST(app, 'String')), count(), sum(total) / sum(n) FROM (
                    SELECT groupUniqArray(application) apps, sum(duration) total, count() n
                    FROM {a} GROUP BY session) ARRAY JOIN apps AS app
                GROUP BY app UNION ALL {bare} {in_order}""",
            f"""SELECT toNullable(CAST(app, 'String')), count(), sum(total) / sum(n) FROM (
                    SELECT DISTINCT session, application AS app FROM {a}) AS x
                INNER JOIN (SELECT session, sum(duration) total, count() n FROM {a}
                    GROUP BY session) AS y USING (session)
                GROUP BY app UNION ALL {bare} {in_order}""",
        ),
        "B13": (f"SELECT count() FROM {s} WHERE ip4 BETWEEN {52 << 24} AND {(53 << 24) - 1}",),
        "B14": (
            f"""SELECT country, countIf(userActionCount > 5), avgIf(duration, NOT bounce)
                FROM {s} GROUP BY country""",
        ),
        "B15": (names % "uniqExact(session)", names % "toUInt64(groupBitmap(session))"),
        "B16": tuple(
            top % f"(SELECT session, duration FROM {a}) x INNER JOIN {with_country} y USING (session)"
            + f" SETTINGS join_algorithm = '{algorithm}'"
            for algorithm in ("hash", "full_sorting_merge")
        ),
        "B17": (
            f"""SELECT userId, count() c, sum(totalErrorCount) FROM {s}
                GROUP BY userId ORDER BY c DESC, userId LIMIT 50""",
        ),
    }  # fmt: skip


def _literal(text: str) -> str:
    """Like :func:`sql`, but a backslash escapes here."""
    return sql(text.replace("\\", "\\\\"))
