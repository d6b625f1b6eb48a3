"""The sample generator: the same for a seed, coherent, skewed as in life."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import ipc

import usql
from tests.reading import fast_path
from usql.samples import batches, generate
from usql.samples.generator import BLOCK, SPAN, START
from usql.samples.world import action_names, cities
from usql.store.export.write import write_batches


def digest(table: pa.Table) -> str:
    out = io.BytesIO()
    with ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)
    return hashlib.sha256(out.getvalue()).hexdigest()


@pytest.fixture(scope="module")
def sample() -> usql.Sessions:
    return usql.sample(sessions=4000, seed=3)


def one(sessions: usql.Sessions, text: str) -> list[object]:
    return list(sessions.query(text, profile="offline").rows()[0])


def test_a_seed_gives_the_same_bytes() -> None:
    assert digest(generate(500, 1)) == digest(generate(500, 1))
    assert digest(generate(500, 1)) != digest(generate(500, 2))


def test_the_bytes_are_those_of_every_release() -> None:
    """A change here is a change of the sample: every published figure over it changes too."""
    table = generate(200, 1)
    text = repr(table.select(["userSessionId", "startTime", "city", "userActions"]).to_pylist())
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "70237b669822342d"


def test_blocks_do_not_depend_on_each_other() -> None:
    parts = list(batches(BLOCK + 10, 1))
    assert [p.num_rows for p in parts] == [BLOCK, 10]
    whole = generate(BLOCK + 10, 1)
    assert whole.slice(BLOCK).to_pylist() == pa.Table.from_batches([parts[1]]).to_pylist()


def test_no_sessions() -> None:
    assert generate(0, 1).num_rows == 0
    assert len(usql.sample(sessions=0)) == 0
    with pytest.raises(ValueError, match="must not be negative"):
        generate(-1)


def test_written_sessions_are_the_same_when_read_again(tmp_path: Path) -> None:
    """By the command and by Python, as NDJSON, which is read the fast way, and as Parquet."""
    sessions = usql.sample(sessions=300, seed=5)
    for suffix in ("ndjson", "parquet"):
        write_batches(tmp_path / f"command.{suffix}", batches(300, 5))
        sessions.write(tmp_path / f"python.{suffix}")
    for path in tmp_path.iterdir():
        with fast_path():
            again = usql.open(path)
        assert again.notes == ()
        for what in ("*", "JSON", "useraction.*", "userevent.*", "usererror.*"):
            text = f"SELECT {what} FROM usersession LIMIT 5000"
            assert again.query(text).rows() == sessions.query(text).rows(), (path.name, what)


def test_sizes(sample: usql.Sessions) -> None:
    rows = {name: table.rows for name, table in sample._store.tables.items()}
    assert 8.0 < rows["useraction"] / 4000 < 9.0
    assert 1.3 < rows["userevent"] / 4000 < 1.7
    assert 0.2 < rows["usererror"] / 4000 < 0.4
    assert rows["usersyntheticevent"] > 100
    assert one(sample, "SELECT MAX(userActionCount), MIN(userActionCount) FROM usersession") == [
        100,
        0,
    ]


def test_the_world() -> None:
    names = action_names().names
    assert len(set(names)) == 5000
    assert all(20 <= len(n) <= 80 for n in names)
    assert len(set(cities())) == 3000
    assert any("search" in n for n in names)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT COUNT(*) FROM usersession WHERE NOT userActionCount > 1 AND bounce = false",
        "SELECT COUNT(*) FROM usersession WHERE userActionCount > 1 AND bounce = true",
        "SELECT COUNT(*) FROM usersession WHERE hasError = true AND totalErrorCount = 0",
        "SELECT COUNT(*) FROM usersession WHERE hasCrash = true AND NOT usererror.type = 'Crash' AND userActionCount > 0",
        "SELECT COUNT(*) FROM usersession WHERE userType = 'SYNTHETIC' AND usersyntheticevent.name IS NULL",
        "SELECT COUNT(*) FROM usersession WHERE applicationType = 'MOBILE_APPLICATION' AND browserFamily IS NOT NULL",
        "SELECT COUNT(*) FROM usersession WHERE matchingConversionGoalsCount = 0 AND matchingConversionGoals IS NOT NULL",
        "SELECT COUNT(*) FROM usersession WHERE country = 'Japan' AND continent != 'Asia'",
        "SELECT COUNT(*) FROM useraction WHERE duration < 0 OR type IS NULL OR name IS NULL",
    ],
)
def test_sessions_are_coherent(sample: usql.Sessions, text: str) -> None:
    assert one(sample, text) == [0]


def test_times_hang_together() -> None:
    table = generate(2000, 5)
    starts = table["startTime"].to_numpy()
    assert np.all(np.diff(starts) >= 0)
    assert starts[0] >= START
    assert starts[-1] < START + SPAN
    for row in table.to_pylist():
        actions = row["userActions"] or []
        assert row["userActionCount"] == len(actions)
        assert row["endTime"] - row["startTime"] == row["duration"]
        if actions:
            assert actions[0]["startTime"] == row["startTime"]
            assert max(a["endTime"] for a in actions) == row["endTime"]
            assert all(a["endTime"] - a["startTime"] == a["duration"] for a in actions)


def test_skew_and_nulls(sample: usql.Sessions) -> None:
    top = sample.query("SELECT country, COUNT(*) FROM usersession GROUP BY country LIMIT 2").rows()
    assert top[0][1] > 1.5 * top[1][1]
    known, every = one(sample, "SELECT COUNT(userId), COUNT(*) FROM usersession")
    assert 0.55 < known / every < 0.65  # type: ignore[operator]
    seen, actions = one(sample, "SELECT COUNT(visuallyCompleteTime), COUNT(*) FROM useraction")
    assert 0.65 < seen / actions < 0.75  # type: ignore[operator]
    kept, _ = one(sample, "SELECT COUNT(stringProperties.tier), COUNT(*) FROM usersession")
    assert 0.45 < kept / every < 0.55  # type: ignore[operator]
    block = one(
        sample, "SELECT COUNT(*) FROM usersession WHERE ip BETWEEN '52.0.0.0' AND '52.255.255.255'"
    )
    assert block[0] > 400  # type: ignore[operator]


def test_funnels_mean_something(sample: usql.Sessions) -> None:
    counts = one(sample, "SELECT FUNNEL(useraction.name LIKE '*search*', useraction.name LIKE '*details*', useraction.name LIKE '*cart*', "
                         "useraction.name LIKE '*pay*', useraction.name LIKE '*confirmation*') FROM usersession")  # fmt: skip
    assert counts == sorted(counts, reverse=True)  # type: ignore[type-var]
    assert counts[-1] > 50  # type: ignore[operator]
    assert len(set(counts)) == 5
