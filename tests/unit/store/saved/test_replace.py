"""Saving replaces a store whole or not at all, whatever ends it."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import usql
from usql.samples import generate
from usql.store import load, save
from usql.store.columns import Store
from usql.store.saved.folder import is_store, open_folder, verify
from usql.store.saved.manifest import parse_manifest
from usql.store.views import to_arrow


def _of(city: str) -> Store:
    return load([{"city": city, "userActions": [{"name": "a"}]}] * 3)


def _city(folder: Path) -> str:
    verify(folder)
    ((city,),) = usql.open(folder).query("SELECT DISTINCT city FROM usersession").rows()
    return str(city)


def test_a_store_is_replaced(tmp_path: Path) -> None:
    for city in ("Linz", "Wien"):
        save(_of(city), tmp_path / "s")
        assert _city(tmp_path / "s") == city
    assert [p.name for p in tmp_path.iterdir()] == ["s"]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    save(_of("Linz"), tmp_path / "s")
    assert _city(tmp_path / "s") == "Linz"


def test_what_is_no_store_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.txt").write_text("all of it")
    (tmp_path / "file").write_text("x")
    for target in (tmp_path / "folder", tmp_path / "file"):
        with pytest.raises(FileExistsError, match="something other than a saved store"):
            save(_of("Linz"), target)
    with pytest.raises(FileNotFoundError, match="no such folder"):
        save(_of("Linz"), tmp_path / "none" / "s")
    assert (tmp_path / "folder" / "thesis.txt").read_text() == "all of it"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]


def test_folders_of_like_names_are_left_alone(tmp_path: Path) -> None:
    others = [".s.old", ".s.12345678", ".s.x.12345678.usql-saving", ".sx.12345678.usql-saving"]
    for name in others:
        (tmp_path / name).mkdir()
    save(_of("Linz"), tmp_path / "s")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*others, "s"])


@pytest.mark.parametrize("before", ["Linz", None])
@pytest.mark.parametrize("failing", range(10))
def test_a_failing_save_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int, before: str | None
) -> None:
    """A disk that is full at each of the files and at the folder."""
    if before is not None:
        save(_of(before), tmp_path / "s")
    original = os.fsync
    calls = iter(range(1000))

    def full(descriptor: int) -> None:
        if next(calls) == failing:
            raise OSError(errno.ENOSPC, "No space left on device")
        original(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(_of("Wien"), tmp_path / "s")
    assert [p.name for p in tmp_path.iterdir()] == ([] if before is None else ["s"])
    assert before is None or _city(tmp_path / "s") == before


def test_an_interrupted_swap_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(_of("Linz"), tmp_path / "s")
    original = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        if target.name == "s" and self.name.endswith(".usql-saving"):
            raise KeyboardInterrupt
        return original(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save(_of("Wien"), tmp_path / "s")
    assert [p.name for p in tmp_path.iterdir()] == ["s"]
    assert _city(tmp_path / "s") == "Linz"


def test_a_store_replaced_while_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files are those of the manifest, also if another store comes between."""
    save(_of("Linz"), tmp_path / "s")
    coming = iter(["Wien", "Graz"])

    def then_replaced(text: bytes, source: str, folder: Path) -> Any:
        manifest = parse_manifest(text, source, folder)
        if (city := next(coming, None)) is not None:
            save(_of(city), tmp_path / "s")
        return manifest

    monkeypatch.setattr("usql.store.saved.folder.parse_manifest", then_replaced)
    cities = open_folder(tmp_path / "s").tables["usersession"].columns["city"]
    assert to_arrow(cities).to_pylist() == ["Graz"] * 3


def test_of_two_at_once_the_second_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Path.rename
    second = threading.Thread(target=save, args=(_of("Wien"), tmp_path / "s"))
    waited: list[bool] = []

    def moved(self: Path, target: Path) -> Path:
        if not waited:
            second.start()
            second.join(0.2)
            waited.append(second.is_alive())
        return original(self, target)

    monkeypatch.setattr(Path, "rename", moved)
    save(_of("Linz"), tmp_path / "s")
    second.join()
    assert waited == [True]
    assert _city(tmp_path / "s") == "Wien"
    assert [p.name for p in tmp_path.iterdir()] == ["s"]


# --- killed ---------------------------------------------------------------------------------------

KILLED = """
import os, sys
from pathlib import Path
from usql.store import load, save

folder = Path(sys.argv[1])
stores = {c: load([{"city": c, "userActions": [{"name": "a"}]}] * 3) for c in ("Linz", "Wien")}
left = None

def dies(event, arguments):
    global left
    if left is None or event.split(".")[0] not in ("open", "os", "shutil"):
        return
    left -= 1
    if left < 0:
        os._exit(9)

sys.addaudithook(dies)
for operation in range(10_000):
    target = folder / str(operation) / "s"
    target.parent.mkdir()
    if sys.argv[2] == "replace":
        save(stores["Linz"], target)
    child = os.fork()
    if not child:
        left = operation
        save(stores["Wien"], target)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
@pytest.mark.parametrize("before", ["replace", "new"])
def test_killed_before_each_file_operation(tmp_path: Path, before: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", KILLED, str(tmp_path), before], timeout=60, check=False
    )  # fmt: skip
    assert done.returncode == 0
    folders = sorted(tmp_path.iterdir(), key=lambda p: int(p.name))
    assert len(folders) > 25
    assert before == "new" or not all((folder / "s").exists() for folder in folders)
    seen = []
    for folder in folders:
        target = folder / "s"
        seen.append(_city(target) if is_store(target) else None)
        save(_of("Graz"), target)
        assert _city(target) == "Graz"
        assert [p.name for p in folder.iterdir()] == ["s"]
    old = "Linz" if before == "replace" else None
    assert seen == sorted(seen, key=lambda city: city == "Wien")
    assert seen[0] == old
    assert seen[-1] == "Wien"
    assert set(seen) == {old, "Wien"}


@pytest.mark.long
def test_killed_at_any_moment(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import sys
        from usql.samples import generate
        from usql.store import load, save
        store = load(generate(20_000, 2))
        print("ready", flush=True)
        while True:
            save(store, sys.argv[1])
    """)
    target = tmp_path / "s"
    save(load(generate(10, 1)), target)
    for wait in (0.0, 0.003, 0.01, 0.02, 0.03, 0.05, 0.08, 0.13, 0.21, 0.34):
        with subprocess.Popen(
            [sys.executable, "-c", script, str(target)], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            time.sleep(wait)
            child.send_signal(signal.SIGKILL)
        verify(target)
        assert open_folder(target).sessions in (10, 20_000)
    save(load(generate(10, 1)), target)
    assert [p.name for p in tmp_path.iterdir()] == ["s"]


@pytest.mark.skipif(sys.platform == "win32", reason="limits files by setrlimit")
def test_a_file_that_can_not_grow(tmp_path: Path) -> None:
    """The system refuses to write more: an error, and the old store."""
    script = textwrap.dedent("""
        import resource, sys
        from usql.samples import generate
        from usql.store import load, save
        store = load(generate(500, 2))
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        try:
            save(store, sys.argv[1])
        except OSError as error:
            print("refused", error.errno)
    """)
    save(_of("Linz"), tmp_path / "s")
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "s")], capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.startswith("refused")
    assert [p.name for p in tmp_path.iterdir()] == ["s"]
    assert _city(tmp_path / "s") == "Linz"
