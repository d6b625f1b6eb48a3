"""Keys that are numbered by sorting: cells, their members and prefixes against plain Python."""

from __future__ import annotations

import collections
import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from tests.unit.engine import few
from tests.unit.engine.columns import row_numbers
from tests.unit.engine.pieces import retuned
from usql.analysis.bound import Key
from usql.engine.arrays.vectors import decode
from usql.engine.groups.factorized import Counted, factorized
from usql.engine.groups.row_group_pairs import Chunk
from usql.engine.rows.access import Access
from usql.engine.rows.scan import Source
from usql.engine.runtime.limits import Budget, Control
from usql.errors import MemoryLimit, TimeLimit
from usql.planner.keys import GroupKey, group_key
from usql.store.views import to_arrow

Value = tuple[Any, int | None]
"""A value of a key, and of a DATETIME the rounded time."""


def plain(field: str, function: Callable[[Any], Any] = lambda v: v) -> Any:
    """Per row the values that a function has for those of a field."""

    def values(table: str) -> list[list[Value]]:
        return [
            [(None if v is None else function(v), None) for v in row]
            for row in few.values_of(table, field)
        ]

    return values


def timed(field: str, form: str, step: int) -> Any:
    def one(at: int | None) -> Value:
        if at is None:
            return None, None
        floor = at // step * step
        return datetime.fromtimestamp(floor / 1000, UTC).strftime(form), floor

    return lambda table: [[one(at) for at in row] for row in few.values_of(table, field)]


def _keys(table: str) -> list[list[Value]]:
    return [
        [(key, None) for key in dict.fromkeys(p["key"] for p in (a or s).get("stringProperties", []))]
        for s, a in few.rows_of(table)
    ]  # fmt: skip


HOUR, MINUTE, DAY = few.HOUR, 60_000, few.DAY
KEYS: dict[str, dict[str, Any]] = {
    "usersession": {
        "duration + 1": plain("duration", lambda v: v + 1),
        "score": plain("score"),
        "city": plain("city"),
        "HOUR(startTime)": plain("startTime", lambda t: t // HOUR % 24),
        "DATETIME(startTime, 'HH')": timed("startTime", "%H", HOUR),
        "DATETIME(startTime, 'dd', '1d')": timed("startTime", "%d", DAY),
        "useraction.duration - 5": plain("useraction.duration", lambda v: v - 5),
        "useraction.name": plain("useraction.name"),
        "useraction.matchingConversionGoals": plain("useraction.matchingConversionGoals"),
        "DATETIME(useraction.startTime, 'HH')": timed("useraction.startTime", "%H", HOUR),
        "DATETIME(useraction.startTime, 'HH:mm')": timed("useraction.startTime", "%H:%M", MINUTE),
        "KEYS(stringProperties)": _keys,
        "marks": plain("marks"),
    },
    "useraction": {
        "duration * 2": plain("duration", lambda v: v * 2),
        "DATETIME(startTime, 'mm')": timed("startTime", "%M", MINUTE),
        "usersession.city": plain("usersession.city"),
        "matchingConversionGoals": plain("matchingConversionGoals"),
        "usersession.score": plain("usersession.score"),
    },
}


def combinations() -> list[tuple[str, tuple[str, ...]]]:
    """Each key alone, each two, and some of three."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for table, keys in KEYS.items():
        found += [(table, (key,)) for key in keys]
        found += [(table, two) for two in itertools.permutations(keys, 2)]
    found += [("usersession", three) for three in [*itertools.permutations(KEYS["usersession"], 3)][::97]]  # fmt: skip
    return found


def ordered(values: set[Any]) -> list[Any]:
    return [*sorted(v for v in values if v is not None), None]


def pairs_of(rows: list[int], columns: list[list[list[Value]]]) -> list[tuple[int, tuple[Any, ...], tuple[int | None, ...]]]:  # fmt: skip
    """The row, the values and the earliest times of each member."""
    found = []
    for row in rows:
        choices = []
        for column in columns:
            own: dict[Any, int | None] = {}
            for value, time in column[row]:
                if value is not None:
                    known = own.get(value)
                    own[value] = time if known is None or time is None else min(known, time)
            choices.append(list((own or {None: None}).items()))
        for one in itertools.product(*choices):
            found.append((row, tuple(v for v, _ in one), tuple(t for _, t in one)))
    return found


def compare(counted: Counted, chunks: tuple[Chunk, ...], rows: list[int], columns: list[Any], timed: list[bool]) -> None:  # fmt: skip
    pairs = pairs_of(rows, columns)
    size = len(columns)
    orders = [ordered({values[i] for _, values, _ in pairs}) for i in range(size)]

    def place(values: tuple[Any, ...]) -> tuple[int, ...]:
        return tuple(orders[i].index(v) for i, v in enumerate(values))

    slots = sorted({values for _, values, _ in pairs}, key=place)
    found = [
        to_arrow(decode(domain, codes)).to_pylist()
        for domain, codes in zip(counted.domains, counted.codes, strict=True)
    ]
    assert list(zip(*found, strict=True)) == slots
    assert counted.numbers.tolist() == list(range(len(slots)))
    frequency = collections.Counter(values for _, values, _ in pairs)
    assert counted.counts.tolist() == [frequency[slot] for slot in slots]
    for i in range(size):
        level = counted.levels[i]
        assert level is not None
        prefixes = sorted({slot[: i + 1] for slot in slots}, key=place)
        shorter = pairs_of(rows, columns[: i + 1])
        often = collections.Counter(values for _, values, _ in shorter)
        assert level[0].tolist() == [prefixes.index(slot[: i + 1]) for slot in slots]
        assert level[1].tolist() == [often[prefix] for prefix in prefixes]
        times = counted.times[i]
        assert (times is not None) is timed[i]
        if times is not None:
            assert times.dtype == np.int64
            for slot, time in zip(slots, times.tolist(), strict=True):
                known = [t[i] for _, values, t in shorter if values == slot[: i + 1]]
                assert slot[i] is None or time == min(t for t in known if t is not None)
    placed = []
    for chunk in chunks:
        numbers = row_numbers(chunk.rows)
        places = range(len(numbers)) if chunk.places is None else chunk.places.tolist()
        placed += [(numbers[p], slots[n]) for p, n in zip(places, chunk.ids, strict=True)]
    assert sorted(placed, key=str) == sorted(((r, v) for r, v, _ in pairs), key=str)


CONDITIONS: dict[str | None, Callable[[Any], bool]] = {
    None: lambda duration: True,
    "duration >= 0": lambda duration: duration is not None and duration >= 0,
    "duration < -10": lambda duration: duration is not None and duration < -10,
}


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize(("number", "size"), list(enumerate([1, 3, 7, 100])))
def test_slots_and_pairs(condition: str | None, number: int, size: int) -> None:
    """A quarter of the keys with members in pieces of so many rows."""
    for table in KEYS:
        access = few.access(table)
        where = None if condition is None else few.condition(access, condition)
        durations = [value for (value,) in few.values_of(table, "duration")]
        rows = [row for row, value in enumerate(durations) if CONDITIONS[condition](value)]
        for texts in [texts for of, texts in combinations() if of == table][number::4]:
            keys = [key_of(access, text) for text in texts]
            small = retuned(access, {"morsel_rows": size})
            counted, chunks = factorized(Source(small, where), keys)
            columns = [KEYS[table][text](table) for text in texts]
            compare(counted, chunks, rows, columns, ["DATETIME" in text for text in texts])
            sizes = [len(row_numbers(chunk.rows)) for chunk in chunks]
            assert sum(sizes) == len(rows)
            assert all(n <= size for n in sizes)
            assert len(sizes) == -(-len(rows) // size)


def key_of(access: Access, text: str) -> GroupKey:
    found: Any = few.expression(access, text)
    return group_key(Key(found))


def test_pairs_are_announced_and_time_is_looked_at() -> None:
    access = few.access("usersession")
    keys = [key_of(access, "duration + 1")]
    factorized(Source(access), keys)
    assert 32 * len(few.SESSIONS) <= access.control.used <= 200 * len(few.SESSIONS)
    access = few.access("usersession", Control(budget=Budget(100)))
    with pytest.raises(MemoryLimit, match="of group members"):
        factorized(Source(access), keys)
    access = few.access("usersession", Control(deadline=0.0))
    with pytest.raises(TimeLimit):
        factorized(Source(access), keys)
