from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.lsp.record import SESSIONS, replay


@pytest.mark.parametrize("path", SESSIONS, ids=lambda p: p.stem)
def test_recorded_session(path: Path) -> None:
    recorded = path.read_text("utf-8")
    assert replay(recorded) == recorded


def test_there_are_sessions() -> None:
    assert len(SESSIONS) >= 3
