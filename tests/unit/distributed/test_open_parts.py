"""Parts that a worker keeps open: which are joined, how long they stay, and that they answer as parts do."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import usql
from tests.unit.distributed.agreement import same
from tests.unit.distributed.memory import RowsPart
from tests.unit.distributed.test_shards import QUESTIONS
from usql.analysis.bound import Timeframe
from usql.distributed import files
from usql.distributed import open_parts as module
from usql.distributed.files import Files
from usql.distributed.open_parts import OpenParts, runs
from usql.distributed.sessions import DistributedSessions
from usql.distributed.shards import ShardPart, Shards
from usql.distributed.task import NumberedPart, Task, answered, unpacked_task
from usql.engine import Engine, Event
from usql.engine.runtime.tuning import Tuning
from usql.frozen import dataclass
from usql.samples import generate
from usql.store import Store, load
from usql.store.inputs.origin import Origin
from usql.store.sharding.shard import shard

COUNT = "SELECT COUNT(*) FROM usersession"
ENOUGH = 1 << 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sets") / "x.usqlshards"
    shard(generate(120, 1), made, sessions=10)
    return made


Answers = Callable[[str], usql.Result]


@pytest.fixture(scope="module")
def whole(folder: Path) -> Answers:
    """What the sessions answer as one, by rows; of a question that is asked again it is remembered."""
    return functools.cache(usql.open(folder, index_memory=0).query)


@dataclass(frozen=True)
class Worker:
    """An executor of one worker that keeps shards, and every task that it was given."""

    shards: OpenParts
    tasks: list[bytes]
    memory_limit: int | None = ENOUGH
    threads: int = 1

    def run(
        self,
        task: bytes,
        parts: Sequence[NumberedPart],
        timeout: float | None,
        cancelled: Event | None,
    ) -> Iterator[bytes]:
        self.tasks.append(task)
        yield answered(task, parts, cancelled, self.shards.engines)

    def close(self) -> None: ...


def numbers(found: Iterator[list[NumberedPart]]) -> list[list[int]]:
    return [[number for number, _ in run] for run in found]


def parts(*sizes: int) -> list[NumberedPart]:
    return [(number, ShardPart(f"{number}", "", size)) for number, size in enumerate(sizes)]


def test_neighbours_that_are_small_are_a_run() -> None:
    million = 1_000_000
    given = parts(50 * million, 50 * million, 50 * million, 900 * million, million, million)
    assert numbers(runs(given, None)) == [[0, 1], [2], [3], [4, 5]]
    assert numbers(runs([given[0], *given[4:]], None)) == [[0], [4, 5]]
    assert numbers(runs(given, 8 * 2 * million)) == [[0], [1], [2], [3], [4, 5]]
    assert numbers(runs([], None)) == []


def test_parts_of_other_kinds_stay_alone() -> None:
    rows = RowsPart([])
    assert numbers(runs([(0, rows), (1, rows), *parts(1, 1, 1, 1)[2:]], None)) == [[0], [1], [2, 3]]


@pytest.mark.filterwarnings("ignore::usql.LimitWarning")
@pytest.mark.parametrize("limit", [ENOUGH, 4_000_000])
@pytest.mark.parametrize("text", QUESTIONS)
def test_open_shards_answer_as_one_set(folder: Path, whole: Answers, text: str, limit: int) -> None:
    sessions = DistributedSessions(Shards(folder), Worker(OpenParts(), [], limit))
    for _ in range(3):  # of which the later ones find indexes
        same(sessions.query(text), whole(text))


OF_VALUES = [
    f"SELECT {key}, {', '.join(values)} FROM {table} GROUP BY {key} LIMIT {limit}"
    for table, key, *values in [
        ("usersession", "country", "COUNT(DISTINCT userId)", "MEDIAN(duration)", "PERCENTILE(duration, 90)"),
        ("usersession", "country, city", "COUNT(*)", "AVG(duration)", "MEDIAN(useraction.duration)"),
        ("usersession", "country", "TOP(city, 2)", "COUNT(DISTINCT stringProperties.tier)", "SUM(duration)"),
        ("usersession", "useraction.name", "MEDIAN(duration)", "COUNT(DISTINCT userId)"),
        ("usersession", "city", "MEDIAN(doubleProperties.revenue)", "COUNT(DISTINCT bounce)", "COUNT(DISTINCT ip)"),
        ("useraction", "name", "MEDIAN(duration)", "AVG(duration)", "COUNT(DISTINCT usersession.userId)"),
        ("useraction", "name", "CONDITION(MEDIAN(duration), WHERE duration > 500)", "MAX(duration)"),
    ]
    for limit in (3, 5000)
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::usql.LimitWarning")
@pytest.mark.parametrize("at_once", [1, 7, 1 << 16])
@pytest.mark.parametrize("text", OF_VALUES)
def test_indexes_of_value_pairs_answer_as_rows_do(
    folder: Path, whole: Answers, text: str, at_once: int
) -> None:
    tuning = Tuning(fewest_indexed_rows=1, pairs_merged_at_once=at_once, few_states=at_once)
    most = 8 * max(part.bytes for part in Shards(folder).parts)
    for limit in (ENOUGH, 3 * most):  # so that one engine answers for all shards, or for a few
        worker = Worker(OpenParts(), [], limit)
        sessions = DistributedSessions(Shards(folder), worker, tuning=tuning)
        for _ in range(3):
            same(sessions.query(text), whole(text))


def test_value_pairs_are_read_from_an_index(folder: Path) -> None:
    worker = Worker(OpenParts(), [])
    tuning = Tuning(fewest_indexed_rows=1)
    sessions = DistributedSessions(Shards(folder), worker, tuning=tuning)
    sessions.query("SELECT country, MEDIAN(duration), COUNT(DISTINCT userId) FROM usersession GROUP BY country LIMIT 9")  # fmt: skip
    given = list(enumerate(Shards(folder).parts))
    (engine,) = engines_of(worker.shards, given, unpacked_task(worker.tasks[0]))
    assert [name for name in engine.saved_indexes() if "pairs" in name] == [
        "value pairs of usersession by usersession.country with usersession.duration",
        "value pairs of usersession by usersession.country with usersession.userId",
    ]


def test_fields_that_only_some_shards_have(tmp_path: Path) -> None:
    rows = [{"startTime": n, **({"extra": n} if n > 3 else {})} for n in range(8)]
    shard(rows, tmp_path / "x", sessions=2)
    sessions = DistributedSessions(Shards(tmp_path / "x"), Worker(OpenParts(), []))
    whole = usql.open(tmp_path / "x")
    for text in ("SELECT extra, startTime FROM usersession", "SELECT SUM(extra), COUNT(extra) FROM usersession", "SELECT JSON FROM usersession"):  # fmt: skip
        same(sessions.query(text), whole.query(text))


@pytest.fixture
def task(folder: Path) -> Task:
    """One that a worker was given."""
    worker = Worker(OpenParts(), [])
    DistributedSessions(Shards(folder), worker).query(COUNT)
    return unpacked_task(worker.tasks[0])


def engines_of(shards: OpenParts, parts: Sequence[NumberedPart], task: Task) -> list[Engine]:
    return [engine for _, engine in shards.engines(parts, task)]


def within(task: Task, limit: int) -> Task:
    return replace(task, memory_limit=limit)


def test_engines_have_the_sizes_of_their_task(folder: Path, task: Task) -> None:
    given = list(enumerate(Shards(folder).parts))
    tuning = Tuning(zone_rows=3)
    for engine in engines_of(OpenParts(), given, replace(task, tuning=tuning)):
        assert engine.tuning is tuning


def test_engines_stay_while_they_are_asked(folder: Path, task: Task) -> None:
    given = list(enumerate(Shards(folder).parts))
    size = max(part.bytes for _, part in given)
    asked, shards = within(task, 8 * 2 * size), OpenParts()
    first = engines_of(shards, given[:2], asked)
    assert [engine.store.sessions for engine in first] == [20]
    assert engines_of(shards, given[:2], asked) == first
    assert [e.store.sessions for e in engines_of(shards, given[2:4], asked)] == [
        10,
        10,
    ]  # there is no room
    assert engines_of(shards, given[:2], asked) == first
    for _ in range(10):
        found = engines_of(shards, given[2:4], asked)
    assert [engine.store.sessions for engine in found] == [20]  # what was not asked for has left
    assert engines_of(shards, given[2:4], asked) == found
    assert engines_of(shards, given[:2], asked) != first


def test_numbers_are_those_of_the_parts(folder: Path, task: Task) -> None:
    given = list(enumerate(Shards(folder).parts))
    chosen = [given[1], given[2], given[5]]
    assert [number for number, _ in OpenParts().engines(chosen, within(task, ENOUGH))] == [1, 5]
    assert [number for number, _ in OpenParts().engines(chosen, within(task, 8))] == [1, 2, 5]


# --- files ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def parquet(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same sessions in Parquet files."""
    made = tmp_path_factory.mktemp("files")
    for number, part in enumerate(Shards(folder).parts):
        usql.open(part.folder).write(made / f"{number:02}.parquet")
    return made


@pytest.fixture(scope="module")
def whole_files(parquet: Path) -> Answers:
    """What they answer as one."""
    return functools.cache(usql.open(parquet).query)


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were read, once for each time."""
    names: list[str] = []

    def counted(origin: Origin, **options: Any) -> Store:
        names.append(origin.name)
        return load(origin, **options)

    monkeypatch.setattr(files, "load", counted)
    return names


@pytest.mark.filterwarnings("ignore::usql.LimitWarning")
@pytest.mark.parametrize("limit", [ENOUGH, 400_000, 4_000_000])
@pytest.mark.parametrize("text", QUESTIONS)
def test_open_files_answer_as_one_set(
    parquet: Path, whole_files: Answers, text: str, limit: int
) -> None:
    sessions = DistributedSessions(Files(parquet), Worker(OpenParts(), [], limit))
    for other in (COUNT, text, "SELECT city, SUM(duration) FROM usersession GROUP BY city", text):
        same(sessions.query(other), whole_files(other))


@pytest.mark.filterwarnings("ignore::usql.LimitWarning")
def test_a_file_is_read_once_for_the_columns_of_several_questions(
    parquet: Path, loads: list[str]
) -> None:
    sessions = DistributedSessions(Files(parquet), Worker(OpenParts(), []))
    for read, text in [
        (12, "SELECT country, COUNT(*) FROM usersession GROUP BY country"),
        (0, 'SELECT COUNT(*) FROM usersession WHERE country LIKE "S*"'),
        (12, "SELECT name, COUNT(*) FROM useraction GROUP BY name"),
        (0, "SELECT usersession.country, name, COUNT(*) FROM useraction GROUP BY name, country"),
    ]:
        loads.clear()
        sessions.query(text)
        assert len(loads) == read, text


@pytest.mark.parametrize("are_joined", [True, False])
def test_files_are_kept_by_themselves_or_as_they_were_joined(
    parquet: Path, loads: list[str], are_joined: bool
) -> None:
    """Of files that are joined, a timeframe that touches some makes another choice, which is read once;
    larger files are found whatever the timeframe."""
    dataset = Files(parquet)
    limit = ENOUGH if are_joined else 8 * max(part.bytes for part in dataset.parts)
    sessions = DistributedSessions(dataset, Worker(OpenParts(), [], limit))
    text = "SELECT country, COUNT(*) FROM usersession GROUP BY country"
    whole = usql.open(parquet)
    (middle,) = whole.query("SELECT MEDIAN(startTime) FROM usersession").rows()[0]
    read = []
    for start in (1, int(middle), 1, int(middle)):
        loads.clear()
        same(sessions.query(text, start=start), whole.query(text, start=start))
        read.append(len(loads))
    touched = len(dataset.touched(Timeframe(int(middle), None), None))
    assert 0 < touched < 12
    assert read == [12, touched if are_joined else 0, 0, 0]


def test_files_without_room_are_read_again(
    monkeypatch: pytest.MonkeyPatch, parquet: Path, loads: list[str]
) -> None:
    monkeypatch.setattr(module, "KEPT_ONE_IN", ENOUGH)
    sessions = DistributedSessions(Files(parquet), Worker(OpenParts(), []))
    for _ in range(2):
        loads.clear()
        sessions.query("SELECT duration, COUNT(*) FROM usersession GROUP BY duration LIMIT 500")
        assert len(loads) == 12


def test_a_file_that_was_replaced_is_noticed(parquet: Path, tmp_path: Path) -> None:
    for file in list(parquet.iterdir())[:2]:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    sessions = DistributedSessions(Files(tmp_path), Worker(OpenParts(), []))
    sessions.query(COUNT)
    name = min(tmp_path.iterdir())
    data = name.read_bytes()
    name.unlink()
    name.write_bytes(data)
    with pytest.raises(usql.DataError, match="changed since it was opened"):
        sessions.query(COUNT)


def test_a_field_with_another_type_is_read_again(tmp_path: Path) -> None:
    """One file alone has whole numbers, the set of two has decimal numbers: a worker may be asked
    for both."""
    for name, values in (("a", [1, 2]), ("b", [1.5])):
        rows = [{"userSessionId": f"{name}{v}", "startTime": 5, "x": v} for v in values]
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / f"{name}.parquet")
    open_parts = OpenParts()
    text = "SELECT SUM(x) FROM usersession WHERE x > 1"
    for source in (tmp_path, tmp_path / "a.parquet", tmp_path):
        found = DistributedSessions(Files(source), Worker(open_parts, [], 1 << 40))
        same(found.query(text), usql.open(source).query(text))


def test_columns_of_several_questions_are_within_the_room(parquet: Path) -> None:
    limit = 200_000
    open_parts = OpenParts()
    sessions = DistributedSessions(Files(parquet), Worker(open_parts, [], limit))
    for text in QUESTIONS:
        sessions.query(text)
        assert 0 < open_parts.bytes <= limit // 8
