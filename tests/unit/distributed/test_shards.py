"""Shards as a data set: what is read of them, and that they answer as one load does."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest

import usql
from tests.unit.distributed.agreement import same
from usql.analysis.bound import Timeframe
from usql.catalog.projection import projection_of
from usql.distributed.inline import Inline
from usql.distributed.sessions import DistributedSessions
from usql.distributed.shards import Shards
from usql.errors import DataError
from usql.samples import generate
from usql.store.lazy import Lazy
from usql.store.sharding.shard import shard

QUESTIONS = [
    "SELECT country, COUNT(*), MEDIAN(duration), SUM(userActionCount) FROM usersession GROUP BY country",
    "SELECT name, COUNT(DISTINCT usersession.userId) FROM useraction GROUP BY name LIMIT 20",
    'SELECT TOP(stringProperties.tier, 2), AVG(duration) FROM usersession WHERE country != "Spain"',
    "SELECT userSessionId, startTime FROM usersession ORDER BY duration DESC LIMIT 7",
    "SELECT JSON FROM usersession LIMIT 3",
    'SELECT FUNNEL(useraction.name = "Loading of page /", useraction.name IS NOT NULL) FROM usersession',
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sets") / "x.usqlshards"
    shard(generate(120, 1), made, sessions=10)
    return made


@pytest.fixture(scope="module")
def whole(folder: Path) -> usql.Sessions:
    return usql.open(folder)


@pytest.mark.filterwarnings("ignore::usql.LimitWarning")
@pytest.mark.parametrize("text", QUESTIONS)
def test_shards_answer_as_one_set(folder: Path, whole: usql.Sessions, text: str) -> None:
    sessions = DistributedSessions(Shards(folder), Inline())
    same(sessions.query(text), whole.query(text))
    assert len(sessions) == 120
    assert sessions.catalog == whole.catalog


def test_a_timeframe_leaves_shards_out(folder: Path) -> None:
    dataset = Shards(folder)
    starts = [usql.open(part.folder).query("SELECT MIN(startTime), MAX(startTime), MAX(endTime) FROM usersession").rows()[0] for part in dataset.parts]  # fmt: skip
    middle = starts[5]
    assert list(dataset.touched(Timeframe(None, starts[3][0]), None)) == [0, 1, 2]
    after = dataset.touched(Timeframe(middle[0], None), None)
    assert list(after) == [n for n, (_, _, end) in enumerate(starts) if end >= middle[0]]
    assert list(dataset.touched(Timeframe(None, None), None)) == list(range(12))


def test_explain_tells_of_the_shards_that_are_read(folder: Path) -> None:
    sessions = DistributedSessions(Shards(folder), Inline())
    (begin,) = sessions.query("SELECT MIN(startTime) FROM usersession").rows()[0]
    count = "SELECT COUNT(*) FROM usersession"
    assert "parts: 1 of 12 read" in sessions.explain(count, end=begin + 1)
    assert "parts: 12 of 12 read" in sessions.explain(count)
    where = f"{count} WHERE startTime <= {begin}"
    assert "parts: 1 of 12 read" in sessions.explain(where)
    assert "parts: 1 of 12 read" in sessions.explain(where, analyze=True)
    assert sessions.query(where).rows() == [[1]]
    assert "parts: 0 of 12 read" in sessions.explain(f"{count} WHERE startTime < {begin}")
    assert sessions.query(f"{count} WHERE startTime < {begin}").rows() == [[0]]
    of_children = "SELECT COUNT(*) FROM useraction WHERE usersession.startTime <= {}"
    assert "parts: 1 of 12 read" in sessions.explain(of_children.format(begin))


def test_sessions_without_times_are_never_left_out(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"startTime": n, "endTime": n + 5} for n in range(6)]
    shard([*rows, {"city": "Linz"}, {"startTime": 100}], tmp_path / "x", sessions=2)
    dataset = Shards(tmp_path / "x")
    assert list(dataset.touched(Timeframe(50, None), None)) == [3]
    assert list(dataset.touched(Timeframe(4, 5), None)) == [0, 1, 2, 3]
    whole, sessions = usql.open(tmp_path / "x"), DistributedSessions(dataset, Inline())
    for start in (0, 4, 9, 50, 101):
        for text in ("SELECT COUNT(*) FROM usersession", "SELECT startTime FROM usersession"):
            same(sessions.query(text, start=start), whole.query(text, start=start))


def test_a_part_pickles_to_little_and_reads_what_is_asked_for(folder: Path) -> None:
    dataset = Shards(folder)
    part = pickle.loads(pickle.dumps(dataset.parts[3]))
    assert len(pickle.dumps(part)) < 400
    projection = projection_of(["city"], dataset.catalog)
    store = part.open(dataset.catalog, projection, None)
    assert store.sessions == 10
    assert "country" not in store.tables["usersession"].columns
    assert not list(store.tables["useraction"].columns)
    assert part.open(dataset.catalog, None, None).tables["useraction"].rows > 10
    columns = store.tables["usersession"].columns
    assert isinstance(columns, Lazy)
    assert not columns.computed


def test_shards_that_were_replaced_are_told(tmp_path: Path) -> None:
    shard(generate(10, 1), tmp_path / "x", sessions=5)
    sessions = DistributedSessions(Shards(tmp_path / "x"), Inline())
    shard(generate(10, 1), tmp_path / "x", sessions=5)
    with pytest.raises(DataError, match="the shard is not the one that was written"):
        sessions.query("SELECT COUNT(city) FROM usersession")


def test_a_shard_that_went_away_is_told(tmp_path: Path) -> None:
    shard(generate(10, 1), tmp_path / "x", sessions=5)
    sessions = DistributedSessions(Shards(tmp_path / "x"), Inline())
    shutil.rmtree(tmp_path / "x" / "part-00001.usqlstore")
    with pytest.raises(
        DataError, match=r"part-00001\.usqlstore: the shard is missing; run usql sha"
    ):
        sessions.query("SELECT COUNT(city) FROM usersession")
