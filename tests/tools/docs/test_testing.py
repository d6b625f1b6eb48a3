"""What docs/TESTING.md names is there, and every kind of check is named."""

from __future__ import annotations

import re

import pytest

from tests.places import ROOT
from tests.tools.docs.testing_page import TESTING

TEXT = TESTING.read_text(encoding="utf-8")


def test_every_part_that_is_named_is_there() -> None:
    named = re.findall(r"`(tests/[\w/.*]+)`", TEXT)
    assert named
    assert [name for name in named if not [*ROOT.glob(name.rstrip("/"))]] == []


KINDS = ("language", "oracle", "robust", "tools")
"""Of tests, beside those of the parts of the project, whose tree is that of the source."""


@pytest.mark.parametrize(
    "folder",
    sorted(
        f"tests/{kind}/{found.name}/"
        for kind in KINDS
        for found in (ROOT / "tests" / kind).iterdir()
        if [*found.glob("test_*.py")]
    ),
)
def test_every_kind_of_check_is_named(folder: str) -> None:
    assert f"`{folder}`" in TEXT


def test_tests_of_parts_mirror_the_source() -> None:
    parts = {found.stem for found in (ROOT / "usql").iterdir()}
    folders = {found.name for found in (ROOT / "tests" / "unit").iterdir() if found.is_dir()}
    assert folders - {"__pycache__"} <= parts
