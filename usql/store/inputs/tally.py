"""What became of each source while loading, in sentences for people."""

from __future__ import annotations

from collections import Counter
from dataclasses import field

from usql.errors import DataError
from usql.frozen import dataclass
from usql.store.inputs.origin import Origin
from usql.store.phrases import MOST_NAMED, counted


@dataclass(frozen=True)
class Remark:
    """Something that loading did and reports to people, in one sentence with a count: ``one`` for a
    single time, ``many`` for ``{count}`` times."""

    one: str
    many: str

    def sentence(self, count: int) -> str:
        """The sentence for this count."""
        return self.one if count == 1 else self.many.replace("{count}", str(count))


@dataclass(slots=True)
class _Source:
    """The contents of one source. ``has_sessions``: some row was a session, even if it had a bad
    value. ``bad``: the rows that were left out, the first few with their reasons."""

    has_sessions: bool = False
    is_refused: bool = False
    bad: int = 0
    reasons: list[str] = field(default_factory=list)


class Tally:
    """Counts what was taken, left out and remarked."""

    def __init__(self) -> None:
        self._sources: dict[Origin, _Source] = {}
        self._refused: list[str] = []
        self._remarks: Counter[Remark] = Counter()

    def begin(self, origin: Origin) -> None:
        """What follows is from this source."""
        self._of(origin)

    def take(self, origin: Origin) -> None:
        """Note that rows of the source are sessions."""
        self._of(origin).has_sessions = True

    def leave_out(self, error: DataError, origin: Origin) -> None:
        """Count a bad row of the source."""
        source = self._of(origin)
        source.bad += 1
        if len(source.reasons) < MOST_NAMED:
            source.reasons.append(str(error))

    def refuse(self, error: DataError, origin: Origin) -> None:
        """Note that the whole source is bad."""
        self._of(origin).is_refused = True
        self._refused.append(str(error))

    def remark(self, remark: Remark, count: int = 1) -> None:
        """Add ``count`` to a remark."""
        self._remarks[remark] += count

    def _of(self, origin: Origin) -> _Source:
        return self._sources.setdefault(origin, _Source())

    def notes(self) -> list[str]:
        """All notes. A file without any session counts as one bad file, however many rows it has
        (LANGUAGE.md §10a)."""
        refused, reasons, empty, bad = [*self._refused], list[str](), list[str](), 0
        for origin, source in self._sources.items():
            is_file = bool(origin.name)
            if is_file and not source.has_sessions and source.bad:
                refused.append(source.reasons[0])
            elif source.bad:
                reasons += source.reasons
                bad += source.bad
            elif is_file and not source.has_sessions and not source.is_refused:
                empty.append(origin.name)
        return [
            *counted(bad, "row was left out", "rows were left out", reasons, "; "),
            *counted(
                len(refused),
                "source without any session was left out",
                "sources without any session were left out",
                refused,
                "; ",
            ),
            *counted(len(empty), "file is empty", "files are empty", empty, ", "),
            *(remark.sentence(count) for remark, count in self._remarks.items()),
        ]
