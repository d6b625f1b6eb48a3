"""The timeframe and the clock for all queries of a shell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usql.shell.state import State

_COUNT = "SELECT COUNT(*) FROM usersession"


def set_timeframe(shell: State, words: Sequence[str]) -> None:
    """Query only the sessions that overlap a start and an end, or all again. ``ValueError`` for an
    invalid time: the old timeframe then stays."""
    if len(words) > 2:
        raise ValueError("a timeframe is START, or START and END; put times with blanks in quotes")
    if [word.lower() for word in words] == ["all"]:
        words = ()
    start, end = [*words, None, None][:2]
    _set(shell, start=start, end=end)


def set_now(shell: State, text: str) -> None:
    """Set the value of ``$NOW``, or return to the clock's time. ``ValueError`` for an invalid
    time."""
    _set(shell, now=None if text.lower() == "clock" else text)


def _set(shell: State, **changed: str | None) -> None:
    options = {**shell.options, **changed}
    shell.sessions.query(_COUNT, **options)  # raises if the times are invalid
    shell.options = options


def timeframe_of(shell: State) -> str:
    """The timeframe, and how many sessions it contains."""
    frame = frame_of(shell)
    if frame is None:
        return f"timeframe: all {len(shell.sessions)} sessions"
    held = shell.sessions.query(_COUNT, **shell.options).rows()[0][0]
    return f"timeframe: {frame}, {held} of {len(shell.sessions)} sessions"


def frame_of(shell: State) -> str | None:
    """The limits of the timeframe as text; ``None`` if there is none."""
    start, end = shell.options.get("start"), shell.options.get("end")
    if start is None and end is None:
        return None
    from_start = "the start of the data" if start is None else start
    return f"{from_start} to {'the end of the data' if end is None else end}"


def now_of(shell: State) -> str:
    """The meaning of ``$NOW``."""
    return f"$NOW: {shell.options.get('now') or 'the current time'}"
