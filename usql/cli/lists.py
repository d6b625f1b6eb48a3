"""Names with explanations: one line each in pipes, wrapped and paged on terminals."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence

import click

from usql.frozen import dataclass

_LEAST_TEXT = 30
"""Cells: if less room remains beside the words, the text is put below them."""

_GAP = "  "


@dataclass(frozen=True, slots=True)
class Section:
    """An optional bold ``title``, and rows of a name, further words and an explanation."""

    title: str
    rows: Sequence[tuple[tuple[str, ...], str]]


def sections_text(sections: Sequence[Section], width: int | None) -> str:
    """The sections with styles, in lines of ``width`` cells; without a width, one line per row."""
    return "\n".join(_lines(sections, width))


def _lines(sections: Sequence[Section], width: int | None) -> Iterator[str]:
    for number, section in enumerate(sections):
        if number:
            yield ""
        if section.title:
            yield from (click.style(line, bold=True) for line in wrapped(section.title, width))
        margin = _GAP if section.title else ""
        columns = [
            max(map(len, column)) for column in zip(*(w for w, _ in section.rows), strict=True)
        ]
        for words, text in section.rows:
            padded = [word.ljust(cells) for word, cells in zip(words, columns, strict=True)]
            beside = len(margin) + sum(len(word) + len(_GAP) for word in padded)
            styled = [padded[0], *(click.style(word, fg="cyan") for word in padded[1:])]
            head = margin + _GAP.join(styled)
            if width is None:
                yield f"{head}{_GAP}{text}".rstrip()
            elif width - beside >= _LEAST_TEXT:
                first, *others = wrapped(text, width - beside) or [""]
                yield f"{head}{_GAP}{first}".rstrip()
                yield from (" " * beside + line for line in others)
            else:
                yield (
                    margin + _GAP.join([words[0], *(click.style(w, fg="cyan") for w in words[1:])])
                )
                yield from (
                    f"{margin}    {line}" for line in wrapped(text, width - len(margin) - 4)
                )


def wrapped(text: str, width: int | None) -> list[str]:
    """The lines of a text, at most ``width`` cells wide; one line without a width."""
    if width is None:
        return [text]
    return textwrap.wrap(text, max(width, 20), break_long_words=False, break_on_hyphens=False)


def show_text(draw_text: Callable[[int | None], str]) -> None:
    """Write to standard output the text that ``draw_text`` returns for a width: that of the
    terminal, through the pager if it does not fit, or none in a pipe."""
    if not sys.stdout.isatty():
        click.echo(draw_text(None))
        return
    from rich.console import Console

    from usql.cli.paging import show

    def draw(console: Console) -> None:
        text = draw_text(console.width)
        is_plain = console.color_system is None or console.no_color
        console.out(click.unstyle(text) if is_plain else text, highlight=False)

    show(draw)
