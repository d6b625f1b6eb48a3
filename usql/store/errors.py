"""Bad data: where it is and why it can not be read."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Literal

OnError = Literal["stop", "skip"]
"""What becomes of a load that meets bad data: it stops, or leaves the bad rows out."""


class DataError(Exception):
    """Data could not be read.

    ``source`` is the file or the place in a Python source, ``line`` its line (1-based, ``None``
    where there are none), ``path`` the field such as ``userActions[3].duration``, ``reason`` a
    sentence. ``str()`` of the error says it all in one line.
    """

    __module__ = "usql"  # tracebacks name what people can import

    def __init__(
        self, reason: str, *, source: str = "", line: int | None = None, path: str = ""
    ) -> None:
        self.reason = reason
        self.source = source
        self.line = line
        self.path = path
        where = ", ".join(
            part for part in (source, f"line {line}" if line is not None else "", path) if part
        )
        super().__init__(f"{where}: {reason}" if where else reason)

    def __reduce__(self) -> tuple[Any, ...]:
        make = functools.partial(type(self), source=self.source, line=self.line, path=self.path)
        return make, (self.reason,), self.__dict__

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback: the place, and what is bad."""
        from usql.tracebacks import short_traceback

        return short_traceback(self)


def unreadable(error: Exception, source: str) -> DataError:
    """What a failure of a reader or of the system means to the user."""
    reason = str(error).split("\n", maxsplit=1)[0]
    return DataError(f"the file can not be read: {reason}", source=source)


class BadValue(Exception):
    """A value inside one session: the path below the session and a sentence. ``others`` are the
    session's other bad values, where all are looked for."""

    def __init__(self, path: str, reason: str, others: Sequence[BadValue] = ()) -> None:
        self.path = path
        self.reason = reason
        self.others = others
        super().__init__(f"{path}: {reason}")


class NoSession(BadValue):
    """What stands there is no session at all."""


class NeedsPrecise(Exception):
    """The vectorised way can not judge this data; the row by row way must."""
