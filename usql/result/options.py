"""Options for the appearance of written results."""

from __future__ import annotations

from typing import Literal

from usql.frozen import dataclass

TimeForm = Literal["iso", "ms", "local"]
"""How times are written: ``iso``, ``2026-03-06 11:45:54.886`` in UTC, or on the clock of an offset that
is given, and then with it; ``ms``, UTC milliseconds; ``local``, like ``iso`` on the clock of the
offset, or of this machine, with the offset."""


@dataclass(frozen=True, slots=True)
class Options:
    """Options for writing results; each format uses those that concern it.

    ``csv_safe``: in CSV all texts are quoted, and texts, column names and lists that a spreadsheet
    might take for a formula get an apostrophe, whether it separates cells by ``,``, ``;`` or a tab;
    numbers are unchanged.

    In formats whose cells are texts, ``null`` stands for a missing value, ``time`` selects how
    times are written (by default ``ms`` in CSV, else ``iso``), and ``utc_offset`` in minutes
    selects the clock (by default UTC, without a suffix). Formats for people draw at most
    ``max_rows`` rows, and lines of at most ``width`` cells; without these options there is no
    limit.

    ``is_styled``: names are bold and missing values dim, by escape sequences. ``is_screen``: the
    output is for a terminal, where columns of ``*`` without any value are left out.
    ``with_limit_note``: the note about the default limit is one of the explanations.
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
