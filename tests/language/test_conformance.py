"""Runs the conformance files: what ``tests/language/conformance/README.md`` describes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.language.usqltest import Asked, Case, read
from tests.places import ROOT, SESSIONS

FILES = sorted((ROOT / "tests" / "language" / "conformance").glob("*.usqltest"))
CASES = [(path, case) for path in FILES for case in read(path.read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def asked() -> Asked:
    return Asked(SESSIONS)


@pytest.mark.parametrize(
    ("path", "case"), CASES, ids=[f"{p.stem}:{c.line} {c.name}"[:80] for p, c in CASES]
)
def test_case(asked: Asked, path: Path, case: Case) -> None:
    asked.check(case)


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 200
    names = [(path, case.name) for path, case in CASES]
    assert len(set(names)) == len(names), "two cases of a file have one name"
