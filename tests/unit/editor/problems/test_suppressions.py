"""Comments that silence rules; ``broken/10_ignore.usqltest`` shows what they do."""

from __future__ import annotations

import pytest

from usql.editor.problems.suppressions import rule_named, suppressions, without_directives
from usql.editor.problems.validation import RuleSelection, validate
from usql.language.parser import parse

TWO = 'SELECT city FROM usersession WHERE city = "a" OR city = "b"'


def silenced(text: str) -> list[str]:
    (one,) = suppressions(text, parse(text))
    return text[one.scope.start : one.scope.end].split("\n")


def test_where_a_comment_counts() -> None:
    assert silenced("SELECT a -- usql: ignore[x]\nFROM b") == ["SELECT a -- usql: ignore[x]"]
    assert silenced("SELECT a\n  -- usql: ignore[x]\n  -- why\n\nFROM b\nLIMIT 5") == [
        "-- usql: ignore[x]",
        "  -- why",
        "",
        "FROM b",
    ]
    whole = "-- usql: ignore[x]\nSELECT a\nFROM b"
    assert silenced(whole) == whole.split("\n")


@pytest.mark.parametrize(
    "comment",
    [
        "--usql:ignore[use-in]",
        "/* usql: ignore[ use-in ,use-not-in] */",
        "-- USQL: Ignore[USQL704] why",
    ],
)
def test_spellings(comment: str) -> None:
    found = [d.name for d in validate(f"{TWO} {comment}")]
    assert "use-in" not in found
    assert "extension" not in found


@pytest.mark.parametrize(
    "comment", ["-- usql ignore[use-in]", "-- ignore[use-in]", "-- see usql: ignore[use-in]"]
)
def test_other_comments_are_comments(comment: str) -> None:
    assert [d.name for d in validate(f"{TWO} {comment}")] == ["use-in", "extension"]
    parsed = parse(f"{TWO} {comment}")
    assert without_directives(parsed) is parsed


def test_a_rule_that_was_not_looked_for_is_not_unused() -> None:
    text = "SELECT city FROM usersession -- usql: ignore[use-in]"
    assert [d.name for d in validate(text)] == ["unused-ignore"]
    assert validate(text, rules=RuleSelection.of(ignore=["use-in"])) == []
    assert [d.name for d in validate(text.replace("city", "city,,"))] == ["doubled-comma"]


def test_rules_by_name_and_code() -> None:
    assert rule_named("Use-In") == rule_named("usql704")
    assert rule_named("use") is None
