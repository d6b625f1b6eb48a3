"""Shared by the formats for people: which rows and columns are drawn, and the lines below them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from usql.escape import escape_controls
from usql.frozen import dataclass
from usql.result.columns import ResultColumn
from usql.result.data import ResultData
from usql.result.options import Options
from usql.result.texts.cells import NULL, PLAIN_NULL, counted
from usql.result.texts.columns import Look, look_of
from usql.result.texts.widths import cut, wrapped

_MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class Drawn:
    """The rows and columns of a result that are drawn.

    ``parts`` are its rows, in two parts if rows between them are left out; ``columns`` are the
    drawn columns with their numbers in the table; ``empty`` are the names of columns of ``*`` that
    are left out because they have no values.
    """

    parts: tuple[pa.Table, ...]
    columns: tuple[tuple[int, ResultColumn], ...]
    empty: tuple[str, ...]
    look: Look
    options: Options

    @property
    def null(self) -> str:
        """The marker written for a missing value."""
        return self.dim(self.look.null)

    def dim(self, text: str) -> str:
        """The text in a less prominent style."""
        return f"\x1b[2m{text}\x1b[0m" if self.options.is_styled and text else text

    def bold(self, text: str) -> str:
        """The text in the style of names."""
        return f"\x1b[1m{text}\x1b[0m" if self.options.is_styled and text else text


def drawn(result: ResultData, options: Options) -> Drawn:
    """The part of a result that is drawn. Without styles a missing value is ``∅``, to distinguish
    it from the string ``null``."""
    table = result.table
    rows = len(table)
    parts: tuple[pa.Table, ...] = (table,)
    if options.max_rows is not None and rows > options.max_rows:
        end = options.max_rows // 2
        parts = (table.slice(0, options.max_rows - end), table.slice(rows - end))
    columns = list(enumerate(result.schema))
    empty: tuple[str, ...] = ()
    if options.is_screen and rows:
        filled = [
            (i, c) for i, c in columns if not c.is_of_star or table.column(i).null_count < rows
        ]
        if filled:
            empty = tuple(c.name for i, c in columns if (i, c) not in filled)
            columns = filled
    look = look_of(options, NULL if options.is_styled else PLAIN_NULL)
    return Drawn(parts, tuple(columns), empty, look, options)


def below(result: ResultData, shown: Drawn, unfit: Sequence[str] = ()) -> Iterator[str]:
    """The lines below the rows: the number of rows, the columns that are not drawn, and the
    explanations. ``unfit`` are the names of columns that do not fit on the screen."""
    counts = counted(len(result), "row")
    if unfit:
        how_many = "1 more column does" if len(unfit) == 1 else f"{len(unfit)} more columns do"
        counts += f", {how_many} not fit: {_listed(unfit)}"
    yield shown.dim(_line(counts, shown)) + "\n"
    if shown.empty:
        left_out = counted(len(shown.empty), "column")
        text = f"{left_out} without a value {'is' if len(shown.empty) == 1 else 'are'} left out"
        yield shown.dim(_line(f"{text}: {_listed(shown.empty)}", shown)) + "\n"
    yield from explanation_lines(result, shown)


def explanation_lines(result: ResultData, shown: Drawn) -> Iterator[str]:
    """The lines of explanations about the rows."""
    for note in result.explanations:
        if note != result.limit_note or shown.options.with_limit_note:
            for line in wrapped(escape_controls(note), shown.options.width):
                yield shown.dim(line) + "\n"


def _listed(names: Sequence[str]) -> str:
    return ", ".join([*names[:_MOST_NAMES], "…"] if len(names) > _MOST_NAMES else names)


def _line(text: str, shown: Drawn) -> str:
    width = shown.options.width
    return escape_controls(text) if width is None else cut(escape_controls(text), width)
