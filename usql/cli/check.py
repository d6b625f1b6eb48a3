"""``usql check``."""

from __future__ import annotations

from collections import Counter

import click

from usql import check as check_text
from usql.cli.options import profile_option, read_text
from usql.language.diagnostics import Diagnostic, Severity, render

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFORMATION: "blue"}


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...|-")
@profile_option
def check(files: tuple[str, ...], profile: str) -> int:
    """Judge the queries in FILEs, or on standard input, without any data."""
    counts: Counter[Severity] = Counter()
    for name in files:
        text = read_text(name)
        for found in check_text(text, profile=profile):
            counts[found.severity] += 1
            click.echo(_coloured(text, found, "stdin" if name == "-" else name))
    if counts:
        shown = (
            f"{n} {s.value}{'s' if n > 1 and s is not Severity.INFORMATION else ''}"
            for s in Severity
            if (n := counts[s])
        )
        click.echo(", ".join(shown))
    return 1 if counts[Severity.ERROR] else 0


def _coloured(text: str, found: Diagnostic, name: str) -> str:
    """The drawing, its first word in the severity's colour; click takes colour off in pipes."""
    drawn = render(text, [found], name)
    word = found.severity.value
    return click.style(word, fg=_COLOURS[found.severity], bold=True) + drawn[len(word) :]
