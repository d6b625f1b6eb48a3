"""The generated pages, and what examples print, are what ``python -m tests.tools.docs`` writes."""

from __future__ import annotations

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


def test_what_follows_from_the_table_of_codes_is_written_into_the_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "RULES.md"
    page.write_text(
        "# Rules\n\n## Conditions\n\n### `double-equals`\n\nOne equals sign.\n\n"
        '    SELECT city FROM usersession WHERE city == "Linz"\n\n    SELECT nothing\n\n'
        "### `syntax` (USQL999)\n\nWarning. No query.\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(rules_pages, "RULES_PAGE", page)
    assert rules_pages.rules() == (
        "# Rules\n\n## Conditions\n\n### `double-equals` (USQL104)\n\n"
        "Error ([1.27](LANGUAGE.md#1.27)); the correction is safe. One equals sign.\n\n"
        '    SELECT city FROM usersession WHERE city == "Linz"\n\n'
        '    SELECT city FROM usersession WHERE city = "Linz"\n\n'
        "### `syntax` (USQL101)\n\nError ([2.1](LANGUAGE.md#2.1)). No query.\n"
    )
