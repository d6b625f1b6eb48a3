"""Every target over its seeds and over what fuzzing found; with ``-m long`` a few seconds of fuzzing."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.robust.fuzz import judging
from tests.robust.fuzz.judging import judge, minimise
from tests.robust.fuzz.targets import TARGETS

FOUND = Path(__file__).parent / "found"
SECONDS = 3


def refuses_ab(data: bytes) -> None:
    assert b"a" not in data or b"b" not in data


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_and_what_was_found(name: str) -> None:
    inputs = TARGETS[name].seeds()
    inputs += [path.read_bytes() for path in sorted((FOUND / name).glob("*"))]
    assert inputs
    for data in inputs:
        finding = judge(TARGETS[name].run, data).finding
        assert finding is None, f"{data!r}\n{finding}"


def test_what_was_found_has_a_target() -> None:
    assert {path.name for path in FOUND.iterdir()} <= TARGETS.keys()


def test_a_finding_is_named_and_made_small() -> None:
    finding = judge(refuses_ab, b"xxaxxxbx").finding
    assert finding is not None
    assert finding.signature.startswith("AssertionError test_fuzz.py:refuses_ab:")
    assert minimise(refuses_ab, b"xxaxxxbx", finding.signature) == b"ab"
    assert judge(refuses_ab, b"xxaxxxx").finding is None


def test_an_input_that_is_slow_twice_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "_LEAST_SECONDS", 0.1)
    asked: list[bytes] = []

    def busy(data: bytes) -> None:
        asked.append(data)
        end = time.process_time() + (0.2 if data == b"slow" or len(asked) == 1 else 0)
        while time.process_time() < end:
            pass

    assert judge(busy, b"first").finding is None
    slow = judge(busy, b"slow")
    assert slow.finding is not None
    assert slow.finding.signature == "slow"
    assert slow.seconds > 0.1


@pytest.mark.long
def test_a_few_seconds_of_fuzzing(tmp_path: Path) -> None:
    if not os.environ.get("CI"):
        pytest.importorskip("atheris")
    from tests.robust.fuzz.running import fuzz

    reports = list(fuzz(TARGETS, SECONDS, tmp_path))
    assert [report.target for report in reports] == list(TARGETS)
    told = [path.read_text(errors="replace") for path in sorted(tmp_path.glob("*/findings/*"))]
    assert not told, "\n".join(told)
    for report in reports:
        assert report.executions >= len(TARGETS[report.target].seeds()), report
        assert report.cov > 0, report
