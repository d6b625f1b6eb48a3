"""What a literal means beside a field of each type, to the last number and character."""

from __future__ import annotations

import pytest

import usql
from tests.unit.analysis.test_binding import condition
from usql.analysis import Clock, analyze
from usql.analysis.bound import AnyOf, FieldRef, Negation, OneOf, Predicate, Prefix, Range
from usql.analysis.bound import Test as Quantified
from usql.analysis.profile import OFFLINE
from usql.catalog import default_catalog
from usql.catalog.model import FieldType
from usql.language.parser import parse

LEAST, MOST = -(2**63), 2**63 - 1


@pytest.mark.parametrize(
    ("text", "predicate"),
    [
        ("duration BETWEEN 5 AND 5", Range(5, 5)),
        ("duration BETWEEN 4.5 AND 5.5", Range(5, 5)),
        ("duration > 5", Range(6, None)),
        ("duration > 5.5", Range(6, None)),
        ("duration >= 5.5", Range(6, None)),
        ("duration < 5", Range(None, 4)),
        ("duration < 5.5", Range(None, 5)),
        ("duration <= -5.5", Range(None, -6)),
        ("duration = 9007199254740993.0", OneOf((9007199254740993,))),
        ("duration = -(5)", OneOf((-5,))),
        (f"duration = {LEAST}", OneOf((LEAST,))),
        (f"duration = {MOST}", OneOf((MOST,))),
        (f"duration >= {LEAST + 1}", Range(LEAST + 1, None)),
        (f"duration >= {LEAST}", Range(None, None)),
        (f"duration <= {MOST - 1}", Range(None, MOST - 1)),
        (f"duration <= {MOST}", Range(None, None)),
        ("doubleProperties.x < 1.5", Range(None, 1.5, True, False)),
        ("doubleProperties.x >= 1.5", Range(1.5, None, True, True)),
        ("doubleProperties.x BETWEEN 1.5 AND 2.5", Range(1.5, 2.5)),
        ("doubleProperties.x > '1e400'", Range(float("inf"), None, False, True)),
        ("doubleProperties.x > '-1e400'", Range(-float("inf"), None, False, True)),
        ("city < 'b'", Range(None, "b", True, False)),
        ("city > 'b'", Range("b", None, False, True)),
        ("city <= 'b'", Range(None, "b", True, True)),
        ("city = -5", OneOf(("-5",))),
        ("city STARTSWITH 5", Prefix("5")),
        ("city IN ('a', ('b'), 'a', 7)", OneOf(("a", "b", "7"))),
        ("bounce = 'FALSE'", OneOf((False,))),
        ("bounce = 'True'", OneOf((True,))),
        ("startTime = '2026-03-06'", OneOf((1772755200000,))),
        ("startTime < '1772755200000'", Range(None, 1772755199999)),
    ],
)
def test_a_literal_is_read_exactly(text: str, predicate: Predicate) -> None:
    found = condition(text)
    assert isinstance(found, Quantified)
    assert found.predicate == predicate


@pytest.mark.parametrize(
    "text",
    [
        "duration = 5.5",
        f"duration = {MOST + 1}",
        f"duration = {LEAST - 1}",
        "duration IN (0.5, 1.5)",
    ],
)
def test_no_whole_number_is_equal(text: str) -> None:
    assert condition(text) == AnyOf(())
    assert condition(f"NOT ({text})") == Negation(AnyOf(()))


@pytest.mark.parametrize(
    "text", ["duration BETWEEN 6 AND 5", "duration BETWEEN 5.2 AND 5.8", f"duration > {MOST}"]
)
def test_no_whole_number_lies_between(text: str) -> None:
    assert condition(text) == AnyOf(())


def test_properties_know_the_type_of_their_values() -> None:
    found = condition("stringProperties IS NOT NULL AND stringProperties.k = 'a'")
    fields = [test.field for test in _tests(found)]
    assert [field.value_type is None for field in fields] == [False, True]
    assert fields[0].value_type is fields[1].type is FieldType.STRING


def _tests(node: object) -> list[Quantified]:
    if isinstance(node, Quantified):
        return [node]
    parts = getattr(node, "parts", ())
    return [test for part in parts for test in _tests(part)]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (f"longProperties.least = {LEAST}", 1),
        (f"longProperties.least < {LEAST + 1}", 1),
        (f"longProperties.least > {LEAST}", 0),
        (f"longProperties.most = {MOST}", 1),
        (f"longProperties.most > {MOST - 1}", 1),
        (f"longProperties.most < {MOST}", 0),
    ],
)
def test_the_ends_of_64_bits(text: str, count: int) -> None:
    pairs = [{"key": "least", "value": LEAST}, {"key": "most", "value": MOST}]
    data = usql.open([{"userSessionId": "a", "startTime": 1, "longProperties": pairs}])
    assert data.query(f"SELECT COUNT(*) FROM usersession WHERE {text}").rows() == [[count]]


def test_a_field_is_named_in_full() -> None:
    found = condition("useraction.stringProperties.k IS NOT NULL")
    assert isinstance(found, Quantified)
    assert isinstance(found.field, FieldRef)
    assert found.field.text == "useraction.stringProperties.k"


NOW, START, END = 1_772_800_000_000, 1_772_700_000_000, 1_772_900_000_000
HOUR = 3_600_000


@pytest.mark.parametrize(
    ("value", "offset", "milliseconds"),
    [
        ("$NOW", 0, NOW),
        ("$TIME_FRAME_START", 0, START),
        ("$TIME_FRAME_END", 0, END),
        ("$NOW - DURATION('2h')", 0, NOW - 2 * HOUR),
        ("$NOW + DURATION('2h')", 0, NOW + 2 * HOUR),
        ("$TIME_FRAME_END - DURATION('1d') + DURATION('1h')", 0, END - 23 * HOUR),
        ("(1772755200000 - DURATION('1M'))", 0, 1_770_336_000_000),
        ("(1772755200000 - DURATION('1M'))", 60, 1_770_336_000_000),
        # 1 March, 00:30 on a clock one hour ahead, is 28 February here; a month before is February
        ("1772321400000 - DURATION('1M')", 60, 1_769_902_200_000),
        ("1772321400000 - DURATION('1M')", 0, 1_769_643_000_000),
        ("'2026-03-06'", 0, 1_772_755_200_000),
        ("'2026-03-06'", 60, 1_772_755_200_000 - HOUR),
        ("'2026-03-06T00:00:00Z'", 60, 1_772_755_200_000),
    ],
)
def test_a_time_is_read_on_the_local_clock(value: str, offset: int, milliseconds: int) -> None:
    query = parse(f"SELECT city FROM usersession WHERE startTime = {value}")
    clock = Clock(now=NOW, start=START, end=END, utc_offset=offset)
    found = analyze(query, default_catalog(), OFFLINE, clock).bound
    assert found is not None
    assert isinstance(found.where, Quantified)
    assert found.where.predicate == OneOf((milliseconds,))
