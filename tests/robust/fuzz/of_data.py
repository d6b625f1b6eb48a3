"""Targets that read the bytes as data: exported lines, and a saved store with one file changed."""

from __future__ import annotations

import atexit
import functools
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import usql
from tests.manifests import sealed
from tests.places import SESSIONS
from tests.unit.store.loading.json.test_hard_lines import read
from tests.unit.store.same import assert_columns, assert_equal, assert_same
from usql.errors import DataError
from usql.store import OnError, Store
from usql.store.columns import AnyColumn, TableData
from usql.store.saved.folder import MANIFEST, open_folder, verify

_SAVED_ROWS = 6
_COUNT = re.compile(
    r"(\d+) (?:rows? (?:was|were) left out|Elasticsearch action lines? (?:was|were) skipped)"
)
_RESEALED = 4
"""The bit of the second byte that asks for a description whose checksum is right again."""


def ndjson(data: bytes) -> None:
    """A text is read or refused with a sentence, by Arrow's reader as by ours; with ``skip`` every
    line is a session or counted as left out."""
    ways: tuple[OnError, OnError] = ("stop", "skip")
    for on_error in ways:
        fast, slow = read(data, on_error), read(data, on_error, is_slow=True)
        if isinstance(fast, str) or isinstance(slow, str):
            assert fast == slow
        else:
            assert_same(fast, slow)
            if not fast.sessions:  # one bad file, or an empty one
                assert fast.notes or not _lines(data)
            elif on_error == "skip" and data.lstrip()[:1] not in (b"[", b"{"):
                assert fast.sessions + _left_out(fast) >= _lines(data)


def store(data: bytes) -> None:
    """``file, kind of change, place in three bytes, bytes``: a saved store with one file changed is
    refused with an error that names it, or holds what was saved. A description with another
    content and a right checksum is refused or opened."""
    saved = _saved()
    if len(data) < 5:
        return
    name = sorted(saved.contents)[data[0] % len(saved.contents)]
    content = _changed(saved.contents[name], data[1], int.from_bytes(data[2:5]), data[5:])
    resealed = name == MANIFEST and data[1] & _RESEALED
    if resealed:
        content = _sealed(content)
    with saved.changed(name, content) as folder:
        if resealed:
            _refused_or(lambda: open_folder(folder), folder)
            return
        if content != saved.contents[name]:
            assert name == MANIFEST or _refused_or(lambda: verify(folder), folder)
        _check_kept(saved.store, folder)


def _left_out(found: Store) -> int:
    return sum(int(count) for note in found.notes for count in _COUNT.findall(note))


def _lines(data: bytes) -> int:
    """Lines that are not blank."""
    whole = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return sum(bool(line.decode(errors="replace").strip()) for line in whole)


def _changed(content: bytes, kind: int, place: int, piece: bytes) -> bytes:
    """With bytes written over others, put between them, in place of the rest, or left out."""
    place %= len(content) + 1
    match kind % 4:
        case 0:
            return content[:place] + piece + content[place + len(piece) :]
        case 1:
            return content[:place] + piece + content[place:]
        case 2:
            return content[:place] + piece
    return content[:place] + content[place + len(piece) :]


def _sealed(content: bytes) -> bytes:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return content
    if not isinstance(body, dict):
        return content
    return sealed(body).encode()


@dataclass(frozen=True)
class _Saved:
    """A saved store: its folder, a copy of its files, their contents, and what it holds."""

    folder: Path
    copy: Path
    contents: dict[str, bytes]
    store: Store

    @contextmanager
    def changed(self, name: str, content: bytes) -> Iterator[Path]:
        """The folder with a file of another content. It is a new file: an open store goes on
        reading the old one."""
        (self.folder / name).unlink()
        (self.folder / name).write_bytes(content)
        try:
            yield self.folder
        finally:
            (self.folder / name).unlink()
            os.link(self.copy / name, self.folder / name)


@functools.cache
def _saved() -> _Saved:
    place = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    lines = SESSIONS.read_text("utf-8").splitlines()[:_SAVED_ROWS]
    sessions = usql.open([json.loads(line) for line in lines], threads=1)
    sessions.query("SELECT country, COUNT(*) FROM usersession GROUP BY country")
    sessions.save(place / "s", indexes=True)
    shutil.copytree(place / "s", place / "copy")
    contents = {path.name: path.read_bytes() for path in (place / "copy").iterdir()}
    return _Saved(place / "s", place / "copy", contents, open_folder(place / "copy"))


def _check_kept(right: Store, folder: Path) -> None:
    """Whatever the store gives is what was saved."""
    opened: list[Store] = []
    if _refused_or(lambda: opened.append(open_folder(folder)), folder):
        return
    (found,) = opened
    assert (found.notes, found.span) == (right.notes, right.span)
    for check in _checks(right, found):
        _refused_or(check, folder)


def _checks(right: Store, found: Store) -> Iterator[Callable[[], None]]:
    """A comparison of each part that is read on its own."""
    assert list(found.indexes) == list(right.indexes)
    yield from (partial(_same_index, right, found, index) for index in right.indexes)
    for name, table in right.tables.items():
        other = found.tables[name]
        assert other.rows == table.rows
        yield partial(_same_links, table, other)
        for columns, others in ((table.columns, other.columns), (table.derived, other.derived)):
            assert list(others) == list(columns)
            yield from (partial(_same_column, columns, others, field) for field in columns)


def _same_links(table: TableData, other: TableData) -> None:
    assert_equal(table.parent, other.parent)
    assert_equal(table.offsets, other.offsets)


def _same_column(
    columns: Mapping[str, AnyColumn], others: Mapping[str, AnyColumn], field: str
) -> None:
    assert_columns(columns[field], others[field])


def _same_index(right: Store, found: Store, index: str) -> None:
    arrays, others = right.indexes[index], found.indexes[index]
    assert list(arrays) == list(others)
    for key, array in arrays.items():
        assert_equal(array, others[key])


def _refused_or(ask: Callable[[], object], folder: Path) -> bool:
    """Whether what is asked for is refused, which names the folder or a file in it."""
    try:
        ask()
    except DataError as error:
        assert folder in (Path(error.source), Path(error.source).parent)
        return True
    return False
