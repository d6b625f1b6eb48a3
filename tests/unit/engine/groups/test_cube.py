"""Summaries answer as the rows do, where they serve; elsewhere they keep out."""

from __future__ import annotations

from typing import Any

import pytest

import usql
from tests.compare import equal
from tests.unit.engine import pieces as small
from tests.unit.engine.made import stored
from usql.engine.arrays.types import Array

FIRST, LAST = 1_772_409_600_000, 1_773_600_000_000

SERVED = r"""
SELECT country, COUNT(*) FROM usersession WHERE userType = "REAL_USER" GROUP BY country
SELECT country, COUNT(*), AVG(duration), SUM(userActionCount) FROM usersession GROUP BY country
SELECT newUser, bounce, COUNT(city), COUNT(endTime) FROM usersession WHERE browserFamily LIKE "*i*" GROUP BY newUser, bounce
SELECT COUNT(*), AVG(duration), SUM(userActionCount) FROM usersession WHERE NOT (bounce = TRUE OR country IS NULL)
SELECT country, COUNT(*) FROM usersession WHERE country != "Spain" AND userActionCount BETWEEN 2 AND 9 GROUP BY country
SELECT country, COUNT(*) FROM usersession WHERE userActionCount IN (1, 3, 400) OR userActionCount IS NULL GROUP BY country
SELECT country, COUNT(*) FROM usersession WHERE userActionCount > -1 AND country STARTSWITH "A" GROUP BY country
SELECT userType, CONDITION(COUNT(*), WHERE userActionCount > 5), CONDITION(AVG(duration), WHERE bounce = FALSE AND country != "Spain"), CONDITION(SUM(duration), WHERE userType = "ROBOT") FROM usersession WHERE newUser = TRUE GROUP BY userType
SELECT bounce, COUNT(*) FILTER > 20, AVG(userActionCount) AS a FROM usersession GROUP BY bounce ORDER BY a DESC
SELECT TOP(country, 3), COUNT(*), AVG(duration) FROM usersession WHERE bounce = FALSE GROUP BY country
SELECT usersession.country, application, AVG(duration), COUNT(*) FROM useraction WHERE usersession.browserFamily IN ("Chrome", "Safari") GROUP BY usersession.country, application
SELECT type, COUNT(duration), SUM(cumulativeLayoutShift), AVG(cumulativeLayoutShift) FROM useraction WHERE usersession.bounce = FALSE AND type != "Xhr" GROUP BY type
SELECT useraction.application, COUNT(*), AVG(useraction.duration), SUM(useraction.duration), COUNT(useraction.duration) FROM usersession GROUP BY useraction.application
SELECT useraction.application, COUNT(*), COUNT(useraction.name) FROM usersession WHERE bounce = FALSE GROUP BY useraction.application
SELECT bounce, AVG(useraction.duration), COUNT(usererror.type), COUNT(stringProperties) FROM usersession GROUP BY bounce
SELECT stringProperties.tier, SUM(longProperties.items), COUNT(*) FROM usersession GROUP BY stringProperties.tier
SELECT stringProperties.tier, SUM(longProperties.items), AVG(duration), COUNT(*) FROM usersession WHERE startTime BETWEEN 1772500000000 AND 1773000000000 GROUP BY stringProperties.tier
SELECT bounce, COUNT(*), AVG(duration) FROM usersession WHERE startTime > 1772600000000 AND endTime < 1773100000000 AND country != "Spain" GROUP BY bounce
SELECT usersession.bounce, COUNT(*), AVG(duration) FROM useraction WHERE usersession.startTime < 1772900000000 GROUP BY usersession.bounce
SELECT bounce, COUNT(*) FROM usersession WHERE startTime < 0 OR startTime > 1772500000000 GROUP BY bounce
SELECT COUNT(*), SUM(duration) FROM usersession WHERE startTime >= 1772409600000
SELECT bounce, CONDITION(COUNT(*), WHERE userActionCount BETWEEN 5 AND 2 OR userType = "ROBOT"), CONDITION(COUNT(*), WHERE NOT userActionCount BETWEEN 5 AND 2) FROM usersession GROUP BY bounce
""".strip().splitlines()

OTHERS = r"""
SELECT country, COUNT(*) FROM usersession WHERE useraction.type = "Load" GROUP BY country
SELECT useraction.type, COUNT(*) FROM usersession WHERE NOT useraction.type = "Load" GROUP BY useraction.type
SELECT useraction.type, country, COUNT(*) FROM usersession GROUP BY useraction.type, country
SELECT country, MAX(duration) FROM usersession WHERE bounce = TRUE GROUP BY country
SELECT userId, city, country, COUNT(*) FROM usersession WHERE browserFamily = "Chrome" GROUP BY userId, city, country
SELECT country, COUNT(*) FROM usersession WHERE duration > 10 GROUP BY country
SELECT country, COUNT(*) FROM usersession WHERE matchingConversionGoals = "Payment" GROUP BY country
""".strip().splitlines()

ALWAYS = {"worth_cube_one_in": 1 << 30, "always_cube_slots": 1 << 20}
"""However few rows are asked for, and however many cells they fall into."""


def answers(data: usql.Sessions, text: str) -> Any:
    return data.query(text, profile="offline", now=LAST).rows()


def cubes_of(data: usql.Sessions) -> dict[str, dict[str, Array]]:
    built = small.kept_indexes(data)
    return {name: built[name] for name in built if name.startswith(("totals of", "sizes of"))}


@pytest.fixture(scope="module")
def plain() -> usql.Sessions:
    return usql.Sessions(stored(400, 3), threads=1, index_memory=0)


@pytest.mark.parametrize("block", [3, 64])
@pytest.mark.parametrize("text", SERVED)
def test_a_cube_answers_as_the_rows_do(plain: usql.Sessions, text: str, block: int) -> None:
    expected = answers(plain, text)
    data = small.opened(
        stored(400, 3),
        {**small.in_pieces(300), **small.INDEXED, **ALWAYS, "zone_rows": block},
        threads=2,
    )
    assert equal(answers(data, text), expected)
    names = set(cubes_of(data))
    assert names
    assert equal(answers(data, text), expected)
    assert set(cubes_of(data)) == names
    assert "totals of" in (told := data.explain(text, analyze=True, profile="offline")) or (
        "sizes of" in told
    )


@pytest.mark.parametrize("text", OTHERS)
def test_where_values_of_a_row_do_not_tell_rows_are_read(plain: usql.Sessions, text: str) -> None:
    data = small.opened(
        stored(400, 3), {**small.in_pieces(300), **small.INDEXED, **ALWAYS}, threads=2
    )
    for _ in range(2):
        assert equal(answers(data, text), answers(plain, text))
    assert not any(cubes_of(data).values()) or text.startswith("SELECT useraction.type, country")


@pytest.mark.parametrize("frame", [(FIRST, FIRST + 10**8), (None, FIRST + 5 * 10**8), (0, 1)])
def test_a_timeframe_takes_blocks_and_their_edges(
    plain: usql.Sessions, frame: tuple[int | None, int | None]
) -> None:
    text = "SELECT bounce, COUNT(*), AVG(duration) FROM usersession GROUP BY bounce"
    asked: dict[str, Any] = {"profile": "offline", "start": frame[0], "end": frame[1]}
    expected = plain.query(text, **asked).rows()
    data = small.opened(
        stored(400, 3),
        {**small.in_pieces(300), **small.INDEXED, **ALWAYS, "zone_rows": 16},
        threads=2,
    )
    for _ in range(2):
        assert equal(data.query(text, **asked).rows(), expected)
    assert any("blocks of 16" in name for name in cubes_of(data))


def test_no_cube_is_made_for_few_rows() -> None:
    text = 'SELECT browserFamily, COUNT(*) FROM usersession WHERE country = "Élan" GROUP BY browserFamily'
    data = small.opened(stored(400, 3), small.INDEXED)
    answers(data, text)
    assert not cubes_of(data)


def test_sums_that_may_leave_64_bits_are_added_up_row_by_row() -> None:
    wide = [{"country": c, "totalErrorCount": n} for c in "ab" for n in (2**61, -(2**61), 2**60)]
    text = "SELECT country, SUM(totalErrorCount) FROM usersession GROUP BY country"
    data = small.opened(wide, small.INDEXED)
    for _ in range(2):
        assert answers(data, text) == [["a", 2**60], ["b", 2**60]]
    data = small.opened([{"country": "a", "totalErrorCount": 2**62}] * 3, small.INDEXED)
    for _ in range(2):
        with pytest.raises(usql.UsqlError, match="64 bits"):
            answers(data, text)


def test_infinite_values_of_other_slots_do_not_show() -> None:
    rows = [
        {"bounce": bounce, "doubleProperties": [{"key": "revenue", "value": value}]}
        for bounce, value in ((True, 1e308), (True, 1e308), (False, 1.5), (False, 2.0))
    ]
    text = "SELECT SUM(doubleProperties.revenue) FROM usersession WHERE bounce = FALSE"
    data = small.opened(rows, {**small.INDEXED, **ALWAYS})
    for _ in range(2):
        assert answers(data, text) == [[3.5]]


def test_top_lists_of_a_whole_table_come_from_sizes(plain: usql.Sessions) -> None:
    text = "SELECT TOP(country, 5), TOP(city, 2), TOP(browserFamily, 3), COUNT(*) FROM usersession GROUP BY country"
    data = small.opened(
        stored(400, 3), {**small.in_pieces(300), **small.INDEXED, **ALWAYS}, threads=2
    )
    for _ in range(2):
        assert answers(data, text) == answers(plain, text)
    assert "sizes of usersession by usersession.city, usersession.country" in cubes_of(data)


def test_properties_with_any_name_have_cubes_of_their_own() -> None:
    """Names of indexes are made of fields' names, and a property may be named like two of them."""
    both = "x, usersession.stringProperties.y"
    pairs = [{"key": "x", "value": "1"}, {"key": "y", "value": "2"}, {"key": both, "value": "3"}]
    rows = [{"stringProperties": pairs[:number]} for number in range(4)]
    data = small.opened(rows, {**small.INDEXED, **ALWAYS})
    found = [
        answers(data, f"SELECT {keys}, COUNT(*) FROM usersession GROUP BY {keys}")
        for keys in (
            "stringProperties.x, stringProperties.y",
            f'stringProperties."{both}"',
        )
    ]
    assert found == [
        [["1", "2", 2], ["1", None, 1], [None, None, 1]],
        [[None, 3], ["3", 1]],
    ]
