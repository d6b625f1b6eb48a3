"""RULES.md: a section for each rule, and its examples are true."""

from __future__ import annotations

import re

import pytest

from tests.places import ROOT
from usql.editor.validation import validate
from usql.language.diagnostics import apply_fix
from usql.language.rules import RULES, Correction

PAGE = (ROOT / "docs" / "RULES.md").read_text(encoding="utf-8")
SECTIONS = {
    found[1]: found
    for found in re.finditer(
        r"^### `([a-z-]+)` \((USQL\d+)\)\n\n(.*?)(?=^##|\Z)", PAGE, re.M | re.S
    )
}


def test_each_rule_has_a_section() -> None:
    assert set(SECTIONS) == set(RULES)


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_is_true(name: str) -> None:
    _, code, text = SECTIONS[name].groups()
    rule = RULES[name]
    assert rule.code == code
    assert text.lower().startswith(rule.severity.value)
    assert ("correction is safe" in text) == (RULES[name].correction is Correction.SAFE)
    examples = re.findall(r"^    (.*)$", text, re.M)
    if examples:
        problem = next(d for d in validate(examples[0]) if d.name == name)
        mended = [apply_fix(examples[0], fix).rstrip() for fix in problem.fixes[:1]]
        assert mended == examples[1:]
        assert all(name not in [d.name for d in validate(text)] for text in mended)
