"""Cases: sessions, and several questions about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.reference.exports import CHILDREN, Export
from tests.strategies.data import BASE, OFFSETS, sessions
from tests.strategies.draws import Draw, number, one
from tests.strategies.fields import Fields
from tests.strategies.oddities import change
from tests.strategies.queries import Queries

_KINDS = {"string": "text", "long": "whole", "double": "double", "boolean": "boolean"}
_FRAMES = [(None, None), (None, None), (BASE, BASE + 100_000), (BASE, None), (None, BASE + 1),
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

    drawn: list[dict[str, Any]]
    repeated: int
    oddities: tuple[str, ...]
    questions: tuple[Question, ...]

    @property
    def sessions(self) -> list[dict[str, Any]]:
        """All sessions."""
        return self.drawn * self.repeated


def further_fields(export: Export) -> dict[str, Fields]:
    """The fields that only the data has, by kind and table."""
    found: dict[str, Fields] = {}
    for (table, name), (kind, is_list) in export.kinds.items():
        if (table, name) not in export.documented and name not in CHILDREN:
            known = "list" if is_list else _KINDS[kind]
            found.setdefault(known, {}).setdefault(table, []).append(name)
    return found


MANY = 700
"""How often sessions are repeated, if they are: some thousand rows, which the engine's array
idioms treat otherwise than few."""


@st.composite
def cases(draw: Draw, most: int = 10, repeats: bool = False) -> Case:
    """Sessions with up to ``most`` questions. If one ``repeats``, the same few sessions sometimes
    come over and over, with fewer questions, since the reference takes its time for them."""
    data = draw(sessions())
    oddities = change(draw, data)
    further = further_fields(Export(data))
    repeated = MANY if repeats and number(draw, 1, 50) == 50 else 1
    questions = [
        _question(draw, further) for _ in range(number(draw, 1, most if repeated == 1 else 2))
    ]
    return Case(data, repeated, oddities, tuple(questions))


def _question(draw: Draw, further: dict[str, Fields]) -> Question:
    start, end = one(draw, _FRAMES)
    offset = one(draw, OFFSETS)
    profile = one(draw, ["offline", "offline", "dynatrace"])
    return Question(Queries(draw, further).query(), start, end, offset, profile)
