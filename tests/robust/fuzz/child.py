"""One process of fuzzing: ``python -m tests.robust.fuzz.child TARGET FOLDER [options of libFuzzer]``.

What raises or is slow is noted in ``FOLDER/findings``, once per kind, and the run goes on; what ends
the process or never returns is libFuzzer's to report.
"""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
import sys
import warnings
from pathlib import Path

STAGES = ("language", "catalog", "analysis", "planner", "editor", "store", "engine", "result")
"""What is instrumented: the packages that the targets reach."""


def main(name: str, folder: Path, options: list[str]) -> None:
    """Fuzz until libFuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=["usql"]):
        for stage in STAGES:
            package = importlib.import_module(f"usql.{stage}")
            for module in pkgutil.walk_packages(package.__path__, f"usql.{stage}."):
                importlib.import_module(module.name)
        from tests.robust.fuzz.judging import judge
        from tests.robust.fuzz.targets import TARGETS
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

    warnings.simplefilter("error")
    atheris.Setup([sys.argv[0], *options], test_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
