"""A live folder: what arrives is there once, what a killed writer left is completed or undone."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import usql
from tests.unit.live.bodies import answers, answers_of, ids, line, lines, names
from usql.errors import DataError, PlaceBusy, PlaceTaken
from usql.live import tiers
from usql.live.folder import REJECTS, LiveFolder
from usql.live.journal import journal_file
from usql.samples import generate
from usql.store import load
from usql.store.batches import parts
from usql.store.batches.flat import FlatBatch
from usql.store.batches.rowhash import U64
from usql.store.saved.live import LIVE_LIST, SEGMENTS, Counts, read_list, segment_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "shop.live"


def journal(folder: Path, number: int, *bodies: bytes) -> None:
    """What a writer left that was killed after it acknowledged these."""
    LiveFolder(folder, "testing").close()
    journal_file(folder, number).write_bytes(b"".join(bodies))


def taken(folder: Path) -> Counts:
    """What is counted once a writer has completed what was left."""
    with LiveFolder(folder, "testing") as live:
        return live.list.counts


def rejects(folder: Path) -> list[bytes]:
    return (folder / REJECTS).read_bytes().splitlines()


# --- what arrives ---------------------------------------------------------------------------------


def test_data_are_added_and_opened(folder: Path) -> None:
    table = generate(300, 1)
    assert usql.live.append(folder, table.slice(0, 200)).sessions == 200
    assert usql.live.append(folder, table.slice(200)).sessions == 100
    for sessions in (usql.live.open(folder), usql.open(folder), usql.open([str(folder)])):
        assert answers(sessions) == answers(usql.open(table))
        assert sessions.notes == usql.open(table).notes
    assert names(folder) == [f"{SEGMENTS}/000001", f"{SEGMENTS}/000002", LIVE_LIST]


def test_an_empty_folder_has_no_sessions(folder: Path) -> None:
    LiveFolder(folder, "testing").close()
    sessions = usql.open(folder)
    assert len(sessions) == 0
    assert sessions.query("SELECT country FROM usersession").rows() == []
    assert usql.live.append(folder, []).sessions == 0


def test_a_live_folder_is_joined_with_other_data(folder: Path, tmp_path: Path) -> None:
    table = generate(60, 1)
    usql.live.append(folder, table.slice(0, 20))
    usql.live.append(folder, table.slice(20, 20))
    usql.open(table.slice(40)).write(tmp_path / "more.ndjson")
    sessions = usql.open([folder, tmp_path / "more.ndjson", folder])
    assert answers(sessions) == answers(usql.open(table))
    assert sessions.notes[0].startswith("1 file or store was reached more than once")
    dropped = usql.open([folder, table], duplicates="drop")
    assert len(dropped) == 60


def test_only_some_fields_are_loaded_and_stay_after_a_refresh(folder: Path) -> None:
    usql.live.append(folder, generate(20, 1))
    sessions = usql.open(folder, fields=["country"])
    assert isinstance(sessions, usql.live.LiveSessions)
    usql.live.append(folder, generate(20, 2))
    later = sessions.refresh()
    assert (len(sessions), len(later)) == (20, 40)
    assert later.catalog.loaded == sessions.catalog.loaded
    with pytest.raises(usql.UsqlError, match="not-loaded"):
        later.query("SELECT city FROM usersession")


def test_what_came_before_is_dropped_and_counted(folder: Path) -> None:
    assert usql.live.append(folder, [{"userSessionId": "a", "city": "Linz"}]).counts == Counts()
    again = usql.live.append(
        folder, [{"userSessionId": "a", "city": "Linz"}, {"userSessionId": "b"}]
    )
    assert (again.sessions, again.counts) == (1, Counts(again=1))
    other = usql.live.append(
        folder, [{"userSessionId": "b", "city": "Graz"}, {"userSessionId": "b"}]
    )
    assert (other.sessions, other.counts) == (0, Counts(again=1, other=1))
    assert rejects(folder) == [b'{"userSessionId": "b", "city": "Graz"}']
    sessions = usql.open(folder)
    assert ids(sessions) == ["a", "b"]
    assert sessions.notes == (
        "2 sessions arrived again and were left out.",
        "1 session arrived again with other content and was put into rejects.ndjson.",
    )


def test_within_a_body_the_first_stays(folder: Path) -> None:
    journal(folder, 1, line("a", city="Linz"), line("a", city="Wien"), line("a", city="Linz"))
    assert taken(folder) == Counts(again=1, other=1)
    assert usql.open(folder).query("SELECT city FROM usersession").rows() == [["Linz"]]
    assert json.loads(rejects(folder)[0])["city"] == "Wien"


def test_other_parts_and_starts_are_other_sessions(folder: Path) -> None:
    rows = [{"userSessionId": "a", "startTime": s, "partNumber": p} for s in (1, 2) for p in (0, 1)]
    for row in rows:
        assert usql.live.append(folder, [row]).sessions == 1
    assert usql.live.append(folder, rows).counts == Counts(again=4)


def test_equal_hashes_of_other_keys_lose_no_session(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys are compared themselves before a session is left out."""

    def colliding(batch: FlatBatch) -> U64:
        return np.full(batch["usersession"].rows, 7, dtype=np.uint64)

    monkeypatch.setattr(parts, "key_hashes", colliding)
    for name in "abc":
        assert usql.live.append(folder, [{"userSessionId": name}]).sessions == 1
    counts = usql.live.append(folder, [{"userSessionId": n} for n in "bcd"]).counts
    assert counts == Counts(again=2)
    assert ids(usql.open(folder)) == list("abcd")


def test_what_is_no_session_is_kept_as_it_came(folder: Path) -> None:
    """The vendor's documented call to verify a webhook among it, which has no key."""
    odd = [
        b'{"visitorId": "v", "visitId": "i", "startTime": 1, "endTime": 2, "visitType": "REAL_USER"}',
        b"no JSON at all",
        b'{"userSessionId": "x", "startTime": "no number"}',
        b"\xff\xfe not UTF-8",
        b'{"colour": "red"}',
        b'{"userSessionId": "torn", ',
    ]
    journal(folder, 1, line("a"), b"\n".join(odd) + b"\n", line("b"))
    assert taken(folder) == Counts(lines=6)
    assert ids(usql.open(folder)) == ["a", "b"]
    assert sorted(rejects(folder)[:-1]) == sorted(odd[1:])
    assert json.loads(rejects(folder)[-1]) == json.loads(odd[0])
    assert usql.open(folder).notes == (
        "6 rows without a session that has a userSessionId were put into rejects.ndjson.",
    )


@pytest.mark.parametrize(
    "first",
    [
        b'{\n"userSessionId": \n',
        b"[\n",
        gzip.compress(b"{}", mtime=0),
        b"\xff\xfe{\x00}\x00",
        b"PAR1",
        b"",
        b'\xef\xbb\xbf{"city": "bom"}\n',
    ],
)
def test_no_body_changes_how_the_next_is_read(folder: Path, first: bytes) -> None:
    journal(folder, 1, first + b"\n", *lines(20))
    assert taken(folder).again == 0
    assert answers(usql.open(folder)) == answers_of(lines(20))


def test_the_form_of_elasticsearch_is_unwrapped(folder: Path) -> None:
    action = b'{"index": {"_index": "s", "_type": "t", "_id": "1"}}\n'
    journal(folder, 1, *(part for one in lines(20) for part in (action, one)))
    assert taken(folder) == Counts()
    sessions = usql.open(folder)
    assert (answers(sessions), sessions.notes) == (answers_of(lines(20)), ())


def test_old_names_of_fields_are_read_and_told(folder: Path) -> None:
    body = line(
        "a", geolocationCountryName="Austria", osFamilyName="Linux", stringTags={"tier": "gold"}
    )
    journal(folder, 1, body)
    taken(folder)
    usql.live.append(folder, generate(5, 1))
    sessions = usql.open(folder)
    query = (
        'SELECT country, osFamily, stringProperties.tier FROM usersession WHERE userSessionId = "a"'
    )
    assert sessions.query(query).rows() == [["Austria", "Linux", "gold"]]
    (note,) = sessions.notes
    assert note.startswith(
        "Fields with names of older exports were read: geolocationCountryName as"
    )


def test_a_field_may_change_its_type(folder: Path) -> None:
    for value in (1, "two", 3.5):
        usql.live.append(folder, [{"userSessionId": f"{value}", "extra": value}])
    sessions = usql.open(folder)
    rows = sessions.query("SELECT extra FROM usersession").rows()
    assert [row[0] for row in rows] == ["1", "two", "3.5"]


def test_sessions_that_no_type_holds_together_are_rejected_alone(folder: Path) -> None:
    """Else they would make the whole folder unreadable."""
    usql.live.append(folder, [{"userSessionId": "a", "extra": 0.5}])
    bad = line("b", extra=2**53 + 1)
    journal(folder, 1, line("c"), line("d", extra=1), bad, line("e"))
    assert taken(folder) == Counts(lines=1)
    assert rejects(folder) == [bad.rstrip()]
    assert ids(usql.open(folder)) == ["a", "c", "d", "e"]
    with pytest.raises(DataError, match="no double can represent"):
        usql.live.append(folder, [{"userSessionId": "f", "extra": 2**53 + 1}])
    assert len(usql.open(folder)) == 4


# --- merging and deleting -------------------------------------------------------------------------


def test_merging_changes_no_answer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "TOGETHER", 10**6)
    table = generate(90, 1)
    for at in range(0, 90, 10):
        usql.live.append(folder, table.slice(at, 10))
    usql.live.append(folder, [{"userSessionId": "odd", "extra": 1}])
    before = usql.live.open(folder)
    expected = answers(before)
    monkeypatch.undo()
    with LiveFolder(folder, "testing") as live:
        assert [s.name for s in live.merge()] == [f"{n:06}" for n in range(1, 9)]
        assert live.merge() == []
        assert [s.sessions for s in live.list.segments] == [80, 10, 1]
    assert names(folder) == [*(f"{SEGMENTS}/{n:06}" for n in (9, 10, 11)), LIVE_LIST]
    after = before.refresh()
    assert answers(after) == answers(usql.open(folder)) == expected
    assert answers(before) == expected  # its files are gone from the folder, not from it
    assert after.span == before.span
    assert usql.live.append(folder, table).counts == Counts(again=90)


@pytest.mark.skipif(sys.platform == "win32", reason="it lists no open files")
def test_segments_are_not_open_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has eight, and a process may often have no more than 1024."""
    monkeypatch.setattr(tiers, "TOGETHER", 10**6)
    table = generate(40, 1)
    before = os.listdir("/dev/fd")
    for at in range(0, 40, 4):
        usql.live.append(folder, table.slice(at, 4))
    sessions = usql.live.open(folder)
    expected = answers(sessions)
    assert os.listdir("/dev/fd") == before
    monkeypatch.undo()
    with LiveFolder(folder, "testing") as live:
        assert len(live.merge()) == 8
        assert len(os.listdir("/dev/fd")) == len(before) + 1  # the lock
    assert answers(sessions.refresh()) == answers(sessions) == expected


def test_segments_are_merged_within_the_memory_that_there_may_be(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiers, "TOGETHER", 10**6)
    table = generate(4800, 1)
    for at in range(0, 4800, 600):
        usql.live.append(folder, table.slice(at, 600))
    expected = answers(usql.open(folder))
    size = sum(file.stat().st_size for file in (folder / SEGMENTS).rglob("*.*"))
    monkeypatch.undo()
    for limit, merged in ((size - 1, 0), (size, 8)):
        with LiveFolder(folder, "testing", memory_limit=limit) as live:
            tracemalloc.start()
            assert len(live.merge()) == merged
            assert tracemalloc.get_traced_memory()[1] < size
            tracemalloc.stop()
        assert answers(usql.open(folder)) == expected


def test_a_merged_session_is_known_by_what_it_was(folder: Path) -> None:
    """Its field has another type among others, which must not make its content another."""
    rows = [{"userSessionId": f"{n}", "extra": n if n % 2 else f"{n}"} for n in range(8)]
    for row in rows:
        usql.live.append(folder, [row])
    assert len(read_list(folder).segments) == 1
    assert usql.live.append(folder, rows[:1]).counts == Counts(again=1)
    assert usql.live.append(folder, rows[1:2]).counts == Counts(again=1)


def test_old_segments_are_deleted(folder: Path) -> None:
    for name, start in (("old", 1000), ("new", 9000), ("timeless", None)):
        usql.live.append(folder, [{"userSessionId": name, "startTime": start}])
    with LiveFolder(folder, "testing") as live:
        assert [s.name for s in live.expired(1000)] == []
        old = live.expired(1001)
        assert [s.name for s in old] == ["000001"]
        live.delete(old)
    sessions = usql.open(folder)
    assert ids(sessions) == ["new", "timeless"]
    assert sessions.notes == ("1 session was deleted because of age.",)
    assert not segment_folder(folder, "000001").exists()
    assert usql.live.append(folder, [{"userSessionId": "next"}]).sessions == 1
    assert read_list(folder).segments[-1].name == "000004"  # no name is used twice


# --- what a killed writer left --------------------------------------------------------------------


def test_journals_are_made_segments(folder: Path) -> None:
    journal(folder, 1, *lines(20)[:10])
    journal_file(folder, 2).write_bytes(b"".join(lines(20)[5:]) + b'{"userSessionId": "torn"')
    journal_file(folder, 3).touch()
    assert taken(folder) == Counts(again=5)
    assert answers(usql.open(folder)) == answers_of(lines(20))
    assert read_list(folder).journal == 4
    assert names(folder) == [f"{SEGMENTS}/000001", f"{SEGMENTS}/000002", LIVE_LIST]


def test_what_the_list_does_not_name_is_deleted(folder: Path) -> None:
    usql.live.append(folder, [{"userSessionId": "a"}, {"colour": 1, "startTime": 3}])
    kept = rejects(folder)
    shutil.copytree(segment_folder(folder, "000001"), segment_folder(folder, "000002"))
    (folder / SEGMENTS / ".000003.0123abcd.usql-saving").mkdir()
    with (folder / REJECTS).open("ab") as file:
        file.write(b"of a segment that was never listed\n")
    journal_file(folder, 0).write_bytes(line("b"))  # it is in a segment already
    assert taken(folder) == Counts(lines=1)
    assert ids(usql.open(folder)) == ["a"]
    assert rejects(folder) == kept
    assert names(folder) == [REJECTS, f"{SEGMENTS}/000001", LIVE_LIST]


@pytest.mark.parametrize("list_file", ["usql-turn", "usql-lock", "0123abcd.usql-writing"])
def test_a_folder_whose_making_was_ended_is_made(folder: Path, list_file: str) -> None:
    (folder / SEGMENTS).mkdir(parents=True)
    (folder / "lock").write_text("process 1")
    (folder / f".{LIVE_LIST}.{list_file}").write_text("process 1")
    assert usql.live.append(folder, [{"userSessionId": "a"}]).sessions == 1
    assert names(folder) == [f"{SEGMENTS}/000001", LIVE_LIST]


# --- one writer, and what is not touched ----------------------------------------------------------


def test_a_second_writer_is_told_of_the_first(folder: Path) -> None:
    with (
        LiveFolder(folder, "testing"),
        pytest.raises(
            PlaceBusy, match=rf"process {os.getpid()} on .* testing there since .*; end it"
        ),
    ):
        usql.live.append(folder, [{"userSessionId": "a"}])
    assert usql.live.append(folder, [{"userSessionId": "a"}]).sessions == 1


def test_a_folder_of_something_else_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear")
    with pytest.raises(PlaceTaken, match="something other than a live folder"):
        usql.live.append(tmp_path, [{"userSessionId": "a"}])
    assert names(tmp_path) == ["letter"]
    with pytest.raises(DataError, match="there is no live folder"):
        usql.live.open(tmp_path)


def test_bad_data_add_nothing(folder: Path) -> None:
    with pytest.raises(DataError, match="not a session"):
        usql.live.append(folder, [{"userSessionId": "a"}, {"colour": "red"}])
    assert len(usql.open(folder)) == 0
    told: list[str] = []
    rows = [{"userSessionId": "a"}, {"colour": "red"}]
    assert usql.live.append(folder, rows, on_error="skip", tell=told.append).sessions == 1
    assert told[0].startswith("1 row was left out")


def test_a_damaged_segment_is_reported_and_nothing_is_deleted(folder: Path) -> None:
    usql.live.append(folder, [{"userSessionId": "a"}])
    segment = segment_folder(folder, "000001")
    whole = (segment / "keys.arrow").read_bytes()
    (segment / "keys.arrow").write_bytes(whole[:-8])
    for action in (lambda: usql.open(folder), lambda: usql.live.append(folder, [])):
        with pytest.raises(DataError, match="damaged"):
            action()
    (segment / "keys.arrow").write_bytes(whole)
    assert ids(usql.open(folder)) == ["a"]


def test_a_full_disk_leaves_what_was_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usql.live.append(folder, [{"userSessionId": "a"}])
    before = (folder / LIVE_LIST).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "somewhere")

    with LiveFolder(folder, "testing") as live:
        monkeypatch.setattr("usql.live.folder.replacing_file", full)
        with pytest.raises(OSError, match="No space left"):
            live.add_store(load([{"userSessionId": "b"}]))
        assert (folder / LIVE_LIST).read_bytes() == before
        assert names(folder) == ["lock", f"{SEGMENTS}/000001", LIVE_LIST]
        monkeypatch.undo()
        assert live.add_store(load([{"userSessionId": "b"}])).sessions == 1
    assert ids(usql.open(folder)) == ["a", "b"]
