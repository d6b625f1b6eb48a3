"""LIKE patterns (LANGUAGE.md §6)."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable

from usql.frozen import dataclass


class Wildcard(enum.Enum):
    """A part of a pattern that is not text."""

    ONE = "?"
    ANY = "*"


@dataclass(frozen=True, slots=True)
class LikePattern:
    """A pattern as its parts: texts and wildcards; neither two texts nor two ``ANY`` are
    adjacent."""

    parts: tuple[str | Wildcard, ...]

    @property
    def has_inner_wildcard(self) -> bool:
        """Whether a wildcard precedes some text, so that a prefix search is not enough."""
        texts = [i for i, p in enumerate(self.parts) if isinstance(p, str)]
        wild = [i for i, p in enumerate(self.parts) if isinstance(p, Wildcard)]
        return bool(texts and wild and wild[0] < texts[-1])

    def regex(self) -> str:
        """A pattern for ``re.fullmatch``. Each run of text between two ``ANY`` matches at its first
        occurrence without backtracking, so that time is linear in the text."""
        runs: list[list[str | Wildcard]] = [[]]
        for part in self.parts:
            if part is Wildcard.ANY:
                runs.append([])
            else:
                runs[-1].append(part)
        first, *others = ["".join(_escape(p) for p in run) for run in runs]
        if not others:
            return f"(?s:{first})"
        *middle, last = others
        between = "".join(f"(?>.*?{run})" for run in middle)
        return f"(?s:{first}{between}.*{last})"

    def matcher(self) -> Callable[[str], bool]:
        """A function that tests whole texts. Plain texts, prefixes, suffixes and infixes need no
        regex."""
        match self.parts:
            case ():
                return lambda text: text == ""
            case (str() as only,):
                return lambda text: text == only
            case (Wildcard.ANY,):
                return lambda text: True
            case (str() as prefix, Wildcard.ANY):
                return lambda text: text.startswith(prefix)
            case (Wildcard.ANY, str() as suffix):
                return lambda text: text.endswith(suffix)
            case (Wildcard.ANY, str() as infix, Wildcard.ANY):
                return lambda text: infix in text
        compiled = re.compile(self.regex())
        return lambda text: compiled.fullmatch(text) is not None


def _escape(part: str | Wildcard) -> str:
    return "." if part is Wildcard.ONE else re.escape(str(part))


def parse_like(pattern: str) -> LikePattern:
    """Parse a pattern: ``%`` and ``*`` match any run, ``?`` one character; ``\\`` before one of
    these or itself makes it ordinary. Every text is a pattern.

    >>> parse_like("a*").matcher()("abc")
    True
    """
    parts: list[str | Wildcard] = []
    text: list[str] = []

    def flush() -> None:
        if text:
            parts.append("".join(text))
            text.clear()

    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and pattern[at + 1 : at + 2] in ("%", "*", "?", "\\"):
            text.append(pattern[at + 1])
            at += 2
            continue
        at += 1
        if char in "%*":
            flush()
            if not parts or parts[-1] is not Wildcard.ANY:
                parts.append(Wildcard.ANY)
        elif char == "?":
            flush()
            parts.append(Wildcard.ONE)
        else:
            text.append(char)
    flush()
    return LikePattern(tuple(parts))
