"""The catalog's facts, against the schema of the export."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.places import DATA
from usql.catalog import Cardinality, Field, FieldType, Origin, default_catalog

SCHEMA = json.loads((DATA / "schema.json").read_text())["tables"]
TYPES = {"string": FieldType.STRING, "timestamp_ms": FieldType.TIMESTAMP, "long": FieldType.LONG, "enum": FieldType.ENUM,
         "boolean": FieldType.BOOLEAN, "integer": FieldType.INTEGER, "ip": FieldType.IP, "double": FieldType.DOUBLE,
         "list<string>": FieldType.STRING, "date": FieldType.TIMESTAMP}  # fmt: skip
EVERY = [(t, f) for t, d in SCHEMA.items() for f in d["fields"]]


@pytest.mark.parametrize(
    ("table", "count"),
    [
        ("usersession", 63),
        ("useraction", 48),
        ("userevent", 11),
        ("usererror", 6),
        ("usersyntheticevent", 7),
    ],
)
def test_every_field_is_known(table: str, count: int) -> None:
    found = default_catalog().table(table)
    documented = [f for f in found.fields if f.origin is Origin.DOCUMENTED]
    assert len(documented) + len(found.refused) + len(found.children) == count
    names = [
        f["name"]
        for f in SCHEMA[table]["fields"]
        if f.get("queryable", True) and f["type"] != "children"
    ]
    assert [f.name for f in documented] == names
    assert found.json_property == SCHEMA[table]["json_property_of_session"]


@pytest.mark.parametrize(
    ("table", "fact"), EVERY, ids=lambda x: x if isinstance(x, str) else x["name"]
)
def test_facts(table: str, fact: dict[str, Any]) -> None:
    found = default_catalog().table(table)
    field = found.get(fact["name"].upper())
    if not fact.get("queryable", True):
        assert field is None
        refused = found.refusal(fact["name"])
        assert refused is not None
        assert refused.use_instead == fact.get("use_instead")
        return
    if fact["type"] == "children":
        assert found.children[fact["name"]] == fact["table"]
        return
    assert field is not None
    kind = fact["type"]
    if kind.startswith("properties"):
        assert (field.type, field.value_type) == (FieldType.PROPERTIES, TYPES[kind[11:-1]])
    else:
        assert field.type is TYPES[kind]
    assert field.is_list == kind.startswith("list")
    assert field.unit == fact.get("unit")
    assert field.cardinality is Cardinality(fact.get("cardinality", "normal"))
    assert list(field.values) == fact.get("values", [])
    assert list(field.later_values) == fact.get("values_in_later_editions", [])
    assert field.deprecated == fact.get("deprecated", False)


def test_descriptions_are_one_good_line() -> None:
    for table in default_catalog():
        assert table.description.endswith(".")
        texts = [f.description for f in table.fields]
        assert len(set(texts)) == len(texts)
        for text in texts:
            assert 10 < len(text) <= 140
            assert text[0].isupper()
            assert text.endswith(".")
            assert "\n" not in text


def test_legacy_and_derived_fields() -> None:
    actions = default_catalog().table("useraction")
    legacy = [f.name for f in actions.fields if f.origin is Origin.LEGACY]
    assert legacy == ["errorCount", "httpRequestsWithErrors", "failedImages", "failedXhrRequests"]
    successors = {
        "errorCount": ("javascriptErrorCount", "requestErrorCount", "customErrorCount"),
        "httpRequestsWithErrors": ("requestErrorCount",),
        "failedImages": ("requestErrorCount",),
        "failedXhrRequests": ("requestErrorCount",),
    }
    for field in actions.fields:
        if field.origin is Origin.LEGACY:
            assert field.deprecated
            assert field.type is FieldType.INTEGER
            assert field.successors == successors[field.name]
        if field.origin is Origin.DERIVED:
            assert not field.deprecated
            assert field.type is FieldType.BOOLEAN
    assert [f.name for f in actions.fields if f.origin is Origin.DERIVED] == [
        "isEntryAction",
        "isExitAction",
    ]


def test_star_is_in_order_of_code_points_without_fields_of_old_exports() -> None:
    for table in default_catalog():
        names = [f.name for f in table.star()]
        assert names == sorted(names)
        legacy = [f.name for f in table.fields if f.origin is Origin.LEGACY]
        assert sorted([*names, *legacy]) == sorted(f.name for f in table.fields)
    names = [f.name for f in default_catalog().table("useraction").star()]
    assert len(names) == 50
    assert names.index("domCompleteTime") < names.index("domain")
    assert {"isEntryAction", "isExitAction"} <= {*names}
    assert "errorCount" not in names


def test_data_extends_the_catalog() -> None:
    added = Field("futureField", FieldType.STRING, origin=Origin.DATA)
    catalog = default_catalog().with_data(
        {"usersession": [added]}, {("usersession", "stringProperties"): ("a",)}
    )
    assert catalog.has_data
    assert catalog.property_keys == {("usersession", "stringProperties"): ("a",)}
    assert catalog.table("usersession").get("FUTUREFIELD") is added
    assert default_catalog().table("usersession").get("futureField") is None
    with pytest.raises(KeyError):
        catalog.table("nothing")


def test_a_field_found_in_data_replaces_the_known_one() -> None:
    found = Field("errorCount", FieldType.INTEGER, deprecated=True, origin=Origin.DATA)
    actions = default_catalog().with_data({"useraction": [found]}, {}).table("useraction")
    assert [f for f in actions.fields if f.name == "errorCount"] == [found]
    assert found in actions.star()


def test_only_the_fifth_table_is_undocumented() -> None:
    assert [t.name for t in default_catalog() if not t.documented] == ["usersyntheticevent"]


def test_the_catalog_is_built_once() -> None:
    assert default_catalog() is default_catalog()
