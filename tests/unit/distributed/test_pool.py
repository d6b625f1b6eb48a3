"""Processes of this machine: that they answer, and how they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

import usql
from tests.unit.distributed.agreement import same
from tests.unit.distributed.openings import ToldDataset
from tests.unit.distributed.test_shards import QUESTIONS
from usql.catalog import Catalog
from usql.catalog.model import Projection
from usql.distributed.files import Files
from usql.distributed.pool import Processes
from usql.distributed.sessions import DistributedSessions
from usql.distributed.shards import Shards
from usql.errors import DataError, WorkerError
from usql.frozen import dataclass
from usql.processes import opened_for_one
from usql.samples import generate
from usql.store import Store, load
from usql.store.memory import machine_memory
from usql.store.sharding.shard import shard

COUNT = "SELECT COUNT(*) FROM usersession"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sets") / "x.usqlshards"
    shard(generate(120, 1), made, sessions=10)
    return made


@pytest.fixture(scope="module")
def sessions(folder: Path) -> Iterator[DistributedSessions]:
    with usql.processes.open(folder, workers=2) as opened:
        yield opened


@pytest.fixture(scope="module")
def whole(folder: Path) -> usql.Sessions:
    return usql.open(folder)


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children() if _is_worker(child)}


def _is_worker(child: psutil.Process) -> bool:
    try:
        return any("spawn_main" in word for word in child.cmdline())
    except psutil.NoSuchProcess:
        return False


@pytest.mark.filterwarnings("ignore::usql.LimitWarning")
@pytest.mark.parametrize("text", QUESTIONS)
def test_processes_answer_as_one(
    sessions: DistributedSessions, whole: usql.Sessions, text: str
) -> None:
    same(sessions.query(text), whole.query(text))


def test_workers_stay_for_the_next_query_and_end_with_the_sessions(folder: Path) -> None:
    before = children()
    with usql.processes.open(folder, workers=2) as opened:
        assert children() == before
        assert opened.query(COUNT).rows() == [[120]]
        workers = children() - before
        assert len(workers) == 2
        assert opened.query(COUNT).rows() == [[120]]
        assert children() - before == workers
    assert children() == before
    with pytest.raises(ValueError, match="closed"):
        opened.query(COUNT)


BY_COUNTRY = "SELECT country, COUNT(*) FROM usersession GROUP BY country"
BY_NAME = "SELECT name, COUNT(*) FROM useraction GROUP BY name LIMIT 9"


@pytest.mark.parametrize(("kind", "reads"), [("shards", 1), ("files", 2)])
def test_what_workers_opened_stays_open(
    folder: Path, tmp_path: Path, kind: str, reads: int
) -> None:
    """A shard is opened once, a file read once for each choice of columns, by one worker alone."""
    if kind == "files":
        for part in Shards(folder).parts:
            usql.open(part.folder).write(tmp_path / f"{Path(part.folder).name}.parquet")
    given = Shards(folder) if kind == "shards" else Files(tmp_path)
    dataset = ToldDataset(given, tmp_path / "log")
    with DistributedSessions(dataset, Processes(2, None)) as opened:
        opened.query(BY_COUNTRY)
        first = dataset.openings
        assert len({name for _, name in first}) == len(first) == 12
        assert len({process for process, _ in first}) == 2
        opened.query(BY_NAME)
        both = dataset.openings
        assert sorted(both) == sorted(first * reads)
        for text in (BY_COUNTRY, BY_NAME, f"{BY_COUNTRY} LIMIT 3", BY_NAME):
            opened.query(text)
        assert dataset.openings == both


def test_many_threads_ask_one_pool(sessions: DistributedSessions) -> None:
    found: list[list[list[object]]] = []

    def ask() -> None:
        found.append(sessions.query(COUNT).rows())

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[[120]]] * 6


def test_a_memory_limit_is_shared_out(folder: Path) -> None:
    assert Processes(4, 1000).memory_limit == 250
    assert Processes(4, None).memory_limit is None
    with usql.processes.open(folder, workers=2, memory_limit=2000) as opened:
        with pytest.raises(usql.UsqlError) as raised:
            opened.query(
                "SELECT userId, COUNT(*), MEDIAN(duration) FROM usersession GROUP BY userId"
            )
        assert [d.name for d in raised.value.diagnostics] == ["memory-limit"]


def pools_started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int | None]]:
    """The workers and memory limits of the pools that are started from now on."""
    pools: list[tuple[int, int | None]] = []

    def pool(workers: int, memory_limit: int | None) -> Processes:
        pools.append((workers, memory_limit))
        return Processes(workers, memory_limit)

    monkeypatch.setattr(usql.processes, "Processes", pool)
    return pools


@pytest.mark.parametrize(
    ("options", "given"),
    [
        ({}, (3, machine_memory() // 2)),
        ({"workers": 5}, (5, machine_memory() // 2)),
        ({"memory_limit": 2000}, (3, 2000)),
    ],
)
def test_by_default_a_worker_per_processor_has_its_share_of_half_of_the_memory(
    monkeypatch: pytest.MonkeyPatch, folder: Path, options: dict[str, int], given: tuple[int, int]
) -> None:
    pools = pools_started(monkeypatch)
    monkeypatch.setattr(usql.processes, "available", lambda: 3)
    usql.processes.open(folder, **options).close()
    assert pools == [given]
    assert Processes(*given).threads == 1


@pytest.mark.parametrize(
    ("worth", "threads", "is_pool"), [(None, 2, False), (1, 2, True), (1, 1, False)]
)
def test_a_single_query_of_very_large_shards_starts_processes(
    monkeypatch: pytest.MonkeyPatch, folder: Path, worth: int | None, threads: int, is_pool: bool
) -> None:
    pools = pools_started(monkeypatch)
    if worth is not None:
        monkeypatch.setattr(usql.processes, "_WORTH_STARTING", worth)
    with opened_for_one(folder, threads, 100_000_000) as opened:
        assert opened.query(COUNT).rows() == [[120]]
    assert pools == [(threads, 100_000_000)] * is_pool


@pytest.mark.parametrize("option", ["workers", "memory_limit"])
def test_wrong_options(folder: Path, option: str) -> None:
    with pytest.raises(ValueError, match=f"{option} must be a whole number of at least 1"):
        usql.processes.open(folder, **{option: 0})


# --- how workers end ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Odd:
    """A part that does something else the first time it is opened, which a file remembers."""

    number: int
    deed: str
    mark: str

    def open(
        self, catalog: Catalog, projection: Projection | None, memory_limit: int | None
    ) -> Store:
        if self.number == 2 and not os.path.exists(self.mark):
            Path(self.mark).touch()
            if self.deed == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            if self.deed == "sleep":
                time.sleep(100)
            raise DataError("it is bad", source="odd")
        return load([{"startTime": self.number}], catalog=catalog, fields=projection, threads=1)


class Parts:
    """Four of them."""

    def __init__(self, deed: str, mark: Path) -> None:
        self.parts = [Odd(n, deed, str(mark)) for n in range(4)]
        self.catalog = load([{"startTime": 0}]).catalog
        self.span = (0, 4)
        self.sessions = 4
        self.notes = ()

    def touched(self, *_: object) -> range:
        return range(4)


def asking(deed: str, tmp_path: Path) -> DistributedSessions:
    return DistributedSessions(Parts(deed, tmp_path / "mark"), Processes(2, None))


def start(opened: DistributedSessions, tmp_path: Path) -> None:
    """Have both workers started, and the deed still to be done."""
    (tmp_path / "mark").touch()
    assert opened.query(COUNT).rows() == [[4]]
    (tmp_path / "mark").unlink()


def test_a_worker_that_dies_is_told_and_nothing_counts_twice(tmp_path: Path) -> None:
    before = children()
    with asking("die", tmp_path) as opened:
        with pytest.raises(WorkerError, match=r"a worker process died \(signal 9\)"):
            opened.query(COUNT)
        assert opened.query(COUNT).rows() == [[4]]
    assert children() == before


def test_a_part_that_cannot_be_read(tmp_path: Path) -> None:
    with asking("raise", tmp_path) as opened:
        with pytest.raises(DataError, match="odd: it is bad"):
            opened.query(COUNT)
        assert opened.query(COUNT).rows() == [[4]]


def test_a_timeout_ends_workers(tmp_path: Path) -> None:
    before = children()
    with asking("sleep", tmp_path) as opened:
        start(opened, tmp_path)
        with pytest.raises(usql.UsqlError) as raised:
            opened.query(COUNT, timeout=0.5)
        assert [d.name for d in raised.value.diagnostics] == ["timeout"]
        assert len(children() - before) < 2
        assert opened.query(COUNT).rows() == [[4]]
    assert children() == before


def test_cancelling_ends_workers(tmp_path: Path) -> None:
    before = children()
    event = threading.Event()
    with asking("sleep", tmp_path) as opened:
        start(opened, tmp_path)
        threading.Timer(0.5, event.set).start()
        with pytest.raises(usql.UsqlError) as raised:
            opened.query(COUNT, cancelled=event)
        assert [d.name for d in raised.value.diagnostics] == ["cancelled"]
        assert len(children() - before) < 2
        assert opened.query(COUNT).rows() == [[4]]
    assert children() == before


def test_who_waits_for_another_query_can_be_cancelled(tmp_path: Path) -> None:
    event, first = threading.Event(), threading.Event()
    with asking("sleep", tmp_path) as opened:

        def ask() -> None:
            with pytest.raises(usql.UsqlError):
                opened.query(COUNT, cancelled=first)

        thread = threading.Thread(target=ask)
        thread.start()
        while not (tmp_path / "mark").exists():
            time.sleep(0.05)
        event.set()
        with pytest.raises(usql.UsqlError) as raised:
            opened.query(COUNT, cancelled=event)
        assert [d.name for d in raised.value.diagnostics] == ["cancelled"]
        first.set()
        thread.join()


_INTERRUPTED = """
import sys, usql
from tests.unit.distributed.test_pool import asking, children
from pathlib import Path
if __name__ == "__main__":
    with asking("sleep", Path(sys.argv[1])) as opened:
        try:
            opened.query("SELECT COUNT(*) FROM usersession")
        except KeyboardInterrupt:
            print(len(children()) < 2, opened.query("SELECT COUNT(*) FROM usersession").rows())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_ends_workers(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(_INTERRUPTED)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment, start_new_session=True, text=True,
    )  # fmt: skip
    while not (tmp_path / "mark").exists() and process.poll() is None:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers, too
    out, err = process.communicate(timeout=600)
    assert (out, err) == ("True [[4]]\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_does_not_reach_workers_that_start(tmp_path: Path) -> None:
    before, answered = children(), threading.Event()
    interrupted: set[int] = set()

    def interrupt() -> None:
        while not answered.is_set():
            for child in children() - before - interrupted:
                os.kill(child, signal.SIGINT)  # before it has run a line of the program
                interrupted.add(child)
            time.sleep(0.001)

    (tmp_path / "mark").touch()
    with asking("nothing", tmp_path) as opened:
        thread = threading.Thread(target=interrupt)
        thread.start()
        try:
            assert opened.query(COUNT).rows() == [[4]]
        finally:
            answered.set()
            thread.join()
    assert len(interrupted) == 2


def test_a_program_without_a_guard_is_told(tmp_path: Path, folder: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        f"import usql\nusql.processes.open({str(folder)!r}, workers=1).query({COUNT!r})\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, env=environment, text=True, check=False, timeout=600
    )  # fmt: skip
    assert done.returncode == 1
    assert "call usql.processes.open below if __name__ == '__main__'" in done.stderr


@pytest.mark.parametrize(
    ("name", "begin"), [("processes", "Open shards"), ("spark", "Open sessions")]
)
def test_it_is_there_after_importing_usql(name: str, begin: str) -> None:
    code = (
        f"import sys, usql; assert 'usql.{name}' not in sys.modules; assert 'numpy' not in sys.modules;"
        f"assert usql.{name}.open.__doc__.startswith('{begin}'); assert 'pyspark' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
