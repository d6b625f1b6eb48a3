"""The queries B1 to B17: their text, what each stresses, and which columns it must read."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from benchmarks.parameters import Parameters

OFFSETS = "offsets"
"""Stands among a query's columns for where each session's children begin: 4 bytes a session."""


@dataclass(frozen=True)
class Query:
    """One query. ``reads`` names the columns that every engine must touch, table by table; none
    where a limit lets it stop after a small part of them."""

    key: str
    text: str
    stresses: str
    reads: dict[str, tuple[str, ...]]

    def bytes_read(self, flat: dict[str, pa.Table]) -> int:
        """The bytes of its columns in their narrowest types: codes of dictionaries, no texts, except
        those that a row query returns in full."""
        return sum(
            4 * len(flat["usersession"]) if name == OFFSETS else _size(flat[table][name])
            for table, names in self.reads.items()
            for name in names
        )


def _size(column: pa.ChunkedArray) -> int:
    kind = column.type
    width: int = kind.index_type.bit_width if pa.types.is_dictionary(kind) else kind.bit_width
    return len(column) * width // 8


def queries(p: Parameters) -> list[Query]:
    """B1 to B17 with their parameters filled in."""
    session, action, usual = "usersession", p.action, p.usual_action
    browsers = ", ".join(f'"{name}"' for name in p.browsers)

    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    return [
        Query(
            "B1",
            "SELECT country, city, COUNT(*) FROM usersession GROUP BY country, city",
            "dense keys",
            {session: ("country", "city")},
        ),
        Query(
            "B2",
            f"SELECT COUNT(*) FROM usersession WHERE useraction.name = {quoted(action)}",
            "selective test on children",
            {session: (OFFSETS,), "useraction": ("name",)},
        ),
        Query(
            "B3",
            f"SELECT FUNNEL(useraction.name = {quoted(usual)} AS a, "
            'useraction.name LIKE "*search*" AS b, '
            f"useraction.application = {quoted(p.application)} AS c, "
            "useraction.duration > 3000 AS d) FROM usersession",
            "one pass, many tests",
            {session: (OFFSETS,), "useraction": ("name", "application", "duration")},
        ),
        Query(
            "B4",
            "SELECT name, COUNT(*), AVG(duration), MEDIAN(duration), PERCENTILE(duration, 95) "
            "FROM useraction GROUP BY name",
            "exact quantiles in 5,000 groups",
            {"useraction": ("name", "duration")},
        ),
        Query(
            "B5",
            'SELECT DATETIME(startTime, "yyyy-MM-dd HH:mm", "5m") AS t, COUNT(*), AVG(duration) '
            "FROM usersession GROUP BY t LIMIT 5000",
            "time bins",
            {session: ("startTime", "duration")},
        ),
        Query(
            "B6",
            "SELECT country, COUNT(DISTINCT userId) FROM usersession GROUP BY country",
            "distinct",
            {session: ("country", "userId")},
        ),
        Query(
            "B7",
            "SELECT usersession.country, application, AVG(duration), COUNT(*) FROM useraction "
            f"WHERE usersession.browserFamily IN ({browsers}) "
            "GROUP BY usersession.country, application",
            "parent fields from children",
            {
                session: ("country", "browserFamily", OFFSETS),
                "useraction": ("application", "duration"),
            },
        ),
        Query(
            "B8",
            'SELECT COUNT(*) FROM useraction WHERE name LIKE "*search*" AND duration > 1000',
            "patterns",
            {"useraction": ("name", "duration")},
        ),
        Query(
            "B9",
            "SELECT userSessionId, startTime, duration FROM usersession "
            f"WHERE country = {quoted(p.country)} ORDER BY duration DESC",
            "sorted rows",
            {session: ("country", "duration")},
        ),
        Query(
            "B10",
            "SELECT stringProperties.tier, SUM(doubleProperties.revenue), AVG(duration), COUNT(*) "
            f"FROM usersession WHERE startTime BETWEEN {p.start} AND {p.end} "
            "GROUP BY stringProperties.tier",
            "time range, nulls",
            {
                session: (
                    "startTime",
                    "duration",
                    "stringProperties.tier",
                    "doubleProperties.revenue",
                )
            },
        ),
        Query(
            "B11",
            "SELECT city, useraction.name FROM usersession "
            f"WHERE useraction.name = {quoted(action)} LIMIT 50",
            "list cells",
            {},
        ),
        Query(
            "B12",
            "SELECT useraction.application, COUNT(*), AVG(useraction.duration) FROM usersession "
            "GROUP BY useraction.application",
            "multi-valued key",
            {session: (OFFSETS,), "useraction": ("application", "duration")},
        ),
        Query(
            "B13",
            'SELECT COUNT(*) FROM usersession WHERE ip BETWEEN "52.0.0.0" AND "52.255.255.255"',
            "addresses",
            {session: ("ip4",)},
        ),
        Query(
            "B14",
            "SELECT country, CONDITION(COUNT(*), WHERE userActionCount > 5), "
            "CONDITION(AVG(duration), WHERE bounce = false) FROM usersession GROUP BY country",
            "conditional metrics",
            {session: ("country", "userActionCount", "duration", "bounce")},
        ),
        Query(
            "B15",
            "SELECT useraction.name, COUNT(*) FROM usersession "
            f'WHERE NOT useraction.name = {quoted(usual)} AND userType = "REAL_USER" '
            "GROUP BY useraction.name ORDER BY COUNT(*) DESC LIMIT 20",
            "distinct per session, many values",
            {session: (OFFSETS, "userType"), "useraction": ("name",)},
        ),
        Query(
            "B16",
            "SELECT TOP(country, 10), TOP(city, 3), COUNT(*), PERCENTILE(useraction.duration, 90) "
            "FROM usersession GROUP BY country",
            "top lists, quantile over children",
            {session: ("country", "city", OFFSETS), "useraction": ("duration",)},
        ),
        Query(
            "B17",
            "SELECT userId, COUNT(*), SUM(totalErrorCount) FROM usersession "
            "GROUP BY userId ORDER BY COUNT(*) DESC LIMIT 50",
            "200,000 groups",
            {session: ("userId", "totalErrorCount")},
        ),
    ]
