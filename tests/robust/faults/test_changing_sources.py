"""Files that change while they are loaded, and files that were damaged: a sentence, or the sessions
that are there; never a crash, and no threads left. ``USQL_FAULTS`` times each kind of damage."""

from __future__ import annotations

import gzip
import os
import random
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa
import pytest
from pyarrow import ipc

import usql
from tests.reading import opened, pieces_of
from usql.errors import DataError
from usql.samples import batches
from usql.store import load, save
from usql.store.export.write import write_batches
from usql.store.loading.sink import Sink
from usql.store.sources.listing import Listing, list_parts

CASES = int(os.environ.get("USQL_FAULTS", "2"))
TEXTS = ("s.ndjson", "s.ndjson.gz", "s.ndjson.zst")
NAMES = (*TEXTS, "s.json", "s.parquet", "s.arrow", "s.arrows")
COUNT = "SELECT COUNT(*) FROM usersession"
ASKED = (
    "SELECT country, COUNT(*), SUM(duration) FROM usersession GROUP BY country LIMIT 5000",
    "SELECT name, COUNT(*), MAX(duration) FROM useraction GROUP BY name LIMIT 5000",
    "SELECT JSON FROM usersession LIMIT 5000",
)
SESSIONS = 24
TAKE = Sink.take


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same sessions in every format."""
    folder = tmp_path_factory.mktemp("exports")
    made = list(batches(SESSIONS, 1))
    for name in NAMES:
        path = folder / name
        if name == "s.json":
            lines = (folder / "s.ndjson").read_bytes().splitlines()
            path.write_bytes(b"[" + b",\n".join(lines) + b"]")
        elif name.startswith("s.arrow"):
            new = ipc.new_file if name == "s.arrow" else ipc.new_stream
            with pa.OSFile(str(path), "wb") as sink, new(sink, made[0].schema) as writer:
                for batch in made:
                    for first in range(0, batch.num_rows, 8):
                        writer.write_batch(batch.slice(first, 8))
        elif name == "s.parquet":
            import pyarrow.parquet as pq

            pq.write_table(pa.Table.from_batches(made), path, row_group_size=8)
        else:
            write_batches(path, made)
    return folder


def answers(sessions: usql.Sessions) -> list[list[list[Any]]]:
    return [sessions.query(text).rows() for text in ASKED]


# --- while they are read ----------------------------------------------------------------------------


def vanishes(path: Path) -> None:
    path.unlink()


def shrinks(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 3)


def empties(path: Path) -> None:
    os.truncate(path, 0)


def is_rewritten(path: Path) -> None:
    """In place, with bytes that mean nothing."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xa5" * (size - size // 2))
    os.utime(path, ns=(1, 1))


def is_replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b'{"city": "Linz"}\n')
    other.replace(path)


REASONS = (
    "the file changed while it was being read; load it again when it is complete",
    "the file cannot be read",
    "not JSON",
    "the text ends in the middle of a value",
)


@pytest.mark.parametrize("change", [vanishes, shrinks, empties, is_rewritten, is_replaced])
@pytest.mark.parametrize("name", NAMES)
def test_a_source_that_changes_while_it_is_read(
    exports: Path, tmp_path: Path, name: str, change: Callable[[Path], None]
) -> None:
    """After its first bytes, in the middle, and when all is taken."""
    expected = answers(usql.open(exports / name))
    told = set()
    for moment in (1, 2) if name in TEXTS else (1, 2, 3):
        path = Path(shutil.copy(exports / name, tmp_path))
        left = [moment]

        def later(self: Sink, portion: Any, path: Path = path, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                change(path)
            TAKE(self, portion)

        before = set(threading.enumerate())
        with mock.patch.object(Sink, "take", later):
            try:
                found = answers(opened(path, pieces_of(30_000), threads=1 + moment % 2))
            except DataError as error:
                told.add((error.source, error.reason.partition(":")[0]))
            else:
                assert found == expected
        assert {t for t in threading.enumerate() if t.name.startswith("usql-load")} <= before
    assert {source for source, _ in told} <= {str(tmp_path / name)}
    for _, reason in told:
        assert reason in REASONS or "UTF-8" in reason
    if change not in (is_replaced, vanishes) and name not in ("s.json", "s.ndjson.gz"):
        assert told


def test_lines_that_are_added_meanwhile_do_no_harm(exports: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(exports / "s.ndjson", tmp_path))
    line = path.read_bytes().splitlines(keepends=True)[0]
    added = []

    def report(_: object) -> None:
        with path.open("ab") as file:
            file.write(line)
        added.append(line)

    sessions = opened(path, pieces_of(30_000), progress=report, threads=1)
    assert SESSIONS <= len(sessions) <= SESSIONS + len(added)
    assert added


def test_files_that_vanish_before_they_are_read(exports: Path, tmp_path: Path) -> None:
    for name in ("a.ndjson", "b.ndjson"):
        shutil.copy(exports / "s.ndjson", tmp_path / name)
    gone = tmp_path / "b.ndjson"

    def listed(source: Any) -> Listing:
        found = list_parts(source)
        gone.unlink()
        return found

    with (
        mock.patch("usql.store.list_parts", listed),
        pytest.raises(DataError, match=r"b\.ndjson: the file cannot be read: .*No such file"),
    ):
        usql.open([str(tmp_path / "a.ndjson"), str(gone)])
    shutil.copy(exports / "s.ndjson", gone)
    expect = Sink.expect

    def then_gone(self: Sink, size: int) -> None:
        expect(self, size)
        gone.unlink()

    with (
        mock.patch.object(Sink, "expect", then_gone),
        pytest.raises(DataError, match=r"b\.ndjson: the file cannot be read: .*No such file"),
    ):
        usql.open(tmp_path)


@pytest.mark.parametrize("change", ["replaced", "deleted", "moved"])
def test_a_store_that_goes_while_it_is_open(exports: Path, tmp_path: Path, change: str) -> None:
    """Its files were opened; they stay until they are closed."""
    folder = tmp_path / "s"
    store = load(exports / "s.parquet")
    save(store, folder)
    expected = answers(usql.open(folder))
    sessions = usql.open(folder)
    assert sessions.query(COUNT).rows() == [[SESSIONS]]
    if change == "replaced":
        for _ in range(2):
            save(load([{"city": "Linz"}]), folder)
    elif change == "deleted":
        shutil.rmtree(folder)
    else:
        folder.rename(tmp_path / "t")
    assert answers(sessions) == expected
    sessions.save(tmp_path / "u")
    assert answers(usql.open(tmp_path / "u")) == expected


# --- damaged before ---------------------------------------------------------------------------------


def flipped(content: bytearray, chance: random.Random) -> None:
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def cut(content: bytearray, chance: random.Random) -> None:
    del content[chance.randrange(len(content)) :]


def scrambled(content: bytearray, chance: random.Random) -> None:
    place = chance.randrange(len(content))
    size = min(chance.randrange(1, 200), len(content) - place)
    content[place : place + size] = chance.randbytes(size)


@pytest.mark.parametrize("damage", [flipped, cut, scrambled])
@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_source(
    exports: Path, tmp_path: Path, name: str, damage: Callable[[bytearray, random.Random], None]
) -> None:
    """Formats without checksums may hold other values then; they are answered or refused."""
    content = (exports / name).read_bytes()
    chance = random.Random(f"{name} {damage.__name__}")
    path = tmp_path / name
    told = set()
    for _ in range(CASES):
        changed = bytearray(content)
        damage(changed, chance)
        path.write_bytes(changed)
        for on_error in ("stop", "skip"):
            try:
                answers(usql.open(path, on_error=on_error, threads=1))
            except DataError as error:
                told.add(error.source.partition(", row ")[0])
    assert told <= {str(path)}


def test_an_archive_that_ends_early_loses_nothing_silently(exports: Path, tmp_path: Path) -> None:
    whole = (exports / "s.ndjson.gz").read_bytes()
    for size in range(1, len(whole), len(whole) // 25):
        path = tmp_path / "s.ndjson.gz"
        path.write_bytes(whole[:-size])
        with pytest.raises(DataError, match=r"cannot be read|ends in the middle|not JSON"):
            usql.open(path)
    assert len(gzip.decompress(whole).splitlines()) == SESSIONS
