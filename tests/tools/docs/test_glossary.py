"""The glossary names files that exist, and each term once."""

from __future__ import annotations

import re

from tests.places import ROOT

_ROWS = re.findall(
    r"^\| (.+?) \| .+ \| (?:`(.+)`)? ?\|$",
    (ROOT / "docs" / "GLOSSARY.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


def test_every_file_exists() -> None:
    files = [file for _, file in _ROWS if file]
    assert files
    assert [file for file in files if not (ROOT / file).is_file()] == []


def test_every_term_has_a_file() -> None:
    assert [term for term, file in _ROWS if not file] == []


def test_every_term_is_explained_once() -> None:
    terms = [term for names, _ in _ROWS for term in names.split(", ")]
    assert sorted(set(terms)) == sorted(terms)
