from __future__ import annotations

import random

import pytest

import usql
from tests.places import CORPUS
from usql.editor.formatting import format_edits, format_text
from usql.editor.problems.fixes import apply
from usql.language.diagnostics import Span
from usql.language.lexer import lex
from usql.language.parser import parse_script

QUERIES = [
    line for line in CORPUS.read_text().splitlines() if line and not line.startswith(("--", "? "))
]


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("select 1 from useraction;", "SELECT 1 FROM useraction;"),
        ("select 1 from useraction; -- x", "SELECT 1\nFROM useraction; -- x"),
        ("select 1 from useraction -- x\n;", "SELECT 1\nFROM useraction; -- x"),
        ("-- x\nselect 1 from useraction\n\n\n;\n-- y", "-- x\nSELECT 1\nFROM useraction;\n\n-- y"),
        (
            "select 1 from useraction -- a\n; -- b\n\n-- c\nselect 2 from useraction",
            "SELECT 1\nFROM useraction; -- a\n\n-- b\n-- c\nSELECT 2\nFROM useraction",
        ),
        ("select from; select 1 from useraction", "select from;\n\nSELECT 1 FROM useraction"),
        ("", ""),
    ],
)
def test_format_text(text: str, made: str) -> None:
    assert format_text(text) == made
    assert format_text(made) == made


def test_the_whole_text_ends_with_a_line_break() -> None:
    assert apply("select 1 from a", format_edits("select 1 from a")) == "SELECT 1 FROM a\n"
    assert format_edits("SELECT 1 FROM a\n") == []
    assert format_edits("  \n") == []


def test_a_selection_changes_only_what_it_touches() -> None:
    text = "select 1 from a ;  -- x\n\n select 2 from b -- y\n;select 3 from c"
    second = text.index("2")
    assert apply(text, format_edits(text, Span(second, second + 1))) == (
        "select 1 from a ;  -- x\n\n SELECT 2\nFROM b; -- y\nselect 3 from c"
    )


@pytest.mark.parametrize("seed", range(60))
def test_comments_survive(seed: int) -> None:
    """Comments between any words of any queries are all there, in order, and nothing else of the
    queries changes."""
    draw = random.Random(seed)
    text, count = "", 0
    for query in draw.sample(QUERIES, 3):
        end = 0
        for token in lex(query)[0]:
            text += query[end : token.end]
            end = token.end
            if draw.random() < 0.2:
                form = draw.choice((" -- c{}\n", " /* c{} */ ", "\n-- c{}\n", " /* c{}\n */"))
                text += form.format(count)
                count += 1
        text += draw.choice((";", "\n;\n", " ; -- behind\n"))
    made = format_text(text)
    before, after = parse_script(text), parse_script(made)
    assert [p.query for p in after] == [p.query for p in before]
    assert [c.text for c in lex(made)[1]] == [c.text for c in lex(text)[1]]
    assert format_text(made) == made
    assert usql.format(text) == made
