"""The surface of sessions in parts: that of :class:`usql.Sessions`, over what parts answer."""

from __future__ import annotations

import json
import pickle
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import usql
from tests.places import SESSIONS
from tests.unit.distributed.agreement import same
from tests.unit.distributed.memory import MemoryDataset, RowsPart, cut
from tests.unit.engine import pieces as small
from usql.analysis.bound import Condition, Timeframe
from usql.asking.question import QueryOptions
from usql.catalog import Catalog
from usql.catalog.model import Projection
from usql.distributed import task as tasks
from usql.distributed.inline import Inline
from usql.distributed.sessions import DistributedSessions
from usql.distributed.task import NumberedPart
from usql.engine import Event
from usql.engine.runtime.tuning import Tuning
from usql.engine.states.question import Question
from usql.errors import VersionError
from usql.store import Store

ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in SESSIONS.read_text(encoding="utf-8").splitlines()
]


class Watched(Inline):
    """An executor that tells which parts it was asked, and with which tasks."""

    def __init__(self) -> None:
        super().__init__()
        object.__setattr__(self, "asked", [])
        object.__setattr__(self, "tasks", [])

    asked: list[list[int]]
    tasks: list[bytes]

    def run(
        self,
        task: bytes,
        parts: Sequence[NumberedPart],
        timeout: float | None,
        cancelled: Event | None,
    ) -> Iterator[bytes]:
        self.asked.append([number for number, _ in parts])
        self.tasks.append(task)
        return super().run(task, parts, timeout, cancelled)


@pytest.fixture(scope="module")
def whole() -> usql.Sessions:
    return usql.open(ROWS)


def opened(count: int = 8, **options: Any) -> tuple[DistributedSessions, Watched]:
    executor = Watched()
    return DistributedSessions(MemoryDataset(cut(ROWS, count)), executor, **options), executor


TOPS = "SELECT country, TOP(city, 2), MEDIAN(duration), COUNT(*) FROM usersession GROUP BY country"


def test_values_are_asked_of_the_groups_that_are_shown(whole: usql.Sessions) -> None:
    data, executor = opened()
    same(data.query(f"{TOPS} LIMIT 2"), whole.query(f"{TOPS} LIMIT 2"))
    assert executor.asked == [[*range(8)]] * 2


@pytest.mark.parametrize("rounds", [1, 2])
def test_rounds_can_be_chosen(whole: usql.Sessions, rounds: int) -> None:
    data, executor = opened(rounds=rounds)
    same(data.query(f"{TOPS} LIMIT 2"), whole.query(f"{TOPS} LIMIT 2"))
    assert len(executor.asked) == rounds


ONE_ROUND = [
    "SELECT country, COUNT(*) FROM usersession GROUP BY country",
    "SELECT MEDIAN(duration), COUNT(DISTINCT city) FROM usersession",
    "SELECT country, city FROM usersession GROUP BY country ORDER BY city LIMIT 3",
]


@pytest.mark.parametrize("text", ONE_ROUND[:2])
def test_one_round_is_enough_where_nothing_is_left_to_ask(text: str) -> None:
    data, executor = opened()
    data.query(text)
    assert len(executor.asked) == 1


def test_what_orders_groups_is_asked_first(whole: usql.Sessions) -> None:
    data, executor = opened()
    same(data.query(ONE_ROUND[2]), whole.query(ONE_ROUND[2]))
    assert len(executor.asked) == 2


def test_a_limit_without_order_reads_until_it_is_full(whole: usql.Sessions) -> None:
    data, executor = opened()
    text = "SELECT city FROM usersession LIMIT {}"
    for limit, asked in [
        (1, [[0]]),
        (3, [[0], [1, 2, 3, 4]]),
        (99, [[0], [1, 2, 3, 4], [5, 6, 7]]),
    ]:
        executor.asked.clear()
        same(data.query(text.format(limit)), whole.query(text.format(limit)))
        assert executor.asked == asked
    assert data.query(text.format(3)).explanations == (
        "Reading ended at LIMIT 3; there may be more rows.",
    )


@pytest.mark.parametrize("end", ["", " ORDER BY city LIMIT 1"])
def test_other_rows_need_all_parts(whole: usql.Sessions, end: str) -> None:
    data, executor = opened()
    same(
        data.query(f"SELECT city FROM usersession{end}"),
        whole.query(f"SELECT city FROM usersession{end}"),
    )
    assert executor.asked == [[*range(8)]]


def test_tasks_are_small() -> None:
    data, executor = opened()
    data.query(f"{TOPS} LIMIT 2")
    assert max(map(len, executor.tasks)) < 6000


def test_parts_are_read_by_the_fields_that_count() -> None:
    seen: list[Projection | None] = []

    class Seen(RowsPart):
        def open(
            self, catalog: Catalog, projection: Projection | None, memory_limit: int | None
        ) -> Store:
            seen.append(projection)
            return super().open(catalog, projection, memory_limit)

    dataset = MemoryDataset([ROWS])
    dataset.parts = [Seen(ROWS)]
    data = DistributedSessions(dataset, Inline())
    data.query("SELECT country, COUNT(*) FROM usersession WHERE useraction.name IS NOT NULL")
    found = seen[0]
    assert found is not None
    assert found.reads("useraction", "name")
    assert not found.reads("useraction", "duration")
    assert found.reads("usersession", "country")
    assert not found.reads("usersession", "city")
    assert "userevent" not in found.tables
    data.query("SELECT JSON FROM usersession LIMIT 1")
    assert seen[-1] is None


def test_parts_beyond_the_timeframe_are_not_asked() -> None:
    data, executor = opened()

    def touched(timeframe: Timeframe, where: Condition | None) -> Sequence[int]:
        return [2, 5] if timeframe.start else range(8)

    data._dataset.touched = touched  # type: ignore[method-assign]
    data.query("SELECT COUNT(*) FROM usersession", start=1)
    assert executor.asked == [[2, 5]]
    plan = data.explain("SELECT COUNT(*) FROM usersession", start=1)
    assert "parts: 2 of 8 read" in plan


def test_of_no_parts_the_answer_is_that_of_no_sessions() -> None:
    data = DistributedSessions(MemoryDataset([]), Inline())
    nothing = usql.open([])
    for text in (
        TOPS,
        "SELECT COUNT(*), SUM(duration) FROM usersession",
        "SELECT * FROM useraction",
    ):
        same(data.query(text), nothing.query(text))
    text = "SELECT FUNNEL(country IS NOT NULL) FROM usersession"
    same(data.query(text), nothing.query(text))
    assert len(data) == 0


def test_explain_tells_what_was_read_and_sent() -> None:
    data, _ = opened()
    plan = data.explain(f"{TOPS} LIMIT 2", analyze=True)
    assert "parts: 8 of 8 read" in plan
    assert "rounds: 2" in plan
    assert " rows merged, " in plan
    assert plan.splitlines()[0] == "Project"


def test_the_default_limit_warns() -> None:
    data = DistributedSessions(MemoryDataset(cut(ROWS * 3, 2)), Inline())
    with pytest.warns(usql.LimitWarning, match="The first 50 of"):
        data.query("SELECT name FROM useraction")


def test_problems_are_told_as_of_any_sessions(whole: usql.Sessions) -> None:
    data, _ = opened()
    text = "SELECT cty FROM usersession"
    assert data.check(text) == whole.check(text)
    with pytest.raises(usql.UsqlError, match="has no field `cty`"):
        data.query(text)


class Uncovered(MemoryDataset):
    """A data set that counts who asks which time it covers."""

    def __init__(self) -> None:
        super().__init__(cut(ROWS, 2))
        self.looks = 0

    @property
    def span(self) -> tuple[int, int]:
        self.looks += 1
        return super().span


@pytest.mark.parametrize(
    ("text", "options", "looks"),
    [
        ("SELECT COUNT(*) FROM usersession", {}, 0),
        ("SELECT COUNT(*) FROM usersession", {"start": 0, "end": "2040-01-01"}, 0),
        ("SELECT COUNT(*) FROM usersession", {"end": "data-end"}, 1),
        ("SELECT COUNT(*) FROM usersession WHERE startTime < $TIME_FRAME_END", {}, 1),
        ("SELECT COUNT(*) FROM usersession WHERE startTime < ${x}", {"parameters": {"x": "$time_frame_end"}}, 1),
        ("SELECT city FROM usersession", {"start": 2**60}, 1),
        ("SELECT city FROM usersession WHERE city = 'nowhere'", {}, 0),
    ],
)  # fmt: skip
def test_the_time_of_the_data_is_looked_for_where_it_counts(
    whole: usql.Sessions, text: str, options: dict[str, Any], looks: int
) -> None:
    data = Uncovered()
    same(
        DistributedSessions(data, Inline()).query(text, **options),
        whole.query(text, **options),
    )
    assert data.looks == looks


def test_who_checks_or_opens_asks_for_no_time() -> None:
    data = Uncovered()
    sessions = DistributedSessions(data, Inline())
    assert not sessions.check("SELECT city FROM usersession")
    assert "parts" in sessions.explain("SELECT city FROM usersession")
    assert data.looks == 0
    assert not sessions.check("SELECT city FROM usersession WHERE startTime > $TIME_FRAME_START")
    assert data.looks == 1


def test_it_is_closed_as_sessions_are() -> None:
    data, _ = opened()
    assert repr(data) == f"<DistributedSessions: {len(ROWS)} usersession in 8 parts>"
    assert len(data) == len(ROWS)
    with data:
        assert data.notes == ()
    data.close()
    assert repr(data) == "<DistributedSessions: closed>"
    with pytest.raises(ValueError, match="these sessions are closed"):
        data.query("SELECT COUNT(*) FROM usersession")


# --- what ends a query ----------------------------------------------------------------------------


def refusal(data: DistributedSessions, text: str, **options: Any) -> str:
    with pytest.raises(usql.UsqlError) as refused:
        data.query(text, **options)
    (diagnostic,) = refused.value.diagnostics
    return diagnostic.name


def test_a_sum_that_overflows_is_refused() -> None:
    rows = [{"duration": 2**62}, {"duration": 2**62}, {"duration": -(2**62)}]
    text = "SELECT SUM(duration) FROM usersession"
    data = DistributedSessions(MemoryDataset(cut(rows, 3)), Inline())
    assert data.query(text).rows() == [[2**62]]
    data = DistributedSessions(MemoryDataset(cut(rows[:2], 2)), Inline())
    assert refusal(data, text) == "sum-overflow"


def test_a_query_can_be_cancelled() -> None:
    data, executor = opened()
    event = threading.Event()
    event.set()
    assert refusal(data, TOPS, cancelled=event) == "cancelled"
    assert executor.asked == []


def test_a_query_can_be_cancelled_between_parts() -> None:
    event = threading.Event()

    class Cancelling(Inline):
        def run(self, *given: Any) -> Iterator[bytes]:
            for states in super().run(*given):
                yield states
                event.set()

    data = DistributedSessions(MemoryDataset(cut(ROWS, 4)), Cancelling())
    assert refusal(data, TOPS, cancelled=event) == "cancelled"


def test_time_and_memory_are_limited() -> None:
    data, _ = opened()
    assert refusal(data, TOPS, timeout=1e-9) == "timeout"
    data, _ = opened(memory_limit=100)
    assert refusal(data, TOPS) == "memory-limit"


def test_a_worker_has_limits_of_its_own() -> None:
    class Loaded(RowsPart):
        def open(
            self, catalog: Catalog, projection: Projection | None, memory_limit: int | None
        ) -> Store:
            return super().open(catalog, projection, None)

    parts = cut(ROWS, 2)
    dataset = MemoryDataset(parts)
    dataset.parts = [Loaded(rows) for rows in parts]
    assert refusal(DistributedSessions(dataset, Inline(memory_limit=100)), TOPS) == "memory-limit"


def test_a_part_that_is_gone_is_told(tmp_path: Path) -> None:
    class Gone(RowsPart):
        def open(
            self, catalog: Catalog, projection: Projection | None, memory_limit: int | None
        ) -> Store:
            raise usql.DataError("the shard is gone", source="part-00001")

    dataset = MemoryDataset(cut(ROWS, 2))
    dataset.parts[1] = Gone(ROWS)
    with pytest.raises(usql.DataError, match="part-00001: the shard is gone"):
        DistributedSessions(dataset, Inline()).query("SELECT COUNT(*) FROM usersession")


def test_a_worker_of_another_version_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    data, _ = opened()
    prepared = data._prepare(ONE_ROUND[0], QueryOptions()).prepared
    question = Question(prepared)
    task = tasks.task_of(question, data.catalog, 1).packed()
    assert tasks.unpacked_task(task).question == question
    monkeypatch.setattr(tasks, "__version__", "9.9")
    with pytest.raises(
        VersionError, match=r"a worker runs usql 9\.9, but the query comes from usql"
    ):
        tasks.answered(task, [])
    assert pickle.loads(pickle.dumps(VersionError("x"))).args == ("x",)


def test_workers_have_the_sizes_of_the_sessions(whole: usql.Sessions) -> None:
    tuning = Tuning(**small.in_pieces(3), **small.SORTED_APART)
    data, executor = opened(4, tuning=tuning)
    for text in (TOPS, "SELECT city FROM usersession ORDER BY city DESC LIMIT 4"):
        same(data.query(text), whole.query(text))
    given = [tasks.unpacked_task(task) for task in executor.tasks]
    assert given
    for task in given:
        assert task.tuning == tuning
        [(_, engine)] = tasks.one_engine_per_part([(0, RowsPart(ROWS))], task)
        assert engine.tuning == tuning


def test_executors_may_merge_on_the_way(whole: usql.Sessions) -> None:
    class Merging(Inline):
        def run(self, task: bytes, *given: Any) -> Iterator[bytes]:
            yield tasks.merged_states(
                task, [states.to_pybytes() for states in super().run(task, *given)]
            )

    data = DistributedSessions(MemoryDataset(cut(ROWS, 4)), Merging())
    for text in (TOPS, "SELECT city FROM usersession ORDER BY city DESC LIMIT 4"):
        same(data.query(text), whole.query(text))


WARNED = [
    "SELECT COUNT(*) FROM usersession WHERE city = 'Lins'",
    "SELECT COUNT(*) FROM usersession WHERE city = 'Linz'",
    "SELECT COUNT(*) FROM usersession WHERE userType = 'REAL_USR'",
    "SELECT COUNT(*) FROM usersession WHERE userType = 'REAL_USER' AND useraction.name = 'clik on x'",
    "SELECT CONDITION(COUNT(*), WHERE country = 'Austira') FROM usersession",
    "SELECT FUNNEL(browserFamily = 'Crome') FROM usersession",
    "SELECT city FROM usersession WHERE stringProperties.plan = 'nothing of the kind'",
]


@pytest.mark.parametrize("text", WARNED)
def test_texts_that_no_part_has_are_told(whole: usql.Sessions, text: str) -> None:
    data, _ = opened(3)
    assert data.query(text).diagnostics == whole.query(text).diagnostics


def test_some_of_these_texts_are_told(whole: usql.Sessions) -> None:
    told = [[d.name for d in whole.query(text).diagnostics] for text in WARNED]
    assert told[1] == []
    assert "unknown-enum-value" in told[2]
    assert "unknown-value" in told[4]


def test_an_enum_has_the_values_of_any_part() -> None:
    rows = [{"userType": "REAL_USER"}, {"userType": "ALIEN"}]
    text = "SELECT COUNT(*) FROM usersession WHERE userType = 'ALIEN'"
    data = DistributedSessions(MemoryDataset(cut(rows, 2)), Inline())
    assert data.query(text).diagnostics == usql.open(rows).query(text).diagnostics == ()
