"""What real exports hold beside the plain layout: each oddity changes one session in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.oracle.strategies.data import BASE, DAY, Json
from tests.oracle.strategies.draws import Draw, number, one

_CHILDREN = ["userActions", "events", "errors", "syntheticEvents"]


def _put(field: str, *values: Any) -> Callable[[Draw, Json], None]:
    """One of these values in a field of the session."""

    def change(draw: Draw, session: Json) -> None:
        session[field] = one(draw, values)

    return change


def _put_in_action(field: str, *values: Any) -> Callable[[Draw, Json], None]:
    """One of these values in a field of the session's first action, made if there is none."""

    def change(draw: Draw, session: Json) -> None:
        actions = session.get("userActions") or [{}]
        session["userActions"] = [{**(actions[0] or {}), field: one(draw, values)}, *actions[1:]]

    return change


def _ends_before_start(draw: Draw, session: Json) -> None:
    session["startTime"] = BASE + 100
    session["endTime"] = BASE + one(draw, [99, 0, -DAY])


def _null_child(draw: Draw, session: Json) -> None:
    table = one(draw, _CHILDREN)
    session[table] = [None, *(session.get(table) or []), None]


def _empty_child(draw: Draw, session: Json) -> None:
    table = one(draw, _CHILDREN)
    session[table] = [{}, *(session.get(table) or [])]


def _tied_actions(draw: Draw, session: Json) -> None:
    session["userActions"] = [
        {"startTime": BASE, "name": name} for name in ("login", "search", "login")
    ]


MANY_VALUES = "more values than a list shows"


def _many_values(draw: Draw, session: Json) -> None:
    """In lists of the session and in its actions, some of which are alike."""
    session["matchingConversionGoals"] = [f"goal {number}" for number in range(60)]
    session["stringProperties"] = [{"key": f"k{number}", "value": "x"} for number in range(60)]
    session["userActions"] = [
        {
            **dict.fromkeys(("name", "application", "newField"), f"page {number % 60}"),
            "matchingConversionGoals": [f"goal {number}"],
            **dict.fromkeys(("startTime", "endTime"), BASE + number % 60),
            **dict.fromkeys(("duration", "networkTime", "cumulativeLayoutShift"), number % 60),
        }
        for number in range(63)
    ]


def _other_case(draw: Draw, session: Json) -> None:
    """A field in another case than documented, and not in that one too."""
    session.pop("country", None)
    session["COUNTRY"] = "Spain"


def _older_name(draw: Draw, session: Json) -> None:
    """A field under the name that older exports have for it, mostly without today's."""
    older, today, value = one(
        draw,
        [
            ("geolocationCityName", "city", "Linz"),
            ("geolocationCountryName", "country", "Spain"),
            ("browserMajorVersionName", "browserMajorVersion", 131),
            ("stringTags", "stringProperties", {"tier": "gold", "my-key": None}),
        ],
    )
    if number(draw, 0, 3):
        session.pop(today, None)
    session[older] = value


ODDITIES: dict[str, Callable[[Draw, Json], None]] = {
    "the end before the start": _ends_before_start,
    "no start, only an end": lambda draw, s: s.update(startTime=None, endTime=BASE),
    "null among the children": _null_child,
    "an empty child": _empty_child,
    "actions that start at once": _tied_actions,
    MANY_VALUES: _many_values,
    "a field in another case": _other_case,
    "an older name of a field": _older_name,
    "not a number": _put_in_action("cumulativeLayoutShift", float("nan")),
    "a double without fraction": _put_in_action("cumulativeLayoutShift", 3, -7),
    "a whole number as a double": _put("duration", 3.0, -2.0),
    "a number as text": _put("userActionCount", "7", " 12 ", "1e2"),
    "a date as text": _put("startTime", "2026-03-02T00:00:00Z", "2026-03-02", "1772409600000"),
    "text as a number": _put("browserMajorVersion", 131, 7, 99.5, 99.0),
    "a boolean as text": _put("bounce", "true", "FALSE"),
    "null in a list": _put("matchingConversionGoals", [None], ["Payment", None], [None, "Signup"]),
    "numbers in a list of text": _put("matchingConversionGoals", [1, 2], [1, "Payment"]),
    "a value twice in a list": _put("matchingConversionGoals", ["Payment", "Payment"]),
    "a property without value": _put("stringProperties", [{"key": "tier"}, {"key": "tier", "value": "gold"}]),
    "a key twice": _put("longProperties", [{"key": "order", "value": 1}, {"key": "order", "value": 2}]),
    "properties as an object": _put("stringProperties", {"tier": "gold", "数": None}),
    "a blank key": _put("stringProperties", [{"key": "", "value": "x"}, {"key": " ", "value": "y"}]),
    "a number as a property's date": _put("dateProperties", [{"key": "tier", "value": BASE}]),
    "a further member of a property": _put("stringProperties", [
        {"key": "tier", "value": "gold", "applicationId": "A-1"}, {"key": "order", "rank": 2, "value": "x"}]),
    "a further member of an action's property": _put_in_action("longProperties", [
        {"key": "order", "value": 1, "applicationId": "A-1", "seen": True}]),
    "an address with blanks": _put("ip", " 1.2.3.4", "2A01::1", "0:0:0:0:0:ffff:0102:0304"),
    "an unreadable address": _put("ip", "1.2.3.", "256.1.1.1", "unknown"),
    "the ends of 64 bits": _put("totalErrorCount", 2**63 - 1, -(2**63)),
    "a long text": _put("city", "Linz" * 300),
    "a character beyond 16 bits": _put("city", "😀", "𝔏inz", "\uffff"),
    "an unknown field of several types": _put("futureNumber", 2.5, "7", True),
    "an unknown list": _put("futureList", ["a", "b"], [], ["a", None]),
    "an unknown list of numbers": _put("futureNumbers", [1, 2], [3, None, 3], []),
    "an unknown list of doubles": _put_in_action("futureDoubles", [1.5, 2], [-0.5], []),
    "an unknown object": _put("futureObject", {"a": 1}, {"a": [1, 2]}),
    "an unknown boolean": _put("futureFlag", True, False),
}  # fmt: skip


def change(draw: Draw, data: list[Json]) -> tuple[str, ...]:
    """Put some oddities into the sessions; their names."""
    if not data:
        return ()
    names = [one(draw, list(ODDITIES)) for _ in range(number(draw, 0, 4))]
    for name in names:
        ODDITIES[name](draw, one(draw, data))
    return tuple(dict.fromkeys(names))
