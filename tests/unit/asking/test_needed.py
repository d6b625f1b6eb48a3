"""Which fields a query asks for."""

from __future__ import annotations

import pytest

from usql.asking.needed import Needed, needed
from usql.catalog import FieldType, default_catalog
from usql.catalog.projection import projection_text
from usql.language.parser import parse

CATALOG = default_catalog()


def of(text: str) -> Needed:
    query = parse(text, None).query
    assert query is not None
    return needed(query, CATALOG)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SELECT COUNT(*) FROM usersession", "endTime, startTime"),
        ("SELECT city FROM usersession", "city, endTime, partNumber, startTime, userSessionId"),
        (
            "SELECT MAX(duration) FROM usersession WHERE Country = 'x' GROUP BY city "
            "ORDER BY userType",
            "city, country, duration, endTime, startTime, userType",
        ),
        (
            "SELECT COUNT(userSessionId), AVG(useraction.duration) FROM usersession",
            "endTime, startTime, userSessionId, useraction.duration",
        ),
        ("SELECT COUNT(*) FROM useraction", "endTime, startTime, useraction.startTime"),
        (
            "SELECT TOP(isEntryAction, 2) FROM useraction WHERE usersession.bounce = true",
            "bounce, endTime, startTime, useraction.isEntryAction, useraction.startTime",
        ),
        (
            "SELECT FUNNEL(useraction.name = 'a' AS x, userevent.type = 'b') FROM usersession",
            "endTime, startTime, useraction.name, userevent.type",
        ),
        ("SELECT DISTINCT name FROM usererror",
         "endTime, startTime, usererror.name, usererror.startTime"),
        ("SELECT * FROM useraction GROUP BY name", "endTime, startTime, useraction.*"),
        ("SELECT x, COUNT(*) FROM usersession GROUP BY x", "endTime, startTime, x, useraction.x"),
        (
            "SELECT x, COUNT(*) FROM userevent GROUP BY x",
            "endTime, startTime, x, userevent.startTime, userevent.x",
        ),
        ('SELECT COUNT(usersession."a b.*") FROM usersession', "a b.*, endTime, startTime"),
    ],
)  # fmt: skip
def test_fields(text: str, names: str) -> None:
    found = of(text).fields
    assert found is not None
    assert projection_text(found, CATALOG) == names


def test_of_a_property_all_lists_are_asked_for_the_key() -> None:
    found = of("SELECT COUNT(useraction.stringProperties.brand) FROM usersession").fields
    assert found is not None
    for table in CATALOG:
        for field in table.fields:
            if field.type is FieldType.PROPERTIES:
                assert found.has(table.name, field.name)
    assert not found.has("useraction", "name")
    only = of("SELECT KEYS(longProperties) FROM useraction").fields
    assert only is not None
    assert not only.has("useraction", "stringProperties")


def test_whole_sessions_are_everything() -> None:
    assert of("SELECT city, JSON FROM usersession").fields is None
    assert of("SELECT JSON FROM useraction").fields is not None


@pytest.mark.parametrize(
    ("text", "is_settled"),
    [
        ("SELECT city, useraction.name FROM usersession WHERE bounce = true", True),
        ("SELECT COUNT(*) FROM usersession", True),
        ("SELECT * FROM usersession", False),
        ("SELECT JSON FROM useraction", False),
        ("SELECT further FROM usersession", False),
        ("SELECT useraction.further FROM usersession", False),
        ("SELECT name FROM usersession", False),
        ("SELECT useraction.errorCount FROM usersession", False),
        ("SELECT useraction.isEntryAction FROM usersession", False),
        ("SELECT stringProperties.x FROM usersession", False),
        ("SELECT nothing.x FROM usersession", False),
        ("SELECT city FROM nothing", False),
    ],
)
def test_what_else_the_data_has_matters_for_some(text: str, is_settled: bool) -> None:
    assert of(text).is_settled is is_settled
