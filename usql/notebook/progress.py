"""A progress bar below the cell of a notebook."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from IPython.core.display_functions import DisplayHandle

if TYPE_CHECKING:
    from usql.store import Progress

_PAUSE = 0.1
"""Seconds between two drawings."""


class Bar:
    """A bar that is drawn when it is first told something, and gone in the end."""

    def __init__(self) -> None:
        self._handle: DisplayHandle | None = None
        self._drawn = 0.0

    def show(self, progress: Progress) -> None:
        """Draw how far the load is, if the last drawing is old enough."""
        now = time.monotonic()
        if now - self._drawn < _PAUSE:
            return
        self._drawn = now
        self._draw(_drawing(progress))

    def remove(self) -> None:
        """Leave nothing of it."""
        if self._handle is not None:
            self._draw({"text/plain": "", "text/html": ""})

    def _draw(self, shown: dict[str, str]) -> None:
        if self._handle is None:
            self._handle = DisplayHandle()
            self._handle.display(shown, raw=True)
        else:
            self._handle.update(shown, raw=True)


def _drawing(progress: Progress) -> dict[str, str]:
    """The bar for pages and, as a sentence, for what shows only text."""
    done, total = progress.bytes_done, progress.bytes_total
    share = min(1.0, done / total) if total else None
    so_far = "" if share is None else f"{share:.0%} of {total / 1e6:.1f} MB, "
    said = f"loading: {so_far}{progress.sessions} sessions"
    value = "" if share is None else f' value="{share:.3f}"'
    return {"text/plain": said, "text/html": f"<progress{value}></progress> <small>{said}</small>"}
