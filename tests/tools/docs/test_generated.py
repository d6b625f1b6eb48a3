"""The generated pages, and what examples print, are what ``python -m tests.tools.docs`` writes."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from tests.tools.docs import rules_pages
from tests.tools.docs.generated import PAGES
from usql.catalog import default_catalog
from usql.language.rules import RULES


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_a_page_is_what_is_generated(page: Path) -> None:
    assert PAGES[page]() == page.read_text(encoding="utf-8")


def test_each_field_has_a_line() -> None:
    (text,) = (made() for page, made in PAGES.items() if page.name == "FIELDS.md")
    fields = [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]
    assert fields == [field.name for table in default_catalog() for field in table.fields]


def test_each_code_has_a_line() -> None:
    lines = rules_pages.diagnostics().splitlines()
    told = [line.split("`")[1] for line in lines if line.startswith("| <a")]
    assert sorted(told) == sorted(RULES)


def test_what_a_rule_declares_is_what_its_page_says() -> None:
    rule = dataclasses.replace(RULES["double-equals"], explanation="One *sign*.")
    assert "\n".join(rules_pages.explained(rule)) == (
        "### `double-equals` (USQL104)\n"
        "Error ([1.27](LANGUAGE.md#1.27)); the correction is safe. One *sign*.\n"
        '    SELECT city FROM usersession WHERE country == "Spain"\n'
        '    SELECT city FROM usersession WHERE country = "Spain"'
    )
    short = dataclasses.replace(RULES["syntax"], explanation="", example=None)
    assert [*rules_pages.explained(short)] == [
        "### `syntax` (USQL101)",
        f"Error ([2.1](LANGUAGE.md#2.1)). {short.summary}",
    ]


def test_each_rule_has_a_section_of_rules() -> None:
    page = rules_pages.rules()
    told = re.findall(r"^### `([a-z-]+)` \((USQL\d+)\)$", page, re.MULTILINE)
    assert sorted(told) == sorted((rule.name, rule.code) for rule in RULES.values())
