"""Two checkouts are asked the same, and what is told of them."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

import usql
from benchmarks.compare import difference
from benchmarks.versions import __main__ as versions
from benchmarks.versions.checkout import Checkout
from benchmarks.versions.compared import Compared, table

PROJECT = Path(usql.__file__).parent.parent


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another one, whose answers are the same."""
    folder = tmp_path_factory.mktemp("other")
    shutil.copytree(PROJECT / "usql", folder / "usql")
    return folder


def test_both_are_asked_and_timed(
    checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--scale", "0.0002", "--rounds", "3", "--only", "B1,B9", "--folder", str(tmp_path)]
    assert versions.main([str(checkout), *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    first = [line.split()[:1] for line in lines]
    of_each = [["rows"], ["B1"], ["B9"], ["geometric"], []]
    assert first == [["without"], *of_each, ["with"], *of_each]


def test_each_process_asks_its_own_checkout(checkout: Path, tmp_path: Path) -> None:
    """Of one that answers something else it is told."""
    changed = tmp_path / "changed"
    shutil.copytree(checkout, changed)
    count = changed / "usql/engine/groups/aggregates/count.py"
    text = count.read_text().replace(
        "state.read(*self.columns(node))", "state.read(*self.columns(node)) + 1"
    )
    count.write_text(text)
    source = tmp_path / "sessions.ndjson"
    usql.sample(sessions=20).write(source)
    asked = "SELECT COUNT(*) FROM usersession"
    with (
        Checkout(checkout, source, tmp_path / "a") as one,
        Checkout(changed, source, tmp_path / "b") as other,
    ):
        answers = [c.answer(asked, False, tmp_path / "answer") for c in (one, other)]
        assert [a.to_pylist() for a in answers] == [[{"count(*)": 20}], [{"count(*)": 21}]]
        assert min(c.seconds(asked, True, 2) for c in (one, other)) > 0
    assert difference(*answers) == "(20,) against (21,)"


def test_a_folder_without_usql_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "sessions.ndjson"
    usql.sample(sessions=2).write(source)
    with pytest.raises(ValueError, match="there is no usql in"):
        Checkout(tmp_path, source, tmp_path / "store")


def test_ratios_are_those_of_the_same_round() -> None:
    """So that a machine that is slow for a while makes none of them slow."""
    one = Compared("B1", 7, (0.1, 0.4, 0.2), (0.2, 0.4, 0.2), None)
    other = dataclasses.replace(one, key="B2", new=(0.4, 1.6, 0.7), difference="1 rows against 2")
    assert (one.ratio, other.ratio) == (1.0, 4.0)
    assert table([one, other]).splitlines() == [
        "                rows  old  new  new/old",
        "B1                 7  200  200    1.000",
        "B2                 7  200  700    4.000  DIFFERS: 1 rows against 2",
        "geometric mean                    2.000",
    ]
