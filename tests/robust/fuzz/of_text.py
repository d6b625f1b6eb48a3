"""Targets that read the bytes as the text of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import usql
from tests.unit.editor.broken_cases import CLOCK
from tests.unit.editor.test_any_text import ask_everything, ask_of_the_whole
from tests.unit.editor.test_completion import CATALOG
from usql.analysis import analyze, check, profile_named
from usql.editor.completion import complete
from usql.editor.formatting import format_text
from usql.editor.problems.fixes import settle
from usql.editor.problems.validation import validate
from usql.language.diagnostics import Diagnostic, apply_fix, render
from usql.language.formatter import format_query
from usql.language.holes import fill
from usql.language.lexer import lex
from usql.language.parser import parse, parse_script
from usql.planner import plan_of

PROFILES = ("dynatrace", "offline")


def text_of(data: bytes) -> str:
    """Any text, half characters among them: bytes that are no UTF-8 become those."""
    return data.decode("utf-8", "surrogateescape")


def parser(data: bytes) -> None:
    """Every text has words and queries; spans lie in the text, corrections can be applied, and a
    text with all placeholders replaced is a text."""
    text = text_of(data)
    words, comments = lex(text)
    spans = sorted([w.span for w in words] + [c.span for c in comments])
    assert all(one.end <= other.start for one, other in pairwise(spans))
    assert all(text[w.start : w.end] == str(w) for w in words)
    for one in parse_script(text):
        assert 0 <= one.span.start <= one.span.end <= len(text)
        assert one.query is not None or any(d.is_error for d in one.diagnostics)
        _check_problems(text, one.diagnostics)
    parse(text)
    filled = fill(text, {"a": "'\"${a}", "name": "--"})
    parse(filled.text, filled.holes)


def checker(data: bytes) -> None:
    """A query is bound or refused, never both; a bound one has a plan; problems lie in the text;
    correcting ends, and never with more errors than before."""
    text = text_of(data)
    for name in PROFILES:
        found = check(text, CATALOG, profile_named(name), CLOCK)
        _check_problems(text, found)
        for one in parse_script(text):
            analysis = analyze(one, CATALOG, profile_named(name), replace(CLOCK, utc_offset=90))
            refused = any(d.is_error for d in analysis.diagnostics)
            assert (analysis.bound is None) == (refused or bool(one.holes))
            if analysis.bound is not None:
                plan_of(analysis.bound)

        def judged(text: str, name: str = name) -> list[Diagnostic]:
            return validate(text, catalog=CATALOG, profile=name, clock=CLOCK)

        stricter = judged(text)
        _check_problems(text, stricter)
        fixed, _ = settle(text, judged, unsafe=True)
        assert sum(d.is_error for d in judged(fixed)) <= sum(d.is_error for d in stricter)


def completion(data: bytes) -> None:
    """Every service answers at the ``|`` of a text, or at its end."""
    left, _, right = text_of(data).partition("|")
    text, offset = left + right, len(left)
    ask_everything(text, offset)
    ask_of_the_whole(text)
    for name in PROFILES:
        complete(text, offset, catalog=CATALOG, profile=name, values=lambda *_: ["a", 'b"', "\\"])


def formatter(data: bytes) -> None:
    """Formatting twice is formatting once, keeps comments and what a query says, and
    refuses what is no query."""
    text = text_of(data)
    made = format_text(text)
    assert format_text(made) == made
    assert _comments(made) == _comments(text)
    queries = parse_script(text)
    try:
        strict = usql.format(text)
    except usql.UsqlError as error:
        assert any(d.is_error for q in queries for d in q.diagnostics)
        assert str(error)
        return
    assert strict == made
    assert [q.query for q in parse_script(made)] == [q.query for q in queries]
    for one in queries:
        assert one.query is not None
        assert parse(format_query(one.query)).query == one.query


def _comments(text: str) -> list[str]:
    return [c.text.strip() for c in lex(text)[1]]


def _check_problems(text: str, found: Iterable[Diagnostic]) -> None:
    found = list(found)
    for problem in found:
        assert 0 <= problem.span.start <= problem.span.end <= len(text)
        for fix in problem.fixes:
            assert all(0 <= e.span.start <= e.span.end <= len(text) for e in fix.edits)
            apply_fix(text, fix)
    render(text, found)
