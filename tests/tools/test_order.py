"""The order of the tests."""

from __future__ import annotations

from tests.conftest import FIRST
from tests.places import ROOT


def test_every_file_that_comes_first_is_there() -> None:
    assert [name for name in FIRST if not (ROOT / name).is_file()] == []
