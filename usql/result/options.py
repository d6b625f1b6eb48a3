"""How results look where they are written."""

from __future__ import annotations

from typing import Literal

from usql.frozen import dataclass

TimeForm = Literal["iso", "ms", "local"]
"""How times are written: ``iso``, ``2026-03-06 11:45:54.886`` in UTC, or on the clock of an offset that
is given, and then with it; ``ms``, UTC milliseconds; ``local``, like ``iso`` on the clock of the
offset, or of this machine, with the offset."""


@dataclass(frozen=True, slots=True)
class Options:
    """How what is written looks; each format regards what concerns it.

    ``csv_safe``: texts of CSV stand in quotes, and those that a spreadsheet might take for a
    formula, whether ``,``, ``;`` or a tab separates its cells, get apostrophes: names of columns
    and lists too; numbers stay.

    In formats whose cells are texts, ``null`` stands for a missing value, and ``time`` says how
    times are written (by default ``ms`` in CSV, else ``iso``), ``utc_offset`` on which clock (minutes;
    without one UTC, unsaid). In those for people at most ``max_rows`` rows are drawn, and no
    line is wider than ``width`` cells; without these, all of them whole.

    ``is_styled``: names are bold and missing values dim, by escape sequences. ``is_screen``: people
    look at it on a terminal, where columns of ``*`` that have no value are left out.
    ``with_limit_note``: the note of the default limit is among the explanations.
    """

    csv_safe: bool = False
    null: str | None = None
    time: TimeForm | None = None
    utc_offset: int | None = None
    max_rows: int | None = None
    width: int | None = None
    is_styled: bool = False
    is_screen: bool = False
    with_limit_note: bool = True
