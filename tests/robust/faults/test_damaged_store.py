"""A saved store whose files were cut off or changed: an error that names the file, or the same
answers. ``USQL_FAULTS`` times each kind of damage, at random places."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import usql
from tests.unit.engine.asked import QUERIES
from tests.unit.engine.made import mixed
from usql.store.columns import NumberColumn
from usql.store.saved.folder import MANIFEST, open_folder

CASES = int(os.environ.get("USQL_FAULTS", "1"))
OFFLINE: dict[str, Any] = {"profile": "offline"}

ASKED = (
    "SELECT * FROM usersession",
    "SELECT JSON FROM usersession",
    *(f"SELECT JSON FROM {t}" for t in ("useraction", "userevent", "usererror")),
    "SELECT country, COUNT(*), MEDIAN(useraction.duration), COUNT(DISTINCT useraction.name) "
    "FROM usersession WHERE useraction.isEntryAction = true OR usererror.name LIKE '*e*' GROUP BY country",
    "SELECT useraction.stringProperties, city FROM useraction WHERE usersession.country LIKE '*a*'",
)


def answers(folder: Path) -> list[list[list[Any]] | None]:
    """The rows of each query; ``None`` where the store refuses, which names one of its files and
    says what to do."""
    try:
        sessions = usql.open(folder, threads=1)
    except usql.DataError as error:
        told(error, folder)
        return [None] * len(ASKED)
    found: list[list[list[Any]] | None] = []
    for text in ASKED:
        try:
            found.append(sessions.query(text, **OFFLINE).rows())
        except usql.DataError as error:
            told(error, folder)
            found.append(None)
    return found


def told(error: usql.DataError, folder: Path) -> None:
    assert Path(error.source).parent == folder
    assert "save the store again" in error.reason


def flipped(content: bytearray, place: int, chance: random.Random) -> None:
    content[place] ^= 1 << chance.randrange(8)


def cut(content: bytearray, place: int, chance: random.Random) -> None:
    del content[place:]


def zeroed(content: bytearray, place: int, chance: random.Random) -> None:
    """A sector that the disk lost."""
    begin = place // 512 * 512
    content[begin : begin + 512] = bytes(len(content[begin : begin + 512]))


def scrambled(content: bytearray, place: int, chance: random.Random) -> None:
    size = min(chance.randrange(1, 64), len(content) - place)
    content[place : place + size] = chance.randbytes(size)


def moved(content: bytearray, place: int, chance: random.Random) -> None:
    """Bytes that are missing in the middle; the file is as long as before."""
    size = chance.randrange(1, 64)
    content[:] = content[:place] + content[place + size :] + bytes(len(content[place:][:size]))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "s"
    sessions = usql.open(mixed(80, 3))
    for text in QUERIES:
        sessions.query(text, **OFFLINE)
    sessions.save(folder, indexes=True)
    return folder


FILES = [
    MANIFEST, "offsets.arrow", "indexes.arrow",
    *(f"{t}.arrow" for t in ("usersession", "useraction", "userevent", "usererror", "usersyntheticevent")),
]  # fmt: skip


@pytest.mark.parametrize(
    "damage",
    [flipped, cut, *(pytest.param(d, marks=pytest.mark.long) for d in (zeroed, scrambled, moved))],
)
@pytest.mark.parametrize("file", FILES)
def test_a_damaged_file(
    whole: Path,
    tmp_path: Path,
    file: str,
    damage: Callable[[bytearray, int, random.Random], None],
) -> None:
    folder = shutil.copytree(whole, tmp_path / "s")
    expected = answers(folder)
    assert None not in expected
    content = (folder / file).read_bytes()
    chance = random.Random(f"{file} {damage.__name__}")
    refused = 0
    for _ in range(CASES):
        changed = bytearray(content)
        damage(changed, chance.randrange(len(content)), chance)
        # A new file: an open store goes on reading the old one.
        (folder / file).unlink()
        (folder / file).write_bytes(changed)
        found = answers(folder)
        assert all(
            rows is None or rows == right for rows, right in zip(found, expected, strict=True)
        )
        refused += None in found
        if changed != content and damage is cut:
            assert found == [None] * len(ASKED)
    (folder / file).write_bytes(content)
    assert answers(folder) == expected


@pytest.mark.parametrize("table", ["usersession", "useraction"])
def test_a_damaged_value_is_found_by_the_query_that_needs_it(
    whole: Path, tmp_path: Path, table: str
) -> None:
    """And only by that."""
    folder = shutil.copytree(whole, tmp_path / "s")
    store = open_folder(folder)
    column = store.tables[table].columns["duration"]
    assert isinstance(column, NumberColumn)
    content = (folder / f"{table}.arrow").read_bytes()
    raw = column.values.tobytes()
    assert content.count(raw) == 1
    changed = bytearray(content)
    changed[content.index(raw) + len(raw) // 2] ^= 64
    (folder / f"{table}.arrow").unlink()
    (folder / f"{table}.arrow").write_bytes(changed)
    sessions = usql.open(folder)
    assert sessions.query(f"SELECT COUNT(*) FROM {table}").rows() == [[store.tables[table].rows]]
    for _ in range(2):
        with pytest.raises(usql.DataError, match=rf"{table}\.arrow: the file is damaged"):
            sessions.query(f"SELECT SUM(duration) FROM {table}")
    assert sessions.query("SELECT DISTINCT city FROM usersession LIMIT 5000").rows()
    with pytest.raises(usql.DataError, match="damaged"):
        sessions.save(tmp_path / "other")
    assert [p.name for p in tmp_path.iterdir()] == ["s"]
