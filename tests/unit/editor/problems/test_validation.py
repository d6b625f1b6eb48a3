"""Validation as a whole: any text, what the rules promise, and which of them are reported."""

from __future__ import annotations

import functools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import usql
from tests.oracle.strategies import queries
from tests.places import CORPUS, DATA
from tests.sampling import examples
from usql.editor.problems.fixes import apply, fix_all, settle
from usql.editor.problems.validation import ALL, RuleSelection, validate
from usql.language.diagnostics import Edit, Span
from usql.language.lexer import lex
from usql.language.parser import parse

SHAPES = [
    line.removeprefix("? ")
    for line in CORPUS.read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("--")
]
WORDS = [
    "",
    ",",
    ")",
    "(",
    '"',
    "'",
    "AND",
    "FROM",
    "xyzq",
    "=",
    "*",
    ".",
    "5",
    ";",
    "--",
    "${x}",
    "é",
]
NOTHING_LONG = settings(deadline=None, max_examples=examples(60))


def names(text: str) -> list[str]:
    return [d.name for d in validate(text)]


def errors(text: str) -> int:
    return sum(d.is_error for d in validate(text))


@functools.cache
def sessions() -> usql.Sessions:
    return usql.open(DATA / "sessions.ndjson")


# --- any text ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", SHAPES)
def test_what_people_write_has_no_error(text: str) -> None:
    assert errors(text) == 0


@NOTHING_LONG
@given(st.text(max_size=80))
def test_any_text_is_judged(text: str) -> None:
    for problem in validate(text):
        assert problem.span.end <= len(text)


@NOTHING_LONG
@given(queries(), st.data())
def test_one_slip_gives_at_most_three_errors(text: str, data: st.DataObject) -> None:
    """Of a word left out, replaced or put in, and of a text that is not finished."""
    before = errors(text)
    words, _ = lex(text)
    word = data.draw(st.sampled_from(words))
    put = data.draw(st.sampled_from(WORDS))
    after = data.draw(st.booleans())
    slip = text[: word.end if after else word.start] + f" {put} " + text[word.end :]
    assert errors(slip) <= before + 3, slip
    cut = text[: data.draw(st.integers(0, len(text)))]
    assert errors(cut) <= before + 3, cut


@pytest.mark.long
@pytest.mark.parametrize("text", SHAPES)
def test_every_slip_of_one_word_gives_at_most_three_errors(text: str) -> None:
    words, _ = lex(text)
    for word in words:
        for put in ("", "xyzq", ")", ",", '"'):
            slip = text[: word.start] + put + text[word.end :]
            assert errors(slip) <= 3, slip
    for end in range(len(text)):
        assert errors(text[:end]) <= 3, text[:end]


# --- corrections ------------------------------------------------------------------------------


@NOTHING_LONG
@given(queries(), st.sampled_from(WORDS), st.data())
def test_corrected_texts_are_read(text: str, put: str, data: st.DataObject) -> None:
    words, _ = lex(text)
    word = data.draw(st.sampled_from(words))
    slip = text[: word.start] + put + text[word.end :]
    fixed, _ = settle(slip, validate, unsafe=True)
    assert errors(fixed) <= errors(slip), fixed
    fixed, _ = settle(text, validate)
    assert parse(fixed).query is not None
    assert not [d for d in parse(fixed).diagnostics if d.is_error]


@NOTHING_LONG
@given(queries())
def test_safe_corrections_keep_the_answer(text: str) -> None:
    offline = functools.partial(validate, profile="offline")
    fixed, _ = settle(text, offline)
    try:
        before = sessions().query(text, profile="offline", now=0).rows()
    except usql.UsqlError:
        return  # a sum is too large, or the query is refused as it was
    assert sessions().query(fixed, profile="offline", now=0).rows() == before, fixed


@st.composite
def conditions(draw: st.DrawFn) -> tuple[str, str]:
    """A table and several tests of few fields, joined by one word."""
    table, field = draw(
        st.sampled_from(
            [
                ("usersession", "city"),
                ("usersession", "duration"),
                ("usersession", "useraction.name"),
                ("useraction", "name"),
                ("useraction", "duration"),
            ]
        )
    )
    value = (
        st.sampled_from(["0", "5", "5.5", "100000", "120000"])
        if field.endswith("duration")
        else st.sampled_from(['"login"', '"Linz"', '"L"', '"Chrome"'])
    )

    def test() -> str:
        kind = draw(st.integers(0, 4))
        if kind == 0:
            return (
                f"{field} {draw(st.sampled_from(['=', '!=', '<', '<=', '>', '>=']))} {draw(value)}"
            )
        if kind == 1:
            return (
                f"{field} {draw(st.sampled_from(['IN', 'NOT IN']))} ({draw(value)}, {draw(value)})"
            )
        if kind == 2:
            return f"{field} IS {draw(st.sampled_from(['NULL', 'NOT NULL']))}"
        if kind == 3:
            return f"{field} {draw(st.sampled_from(['', 'NOT ']))}BETWEEN {draw(value)} AND {draw(value)}"
        return f"NOT ({test()} {draw(st.sampled_from(['AND', 'OR']))} {test()})"

    joint = draw(st.sampled_from([" AND ", " OR "]))
    return table, joint.join(test() for _ in range(draw(st.integers(1, 3))))


@settings(deadline=None, max_examples=examples(400))
@given(conditions())
def test_never_and_always_are_true(given: tuple[str, str]) -> None:
    """Where the rules say so of the whole condition, the engine finds no row, or every row."""
    table, condition = given
    text = f"SELECT COUNT(*) FROM {table} WHERE {condition}"
    start = text.index(condition)
    found = {d.name for d in validate(text) if d.span.start >= start}
    if not found & {"never-true", "always-true"}:
        return
    rows = sessions().query(f"SELECT COUNT(*) FROM {table}").rows()[0][0]
    answer = sessions().query(text).rows()[0][0]
    nested = "NOT (" in condition
    if "never-true" in found and " OR " not in condition and not nested:
        assert answer == 0, text
    if "always-true" in found and " AND " not in condition.replace("BETWEEN", "") and not nested:
        assert answer == rows, text


def test_edits_are_applied_from_behind() -> None:
    assert apply("abc", [Edit(Span(0, 1), "xx"), Edit(Span(2, 3), "")]) == "xxb"


def test_corrections_that_touch_wait_for_the_next_round() -> None:
    text = 'SELECT city FROM usersession WHERE city == "a" OR city == "b"'
    once = fix_all(text, validate(text))
    assert once == 'SELECT city FROM usersession WHERE city = "a" OR city = "b"'
    assert settle(text, validate) == ('SELECT city FROM usersession WHERE city IN ("a", "b")', 3)


def test_only_safe_corrections_are_applied_unasked() -> None:
    text = "SELECT cty FROM usersession LIMIT 9000"
    assert fix_all(text, validate(text)) == text
    assert fix_all(text, validate(text), unsafe=True) == "SELECT city FROM usersession LIMIT 5000"


# --- which rules ------------------------------------------------------------------------------

TWO = 'SELECT city FROM usersession WHERE (city = "a" OR city = "b") AND country LIKE "x"'


@pytest.mark.parametrize(
    ("select", "ignore", "found"),
    [
        ([], [], ["use-in", "like-without-wildcard"]),
        (["use-in"], [], ["use-in"]),
        (["usql7"], [], ["use-in"]),
        (["USQL6", "USQL704"], ["like-without-wildcard"], ["use-in"]),
        ([], ["USQL"], []),
    ],
)
def test_rules_are_chosen(select: list[str], ignore: list[str], found: list[str]) -> None:
    rules = RuleSelection.of(select, ignore)
    assert [d.name for d in validate(TWO, rules=rules)] == found


def test_texts_errors_are_always_reported() -> None:
    rules = RuleSelection.of(["use-in"])
    assert [d.name for d in validate("SELECT cty FROM", rules=rules)] == ["syntax"]


@pytest.mark.parametrize("word", ["use_in", "USQL99", "6", ""])
def test_words_that_mean_no_rule(word: str) -> None:
    with pytest.raises(ValueError, match="there is no rule"):
        RuleSelection.of([word])
    assert RuleSelection.of() == ALL


def test_the_catalog_and_the_profile_count() -> None:
    catalog = sessions().catalog
    key = catalog.property_keys["usersession", "stringProperties"][0]
    text = f'SELECT stringProperties."{key.swapcase()}" FROM usersession'
    assert [d.name for d in validate(text, catalog=catalog)] == ["property-case"]
    assert names("SELECT city FROM usersession LIMIT 9000") == ["limit-too-large"]
    assert validate("SELECT city FROM usersession LIMIT 9000", profile="offline") == []
    with pytest.raises(ValueError, match="no profile"):
        validate("", profile="none")


def test_a_keystroke_is_judged_at_once() -> None:
    text = max(SHAPES, key=len)
    validate(text)
    began = time.perf_counter()
    for end in range(len(text)):
        validate(text[:end])
    assert (time.perf_counter() - began) / len(text) < 0.05  # about 3 ms; machines differ


def test_many_unknown_names_before_a_slip_take_time_in_proportion() -> None:
    text = "SELECT city FROM usersession WHERE " + "nothing = 1 OR " * 6000
    validate("")
    began = time.process_time()
    assert len(validate(text)) == 6001
    assert time.process_time() - began < 4  # about 0.5 s; each was compared with every word
