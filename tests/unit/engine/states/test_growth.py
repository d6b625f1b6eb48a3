"""States of a sample's sessions, by the queries of the benchmark whose states are few: merged, they
take as many bytes of sixteen parts as of one."""

from __future__ import annotations

import pyarrow as pa
import pytest

from tests.unit.engine.states.test_states import Asked
from usql.engine.states.question import packed
from usql.samples import batches

SAMPLE = pa.Table.from_batches(batches(1500, seed=1))

QUERIES = {
    "B1": "SELECT country, city, COUNT(*) FROM usersession GROUP BY country, city",
    "B3": 'SELECT FUNNEL(country = "Austria" AS a, useraction.duration > 3000 AS b) FROM usersession',
    "B5": 'SELECT DATETIME(startTime, "yyyy-MM-dd HH:mm", "5m") AS t, COUNT(*), AVG(duration) '
    "FROM usersession GROUP BY t LIMIT 5000",
    "B7": "SELECT usersession.country, application, AVG(duration), COUNT(*) FROM useraction "
    'WHERE usersession.browserFamily IN ("Chrome", "Firefox") '
    "GROUP BY usersession.country, application",
    "B10": "SELECT stringProperties.tier, SUM(doubleProperties.revenue), AVG(duration), COUNT(*) "
    "FROM usersession GROUP BY stringProperties.tier",
    "B12": "SELECT useraction.application, COUNT(*), AVG(useraction.duration) FROM usersession "
    "GROUP BY useraction.application",
    "B14": "SELECT country, CONDITION(COUNT(*), WHERE userActionCount > 5), "
    "CONDITION(AVG(duration), WHERE bounce = false) FROM usersession GROUP BY country",
}


@pytest.mark.parametrize("text", QUERIES.values(), ids=list(QUERIES))
def test_states_do_not_grow_with_the_parts(text: str) -> None:
    asked = Asked(text, SAMPLE)
    sizes = {}
    for count in (1, 4, 16):
        step = -(-SAMPLE.num_rows // count)
        parts = [asked.part(SAMPLE.slice(i * step, step), i) for i in range(count)]
        states = asked.merged(parts)
        sizes[count] = packed(asked.question, states).size
    asked.check(states)
    assert max(sizes.values()) <= 1.02 * sizes[1], sizes
