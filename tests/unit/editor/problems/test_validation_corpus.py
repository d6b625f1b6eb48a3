"""The queries of ``tests/unit/editor/broken``: what is found in them, and what the corrections do."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.unit.editor.broken_cases import Case, files, read
from usql.editor.problems.fixes import fix_all
from usql.language.diagnostics import apply_fix

CASES = [(path, case) for path in files() for case in read(path)]
each_case = pytest.mark.parametrize(
    ("path", "case"), CASES, ids=[f"{p.stem}:{c.line} {c.name}"[:80] for p, c in CASES]
)


@each_case
def test_what_is_found(path: Path, case: Case) -> None:
    assert case.drawn() == case.lines


@each_case
def test_each_correction_mends_its_problem(path: Path, case: Case) -> None:
    found = case.judge()
    names = Counter(d.name for d in found)
    errors = sum(d.is_error for d in found)
    for problem in found:
        for fix in problem.fixes:
            fixed = apply_fix(case.text, fix)
            left = case.judge(fixed)
            about = f"{problem.name}: {fix.title}: {fixed}"
            # `syntax` has many messages, and a query that goes on may break off further on.
            is_next = problem.name == "syntax" and problem.message not in [d.message for d in left]
            fewer = Counter(d.name for d in left)[problem.name] < names[problem.name]
            assert fewer or is_next, about
            # Behind a quote that is closed there are words that nobody had read.
            unread = problem.name == "unterminated-string"
            assert sum(d.is_error for d in left) <= errors + unread, about


@each_case
def test_all_safe_corrections_together(path: Path, case: Case) -> None:
    found = case.judge()
    left = case.judge(fix_all(case.text, found))
    assert sum(d.is_error for d in left) <= sum(d.is_error for d in found)


@each_case
def test_one_slip_gives_at_most_three(path: Path, case: Case) -> None:
    assert sum(d.is_error for d in case.judge()) <= 3


def test_there_are_enough_cases() -> None:
    assert sum(bool(case.judge()) for _, case in CASES) >= 150
    names = [(path, case.name) for path, case in CASES]
    assert len(set(names)) == len(names), "two cases of a file have one name"
