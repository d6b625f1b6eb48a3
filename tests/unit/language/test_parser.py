"""Text to tree: robustness, recovery, scripts and placeholders."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import usql
from tests.sampling import examples
from usql.language import syntax as s
from usql.language.diagnostics import Span
from usql.language.holes import fill
from usql.language.parser import MOST_NESTING, parse, parse_script


def names(text: str) -> list[str]:
    return [d.name for d in parse(text).diagnostics]


def where(text: str) -> s.Condition:
    query = parse(f"SELECT a FROM t WHERE {text}").query
    assert query is not None
    assert query.where is not None
    return query.where


def test_spans_cover_the_words() -> None:
    text = "SELECT city, COUNT(*) AS n FROM usersession WHERE a.b = 'x'"
    query = parse(text).query
    assert query is not None

    def at(node: s.Node) -> str:
        return text[node.span.start : node.span.end]

    assert [at(i) for i in query.items] == ["city", "COUNT(*) AS n"]
    assert at(query.table) == "usersession"
    assert query.where is not None
    assert at(query.where) == "a.b = 'x'"
    assert at(query) == text


def test_spans_and_spelling_stand_outside_equality() -> None:
    assert where("a <> 1") == where("a   IS NOT 1")
    assert where("a = 1") != where("a = 2")


def test_and_and_or_are_flat() -> None:
    node = where("a = 1 AND b = 2 AND c = 3 OR d = 4")
    assert isinstance(node, s.Or)
    assert isinstance(node.parts[0], s.And)
    assert len(node.parts[0].parts) == 3


def test_not_binds_tightest() -> None:
    node = where("NOT a = 1 AND b = 2")
    assert isinstance(node, s.And)
    assert isinstance(node.parts[0], s.Not)


@pytest.mark.parametrize("words", ["and", "AND", "And"])
def test_keywords_ignore_case(words: str) -> None:
    assert isinstance(where(f"a = 1 {words} b = 2"), s.And)


def test_soft_keywords_are_names_where_nothing_else_can_stand() -> None:
    query = parse("SELECT filter, t.order, stringProperties.select FROM t").query
    assert query is not None
    fields = [i.expression for i in query.items]
    assert [f.name for f in fields if isinstance(f, s.Field)] == [
        "filter",
        "order",
        "stringProperties",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000,
        "SELECT " + "(" * 5000 + "a" + ")" * 5000 + " FROM t",
        "SELECT a FROM t WHERE " + "NOT " * 5000 + "a = 1",
        "SELECT " + "-" * 5001 + "1 FROM t",
        "SELECT " + " + ".join(["1"] * 5000) + " FROM t",
        "SELECT a FROM t WHERE " + "(NOT " * 3000 + "a = 1" + ")" * 3000,
        "SELECT " + "f(" * 3000 + "a" + ")" * 3000 + " FROM t",
    ],
    ids=["open", "brackets", "not", "minus", "sum", "mixed", "calls"],
)  # fmt: skip
def test_deep_nesting_is_refused_not_followed(text: str) -> None:
    found = usql.check(text)
    assert "too-deep" in [d.name for d in found] or "syntax" in [d.name for d in found]


def test_as_deep_as_allowed_still_works_everywhere() -> None:
    depth = MOST_NESTING - 2
    text = "SELECT city FROM usersession WHERE " + "(" * depth + "city = 'x'" + ")" * depth
    assert usql.check(text) == []
    assert usql.format(text).count("(") == depth


def test_wide_is_not_deep() -> None:
    parts = " OR ".join(f"city = 'c{i}'" for i in range(5000))
    assert usql.check(f"SELECT city FROM usersession WHERE {parts}") == []


def large(size: int) -> list[str]:
    """Texts of about ``size`` characters that ask much of the lexer, the parser or the recovery."""
    listed = "SELECT city FROM usersession WHERE city IN (" + "'a'," * (size // 4) + "'b')"
    return [
        "\x01" * size,
        "'" * (size + 1),
        "a " * (size // 2),
        "((" * (size // 2),
        "SELECT " + "a," * (size // 2),
        listed,
    ]


@pytest.mark.parametrize("kind", range(6))
def test_memory_grows_with_the_text_only(kind: int) -> None:
    peaks = []
    for size in (2_000, 40_000):
        text = large(size)[kind]
        tracemalloc.start()
        usql.check(text)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < max(30 * peaks[0], 10**7)


@pytest.mark.long
@pytest.mark.parametrize("kind", range(6))
def test_a_megabyte_of_anything_is_answered(kind: int) -> None:
    parsed = parse(large(10**6)[kind])
    assert parsed.diagnostics or parsed.query is not None
    assert len(parsed.diagnostics) < 1000


@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_text_is_answered(text: str) -> None:
    for found in usql.check(text):
        assert 0 <= found.span.start <= found.span.end <= len(text)
    assert parse_script(text)


WORDS = [
    "SELECT", "DISTINCT", "FROM", "WHERE", "GROUP", "BY", "ORDER", "LIMIT", "AND", "OR", "NOT", "IN", "IS",
    "LIKE", "BETWEEN", "NULL", "TRUE", "FUNNEL", "AS", "FILTER", "JSON", "city", "useraction.name", "usersession",
    "COUNT", "TOP", "DATETIME", "(", ")", ",", "*", "=", "<", "+", "-", "/", "%", "'x'", '"y"', "5", "2.5", "$NOW",
    "DURATION", "${p}", "[alias]", ";", ".", "==", "“q”", "`b`", "7d", "--c\n", "stringProperties.k", "\ud800",
]  # fmt: skip


@settings(max_examples=examples(400), deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=25))
def test_any_sequence_of_words_is_answered(words: list[str]) -> None:
    text = " ".join(words)
    for profile in ("dynatrace", "offline"):
        for found in usql.check(text, profile=profile):
            assert found.message
            str(usql.UsqlError(text, [found]))


@given(st.integers(0, 120))
def test_every_beginning_of_a_query_is_answered(length: int) -> None:
    text = (
        "SELECT DISTINCT TOP(city, 3), CONDITION(COUNT(*), WHERE a BETWEEN 1 AND 2) FILTER > 5 AS x FROM usersession "
        "WHERE NOT (city IN ('a', 'b') AND x LIKE '*y') GROUP BY city ORDER BY x DESC LIMIT 5"
    )  # fmt: skip
    parsed = parse(text[:length])
    assert len([d for d in parsed.diagnostics if d.is_error]) <= 6


def test_one_run_reports_all_problems() -> None:
    text = "SELECT a,, b FROM t WHERE c == 1 AND d IN () ORDERBY e"
    assert names(text) == ["doubled-comma", "double-equals", "empty-list", "syntax"]


def test_scripts_are_split_at_semicolons() -> None:
    parsed = parse_script("SELECT a FROM t;\n-- second\nSELECT b FROM t;")
    assert [p.query is not None for p in parsed] == [True, True]
    assert [len(p.comments) for p in parsed] == [0, 1]
    assert [p.has_semicolon for p in parsed] == [True, True]


def test_an_empty_text_is_one_empty_query() -> None:
    (only,) = parse_script("  -- nothing\n")
    assert only.query is None
    assert [d.name for d in only.diagnostics] == ["syntax"]


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a = ${x}", "a = 1"),
        ("a = '${q}'", "a = 'it''s'"),
        ('a = "${q}"', 'a = "it\'s"'),
        ("a = '{{ .x }}' ${y}", "a = '1' ${y}"),
    ],
)
def test_parameters(text: str, made: str) -> None:
    assert fill(text, {"x": "1", "q": "it's"}).text == made


def test_placeholders_are_pointed_at() -> None:
    text = 'SELECT a FROM t WHERE a IN ("x ${one}") ${two}'
    found = [d.span for d in parse(text).diagnostics]
    assert [text[span.start : span.end] for span in found] == ["${one}", "${two}"]


def test_control_characters_and_lone_surrogates_in_messages() -> None:
    text = "SELECT \ud800\x1b[31m FROM usersession"
    with pytest.raises(usql.UsqlError) as caught:
        usql.format(text)
    shown = str(caught.value)
    assert "\x1b" not in shown
    shown.encode()


def test_long_numbers_are_read() -> None:
    query = parse(f"SELECT {'9' * 6000} FROM t LIMIT {'9' * 6000}").query
    assert query is not None


@pytest.mark.parametrize(
    "text", ['a = "x\ud800"', "stringProperties.'\udfff' = 1", "a = 1 AND b = '\ud800'"]
)
def test_half_characters_are_refused(text: str) -> None:
    found = parse(f"SELECT a FROM t WHERE {text}").diagnostics
    assert [d.message for d in found] == ["An unpaired surrogate is not a character."]


@pytest.mark.parametrize(("inside", "name"), [("${a}", "placeholder"), ("\ud800", "syntax")])
def test_what_stands_in_an_open_string_is_told_where_it_stands(inside: str, name: str) -> None:
    text = f'SELECT city FROM usersession WHERE city = \'a ""{inside}'
    begin = text.index(inside)
    spans = [d.span for d in parse(text).diagnostics if d.name == name]
    assert Span(begin, len(text)) in spans
    assert all(span.end <= len(text) for span in spans)
