"""``usql shard``, and the other commands over what it writes."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

import usql as package
from tests.unit.cli.test_cli import COUNT, EXPORT, usql
from usql.cli.command import invoke
from usql.store.saved.shards import MANIFEST


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


WRONG: list[tuple[list[str], int, str]] = [
    (["shard"], 2, "Missing argument 'IN'"),
    (["shard", EXPORT], 2, "Missing argument 'OUT'"),
    (["shard", EXPORT, "y"], 2, "must end in .usqlshards, unlike 'y'"),
    (["shard", EXPORT, "y.usqlstore"], 2, "must end in .usqlshards, unlike 'y.usqlstore'"),
    (["shard", EXPORT, ".usqlshards"], 2, "must end in .usqlshards, unlike '.usqlshards'"),
    (["shard", "y.usqlshards", "s.ndjson"], 2, "must end in .usqlshards, unlike 's.ndjson'"),
    (["shard", "s.ndjson", EXPORT, "y.usqlshards"], 2, "unexpected extra argument"),
    (["shard", COUNT, "y.usqlshards"], 2, "This is a query, not data:"),
    (["shard", EXPORT, "no/such/y.usqlshards"], 2, "no/such cannot be written: there is no such folder"),
    (["shard", EXPORT, "taken.usqlshards"], 2, "there is something other than a set of shards"),
    (["shard", EXPORT, "file.usqlshards"], 2, "there is something other than a set of shards"),
    (["shard", EXPORT, "x.usqlshards/y.usqlshards"], 2, "the folder would be inside a set of shards"),
    (["shard", EXPORT, "x.usqlshards/part-00000.usqlstore/y.usqlshards"], 2, "inside a set of shards"),
    (["shard", EXPORT, "y.usqlshards", "--sessions", "0"], 2, "0 is not in the range x>=1"),
    (["shard", EXPORT, "y.usqlshards", "--session", "5"], 2, "Did you mean '--sessions'?"),
    (["shard", EXPORT, "y.usqlshards", "--workers", "2"], 2, "No such option '--workers'"),
    (["shard", EXPORT, "y.usqlshards", "--memory-limit", "4GB"], 2, "'--memory-limit': '4GB' is not a valid"),
    (["shard", EXPORT, "y.usqlshards", "--memory-limit", "100"], 2, "--memory-limit is at least 128 MB"),
    (["shard", "none.ndjson", "y.usqlshards"], 3, "none.ndjson: there is no such file or folder"),
    (["shard", "bad.ndjson", "y.usqlshards"], 3, "bad.ndjson, line 2: not JSON"),
    (["shard", "bare.usqlshards", "y.usqlshards"], 3, "not usql-shards.json, which is written last: the run"),
    (["shard", "gone.usqlshards", "y.usqlshards"], 3, "part-00002.usqlstore: the shard is missing; run usql shard"),
    (["query", COUNT, "none.usqlshards"], 3, "none.usqlshards: there is no such file or folder"),
    (["query", COUNT, "bare.usqlshards"], 3, "not usql-shards.json, which is written last: the run"),
    (["query", COUNT, "gone.usqlshards"], 3, "part-00002.usqlstore: the shard is missing; run usql shard"),
    (["query", COUNT, "less.usqlshards"], 3, "that were written; run usql shard again"),
    (["query", COUNT, "odd.usqlshards"], 3, "usql-shards.json: the description of the shards is damaged; run"),
    (["query", COUNT, "damaged.usqlshards"], 3, "useraction.arrow: the file is damaged"),
    (["query", COUNT, "x.usqlshards/usql-shards.json"], 3, "x.usqlshards: a saved store is read whole; name its"),
    (["query", COUNT, "x.usqlshards", "--workers", "2"], 2, "No such option '--workers'"),
    (["query", COUNT, "x.usqlshards", "--threads", "0"], 2, "0 is not in the range x>=1"),
    (["query", "x.usqlshards", COUNT], 2, "The query comes first, then the data:"),
]  # fmt: skip
"""Arguments, the exit code, and what is said."""


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with shards, and with copies of them that something happened to."""
    folder = tmp_path_factory.mktemp("spoilt")
    shards = folder / "x.usqlshards"
    package.shard(EXPORT, shards, sessions=5)
    for name in ("bare", "gone", "less", "odd", "damaged"):
        shutil.copytree(shards, folder / f"{name}.usqlshards")
    (folder / "bare.usqlshards" / MANIFEST).unlink()
    shutil.rmtree(folder / "gone.usqlshards" / "part-00002.usqlstore")
    store = Path("part-00001.usqlstore", "useraction.arrow")
    whole = (shards / store).read_bytes()
    (folder / "less.usqlshards" / store).write_bytes(whole[:-1])
    (folder / "damaged.usqlshards" / store).write_bytes(bytes(len(whole)))
    manifest = folder / "odd.usqlshards" / MANIFEST
    manifest.write_text(manifest.read_text()[:-100])
    (folder / "taken.usqlshards").mkdir()
    (folder / "taken.usqlshards" / "thesis.txt").touch()
    (folder / "file.usqlshards").touch()
    (folder / "bad.ndjson").write_text('{"startTime": 1}\nnonsense\n')
    return folder


@pytest.mark.parametrize(("arguments", "code", "said"), WRONG, ids=lambda value: str(value)[:60])
def test_what_is_wrong_is_said_and_nothing_is_left(
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    spoilt: Path,
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(spoilt)
    before = sorted(spoilt.rglob("*"))
    assert invoke(arguments) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert said in err
    assert "Traceback" not in err
    assert sorted(spoilt.rglob("*")) == before


def test_shards_take_their_own_place(capfd: pytest.CaptureFixture[str], shards: Path) -> None:
    assert invoke(["shard", str(shards), str(shards), "--sessions", "8"]) == 0
    assert "wrote 2 shards of 16 sessions, 27 actions" in capfd.readouterr().err
    assert len(package.open(shards)) == 16
    assert [path.name for path in shards.parent.iterdir()] == [shards.name]


def test_shards_that_were_not_finished(shards: Path) -> None:
    (shards / MANIFEST).unlink()
    done = usql("query", COUNT, str(shards))
    assert done.returncode == 3
    assert "which is written last" in done.stderr
