"""Cases: sessions, and several questions about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.oracle.reference.exports import CHILDREN, Export
from tests.oracle.strategies.data import BASE, OFFSETS, Json, some_sessions
from tests.oracle.strategies.draws import Draw, number, one, strategy
from tests.oracle.strategies.fields import Fields
from tests.oracle.strategies.oddities import MANY_VALUES, change
from tests.oracle.strategies.queries import Queries

_KINDS = {"string": "text", "long": "whole", "double": "double", "boolean": "boolean"}
_LISTS = {"string": "list", "long": "number list", "double": "number list"}
_FRAMES = [*[(None, None)] * 6, (BASE, BASE + 100_000), (BASE, None), (None, BASE + 1),
           (BASE - 10**9, BASE), (BASE + 90_000, BASE + 90_001), (-(10**12), 10**12)]  # fmt: skip


@dataclass(frozen=True)
class Question:
    """A query with the options beside it."""

    text: str
    start: int | None
    end: int | None
    utc_offset: int
    profile: str

    @property
    def options(self) -> dict[str, Any]:
        """As :meth:`usql.Sessions.query` takes them."""
        return {"start": self.start, "end": self.end, "now": BASE + 5000, "utc_offset": self.utc_offset,
                "profile": self.profile}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """Some sessions, as they are or over and over, the names of the oddities among them, and
    questions."""

    drawn: list[Json]
    repeated: int
    in_order: bool
    oddities: tuple[str, ...]
    questions: tuple[Question, ...]

    @property
    def sessions(self) -> list[Json]:
        """All sessions. ``in_order`` each has a start, and they ascend."""
        every = self.drawn * self.repeated
        if not self.in_order:
            return every
        return [{**session, "startTime": BASE + i * 997} for i, session in enumerate(every)]


def further_fields(export: Export) -> dict[str, Fields]:
    """The fields that only the data has, by kind and table."""
    found: dict[str, Fields] = {}
    for (table, name), (kind, is_list) in export.kinds.items():
        if (table, name) not in export.documented and name not in CHILDREN:
            known = _LISTS[kind] if is_list else _KINDS[kind]
            found.setdefault(known, {}).setdefault(table, []).append(name)
    return found


MANY = 6000
"""Sessions of a case whose few sessions come over and over: the engine's array idioms treat some
thousand rows otherwise than few."""


def case(draw: Draw, most: int = 20) -> Case:
    """Sessions with up to ``most`` questions. Sometimes the same few sessions come over and over,
    with fewer questions, since the reference takes its time for them."""
    repeats = number(draw, 1, 40) == 40
    data = some_sessions(draw)
    oddities = change(draw, data)
    repeats = repeats and MANY_VALUES not in oddities  # they would be hundreds of thousands of rows
    repeated = -(-MANY // max(len(data), 1)) if repeats else 1
    further = further_fields(Export(data))
    in_order = number(draw, 1, 3) == 3
    questions = [_question(draw, further) for _ in range(number(draw, 1, 3 if repeats else most))]
    return Case(data, repeated, in_order, oddities, tuple(questions))


def cases() -> st.SearchStrategy[Case]:
    """Cases, by hypothesis."""
    return strategy(case)


def _question(draw: Draw, further: dict[str, Fields]) -> Question:
    start, end = one(draw, _FRAMES)
    offset = one(draw, OFFSETS)
    profile = one(draw, ["offline", "offline", "dynatrace"])
    return Question(Queries(draw, further).query(), start, end, offset, profile)
