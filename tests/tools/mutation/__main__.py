"""The command: ``python -m tests.tools.mutation usql/analysis usql/engine/groups/key_codes.py --out mutants.jsonl``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import hypothesis
import pytest

from tests.places import ROOT
from tests.tools.mutation.driver import Driver

_TESTS = {
    "usql/engine": [
        "tests/unit/engine", "tests/language/test_conformance.py", "tests/language/test_examples.py",
        "tests/oracle/test_reference.py", "tests/oracle/numbers",
    ],
    "usql": [
        "tests/unit/analysis", "tests/language/test_conformance.py", "tests/language/test_examples.py", "tests/unit/catalog",
        "tests/unit/planner", "tests/unit/editor/problems/test_validation_corpus.py",
        "tests/unit/editor/problems/test_validation.py", "tests/unit/test_explain.py", "tests/oracle/test_reference.py",
    ],
}  # fmt: skip
"""The tests that know a folder, in the order in which they run."""

_PROCESSES = "command"
"""What tests are called that start processes of their own, in which nothing is changed."""

_CASES = "10"
"""Generated examples of each test that generates them."""


def main() -> None:
    """See the README beside this file."""
    options = argparse.ArgumentParser(prog="python -m tests.tools.mutation")
    options.add_argument("paths", nargs="+", help="files and folders that are changed")
    options.add_argument("--tests", nargs="+", help="tests to meet, for those that know the folder")
    options.add_argument("--jobs", type=int, default=1, help="mutants at a time")
    options.add_argument("--seconds", type=float, default=1e9, help="tests of a mutant, at most")
    options.add_argument("--every", type=int, default=1, help="one of so many, for a first look")
    options.add_argument("--again", type=Path, help="only those that survived an earlier run")
    options.add_argument("--out", type=argparse.FileType("w"), default=sys.stdout)
    given = options.parse_args()
    paths = [(ROOT / path).resolve() for path in given.paths]
    files = [f for p in paths for f in (sorted(p.rglob("*.py")) if p.is_dir() else [p])]
    known = next(t for folder, t in _TESTS.items() if paths[0].is_relative_to(ROOT / folder))
    tests = given.tests or known
    left = None if given.again is None else _survivors(given.again)
    os.environ |= {"CI": "true", "USQL_CASES": _CASES, "OMP_NUM_THREADS": "1"}
    hypothesis.settings.register_profile(
        "mutants", derandomize=True, database=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    )  # fmt: skip
    hypothesis.settings.load_profile("mutants")
    early = (
        "ignore::pytest.PytestAssertRewriteWarning"  # hypothesis is imported before pytest begins
    )
    driver = Driver(files, tests, given.out, given.jobs, given.seconds, given.every, left)
    pytest.main(
        ["-s", "-p", "no:cacheprovider", "-W", early, "-k", f"not {_PROCESSES}", *tests], [driver]
    )


def _survivors(path: Path) -> set[tuple[str, str]]:
    verdicts = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    kept = ("survived", "unreached")
    return {(v["function"], v["diff"]) for v in verdicts if v["outcome"] in kept}


if __name__ == "__main__":
    main()
