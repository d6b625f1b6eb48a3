"""Sessions of an export, as dicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from tests.oracle.strategies.draws import Draw, number, one, strategy

Json = dict[str, Any]

BASE = 1_772_409_600_000
OFFSETS = [0, 60, -330, 840, -840]
CITIES = ["Linz", "linz", "Wien", "東京", "", 'o\'neil "oz"', "100%*", "back\\slash", "é", " Linz",
          "Li\nnz", "\u00a0"]  # fmt: skip
NAMES = ["login", "search", "Search flights", 'click on "pay"', "a*b?c", "loading of page /x"]
ADDRESSES = ["1.2.3.4", "10.0.0.1", "::ffff:10.0.0.1", "::FFFF:1.2.3.4", "2a01::1", "2a01::2", "255.255.255.255",
             "masked", "", "2a01::ffff", "ffff"]  # fmt: skip
KEYS = ["tier", "Tier", "A/B test", "order", "my-key", "数"]
GOALS = ["Payment", "Signup"]
DAY = 86_400_000

Pool = Sequence[Any]
"""The values that a field may have; what can be called draws one."""


def _between(least: int, most: int) -> Callable[[Draw], int]:
    return lambda draw: number(draw, least, most)


INSTANTS: Pool = [
    *(BASE + step for step in (0, 1, 90_000, 3_600_000, DAY, 40 * DAY)),
    _between(BASE - 10**10, BASE + 10**10),
    _between(-(10**12), 10**12),
]
"""Few instants close together, some far apart, some before 1970."""

WHOLES: Pool = [*range(-3, 9), 127, 128, 255, 256, -129, 65_536, 2**31, 2**40]
DOUBLES: Pool = [0.0, -0.0, 0.5, -1.25, 3.0, 1e-9, 129.14, 1e15]


def _drawn(draw: Draw, pool: Pool) -> Any:
    value = one(draw, pool)
    return value(draw) if callable(value) else value


DATES: Pool = ["2025-10-04T10:00:00+01:00", "2024-02-29T23:59:59Z", "2026-03-01T12:00:00.000Z"]


def _properties(values: Pool) -> Pool:
    """Property lists; a key may come twice."""

    def pairs(draw: Draw) -> list[Json]:
        return [
            {"key": one(draw, KEYS), "value": _drawn(draw, values)}
            for _ in range(number(draw, 0, 3))
        ]

    return [pairs, pairs]


def _lists(values: Pool, most: int) -> Pool:
    return [lambda draw: [_drawn(draw, values) for _ in range(number(draw, 0, most))]] * 2


def _record(fields: Mapping[str, Pool]) -> Callable[[Draw], Json]:
    """Each field left out, null, or of its pool."""

    def record(draw: Draw) -> Json:
        made: Json = {}
        for name, pool in fields.items():
            place = number(draw, 0, len(pool) + 1)
            if place:
                value = None if place == 1 else pool[place - 2]
                made[name] = value(draw) if callable(value) else value
        return made

    return record


_ACTION = _record({
    "name": NAMES,
    "type": ["Load", "Xhr", "NewKind"],
    "startTime": INSTANTS,
    "endTime": INSTANTS,
    "duration": WHOLES,
    "application": ["Shop", "App"],
    "networkTime": WHOLES,
    "cumulativeLayoutShift": DOUBLES,
    "keyUserAction": [True, False],
    "matchingConversionGoals": _lists(GOALS, 2),
    "stringProperties": _properties(["gold", "x"]),
    "longProperties": _properties(WHOLES),
    "errorCount": WHOLES,
    "isEntryAction": [True, False],
    "newField": ["n1", "n2"],
})  # fmt: skip
_EVENT = _record({
    "type": ["PageChange", "UserTag"],
    "name": NAMES,
    "startTime": INSTANTS,
    "page": ["/a", "/b"],
})  # fmt: skip
_ERROR = _record({"type": ["Error", "Crash"], "name": NAMES, "startTime": INSTANTS})
_SYNTHETIC = _record({"name": NAMES, "sequenceNumber": WHOLES, "timestamp": INSTANTS})
_SESSION = _record({
    "tenantId": ["t"],
    "clientType": ["c"],
    "userSessionId": ["S1", "S2", "S3"],
    "startTime": INSTANTS,
    "endTime": INSTANTS,
    "duration": WHOLES,
    "userType": ["REAL_USER", "ROBOT"],
    "bounce": [True, False],
    "userActionCount": WHOLES,
    "totalErrorCount": [*WHOLES, 2**62, -(2**63), 2**63 - 1],
    "matchingConversionGoals": _lists(GOALS, 2),
    "ip": ADDRESSES,
    "country": ["Austria", "Japan", "Spain"],
    "city": CITIES,
    "browserMajorVersion": ["131", "99", "7"],
    "stringProperties": _properties(["gold", "Gold", ""]),
    "longProperties": _properties(WHOLES),
    "doubleProperties": _properties(DOUBLES),
    "dateProperties": _properties(DATES),
    "futureField": ["x", "y"],
    "futureNumber": WHOLES,
    "future-number": WHOLES,
    "userActions": _lists([_ACTION], 4),
    "events": _lists([_EVENT], 2),
    "errors": _lists([_ERROR], 2),
    "syntheticEvents": _lists([_SYNTHETIC], 2),
})  # fmt: skip


_ALONE_NO_SESSION = ("tenantId", "clientType", "futureField", "futureNumber", "future-number")


def _session(draw: Draw) -> Json:
    """A row that a field makes a session, if only an empty list (LANGUAGE.md §10a)."""
    made = _SESSION(draw)
    if all(value is None for name, value in made.items() if name not in _ALONE_NO_SESSION):
        made["userActions"] = []
    return made


def some_sessions(draw: Draw) -> list[Json]:
    """Up to eight sessions."""
    return [_session(draw) for _ in range(number(draw, 0, 8))]


def session() -> st.SearchStrategy[Json]:
    """One session."""
    return strategy(_session)


def sessions() -> st.SearchStrategy[list[Json]]:
    """Up to eight sessions."""
    return strategy(some_sessions)
