"""Answers have the shape of those that a client of the vendor's captured: the columns and their names,
how many rows there are, and the kinds of their cells."""

from __future__ import annotations

from urllib.parse import quote_plus

import pytest
from starlette.testclient import TestClient

from tests.unit.server.asking import TABLE

NUMBER = "number"
"""What a cell with a number is; others are ``text``."""

MISSING = "missing"
"""A cell that is null: the sample does not have the field, of which numbers were captured."""

_FUNNEL = (
    'SELECT FUNNEL(useraction.name="AppStart (easyTravel)" AS "Open easytravel", '
    'useraction.name = "searchJourney" AS "Search journey", '
    'useraction.name = "bookJourney" AS "Book journey") FROM usersession'
)
_METRICS = (
    "AVG(useraction.visuallyCompleteTime), AVG(useraction.domCompleteTime), AVG(totalErrorCount)"
)

CAPTURED = [
    ("SELECT AVG(duration) FROM usersession", 1, {"avg(duration)": NUMBER}),
    ("SELECT AVG(duration) FROM usersession GROUP BY city LIMIT 3", 3, {"avg(duration)": NUMBER}),
    ("SELECT city FROM usersession GROUP BY city LIMIT 1", 1, {"city": "text"}),
    ("SELECT city FROM usersession GROUP BY city LIMIT 3", 3, {"city": "text"}),
    (
        "SELECT city, AVG(duration) FROM usersession GROUP BY city LIMIT 3",
        3,
        {"city": "text", "avg(duration)": NUMBER},
    ),
    (
        f"SELECT browserFamily, {_METRICS} FROM usersession GROUP BY browserFamily LIMIT 3",
        3,
        {
            "browserFamily": "text",
            "avg(useraction.visuallyCompleteTime)": NUMBER,
            "avg(useraction.domCompleteTime)": NUMBER,
            "avg(totalErrorCount)": NUMBER,
        },
    ),
    (
        "SELECT continent, totalErrorCount, totalLicenseCreditCount, userActionCount "
        "FROM usersession limit 2",
        2,
        {
            "continent": "text",
            "totalErrorCount": NUMBER,
            "totalLicenseCreditCount": MISSING,
            "userActionCount": NUMBER,
        },
    ),
    (
        "SELECT continent, userActionCount FROM usersession limit 2",
        2,
        {"continent": "text", "userActionCount": NUMBER},
    ),
    (
        "SELECT totalErrorCount, totalLicenseCreditCount, userActionCount FROM usersession LIMIT 2",
        2,
        {"totalErrorCount": NUMBER, "totalLicenseCreditCount": MISSING, "userActionCount": NUMBER},
    ),
    (
        "SELECT totalErrorCount, city FROM usersession LIMIT 2",
        2,
        {"totalErrorCount": NUMBER, "city": "text"},
    ),
    (
        "SELECT osVersion,AVG(duration),MAX(duration) FROM usersession GROUP BY osVersion LIMIT 5",
        5,
        {"osVersion": "text", "avg(duration)": NUMBER, "max(duration)": NUMBER},
    ),
    (
        "SELECT osVersion,country,AVG(duration) FROM usersession GROUP BY osVersion,country LIMIT 9",
        9,
        {"osVersion": "text", "country": "text", "avg(duration)": NUMBER},
    ),
    (
        "SELECT osVersion,AVG(duration),country FROM usersession GROUP BY osVersion,country LIMIT 9",
        9,
        {"osVersion": "text", "avg(duration)": NUMBER, "country": "text"},
    ),
    (
        _FUNNEL,
        1,
        {"Open easytravel": NUMBER, "Search journey": NUMBER, "Book journey": NUMBER},
    ),
    (
        'SELECT osVersion,AVG(duration) FROM usersession WHERE city = "" GROUP BY osVersion',
        0,
        {"osVersion": "text", "avg(duration)": NUMBER},
    ),
]


@pytest.mark.parametrize(("query", "rows", "columns"), CAPTURED)
def test_captured_shapes(
    client: TestClient, query: str, rows: int, columns: dict[str, str]
) -> None:
    target = (
        f"{TABLE}?addDeepLinkFields=false&endTimestamp=1790000000000&explain=false"
        f"&query={quote_plus(query)}&startTimestamp=1"
    )
    found = client.get(target, headers={"Content-Type": "application/json"}).json()
    assert list(found) == ["extrapolationLevel", "columnNames", "values"]
    assert found["extrapolationLevel"] == 1
    assert found["columnNames"] == list(columns)
    assert len(found["values"]) == rows
    for row in found["values"]:
        assert [_kind(cell) for cell in row] == list(columns.values())


def _kind(cell: object) -> str:
    """In groups a missing text is the text ``null``, as in the captured answers."""
    if cell is None:
        return MISSING
    assert type(cell) in (str, int, float), cell
    return "text" if isinstance(cell, str) else NUMBER
