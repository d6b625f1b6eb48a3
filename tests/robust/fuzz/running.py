"""Runs targets in a process under atheris, and reads what libFuzzer says of it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.places import ROOT
from tests.robust.fuzz import seeds
from tests.robust.fuzz.targets import TARGETS


@dataclass(frozen=True)
class Report:
    """What a run did in so many ``seconds``, with those of starting it for the first one. ``cov`` and
    ``features`` are libFuzzer's: edges reached, and these by how often; ``slowest`` is in seconds
    of the processor, of so many bytes. ``findings`` are files."""

    target: str
    seconds: int
    executions: int
    per_second: int
    cov: int
    features: int
    corpus: int
    slowest: float
    slowest_bytes: int
    findings: tuple[Path, ...]


def fuzz(names: Iterable[str], seconds: int, folder: Path) -> Iterator[Report]:
    """Fuzz each target for so long. New inputs stay in ``folder/NAME/corpus`` for the next run, findings
    of this one are in ``folder/NAME/findings``. ``RuntimeError`` when a target could not be started."""
    for name in names:
        _prepare(name, folder / name)
    command = [sys.executable, "-m", "tests.robust.fuzz.child", str(folder), str(seconds), *names]
    begin = time.monotonic()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            name, end = line.strip(), time.monotonic()
            yield _report(name, round(end - begin), folder / name)
            begin = end
    if process.returncode:
        raise RuntimeError(f"the process ended with {process.returncode}")


def _prepare(name: str, folder: Path) -> None:
    shutil.rmtree(folder / "findings", ignore_errors=True)
    for part in ("corpus", "findings", "seeds"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(TARGETS[name].seeds()):
        (folder / "seeds" / f"{number:04}").write_bytes(seed)
    words = "".join(f"{_quoted(word)}\n" for word in seeds.words())
    (folder / "words").write_text(words)


def _quoted(word: str) -> str:
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _report(name: str, seconds: int, folder: Path) -> Report:
    log = (folder / "log").read_text(errors="replace")
    last = re.findall(r"^#(\d+)\s+\w+ .*cov: (\d+) ft: (\d+) corp: (\d+)", log, re.MULTILINE)
    findings = tuple(p for p in sorted((folder / "findings").iterdir()) if p.suffix != ".txt")
    if not last:
        raise RuntimeError(f"nothing was run:\n{log[-2000:]}")
    executions, cov, features, corpus = map(int, last[-1])
    slowest, size = (folder / "slowest.txt").read_text().split()
    rate = executions // max(1, seconds)
    return Report(
        name, seconds, executions, rate, cov, features, corpus, float(slowest), int(size), findings
    )
