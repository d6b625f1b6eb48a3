"""``python -m tests.docs`` writes the generated pages anew."""

from __future__ import annotations

from tests.docs.generated import PAGES

for page, made in PAGES.items():
    page.write_text(made(), encoding="utf-8")
