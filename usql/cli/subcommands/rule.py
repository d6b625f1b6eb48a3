"""``usql rule``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from usql.catalog.names import near
from usql.cli import completion
from usql.cli.lists import Section, sections_text, show_text, wrapped
from usql.cli.options import text_or_json
from usql.escape import json_text
from usql.language.rules import RULES, Correction, Rule, Severity

_WIDEST = 100
"""Cells of a line of prose."""


@click.command()
@click.argument("name", metavar="[CODE|NAME]", required=False, shell_complete=completion.rules)
@text_or_json("How it is written.")
def rule(name: str | None, form: str) -> None:
    """Explain a problem that usql reports, by its code or name: USQL704, use-in. Without an
    argument, list all of them."""
    from usql.editor.problems.suppressions import rule_named

    if name is None:
        chosen = sorted(RULES.values(), key=lambda r: r.code)
        if form == "json":
            click.echo(json_text([_as_json(r) for r in chosen], indent=2))
        else:
            rows = [((r.code, r.name, r.severity.value), r.summary) for r in chosen]
            show_text(lambda width: sections_text([Section("", rows)], width))
        return
    chosen_rule = rule_named(name)
    if chosen_rule is None:
        raise click.UsageError(_unknown(name))
    if form == "json":
        click.echo(json_text(_as_json(chosen_rule), indent=2))
    else:
        show_text(lambda width: "\n".join(_explained(chosen_rule, width)))


def _unknown(name: str) -> str:
    names, codes = list(RULES), [r.code for r in RULES.values()]
    if name.isdigit():
        meant = near(f"USQL{name}", codes)
    else:
        meant = near(name, codes if name.upper().startswith("USQL") else names)
    hint = f"did you mean {', '.join(meant)}?" if meant else "usql rule lists them all."
    return f"There is no rule {name!r}; {hint}"


def _explained(rule: Rule, width: int | None) -> Iterator[str]:
    from usql.editor.explanations import explanation

    details = explanation(rule)
    line = _WIDEST if width is None else min(_WIDEST, width)
    yield click.style(f"{rule.severity.value}[{rule.code}] {rule.name}", bold=True)
    yield ""
    yield from wrapped(details.text, line)
    if details.example is not None:
        yield from ("", "Reported:", *_indented(details.example, width))
    if details.correction is not None:
        yield from ("", "Corrected:", *_indented(details.correction, width))
    notes = [*_notes(rule)]
    if notes:
        yield ""
    for note in notes:
        yield from wrapped(note, line)
    yield from ("", f"Rule {rule.section} of the language: {rule.reference}")


def _indented(query: str, width: int | None) -> list[str]:
    """A query, on one line unless the screen is too narrow."""
    return [f"  {line}" for line in wrapped(query, None if width is None else width - 2)]


def _notes(rule: Rule) -> Iterator[str]:
    """What the user can do about the problem."""
    applied = {
        "safe": "usql check --fix corrects it.",
        "unsafe": "usql check --fix --unsafe-fixes corrects it where a correction is offered.",
        "by hand": "Its correction changes what the query asks: editors offer it, but --fix does not apply it.",
    }
    corrected = _corrected(rule)
    if corrected is not None:
        yield applied[corrected]
    if rule.severity is not Severity.ERROR:
        yield (
            f"usql check --ignore {rule.name} does not report it, and a comment in the query, "
            f"-- usql: ignore[{rule.name}], silences it there."
        )
    elif rule.code.startswith("USQL5"):
        yield '--profile offline, in Python profile="offline", has no such limit.'


def _corrected(rule: Rule) -> str | None:
    """Whether ``usql check`` applies the first correction automatically."""
    from usql.editor.explanations import explanation

    if rule.correction is Correction.UNSAFE and explanation(rule).correction is None:
        return None
    return rule.correction.value


def _as_json(rule: Rule) -> dict[str, Any]:
    from usql.editor.explanations import explanation

    details = explanation(rule)
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "summary": rule.summary,
        "section": rule.section,
        "reference": rule.reference,
        "text": details.text,
        "example": details.example,
        "correction": details.correction,
        "corrected": _corrected(rule),
    }
