"""From text and options to a plan, and the plans that are kept."""

from __future__ import annotations

import gc
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import usql
from tests.places import CORPUS
from usql.asking.prepare import CACHED_QUERIES, LONGEST_CACHED, PreparedQuery, Preparer
from usql.asking.question import QueryOptions
from usql.catalog import default_catalog
from usql.language.diagnostics import Span
from usql.language.parser import Parsed, parse

COUNT = "SELECT COUNT(*) FROM usersession"
PREVIOUS = "SELECT COUNT(*) FROM usersession WHERE startTime < $NOW"


def made(preparer: Preparer, text: str, **options: Any) -> PreparedQuery:
    return preparer(text, QueryOptions(**options))


@pytest.fixture
def read() -> list[str]:
    """The texts that the preparer parses during a test."""
    return []


@pytest.fixture
def preparer(read: list[str]) -> Preparer:
    def noted(text: str, holes: tuple[Span, ...] | None) -> Parsed:
        read.append(text)
        return parse(text, holes)

    return Preparer(default_catalog(), lambda: (1000, 5000), noted)


@pytest.fixture(scope="module")
def sessions() -> usql.Sessions:
    """Sessions of a second, a day apart, the first on the second day of 1970."""
    cities = ("Linz", "Wien", "Graz", "Bonn")
    begins = [86_400_000 * day for day in range(1, 5)]
    return usql.open(
        [
            {"startTime": begin, "endTime": begin + 1000, "city": city}
            for begin, city in zip(begins, cities, strict=True)
        ]
    )


def test_a_text_is_read_and_bound_once(read: list[str], preparer: Preparer) -> None:
    first = made(preparer, COUNT)
    assert made(preparer, COUNT) is first
    assert read == [COUNT]
    assert (preparer.plans.hits, preparer.plans.misses) == (1, 1)


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [
        ("SELECT city FROM usersession", {}, {"start": "1970-01-03"}),
        ("SELECT city FROM usersession", {"start": "1970-01-03"}, {"start": "1970-01-04"}),
        ("SELECT city FROM usersession", {}, {"end": "1970-01-04"}),
        ("SELECT city FROM usersession", {"end": "1970-01-03"}, {"end": "1970-01-04"}),
        ("SELECT city FROM usersession WHERE startTime < $NOW", {"now": "1970-01-03"}, {"now": "1970-01-04"}),
        ("SELECT city FROM usersession WHERE startTime < $now", {}, {"now": 0}),
        ("SELECT city FROM usersession WHERE startTime < $TIME_FRAME_START + DURATION('36h')", {}, {"start": "1970-01-03"}),
        ("SELECT city FROM usersession WHERE startTime > $TIME_FRAME_END - DURATION('36h')", {}, {"end": "1970-01-04"}),
        ("SELECT HOUR(startTime) FROM usersession", {}, {"utc_offset": -90}),
        ("SELECT city FROM usersession WHERE startTime < '1970-01-03 01:00'", {}, {"utc_offset": 90}),
        ("SELECT city FROM usersession", {"start": "1970-01-03 01:00"}, {"start": "1970-01-03 01:00", "utc_offset": 90}),
        ("SELECT city FROM usersession WHERE city = '${town}'", {"parameters": {"town": "Linz"}}, {"parameters": {"town": "Wien"}}),
    ],
)  # fmt: skip
def test_an_option_with_another_value_has_another_plan(
    sessions: usql.Sessions, text: str, one: dict[str, Any], other: dict[str, Any]
) -> None:
    fresh = usql.Sessions(sessions._store).query(text, **other).rows()
    assert sessions.query(text, **one).rows() != fresh
    assert sessions.query(text, **other).rows() == fresh


def test_a_profile_has_its_own_plans(sessions: usql.Sessions) -> None:
    steps = ", ".join(f"duration > {i}" for i in range(12))
    text = f"SELECT FUNNEL({steps}) FROM usersession"
    for _ in range(2):
        assert len(sessions.query(text, profile="offline").columns) == 12
        with pytest.raises(usql.UsqlError, match="funnel-steps"):
            sessions.query(text)


def test_the_present_is_read_each_time(
    read: list[str], preparer: Preparer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time_ns", lambda: 2_000_000)
    first = made(preparer, PREVIOUS)
    monkeypatch.setattr("time.time_ns", lambda: 3_000_000)
    assert made(preparer, PREVIOUS).bound != first.bound
    assert made(preparer, PREVIOUS, now=2).bound == first.bound
    assert read == [PREVIOUS]
    assert preparer.plans.currsize == 0


def test_without_a_variable_the_present_does_not_matter(preparer: Preparer) -> None:
    assert made(preparer, COUNT, now=1) is made(preparer, COUNT, now=2)
    assert made(preparer, COUNT) is made(preparer, COUNT, now="1970-01-03")


def test_no_other_query_has_to_do_with_the_present() -> None:
    """What tells the queries that read the clock apart looks at their letters only."""
    lines = CORPUS.read_text().splitlines()
    lines = [line for line in lines if line and not line.startswith(("--", "?"))]
    for line in lines:
        early, late = (
            made(Preparer(default_catalog(), lambda: (1, 2)), line, now=now) for now in (5, 6)
        )
        assert (early.bound == late.bound) == ("$now" not in line.lower())


def test_plans_are_per_data() -> None:
    text = "SELECT stringProperties.Tier FROM usersession"
    spelled = [
        usql.open([{"stringProperties": [{"key": key, "value": "gold"}]}]).query(text).rows()
        for key in ("tier", "Tier", "other")
    ]
    assert spelled == [[["gold"]], [["gold"]], [[None]]]


def test_results_are_not_kept(sessions: usql.Sessions) -> None:
    first = sessions.query(COUNT)
    assert sessions.query(COUNT) is not first
    assert sessions.query(COUNT).rows() == first.rows() == [[4]]


def test_a_refusal_is_not_kept(preparer: Preparer) -> None:
    errors = []
    for _ in range(2):
        with pytest.raises(usql.UsqlError) as caught:
            made(preparer, "SELECT cty FROM usersession")
        errors.append(caught.value)
    assert errors[0] is not errors[1]
    assert errors[0].diagnostics == errors[1].diagnostics
    assert preparer.plans.currsize == 0


def test_wrong_options_are_refused_with_a_plan_at_hand(preparer: Preparer) -> None:
    made(preparer, COUNT)
    for wrong in (
        {"profile": "x"},
        {"utc_offset": 1440},
        {"start": "x"},
        {"end": "x"},
        {"now": "x"},
    ):
        with pytest.raises(ValueError, match=r"x|1440"):
            made(preparer, COUNT, **wrong)


def test_what_is_kept_has_a_bound(read: list[str], preparer: Preparer) -> None:
    for number in range(CACHED_QUERIES + 10):
        made(preparer, f"{COUNT} WHERE duration > {number}")
    assert preparer.plans.currsize == CACHED_QUERIES
    last = f"{COUNT} WHERE duration > {CACHED_QUERIES + 9}"
    made(preparer, last)
    assert read.count(last) == 1
    long = f"{COUNT} WHERE duration IN ({', '.join(map(str, range(LONGEST_CACHED)))})"
    assert made(preparer, long) == made(preparer, long)
    assert read.count(long) == 2
    assert preparer.plans.currsize == CACHED_QUERIES


def test_from_many_threads(sessions: usql.Sessions) -> None:
    texts = [
        f"SELECT city, {i} AS n FROM usersession ORDER BY city LIMIT 2" for i in range(20)
    ] * 20
    switches = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as pool:
            rows = list(pool.map(lambda text: sessions.query(text).rows(), texts))
    finally:
        sys.setswitchinterval(switches)
    assert rows == [[["Bonn", i], ["Graz", i]] for i in range(20)] * 20


def test_what_was_loaded_is_let_go_with_its_sessions() -> None:
    """At once: a store may be large, and a saved one keeps its files open."""
    data = usql.open([{"city": "Linz"}])
    found = data.query("SELECT city FROM usersession WHERE city = 'Linz' LIMIT 1")
    assert found.diagnostics == ()
    held = weakref.ref(data._store)
    gc.disable()
    try:
        del data, found
        assert held() is None
    finally:
        gc.enable()
