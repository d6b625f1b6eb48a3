"""What TESTING.md tells of the tests is so: it counts what is chosen, not the cases, which grow.

``python -m tests.test_testing`` writes them anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS
from tests.load.test_load import THREADS
from tests.numbers.doors import DOORS

HERE = Path(__file__).parent
TESTING = HERE.parent / "docs" / "TESTING.md"
COUNT = re.compile(r"\*\*[\d,]+\*\*")


def generated(path: str) -> tuple[int, int]:
    """How many cases a file generates, and how many in CI."""
    found = re.search(
        r'\(([\d_]+) if os\.environ\.get\("CI"\) else ([\d_]+)\)', (HERE / path).read_text()
    )
    assert found is not None
    return int(found[2]), int(found[1])


def counts() -> Iterator[int]:
    """The counts in the order of the text."""
    yield from generated("test_reference.py")
    yield from generated("engine/pieces.py")
    yield len(DOORS)
    yield THREADS
    yield len(TARGETS)


def counted() -> str:
    """The text with the counts as they are."""
    found = counts()
    text = TESTING.read_text(encoding="utf-8")
    made = COUNT.sub(lambda _: f"**{next(found):,}**", text)
    assert next(found, None) is None, "the text has fewer counts than there are"
    return made


def test_the_counts_are_true() -> None:
    assert counted() == TESTING.read_text(encoding="utf-8")


def test_every_part_that_is_named_is_there() -> None:
    named = re.findall(r"`(tests/[\w/.*]+)`", TESTING.read_text(encoding="utf-8"))
    assert named
    assert [name for name in named if not [*HERE.parent.glob(name.rstrip("/"))]] == []


@pytest.mark.parametrize("folder", sorted(p.name for p in HERE.iterdir() if [*p.glob("test_*.py")]))
def test_every_kind_of_check_is_named(folder: str) -> None:
    """The folders that are no stage of the project (ARCHITECTURE.md) are told of."""
    stages = {p.name for p in (HERE.parent / "usql").iterdir()} | {"benchmarks"}
    assert folder in stages or f"tests/{folder}/" in TESTING.read_text(encoding="utf-8")


if __name__ == "__main__":
    TESTING.write_text(counted(), encoding="utf-8")
