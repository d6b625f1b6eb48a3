"""What a live folder says of itself: a growing set of saved stores, its segments, and a journal of
what is in none of them yet (``docs/STORE.md`` describes it)."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from usql.errors import DataError
from usql.frozen import dataclass
from usql.store.saved.documents import checksum, damaged, text_of, whole
from usql.store.saved.replace import absolute, is_kind, settled

LIVE_FORMAT = "usql-live"
LIVE_VERSION = 1
"""Counts up when a folder of the new kind cannot be read as one of the old kind."""

LIVE_LIST = "usql-live.json"
"""The file that makes a folder a live one: the list of its segments."""

SEGMENTS = "segments"
"""The folder of the segments, inside a live folder."""

_SEGMENT = re.compile(r"[0-9]{6,12}")


def segment_name(number: int) -> str:
    """The name of a segment's folder."""
    return f"{number:06}"


@dataclass(frozen=True, slots=True)
class Segment:
    """One of the stores: the ``name`` of its folder, how many sessions and rows of other tables it
    has, their span (``Store.span``), and its seal (``Saved.seal``)."""

    name: str
    sessions: int
    rows: int
    span: tuple[int, int]
    seal: str


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of sessions that are in no segment: those that came ``again`` and were dropped,
    those with ``other`` content under a known key and the ``lines`` that are no sessions, both kept
    in the file of rejects, and those that ``expired``."""

    again: int = 0
    other: int = 0
    lines: int = 0
    expired: int = 0

    def __add__(self, more: Counts) -> Counts:
        return Counts(*(getattr(self, f.name) + getattr(more, f.name) for f in fields(self)))

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence for people about each that is not 0."""
        return tuple(
            text.format(n=f"{count:,}", s="" if count == 1 else "s", was=_was(count))
            for name, text in _SENTENCES.items()
            if (count := getattr(self, name))
        )


_SENTENCES = {
    "again": "{n} session{s} arrived again and {was} left out.",
    "other": "{n} session{s} arrived again with other content and {was} put into rejects.ndjson.",
    "lines": "{n} row{s} without a session that has a userSessionId {was} put into rejects.ndjson.",
    "expired": "{n} session{s} {was} deleted because of age.",
}


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


@dataclass(frozen=True, slots=True)
class LiveList:
    """The whole list. ``segments`` are in the order in which their sessions came; ``journal`` is the
    number of the first journal that is in none of them, and ``following`` that of the next segment
    (no number is used twice); ``rejects`` is how many bytes of the file of rejects count."""

    segments: tuple[Segment, ...] = ()
    journal: int = 1
    following: int = 1
    rejects: int = 0
    counts: Counts = Counts()

    @property
    def seal(self) -> str:
        """What a moment of the folder is known again by."""
        return checksum({"segments": [segment.seal for segment in self.segments]})


def is_live(path: str | os.PathLike[str]) -> bool:
    """Whether there is a live folder at ``path``, whole or damaged."""
    return is_kind(path, LIVE_LIST)


def read_list(folder: str | os.PathLike[str]) -> LiveList:
    """The list of a live folder. ``DataError`` when there is none, when it is damaged or of another
    version."""
    return settled(
        absolute(folder),
        LIVE_LIST,
        "live folder",
        lambda _, place, text: parse_list(text, str(place / LIVE_LIST)),
    )


def dump_list(live: LiveList) -> bytes:
    """The document, with its own checksum."""
    body = {
        "format": LIVE_FORMAT,
        "version": LIVE_VERSION,
        "segments": [asdict(segment) for segment in live.segments],
        "journal": live.journal,
        "following": live.following,
        "rejects": live.rejects,
        "counts": asdict(live.counts),
    }
    return (json.dumps(body | {"sha256": checksum(body)}, indent=1) + "\n").encode()


def parse_list(text: bytes, source: str) -> LiveList:
    """The list that a document holds. ``DataError`` naming ``source`` when it is none, is damaged or of
    another version."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise damaged(source) from None
    if not isinstance(body, dict) or body.get("format") != LIVE_FORMAT:
        raise DataError("the file is not the list of a live folder", source=source)
    version = body.get("version")
    if isinstance(version, int) and version != LIVE_VERSION:
        reason = (
            f"the live folder has format version {version}, this usql reads {LIVE_VERSION}; use "
            f"{'a newer' if version > LIVE_VERSION else 'an older'} usql"
        )
        raise DataError(reason, source=source)
    if body.pop("sha256", None) != checksum(body):
        raise damaged(source)
    try:
        return LiveList(
            tuple(map(_segment, body["segments"])),
            whole(body["journal"]),
            whole(body["following"]),
            whole(body["rejects"]),
            Counts(**{name: whole(count) for name, count in body["counts"].items()}),
        )
    except (AttributeError, KeyError, TypeError, ValueError):  # written by something else
        raise damaged(source) from None


def _segment(saved: Mapping[str, Any]) -> Segment:
    name = text_of(saved["name"])
    if not _SEGMENT.fullmatch(name):  # no other folder is ever opened
        raise ValueError(name)
    first, last = map(whole, saved["span"])
    sessions, rows = (whole(saved[n]) for n in ("sessions", "rows"))
    return Segment(name, sessions, rows, (first, last), text_of(saved["seal"]))


def segment_folder(folder: Path, name: str) -> Path:
    """Where a segment of a live folder is."""
    return folder / SEGMENTS / name
