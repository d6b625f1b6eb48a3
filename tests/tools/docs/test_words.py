"""Words that the project does not use: private ones, and those that no native speaker would write.

The glossary has the terms to use instead (docs/GLOSSARY.md).
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.places import ROOT

_PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]

_FORBIDDEN = {
    r"can\s+not": "cannot",
    r"dear(er|est)?": "expensive",
    r"half characters?": "unpaired surrogates",
    r"harmless": "escape_controls, or what cannot go wrong",
    r"mend(s|ed|ing)?": "fix, correct",
    r"slips?": "misspellings, common mistakes",
    r"anew": "again",
    r"NeedsPrecise|the precise (way|path)": "NeedsSlowPath, the slow path",
    r"give_back": "release_unused_memory",
    r"in vain|amiss": "without result; wrong",
    r"goes on with": "continues with",
    r"takes? for granted": "assumes, requires",
    r"hand over what|take them out first": "what to pass, what to do first",
    r"looked for among|is not looked for|are not looked for": "detected",
    r"stumbles?": "is slowed down, fails",
}
"""What is not written anywhere, as patterns of whole words, and what is said instead."""

_OF_GROUPS = {
    r"cells?|CellIndexes": "slots",
    r"members|Members": "pairs, RowGroupPairs",
    r"lanes?|lane_(bits|numbers)": "replicas",
    r"summar(y|ies|ized)|Summar(y|ized)": "cube, cube totals",
    r"fitted|hits|listed": "matches, row_ids",
    r"rides|run_totals": "shares_count_pass, accumulate",
}
"""What names in the code of groups are not."""

_OF_CODE = {
    r"unkept": "uncached",
    r"apart": "with_own_cache, separate",
    r"_behind|behind_(dot|item|query)": "after",
    r"Doubled|without_doubled|doubled_rows": "DuplicateCounts, without_duplicate_notes, rows_with_duplicates",
    r"_told": "_notes, _message, _details",
    r"_harmless": "_escaped",
}
"""What names anywhere are not."""

_OF_NOTHING = frozenset({"found", "made", "own", "told"})
"""What nothing is called, since these words say how a thing was come by, and not what it is."""


def _files() -> Iterator[Path]:
    yield from _PAGES
    yield from sorted((ROOT / "docs").glob("*.md"))
    yield from sorted((ROOT / "usql").rglob("*.py"))


def _matches(text: str, pattern: str) -> list[str]:
    return [match[0] for match in re.finditer(rf"(?i)\b(?:{pattern})\b", text)]


def _names(file: Path) -> Iterator[str]:
    """The words of the code, without texts and comments."""
    with file.open("rb") as stream:
        for token in tokenize.tokenize(stream.readline):
            if token.type == tokenize.NAME:
                yield token.string


def _bound(tree: ast.AST) -> Iterator[str]:
    """The names of variables, parameters, attributes, functions and classes, where they get their
    value."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
                yield name


def _of_nothing(code: str) -> list[str]:
    return [n for n in _bound(ast.parse(code)) if n.strip("_").lower() in _OF_NOTHING]


@pytest.mark.parametrize("pattern", _FORBIDDEN)
def test_words_are_not_used(pattern: str) -> None:
    texts = {
        str(file.relative_to(ROOT)): matches
        for file in _files()
        if (matches := _matches(file.read_text(encoding="utf-8"), pattern))
    }
    assert texts == {}, f"say {_FORBIDDEN[pattern]}"


@pytest.mark.parametrize("pattern", _OF_GROUPS)
def test_names_are_not_used(pattern: str) -> None:
    files = sorted((ROOT / "usql" / "engine" / "groups").rglob("*.py"))
    assert files
    names = {
        str(file.relative_to(ROOT)): matches
        for file in files
        if (matches := [name for name in _names(file) if re.fullmatch(pattern, name)])
    }
    assert names == {}, f"say {_OF_GROUPS[pattern]}"


@pytest.mark.parametrize("pattern", _OF_CODE)
def test_names_are_not_used_anywhere(pattern: str) -> None:
    names = {
        str(file.relative_to(ROOT)): matches
        for file in sorted((ROOT / "usql").rglob("*.py"))
        if (matches := [name for name in _names(file) if re.fullmatch(pattern, name)])
    }
    assert names == {}, f"say {_OF_CODE[pattern]}"


def test_words_are_found_as_words() -> None:
    assert _matches("It can\nnot be read.", r"can\s+not")
    assert _matches("Mended\nrecommended", "mend(s|ed|ing)?") == ["Mended"]


def test_names_say_what_a_thing_is() -> None:
    package = ROOT / "usql"
    files = sorted(package.rglob("*.py"))
    assert files
    names = {
        str(file.relative_to(ROOT)): words
        for file in files
        if (words := _of_nothing(file.read_text(encoding="utf-8")))
    }
    assert names == {}


@pytest.mark.parametrize(
    "code",
    [
        "found = 1",
        "for made in []: pass",
        "_own: int = 1",
        "[told for told in ()]",
        "if (found := 1): pass",
        "with open() as made: pass",
        "def _made(): pass",
        "class _Own: pass",
        "lambda own: 1",
        "def f(*found): pass",
        "self._told = 1",
        "import told_by as told",
        "match 1:\n    case {'a': found}: pass",
        "match 1:\n    case [*made]: pass",
        "try: pass\nexcept OSError as found: pass",
    ],
)
def test_bindings_are_recognised(code: str) -> None:
    assert len(_of_nothing(code)) == 1


def test_uses_and_longer_names_are_no_bindings() -> None:
    assert _of_nothing("print(found, x.made, found_before := own, told=1)") == []
