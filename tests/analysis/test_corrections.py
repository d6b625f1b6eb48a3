"""What people read beside a correction: it says what to do."""

from __future__ import annotations

from tests.editor.broken_cases import files, read
from usql.language.diagnostics import Diagnostic

VERBS = {"write", "remove", "insert", "close", "open", "query", "group", "swap", "move", "keep"}


def problems() -> list[Diagnostic]:
    return [problem for path in files() for case in read(path) for problem in case.judge()]


def test_titles_begin_with_what_is_to_do() -> None:
    titles = [fix.title for problem in problems() for fix in problem.fixes]
    assert len(titles) >= 200
    assert {title.split()[0] for title in titles} == VERBS


def test_a_title_of_what_is_written_says_it() -> None:
    """The words behind "write" are the new text or what it is, so that a menu can be read."""
    for problem in problems():
        for fix in problem.fixes:
            if fix.title.startswith("write ") and len(fix.edits) == 1:
                said = fix.title.removeprefix("write ").removesuffix(" with a list")
                new = fix.edits[0].text.strip()
                assert new in said or said in new, fix.title
