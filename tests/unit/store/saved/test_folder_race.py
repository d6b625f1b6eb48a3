"""Several processes save to one place and open it: savers take turns, and readers always find a
whole store. ``USQL_RACE_SECONDS`` times each."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

import usql
from usql.cli import run
from usql.files import lock
from usql.files.lock import alone
from usql.store import load, save
from usql.store.saved.folder import is_store, open_folder, verify

SECONDS = float(os.environ.get("USQL_RACE_SECONDS", "2"))
IDS = "SELECT COUNT(*), COUNT(DISTINCT userSessionId) FROM usersession"

SAVES = """
import sys, time
import usql
sessions = usql.sample(sessions=60, seed=int(sys.argv[2]))
saved = 0
print("ready", flush=True)
until = time.monotonic() + float(sys.argv[3])
while time.monotonic() < until:
    sessions.save(sys.argv[1])
    saved += 1
print(saved, flush=True)
"""


@pytest.mark.parametrize("savers", [1, 2])
def test_readers_find_a_store_while_it_is_replaced(tmp_path: Path, savers: int) -> None:
    target = tmp_path / "s.usqlstore"
    usql.sample(sessions=60, seed=9).save(target)
    script = textwrap.dedent(SAVES)
    opened = 0
    with ExitStack() as ends:
        processes = [
            ends.enter_context(subprocess.Popen(
                [sys.executable, "-c", script, str(target), str(seed), str(SECONDS)],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            ))
            for seed in range(savers)
        ]  # fmt: skip
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        while any(process.poll() is None for process in processes):
            assert is_store(target)
            assert usql.open(target).query(IDS).rows() == [[60, 60]]
            verify(target)
            opened += 1
        for process in processes:
            out, errors = process.communicate()
            assert errors == ""
            assert int(out) > 2
    assert opened > 2
    assert [p.name for p in tmp_path.iterdir()] == ["s.usqlstore"]


def test_a_store_that_only_lies_aside_for_a_moment_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the two moves, before and after each look at the disk."""
    target = tmp_path / "s"
    save(load([{"userSessionId": "a", "city": "Linz"}]), target)
    store = load([{"userSessionId": "b", "city": "Wien"}])
    rename = Path.rename
    seen = []

    def watched(self: Path, other: Path) -> Path:
        made = rename(self, other)
        seen.append((is_store(target), open_folder(target).sessions))
        verify(target)
        return made

    monkeypatch.setattr(Path, "rename", watched)
    save(store, target)
    assert seen == [(True, 1)] * 3  # aside, into place, and the old one on its way out


def test_a_store_that_is_moved_during_a_look_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, aside = tmp_path / "s", tmp_path / "elsewhere"
    save(load([{"userSessionId": "a"}]), target)
    isfile = os.path.isfile
    looks = []

    def looked(path: str | os.PathLike[str]) -> bool:
        looks.append(path)
        if len(looks) > 1:
            return isfile(path)
        target.rename(aside)
        try:
            return isfile(path)
        finally:
            aside.rename(target)

    monkeypatch.setattr(os.path, "isfile", looked)
    assert is_store(target)
    assert len(looks) > 1


def test_what_is_damaged_is_told_at_once(tmp_path: Path) -> None:
    save(load([{"userSessionId": "a"}]), tmp_path / "s")
    (tmp_path / "s" / "keys.arrow").write_bytes(b"")
    began = time.monotonic()
    with pytest.raises(usql.DataError, match="damaged"):
        open_folder(tmp_path / "s")
    assert time.monotonic() - began < 2


def test_the_command_waits_and_tells_for_whom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "s.ndjson").write_text('{"userSessionId": "a"}\n')
    command = ["convert", str(tmp_path / "s.ndjson"), str(tmp_path / "s.usqlstore")]
    monkeypatch.setattr(lock, "WAIT", 0.05)
    with alone(tmp_path / "s.usqlstore", "saving 7 sessions"):
        assert run(command) == 3
    told = capsys.readouterr().err
    assert f"s.usqlstore cannot be written: process {os.getpid()} on " in told
    assert "has been saving 7 sessions there since" in told
    monkeypatch.setattr(lock, "WAIT", 30)
    with alone(tmp_path / "s.usqlstore", "saving 7 sessions"):
        thread = threading.Thread(target=run, args=(command,))
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
    thread.join()
    assert open_folder(tmp_path / "s.usqlstore").sessions == 1
