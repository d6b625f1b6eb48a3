"""docs/DIAGNOSTICS.md, made of the table of codes, and what of docs/RULES.md follows from it: the
explanations there are written by hand, and the corrections below the examples are not."""

from __future__ import annotations

import re

from tests.places import ROOT
from usql.editor.validation import validate
from usql.language.diagnostics import apply_fix
from usql.language.rules import RULES, Correction, Rule

RULES_PAGE = ROOT / "docs" / "RULES.md"

HEAD = """\
# Diagnostics

Every problem that usql reports about a query has a code and a name. Codes are never reused. Errors keep a query from
running; warnings and information do not. Limits of the profile (USQL5xx) say how to do without them: `--profile offline`,
in Python `profile="offline"`. [RULES.md](RULES.md) explains each, with examples, and
[LANGUAGE.md](LANGUAGE.md) has the rule of the language. This page is generated from the table of
codes (`usql/language/rules.py`) and the rules of the editor (`usql/editor/rules/`) by `python -m tests.tools.docs`.

| code | name | severity | what it means | rule |
| --- | --- | --- | --- | --- |
"""

SECTION = re.compile(
    r"^### `(?P<name>[a-z-]+)`(?: \(USQL\d+\))?\n\n(?P<body>.*?)(?=^##|\Z)",
    re.MULTILINE | re.DOTALL,
)
SEVERITY = re.compile(
    r"(?:(?:Error|Warning|Information)(?: \(\[[^)]*\)\))?(?:; the correction is safe)?\. )?"
)
EXAMPLE = re.compile(r"^ {4}(.*)$", re.MULTILINE)


def diagnostics() -> str:
    """docs/DIAGNOSTICS.md, in the order of the codes."""
    return HEAD + "".join(_line(rule) for rule in sorted(RULES.values(), key=lambda r: r.code))


def _line(rule: Rule) -> str:
    summary = rule.summary.replace("*", r"\*")
    anchor = f'<a id="{rule.code.lower()}"></a>'
    return (
        f"| {anchor}{rule.code} | `{rule.name}` | {rule.severity.value} | {summary} "
        f"| {_reference(rule)} |\n"
    )


def _reference(rule: Rule) -> str:
    """The link to the rule of the language."""
    return f"[{rule.section}](LANGUAGE.md#{rule.section})"


def rules() -> str:
    """docs/RULES.md with the title, the severity and the correction of each section as they are."""
    return SECTION.sub(_section, RULES_PAGE.read_text(encoding="utf-8"))


def _section(found: re.Match[str]) -> str:
    rule = RULES[found["name"]]
    prose = EXAMPLE.sub("", found["body"]).strip()
    severity = rule.severity.value.capitalize()
    safe = "; the correction is safe" if rule.correction is Correction.SAFE else ""
    parts = [
        f"### `{rule.name}` ({rule.code})",
        f"{severity} ({_reference(rule)}){safe}. {SEVERITY.sub('', prose, count=1)}",
        *(f"    {query}" for query in _queries(rule, EXAMPLE.findall(found["body"])[:1])),
    ]
    return "\n\n".join(parts) + ("\n\n" if found.end() < len(found.string) else "\n")


def _queries(rule: Rule, example: list[str]) -> list[str]:
    """The example, and what the first correction of its problem makes of it."""
    if not example:
        return []
    problem = next(d for d in validate(example[0]) if d.name == rule.name)
    return [*example, *(apply_fix(example[0], fix).rstrip() for fix in problem.fixes[:1])]
