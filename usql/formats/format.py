"""The declaration of a format of results."""

from __future__ import annotations

from usql.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """A format of results, as the module of its name in ``usql/result/formats/`` declares it.

    ``suffixes``: those of files in this format, without dots. ``is_text``: it can be written to a
    text stream. ``shows_cells``: its cells are texts, so that users may choose how missing values
    and times look. ``is_drawn``: people read it, so rows may be left out. ``is_for_screens``: it is
    for terminals, drawn a screen at a time, without control characters except those of its own
    styles.
    """

    name: str
    summary: str
    suffixes: tuple[str, ...] = ()
    is_text: bool = True
    shows_cells: bool = False
    is_drawn: bool = False
    is_for_screens: bool = False
