"""The list of a live folder: what is read of it, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from usql.errors import DataError
from usql.store.saved.documents import checksum
from usql.store.saved.live import (
    LIVE_LIST,
    Counts,
    LiveList,
    Segment,
    dump_list,
    is_live,
    parse_list,
    read_list,
)

LIVE = LiveList(
    (Segment("000001", 5, 70, (1, 9), "ab"), Segment("000009", 1, 0, (0, 0), "cd")),
    journal=7,
    following=10,
    rejects=123,
    counts=Counts(again=1, other=2, lines=3, expired=4_000),
)


def test_a_list_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert not is_live(tmp_path)
    (tmp_path / LIVE_LIST).write_bytes(dump_list(LIVE))
    assert is_live(tmp_path)
    assert read_list(tmp_path) == LIVE
    assert parse_list(dump_list(LiveList()), "x") == LiveList()


def test_the_counts_are_told() -> None:
    assert LIVE.counts.notes == (
        "1 session arrived again and was left out.",
        "2 sessions arrived again with other content and were put into rejects.ndjson.",
        "3 rows without a session that has a userSessionId were put into rejects.ndjson.",
        "4,000 sessions were deleted because of age.",
    )
    assert Counts().notes == ()
    assert Counts(1, 2, 3, 4) + Counts(10, 20, 30, 40) == Counts(11, 22, 33, 44)


def test_the_moment_is_known_by_its_segments() -> None:
    assert LIVE.seal != LiveList(LIVE.segments[:1]).seal
    assert LIVE.seal == LiveList(LIVE.segments, journal=8).seal


@pytest.mark.parametrize("at", [20, 150, 400])
def test_damage_is_noticed(at: int) -> None:
    text = bytearray(dump_list(LIVE))
    text[at] ^= 1
    with pytest.raises(DataError, match=r"x: the file is (damaged|not the list)"):
        parse_list(bytes(text), "x")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": "usql-store"}, "not the list of a live folder"),
        ({"version": 2}, "format version 2, this usql reads 1; use a newer usql"),
        ({"version": 0}, "use an older usql"),
        ({"journal": "7"}, "damaged"),
        ({"counts": {"other": 1, "more": 2}}, "damaged"),
        ({"segments": [{"name": "../../elsewhere"}]}, "damaged"),
        ({"segments": None}, "damaged"),
    ],
)
def test_other_documents_are_refused(changes: dict[str, object], reason: str) -> None:
    body = json.loads(dump_list(LIVE)) | changes
    del body["sha256"]
    text = json.dumps(body | {"sha256": checksum(body)}).encode()
    with pytest.raises(DataError, match=reason):
        parse_list(text, "x")


@pytest.mark.parametrize("name", ["../000001", "000001/..", "1", "/etc", "", "000001\n"])
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    segment = Segment(name, 5, 70, (1, 9), "ab")
    with pytest.raises(DataError, match="damaged"):
        parse_list(dump_list(LiveList((segment,))), "x")


def test_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no live folder"):
        read_list(tmp_path)
