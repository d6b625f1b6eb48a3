"""Bad data: where it is and why it cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from usql.errors import ControlFlow, DataError

OnError = Literal["stop", "skip"]
"""What becomes of a load that meets bad data: it stops, or leaves the bad rows out."""


def unreadable(error: Exception, source: str) -> DataError:
    """What a failure of a reader or of the system means to the user."""
    reason = str(error).split("\n", maxsplit=1)[0]
    return DataError(f"the file cannot be read: {reason}", source=source)


class BadValue(ControlFlow):
    """A value inside one session: the path below the session and a sentence. ``others`` are the
    session's other bad values, where all are looked for."""

    def __init__(self, path: str, reason: str, others: Sequence[BadValue] = ()) -> None:
        self.path = path
        self.reason = reason
        self.others = others
        super().__init__(f"{path}: {reason}")


class NoSession(BadValue):
    """What stands there is no session at all."""


class NeedsPrecise(ControlFlow):
    """The vectorised way cannot judge this data; the row by row way must."""
