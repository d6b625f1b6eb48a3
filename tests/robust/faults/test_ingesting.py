"""A writer of a live folder that is killed: nothing that it acknowledged is lost, nothing is there
twice. ``USQL_LONG=1`` kills it in every call of the system and at 200 random moments, and appends a
thousand bodies."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import usql
from tests.places import ROOT
from tests.robust.faults.command import environment
from tests.robust.faults.ingesting import BODIES, CALLS, ingest, watch
from tests.sampling import IS_LONG
from tests.unit.live.bodies import answers, answers_of, ids, lines
from usql.live.folder import LiveFolder
from usql.live.writer import Writer
from usql.store import load

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")


def recorded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The steps of an ingest, each with the name in the folder that it changes; ``ack`` among them."""
    steps: list[tuple[str, str]] = []

    def note(name: str, rest: tuple[Any, ...]) -> None:
        place = rest[-1] if name in ("rename", "replace") else rest[0]
        if isinstance(place, int):
            place = os.readlink(f"/proc/self/fd/{place}")
        if name == "open" and not (rest[1] & (os.O_WRONLY | os.O_RDWR)):
            return
        path = os.fspath(place)
        steps.append((name, os.path.relpath(path, folder) if os.path.isabs(path) else path))

    with monkeypatch.context() as patched:
        for call in CALLS:
            patched.setattr(os, call, getattr(os, call))  # to be put back afterwards
        watch(note)
        ingest(folder, lambda number: steps.append(("ack", str(number))))
    return steps


@pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="the names of open files are not known"
)
def test_the_order_of_what_is_made_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a power cut must find: the journal is synced before a body is acknowledged, a segment before
    the list, the list before anything is deleted."""
    folder = tmp_path / "f"
    steps = recorded(folder, monkeypatch)
    places = {step: i for i, step in enumerate(steps)}  # the last of each
    for number in range(len(BODIES)):
        journal, segment = f"journal/{number + 1:06}.ndjson", f"segments/{number + 1:06}"
        acknowledged = steps.index(("ack", str(number)))
        assert places["write", journal] < places["fsync", journal] < acknowledged
        created = steps.index(("open", journal))
        assert ("fsync", "journal") in steps[created:acknowledged]
        moved = steps.index(("rename", segment))
        files = [
            i
            for i, (name, place) in enumerate(steps[:moved])
            if name == "fsync" and f".{number + 1:06}." in place
        ]
        assert len(files) == 10  # eight Arrow files, the manifest, the folder
        assert max(files) < moved
        listed = steps.index(("replace", "usql-live.json"), moved)
        assert ("fsync", "segments") in steps[moved:listed]
        synced = steps.index(("fsync", "."), listed)
        assert any(n == "fsync" and "usql-live.json." in p for n, p in steps[moved:listed])
        assert acknowledged < moved < listed < synced < steps.index(("unlink", journal))
    merged = steps.index(("rename", "segments/000011"))
    listed = steps.index(("replace", "usql-live.json"), merged)
    synced = steps.index(("fsync", "."), listed)
    assert synced < steps.index(("rmdir", "segments/000001"))
    early = {place for name, place in steps[merged:synced] if name in ("unlink", "rmdir")}
    assert all(place.endswith(("usql-lock", "usql-turn")) for place in early)


def kills(folder: Path, kind: str, *numbers: int) -> int:
    """How many processes were killed, and had lost nothing; in a process of its own, which forks."""
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.robust.faults.ingesting", str(folder), kind, *map(str, numbers)],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=False, timeout=3600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@needs_fork
@pytest.mark.long
def test_killed_in_every_call(tmp_path: Path) -> None:
    assert kills(tmp_path / "f", "calls", 1, 1 if IS_LONG else 41) > (400 if IS_LONG else 9)


@needs_fork
def test_killed_in_some_calls(tmp_path: Path) -> None:
    assert kills(tmp_path / "f", "calls", 40, 250) > 1


@needs_fork
@pytest.mark.long
def test_killed_at_random_moments(tmp_path: Path) -> None:
    moments = 200 if IS_LONG else 20
    assert kills(tmp_path / "f", "random", moments) == moments


@pytest.mark.long
def test_many_bodies_give_the_answers_of_one_load(tmp_path: Path) -> None:
    """They are opened again and again meanwhile, while segments are made and merged."""
    bodies, size = (1000, 50) if IS_LONG else (200, 20)
    some = lines(bodies * size, seed=4)
    ends = threading.Event()
    problems: list[BaseException] = []

    def look() -> None:
        most = 0
        try:
            while not ends.is_set():
                there = ids(usql.open(tmp_path / "f", threads=1))
                assert len(there) == len(set(there)) >= most
                most = len(there)
        except BaseException as problem:
            problems.append(problem)

    with Writer(tmp_path / "f", "testing") as writer:
        reader = threading.Thread(target=look)
        reader.start()
        for at in range(bodies):
            writer.append(b"".join(some[at * size : (at + 1) * size]), size)
            if at % 20 == 0:
                writer.flush()
        writer.flush()
    ends.set()
    reader.join()
    assert problems == []
    assert answers(usql.open(tmp_path / "f")) == answers_of(some)


def test_readers_while_segments_are_made_and_merged(tmp_path: Path) -> None:
    """Whenever the folder is opened it has the sessions of one moment, even if the segments of the list
    that was read have been deleted since."""
    most, ends, problems = 0, threading.Event(), list[BaseException]()

    def look() -> None:
        nonlocal most
        try:
            while not ends.is_set():
                there = len(ids(usql.open(tmp_path / "f", threads=1)))
                assert there >= most
                most = there
        except BaseException as problem:
            problems.append(problem)

    with LiveFolder(tmp_path / "f", "testing") as live:
        reader = threading.Thread(target=look)
        reader.start()
        for number in range(64):
            live.add_store(load([{"userSessionId": f"s{number}"}], threads=1))
            while live.merge():
                pass
    ends.set()
    reader.join()
    assert problems == []
    assert len(ids(usql.open(tmp_path / "f"))) == 64
