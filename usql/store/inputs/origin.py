"""Where sessions come from: what errors call it, and how strictly its rows are judged."""

from __future__ import annotations

from dataclasses import field

from usql.frozen import dataclass
from usql.store.inputs.places import Local, Place


@dataclass(frozen=True, slots=True)
class Origin:
    """A file by its name or URL, or values in memory, which have none.

    ``is_found``: a folder or a pattern led to the file, nobody named it; its rows are judged more
    strictly. ``partition``: the fields that the names of its folders give every row, as they are
    written there, percent signs decoded (LANGUAGE.md §10a). ``elsewhere``: where its bytes are, if
    it is no file of this machine.
    """

    name: str = ""
    is_found: bool = False
    partition: tuple[tuple[str, str], ...] = ()
    elsewhere: Place | None = field(default=None, compare=False, repr=False)

    @property
    def place(self) -> Place:
        """Where its bytes are."""
        return self.elsewhere or Local(self.name)

    def row(self, number: int) -> str:
        """What errors call a row, counted from 0."""
        return f"{self.name}, row {number}" if self.name else f"row {number}"


@dataclass(frozen=True, slots=True)
class Saved:
    """A folder that this engine wrote, which is read by its description, never by its files."""

    folder: str


@dataclass(frozen=True, slots=True)
class PassedBy:
    """What lies in a folder, or fits a pattern, and is not read. ``why`` is empty for a file whose
    name does not end as those of data do."""

    name: str
    why: str = ""
