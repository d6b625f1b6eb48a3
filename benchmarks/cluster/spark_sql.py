"""The benchmark's queries as an expert writes them for Spark SQL, over the nested Parquet files."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.parameters import Parameters
from benchmarks.peers.base import sql

SAID_ELSEWHERE = {
    "B8": "a pattern and a test of one table: B2 and B7 ask the same of Spark",
    "B11": "the first rows in the order of the data, which Spark does not define",
    "B13": "Spark SQL has no addresses",
    "B16": "lists of the most frequent values take three joined queries, which nobody writes by hand",
}
"""The queries that are not compared, and why."""


def statements(p: Parameters, table: str) -> Mapping[str, str]:
    """Each query's statement over ``table``. Tests of children name one leaf of the list
    (``userActions.name``), since Spark reads every leaf of a list that a lambda takes whole."""
    action, usual, application = sql(p.action), sql(p.usual_action), sql(p.application)
    browsers = ", ".join(map(sql, p.browsers))
    return {
        "B1": f"SELECT country, city, count(*) FROM {table} GROUP BY country, city",
        "B2": f"SELECT count(*) FROM {table} WHERE array_contains(userActions.name, {action})",
        "B3": f"""
            SELECT count_if(a), count_if(a AND b), count_if(a AND b AND c),
                count_if(a AND b AND c AND d)
            FROM (SELECT array_contains(userActions.name, {usual}) a,
                exists(userActions.name, name -> contains(name, 'search')) b,
                array_contains(userActions.application, {application}) c,
                exists(userActions.duration, duration -> duration > 3000) d FROM {table})""",
        "B4": f"""
            SELECT name, n, mean, q[0], q[1] FROM (
                SELECT action.name, count(*) n, avg(action.duration) mean,
                    percentile(action.duration, array(0.5, 0.95)) q
                FROM {table} LATERAL VIEW explode(userActions) AS action GROUP BY action.name)""",
        "B5": f"""
            SELECT date_format(timestamp_millis(bin * 300000), 'yyyy-MM-dd HH:mm'), n, mean FROM (
                SELECT startTime div 300000 bin, count(*) n, avg(duration) mean
                FROM {table} GROUP BY bin)""",
        "B6": f"SELECT country, count(DISTINCT userId) FROM {table} GROUP BY country",
        "B7": f"""
            SELECT country, action.application, avg(action.duration), count(*)
            FROM {table} LATERAL VIEW explode(userActions) AS action
            WHERE browserFamily IN ({browsers}) GROUP BY country, action.application""",
        "B9": f"""
            SELECT userSessionId, startTime, duration FROM {table}
            WHERE country = {sql(p.country)} ORDER BY duration DESC""",
        "B10": f"""
            SELECT get(filter(stringProperties, p -> p.key = 'tier'), 0).value tier,
                coalesce(sum(get(filter(doubleProperties, p -> p.key = 'revenue'), 0).value), 0),
                avg(duration), count(*)
            FROM {table} WHERE startTime BETWEEN {p.start} AND {p.end} GROUP BY tier""",
        "B12": f"""
            SELECT application, count(*), sum(total) / sum(n) FROM (
                SELECT explode_outer(array_distinct(userActions.application)) application,
                    aggregate(userActions.duration, 0L, (sum, x) -> sum + coalesce(x, 0L)) total,
                    size(array_compact(userActions.duration)) n
                FROM {table}) GROUP BY application""",
        "B14": f"""
            SELECT country, count_if(userActionCount > 5), avg(duration) FILTER (WHERE NOT bounce)
            FROM {table} GROUP BY country""",
        "B15": f"""
            SELECT name, count(*) n FROM (
                SELECT explode_outer(array_distinct(userActions.name)) name FROM {table}
                WHERE userType = 'REAL_USER'
                    AND NOT coalesce(array_contains(userActions.name, {usual}), false))
            GROUP BY name ORDER BY n DESC, name NULLS LAST LIMIT 20""",
        "B17": f"""
            SELECT userId, count(*) n, sum(totalErrorCount) FROM {table}
            GROUP BY userId ORDER BY n DESC, userId NULLS LAST LIMIT 50""",
    }
