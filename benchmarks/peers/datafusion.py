"""DataFusion over dictionary arrays in memory."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
from datafusion import RuntimeEnvBuilder, SessionConfig, SessionContext

from benchmarks.parameters import Parameters
from benchmarks.peers.base import THREADS, Form, sql

_ROWS = 8192
"""DataFusion's batch size: batches in memory are handed on as they are."""


class DataFusion:
    """A table is as many partitions as there are threads, each a list of batches."""

    name = "datafusion"
    lacks = dict.fromkeys(("B4", "B16"), "percentile_cont rounds between neighbours to six digits")

    def __init__(self, flat: dict[str, pa.Table]) -> None:
        config = SessionConfig({"datafusion.sql_parser.enable_ident_normalization": "false"})
        config = config.with_target_partitions(THREADS).with_batch_size(_ROWS)
        self._context = SessionContext(config, RuntimeEnvBuilder())
        self._bytes: int = sum(table.nbytes for table in flat.values())
        for name, table in flat.items():
            half = -(-len(table) // THREADS)
            parts = [table.slice(half * n, half).to_batches(_ROWS) for n in range(THREADS)]
            filled = [part for part in parts if part] or [table.to_batches()]
            self._context.register_record_batches(name, filled)

    def forms(self, key: str, parameters: Parameters) -> list[Form]:
        return [
            Form(str(number), self._query(statement))
            for number, statement in enumerate(_statements(parameters)[key], 1)
        ]

    def _query(self, statement: str) -> Callable[[], pa.Table]:
        return lambda: self._context.sql(statement).to_arrow_table()

    def table(self, result: pa.Table) -> pa.Table:
        return result

    def held(self) -> int:
        return self._bytes

    def close(self) -> None:
        for name in self._context.catalog().schema().names():
            self._context.deregister_table(name)


def _statements(p: Parameters) -> dict[str, tuple[str, ...]]:
    """The statements of each query, several where it is not plain which is fastest."""
    s, a = "usersession", "useraction"
    action, usual, application = sql(p.action), sql(p.usual_action), sql(p.application)
    country, browsers = sql(p.country), ", ".join(map(sql, p.browsers))
    steps = (
        f"name = {usual}",
        "name LIKE '%search%'",
        f"application = {application}",
        "duration > 3000",
    )
    bits = " + ".join(f"CASE WHEN {step} THEN {1 << n} ELSE 0 END" for n, step in enumerate(steps))

    def counted(where: str) -> str:
        return f"""
            SELECT count(*) FILTER (WHERE m & 1 = 1), count(*) FILTER (WHERE m & 3 = 3),
                count(*) FILTER (WHERE m & 7 = 7), count(*) FILTER (WHERE m = 15) FROM (
            SELECT session, bit_or({bits}) m FROM {a} {where} GROUP BY session)"""

    by_steps = f"SELECT session FROM {a} WHERE {steps[0]} GROUP BY session"
    counts = [f"(SELECT count(*) FROM ({by_steps}))"]
    for step in steps[1:]:
        by_steps = (
            f"SELECT session FROM {a} WHERE {step} AND session IN ({by_steps}) GROUP BY session"
        )
        counts.append(f"(SELECT count(*) FROM ({by_steps}))")
    bare = f"""SELECT NULL, count(*), NULL FROM {s}
        LEFT ANTI JOIN {a} ON {s}.session = {a}.session HAVING count(*) > 0"""
    remaining = f"""SELECT {s}.session FROM {s} LEFT ANTI JOIN (
            SELECT session FROM {a} WHERE name = {usual}) x ON {s}.session = x.session
        WHERE userType = 'REAL_USER'"""
    text = "arrow_cast({0}, 'Utf8')".format
    return {
        "B1": (f"SELECT country, city, count(*) FROM {s} GROUP BY country, city",),
        "B2": (
            f"SELECT count(DISTINCT session) FROM {a} WHERE name = {action}",
            f"""SELECT count(*) FROM (SELECT session FROM {a} WHERE name = {action}
                GROUP BY session)""",
        ),
        "B3": (
            counted(""),
            counted(f"WHERE session IN (SELECT session FROM {a} WHERE {steps[0]})"),
            f"SELECT {', '.join(f'{count} n{n}' for n, count in enumerate(counts))}",
        ),
        "B5": (
            f"""SELECT to_char(to_timestamp_millis(bin * 300000), '%Y-%m-%d %H:%M'), c, mean FROM (
                SELECT "startTime" / 300000 bin, count(*) c, avg(duration) mean
                FROM {s} GROUP BY bin)""",
        ),
        "B6": (
            f'SELECT country, count(DISTINCT "userId") FROM {s} GROUP BY country',
            f"""SELECT country, count("userId") FROM (
                SELECT DISTINCT country, "userId" FROM {s}) GROUP BY country""",
        ),
        "B7": (
            f"""SELECT country, application, avg({a}.duration), count(*)
                FROM {a} JOIN {s} ON {a}.session = {s}.session
                WHERE "browserFamily" IN ({browsers}) GROUP BY country, application""",
        ),
        "B8": (
            f"SELECT count(*) FROM {a} WHERE name LIKE '%search%' AND duration > 1000",
            f"""SELECT sum(c) FROM (SELECT name, count(*) c FROM {a} WHERE duration > 1000
                GROUP BY name) WHERE name LIKE '%search%'""",
        ),
        "B9": (
            f"""SELECT "userSessionId", "startTime", duration FROM {s} WHERE country = {country}
                ORDER BY duration DESC""",
        ),
        "B10": (
            f"""SELECT "stringProperties.tier", coalesce(sum("doubleProperties.revenue"), 0),
                avg(duration), count(*) FROM {s}
                WHERE "startTime" BETWEEN {p.start} AND {p.end} GROUP BY "stringProperties.tier\"""",
        ),
        "B11": (
            f"""WITH hits AS (SELECT DISTINCT session FROM {a} WHERE name = {action}
                ORDER BY session LIMIT 50)
                SELECT first_value(city), array_agg({text("name")}) FROM {a}
                JOIN hits ON {a}.session = hits.session JOIN {s} ON {s}.session = hits.session
                GROUP BY hits.session""",
        ),
        "B12": (
            f"""WITH per AS (SELECT session, sum(duration) total, count(*) n FROM {a}
                    GROUP BY session),
                pairs AS (SELECT DISTINCT session, application FROM {a})
                SELECT {text("application")}, count(*), CAST(sum(total) AS DOUBLE) / sum(n)
                FROM pairs JOIN per ON pairs.session = per.session
                GROUP BY application UNION ALL {bare}""",
        ),
        "B13": (
            f"SELECT count(*) FROM {s} WHERE ip4 BETWEEN {52 << 24} AND {(53 << 24) - 1}",
        ),
        "B14": (
            f"""SELECT country, count(*) FILTER (WHERE "userActionCount" > 5),
                avg(duration) FILTER (WHERE NOT bounce) FROM {s} GROUP BY country""",
        ),
        "B15": (
            f"""WITH kept AS ({remaining})
                SELECT {text("name")} n, count(*) c FROM (SELECT DISTINCT {a}.session, name FROM {a}
                    LEFT SEMI JOIN kept ON {a}.session = kept.session) GROUP BY name
                UNION ALL SELECT NULL, count(*) FROM kept
                    LEFT ANTI JOIN {a} ON kept.session = {a}.session HAVING count(*) > 0
                ORDER BY c DESC, n LIMIT 20""",
        ),
        "B17": (
            f"""SELECT "userId", count(*) c, sum("totalErrorCount") FROM {s}
                GROUP BY "userId" ORDER BY c DESC, "userId" LIMIT 50""",
        ),
    }  # fmt: skip
