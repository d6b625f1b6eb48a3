"""Relations on generated sessions and queries."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import usql
from tests.oracle.metamorphic.asking import OPTIONS, Asker
from tests.oracle.metamorphic.of_ways import Ways
from tests.oracle.metamorphic.trying import KINDS, attempt, questions
from tests.oracle.metamorphic.worlds import World
from tests.oracle.strategies import OFFSETS, queries, sessions
from tests.sampling import case_count
from tests.unit.engine import pieces as small
from usql.engine.runtime.tuning import Tuning

pytestmark = pytest.mark.usefixtures("checked")

SMALL = Tuning(**(small.in_pieces(2) | small.INDEXED | small.ZONES))
CASES = case_count(5)
LONG_CASES = case_count(20, long=40)
"""Generated sessions, with a few queries each, that each kind of relation looks at."""


def subject(kind: str, data: list[Any], options: dict[str, Any], folder: Path, more: Any) -> Any:
    """What the relations of a kind ask."""
    if kind == "data":
        return World(data, options, folder, more)
    loaded = usql.open(data)
    return Ways(loaded._store, options, SMALL) if kind == "ways" else Asker(loaded, options)


def try_all(kind: str, cases: int, root: Path) -> Counter[str]:
    """Try the relations of a kind, and count how often each said something."""
    said: Counter[str] = Counter()
    number = iter(range(1 << 62))

    @settings(
        max_examples=cases, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(
        data=sessions(),
        more=sessions(),
        texts=st.lists(queries(), min_size=3, max_size=3),
        offset=st.sampled_from(OFFSETS),
    )
    def run(data: list[Any], more: list[Any], texts: list[str], offset: int) -> None:
        folder = root / str(next(number))
        folder.mkdir()
        asked = subject(kind, data, {**OPTIONS, "utc_offset": offset}, folder, more)
        for question in questions(kind, texts):
            attempt(kind, asked, question, said)

    run()
    return said


@pytest.mark.parametrize("kind", KINDS)
def test_relations(kind: str, tmp_path: Path) -> None:
    assert try_all(kind, CASES, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_relations_on_many(kind: str, tmp_path: Path) -> None:
    said = try_all(kind, LONG_CASES, tmp_path)
    assert 2 * len(said) > len(KINDS[kind])
