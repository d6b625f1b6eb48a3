"""docs/DIAGNOSTICS.md and docs/RULES.md, made of what the rules declare."""

from __future__ import annotations

from collections.abc import Iterator

from usql.editor.explanations import corrected
from usql.language.rules import RULES, Correction, Rule

HEAD = """\
# Diagnostics

Every problem that usql reports about a query has a code and a name. Codes are never reused. Errors prevent a query from
running; warnings and information do not. The limits of a profile (USQL5xx) can be lifted with `--profile offline`, in Python
`profile="offline"`, and their messages say so. [RULES.md](RULES.md) explains each problem, with examples;
[LANGUAGE.md](LANGUAGE.md) has the rules of the language that the last column refers to. This page is generated from the rules
of the language (`usql/language/rules/`) and of the editor (`usql/editor/rules/`) by `python -m tests.tools.docs`.

| code | name | severity | what it means | rule |
| --- | --- | --- | --- | --- |
"""

RULES_HEAD = """\
# Rules

`usql check` and the editor report errors (at the end of this page), and also queries that can be run but may not mean what was
intended, that the vendor's server restricts, or that could be written more simply. [DIAGNOSTICS.md](DIAGNOSTICS.md) lists
all codes, one per line; `usql rule use-in` shows a section of this page. The tests check every example below: the first query
is reported, and the second is the result of the first correction.

**Choose rules** by name, by code, or by the beginning of codes: `usql check --select use-in,USQL6 --ignore default-limit`.
Errors of the text (USQL1xx) are always reported.

**Silence a rule** in the query: `-- usql: ignore[rule, other-rule]`. A comment after words of the query applies to its line; a
comment on a line of its own, to the next line with words; and a comment before the first word, to the whole query. The vendor's
server does not accept comments: remove them before you paste a query there.

**Correct**: `usql check --fix` applies the corrections marked *safe* below, which either keep the answer or write the only
thing that can have been meant. `--unsafe-fixes` also applies the first correction of the other rules, except those marked *by
hand*: these change what the query asks, which only a person can decide. Editors offer all corrections.

**Placeholders** of dashboards (`${…}`, `{{…}}`) can stand for anything. Whatever depends on one is not checked, so that no report
and no correction is wrong for any value it might have. In a program, whatever is inserted into a literal is a placeholder, too:
`{…}` in f-strings, `${…}` in templates, `%s`, `%(name)s`, `{}` and `{name}` (even if the text is formatted elsewhere), and what is
added with `+`. It may stand for whole clauses: if the grammar allows no placeholder at that point, only the words before it and
the names are checked. Corrections are written with the escapes of the literal; they are not offered if they would extend beyond
its end or into an interpolation.
"""

HUNDREDS = {
    "6": ("Warnings", ""),
    "7": ("Information", ""),
    "5": (
        "Limits of the vendor's server",
        "The `dynatrace` profile accepts what the server accepts; `--profile offline` lifts all of these limits.",
    ),
    "1": ("Errors of the text", ""),
    "2": ("Errors of names", ""),
    "3": ("Errors of conditions and values", ""),
    "4": ("Errors of functions, groups and funnels", ""),
    "8": ("While a query runs", ""),
    "9": ("Translations to SQL", ""),
}
"""The sections of RULES.md, by the first digit of their codes: a title, and what holds for all."""


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
    """docs/RULES.md. ``KeyError`` for a code of a hundred that has no section."""
    ordered: dict[str, list[Rule]] = {digit: [] for digit in HUNDREDS}
    for rule in RULES.values():
        ordered[rule.code[4]].append(rule)
    sections = (part for digit, found in ordered.items() for part in _section(digit, found))
    return "\n\n".join((RULES_HEAD.rstrip("\n"), *sections)) + "\n"


def _section(digit: str, rules: list[Rule]) -> Iterator[str]:
    title, note = HUNDREDS[digit]
    yield f"## {title}"
    if note:
        yield note
    for rule in rules:
        yield from explained(rule)


def explained(rule: Rule) -> Iterator[str]:
    """The paragraphs of RULES.md about a rule."""
    yield f"### `{rule.name}` ({rule.code})"
    severity = rule.severity.value.capitalize()
    safe = "; the correction is safe" if rule.correction is Correction.SAFE else ""
    yield f"{severity} ({_reference(rule)}){safe}. {rule.text}"
    if rule.example is not None:
        yield f"    {rule.example}"
    correction = corrected(rule)
    if correction is not None:
        yield f"    {correction}"
