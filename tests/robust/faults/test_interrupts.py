"""Ctrl-C at random moments: code 130 without a word, and nothing half written. ``USQL_FAULTS``
moments of each command."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import usql
from tests.robust.faults.command import started
from usql.samples import batches
from usql.store.export.write import write_batches
from usql.store.saved.folder import verify
from usql.store.threads import workers

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")

MOMENTS = int(os.environ.get("USQL_FAULTS", "3"))
QUERY = (
    "SELECT country, COUNT(*), MEDIAN(useraction.duration) FROM usersession "
    "WHERE useraction.name LIKE '*a?e*' GROUP BY country"
)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("export") / "sessions.ndjson.gz"
    write_batches(path, batches(1500, 1))
    return str(path)


def interrupted(*arguments: str) -> Iterator[int]:
    """The exit codes of interrupts, spread over the time that the command takes."""
    began = time.monotonic()
    whole = started(*arguments)
    _, complaint = whole.communicate(timeout=120)
    assert whole.returncode == 0, complaint
    lasts = time.monotonic() - began
    chance = random.Random(" ".join(arguments[:1]))
    for number in range(MOMENTS):
        process = started(*arguments)
        time.sleep(lasts * (number + chance.random()) / MOMENTS)
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=120)
        assert process.returncode in (0, 130)
        assert process.returncode == 0 or complaint == b""
        assert b"Traceback" not in complaint
        yield process.returncode


@pytest.mark.long
def test_a_query(export: str) -> None:
    assert 130 in list(interrupted("query", QUERY, export))


@pytest.mark.long
@pytest.mark.parametrize("name", ["o.ndjson", "o.parquet", "o.csv", "o.usqlstore"])
def test_a_file_is_the_old_or_the_new_one(export: str, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    command: tuple[str, ...] = ("convert", export, str(target))
    if name == "o.csv":
        command = ("query", QUERY, export, "-o", str(target))
    whole = [p.name for p in tmp_path.iterdir()]
    for _ in interrupted(*command):
        whole = [p.name for p in tmp_path.iterdir()]
        assert whole == [name]
        if name == "o.csv":
            assert target.read_bytes().startswith(b"country,count(*)")
            assert target.read_bytes().endswith(b"\r\n")
        else:
            assert len(usql.open(target)) == 1500
    if name == "o.usqlstore":
        verify(target)


@pytest.mark.long
def test_a_script_of_the_shell_goes_on_or_ends(export: str, tmp_path: Path) -> None:
    """While it loads, the shell ends; a query that is interrupted is told, and the next one runs."""
    script = tmp_path / "script.usql"
    script.write_text(f"{QUERY};\n" * 20)
    with script.open("rb") as given:
        process = started("shell", export, given=given)
        out, notes = process.communicate(timeout=120)
    assert process.returncode == 0
    of_one = notes[: len(notes) // 20]
    assert of_one
    assert notes == of_one * 20
    chance = random.Random(1)
    for _ in range(MOMENTS):
        with script.open("rb") as given:
            process = started("shell", export, given=given)
            time.sleep(chance.uniform(0.3, 1.5))
            process.send_signal(signal.SIGINT)
            some, complaint = process.communicate(timeout=120)
        assert b"Traceback" not in complaint
        if process.returncode == 1:
            rest = complaint.replace(of_one, b"")
            assert rest.endswith(b"interrupted\n")
            assert of_one.startswith(
                rest.removesuffix(b"interrupted\n")
            )  # cut while it was written
        elif process.returncode == 130:
            assert complaint == b""
        else:
            assert (process.returncode, some, complaint) == (0, out, notes)


@pytest.mark.long
def test_while_python_imports(export: str) -> None:
    """From the first moment on."""
    for number in range(4 * MOMENTS):
        process = started("query", QUERY, export)
        time.sleep(0.01 * number)
        process.send_signal(signal.SIGINT)
        out, complaint = process.communicate(timeout=120)
        assert (process.returncode, out, complaint) == (130, b"", b"")


def test_sessions_answer_on_after_an_interrupt_at_any_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """The n-th look at the clock is interrupted, for every n."""
    from usql.engine.runtime.limits import Control

    sessions = usql.sample(sessions=60)
    queries = (QUERY, "SELECT city, useraction.name FROM usersession ORDER BY city LIMIT 3")
    expected = [sessions.query(text).rows() for text in queries]
    original = Control.check
    for text, rows in zip(queries, expected, strict=True):
        fired = 0
        while True:
            left = iter([None] * fired)

            def check(self: Control, left: Iterator[None] = left) -> None:
                if next(left, self) is self:
                    raise KeyboardInterrupt
                original(self)

            monkeypatch.setattr(Control, "check", check)
            try:
                assert sessions.query(text).rows() == rows
                break
            except KeyboardInterrupt:
                fired += 1
            finally:
                monkeypatch.setattr(Control, "check", original)
            assert sessions.query(text).rows() == rows
        assert fired > 0


def test_an_interrupt_while_a_load_waits_for_its_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    shutdown = ThreadPoolExecutor.shutdown
    calls = []

    def interrupted(self: ThreadPoolExecutor, wait: bool = True, **options: bool) -> None:
        calls.append(wait)
        if len(calls) == 1:
            raise KeyboardInterrupt
        shutdown(self, wait, **options)

    def load() -> None:
        with workers(2) as pool:
            pool.submit(time.sleep, 0.2)

    monkeypatch.setattr(ThreadPoolExecutor, "shutdown", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load()
    assert not [t for t in threading.enumerate() if t.name.startswith("usql-load")]
