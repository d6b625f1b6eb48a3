"""One at a time at a place, of processes and of threads, and no lock outlives its holder."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from usql.errors import PlaceBusy
from usql.files import lock
from usql.files.lock import alone, sole

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills and forks processes")

HOLDS = """
import sys
from pathlib import Path
from usql.files.lock import alone
with alone(Path(sys.argv[1]), "saving 5 sessions"):
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def holder(place: Path, script: str = HOLDS) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the place until it reads a line."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(script), str(place)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_the_place_is_held_once_and_nothing_is_left(tmp_path: Path) -> None:
    for _ in range(2):
        with alone(tmp_path / "s", "writing"):
            assert sorted(p.name for p in tmp_path.iterdir()) == [".s.usql-lock"]
        assert list(tmp_path.iterdir()) == []


def test_other_places_are_free(tmp_path: Path) -> None:
    with alone(tmp_path / "s", "writing"), alone(tmp_path / "t", "writing"):
        pass


def test_the_second_process_waits(tmp_path: Path) -> None:
    with holder(tmp_path / "s") as other:
        assert other.stdin is not None
        timer = threading.Timer(0.3, lambda: other.communicate("\n"))
        timer.start()
        began = time.monotonic()
        with alone(tmp_path / "s", "writing"):
            assert time.monotonic() - began > 0.25
        timer.join()
    assert list(tmp_path.iterdir()) == []


def test_who_waits_too_long_is_told_for_whom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lock.WAIT == 30
    monkeypatch.setattr(lock, "WAIT", 0.1)
    with holder(tmp_path / "s") as other:
        with pytest.raises(TimeoutError) as caught, alone(tmp_path / "s", "writing"):
            pass
        assert caught.value.errno == errno.ETIMEDOUT
        assert caught.value.filename == str(tmp_path / "s")
        told = str(caught.value.strerror)
        assert told.startswith(f"process {other.pid} on ")
        assert " has been saving 5 sessions there since 20" in told
        assert told.endswith(
            ", and 0.1 seconds of waiting were not enough; try again when it is done, end it, or "
            "choose another place"
        )
        assert sorted(p.name for p in tmp_path.iterdir()) == [".s.usql-lock"]


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    with holder(tmp_path / "s") as other:
        other.send_signal(signal.SIGKILL)
        other.wait()
        assert [p.name for p in tmp_path.iterdir()] == [".s.usql-lock"]
        began = time.monotonic()
        with alone(tmp_path / "s", "writing"):
            assert time.monotonic() - began < 5
    assert list(tmp_path.iterdir()) == []


FORKS = """
import os, sys, threading, time
from pathlib import Path
from usql.files.lock import alone

def hold():
    with alone(Path(sys.argv[1]), "saving"):
        ready.set()
        time.sleep(60)

ready = threading.Event()
threading.Thread(target=hold, daemon=True).start()
ready.wait()
if not os.fork():
    time.sleep(60)
    os._exit(0)
print("held", flush=True)
time.sleep(60)
"""


def test_a_child_that_was_forked_holds_nothing(tmp_path: Path) -> None:
    """It would hold the place for as long as it lives, though its parent is gone."""
    script = "import os; os.setpgrp()\n" + FORKS
    with holder(tmp_path / "s", script) as parent:
        parent.kill()
        parent.wait()
        try:
            began = time.monotonic()
            with alone(tmp_path / "s", "writing"):
                assert time.monotonic() - began < 5
        finally:
            os.killpg(parent.pid, signal.SIGKILL)


def test_threads_of_one_process_take_turns(tmp_path: Path) -> None:
    inside = 0
    most = 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(5):
            with alone(tmp_path / "s", "writing"):
                inside += 1
                most = max(most, inside)
                time.sleep(0.002)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert list(tmp_path.iterdir()) == []


def test_one_that_comes_back_at_once_is_not_always_first(tmp_path: Path) -> None:
    script = """
    import sys
    from pathlib import Path
    from usql.files.lock import alone
    while True:
        with alone(Path(sys.argv[1]), "saving"):
            print("held", flush=True)
    """
    began = time.monotonic()
    with holder(tmp_path / "s", script) as other:
        threading.Thread(target=lambda: other.stdout and other.stdout.read(), daemon=True).start()
        for _ in range(10):
            with alone(tmp_path / "s", "writing"):
                pass
        other.kill()
    assert time.monotonic() - began < 15


def test_errors_of_the_block_go_through(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), alone(tmp_path / "s", "writing"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told_by_the_place(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught, alone(tmp_path / "none" / "s", "writing"):
        pass
    assert caught.value.filename == str(tmp_path / "none" / "s")


def test_a_sole_holder_is_named_at_once(tmp_path: Path) -> None:
    place = tmp_path / "lock"
    with sole(place, "testing"):
        with (
            pytest.raises(
                PlaceBusy, match=rf"process {os.getpid()} on .* has been testing there since"
            ),
            sole(place, "waiting"),
        ):
            raise AssertionError
        assert place.exists()
    assert not place.exists()
    place.write_text("process 1 on elsewhere has been killed")  # it holds nothing any more
    with sole(place, "testing"):
        assert "killed" not in place.read_text()
