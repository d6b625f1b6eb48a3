"""docs/TESTING.md with its counts as they are: of what is chosen, not of cases, which grow."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.oracle.numbers.doors import DOORS
from tests.places import ROOT
from tests.robust.fuzz.targets import TARGETS
from tests.robust.load.test_load import THREADS

TESTING = ROOT / "docs" / "TESTING.md"
COUNT = re.compile(r"\*\*[\d,]+\*\*")


def counted() -> str:
    """The page with the counts as they are."""
    found = _counts()
    text = TESTING.read_text(encoding="utf-8")
    made = COUNT.sub(lambda _: f"**{next(found):,}**", text)
    assert next(found, None) is None, "the page has fewer counts than there are"
    return made


def _counts() -> Iterator[int]:
    """The counts in the order of the page."""
    yield from _generated("oracle/test_translation.py")
    yield from _generated("oracle/test_reference.py")
    yield from _generated("unit/engine/pieces.py")
    yield len(DOORS)
    yield THREADS
    yield len(TARGETS)


def _generated(path: str) -> tuple[int, int]:
    """How many cases a file generates, and how many with ``USQL_LONG=1``."""
    text = (ROOT / "tests" / path).read_text()
    found = re.search(r"^CASES = case_count\(([\d_]+),.* long=([\d_]+)", text, re.MULTILINE)
    assert found is not None
    return int(found[1]), int(found[2])
