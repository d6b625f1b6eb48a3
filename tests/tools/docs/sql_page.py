"""docs/SQL.md with the table of what cannot be said as it is declared."""

from __future__ import annotations

import re

from tests.places import ROOT
from usql.translation.unsupported import UNSUPPORTED

SQL = ROOT / "docs" / "SQL.md"
_ROWS = re.compile(r"(?<=^\| --- \| --- \| --- \| --- \|\n)(?:\|.*\n)*", re.MULTILINE)


def text() -> str:
    """The page with its table."""
    rows = (
        f"| {one.construct} | {', '.join(one.dialects)} | {', '.join(one.layouts)} | {one.reason} |\n"
        for one in UNSUPPORTED.values()
    )
    made, found = _ROWS.subn("".join(rows), SQL.read_text(encoding="utf-8"))
    assert found == 1, "the page has one table"
    return made
