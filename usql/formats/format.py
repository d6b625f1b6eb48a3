"""What a form of results is."""

from __future__ import annotations

from usql.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """A form of results, as the module of its name in ``usql/result/formats/`` declares it.

    ``suffixes`` of files ask for it, without their dots. ``is_text``: a text stream can take it.
    ``shows_cells``: its cells are texts, so that one may choose how missing values and times look.
    ``is_drawn``: for people to read, so that rows may be left out of it.
    """

    name: str
    summary: str
    suffixes: tuple[str, ...] = ()
    is_text: bool = True
    shows_cells: bool = False
    is_drawn: bool = False
