"""Fuzzing, one target after the other: ``python -m tests.robust.fuzz.child FOLDER SECONDS TARGET…``.

The packages are imported for atheris once, which takes longer than a short run; each target runs in a
fork. Its files are in ``FOLDER/TARGET``, and its name is a line of the output once it has ended.

What raises or is slow is noted in ``findings``, once per kind, and the run goes on; what ends
the process or never returns is libFuzzer's to report.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import pkgutil
import sys
import warnings
from pathlib import Path
from typing import NoReturn

STAGES = ("language", "catalog", "analysis", "planner", "editor", "store", "engine", "result")
"""What is instrumented: the packages that the targets reach."""


_LONGEST_INPUT = 8192
_HANGS_AFTER = 60
"""Seconds on the wall, for what never comes back; time itself is judged within the process."""


def main(folder: Path, seconds: str, names: list[str]) -> None:
    """Fuzz each target for so long."""
    import_instrumented()
    for name in names:
        child = os.fork()
        if child == 0:
            fuzz(name, folder / name, seconds)
        os.waitpid(child, 0)
        print(name, flush=True)


def import_instrumented() -> None:
    """Import what the targets reach, so that atheris sees which lines run."""
    import atheris

    with atheris.instrument_imports(include=["usql"]):
        for stage in STAGES:
            package = importlib.import_module(f"usql.{stage}")
            for module in pkgutil.walk_packages(package.__path__, f"usql.{stage}."):
                importlib.import_module(module.name)
        importlib.import_module("tests.robust.fuzz.targets")


def fuzz(name: str, folder: Path, seconds: str) -> NoReturn:
    """Fuzz one target until libFuzzer ends the process."""
    import atheris

    from tests.robust.fuzz.judging import judge
    from tests.robust.fuzz.targets import TARGETS

    with (folder / "log").open("wb") as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
    run = TARGETS[name].run
    known: set[str] = set()
    slowest = 0.0

    def test_one_input(data: bytes) -> None:
        nonlocal slowest
        verdict = judge(run, data)
        if verdict.seconds > slowest:
            slowest = verdict.seconds
            (folder / "slowest").write_bytes(data)
            (folder / "slowest.txt").write_text(f"{slowest:.3f} {len(data)}")
        finding = verdict.finding
        if finding is not None and finding.signature not in known:
            known.add(finding.signature)
            stem = hashlib.sha256(finding.signature.encode()).hexdigest()[:12]
            (folder / "findings" / stem).write_bytes(data)
            report = f"{finding.signature}\n{finding.report}"
            (folder / "findings" / f"{stem}.txt").write_text(report, errors="backslashreplace")

    options = [
        f"-max_total_time={seconds}", f"-artifact_prefix={folder / 'findings'}/", f"-dict={folder / 'words'}",
        f"-max_len={_LONGEST_INPUT}", f"-timeout={_HANGS_AFTER}", "-rss_limit_mb=4096",
        "-print_final_stats=1", str(folder / "corpus"), str(folder / "seeds"),
    ]  # fmt: skip
    warnings.simplefilter("error")
    atheris.Setup([sys.argv[0], *options], test_one_input)
    atheris.Fuzz()
    sys.exit()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
