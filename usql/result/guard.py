"""Texts of CSV that no spreadsheet computes, whichever of the usual separators it reads with."""

from __future__ import annotations

import re
import unicodedata

_SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋﬩−"
"""What a formula may begin with, in all forms that stand for ``= + - @``."""

SIGN = f"[{re.escape(_SIGNS)}\t\r\n]"
"""A pattern that texts which stay as they are do not fit."""

_HAS_SIGN = re.compile(SIGN)

_PIECES = re.compile(r"(?<=[;\t\r\n])")
"""A reader that separates cells by ``;`` or a tab sees the quotes of a text as part of it, and a new
cell, or row, after each of these."""


def guarded(text: str) -> str:
    """The text with an apostrophe before each place where a cell may begin and be a formula: at the
    text's own begin, and after each ``;``, tab and line break in it.

    >>> guarded("=1+1"), guarded("x; =1+1"), guarded("a-b")
    ("'=1+1", "x;' =1+1", 'a-b')
    """
    if not _HAS_SIGN.search(text):
        return text
    first, *others = _PIECES.split(text)
    begins = first.startswith(("\t", "\r", "\n")) or _is_formula(first)
    # Where such a reader begins a cell, it takes the text's own quotes for its own.
    behind = (f"'{p}" if _is_formula(p.replace('"', "")) else p for p in others)
    return "".join(("'" if begins else "", first, *behind))


def _is_formula(piece: str) -> bool:
    """Whether the first sign is one of a formula. Spreadsheets pass by blanks and signs without a
    width."""
    for ch in piece:
        if ch in _SIGNS:
            return True
        if not ch.isspace() and unicodedata.category(ch) not in ("Cc", "Cf"):
            return False
    return False
