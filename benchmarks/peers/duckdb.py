"""DuckDB over native tables, once with VARCHAR and once with ENUM columns."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import duckdb
import pyarrow as pa

from benchmarks.parameters import Parameters
from benchmarks.peers.base import THREADS, Form, sql

_LAYOUTS = ("texts", "enums")


class DuckDB:
    """Both layouts in one database, a schema each."""

    name = "duckdb"
    lacks: Mapping[str, str] = {}

    def __init__(self, flat: dict[str, pa.Table]) -> None:
        self._connection = duckdb.connect(config={"threads": THREADS})
        self._run("SET preserve_insertion_order = true")
        self._bytes: dict[str, int] = {}
        for layout in _LAYOUTS:
            self._run(f"CREATE SCHEMA {layout}")
            before = self._used()
            for name, table in flat.items():
                self._load(layout, name, table)
            self._bytes[layout] = self._used() - before

    def _load(self, layout: str, name: str, table: pa.Table) -> None:
        self._connection.register("source", table)
        columns = []
        for field in table.schema:
            column = f'"{field.name}"'
            if layout == "enums" and pa.types.is_dictionary(field.type):
                kind = f'enums."{name}.{field.name}"'
                self._run(
                    f"CREATE TYPE {kind} AS ENUM "
                    f"(SELECT DISTINCT {column} FROM source WHERE {column} IS NOT NULL ORDER BY 1)"
                )
                columns.append(f"{column}::VARCHAR::{kind} AS {column}")
            else:
                columns.append(column)
        self._run(f"CREATE TABLE {layout}.{name} AS SELECT {', '.join(columns)} FROM source")
        self._connection.unregister("source")

    def _run(self, statement: str) -> list[Any]:
        return self._connection.execute(statement).fetchall()

    def _used(self) -> int:
        return int(self._run("SELECT sum(memory_usage_bytes) FROM duckdb_memory()")[0][0])

    def forms(self, key: str, parameters: Parameters) -> list[Form]:
        return [
            Form(f"{layout} {number}", partial(self.answer, statement))
            for layout in _LAYOUTS
            for number, statement in enumerate(_statements(layout, parameters)[key], 1)
        ]

    def answer(self, statement: str) -> pa.Table:
        """What DuckDB answers to a statement over its tables, ``texts.usersession`` and so on."""
        return self._connection.sql(statement).to_arrow_table()

    def table(self, result: pa.Table) -> pa.Table:
        return result

    def held(self) -> int:
        return min(self._bytes.values())

    def close(self) -> None:
        self._connection.close()


def _statements(layout: str, p: Parameters) -> dict[str, tuple[str, ...]]:
    """The statements of each query, several where it is not plain which is fastest."""
    s, a = f"{layout}.usersession", f"{layout}.useraction"
    action, usual, application = sql(p.action), sql(p.usual_action), sql(p.application)
    country, browsers = sql(p.country), ", ".join(map(sql, p.browsers))
    funnel = f"""
        SELECT count(*) FILTER (b0), count(*) FILTER (b0 AND b1),
            count(*) FILTER (b0 AND b1 AND b2), count(*) FILTER (b0 AND b1 AND b2 AND b3) FROM (
        SELECT bool_or(name = {usual}) b0, bool_or(contains(name, 'search')) b1,
            bool_or(application = {application}) b2, bool_or(duration > 3000) b3
        FROM {a} GROUP BY session)"""
    started = f"SELECT DISTINCT session FROM {a} WHERE name = {usual}"
    funnel_of_started = f"""
        SELECT count(*), count(*) FILTER (b1),
            count(*) FILTER (b1 AND b2), count(*) FILTER (b1 AND b2 AND b3) FROM (
        SELECT bool_or(contains(name, 'search')) b1,
            bool_or(application = {application}) b2, bool_or(duration > 3000) b3
        FROM {a} WHERE session IN ({started}) GROUP BY session)"""
    funnel_by_steps = f"""
        WITH s0 AS MATERIALIZED ({started}),
        s1 AS MATERIALIZED (SELECT DISTINCT session FROM {a} SEMI JOIN s0 USING (session)
            WHERE contains(name, 'search')),
        s2 AS MATERIALIZED (SELECT DISTINCT session FROM {a} SEMI JOIN s1 USING (session)
            WHERE application = {application}),
        s3 AS MATERIALIZED (SELECT DISTINCT session FROM {a} SEMI JOIN s2 USING (session)
            WHERE duration > 3000)
        SELECT (SELECT count(*) FROM s0), (SELECT count(*) FROM s1),
            (SELECT count(*) FROM s2), (SELECT count(*) FROM s3)"""
    flags = f"""
        SELECT count(*) FILTER (m & 1 = 1), count(*) FILTER (m & 3 = 3),
            count(*) FILTER (m & 7 = 7), count(*) FILTER (m = 15) FROM (
        SELECT bit_or((name = {usual})::TINYINT + 2 * contains(name, 'search')::TINYINT
            + 4 * (application = {application})::TINYINT + 8 * (duration > 3000)::TINYINT) m
        FROM {a} GROUP BY session)"""
    bare = f"""SELECT NULL, count(*), NULL FROM {s}
        WHERE session NOT IN (SELECT session FROM {a}) HAVING count(*) > 0"""
    by_session = "SELECT session, sum(duration) total, count(*) n"
    masks = f"""
        WITH masks AS MATERIALIZED (SELECT m, count(*) c, sum(total) total, sum(n) n FROM (
                SELECT bit_or(1::INTEGER << enum_code(application)) m, sum(duration) total,
                    count(*) n FROM {a} GROUP BY session) GROUP BY m),
            apps AS (SELECT unnest(enum_range(NULL::enums."useraction.application"))
                ::enums."useraction.application" application)
        SELECT application, sum(c)::BIGINT, sum(total) / sum(n) FROM apps
            JOIN masks ON m >> enum_code(application) & 1 = 1
        GROUP BY application UNION ALL {bare}"""
    remaining = f"""SELECT session FROM {s} WHERE userType = 'REAL_USER'
        AND session NOT IN (SELECT session FROM {a} WHERE name = {usual})"""
    names_of_remaining = f"""
        SELECT name, count(*) c FROM (SELECT DISTINCT k.session, name FROM ({remaining}) k
            LEFT JOIN {a} USING (session)) GROUP BY name ORDER BY c DESC, name::VARCHAR LIMIT 20"""
    top_countries = f"""SELECT country, count(*) c FROM {s} GROUP BY country
        ORDER BY c DESC, country::VARCHAR LIMIT 10"""
    top_cities = f"""
        SELECT country, list(city ORDER BY c DESC, city) cities FROM (
            SELECT country, city, count(*) c FROM {s} WHERE city IS NOT NULL GROUP BY country, city
            QUALIFY row_number() OVER (PARTITION BY country ORDER BY c DESC, city) <= 3)
        GROUP BY country"""
    top = f"""
        WITH top AS ({top_countries}), cities AS ({top_cities}),
        quantiles AS (
            SELECT country, quantile_cont({a}.duration, 0.9) q
            FROM {a} JOIN {s} USING (session) %s GROUP BY country)
        SELECT top.country, coalesce(cities, []), c, q FROM top
            LEFT JOIN cities ON top.country IS NOT DISTINCT FROM cities.country
            LEFT JOIN quantiles ON top.country IS NOT DISTINCT FROM quantiles.country"""
    return {
        "B1": (f"SELECT country, city, count(*) FROM {s} GROUP BY country, city",),
        "B2": (
            f"SELECT count(DISTINCT session) FROM {a} WHERE name = {action}",
            f"SELECT count(*) FROM (SELECT DISTINCT session FROM {a} WHERE name = {action})",
        ),
        "B3": (funnel, flags, funnel_of_started, funnel_by_steps),
        "B4": (
            f"""SELECT name, count(*), avg(duration), median(duration),
                quantile_cont(duration, 0.95) FROM {a} GROUP BY name""",
            f"""SELECT name, c, mean, q[1], q[2] FROM (SELECT name, count(*) c, avg(duration) mean,
                quantile_cont(duration, [0.5, 0.95]) q FROM {a} GROUP BY name)""",
        ),
        "B5": (
            f"""SELECT strftime(make_timestamp_ms(bin * 300000), '%Y-%m-%d %H:%M'), c, mean FROM (
                SELECT startTime // 300000 bin, count(*) c, avg(duration) mean
                FROM {s} GROUP BY bin)""",
        ),
        "B6": (
            f"SELECT country, count(DISTINCT userId) FROM {s} GROUP BY country",
            f"""SELECT country, count(userId) FROM (SELECT DISTINCT country, userId FROM {s})
                GROUP BY country""",
        ),
        "B7": (
            f"""SELECT country, application, avg({a}.duration), count(*)
                FROM {a} JOIN {s} USING (session)
                WHERE browserFamily IN ({browsers}) GROUP BY country, application""",
            f"""SELECT country, application, sum(total) / sum(n), sum(n)::BIGINT FROM (
                    SELECT session, application, sum(duration) total, count(*) n FROM {a}
                    GROUP BY session, application)
                JOIN {s} USING (session) WHERE browserFamily IN ({browsers})
                GROUP BY country, application""",
        ),
        "B8": (
            f"SELECT count(*) FROM {a} WHERE name LIKE '%search%' AND duration > 1000",
            f"SELECT count(*) FROM {a} WHERE duration > 1000 AND contains(name, 'search')",
            f"""SELECT sum(c)::BIGINT FROM (SELECT name, count(*) c FROM {a}
                WHERE duration > 1000 GROUP BY name) WHERE contains(name, 'search')""",
        ),
        "B9": (
            f"""SELECT userSessionId, startTime, duration FROM {s} WHERE country = {country}
                ORDER BY duration DESC""",
        ),
        "B10": (
            f"""SELECT "stringProperties.tier", coalesce(sum("doubleProperties.revenue"), 0),
                avg(duration), count(*) FROM {s}
                WHERE startTime BETWEEN {p.start} AND {p.end} GROUP BY 1""",
        ),
        "B11": (
            f"""WITH hits AS (SELECT DISTINCT session FROM {a} WHERE name = {action}
                ORDER BY session LIMIT 50)
                SELECT any_value(city), list(name ORDER BY {a}.rowid) FROM {a}
                JOIN hits USING (session) JOIN {s} USING (session) GROUP BY session""",
        ),
        "B12": (
            f"""WITH per AS ({by_session} FROM {a} GROUP BY session),
                pairs AS (SELECT DISTINCT session, application FROM {a})
                SELECT application, count(*), sum(total) / sum(n) FROM pairs JOIN per USING (session)
                GROUP BY application UNION ALL {bare}""",
            f"""WITH pairs AS MATERIALIZED (SELECT session, application, sum(duration) total,
                    count(*) n FROM {a} GROUP BY session, application),
                per AS (SELECT session, sum(total) total, sum(n) n FROM pairs GROUP BY session)
                SELECT application, count(*), sum(per.total) / sum(per.n) FROM pairs
                JOIN per USING (session) GROUP BY application UNION ALL {bare}""",
            f"""SELECT application, count(*), sum(total) / sum(n) FROM (
                    SELECT list_distinct(list(application)) apps, sum(duration) total, count(*) n
                    FROM {a} GROUP BY session), unnest(apps) AS u(application)
                GROUP BY application UNION ALL {bare}""",
            *(() if layout == "texts" else (masks,)),
        ),
        "B13": (
            f"""SELECT count(*) FROM {s} WHERE ip4 BETWEEN {52 << 24} AND {(53 << 24) - 1}""",
        ),
        "B14": (
            f"""SELECT country, count(*) FILTER (userActionCount > 5),
                avg(duration) FILTER (NOT bounce) FROM {s} GROUP BY country""",
        ),
        "B15": (
            names_of_remaining,
            f"""WITH k AS MATERIALIZED ({remaining})
                SELECT name, count(*) c FROM (SELECT DISTINCT session, name FROM {a}
                    SEMI JOIN k USING (session)) GROUP BY name
                UNION ALL SELECT NULL, count(*) FROM k ANTI JOIN {a} USING (session)
                    HAVING count(*) > 0
                ORDER BY c DESC, 1 LIMIT 20""",
        ),
        "B16": (
            top % "",
            top % "WHERE country IN (SELECT country FROM top) OR country IS NULL",
        ),
        "B17": (
            f"""SELECT userId, count(*) c, sum(totalErrorCount)::BIGINT FROM {s}
                GROUP BY userId ORDER BY c DESC, userId::VARCHAR LIMIT 50""",
        ),
    }  # fmt: skip
