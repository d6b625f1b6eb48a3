"""Every service answers for every text at every offset, whatever state it is in."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.places import CORPUS
from tests.sampling import examples
from usql.editor import (
    actions,
    completion,
    folding,
    formatting,
    hover,
    inlay,
    rename,
    semantic,
    signature,
    symbols,
)
from usql.editor.problems.fixes import apply
from usql.editor.problems.validation import validate
from usql.language.diagnostics import Span
from usql.language.lexer import lex
from usql.language.tables import ERROR_TERMINALS

QUERIES = [
    line.removeprefix("? ")
    for line in CORPUS.read_text("utf-8").splitlines()
    if line and not line.startswith("--")
]

_PIECES = (
    "SELECT FROM WHERE GROUP BY ORDER LIMIT AND OR NOT IN IS NULL LIKE BETWEEN AS DISTINCT FILTER "
    "FUNNEL JSON COUNT SUM TOP CONDITION DATETIME KEYS DURATION usersession useraction city name "
    "duration startTime userType bounce stringProperties stringProperties.a $NOW $ ( ) , . ; * = == "
    '!= < > + - 1 2.5 7d \'a\' "b" \' " [c] [ ` “x” ${h} {{h}} a_${h} ${h}or useraction.${h} stringProperties.${h} ${h}000 "${h}" usersession."a-b" @id ${ {{ -- /* */ x y 🏙 \u2028 \ud800'
).split(" ")

TEXTS = st.lists(st.sampled_from([*_PIECES, "\n", " "]), max_size=25).flatmap(
    lambda pieces: st.sampled_from(["", " "]).map(lambda gap: gap.join(pieces))
)


def ask_everything(text: str, offset: int) -> None:
    for offer in completion.complete(text, offset):
        assert offer.edit.span.start <= offset <= offer.edit.span.end
        assert 0 <= offer.cursor <= len(apply(text, [offer.edit]))
    shown = hover.hover(text, offset)
    assert shown is None or shown.span.start <= offset <= shown.span.end
    signature.signature_help(text, offset)
    found = rename.occurrences(text, offset)
    if found is not None:
        apply(text, rename.rename(text, offset, "another name"))
    place = Span(offset, offset)
    for action in actions.actions(text, place, validate(text)):
        apply(text, action.edits)
    apply(text, formatting.format_edits(text, place))


def ask_of_the_whole(text: str) -> None:
    coloured = semantic.tokens(text)
    for one, other in pairwise(coloured):
        assert one.span.end <= other.span.start
    for fold in folding.ranges(text):
        assert "\n" in text[fold.span.start : fold.span.end]
    symbols.symbols(text)
    inlay.hints(text)
    formatting.format_edits(text)


@settings(deadline=None, max_examples=examples(150))
@given(TEXTS, st.data())
def test_texts_of_pieces(text: str, data: st.DataObject) -> None:
    ask_of_the_whole(text)
    ask_everything(text, data.draw(st.integers(0, len(text))))


@pytest.mark.parametrize("seed", range(8))
def test_queries_with_something_lost(seed: int) -> None:
    draw = random.Random(seed)
    for query in draw.sample(QUERIES, 6):
        start = draw.randrange(len(query))
        text = query[:start] + query[start + draw.randrange(12) :]
        ask_of_the_whole(text)
        ask_everything(text, draw.randrange(len(text) + 1))


@settings(deadline=None, max_examples=examples(100))
@given(TEXTS)
def test_formatting_never_loses_a_word(text: str) -> None:
    """Queries that can be read keep their words and comments; others keep all characters."""
    made = formatting.format_text(text)
    assert formatting.format_text(made) == made
    before, after = lex(text), lex(made)
    assert [c.text.strip() for c in after[1]] == [c.text.strip() for c in before[1]]
    wrong = [t for t in before[0] if t.type in ERROR_TERMINALS]
    assert [str(t) for t in after[0] if t.type in ERROR_TERMINALS] == [str(t) for t in wrong]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT CUONT(*) FROM usersession " * 700,
        "SELECT city FROM usersession LIMIT -1;\n" * 700,
        "SELECT visuallyCompleteTim FROM usersession;\n" * 1000,
    ],
)
def test_long_texts_of_mistakes(text: str) -> None:
    """Time grows with the text, not with its square, and a slip that is repeated is looked up once."""
    begin = time.process_time()
    validate(text)
    completion.complete(text, len(text))
    assert time.process_time() - begin < 2
