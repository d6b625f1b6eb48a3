"""One set of shards of several: what they hold, and what is told of all together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import usql
from usql.errors import DataError
from usql.store.saved.shards import read_shards
from usql.store.sharding.assembled import assembled
from usql.store.sharding.place import new_shards


def session(name: str, start: int, **further: Any) -> dict[str, Any]:
    return {"userSessionId": name, "startTime": start, "endTime": start + 5, **further}


def together(folder: Path, *sets: list[dict[str, Any]]) -> Path:
    """These sets, one after the other in time, as one."""
    target = folder / "all.usqlshards"
    with new_shards(target) as new:
        paths = [new / f"{number}" for number in range(len(sets))]
        for rows, path in zip(sets, paths, strict=True):
            usql.shard(rows, path, sessions=2)
        assembled(new, paths)
        for path in paths:
            (path / "usql-shards.json").unlink()
            path.rmdir()
    return target


def test_shards_follow_each_other(tmp_path: Path) -> None:
    early = [session(name, 1) for name in "aab"]
    late = [session(name, 9, x=2.5) for name in "cddd"]
    target = together(tmp_path, early, late)
    sessions = usql.open(target)
    assert [row[0] for row in sessions.query("SELECT userSessionId FROM usersession").rows()] == [
        *"aab",
        *"cddd",
    ]
    assert [note for note in sessions.notes if "appeared before" in note] == [
        "3 of 7 sessions appeared before, with the same userSessionId, startTime and partNumber: they "
        'are counted again; duplicates="drop" (--duplicates drop) leaves them out.'
    ]
    assert sessions.query("SELECT SUM(x) FROM usersession").rows() == [[10.0]]
    _, found = read_shards(target)
    assert (found.sessions, found.repeated, found.span) == (7, 3, (1, 15))
    assert [shard.sessions for shard in found.shards] == [2, 1, 2, 2]


def test_a_field_has_one_type(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"usersession\.x: the field has several types"):
        together(tmp_path, [session("a", 1, x=1)], [session("b", 2, x="one")])
    assert not (tmp_path / "all.usqlshards").exists()


def test_ends_of_sessions_without_a_start_count(tmp_path: Path) -> None:
    sets = [[session("a", 1)], [{"userSessionId": "b", "endTime": 99}]]
    _, found = read_shards(together(tmp_path, *sets))
    usql.shard([row for rows in sets for row in rows], tmp_path / "once.usqlshards")
    assert found.span == read_shards(tmp_path / "once.usqlshards")[1].span == (1, 100)
