"""Each optimisation can be switched off, and what it buys is told."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pyarrow as pa
import pytest

import usql
from benchmarks import ablation
from benchmarks.compare import difference
from benchmarks.data import data
from benchmarks.growth import FIELDS
from benchmarks.optimisations import NEVER, OPTIMISATIONS, OTHERS, Optimisation, Switch, switched
from benchmarks.ours import ask
from benchmarks.parameters import choose
from benchmarks.queries import Query, queries
from tests.sampling import IS_LONG
from usql.engine.runtime.tuning import Tuning
from usql.store import Store, load

SCALE = 0.0005


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def store(folder: Path) -> Store:
    return load(data(SCALE, folder, FIELDS).store())


def test_every_threshold_is_of_an_optimisation_or_says_why_it_is_of_none() -> None:
    names = {one.name for one in dataclasses.fields(Tuning)}
    of_optimisations = {name for one in OPTIMISATIONS for name in one.sizes}
    assert of_optimisations | OTHERS.keys() == names
    assert not of_optimisations & OTHERS.keys()


def test_each_has_a_name_of_its_own_and_something_that_switches_it_off() -> None:
    assert len({one.name for one in OPTIMISATIONS}) == len(OPTIMISATIONS)
    assert all(one.sizes or one.instead for one in OPTIMISATIONS)
    assert all(one.does.endswith(".") for one in OPTIMISATIONS)


@pytest.fixture(scope="module")
def asked(folder: Path) -> list[Query]:
    parameters = choose(data(SCALE, folder).flat())
    return [*queries(parameters), *ablation.further(parameters)]


@pytest.fixture(scope="module")
def answers(store: Store, asked: list[Query]) -> dict[str, pa.Table]:
    sessions = usql.Sessions(store, threads=1, index_memory=0)
    return {query.key: ask(sessions, query.text) for query in asked}


@pytest.mark.parametrize("one", OPTIMISATIONS[:: 1 if IS_LONG else 4], ids=lambda one: one.name)
def test_answers_are_the_same_without_it(
    one: Optimisation, store: Store, asked: list[Query], answers: dict[str, pa.Table]
) -> None:
    tuning = dataclasses.replace(one.tuning, fewest_indexed_rows=1)  # so that indexes are built
    for memory in (0, None):
        sessions = usql.Sessions(store, threads=1, index_memory=memory, tuning=tuning)
        with switched(one.switches(), on=False):
            differences = {q.key: difference(ask(sessions, q.text), answers[q.key]) for q in asked}
        assert not any(differences.values()), differences


def test_it_is_off_within_the_block_and_on_after_it() -> None:
    switch = Switch.at("benchmarks.ablation.WORTH", NEVER)
    before = ablation.WORTH
    for on, expected in ((True, before), (False, NEVER)):
        with switched([switch], on):
            assert expected == ablation.WORTH
        assert before == ablation.WORTH
    with pytest.raises(AttributeError):
        Switch.at("benchmarks.ablation.nothing_like_it", None)


def test_a_line_of_each_kind_is_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ratios only of queries that use it: here the first has no times, and one thread no others."""
    names = "times as codes,columns side by side"
    options = ["--scale", str(SCALE), "--rounds", "1", "--only", "B1,F3", "--folder", str(folder)]
    assert ablation.main([*options, "--of", names]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["B1", "F3", "most"]
    for line, kind in zip(lines[:2], ("scan", "index"), strict=True):
        name, ratios = line.split(f" {kind} ")
        assert name.strip() == "times as codes"
        assert float(ratios.split()[0]) > 0
        assert ratios.split()[1:] in ([], [ratios.split()[0], "F3"])
    assert lines[2:] == [""]


def test_another_answer_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    instead = {"usql.engine.groups.grouping.count_selected": lambda source: -1}
    monkeypatch.setattr(ablation, "OPTIMISATIONS", (Optimisation("wrong", "", instead=instead),))
    options = ["--scale", str(SCALE), "--rounds", "1", "--only", "B2", "--folder", str(folder)]
    assert ablation.main(options) == 1
    told = [line for line in capsys.readouterr().out.splitlines() if "DIFFERS" in line]
    assert [line.split(" against ")[1] for line in told] == ["(-1,)"] * 2
    assert all(line.startswith("DIFFERS: wrong: B2: (") for line in told)
