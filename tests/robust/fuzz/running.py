"""Runs a target in a process under atheris, and reads what libFuzzer says of it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.places import ROOT
from tests.robust.fuzz import seeds
from tests.robust.fuzz.targets import TARGETS

_LONGEST_INPUT = 8192
_HANGS_AFTER = 60
"""Seconds on the wall, for what never comes back; time itself is judged within the process."""


@dataclass(frozen=True)
class Report:
    """What a run did in so many ``seconds``, those of starting it among them. ``cov`` and
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


def fuzz(name: str, seconds: int, folder: Path) -> Report:
    """Fuzz a target for so long. New inputs stay in ``folder/corpus`` for the next run, findings of
    this one are in ``folder/findings``. ``RuntimeError`` when the process could not be started."""
    shutil.rmtree(folder / "findings", ignore_errors=True)
    for part in ("corpus", "findings", "seeds"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(TARGETS[name].seeds()):
        (folder / "seeds" / f"{number:04}").write_bytes(seed)
    dictionary = folder / "words"
    dictionary.write_text("".join(f"{_quoted(word)}\n" for word in seeds.words()))
    command = [
        sys.executable, "-m", "tests.robust.fuzz.child", name, str(folder), f"-max_total_time={seconds}",
        f"-artifact_prefix={folder / 'findings'}/", f"-dict={dictionary}",
        f"-max_len={_LONGEST_INPUT}", f"-timeout={_HANGS_AFTER}", "-rss_limit_mb=4096",
        "-print_final_stats=1", str(folder / "corpus"), str(folder / "seeds"),
    ]  # fmt: skip
    begin = time.monotonic()
    with (folder / "log").open("wb") as log:
        subprocess.run(command, cwd=ROOT, stdout=log, stderr=log, check=False)
    return _report(name, round(time.monotonic() - begin), folder)


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
