"""What came of each source while loading, told in plain sentences for people."""

from __future__ import annotations

from collections import Counter
from dataclasses import field

from usql.errors import DataError
from usql.frozen import dataclass
from usql.store.inputs.origin import Origin
from usql.store.phrases import MOST_NAMED, counted


@dataclass(frozen=True)
class Remark:
    """Something that loading did and people are told, once, with how often: ``one`` is the sentence
    of one time, ``many`` that of ``{count}`` times."""

    one: str
    many: str

    def sentence(self, count: int) -> str:
        """The sentence of so many times."""
        return self.one if count == 1 else self.many.replace("{count}", str(count))


@dataclass(slots=True)
class _Source:
    """What was found in one source. ``has_sessions``: a row was a session, if only one with a bad
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
        """What comes next is of this source."""
        self._of(origin)

    def take(self, origin: Origin) -> None:
        """Rows of the source are sessions."""
        self._of(origin).has_sessions = True

    def leave_out(self, error: DataError, origin: Origin) -> None:
        """A row of the source is bad."""
        source = self._of(origin)
        source.bad += 1
        if len(source.reasons) < MOST_NAMED:
            source.reasons.append(str(error))

    def refuse(self, error: DataError, origin: Origin) -> None:
        """The whole source is bad."""
        self._of(origin).is_refused = True
        self._refused.append(str(error))

    def remark(self, remark: Remark, count: int = 1) -> None:
        """Something was done so many times more."""
        self._remarks[remark] += count

    def _of(self, origin: Origin) -> _Source:
        return self._sources.setdefault(origin, _Source())

    def notes(self) -> list[str]:
        """All that is to be told. A file without any session is one bad file, whatever the number
        of its rows (LANGUAGE.md §10a)."""
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
