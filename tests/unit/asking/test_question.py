"""Questions that are refused before there is data: as a load refuses them, without one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import usql
from tests.places import ROOT, SESSIONS
from usql.asking.question import QueryOptions, before_data
from usql.store.loading import source
from usql.store.names import lacks

TESTS = ROOT / "tests"
FURTHER = [
    {"userSessionId": "a", "startTime": 1, "city": "Linz", "tier": "gold", "x-y": 1, "name": "n"},
    {"userSessionId": "b", "startTime": 2, "userActions": [{"name": "x", "cty": 1}]},
]
SYNTAX = ["SELEC city FROM usersession", "SELECT COUNT(* FROM usersession", "SELECT FROM", "", "SELECT city FROM usersession WHERE"]  # fmt: skip
CERTAIN = [
    "SELECT city FROM usersesion",
    "SELECT usersesion.city FROM usersession",
    "SELECT userActions.name FROM usersession",
    "SELECT usersession.userActions FROM usersession",
    "SELECT city FROM usersession WHERE duration = 'long'",
    "SELECT * FROM usersession LIMIT 999999",
    "SELECT SUM(city) FROM usersession",
    "SELECT city FROM usersession WHERE city = ${city}",
]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is handed to the readers from here on."""
    handed: list[Any] = []
    read = source.read

    def noted(parts: Any, sink: Any) -> None:
        handed.extend(parts)
        read(parts, sink)

    monkeypatch.setattr(source, "read", noted)
    return handed


def refused(ask: Callable[[], object]) -> str | None:
    """Why a question is refused; ``None`` if it is answered."""
    try:
        ask()
    except usql.UsqlError as error:
        return str(error)
    return None


def texts() -> Iterator[str]:
    """Broken and whole queries that stand among the tests."""
    for file in [
        *TESTS.glob("unit/editor/broken/*"),
        *TESTS.glob("language/conformance/*.usqltest"),
    ]:
        for line in file.read_text().splitlines():
            text = line.strip().removeprefix("+ ").removeprefix("? ")
            if re.match("(?i)sel", text):
                yield text


@pytest.mark.parametrize("rows", ["documented fields", "further fields"])
def test_what_is_refused_early_is_refused_by_every_load(rows: str, tmp_path: Path) -> None:
    """With the same words, unless the data has a name beside which there are errors of syntax: these
    are told alone."""
    file = SESSIONS if rows == "documented fields" else tmp_path / "s.ndjson"
    if file is not SESSIONS:
        usql.open(FURTHER).write(file)
    sessions = usql.open(file)
    counts = dict.fromkeys(("certain", "syntax alone", "by names", "after the load"), 0)
    for text in sorted(set(texts())):
        doubt, early, told = None, None, ""
        try:
            doubt = before_data(text, QueryOptions())
        except usql.UsqlError as error:
            early, told = str(error), "certain"
        if doubt is not None and doubt.names is not None and lacks(file, doubt.names):
            early, told = str(doubt.error), "by names"
        elif doubt is not None and doubt.certain is not None:
            early, told = str(doubt.certain), "syntax alone"
        late = refused(lambda text=text: sessions.query(text))  # type: ignore[misc]
        if early is None:
            counts["after the load"] += late is not None
            assert late is None or doubt is not None, text
            continue
        counts[told] += 1
        if told == "certain" or rows == "documented fields":
            assert early == late, text
        elif told == "syntax alone":
            assert late is not None
            assert set(early.splitlines()) <= set(late.splitlines())
        else:  # a whole load has more names to offer
            assert late is not None, text
            assert early.splitlines()[0] == late.splitlines()[0]
    assert counts["certain"] > 400
    assert counts["by names"] >= 10
    assert (counts["syntax alone"] > 0) == (rows == "further fields")
    assert counts["after the load"] < 40


@pytest.mark.parametrize("text", [*SYNTAX, *CERTAIN])
def test_nothing_is_opened_for_what_no_data_can_change(text: str, tmp_path: Path) -> None:
    expected = refused(lambda: usql.open(SESSIONS).query(text))
    assert expected is not None

    class Untouched:
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("the data was touched")

    for data in (Untouched(), tmp_path / "nothing.ndjson"):
        assert refused(lambda data=data: usql.query(text, data)) == expected  # type: ignore[misc]


def test_unknown_names_wait_for_the_names_of_the_data_only(
    tmp_path: Path, reads: list[Any]
) -> None:
    """Also where lines are broken, which nobody reads."""
    text = "SELECT cty, COUNT(*) FROM usersession GROUP BY cty"
    table = pa.Table.from_pylist([{"userSessionId": "a", "city": "Linz"}])
    (tmp_path / "s.ndjson").write_text(SESSIONS.read_text() + "{broken\n")
    pq.write_table(table, tmp_path / "s.parquet")
    expected = refused(lambda: usql.open(SESSIONS).query(text))
    reads.clear()
    for data in (tmp_path / "s.ndjson", tmp_path / "s.parquet", tmp_path, table):
        assert refused(lambda data=data: usql.query(text, data)) == expected  # type: ignore[misc]
    assert reads == []


@pytest.mark.parametrize(
    "text",
    [
        "SELECT tier FROM usersession",
        "SELECT Tier, COUNT(*) FROM usersession GROUP BY tier",
        "SELECT cty FROM useraction",
        "SELECT cty FROM usersession",
        "SELECT useraction.cty FROM usersession",
        "SELECT name FROM usersession WHERE name = 'n'",
        "SELECT x-y FROM usersession",
        'SELECT usersession."x-y" FROM usersession',
        "SELECT usersession.cty FROM usersession",
        "SELECT SUM(tier) FROM usersession",
        "SELECT *, cty FROM usersession",
        "SELECT city FROM usersession WHERE tier > $TIME_FRAME_START",
        "SELECT city FROM usersession WHERE tier = 5",
    ],
)
def test_names_of_the_data_are_judged_by_the_data(
    tmp_path: Path, reads: list[Any], text: str
) -> None:
    file = tmp_path / "s.ndjson"
    usql.open(FURTHER).write(file)
    sessions = usql.open(file)
    reads.clear()
    expected = refused(lambda: sessions.query(text))
    assert refused(lambda: usql.query(text, file)) == expected
    assert len(reads) == 1
    if expected is None:
        assert usql.query(text, file).rows() == sessions.query(text).rows()


def test_errors_of_syntax_wait_for_no_load(tmp_path: Path, reads: list[Any]) -> None:
    """Beside a name of the data they are told alone; what it means hinges upon the data."""
    text = "SELECT tier, FROM usersession WHERE duration = 'x'"
    file = tmp_path / "s.ndjson"
    file.write_text('{"city": "Linz"}\n{broken')
    for further, names in (("", ["unknown-field"]), ('\n{"tier": 1}', [])):
        file.write_text(file.read_text() + further)
        with pytest.raises(usql.UsqlError) as caught:
            usql.query(text, file)
        found = [d.name for d in caught.value.diagnostics if d.is_error]
        assert found == [*names, "doubled-comma", *(["value-type"] if names else [])]
    assert reads == []


def test_wrong_options_come_first() -> None:
    for options in (QueryOptions(now="soon"), QueryOptions(profile="none")):
        with pytest.raises(ValueError, match=r"soon|none"):
            before_data("SELECT", options)


def test_parameters_are_filled_in() -> None:
    text = "SELECT city FROM usersession WHERE city = ${name}"
    assert before_data(text, QueryOptions(parameters={"name": "'Linz'"})) is None
    with pytest.raises(usql.UsqlError, match="placeholder"):
        before_data(text, QueryOptions())


def test_times_of_the_data_are_not_guessed() -> None:
    text = "SELECT city FROM usersession WHERE duration = 'x'"
    doubt = before_data(text, QueryOptions(now="data-end"))
    assert doubt is not None
    assert doubt.names is None
    with pytest.raises(usql.UsqlError):
        before_data(text, QueryOptions(now="2026-03-08"))
