"""LIKE patterns."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.reference.literals import like
from tests.sampling import examples
from usql.language.literals.like import Wildcard, parse_like

PIECES = st.lists(
    st.sampled_from(["a", "b", "*", "%", "?", "\\", "\\*", "\\\\", "\\?", ".", "\n", "東", "["]),
    max_size=8,
)
TEXTS = st.text(alphabet="ab*%?\\.\n東[", max_size=12)


@settings(max_examples=examples(1500), deadline=None)
@given(PIECES, TEXTS)
def test_matching_is_the_table_of_prefixes(pieces: list[str], text: str) -> None:
    pattern = "".join(pieces)
    parsed = parse_like(pattern)
    expected = like(pattern, text)
    assert parsed.matcher()(text) == expected
    assert (re.compile(parsed.regex()).fullmatch(text) is not None) == expected


def test_parts() -> None:
    assert parse_like("a**%b?\\*").parts == ("a", Wildcard.ANY, "b", Wildcard.ONE, "*")
    assert parse_like("").parts == ()
    assert parse_like("a\\").parts == ("a\\",)
    assert parse_like("\\a").parts == ("\\a",)


@pytest.mark.parametrize(
    ("pattern", "inner"),
    [
        ("a", False),
        ("a*", False),
        ("a*?", False),
        ("*a", True),
        ("a*b", True),
        ("?", False),
        ("*", False),
        ("a?b*", True),
        ("", False),
    ],
)
def test_inner_wildcards(pattern: str, inner: bool) -> None:
    assert parse_like(pattern).has_inner_wildcard == inner


@pytest.mark.parametrize(
    "pattern",
    ["*a*a*a*a*a*a*a*a*b", "*" + "?*" * 50 + "b", "*aa" * 30, "a*" * 100 + "b", "*a?a*" * 20 + "c"],
)
def test_nasty_patterns_stay_linear(pattern: str) -> None:
    """With backtracking between the runs these would take longer than the age of the earth."""
    assert not parse_like(pattern).matcher()("a" * 20_000 + "!")
