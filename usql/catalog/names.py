"""Similar names: what a misspelled word may have meant."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterable

_LONGEST = 64
"""Longer words are not misspelled names."""

_LEAST = 0.6
_CACHED = 256
"""For how many words the answer is cached: queries in a file repeat their misspellings."""


def near(name: str, candidates: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """Up to ``limit`` candidates that are similar to ``name``, best first, ignoring case: those
    with almost the same letters, those that begin with it, and those that contain it as a word
    (``browser`` in ``browserFamily``).

    >>> near("cty", ["city", "country", "bounce"])
    ('city', 'country')
    """
    word = name.lower()
    if not 0 < len(word) <= _LONGEST:
        return ()
    return _ranked(word, tuple(dict.fromkeys(candidates)))[:limit]


@functools.lru_cache(_CACHED)
def _ranked(word: str, candidates: tuple[str, ...]) -> tuple[str, ...]:
    scored = []
    for order, candidate in enumerate(candidates):
        score = _score(word, candidate)
        if score >= _LEAST:
            scored.append((-score, order, candidate))
    return tuple(candidate for _, _, candidate in sorted(scored))


def _score(word: str, candidate: str) -> float:
    lower = candidate.lower()
    if lower == word:
        return 2.0
    letters = difflib.SequenceMatcher(None, word, lower)
    # The upper bounds of the ratio are much cheaper than the ratio itself.
    is_far = letters.real_quick_ratio() < _LEAST or letters.quick_ratio() < _LEAST
    score = 0.0 if is_far else letters.ratio()
    if sorted(word) == sorted(lower):  # the same letters in another order
        score = max(score, 0.95)
    if len(word) >= 2 and lower.startswith(word):
        score = max(score, 0.75 + 0.2 * len(word) / len(lower))
    elif len(word) >= 3 and _stem(word) in map(_stem, _words(candidate)):
        score = max(score, 0.7)
    return score


_LEAST_VALUE = 0.8
_LEAST_LETTERS = 4
"""Shorter values are too similar to each other for a guess."""


def respelled(text: str, candidates: Iterable[str], most: int) -> tuple[str, ...]:
    """Up to ``most`` candidates that ``text`` may be a misspelling of, best first: those that
    differ only in case, blanks and punctuation, those that begin with its words, and those with
    almost the same letters. Numbers in them must be the same, so that no identifier or version is
    mistaken for another.

    >>> respelled("united states", ["United States", "Austria"], most=3)
    ('United States',)
    >>> respelled("user-12", ["user-13", "user-120"], most=3)
    ()
    """
    if not 0 < len(text) <= _LONGEST:
        return ()
    plain, digits = _letters(text), _DIGITS.findall(text)
    scored = []
    for order, candidate in enumerate(dict.fromkeys(candidates)):
        if len(candidate) <= 2 * _LONGEST and _DIGITS.findall(candidate) == digits:
            score = _value_score(plain, text, candidate)
            if score >= _LEAST_VALUE:
                scored.append((-score, order, candidate))
    return tuple(candidate for _, _, candidate in sorted(scored)[:most])


_DIGITS = re.compile(r"\d+")
_MARKS = re.compile(r"[\W_]+")


def _letters(text: str) -> str:
    return _MARKS.sub("", text.casefold())


def _value_score(plain: str, text: str, candidate: str) -> float:
    other = _letters(candidate)
    if other == plain:
        return 2.0 if plain else 0.0
    if max(len(plain), len(other)) < _LEAST_LETTERS:
        return 0.0
    if re.match(rf"{re.escape(text.casefold())}[\W_]", candidate.casefold()):
        return 0.9
    letters = difflib.SequenceMatcher(None, plain, other, autojunk=False)
    if letters.real_quick_ratio() < _LEAST_VALUE or letters.quick_ratio() < _LEAST_VALUE:
        return 0.0
    return 0.95 if sorted(plain) == sorted(other) else letters.ratio()


def _words(name: str) -> list[str]:
    """The words of a camel-case or underscored name, in lower case."""
    return [w.lower() for w in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)]


def _stem(word: str) -> str:
    return word.removesuffix("s")
