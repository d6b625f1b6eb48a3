"""Generated sessions and queries, and the cases that are made of them.

Sessions have few distinct values, so that groups, ties and matches happen, and the oddities of
real exports. Queries are texts, valid in the ``offline`` profile, in every form of the language.
"""

from __future__ import annotations

from tests.oracle.strategies.cases import Case, Question, case, cases
from tests.oracle.strategies.data import BASE, KEYS, OFFSETS, session, sessions
from tests.oracle.strategies.draws import Choices, Draw, number, one, smallest, strategy
from tests.oracle.strategies.queries import Queries, queries

__all__ = [
    "BASE",
    "KEYS",
    "OFFSETS",
    "Case",
    "Choices",
    "Draw",
    "Queries",
    "Question",
    "case",
    "cases",
    "number",
    "one",
    "queries",
    "session",
    "sessions",
    "smallest",
    "strategy",
]
