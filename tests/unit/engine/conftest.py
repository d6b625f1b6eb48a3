"""The engine's idioms that check nothing are checked in all of its tests."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True, scope="module")
def _checked(checked: None) -> None:
    """For every module of the folder."""
