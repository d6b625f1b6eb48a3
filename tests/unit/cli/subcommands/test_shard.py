"""``usql shard``, and the other commands over what it writes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import usql as package
from tests.unit.cli.test_cli import COUNT, EXPORT, usql
from usql.cli.command import invoke


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    folder = tmp_path / "x.usqlshards"
    assert invoke(["shard", EXPORT, str(folder), "--sessions", "5"]) == 0
    return folder


def test_what_was_written_is_told(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = tmp_path / "x.usqlshards"
    assert invoke(["shard", EXPORT, str(target), "--sessions", "5"]) == 0
    out, err = capfd.readouterr()
    assert out == ""
    told = rf"wrote 4 shards of 16 sessions, 27 actions to {target}, \d+ kB\n"
    assert re.fullmatch(told, err)


@pytest.mark.parametrize(
    "arguments",
    [
        ("query", COUNT),
        ("describe",),
        ("validate",),
    ],
)
def test_every_command_takes_shards(
    capfd: pytest.CaptureFixture[str], shards: Path, arguments: tuple[str, ...]
) -> None:
    capfd.readouterr()
    assert invoke([*arguments, str(shards)]) == 0
    over_shards = capfd.readouterr()
    assert invoke([*arguments, EXPORT]) == 0
    assert capfd.readouterr() == over_shards


def test_one_question_reads_the_shards_that_it_needs(
    capfd: pytest.CaptureFixture[str], shards: Path
) -> None:
    assert invoke(["query", "--explain", COUNT, str(shards)]) == 0
    assert "parts: 4 of 4 read" in capfd.readouterr().out
    assert invoke(["query", "--explain", COUNT, str(shards), "--end", "1970-01-02"]) == 0
    assert re.search(r"parts: [01] of 4 read", capfd.readouterr().out)
    assert invoke(["query", "--format", "csv", COUNT, str(shards), "--duplicates", "drop"]) == 0
    assert capfd.readouterr().out.split() == ["count(*)", "16"]


def test_one_question_of_more_than_memory_may_hold(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """All columns of a question joined would pass the limit, those of each shard do not."""
    source, folder = tmp_path / "s.parquet", tmp_path / "x.usqlshards"
    assert invoke(["sample", "--sessions", "20000", "-o", str(source)]) == 0
    assert invoke(["shard", str(source), str(folder), "--sessions", "2000"]) == 0
    text = "SELECT COUNT(*) FROM usersession WHERE duration > 0 AND useraction.duration > 0 AND useraction.name IS NOT NULL"
    with pytest.raises(package.UsqlError, match="memory limit of 1 MB"):
        package.open(folder, memory_limit=1_000_000).query(text)
    assert invoke(["query", text, str(folder), "--memory-limit", "1"]) == 0


def test_converted_and_sharded_again(capfd: pytest.CaptureFixture[str], shards: Path) -> None:
    target, again = shards.parent / "s.ndjson", shards.parent / "y.usqlshards"
    assert invoke(["convert", str(shards), str(target)]) == 0
    starts = [json.loads(line).get("startTime", 2**63) for line in target.read_text().splitlines()]
    assert len(starts) == 16
    assert starts == sorted(starts)
    assert invoke(["shard", str(shards), str(again), "--sessions", "100"]) == 0
    capfd.readouterr()
    assert invoke(["query", "--format", "csv", COUNT, str(again)]) == 0
    assert capfd.readouterr().out.split() == ["count(*)", "16"]


def test_limits_are_named_as_the_command_does(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    target = str(tmp_path / "x.usqlshards")
    assert invoke(["shard", EXPORT, target, "--memory-limit", "127"]) == 2
    assert "--memory-limit is at least 128 MB" in capfd.readouterr().err
    source = tmp_path / "s.ndjson"
    source.write_text(json.dumps({"userSessionId": "a", "startTime": 1, "x": "y" * 30_000_000}))
    assert invoke(["shard", str(source), target, "--memory-limit", "128"]) == 3
    told = capfd.readouterr().err
    assert f"{source}: a line of the text would take more than 16 MB" in told
    assert told.endswith("give a larger --memory-limit\n")


def test_wrong_usage(tmp_path: Path) -> None:
    done = usql("shard", EXPORT, str(tmp_path / "x.usqlstore"))
    assert done.returncode == 2
    assert "The name of a folder of shards must end in .usqlshards" in done.stderr
    other = tmp_path / "x.usqlshards"
    other.mkdir()
    (other / "thesis.txt").touch()
    done = usql("shard", EXPORT, str(other))
    assert done.returncode == 2
    assert "something other than a set of shards" in done.stderr
    done = usql("shard", str(tmp_path / "none.ndjson"), str(tmp_path / "y.usqlshards"))
    assert done.returncode == 3
    assert "no such file" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["x.usqlshards"]


def test_shards_that_were_not_finished(shards: Path) -> None:
    (shards / "usql-shards.json").unlink()
    done = usql("query", COUNT, str(shards))
    assert done.returncode == 3
    assert "which is written last" in done.stderr
