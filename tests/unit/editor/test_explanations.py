"""What rules say of themselves: their examples are reported, and their corrections are true."""

from __future__ import annotations

import dataclasses

import pytest

from usql.editor.explanations import corrected, explanation
from usql.editor.problems.validation import validate
from usql.language.rules import RULES, Rule

DATA = {"unknown-key", "unknown-value", "property-case", "not-loaded"}
"""Rules that only data can break."""

LONG = {"too-deep", "too-many-likes", "funnel-steps", "long-date-format"}
"""Rules of which every example is long."""

NOT_ONE = {"one-query"}
"""The rule about a text of several queries."""

TRANSLATING = {"untranslatable"}
"""The rule about what another language cannot say."""


def test_each_rule_that_a_query_can_break_has_an_example() -> None:
    without = {name for name, rule in RULES.items() if rule.example is None}
    running = {name for name, rule in RULES.items() if rule.code.startswith("USQL8")}
    assert without == DATA | LONG | NOT_ONE | TRANSLATING | running


@pytest.mark.parametrize("rule", [r for r in RULES.values() if r.example], ids=lambda r: r.name)
def test_an_example_is_reported_and_its_correction_is_not(rule: Rule) -> None:
    assert rule.example is not None
    problem = next(d for d in validate(rule.example) if d.name == rule.name)
    assert problem.severity is rule.severity
    correction = corrected(rule)
    assert (correction is not None) == bool(problem.fixes)
    if correction is not None:
        assert rule.name not in [d.name for d in validate(correction)]


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_an_explanation_says_more_than_the_summary(rule: Rule) -> None:
    assert rule.explanation != rule.summary
    assert rule.text == (rule.explanation or rule.summary)


def test_emphasis_is_for_pages() -> None:
    rule = dataclasses.replace(RULES["use-in"], explanation="It asks for *all rows* of `a * b`.")
    told = explanation(rule)
    assert told.text == "It asks for all rows of `a * b`."
    assert told.example == rule.example
    assert told.correction == 'SELECT city FROM usersession WHERE country IN ("Spain", "France")'


def test_without_an_example_there_is_no_correction() -> None:
    told = explanation(dataclasses.replace(RULES["use-in"], example=None))
    assert (told.example, told.correction) == (None, None)
