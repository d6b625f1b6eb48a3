"""What counts as a finding: an exception out of a target, or too much time for its input."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.places import ROOT

Run = Callable[[bytes], None]

_ROOT = str(ROOT)
_BYTES_PER_SECOND = 100_000
_LEAST_SECONDS = 1.0


@dataclass(frozen=True)
class Finding:
    """What went wrong. ``signature`` is the same for inputs that go wrong alike: the exception and
    the line of ours that raised it; ``report`` is for people."""

    signature: str
    report: str


@dataclass(frozen=True)
class Verdict:
    """The processor time that an input took, and what went wrong with it."""

    seconds: float
    finding: Finding | None


def judge(run: Run, data: bytes) -> Verdict:
    """Run a target over an input. Time is that of the process, so that a busy machine finds
    nothing; an input is slow when it is slow twice, since the first one may fill caches."""
    verdict = _judge_once(run, data)
    if verdict.finding is not None and verdict.finding.signature == "slow":
        return _judge_once(run, data)
    return verdict


def _judge_once(run: Run, data: bytes) -> Verdict:
    begin = time.process_time()
    try:
        run(data)
    except Exception as error:
        return Verdict(time.process_time() - begin, Finding(_signature(error), _report(error)))
    seconds = time.process_time() - begin
    slow = seconds > max(_LEAST_SECONDS, len(data) / _BYTES_PER_SECOND)
    return Verdict(seconds, Finding("slow", f"{seconds:.1f} s") if slow else None)


def _signature(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if f.filename.startswith(_ROOT) and "/.venv" not in f.filename]
    place = ours[-1] if ours else frames[-1]
    return f"{type(error).__name__} {Path(place.filename).name}:{place.name}:{place.lineno}"


def _report(error: Exception) -> str:
    return "".join(traceback.format_exception(error))


def minimise(run: Run, data: bytes, signature: str) -> bytes:
    """A smaller input that goes wrong alike: pieces are left out, halves first, single bytes last."""
    size = max(1, len(data) // 2)
    while True:
        at, changed = 0, False
        while at < len(data):
            shorter = data[:at] + data[at + size :]
            finding = judge(run, shorter).finding
            if finding is not None and finding.signature == signature:
                data, changed = shorter, True
            else:
                at += size
        if size == 1 and not changed:
            return data
        size = max(1, size // 2)
