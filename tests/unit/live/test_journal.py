"""Bodies are durable before they are acknowledged, whole or not at all."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from usql.live.journal import JOURNAL, Journal, journal_file, numbers_in, whole_lines


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / JOURNAL).mkdir()
    return tmp_path


def failing(call: Callable[..., int], at: int, error: int, some: int = 0) -> Callable[..., int]:
    """The call, which fails once, at its ``at``-th use; a write has written some bytes before."""
    uses = 0

    def called(file: int, *rest: bytes) -> int:
        nonlocal uses
        uses += 1
        if uses == at and some:
            return call(file, rest[0][:some])
        if uses == at + bool(some):
            raise OSError(error, os.strerror(error))
        return call(file, *rest)

    return called


def test_bodies_are_ended_and_follow_each_other(folder: Path) -> None:
    journal = Journal(folder, 7)
    assert (journal.sessions, journal.since) == (0, None)
    journal.append(b"a\nb", 2)
    journal.append(b"c\n", 1)
    assert (journal.sessions, journal.since is None) == (3, False)
    assert whole_lines(journal_file(folder, 7)) == b"a\nb\nc\n"
    journal.roll()
    journal.roll()  # nothing was appended since
    journal.append(b"d", 1)
    journal.close()
    assert numbers_in(folder) == [7, 8]
    assert whole_lines(journal_file(folder, 8)) == b"d\n"


def test_a_torn_last_line_is_not_read(folder: Path) -> None:
    journal_file(folder, 1).write_bytes(b"a\nb\nc")
    assert whole_lines(journal_file(folder, 1)) == b"a\nb\n"
    journal_file(folder, 2).write_bytes(b"c")
    assert whole_lines(journal_file(folder, 2)) == b""


def test_bodies_that_wait_together_share_one_sync(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(folder, 1)
    sync, syncs, is_first, may_go = os.fsync, 0, threading.Event(), threading.Event()

    def slow(file: int) -> None:
        nonlocal syncs
        syncs += 1
        is_first.set()
        assert may_go.wait(60)
        sync(file)

    monkeypatch.setattr(os, "fsync", slow)
    threads = [threading.Thread(target=journal.append, args=(b"%d\n" % i, 1)) for i in range(9)]
    threads[0].start()
    assert is_first.wait(60)
    for thread in threads[1:]:
        thread.start()
    while journal.sessions < 9:  # all are written, and wait for the first
        pass
    may_go.set()
    for thread in threads:
        thread.join()
    assert syncs == 2
    assert sorted(whole_lines(journal_file(folder, 1)).split()) == [b"%d" % i for i in range(9)]


def test_on_a_full_disk_nothing_of_a_body_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(folder, 1)
    journal.append(b"before\n", 1)
    monkeypatch.setattr(os, "write", failing(os.write, 1, errno.ENOSPC, some=4))
    with pytest.raises(OSError, match="No space left") as raised:
        journal.append(b"too much\n", 1)
    assert raised.value.filename == str(journal_file(folder, 1))
    journal.append(b"after\n", 1)
    assert whole_lines(journal_file(folder, 1)) == b"before\nafter\n"
    assert journal.sessions == 2


def test_where_nothing_can_be_taken_back_a_new_file_begins(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(folder, 1)
    journal.append(b"before\n", 1)
    monkeypatch.setattr(os, "write", failing(os.write, 1, errno.ENOSPC, some=4))
    monkeypatch.setattr(os, "ftruncate", failing(lambda *_: 0, 1, errno.EIO))
    with pytest.raises(OSError, match="No space left"):
        journal.append(b"too much\n", 1)
    journal.append(b"after\n", 1)
    assert journal_file(folder, 1).read_bytes() == b"before\ntoo "
    assert whole_lines(journal_file(folder, 1)) == b"before\n"
    assert whole_lines(journal_file(folder, 2)) == b"after\n"


def test_a_failed_sync_acknowledges_nobody_and_is_not_repeated(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After it the system may drop what was written, and call a second one a success."""
    journal = Journal(folder, 1)
    journal.append(b"before\n", 1)
    synced: list[int] = []

    def noted(file: int, *_: bytes) -> int:
        synced.append(os.fstat(file).st_ino)
        return 0

    monkeypatch.setattr(os, "fsync", failing(noted, 1, errno.EIO))
    with pytest.raises(OSError, match="Input/output error"):
        journal.append(b"lost\n", 1)
    assert synced == []
    journal.append(b"after\n", 1)
    old, new = (journal_file(folder, n).stat().st_ino for n in (1, 2))
    assert old not in synced
    assert new in synced
    assert whole_lines(journal_file(folder, 2)) == b"after\n"


def test_bodies_that_waited_for_a_failed_sync_fail_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(folder, 1)
    is_first, may_go = threading.Event(), threading.Event()
    errors: list[int | None] = []

    def failed(_: int) -> None:
        is_first.set()
        assert may_go.wait(60)
        monkeypatch.undo()
        raise OSError(errno.EIO, "broken")

    def append(body: bytes) -> None:
        try:
            journal.append(body, 1)
        except OSError as error:
            errors.append(error.errno)

    monkeypatch.setattr(os, "fsync", failed)
    threads = [threading.Thread(target=append, args=(b"%d\n" % i,)) for i in range(5)]
    threads[0].start()
    assert is_first.wait(60)
    for thread in threads[1:]:
        thread.start()
    while journal.sessions < 5:
        pass
    may_go.set()
    for thread in threads:
        thread.join()
    assert errors == [errno.EIO] * 5
    journal.append(b"after\n", 1)
    assert whole_lines(journal_file(folder, 2)) == b"after\n"
