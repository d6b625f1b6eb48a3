"""What formats for people share: which rows and columns they draw, and what stands below them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from usql.frozen import dataclass
from usql.harmless import harmless
from usql.result.cells import NULL, PLAIN_NULL, counted
from usql.result.columns import ResultColumn
from usql.result.data import ResultData
from usql.result.options import Options
from usql.result.texts import Look, look_of
from usql.result.widths import cut, wrapped

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Drawn:
    """The rows and columns of a result that are drawn.

    ``parts`` are its rows, in two parts if those between them are left out; ``columns`` have their
    numbers in the table; ``empty`` are the names of those that are left out since nobody named them
    and they have no value.
    """

    parts: tuple[pa.Table, ...]
    columns: tuple[tuple[int, ResultColumn], ...]
    empty: tuple[str, ...]
    look: Look
    options: Options

    @property
    def null(self) -> str:
        """What is sent for a missing value."""
        return self.dim(self.look.null)

    def dim(self, text: str) -> str:
        """A text that matters less."""
        return f"\x1b[2m{text}\x1b[0m" if self.options.is_styled and text else text

    def bold(self, text: str) -> str:
        """A text that names something."""
        return f"\x1b[1m{text}\x1b[0m" if self.options.is_styled and text else text


def drawn(result: ResultData, options: Options) -> Drawn:
    """What is drawn of a result. Without styles a missing value is ``∅``, so that it is not taken
    for the string ``null``."""
    table = result.table
    rows = len(table)
    parts: tuple[pa.Table, ...] = (table,)
    if options.max_rows is not None and rows > options.max_rows:
        end = options.max_rows // 2
        parts = (table.slice(0, options.max_rows - end), table.slice(rows - end))
    columns = list(enumerate(result.schema))
    empty: tuple[str, ...] = ()
    if options.is_screen and rows:
        kept = [(i, c) for i, c in columns if not c.is_of_star or table.column(i).null_count < rows]
        if kept:
            empty = tuple(c.name for i, c in columns if (i, c) not in kept)
            columns = kept
    look = look_of(options, NULL if options.is_styled else PLAIN_NULL)
    return Drawn(parts, tuple(columns), empty, look, options)


def below(result: ResultData, shown: Drawn, unfit: Sequence[str] = ()) -> Iterator[str]:
    """The lines below the rows: how many there are, which columns are not drawn, and the
    explanations. ``unfit`` are the names of columns that do not fit the screen."""
    told = counted(len(result), "row")
    if unfit:
        how_many = "1 more column does" if len(unfit) == 1 else f"{len(unfit)} more columns do"
        told += f", {how_many} not fit: {_named(unfit)}"
    yield shown.dim(_line(told, shown)) + "\n"
    if shown.empty:
        left_out = counted(len(shown.empty), "column")
        text = f"{left_out} without a value {'is' if len(shown.empty) == 1 else 'are'} left out"
        yield shown.dim(_line(f"{text}: {_named(shown.empty)}", shown)) + "\n"
    yield from explanations(result, shown)


def explanations(result: ResultData, shown: Drawn) -> Iterator[str]:
    """The lines that say what shaped the rows."""
    for note in result.explanations:
        if note != result.limit_note or shown.options.with_limit_note:
            for line in wrapped(harmless(note), shown.options.width):
                yield shown.dim(line) + "\n"


def _named(names: Sequence[str]) -> str:
    return ", ".join([*names[:_MOST_NAMED], "…"] if len(names) > _MOST_NAMED else names)


def _line(text: str, shown: Drawn) -> str:
    width = shown.options.width
    return harmless(text) if width is None else cut(harmless(text), width)
