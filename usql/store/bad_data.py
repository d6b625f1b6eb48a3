"""Bad data: where it is and why it cannot be read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from usql.errors import ControlFlow, DataError

OnError = Literal["stop", "skip"]
"""What a load does about bad data: stop, or leave the bad rows out."""


def unreadable(error: Exception, source: str) -> DataError:
    """A failure of a reader or of the system as an error for the user."""
    reason = str(error).split("\n", maxsplit=1)[0]
    return DataError(f"the file cannot be read: {reason}", source=source)


def rejects_file(rejects: str | os.PathLike[str] | None, sources: Iterable[Path]) -> Path | None:
    """Where rows that are left out are written, if anywhere; ``ValueError`` where that cannot be."""
    target = None if rejects is None else Path(rejects)
    if target is not None and any(_same(target, source) for source in sources):
        raise ValueError("the rejects file would overwrite a source")
    if target is not None and not target.absolute().parent.is_dir():
        raise ValueError(f"there is no folder {target.parent} for the rejects file")
    return target


def _same(a: Path, b: Path) -> bool:
    return a.exists() and b.exists() and a.samefile(b)


class BadValue(ControlFlow):
    """A bad value inside a session: its path below the session and a sentence. ``others`` are the
    session's other bad values, if all of them are collected."""

    def __init__(self, path: str, reason: str, others: Sequence[BadValue] = ()) -> None:
        self.path = path
        self.reason = reason
        self.others = others
        super().__init__(f"{path}: {reason}")


class NoSession(BadValue):
    """The value is not a session at all."""


class NeedsSlowPath(ControlFlow):
    """The fast, vectorised path cannot judge this data; the slow path must, row by row."""
