"""Whole runs over little data: every peer's every form gives usql's answer. No time is judged."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path

import pytest

from benchmarks import data as data_module
from benchmarks.__main__ import main
from benchmarks.data import Data, data
from benchmarks.growth import growth
from benchmarks.ours import INDEXED, SCAN
from benchmarks.outcome import Outcome
from benchmarks.parameters import choose
from benchmarks.peers.base import Peer
from benchmarks.queries import queries
from benchmarks.run import PEERS, load_peer, run


def needed(name: str) -> None:
    """Skips without the engine, except where all must be there."""
    try:
        importlib.import_module(name)
    except ImportError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"{name} is not installed")


def outcomes(here: Data, *names: str, only: tuple[str, ...] = ()) -> list[Outcome]:
    flat = here.flat()
    parameters = choose(flat)
    chosen = [q for q in queries(parameters) if not only or q.key in only]
    peers: list[Peer] = [load_peer(name, flat) for name in names]
    try:
        return list(
            run(
                chosen, parameters, lambda q: q.bytes_read(flat), here.store(), peers,
                indexes=(False, True), rounds=1,
            )
        )  # fmt: skip
    finally:
        for peer in peers:
            peer.close()


def judge(found: list[Outcome], *names: str) -> None:
    assert [o.key for o in found] == [f"B{n}" for n in range(1, 18)]
    for outcome in found:
        assert not outcome.disagrees
        assert outcome.timings.keys() | outcome.absent.keys() == {SCAN, INDEXED, *names}
        assert outcome.rows > 0
        assert outcome.first is not None


def test_a_peer_agrees(tmp_path: Path) -> None:
    needed("duckdb")
    judge(outcomes(data(0.001, tmp_path), "duckdb"), "duckdb")


@pytest.mark.long
def test_all_peers_agree(tmp_path: Path) -> None:
    for name in PEERS:
        needed(name)
    judge(outcomes(data(0.01, tmp_path), *PEERS), *PEERS)


def test_a_wrong_answer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needed("polars")
    from benchmarks.peers.polars import Polars

    right = Polars.table
    monkeypatch.setattr(Polars, "table", lambda self, result: right(self, result.head(1)))
    found = {o.key: o for o in outcomes(data(0.001, tmp_path), "polars", only=("B1", "B2"))}
    assert "rows against 1" in found["B1"].disagrees["polars"]
    assert "polars" not in found["B1"].timings
    assert not found["B2"].disagrees


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    needed("duckdb")
    monkeypatch.setattr(data_module, "FOLDER", tmp_path)
    file = tmp_path / "found.json"
    command = "--scale 0.001 --only B2,B13 --peers duckdb --repeat 1 --skip-also --json"
    assert main([*command.split(), str(file)]) == 0
    printed = capsys.readouterr().out
    assert "memory bandwidth" in printed
    assert [q["query"] for q in json.loads(file.read_text())["queries"]] == ["B2", "B13"]


def test_an_unknown_peer_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--peers", "duckdb,oracle"])
    assert "no peer is called oracle" in capsys.readouterr().err


def test_growth_runs_every_query_at_every_scale(tmp_path: Path) -> None:
    reference = data(0.001, tmp_path).flat()
    text = growth(choose(reference), [], rounds=1, scales=(0.001, 0.002), folder=tmp_path)
    lines = [line.split()[:2] for line in text.splitlines()[1:]]
    assert lines == [[engine, f"B{n}"] for engine in (SCAN, INDEXED) for n in range(1, 18)]
