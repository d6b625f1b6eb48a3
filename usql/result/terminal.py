"""Results on a terminal."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

from usql.escape import escape_controls
from usql.formats import FORMATS
from usql.result.formats import table
from usql.result.options import Options
from usql.result.writing import written_texts

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from usql.result.data import ResultData

_MOST_ROWS = 60
"""Longer results are cut in the middle by ``print``."""


def plain_text(
    result: ResultData,
    width: int | None = None,
    most_rows: int | None = _MOST_ROWS,
    with_limit_note: bool = True,
) -> str:
    """The result as plain text of at most ``width`` columns, by default those of the terminal, or
    100. Results with more than ``most_rows`` rows are cut in the middle. Without styles a missing
    value is ``∅``, to distinguish it from the string ``null``. ``with_limit_note``: see
    ``Options``."""
    columns = width or shutil.get_terminal_size((100, 24)).columns
    options = Options(width=columns, max_rows=most_rows, with_limit_note=with_limit_note)
    return "".join(table.table_strings(result, options)).strip("\n")


_PLAIN = Options()


def draw(
    result: ResultData, console: Console, form: str = "table", options: Options = _PLAIN
) -> None:
    """Write a text format on a console while its rows are made: tables and vertical rows in the
    style for people, other formats without control characters."""
    look = dataclasses.replace(
        options,
        width=console.width,
        is_styled=console.color_system is not None and not console.legacy_windows,
        is_screen=True,
    )
    for text in written_texts(result, form, look):
        shown = text
        if not FORMATS[form].is_for_screens:
            shown = escape_controls(text.replace("\r\n", "\n"), keep="\n")
        console.file.write(shown)


def renderables(result: ResultData, console: Console, width: int) -> Iterator[RenderableType]:
    """The result as objects that rich can print. Without styles a missing value has a marker of its
    own."""
    from rich.text import Text

    options = Options(width=width, is_styled=console.color_system is not None)
    for text in table.table_strings(result, options):
        shown = Text.from_ansi(text.removesuffix("\n"), no_wrap=True, overflow="crop")
        yield shown
