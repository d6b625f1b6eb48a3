"""Near names: what a misspelled word may have meant."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterable

_LONGEST = 64
"""Longer words are no slips of a name."""

_LEAST = 0.6
_KEPT = 256
"""Words whose answers are kept: the queries of a file repeat their slips."""


def near(name: str, candidates: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """Up to ``limit`` candidates that are near to ``name``, best first, case ignored.

    Near are those with almost the same letters, those that begin with the word, and those that
    hold it as one of their own words (``browser`` in ``browserFamily``).

    >>> near("cty", ["city", "country", "bounce"])
    ('city', 'country')
    """
    wanted = name.lower()
    if not 0 < len(wanted) <= _LONGEST:
        return ()
    return _ranked(wanted, tuple(dict.fromkeys(candidates)))[:limit]


@functools.lru_cache(_KEPT)
def _ranked(wanted: str, candidates: tuple[str, ...]) -> tuple[str, ...]:
    scored = []
    for order, candidate in enumerate(candidates):
        score = _score(wanted, candidate)
        if score >= _LEAST:
            scored.append((-score, order, candidate))
    return tuple(candidate for _, _, candidate in sorted(scored))


def _score(wanted: str, candidate: str) -> float:
    lower = candidate.lower()
    if lower == wanted:
        return 2.0
    letters = difflib.SequenceMatcher(None, wanted, lower)
    # The bounds above the ratio are much cheaper than itself.
    is_far = letters.real_quick_ratio() < _LEAST or letters.quick_ratio() < _LEAST
    score = 0.0 if is_far else letters.ratio()
    if sorted(wanted) == sorted(lower):  # letters in another order
        score = max(score, 0.95)
    if len(wanted) >= 2 and lower.startswith(wanted):
        score = max(score, 0.75 + 0.2 * len(wanted) / len(lower))
    elif len(wanted) >= 3 and _stem(wanted) in map(_stem, _words(candidate)):
        score = max(score, 0.7)
    return score


_LEAST_VALUE = 0.8
_LEAST_LETTERS = 4
"""Values that are shorter are too near to each other for a guess."""


def respelled(text: str, candidates: Iterable[str], most: int) -> tuple[str, ...]:
    """Up to ``most`` candidates that ``text`` may be a slip of, best first: those that differ in case,
    blanks and punctuation only, those that begin with its words, and those with almost the same
    letters. Numbers in them must be the same, so that no identifier or version is taken for
    another one.

    >>> respelled("united states", ["United States", "Austria"], most=3)
    ('United States',)
    >>> respelled("user-12", ["user-13", "user-120"], most=3)
    ()
    """
    if not 0 < len(text) <= _LONGEST:
        return ()
    wanted, digits = _letters(text), _DIGITS.findall(text)
    scored = []
    for order, candidate in enumerate(dict.fromkeys(candidates)):
        if len(candidate) <= 2 * _LONGEST and _DIGITS.findall(candidate) == digits:
            score = _value_score(wanted, text, candidate)
            if score >= _LEAST_VALUE:
                scored.append((-score, order, candidate))
    return tuple(candidate for _, _, candidate in sorted(scored)[:most])


_DIGITS = re.compile(r"\d+")
_MARKS = re.compile(r"[\W_]+")


def _letters(text: str) -> str:
    return _MARKS.sub("", text.casefold())


def _value_score(wanted: str, text: str, candidate: str) -> float:
    found = _letters(candidate)
    if found == wanted:
        return 2.0 if wanted else 0.0
    if max(len(wanted), len(found)) < _LEAST_LETTERS:
        return 0.0
    if re.match(rf"{re.escape(text.casefold())}[\W_]", candidate.casefold()):
        return 0.9
    letters = difflib.SequenceMatcher(None, wanted, found, autojunk=False)
    if letters.real_quick_ratio() < _LEAST_VALUE or letters.quick_ratio() < _LEAST_VALUE:
        return 0.0
    return 0.95 if sorted(wanted) == sorted(found) else letters.ratio()


def _words(name: str) -> list[str]:
    """The words of a camel-case or underscored name, lower case."""
    return [w.lower() for w in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)]


def _stem(word: str) -> str:
    return word.removesuffix("s")
