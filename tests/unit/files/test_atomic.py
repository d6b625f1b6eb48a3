"""Files that appear whole or not at all, durably, one writer at a time."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from usql.files import lock
from usql.files.atomic import replacing_file
from usql.store import load, save


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What is made durable and what is moved, in order, by the names in the test's folder."""
    found: list[str] = []
    fsync = os.fsync

    def named(path: Path) -> str:
        parts = path.relative_to(tmp_path).parts
        return "/".join("new" if ".usql-" in part else part for part in parts) or "."

    def synced(descriptor: int) -> None:
        found.append(f"sync {named(Path(os.readlink(f'/proc/self/fd/{descriptor}')))}")
        fsync(descriptor)

    def noted(original: Callable[..., Any]) -> Callable[..., Any]:
        def moved(self: Path, target: Path) -> Path:
            found.append(f"move {named(self)} to {named(target)}")
            return original(self, target)

        return moved

    monkeypatch.setattr(os, "fsync", synced)
    for name in ("rename", "replace"):
        monkeypatch.setattr(Path, name, noted(getattr(Path, name)))
    return found


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="names descriptors")


@needs_proc
@pytest.mark.parametrize("before", [False, True])
def test_a_file_is_durable_before_and_its_name_after_it_is_moved(
    tmp_path: Path, steps: list[str], before: bool
) -> None:
    if before:
        (tmp_path / "f").write_text("old")
    with replacing_file(tmp_path / "f") as file:
        file.write(b"new")
    assert steps == ["sync new", "move new to f", "sync ."]


@needs_proc
@pytest.mark.parametrize("before", [False, True])
def test_a_store_is_durable_before_and_its_name_after_it_is_moved(
    tmp_path: Path, steps: list[str], before: bool
) -> None:
    """Else a crash of the system might bring neither the old store nor the new one back."""
    store = load([{"userSessionId": "a", "city": "Linz"}])
    if before:
        save(store, tmp_path / "s")
        steps.clear()
    save(store, tmp_path / "s")
    told = [step for step in steps if step != "move new to new"]  # of what is deleted
    files = {f"sync new/{path.name}" for path in (tmp_path / "s").iterdir()}
    assert set(told[: len(files)]) == files
    aside = ["move s to new"] if before else []
    assert told[len(files) :] == ["sync new", *aside, "move new to s", "sync ."]


@pytest.mark.skipif(sys.platform == "win32", reason="renames open files")
def test_of_two_that_write_one_file_the_second_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def second() -> None:
        with replacing_file(tmp_path / "f") as file:
            file.write(b"second")
            done.append("second")

    with replacing_file(tmp_path / "f") as file:
        file.write(b"first")
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.2)
        assert done == []
    thread.join()
    assert (tmp_path / "f").read_bytes() == b"second"
    assert [p.name for p in tmp_path.iterdir()] == ["f"]
    monkeypatch.setattr(lock, "WAIT", 0.05)
    with replacing_file(tmp_path / "f"):
        told = f"process {os.getpid()} on .* has been writing this file there since"
        with pytest.raises(TimeoutError, match=told), replacing_file(tmp_path / "f"):
            pass
