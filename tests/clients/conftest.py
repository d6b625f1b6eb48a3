"""Where the clients are: a folder with one for each of them, which ``USQL_CLIENTS`` names."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

Source = Callable[[str], Path]


@pytest.fixture(scope="session")
def source() -> Source:
    """The folder of a client by its name. The test is skipped if no folder of clients is named, and
    fails if the client is not there."""
    folder = os.environ.get("USQL_CLIENTS")
    if not folder:
        pytest.skip("USQL_CLIENTS names no folder with clients; see docs/TESTING.md")

    def found(name: str) -> Path:
        place = Path(folder) / name
        if not place.is_dir():
            pytest.fail(f"USQL_CLIENTS has no folder {name}; see docs/TESTING.md")
        return place

    return found
