"""Which field a column of a table response holds."""

from __future__ import annotations

import pytest

from tests.unit.language.test_functions import ALL, call_of
from usql.language.declarations import Form, Function, Over
from usql.store.recognition.answered import Kind, column


@pytest.mark.parametrize(
    ("name", "child", "field", "key"),
    [
        ("city", None, "city", None),
        ("CITY", None, "city", None),
        ("usersession.City", None, "city", None),
        ("useraction.name", "userActions", "name", None),
        ("UserAction.Name", "userActions", "name", None),
        ("usererror.type", "errors", "type", None),
        ("userevent.type", "events", "type", None),
        ("usersyntheticevent.name", "syntheticEvents", "name", None),
        ("useraction.errorCount", "userActions", "errorCount", None),
        ("useraction.newField", "userActions", "newField", None),
        ("networkTime", "userActions", "networkTime", None),
        ("stringProperties", None, "stringProperties", None),
        ("StringProperties.Tier", None, "stringProperties", "Tier"),
        ('usersession.stringProperties."my key"', None, "stringProperties", "my key"),
        ("stringProperties.my key", None, "stringProperties", "my key"),
        ('useraction.longProperties.say "x" y', "userActions", "longProperties", 'say "x" y'),
        ("futureField", None, "futureField", None),
        ('usersession."my-field"', None, "my-field", None),
        ("Day of week", None, "Day of week", None),
        ("other.name", None, "other.name", None),
        ("order", None, "order", None),
        ("", None, "", None),
        ("a, b", None, "a, b", None),
        ("${x}", None, "${x}", None),
        ("*", None, "*", None),
    ],
)
def test_fields(name: str, child: str | None, field: str, key: str | None) -> None:
    found = column(name)
    assert (found.name, found.kind) == (name, Kind.FIELD)
    assert found.target == (child, field, key)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("JSON", Kind.JSON),
        ("json", Kind.JSON),
        ("count(*)", Kind.METRIC),
        ("top(city,3)", Kind.METRIC),
        ('datetime(condition(min(startTime),where bounce=true),"yyyy")', Kind.METRIC),
        ("1+sum(duration)", Kind.METRIC),
        ("-(2*avg(duration))", Kind.METRIC),
        ("count(distinct city)", Kind.METRIC),
        ("year(startTime)", Kind.OTHER),
        ("duration/1000", Kind.OTHER),
        ("keys(stringProperties)", Kind.OTHER),
        ("7", Kind.OTHER),
    ],
)
def test_other_columns(name: str, kind: Kind) -> None:
    assert column(name).kind is kind


@pytest.mark.parametrize(
    "function", [f for f in ALL if f.form is not Form.FUNNEL], ids=lambda f: f.name
)
def test_a_function_over_groups_says_that_the_rows_are_groups(function: Function) -> None:
    of_groups = function.over is Over.GROUPS
    assert column(call_of(function).lower()).kind is (Kind.METRIC if of_groups else Kind.OTHER)
