"""Where sessions come from: its name in errors, and how strictly its rows are judged."""

from __future__ import annotations

from dataclasses import field

from usql.frozen import dataclass
from usql.store.inputs.places import Local, Place


@dataclass(frozen=True, slots=True)
class Origin:
    """A file by its name or URL, or values in memory, which have no name.

    ``is_found``: a folder or a pattern led to the file, rather than its name; its rows are judged
    more strictly. ``partition``: the fields that the names of its folders give every row, as
    written there, with percent signs decoded (LANGUAGE.md §10a). ``elsewhere``: where its bytes
    are, if it is not a file of this machine. ``groups``: of a Parquet file the row groups to read,
    ``None`` for all.
    """

    name: str = ""
    is_found: bool = False
    partition: tuple[tuple[str, str], ...] = ()
    elsewhere: Place | None = field(default=None, compare=False, repr=False)
    groups: tuple[int, ...] | None = None

    @property
    def place(self) -> Place:
        """Where its bytes are."""
        return self.elsewhere or Local(self.name)

    def row(self, number: int) -> str:
        """The name of a row, counted from 0, in errors."""
        return f"{self.name}, row {number}" if self.name else f"row {number}"


@dataclass(frozen=True, slots=True)
class SavedSource:
    """A saved store, which is read by its manifest, never file by file."""

    folder: str


@dataclass(frozen=True, slots=True)
class PassedBy:
    """A file or folder inside a folder, or matching a pattern, that is not read. ``why`` is empty
    for a file without a suffix of data files."""

    name: str
    why: str = ""
