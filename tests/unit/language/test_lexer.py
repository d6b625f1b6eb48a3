"""Words: those of Lark's lexer, which defines what the grammar's terminals mean."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.places import CORPUS
from usql.language.grammar import grammar
from usql.language.lexer import lex
from usql.language.parser import parse

QUERIES = [
    line.removeprefix("? ")
    for line in CORPUS.read_text().splitlines()
    if line and not line.startswith("--")
]
KEYWORDS = sorted(t.name for t in grammar().terminals if t.pattern.value == f"{t.name.lower()}\\b")
PIECES = [
    *KEYWORDS, "select", "Selects", "select1", "ſelect", "liKe", "ıs", "éAND", "count", "x", "stringProperties.a-b",
    "dateproperties . 'x y'", "longProperties", "1", "1.5", ".5", "5d", "5x", "1.", "'a'", "'it''s'", '"a""b"', "'open",
    '"open', "[a b]", "[open", "$now", "$", "${a}", "${", "{{ .b }}", "{{", "a_${b}", "${a}or", "and${a}", "${a}000", "0.${a}", "${a}.5", "$NOW${a}", "stringProperties.${a}",
    "stringProperties.a-${b}-c", "${}", "{{{a}}}", "${a{b}c}", "}", "_", "=", "==", "!=", "<>", "<", "<=", ">", ">=",
    "!", "+", "-", "--c", "*", "/", "/* c */", "/* open", "%", "(", ")", ",", ".", ";", "“a”", "«a", "`a`", "`", "#", "|",
    " ", "\t", "\n", "\r", "\u00a0", "\u200b", "\ufeff", "\ud800", "\0", "ß", "東京",
]  # fmt: skip


def words(text: str) -> list[tuple[str, str, int, int]]:
    found, comments = lex(text)
    placed = [("COMMENT", c.text, c.span.start, c.span.end) for c in comments]
    return sorted([*placed, *((w.type, str(w), w.start, w.end) for w in found)], key=lambda w: w[2])


def words_of_lark(text: str) -> list[tuple[str, str, int, int]]:
    return [(t.type, str(t), t.start_pos or 0, t.end_pos or 0) for t in grammar().lex(text)]


def test_the_keywords_are_the_grammars() -> None:
    assert len(KEYWORDS) == 27
    for name in KEYWORDS:
        for spelled in (name, name.lower(), name.capitalize()):
            assert words(spelled) == [(name, spelled, 0, len(name))]
            assert words(f"{spelled}s")[0][0] == words(f"_{spelled}")[0][0] == "NAME"


@pytest.mark.parametrize("text", QUERIES)
def test_queries_have_larks_words(text: str) -> None:
    assert words(text) == words_of_lark(text)


@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
def test_any_text_has_larks_words(text: str) -> None:
    assert words(text) == words_of_lark(text)


@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
def test_only_blanks_are_no_words(text: str) -> None:
    end = 0
    for _, word, start, stop in [*words(text), ("", "", len(text), len(text))]:
        assert text[start:stop] == word
        assert all(ch.isspace() or ch in "\u200b\ufeff" for ch in text[end:start])
        end = stop


@pytest.mark.parametrize("word", ["[a]", "[a[b[c[d]", "${a}", "${a{b}", "{{ .a }}", "{{{{a}}"])
def test_what_has_an_opening_inside_is_one_word(word: str) -> None:
    (found,) = words(f"{word} ")
    assert found[1] == word


@pytest.mark.parametrize("opening", ["[", "[a ", "${", "${a", "{{", "{{ .a"])
def test_openings_that_never_close_take_time_in_proportion(opening: str) -> None:
    text = opening * (50_000 // len(opening))
    lex("")
    begin = time.process_time()
    lex(text)
    assert parse(f"SELECT city FROM usersession WHERE city = '{text}'").query is not None
    assert time.process_time() - begin < 2
