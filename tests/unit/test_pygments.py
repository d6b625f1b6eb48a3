"""The Pygments lexer: every word of the language has its colour."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, Punctuation, String

from tests.places import CORPUS
from usql.catalog import default_catalog
from usql.language.functions import FUNCTIONS
from usql.language.tables import keywords
from usql.pygments import UsqlLexer

QUERIES = [
    line.removeprefix("? ")
    for line in CORPUS.read_text().splitlines()
    if line and not line.startswith("--")
]


def tokens(text: str) -> list[tuple[str, object]]:
    """The pieces of a text that are no blanks, each with its type."""
    return [(p, t) for _, t, p in UsqlLexer().get_tokens_unprocessed(text) if not p.isspace()]


def kind(text: str, word: str) -> object:
    return dict(tokens(text))[word]


def test_pygments_finds_the_lexer() -> None:
    assert isinstance(get_lexer_by_name("usql"), UsqlLexer)
    assert isinstance(get_lexer_for_filename("slow.usql"), UsqlLexer)


def test_a_query() -> None:
    text = "SELECT TOP(useraction.name, 5) AS page FROM usersession WHERE userId != 'x' -- why"
    assert tokens(text) == [
        ("SELECT", Keyword),
        ("TOP", Name.Function),
        ("(", Punctuation),
        ("useraction", Name.Class),
        (".", Punctuation),
        ("name", Name),
        (",", Punctuation),
        ("5", Number),
        (")", Punctuation),
        ("AS", Keyword),
        ("page", Name.Label),
        ("FROM", Keyword),
        ("usersession", Name.Class),
        ("WHERE", Keyword),
        ("userId", Name),
        ("!=", Operator),
        ("'x'", String),
        ("-- why", Comment),
    ]


@pytest.mark.parametrize("word", keywords())
def test_keywords(word: str) -> None:
    for spelled in (word, word.lower()):
        assert kind(f"x {spelled} y", spelled) in (Keyword, Keyword.Constant, Operator.Word)
        assert kind(f"SELECT x AS {spelled}", spelled) is Name.Label
        assert kind(f"{spelled}s", f"{spelled}s") is Name


@pytest.mark.parametrize("word", [f for f in FUNCTIONS if f != "FUNNEL"])
def test_functions(word: str) -> None:
    assert kind(f"SELECT {word} (x)", word) is Name.Function
    assert kind(f"SELECT {word}", word) is Name


@pytest.mark.parametrize("table", [t.name for t in default_catalog()])
def test_tables(table: str) -> None:
    assert kind(f"SELECT * FROM {table}", table) is Name.Class
    assert kind(f"SELECT {table}.*", table) is Name.Class
    assert kind(f"SELECT {table}", table) is Name


def test_other_words() -> None:
    text = (
        "stringProperties.\"my key\" $NOW ${hole} [some alias] '${x} end' /* note */ TRUE # 'open"
    )
    assert [t for _, t in tokens(text)] == [
        Name, Name.Variable.Magic, String.Interpol, Name.Label,
        String, String.Interpol, String, Comment, Keyword.Constant, Error, String,
    ]  # fmt: skip


@pytest.mark.parametrize("text", QUERIES)
def test_peoples_queries_have_no_wrong_words(text: str) -> None:
    assert Error not in {t for _, t in tokens(text)}


@given(st.text() | st.lists(st.sampled_from(QUERIES)).map("\n".join))
def test_nothing_is_lost(text: str) -> None:
    pieces = list(UsqlLexer().get_tokens_unprocessed(text))
    assert "".join(p for _, _, p in pieces) == text
    end = 0
    for start, _, piece in pieces:
        assert start == end
        assert piece
        end += len(piece)
