"""A progress bar below the cell of a notebook."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from IPython.core.display_functions import DisplayHandle

from usql.sizes import readable_bytes

if TYPE_CHECKING:
    from usql.store import Progress

_PAUSE = 0.1
"""Seconds between two drawings."""


class Bar:
    """A bar that appears with the first report, and is removed in the end."""

    def __init__(self) -> None:
        self._handle: DisplayHandle | None = None
        self._drawn = 0.0

    def show(self, progress: Progress) -> None:
        """Draw the progress of the load, if the latest drawing is old enough."""
        now = time.monotonic()
        if now - self._drawn < _PAUSE:
            return
        self._drawn = now
        self._draw(_drawing(progress))

    def remove(self) -> None:
        """Remove the bar."""
        if self._handle is not None:
            self._draw({"text/plain": "", "text/html": ""})

    def _draw(self, shown: dict[str, str]) -> None:
        if self._handle is None:
            self._handle = DisplayHandle()
            self._handle.display(shown, raw=True)
        else:
            self._handle.update(shown, raw=True)


def _drawing(progress: Progress) -> dict[str, str]:
    """The bar as HTML and, for front ends that show only text, as a sentence."""
    done, total = progress.bytes_done, progress.bytes_total
    share = min(1.0, done / total) if total else None
    so_far = "" if share is None else f"{share:.0%} of {readable_bytes(total)}, "
    said = f"loading: {so_far}{progress.sessions} sessions"
    value = "" if share is None else f' value="{share:.3f}"'
    return {"text/plain": said, "text/html": f"<progress{value}></progress> <small>{said}</small>"}
