"""What RULES.md says of each rule, in parts: it is the one place where rules are explained."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path

from usql.frozen import dataclass
from usql.language.rules import RULES, Rule

_SECTION = re.compile(r"^### `([a-z-]+)` \(USQL\d+\)\n\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_EXAMPLE = re.compile(r"^ {4}(.*)$", re.MULTILINE)
_HEAD = re.compile(r"[A-Z][a-z]+ \(\[[^)]*\)\)(; the correction is safe)?\. ")
"""How severe it is and which rule of the language it is about, which the rule tells itself."""

_EMPHASIS = re.compile(r"(?<![`(*\w])\*([a-z][a-z ]*)\*")


@dataclass(frozen=True, slots=True)
class Explanation:
    """A rule in words. ``example`` is a query that it reports, and ``correction`` what its first
    correction makes of that; ``None`` where there is none."""

    rule: Rule
    text: str
    example: str | None
    correction: str | None


def explanation(rule: Rule) -> Explanation:
    """What is to be said of a rule.

    >>> explanation(RULES["double-equals"]).text
    'Equality is written with one equals sign.'
    """
    return _explanations()[rule.name]


@functools.cache
def _explanations() -> Mapping[str, Explanation]:
    found = {}
    for name, body in _SECTION.findall(_page()):
        queries = _EXAMPLE.findall(body)
        prose = " ".join(_EXAMPLE.sub("", body).split())
        text = _EMPHASIS.sub(r"\1", _HEAD.sub("", prose, count=1))
        example, correction, *_ = [*queries, None, None]
        found[name] = Explanation(RULES[name], text, example, correction)
    return found


def _page() -> str:
    """RULES.md: beside this module where the package is installed, else of the checkout."""
    installed = Path(__file__).with_name("RULES.md")
    checkout = Path(__file__).parents[2] / "docs" / "RULES.md"
    return (installed if installed.exists() else checkout).read_text(encoding="utf-8")
