"""Results in a terminal."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

from usql.harmless import harmless
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
    """The result as plain text of at most ``width`` columns: without one those of the terminal, or
    100. Results of more than ``most_rows`` rows are cut in the middle. Without styles a missing value
    is ``∅``, so that it is not taken for the string ``null``. ``with_limit_note``: see ``Options``."""
    columns = width or shutil.get_terminal_size((100, 24)).columns
    options = Options(width=columns, max_rows=most_rows, with_limit_note=with_limit_note)
    return "".join(table.strings(result, options)).strip("\n")


_PLAIN = Options()


def draw(
    result: ResultData, console: Console, form: str = "table", options: Options = _PLAIN
) -> None:
    """Write a format that is text on a console as its rows are made: tables and rows upright as
    people like them there, others without control characters."""
    look = dataclasses.replace(
        options,
        width=console.width,
        is_styled=console.color_system is not None and not console.legacy_windows,
        is_screen=True,
    )
    for text in written_texts(result, form, look):
        shown = text
        if form not in _DRAWN:
            shown = harmless(text.replace("\r\n", "\n"), keep="\n")
        console.file.write(shown)


_DRAWN = ("table", "line")
"""Formats that send nothing to a terminal but their own styles."""


def renderables(result: ResultData, console: Console, width: int) -> Iterator[RenderableType]:
    """The result for rich to print. Without styles a missing value needs a mark of its own."""
    from rich.text import Text

    options = Options(width=width, is_styled=console.color_system is not None)
    for text in table.strings(result, options):
        shown = Text.from_ansi(text.removesuffix("\n"), no_wrap=True, overflow="crop")
        yield shown
