"""Placeholders: what one is, where it may stand, and how parameters fill it (LANGUAGE.md §1)."""

from __future__ import annotations

import pytest

from usql.language.diagnostics import Span
from usql.language.formatter import format_query
from usql.language.holes import Holes, fill, placeholder
from usql.language.lexer import lex
from usql.language.parser import parse

FORMS = [
    "SELECT ${field}, COUNT(*) FROM ${table} WHERE ${cond} GROUP BY ${field} LIMIT ${n}",
    "SELECT useraction.${f} FROM usersession WHERE useraction.${f} = 'x'",
    "SELECT stringProperties.${k}, useraction.longProperties.a-${k}, stringProperties.'${k}' FROM usersession",
    "SELECT ${t}.name, ${t}.*, ${t}.stringProperties.x FROM usersession",
    "SELECT a_${k}, ${k}_b, a${k}b${l}c, ${k}${l} FROM a_${k}",
    "SELECT city AS ${alias}, country AS '${alias}', ip AS [${alias}], isp AS a_${b} FROM usersession",
    "SELECT TOP(${f}, ${n}), ${fn}(duration), ${fn}(${f}), COUNT(${f}) FILTER > ${n} FROM usersession",
    "SELECT SUM(duration) FILTER < -${n}, PERCENTILE(duration, ${p}) FILTER >= ${d}000 FROM usersession",
    "SELECT DATETIME(startTime, '${fmt}', '${i}'), DATETIME(${f}, ${fmt}, ${i}) FROM usersession",
    "SELECT city FROM usersession WHERE duration BETWEEN ${a} AND ${b} AND duration > ${d}000",
    "SELECT city FROM usersession WHERE duration = -${d} OR duration < 0.${d} OR duration > ${d}.5",
    "SELECT city FROM usersession WHERE city IN (${list}) OR city IN (${a}, '${b}') OR city IN ${list}",
    "SELECT city FROM usersession WHERE city = 'x' ${regionClause} and bounce = true ${more} ${evenMore}",
    "SELECT city FROM usersession WHERE city = 'x'and ${c}and not ${d}or${e}",
    "SELECT city FROM usersession WHERE city LIKE '%${x}%' AND city STARTSWITH ${y} AND ip = '{{ip}}'",
    "SELECT city FROM usersession WHERE startTime > $NOW - DURATION('${d}') AND startTime < $NOW - ${d}",
    "SELECT city FROM usersession WHERE startTime > $TIME_FRAME_${which} AND endTime < $NOW${offset}",
    "SELECT FUNNEL(${a} AS ${b}, city = '${c}' AS '${d}') FROM usersession WHERE ${e}",
    "SELECT city FROM usersession ORDER BY ${a}, [${b}] DESC, '${c}' LIMIT ${n}",
    "SELECT DISTINCT ${a} FROM usersession GROUP BY ${b}, TOP(${c}, ${d}), '${e}', [${f}]",
    "SELECT COUNT(*) FROM {{ .Values.table }} WHERE ${join(', ', {a = [1]})} LIMIT {{{n}}}",
]


@pytest.mark.parametrize("text", FORMS)
def test_where_a_placeholder_may_stand(text: str) -> None:
    found = parse(text)
    assert {d.name for d in found.diagnostics} == {"placeholder"}, found.diagnostics
    assert len(found.holes.spans) == len(found.diagnostics)
    assert found.query is not None
    printed = format_query(found.query)
    again = parse(printed)
    assert again.query == found.query
    assert format_query(again.query) == printed
    assert _holes(printed) == _holes(text)


def _holes(text: str) -> list[str]:
    return placeholder().findall(text)


@pytest.mark.parametrize(
    "text", ["${name}", "${app.name}", "${x:csv}", "{{name}}", "{{ .a }}", "{{{a}}}", "${f({a=1})}", "${a{b}"]
)  # fmt: skip
def test_a_placeholder(text: str) -> None:
    (word,) = lex(text)[0]
    assert (word.type, word) == ("HOLE", text)
    assert parse(f"SELECT a FROM t WHERE a = '{text}'").holes.spans == (Span(27, 27 + len(text)),)


@pytest.mark.parametrize(
    "text", ["${", "{{", "a{{b", "a${b", "${}", "${ }", "{{}}", "{{ }}", "${a\n}", "{{a}", "$a", "{a}", "$ {a}", "}}"]
)  # fmt: skip
def test_no_placeholder(text: str) -> None:
    found = parse(f"SELECT a FROM t WHERE a = '{text}' AND b != \"{text}\"")
    assert found.diagnostics == ()
    assert not found.holes


def test_a_placeholder_after_an_opening_that_never_closes() -> None:
    text = "SELECT a FROM t WHERE a = 'x ${ y ${z}'"
    (span,) = parse(text).holes.spans
    assert text[span.start : span.end] == "${z}"


def test_what_lies_within() -> None:
    holes = Holes((Span(3, 7), Span(10, 14)))
    assert holes.within(Span(0, 7))
    assert holes.within(Span(8, 20))
    assert not holes.within(Span(4, 13))
    assert not holes.within(Span(7, 10))


@pytest.mark.parametrize(
    ("text", "made", "left"),
    [
        ("a = '${x}' ${y}", "a = '{{y}}' ${y}", ["${y}"]),
        ("a = '$${o}'", "a = '${x}'", []),
        ("a = '${o}{ {{y}}'", "a = '{x}{ {{y}}'", ["{{y}}"]),
        ("stringProperties.'${q}' = \"${q}\"", "stringProperties.'it''s' = \"it's\"", []),
        ("stringProperties.${q} = 1", "stringProperties.it's = 1", []),
    ],
)
def test_a_value_is_never_searched_for_placeholders(text: str, made: str, left: list[str]) -> None:
    filled = fill(text, {"x": "{{y}}", "o": "{x}", "q": "it's"})
    assert filled.text == made
    assert [made[span.start : span.end] for span in filled.holes] == left


def test_a_value_outside_quotes_that_looks_like_a_placeholder_is_refused() -> None:
    filled = fill("SELECT a FROM t WHERE a = ${x}", {"x": "${y}"})
    (problem,) = parse(filled.text, filled.holes).diagnostics
    assert (problem.name, problem.is_error) == ("syntax", True)
