"""The fields that queries name, by the kind of their values and by table."""

from __future__ import annotations

import json

from tests.places import DATA

_SCHEMA = json.loads((DATA / "schema.json").read_text())["tables"]

Fields = dict[str, list[str]]
"""Names of one kind by table."""

TEXTS: Fields = {
    "usersession": ["city", "country", "browserMajorVersion", "userType", "userSessionId",
                    "stringProperties.tier", "stringProperties.\"A/B test\"", "stringProperties.my-key",
                    "stringProperties.missing", "stringProperties.'数'", "stringProperties.ORDER"],
    "useraction": ["name", "type", "application", "stringProperties.tier"],
    "userevent": ["name", "type", "page"],
    "usererror": ["name", "type"],
    "usersyntheticevent": ["name"],
}  # fmt: skip
WHOLES: Fields = {
    "usersession": ["duration", "userActionCount", "longProperties.order", "totalErrorCount"],
    "useraction": ["duration", "networkTime", "longProperties.tier", "errorCount", "failedImages"],
    "usersyntheticevent": ["sequenceNumber"],
}
DOUBLES: Fields = {
    "usersession": ["doubleProperties.tier", "doubleProperties.order"],
    "useraction": ["cumulativeLayoutShift"],
}
DATES: Fields = {
    "usersession": ["startTime", "endTime", "dateProperties.tier"],
    "useraction": ["startTime", "endTime"],
    "userevent": ["startTime"],
    "usererror": ["startTime"],
    "usersyntheticevent": ["timestamp"],
}
BOOLEANS: Fields = {
    "usersession": ["bounce"],
    "useraction": ["keyUserAction", "isEntryAction", "isExitAction"],
}
LISTS: Fields = {
    "usersession": ["matchingConversionGoals"],
    "useraction": ["matchingConversionGoals"],
}
NUMBER_LISTS: Fields = {}
"""Lists of numbers, which only the data may have."""
PROPERTY_LISTS: Fields = {
    "usersession": ["stringProperties", "longProperties", "doubleProperties", "dateProperties"],
    "useraction": ["stringProperties", "longProperties"],
}
ADDRESSES: Fields = {"usersession": ["ip"]}
TABLES = list(TEXTS)
VALUES = (TEXTS, WHOLES, DOUBLES, DATES, BOOLEANS, LISTS, NUMBER_LISTS, ADDRESSES)
"""All kinds of single values."""

OWN = {t: {f["name"].lower() for f in d["fields"]} for t, d in _SCHEMA.items()}
"""The documented names of each table, in lower case."""


def _documented(*types: str) -> Fields:
    return {
        table: [f["name"] for f in d["fields"] if f["type"] in types and f.get("queryable", True)]
        for table, d in _SCHEMA.items()
    }


DOCUMENTED: dict[int, Fields] = {
    id(TEXTS): _documented("string", "enum"),
    id(WHOLES): _documented("long", "integer"),
    id(DOUBLES): _documented("double"),
    id(DATES): _documented("timestamp_ms"),
    id(BOOLEANS): _documented("boolean"),
}
"""Of some of the kinds every documented field, most of which generated sessions never have."""
