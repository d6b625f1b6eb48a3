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


def _words(name: str) -> list[str]:
    """The words of a camel-case or underscored name, lower case."""
    return [w.lower() for w in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)]


def _stem(word: str) -> str:
    return word.removesuffix("s")
