"""Whatever shows, completes or colours functions knows those that are declared, and no others."""

from __future__ import annotations

import json
import re

import pytest
from pygments.token import Name

from tests.places import ROOT
from tests.unit.editor.cursor import split
from usql.catalog import default_catalog
from usql.editor.completion import Kind, complete
from usql.editor.hover import hover
from usql.editor.semantic import TokenKind, tokens
from usql.editor.signature import signature_help
from usql.language.declarations import Function, Place, Takes
from usql.language.functions import FUNCTIONS
from usql.language.tables import keywords
from usql.pygments import UsqlLexer
from usql.shell.meaning import meaning

ALL = list(FUNCTIONS.values())
WORDS = {*FUNCTIONS, *keywords(), "SPREAD", "CENTURY", "MEAN", "usersession", "country", "x"}
"""The functions, and words that are none."""

GRAMMAR = ROOT / "editors" / "vscode" / "syntaxes" / "usql.tmLanguage.json"


def offered(marked: str) -> set[str]:
    """The functions that completion offers at the mark."""
    found = complete(*split(marked))
    return {c.label.removesuffix("(*)") for c in found if c.kind is Kind.FUNCTION}


@pytest.mark.parametrize(
    ("place", "marked"),
    [
        (Place.SELECT, "SELECT | FROM usersession"),
        (Place.GROUP_BY, "SELECT country FROM usersession GROUP BY |"),
        (Place.WHERE, "SELECT country FROM usersession WHERE startTime > $NOW - |"),
    ],
)
def test_completion_offers_the_functions_of_the_place(place: Place, marked: str) -> None:
    assert offered(marked) == {f.name for f in ALL if place in f.places}


@pytest.mark.parametrize("function", ALL, ids=lambda f: f.name)
def test_filter_is_offered_after_what_it_takes(function: Function) -> None:
    labels = {c.label for c in complete(*split(f"SELECT {function.name}(x) |"))}
    assert ("FILTER" in labels) is (Place.FILTER in function.places)


@pytest.mark.parametrize(
    ("function", "number"), [(f, n) for f in ALL for n in range(len(f.parameters))]
)
def test_metrics_are_offered_where_an_argument_is_one(function: Function, number: int) -> None:
    takes = function.parameters[number].takes
    given = ", ".join(["country"] * number + ["|"])
    found = offered(f"SELECT {function.name}({given} FROM usersession")
    dates = {"MIN", "MAX", "CONDITION"}
    metrics = {f.name for f in ALL if f.is_metric} - {"CONDITION"}
    assert found == {Takes.METRIC: metrics, Takes.DATE: dates}.get(takes, set())


@pytest.mark.parametrize("word", sorted(WORDS))
def test_hover_and_help_explain_the_functions(word: str) -> None:
    shown = hover(f"SELECT {word}(country) FROM usersession", 8)
    function = FUNCTIONS.get(word)
    if function is None:
        assert shown is None or "```usql" not in shown.markdown
        return
    assert shown is not None
    for text in (function.signature, function.meaning, function.example):
        assert text in shown.markdown
    assert shown.markdown in str(meaning(word.lower(), default_catalog()))


@pytest.mark.parametrize("word", sorted(WORDS))
def test_signature_help_knows_the_functions(word: str) -> None:
    found = signature_help(f"SELECT {word}(", len(word) + 8)
    assert (None if found is None else found.function) is FUNCTIONS.get(word)


@pytest.mark.parametrize("word", sorted(WORDS))
def test_colours_know_the_functions(word: str) -> None:
    text = f"SELECT {word} (x) FROM usersession"
    is_function = word in FUNCTIONS
    assert (tokens(text)[1].kind is TokenKind.FUNCTION) is is_function
    kinds = {piece: kind for kind, piece in UsqlLexer().get_tokens(text)}
    assert (kinds[word] is Name.Function) is is_function


def test_the_grammar_for_other_editors_knows_the_functions() -> None:
    patterns = json.loads(GRAMMAR.read_text(encoding="utf-8"))["patterns"]
    (pattern,) = (p["match"] for p in patterns if p.get("name") == "support.function.usql")
    assert {w for w in WORDS if re.match(pattern, f"{w} (")} == set(FUNCTIONS)
