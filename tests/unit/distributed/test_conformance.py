"""The conformance cases that have rows, over parts: of a data set in 1, 3 and 16 of them each gives
what it gives of the whole data, in the same order. One part is empty, and one has neither
children nor the type that a further field has in the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import usql
from tests.language.test_conformance import CASES
from tests.language.usqltest import Case
from tests.places import SESSIONS
from tests.sampling import IS_LONG
from tests.unit.distributed.agreement import same
from tests.unit.distributed.memory import KeptPart, MemoryDataset, cut
from usql.distributed.inline import Inline
from usql.distributed.sessions import DistributedSessions

EVERY = 1 if IS_LONG else 3

ANSWERED = [(path, case) for path, case in CASES if case.rows is not None]

ROWS: list[dict[str, Any]] = [
    {**json.loads(line), "further": number}
    for number, line in enumerate(SESSIONS.read_text(encoding="utf-8").splitlines())
]
OTHER = {n: v for n, v in ROWS[0].items() if not isinstance(v, list)} | {"further": 1.5}


def parts(count: int) -> list[list[dict[str, Any]]]:
    """The same rows, in so many parts."""
    if count == 1:
        return [[*ROWS, OTHER]]
    return [*map(list, cut(ROWS, count - 2)), [], [OTHER]]


@pytest.fixture(scope="module")
def whole() -> usql.Sessions:
    return usql.open(parts(1)[0])


WAYS = {"1": (1, 1, None), "3 in two rounds": (3, 2, 2), "16 by fives": (16, 5, None)}
"""Parts, how many of them a worker answers together, rounds."""

FURTHER_WAYS = {"3 in one round": (3, 1, 1), "16": (16, 1, None)}

NAMES = [f"{path.stem}:{case.line} {case.name}"[:80] for path, case in ANSWERED]


@pytest.fixture(scope="module")
def in_parts(request: pytest.FixtureRequest) -> DistributedSessions:
    count, together, rounds = request.param
    found = parts(count)
    assert len(found) == count
    return DistributedSessions(
        MemoryDataset(found, KeptPart), Inline(together=together), rounds=rounds
    )


@pytest.mark.parametrize("in_parts", WAYS.values(), ids=WAYS, indirect=True)
@pytest.mark.parametrize(("path", "case"), ANSWERED, ids=NAMES)
def test_parts_answer_as_the_whole(
    in_parts: DistributedSessions, whole: usql.Sessions, path: Path, case: Case
) -> None:
    same(in_parts.query(case.query, **case.options), whole.query(case.query, **case.options))


@pytest.mark.long
@pytest.mark.parametrize("in_parts", FURTHER_WAYS.values(), ids=FURTHER_WAYS, indirect=True)
@pytest.mark.parametrize(("path", "case"), ANSWERED[::EVERY], ids=NAMES[::EVERY])
def test_further_ways_of_parts(
    in_parts: DistributedSessions, whole: usql.Sessions, path: Path, case: Case
) -> None:
    test_parts_answer_as_the_whole(in_parts, whole, path, case)


FURTHER = [
    "SELECT CONDITION(COUNT(*), WHERE further > 1.2) FROM usersession",
    "SELECT further, COUNT(*) FROM usersession GROUP BY further",
    "SELECT further FROM usersession ORDER BY further DESC LIMIT 5",
    "SELECT SUM(further), MAX(further), MEDIAN(further) FROM usersession",
]


@pytest.mark.parametrize(
    "in_parts", (WAYS | FURTHER_WAYS).values(), ids=WAYS | FURTHER_WAYS, indirect=True
)
@pytest.mark.parametrize("text", FURTHER)
def test_a_field_has_the_type_of_the_whole_in_every_part(
    in_parts: DistributedSessions, whole: usql.Sessions, text: str
) -> None:
    same(in_parts.query(text), whole.query(text))
