"""Running the tables: as Lark's own loop does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lark import Tree
from lark.exceptions import UnexpectedToken

from tests.places import CORPUS
from usql.language.grammar import file_text, grammar, tables_content
from usql.language.lexer import lex
from usql.language.tables import END, FILE, Stack, tables
from usql.language.token import Token

QUERIES = [
    line.removeprefix("? ")
    for line in CORPUS.read_text().splitlines()
    if line and not line.startswith("--")
]
KINDS = sorted({kind for row in tables().actions for kind in row})
TEXTS = {"NUMBER": "1", "STRING": '"a"', "PROPERTY": "stringProperties.a", "VARIABLE": "$NOW", "ASC": "ASC", "DESC": "DESC"}  # fmt: skip


def test_the_tables_are_those_of_the_grammar() -> None:
    """Where this fails: python -m usql.language.grammar."""
    assert FILE.read_text(encoding="utf-8") == file_text(tables_content())


def larks(tokens: list[Token]) -> tuple[int, Any]:
    """How many tokens Lark's loop takes, and what it has built then."""
    state: Any = grammar().parse_interactive().parser_state
    taken = len(tokens)
    for number, token in enumerate(tokens):
        try:
            state.feed_token(token, token.type == END)
        except UnexpectedToken:
            taken = number
            break
    # What another rule takes in is a tree in Lark and a list here.
    return taken, [v.children if isinstance(v, Tree) else v for v in state.value_stack]


def ours(tokens: list[Token]) -> tuple[int, Any]:
    stack = Stack()
    return stack.feed(tokens), stack._values


@pytest.mark.parametrize("text", QUERIES)
def test_queries_have_larks_trees(text: str) -> None:
    words = [*lex(text)[0], Token(END, "", len(text), len(text))]
    count, values = ours(words)
    assert (count, values) == larks(words)
    assert count == len(words)
    assert len(values) == 1


@given(
    st.sampled_from(QUERIES),
    st.integers(0, 80),
    st.lists(st.sampled_from([k for k in KINDS if k != END]), max_size=3),
)
def test_any_words_are_taken_as_far_as_lark_does(text: str, at: int, kinds: list[str]) -> None:
    words = lex(text)[0][:at]
    words += [Token(kind, TEXTS.get(kind, "a"), 1000, 1001) for kind in [*kinds, END]]
    count, values = ours(words)
    assert (count, values) == larks(words)


@given(st.sampled_from(QUERIES), st.integers(0, 80))
def test_what_is_accepted_can_be_fed(text: str, at: int) -> None:
    words = lex(text)[0][:at]
    stack = Stack()
    stack.feed(words)
    before = (list(stack._states), list(stack._values))
    accepted = stack.accepted()
    assert (stack._states, stack._values) == before
    for kind in KINDS:
        word = Token(kind, TEXTS.get(kind, "a"), 1000, 1001)
        assert (kind in accepted) == (ours([*words, word])[0] == len(words) + 1)


def test_reading_goes_on_behind_what_was_refused() -> None:
    words = lex("SELECT city city FROM usersession")[0]
    stack = Stack()
    assert stack.feed(words) == 2
    assert stack.feed(words, 3) == len(words)
    assert stack.feed([Token(END, "", 33, 33)]) == 1
    assert [item.expression.name for item in stack.value.items] == ["city"]
    assert not Stack().takes(["SELECT", "NAME", "NAME"])


def test_rules_that_hand_a_value_on_build_nothing() -> None:
    """``?expression: term`` is such a rule; they are most of the steps."""
    rows = tables().actions
    reductions = {r for row in rows for r in row.values() if not isinstance(r, int)}
    silent = [r for r in reductions if r.build is None]
    assert all(r.size == 1 for r in silent)
    names = {r.rule for r in silent}
    assert names == {"argument", "atom", "clause", "condition", "conjunction", "expression", "factor", "key", "negation", "term"}  # fmt: skip
