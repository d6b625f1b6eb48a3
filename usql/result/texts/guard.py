"""Guarding texts of CSV against evaluation by spreadsheets, whichever common separator they use."""

from __future__ import annotations

import re
import unicodedata

_SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋﬩−"
"""The characters with which a formula may begin: all variants of ``= + - @``."""

SIGN = f"[{re.escape(_SIGNS)}\t\r\n]"
"""A pattern that every text to be changed matches."""

_HAS_SIGN = re.compile(SIGN)

_PIECES = re.compile(r"(?<=[;\t\r\n])")
"""A reader that separates cells by ``;`` or a tab sees the quotes of a text as part of it, and a new
cell, or row, after each of these."""


def guarded(text: str) -> str:
    """The text with an apostrophe wherever a cell may begin with a formula: at the beginning of the
    text, and after each ``;``, tab and line break in it.

    >>> guarded("=1+1"), guarded("x; =1+1"), guarded("a-b")
    ("'=1+1", "x;' =1+1", 'a-b')
    """
    if not _HAS_SIGN.search(text):
        return text
    first, *others = _PIECES.split(text)
    begins = first.startswith(("\t", "\r", "\n")) or _is_formula(first)
    # Where such a reader begins a cell, it interprets the text's own quotes.
    after = (f"'{p}" if _is_formula(p.replace('"', "")) else p for p in others)
    return "".join(("'" if begins else "", first, *after))


def _is_formula(piece: str) -> bool:
    """Whether the first character begins a formula. Spreadsheets skip blanks and zero-width
    characters."""
    for ch in piece:
        if ch in _SIGNS:
            return True
        if not ch.isspace() and unicodedata.category(ch) not in ("Cc", "Cf"):
            return False
    return False
