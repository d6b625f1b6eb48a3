"""Writes what arrives to a live folder: acknowledges it once it is durable in the journal, and makes
segments of it, which it merges and, when they are old, deletes, in threads of its own."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import Self

from usql.language.literals import parse_duration, shift
from usql.live.folder import LiveFolder
from usql.live.journal import Journal
from usql.store.saved.live import Segment

LARGEST_JOURNAL = 1000
"""How many sessions a journal has when a segment is made of it."""

OLDEST_JOURNAL = 10.0
"""How many seconds after its first session a segment is made of it."""

_PAUSE = 10.0
"""Seconds after which what failed, for want of room on the disk perhaps, is tried again."""

_BETWEEN_DELETIONS = 600.0
"""Seconds between two looks for segments that are too old."""


def expiry(keep: str) -> Callable[[], int]:
    """What gives the time before which sessions have to have ended to be older than ``keep``, a
    duration such as ``90d``. ``ValueError`` if it is none."""
    duration = parse_duration(keep)
    return lambda: shift(time.time_ns() // 1_000_000, duration, -1)


class Writer:
    """The only writer of a live folder, which is made if it is not there; errors as of
    :class:`LiveFolder`. Any number of threads may append.

    ``expiry`` gives the time, in UTC milliseconds, by which the sessions of a segment have to have ended
    to be deleted; ``None`` keeps all. Segments that have more bytes than ``memory_limit`` together are
    not merged. ``tell`` is called with sentences for people: what is deleted, and
    what fails in the background.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        doing: str,
        *,
        expiry: Callable[[], int] | None = None,
        memory_limit: int | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._tell = tell
        self._expiry = expiry
        self._live = LiveFolder(folder, doing, memory_limit)
        self.path = self._live.path
        self._making = threading.Lock()
        self._changed = threading.Condition()
        self._is_closing = self._is_closed = False
        self.waiting_since: float | None = None
        try:
            self._delete_old()
            self._journal = Journal(self.path, self._live.list.journal)
        except BaseException:
            self._live.close()
            raise
        self._threads = [
            threading.Thread(target=work, name=f"usql-live-{name}", daemon=True)
            for name, work in (("segments", self._make), ("merges", self._merge))
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, body: bytes, sessions: int) -> None:
        """Append lines, so many of which may be sessions. When this returns they are durable, and a
        process that is killed, or a machine whose power is cut, will find them again. ``OSError`` if
        that is not possible, such as on a full disk."""
        self._journal.append(body, sessions)
        with self._changed:
            if self.waiting_since is None:
                self.waiting_since = time.monotonic()
            self._changed.notify_all()

    def flush(self) -> None:
        """Make segments of all that was acknowledged so far; whoever opens the folder then sees it.
        ``waiting_since``, the monotonic time of the first acknowledgement after the last flush, is
        ``None`` until the next one."""
        with self._making:
            if self._is_closed:
                return
            since, self.waiting_since = self.waiting_since, None
            try:
                self._make_segments()
            except BaseException:
                self.waiting_since = since
                raise

    def close(self) -> None:
        """Make segments of what was acknowledged, end the threads, and let others write there. Nothing
        may be appended meanwhile or afterwards."""
        with self._changed:
            if self._is_closing:
                return
            self._is_closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        try:
            self.flush()
        finally:
            with self._making:
                self._is_closed = True
                self._journal.close()
                self._live.close()

    def _make_segments(self) -> None:
        self._journal.roll()
        for number in range(self._live.list.journal, self._journal.number):
            self._live.add_journal(number)
        with self._changed:
            self._changed.notify_all()  # there may be something to merge

    @property
    def _due(self) -> float:
        """Seconds until a segment is to be made."""
        since = self._journal.since
        is_behind = self._live.list.journal < self._journal.number  # the last one failed
        if is_behind or self._journal.sessions >= LARGEST_JOURNAL:
            return 0.0
        return OLDEST_JOURNAL if since is None else since + OLDEST_JOURNAL - time.monotonic()

    def _make(self) -> None:
        """The thread that makes segments. ``waiting_since`` stays: only a flush tells who waits."""
        while True:
            with self._changed:
                while not self._is_closing and (due := self._due) > 0:
                    self._changed.wait(due)
                if self._is_closing:
                    return
            self._try(self._make_now, "make a segment of the journal")

    def _make_now(self) -> None:
        with self._making:
            self._make_segments()

    def _merge(self) -> None:
        """The thread that merges segments, and deletes old ones."""
        looked = time.monotonic()
        while True:
            is_done = self._try(self._merge_some, "merge segments")
            if time.monotonic() - looked > _BETWEEN_DELETIONS:
                looked = time.monotonic()
                self._try(self._delete_old, "delete old segments")
            with self._changed:
                if self._is_closing:
                    return
                if is_done:
                    self._changed.wait(_BETWEEN_DELETIONS)

    def _merge_some(self) -> None:
        while not self._is_closing and self._live.merge():
            pass

    def _delete_old(self) -> None:
        old = () if self._expiry is None else self._live.expired(self._expiry())
        if old:
            self._tell(_about(old))
            self._live.delete(old)

    def _try(self, work: Callable[[], None], what: str) -> bool:
        """Do work, whatever whose failure is: it must not end its thread, which would stay unnoticed. It
        is told, and a pause is made."""
        try:
            work()
        except Exception as error:
            self._tell(f"the writer of {self.path} could not {what}, and will try again: {error}")
            with self._changed:
                self._changed.wait_for(lambda: self._is_closing, _PAUSE)
            return False
        return True


def _about(old: Sequence[Segment]) -> str:
    from usql.result.texts.times import time_text

    sessions = sum(segment.sessions for segment in old)
    last = max(segment.span[1] for segment in old)
    plural = ("", "it is") if sessions == 1 else ("s", "they are")
    return (
        f"deleting {sessions:,} session{plural[0]}, the last of which ended at {time_text(last - 1)}: "
        f"{plural[1]} older than is kept"
    )
