"""``docs/LANGUAGE.md`` in parts: its sections, its rules, and its examples."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.language.usqltest import Case, read
from tests.places import ROOT

PAGE = ROOT / "docs" / "LANGUAGE.md"
SAMPLE = ROOT / "docs" / "shop.ndjson"
MARKS = ("documented", "observed", "chosen")
"""Where a rule comes from."""

_SECTION = re.compile(r"^## (\d+[a-z]?)\. .*$", re.MULTILINE)
_PART = re.compile(r"^### (.*)$", re.MULTILINE)
_RULE = re.compile(
    r'^<a id="([^"]+)"></a>\*\*([^*]+)\*\* (.*?)$(?=\n\n|\n*\Z)', re.MULTILINE | re.DOTALL
)
_EXAMPLES = re.compile(r"^```usqltest\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Section:
    """One section: its number (``10a``) and all the text below its title."""

    number: str
    text: str

    @property
    def parts(self) -> list[tuple[str, str]]:
        """The titles of its parts, and their texts."""
        pieces = _PART.split(self.text)
        return list(zip(pieces[1::2], pieces[2::2], strict=True))


@dataclass(frozen=True)
class Rule:
    """One rule: its anchor, the number that it shows, and its text on one line, which ends with its
    mark."""

    anchor: str
    number: str
    text: str


def sections() -> list[Section]:
    """The sections in order."""
    pieces = _SECTION.split(PAGE.read_text(encoding="utf-8"))
    return [Section(n, text) for n, text in zip(pieces[1::2], pieces[2::2], strict=True)]


def rules(text: str) -> list[Rule]:
    """The rules of a part of the page."""
    return [
        Rule(anchor, number, " ".join(said.split())) for anchor, number, said in _RULE.findall(text)
    ]


def examples() -> list[Case]:
    """The queries of the page with their answers."""
    text = PAGE.read_text(encoding="utf-8")
    return [
        case
        for block in _EXAMPLES.finditer(text)
        for case in read(block[1], text.count("\n", 0, block.start()) + 2)
    ]
