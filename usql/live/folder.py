"""A live folder in the hands of its only writer (``docs/STORE.md`` describes it): segments are added,
merged and deleted here. The list, which is replaced in one step, decides what counts."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Self

from usql.errors import PlaceTaken
from usql.files.atomic import is_leftover, naming, replacing_file, sync
from usql.files.lock import sole
from usql.frozen import dataclass
from usql.live.arrivals import Arrivals, read_lines, without_repeats
from usql.live.journal import JOURNAL, journal_file, numbers_in, whole_lines
from usql.live.known import Known
from usql.live.tiers import mergeable
from usql.store import Store, save
from usql.store.joined.live import joined_segments
from usql.store.saved.folder import open_folder
from usql.store.saved.live import (
    LIVE_LIST,
    SEGMENTS,
    Counts,
    LiveList,
    Segment,
    dump_list,
    is_live,
    read_list,
    segment_folder,
    segment_name,
)
from usql.store.saved.replace import absolute, is_empty

REJECTS = "rejects.ndjson"
"""The file of what arrived and is in no segment, inside a live folder."""

_LOCK = "lock"
_SCRATCH = "scratch"


@dataclass(frozen=True, slots=True)
class Added:
    """What became of data that was added: how many sessions are new, and what is counted of the rest."""

    sessions: int
    counts: Counts


class LiveFolder:
    """The folder, locked for this process until it is closed, as a context manager at its end. What a
    killed writer left half done is completed or undone first. ``doing`` tells others what for, as in
    "writing what arrives at port 8642". Segments that have more bytes than ``memory_limit`` together
    are not merged.

    :class:`usql.errors.PlaceBusy`, naming the process, if another one writes there;
    :class:`usql.errors.PlaceTaken` if the place holds anything else; ``DataError`` if the folder is
    damaged; another ``OSError`` if it cannot be written.
    """

    def __init__(
        self, folder: str | os.PathLike[str], doing: str, memory_limit: int | None = None
    ) -> None:
        self.path = absolute(folder)
        self._memory_limit = memory_limit
        self._broken: OSError | None = None
        self._listing = threading.RLock()
        with ExitStack() as stack:
            _make(self.path)
            stack.enter_context(sole(self.path / _LOCK, doing))
            if not is_live(self.path):
                _write_list(self.path, LiveList())
            self._list = read_list(self.path)
            self._following = self._list.following
            self._tidy()
            self._known = Known(self.path, self._list.segments)
            self._stack = stack.pop_all()
        try:
            for number in numbers_in(self.path):
                self.add_journal(number)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let others write there."""
        self._stack.close()

    @property
    def list(self) -> LiveList:
        """The list as it is in the folder."""
        return self._list

    def add_journal(self, number: int) -> Added:
        """Make the lines of a journal, which is the first that is in no segment, a segment, and delete
        it."""
        path = journal_file(self.path, number)
        text = whole_lines(path)
        arrivals = Arrivals((), b"", Counts())
        if text:
            arrivals = read_lines(text, self.path / JOURNAL / _SCRATCH, self._known.check)
        added = self._add(arrivals, number + 1)
        path.unlink()
        return added

    def add_store(self, store: Store) -> Added:
        """Make those sessions of a store that are not known yet a segment. ``DataError`` if some field
        has values that no type could hold together with those of the folder."""
        self._known.check(store)
        return self._add(Arrivals([store], b"", Counts()), self._list.journal)

    def merge(self) -> Sequence[Segment]:
        """Merge neighbours that are due into one segment, and return them; none if none are."""
        with self._listing:
            seal, old = self._list.seal, mergeable(self._list.segments, self._fits)
        if not old:
            return old
        store = joined_segments([self._known.open(segment) for segment in old], self.path, seal)
        new = self._save(store)

        def merged(live: LiveList) -> LiveList:
            at = live.segments.index(old[0])
            segments = (*live.segments[:at], new, *live.segments[at + len(old) :])
            return replace(live, segments=segments)

        self._commit(merged, [new])
        self._known.add(new, store)
        self._forget(old)
        return old

    def _fits(self, segments: Sequence[Segment]) -> bool:
        """Whether the memory is enough to merge them."""
        limit = self._memory_limit
        return limit is None or self._known.bytes_of(segments) <= limit

    def expired(self, before: int) -> Sequence[Segment]:
        """The segments all of whose sessions ended before this time, in UTC milliseconds."""
        return [s for s in self._list.segments if s.span != (0, 0) and s.span[1] <= before]

    def delete(self, segments: Sequence[Segment]) -> None:
        """Delete segments, whose sessions count as expired."""
        gone = Counts(expired=sum(segment.sessions for segment in segments))

        def without(live: LiveList) -> LiveList:
            remaining = tuple(s for s in live.segments if s not in segments)
            return replace(live, segments=remaining, counts=live.counts + gone)

        self._commit(without, [])
        self._forget(segments)

    def _add(self, arrivals: Arrivals, journal: int) -> Added:
        """Add what is new among the arrivals, and count the rest. Rejects are durable before the list is,
        which says how many bytes of them count."""
        new: list[Segment] = []
        counts, rejects = arrivals.counts, arrivals.rejects
        try:
            for store in arrivals.stores:
                settled = without_repeats(store, self._known)
                counts, rejects = counts + settled.counts, rejects + settled.rejects
                for fresh in settled.stores:
                    new.append(self._save(fresh))
                    self._known.add(new[-1], fresh)
            end = self._reject(rejects)
            self._commit(
                lambda live: replace(
                    live,
                    segments=(*live.segments, *new),
                    journal=journal,
                    rejects=end,
                    counts=live.counts + counts,
                ),
                new,
            )
        except BaseException:
            self._known.drop(new)
            raise
        return Added(sum(segment.sessions for segment in new), counts)

    def _reject(self, lines: bytes) -> int:
        """Add lines to the file of rejects, after those that count, and return its length."""
        path = self.path / REJECTS
        length = min(self._list.rejects, path.stat().st_size) if path.exists() else 0
        if not lines:
            return length
        with naming(path):
            file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o666)
            try:
                os.ftruncate(file, length)
                os.lseek(file, length, os.SEEK_SET)
                rest = memoryview(lines)
                while rest:
                    rest = rest[os.write(file, rest) :]
                os.fsync(file)
            finally:
                os.close(file)
        return length + len(lines)

    def _save(self, store: Store) -> Segment:
        with self._listing:
            name = segment_name(self._following)
            self._following += 1
        folder = segment_folder(self.path, name)
        save(store, folder)
        saved = open_folder(folder).saved
        assert saved is not None
        rows = sum(data.rows for data in store.tables.values()) - store.sessions
        return Segment(name, store.sessions, rows, store.span, saved.seal)

    def _commit(self, change: Callable[[LiveList], LiveList], new: Sequence[Segment]) -> None:
        """Replace the list. What is ``new`` in it is deleted again if that fails."""
        with self._listing:
            if self._broken is not None:
                raise self._broken
            before = self._list
            after = replace(change(before), following=self._following)
            try:
                _write_list(self.path, after)
            except OSError as error:
                if read_list(self.path) != before:  # it is there, but a power cut may take it back
                    self._broken = error
                    raise
                _delete(self.path, new)
                raise
            self._list = after

    def _forget(self, segments: Sequence[Segment]) -> None:
        self._known.drop(segments)
        _delete(self.path, segments)

    def _tidy(self) -> None:
        """Delete what a killed writer left: segments that the list does not name, rejects that it does
        not count, and journals that are in a segment."""
        names = {segment.name for segment in self._list.segments}
        for path in (self.path / SEGMENTS).iterdir():
            if path.name not in names:
                _remove(path)
        rejects = self.path / REJECTS
        if rejects.exists() and rejects.stat().st_size > self._list.rejects:
            os.truncate(rejects, self._list.rejects)
        waiting = {
            journal_file(self.path, n) for n in numbers_in(self.path) if n >= self._list.journal
        }
        for path in (self.path / JOURNAL).iterdir():
            if path not in waiting:
                path.unlink()


def _make(folder: Path) -> None:
    """The folder with those inside it, durable; one that holds something else stays as it is."""
    if folder.exists() and not is_live(folder) and not is_empty(folder) and not _is_begun(folder):
        reason = "there is something other than a live folder"
        raise PlaceTaken(errno.EEXIST, reason, str(folder))
    for path in (folder, folder / SEGMENTS, folder / JOURNAL):
        if not path.is_dir():
            path.mkdir()
            sync(path.parent)


def _is_begun(folder: Path) -> bool:
    """Whether the folder is a live one without its list: its writer was killed while making it."""
    return folder.is_dir() and all(
        path.name in (SEGMENTS, JOURNAL, _LOCK) or is_leftover(path.name, LIVE_LIST)
        for path in folder.iterdir()
    )


def _write_list(folder: Path, live: LiveList) -> None:
    with replacing_file(folder / LIVE_LIST) as file:
        file.write(dump_list(live))


def _delete(folder: Path, segments: Iterable[Segment]) -> None:
    for segment in segments:
        _remove(segment_folder(folder, segment.name))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
