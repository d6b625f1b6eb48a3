"""DuckDB runs the SQL of every case that has rows, of both layouts, and finds the same; the cases
that differ are those which are declared to do so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import usql
from tests.language.test_conformance import CASES
from tests.language.translate import FILES, cases, shown, sql_of
from tests.language.translated import SOURCES, DuckDbWitness, Witness
from tests.language.usqltest import Case
from tests.places import SESSIONS
from tests.tools.docs.language import SAMPLE, examples
from usql.translation.unsupported import UNSUPPORTED

ANSWERED = {
    SESSIONS: [case for _, case in CASES if case.rows is not None],
    SAMPLE: [case for case in examples() if case.rows is not None],
}
"""The cases with rows, by the sessions that they ask."""

REFUSED = {
    "json": [
        "JSON of a child is that entry",
        "JSON of a session has its children",
        "JSON has the dates of properties as they came",
        "the exported object",
    ],
    "entry-and-exit": [
        "the first action of each session",
        "the last action of each session",
        "entry actions from the session",
        "capital letters come first in the order of star",
        "star of the children of a session, with the first and the last action told",
        "the first and the last action of each session",
    ],
    "timeframe": ["the timeframe's variables without one", "the variables without a timeframe"],
    "foreign-type": [],
}
"""The cases of each construct that is declared as unsupported, by their names. Of a type that only
loading can read there is none: `usql convert` writes none."""

OF_DATA = ["a property key in another case answers with a warning", "a key in another case"]
"""What SQL takes for granted, and these data do not grant: that keys are spelled as there."""


@pytest.fixture(scope="module")
def witnesses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Path, DuckDbWitness]]:
    made = {
        source: DuckDbWitness(usql.open(source), tmp_path_factory.mktemp(source.stem))
        for source in ANSWERED
    }
    yield made
    for one in made.values():
        one.close()


def declared(case: Case, layout: str) -> str | None:
    """The construct of a case that is refused over tables of a layout."""
    for name, refused in REFUSED.items():
        if case.name in refused and layout in UNSUPPORTED[name].layouts:
            return name
    return None


@pytest.mark.parametrize("layout", SOURCES)
@pytest.mark.parametrize(
    ("source", "case"),
    [(source, case) for source, cases in ANSWERED.items() for case in cases],
    ids=[f"{s.stem}:{c.line} {c.name}"[:80] for s, cases in ANSWERED.items() for c in cases],
)
def test_duckdb_finds_the_same(
    witnesses: dict[Path, DuckDbWitness], source: Path, case: Case, layout: str
) -> None:
    compare(witnesses[source], case, layout)


def compare(witness: Witness, case: Case, layout: str) -> None:
    """The case has the same rows in SQL, unless it is declared to differ."""
    assert case.rows is not None
    construct = declared(case, layout)
    if construct is not None:
        with pytest.raises(usql.UsqlError) as refused:
            witness.rows(case.query, layout, **case.options)
        problems = [d for d in refused.value.diagnostics if d.is_error]
        assert {d.name for d in problems} == {"untranslatable"}
        assert all(UNSUPPORTED[construct].reason in d.message for d in problems)
        return
    wrong = witness.disagrees(case.query, layout, case.rows, **case.options)
    if case.name in OF_DATA:
        assert wrong, "this does not differ any more"
    else:
        assert not wrong, wrong


def test_what_is_declared_is_asked() -> None:
    names = {case.name for cases in ANSWERED.values() for case in cases}
    assert {name for cases in REFUSED.values() for name in cases} <= names
    assert set(OF_DATA) <= names
    assert REFUSED.keys() == UNSUPPORTED.keys()


@pytest.mark.parametrize("dialect", FILES)
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_sql_is_as_it_was_read(case: Case, dialect: str) -> None:
    known = shown(FILES[dialect])[case.name]
    made = sql_of(case, dialect).rstrip("\n")
    assert f"-- === {case.name}\n-- {case.query}\n{made}" == known


@pytest.mark.parametrize("dialect", FILES)
def test_every_case_has_its_sql(dialect: str) -> None:
    assert list(shown(FILES[dialect])) == [case.name for case in cases()]


def test_duckdb_takes_all_of_it(witnesses: dict[Path, DuckDbWitness]) -> None:
    for case in cases():
        layout = "flat" if case.name.endswith("(flat)") else "nested"
        witnesses[SESSIONS].rows(case.query, layout, **case.options)
