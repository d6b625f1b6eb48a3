"""Sessions and files for the loading tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.places import SESSIONS
from tests.unit.store import both
from usql import once

ONE_WAY = (
    "test_folder_race",
    "test_stores",
    "test_memory",
    "test_ever_new_fields_are_refused_at_the_limit",
    "test_ever_new_names_in_children",
    "test_a_storage_that_is_not_there",
    "test_no_size_changes_what_is_read",
)
"""Files of tests, and tests, that count or hold up what a load does, reach its limit, load with some
fields themselves, or whose error tells how long something took."""


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in SESSIONS.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, bytes | str], Path]:
    """Writes a file into the test's folder."""

    def written(name: str, content: bytes | str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


@pytest.fixture(autouse=True)
def both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test loads is loaded with some fields only, too, and compared."""
    names = {request.module.__name__.split(".")[-1], request.function.__name__}
    if not names.isdisjoint(ONE_WAY) or "used" in request.fixturenames:
        return
    monkeypatch.setattr(once, "load", both.load)
    if hasattr(request.module, "load"):
        monkeypatch.setattr(request.module, "load", both.load)
