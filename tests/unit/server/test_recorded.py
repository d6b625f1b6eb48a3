"""What clients send is answered as it was when the answers were read and found right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.server.recorded import FILES, replay


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_recorded_requests(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert replay(text) == text


def test_there_are_some() -> None:
    names = {"bizops", "dt-esa", "dtrum", "keptn", "origins", "scripts", "user-queries"}
    assert {file.stem for file in FILES} == names
