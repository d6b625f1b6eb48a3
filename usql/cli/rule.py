"""``usql rule``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from usql.catalog.names import near
from usql.cli import completion
from usql.cli.lists import Section, sections_text, show_text, wrapped
from usql.cli.options import text_or_json
from usql.harmless import json_text
from usql.language.rules import RULES, Correction, Rule, Severity

_WIDEST = 100
"""Cells of a line of prose."""


@click.command()
@click.argument("name", metavar="[CODE|NAME]", required=False, shell_complete=completion.rules)
@text_or_json("How it is written.")
def rule(name: str | None, form: str) -> None:
    """Explain a problem that usql reports, by its code or name: USQL704, use-in. Without one, list
    them all."""
    from usql.editor.suppressions import rule_named

    if name is None:
        chosen = sorted(RULES.values(), key=lambda r: r.code)
        if form == "json":
            click.echo(json_text([_as_json(r) for r in chosen], indent=2))
        else:
            rows = [((r.code, r.name, r.severity.value), r.summary) for r in chosen]
            show_text(lambda width: sections_text([Section("", rows)], width))
        return
    found = rule_named(name)
    if found is None:
        raise click.UsageError(_unknown(name))
    if form == "json":
        click.echo(json_text(_as_json(found), indent=2))
    else:
        show_text(lambda width: "\n".join(_explained(found, width)))


def _unknown(name: str) -> str:
    names, codes = list(RULES), [r.code for r in RULES.values()]
    if name.isdigit():
        meant = near(f"USQL{name}", codes)
    else:
        meant = near(name, codes if name.upper().startswith("USQL") else names)
    hint = f"did you mean {', '.join(meant)}?" if meant else "usql rule lists them all."
    return f"There is no rule {name!r}; {hint}"


def _explained(found: Rule, width: int | None) -> Iterator[str]:
    from usql.editor.explanations import explanation

    told = explanation(found)
    line = _WIDEST if width is None else min(_WIDEST, width)
    yield click.style(f"{found.severity.value}[{found.code}] {found.name}", bold=True)
    yield ""
    yield from wrapped(told.text, line)
    if told.example is not None:
        yield from ("", "Reported:", *_indented(told.example, width))
    if told.correction is not None:
        yield from ("", "Corrected:", *_indented(told.correction, width))
    notes = [*_notes(found)]
    if notes:
        yield ""
    for note in notes:
        yield from wrapped(note, line)
    yield from ("", f"Rule {found.section} of the language: {found.reference}")


def _indented(query: str, width: int | None) -> list[str]:
    """A query, in one line unless the screen is too narrow."""
    return [f"  {line}" for line in wrapped(query, None if width is None else width - 2)]


def _notes(found: Rule) -> Iterator[str]:
    """What one can do about it."""
    applied = {
        "safe": "usql check --fix corrects it.",
        "unsafe": "usql check --fix --unsafe-fixes corrects it where a correction is offered.",
        "by hand": "Its correction changes what the query asks: editors offer it, but --fix does not apply it.",
    }
    corrected = _corrected(found)
    if corrected is not None:
        yield applied[corrected]
    if found.severity is not Severity.ERROR:
        yield (
            f"usql check --ignore {found.name} does not report it, and a comment in the query, "
            f"-- usql: ignore[{found.name}], silences it there."
        )
    elif found.code.startswith("USQL5"):
        yield '--profile offline, in Python profile="offline", has no such limit.'


def _corrected(found: Rule) -> str | None:
    """Whether ``usql check`` applies the first correction by itself."""
    from usql.editor.explanations import explanation

    if found.correction is Correction.UNSAFE and explanation(found).correction is None:
        return None
    return found.correction.value


def _as_json(found: Rule) -> dict[str, Any]:
    from usql.editor.explanations import explanation

    told = explanation(found)
    return {
        "code": found.code,
        "name": found.name,
        "severity": found.severity.value,
        "summary": found.summary,
        "section": found.section,
        "reference": found.reference,
        "text": told.text,
        "example": told.example,
        "correction": told.correction,
        "corrected": _corrected(found),
    }
