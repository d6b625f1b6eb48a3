"""What docs/TESTING.md names is there, and every kind of check is named."""

from __future__ import annotations

import re

import pytest

from tests.docs.testing_page import TESTING
from tests.places import ROOT

TEXT = TESTING.read_text(encoding="utf-8")


def test_every_part_that_is_named_is_there() -> None:
    named = re.findall(r"`(tests/[\w/.*]+)`", TEXT)
    assert named
    assert [name for name in named if not [*ROOT.glob(name.rstrip("/"))]] == []


@pytest.mark.parametrize(
    "folder", sorted(p.name for p in (ROOT / "tests").iterdir() if [*p.glob("test_*.py")])
)
def test_every_kind_of_check_is_named(folder: str) -> None:
    """The folders that are no stage of the project (docs/ARCHITECTURE.md) are told of."""
    stages = {p.name for p in (ROOT / "usql").iterdir()} | {"benchmarks"}
    assert folder in stages or f"tests/{folder}/" in TEXT
