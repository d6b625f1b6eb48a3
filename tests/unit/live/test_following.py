"""Queries of a folder that is being written: old ones are quick, none is older than fifteen seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import usql
from tests.unit.live.bodies import answers, answers_of, ids, line, lines, names
from usql.live import following, writer
from usql.live.following import LATEST, SOONEST, Following
from usql.live.journal import JOURNAL
from usql.live.writer import LARGEST_JOURNAL, OLDEST_JOURNAL, Writer
from usql.queryable import Queryable
from usql.store.saved.live import SEGMENTS, read_list

COUNT = "SELECT COUNT(*) FROM usersession"


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    for module in (writer, following, usql.live.journal):
        monkeypatch.setattr(module, "time", moved)
    return moved


@pytest.fixture
def open_writer(tmp_path: Path, clock: Clock) -> Iterator[Writer]:
    with Writer(tmp_path / "shop.live", "testing") as made:
        yield made


def counted(sessions: Queryable) -> int:
    count = sessions.query(COUNT).rows()[0][0]
    assert isinstance(count, int)
    return count


def settled(condition: object) -> None:
    """Wait for another thread."""
    assert callable(condition)
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_query_waits_for_what_is_old_and_for_nothing_else(
    open_writer: Writer, clock: Clock
) -> None:
    told: list[str] = []
    sessions = Following(open_writer, usql.live.open(open_writer.path), told.append)
    open_writer.append(line("a"), 1)
    clock.seconds += SOONEST - 1
    assert counted(sessions) == 0
    open_writer.append(line("b"), 1)
    clock.seconds += LATEST - SOONEST + 1
    assert counted(sessions) == 2  # the first is fifteen seconds old
    open_writer.append(line("c"), 1)
    clock.seconds += SOONEST
    counted(sessions)  # it begins to open the folder again, beside
    settled(lambda: counted(sessions) == 3)
    assert told == []


def test_nothing_is_opened_without_queries_or_arrivals(open_writer: Writer, clock: Clock) -> None:
    sessions = Following(open_writer, usql.live.open(open_writer.path), print)
    first = sessions._sessions
    clock.seconds += 100
    assert (counted(sessions), sessions._sessions is first) == (0, True)
    open_writer.append(line("a"), 1)
    clock.seconds += 100
    assert (len(sessions), sessions._sessions is first) == (0, True)
    assert counted(sessions) == 1


def test_while_the_next_sessions_are_made_old_ones_still_count_as_missing(
    open_writer: Writer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query that comes while another refreshes waits, too, if it would miss what is old."""
    sessions = Following(open_writer, usql.live.open(open_writer.path), print)
    open_writer.append(line("a"), 1)
    flush, began, may_go = open_writer.flush, threading.Event(), threading.Event()

    def slow() -> None:
        flush()
        began.set()
        assert may_go.wait(60)

    monkeypatch.setattr(open_writer, "flush", slow)
    clock.seconds += SOONEST
    assert counted(sessions) == 0
    assert began.wait(60)
    clock.seconds += LATEST - SOONEST
    counts: list[int] = []
    query = threading.Thread(target=lambda: counts.append(counted(sessions)))
    query.start()
    may_go.set()
    query.join(60)
    assert counts == [1]


def test_what_fails_is_told_and_tried_later(
    open_writer: Writer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    sessions = Following(open_writer, usql.live.open(open_writer.path), told.append)
    open_writer.append(line("a"), 1)
    clock.seconds += LATEST

    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(open_writer, "flush", full)
    assert [counted(sessions), counted(sessions)] == [0, 0]
    assert told == ["queries do not have the latest sessions: [Errno 28] No space left on device"]
    monkeypatch.undo()


def test_following_answers_as_its_sessions_do(open_writer: Writer) -> None:
    for body in lines(50):
        open_writer.append(body, 1)
    open_writer.flush()
    sessions = Following(open_writer, usql.live.open(open_writer.path), print)
    one = usql.live.open(open_writer.path)
    assert (len(sessions), sessions.span, sessions.notes) == (50, one.span, ())
    assert sessions.catalog.table("usersession") == one.catalog.table("usersession")
    assert sessions.explain(COUNT) == one.explain(COUNT)
    assert sessions.check("SELECT cty FROM usersession") == one.check("SELECT cty FROM usersession")
    query = "SELECT country FROM usersession"
    assert sessions.query(query).to_table_response(deep_links=True) == one.query(
        query
    ).to_table_response(deep_links=True)


def test_columns_in_use_are_joined_before_the_next_query(tmp_path: Path) -> None:
    usql.live.append(tmp_path / "f", [{"userSessionId": "a", "city": "Linz"}])
    usql.live.append(tmp_path / "f", [{"userSessionId": "b", "city": "Wien"}])
    sessions = usql.live.open(tmp_path / "f")
    sessions.query("SELECT city FROM usersession")
    usql.live.append(tmp_path / "f", [{"userSessionId": "c", "city": "Graz"}])
    later = sessions.refresh(warm=True)
    columns = later._store.tables["usersession"].columns
    assert "city" in columns.computed  # type: ignore[attr-defined]
    assert "ip" not in columns.computed  # type: ignore[attr-defined]
    assert later.refresh(warm=True) is later


# --- the writer -----------------------------------------------------------------------------------


def test_many_bodies_give_the_answers_of_one_load(tmp_path: Path) -> None:
    """From several threads, in several segments."""
    bodies = [b"".join(lines(400)[at : at + 10]) for at in range(0, 400, 10)]
    with Writer(tmp_path / "f", "testing") as made:

        def post(some: list[bytes]) -> None:
            for body in some:
                made.append(body, 10)

        threads = [threading.Thread(target=post, args=(bodies[i::4],)) for i in range(4)]
        for thread in threads:
            thread.start()
        made.flush()
        for thread in threads:
            thread.join()
        post(bodies[:5])  # the vendor sends again what was not acknowledged in time
    sessions = usql.open(tmp_path / "f")
    ordered = [sorted(map(repr, rows)) for rows in answers(sessions)]
    assert ordered == [sorted(map(repr, rows)) for rows in answers_of(lines(400))]
    assert sessions.notes == ("50 sessions arrived again and were left out.",)


def test_a_segment_is_made_of_a_full_or_an_old_journal(open_writer: Writer, clock: Clock) -> None:
    open_writer.append(line("a"), LARGEST_JOURNAL - 1)
    assert not read_list(open_writer.path).segments
    open_writer.append(line("b"), 1)
    settled(lambda: read_list(open_writer.path).segments)
    open_writer.append(line("c"), 1)
    clock.seconds += OLDEST_JOURNAL
    open_writer.append(line("d"), 1)  # wakes the thread, which waits by the true clock
    settled(lambda: sum(s.sessions for s in read_list(open_writer.path).segments) == 4)


def test_closing_leaves_no_journal(tmp_path: Path) -> None:
    made = Writer(tmp_path / "f", "testing")
    made.append(line("a"), 1)
    made.close()
    made.close()
    made.flush()  # of a query that comes late
    assert ids(usql.open(tmp_path / "f")) == ["a"]
    assert [n for n in names(tmp_path / "f") if not n.startswith(SEGMENTS)] == [
        f"{JOURNAL}/000002.ndjson",
        "usql-live.json",
    ]
    assert len(usql.live.open(tmp_path / "f")) == 1
    assert usql.live.append(tmp_path / "f", []).sessions == 0


def test_segments_are_merged_in_the_background(open_writer: Writer) -> None:
    for i in range(8):
        open_writer.append(line(str(i)), 1)
        open_writer.flush()
    settled(lambda: [s.sessions for s in read_list(open_writer.path).segments] == [8])


def test_at_its_start_a_writer_says_what_it_deletes(tmp_path: Path) -> None:
    usql.live.append(tmp_path / "f", [{"userSessionId": "a", "startTime": 1000}])
    told: list[str] = []
    with Writer(tmp_path / "f", "testing", expiry=lambda: 1000, tell=told.append):
        assert told == []
    with Writer(tmp_path / "f", "testing", expiry=lambda: 5000, tell=told.append):
        assert told == [
            "deleting 1 session, the last of which ended at 1970-01-01 00:00:01.000: it is older than is kept"
        ]
    assert len(usql.open(tmp_path / "f")) == 0


def test_what_fails_in_the_background_is_told_and_tried_again(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(writer, "_PAUSE", 0.01)
    with Writer(tmp_path / "f", "testing", tell=told.append) as made:
        with monkeypatch.context() as broken:
            broken.setattr("usql.live.folder.save", lambda *_: 1 / 0)
            made.append(line("a"), LARGEST_JOURNAL)
            settled(lambda: told)
        assert "could not make a segment of the journal, and will try again: division by" in told[0]
        settled(lambda: read_list(made.path).segments)
    assert ids(usql.open(tmp_path / "f")) == ["a"]
