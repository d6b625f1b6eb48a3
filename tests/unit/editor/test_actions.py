from __future__ import annotations

import pytest

from usql.editor.actions import Action, actions
from usql.editor.problems.fixes import apply
from usql.editor.problems.validation import validate
from usql.language.diagnostics import Span


def offered(text: str, at: str, profile: str = "dynatrace") -> list[Action]:
    start = text.index(at)
    return actions(text, Span(start, start + len(at)), validate(text, profile=profile), profile)


def test_every_correction_is_an_action() -> None:
    text = "SELECT cty FROM usersession WHERE country == 'Spain' LIMIT 5"
    found = offered(text, "cty")
    assert [(a.title, a.is_preferred) for a in found if a.diagnostics and not a.is_fix_all] == [
        ("Write city", True),
        ("Write country", False),
        ("Ignore unknown-field on this line", False),
    ]
    assert apply(text, found[0].edits).startswith("SELECT city FROM")


def test_everything_safe_at_once() -> None:
    text = "SELECT cty,, COUNT * FROM usersession WHERE country == 'Spain' LIMIT 5"
    found = next(a for a in offered(text, "COUNT") if a.is_fix_all)
    assert apply(text, found.edits) == (
        "SELECT cty, COUNT(*) FROM usersession WHERE country = 'Spain' LIMIT 5"
    )
    assert {d.name for d in found.diagnostics} == {"doubled-comma", "count-star", "double-equals"}


def test_the_default_limit_can_be_written() -> None:
    text = "SELECT city FROM usersession"
    found = next(a for a in offered(text, "city") if a.title == "Write LIMIT 50")
    assert apply(text, found.edits) == "SELECT city FROM usersession LIMIT 50"
    assert offered(text, "city", "offline") == []


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("SELECT cty", "SELECT cty  -- usql: ignore[unknown-field]"),
        ("SELECT cty -- why", "SELECT cty /* usql: ignore[unknown-field] */ -- why"),
        (
            "SELECT cty -- usql: ignore[deprecated-field]",
            "SELECT cty -- usql: ignore[deprecated-field, unknown-field]",
        ),
    ],
)
def test_a_rule_can_be_silenced(line: str, after: str) -> None:
    text = f"{line}\nFROM usersession LIMIT 5"
    found = next(a for a in offered(text, "cty") if a.title.startswith("Ignore"))
    made = apply(text, found.edits)
    assert made == f"{after}\nFROM usersession LIMIT 5"
    assert "unknown-field" not in [d.name for d in validate(made)]


def test_errors_of_the_text_are_not_silenced() -> None:
    titles = [a.title for a in offered("SELECT city FROM usersession WHERE city == 'a'", "==")]
    assert not [t for t in titles if t.startswith("Ignore")]
    assert "Write =" in titles
