"""Splitting a line that people type into words; names with blanks are quoted."""

from __future__ import annotations

import os
import shlex


def split_words(line: str) -> list[str]:
    """The words of a line, without the quotes around them. On Windows backslashes are part of
    names, elsewhere they escape the next character. ``ValueError`` for an unclosed quote.

    >>> split_words("may.ndjson 'two words'")
    ['may.ndjson', 'two words']
    """
    is_windows = os.name == "nt"
    try:
        words = shlex.split(line, posix=not is_windows)
    except ValueError:
        raise ValueError("a quote is not closed") from None
    return [_bare(word) for word in words] if is_windows else words


def _bare(word: str) -> str:
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'" else word
