"""What is generated, wholly or in part: pages, modules, and what examples print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.places import ROOT
from tests.tools.docs import (
    examples,
    fields_page,
    functions_page,
    rules_pages,
    sql_page,
    testing_page,
)
from tests.tools.docs.tables import TABLES

DOCS = ROOT / "docs"

PAGES: dict[Path, Callable[[], str]] = {
    DOCS / "FIELDS.md": fields_page.text,
    DOCS / "FUNCTIONS.md": functions_page.text,
    DOCS / "DIAGNOSTICS.md": rules_pages.diagnostics,
    DOCS / "RULES.md": rules_pages.rules,
    sql_page.SQL: sql_page.text,
    **TABLES,
    testing_page.TESTING: testing_page.counted,
    **examples.scripts(),
}
