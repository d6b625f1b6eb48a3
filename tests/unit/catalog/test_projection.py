"""Which fields are loaded, by names as queries write them."""

from __future__ import annotations

import pytest

from usql.catalog import default_catalog
from usql.catalog.model import Projection
from usql.catalog.projection import projection_of, projection_text

CATALOG = default_catalog()
TABLES = [table.name for table in CATALOG]


def of(*names: str, keeps_keys: bool = True) -> Projection:
    found = projection_of(names, CATALOG, keeps_keys=keeps_keys)
    assert found is not None
    return found


def test_a_name_is_a_field_of_usersession_or_of_the_table_before_it() -> None:
    found = of("city", "useraction.name", "USEREVENT.Type")
    assert found.has("usersession", "city")
    assert found.has("useraction", "NAME")
    assert found.has("userevent", "type")
    assert not found.has("usersession", "country")
    assert not found.has("useraction", "city")
    assert not found.has("usererror", "name")


def test_what_tells_sessions_apart_is_always_there() -> None:
    found = of()
    assert {n for n in ("userSessionId", "startTime", "endTime", "partNumber", "ip")
            if found.has("usersession", n)} == {
        "userSessionId", "startTime", "endTime", "partNumber"
    }  # fmt: skip
    assert not found.has("useraction", "startTime")


def test_keys_that_nobody_asks_for_are_read_and_hidden() -> None:
    found = of("partNumber", keeps_keys=False)
    assert found.reads("usersession", "userSessionId")
    assert not found.has("usersession", "userSessionId")
    assert found.has("usersession", "partNumber")
    assert found.has("usersession", "startTime")


def test_older_names_are_those_of_today() -> None:
    for found in (of("city"), of("geolocationCityName")):
        assert found.reads("usersession", "geolocationCityName")
        assert found.reads("usersession", "GEOLOCATIONCITYNAME")
        assert found.reads("usersession", "City")
    assert not of("useraction.city").reads("useraction", "geolocationCityName")


def test_a_star_is_all_of_a_table() -> None:
    found = of("useraction.*", "useraction.name", "city")
    assert found.has_all("useraction")
    assert found.has("useraction", "anything")
    assert not found.has_all("usersession")
    assert of("*").has_all("usersession")
    assert not of("*").has_all("useraction")


def test_everything_is_no_projection() -> None:
    assert projection_of([f"{name}.*" for name in TABLES], CATALOG) is None


def test_a_property_stands_for_its_list_and_quotes_are_none_of_a_name() -> None:
    found = of("useraction.stringProperties.brand", 'usersession."a.b"', "x.y", 'useraction."*"')
    assert found.has("useraction", "stringProperties")
    assert found.has("usersession", "a.b")
    assert found.has("usersession", "x.y")
    assert found.has("useraction", "*")
    assert not found.has_all("useraction")


def test_entry_actions_are_derived_from_when_actions_began() -> None:
    assert of("useraction.isEntryAction").reads("useraction", "startTime")
    assert not of("useraction.name").reads("useraction", "startTime")


def test_people_read_the_names() -> None:
    found = of("city", "useraction.*", "userevent.TYPE", "odd", keeps_keys=False)
    assert (
        projection_text(found, CATALOG)
        == "city, endTime, odd, startTime, useraction.*, userevent.type"
    )


def test_names_are_texts() -> None:
    with pytest.raises(TypeError, match="names must be strings, not int"):
        projection_of([3], CATALOG)  # type: ignore[list-item]
