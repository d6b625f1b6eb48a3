"""Data for whole queries: the sample with the oddities of exports mixed in, as plain objects."""

from __future__ import annotations

import functools
import json
from typing import Any

from usql.samples import batches
from usql.store import Store, load
from usql.store.export.nested import json_lines

DAY = 86_400_000

_ODD: list[dict[str, Any]] = [
    {"userActions": []},
    {"userSessionId": "bare"},
    {"userSessionId": "old", "startTime": -DAY * 400, "endTime": -DAY * 400 + 5, "duration": 5},
    {"startTime": -1, "duration": 0, "userActions": [{"startTime": -1}, {}, {"name": None}]},
    {"startTime": 0, "endTime": None, "country": "", "city": "", "userActions": []},
    {"duration": 2**53 + 1, "totalErrorCount": 2**61, "country": "東京", "bounce": None},
    {"duration": -(2**40), "totalErrorCount": -(2**62), "ip": "masked", "country": "Élan"},
    {"ip": "::ffff:52.1.2.3", "city": 'a "b" *?%\\ c\n', "stringProperties": []},
    {
        "ip": "2a01::1",
        "stringProperties": [{"key": "tier", "value": "gold"}, {"key": "tier", "value": "silver"}],
        "longProperties": [{"key": "items", "value": -7}, {"key": "items", "value": None}],
        "doubleProperties": [{"key": "revenue", "value": -0.0}],
        "dateProperties": [{"key": "signup", "value": "1969-07-20T20:17:40Z"}],
    },
    {
        "doubleProperties": [{"key": "revenue", "value": 1e300}, {"key": "tax", "value": None}],
        "matchingConversionGoals": ["Signup", None, "Signup"],
    },
    {
        "startTime": 1_772_409_600_000,
        "country": "Austria",
        "userActions": [
            {"name": None, "duration": None, "cumulativeLayoutShift": None},
            {"name": "search", "duration": 2**33, "startTime": -(DAY * 366), "type": "Load"},
            {"name": "Search", "duration": -1, "matchingConversionGoals": ["Payment", "Payment"]},
            {"name": "search", "duration": 0, "stringProperties": [{"key": "step", "value": ""}]},
        ],
        "errors": [{"type": "Crash"}, {"name": "boom\nnext line", "type": None}],
        "events": [{}],
    },
]


@functools.cache
def mixed(sessions: int, seed: int) -> list[dict[str, Any]]:
    """About so many sessions in order of their start, as the sample has them, an odd one after
    every few; not to be changed."""
    plain = [json.loads(line) for batch in batches(sessions, seed) for line in json_lines(batch)]
    step = max(-(-len(plain) // (3 * len(_ODD))), 1)
    found: list[dict[str, Any]] = []
    for number, session in enumerate(plain):
        if number % step == 0:
            found.append(_ODD[number // step % len(_ODD)])
        found.append(session)
    return found


@functools.cache
def stored(sessions: int, seed: int) -> Store:
    """:func:`mixed`, loaded."""
    return load(mixed(sessions, seed))
