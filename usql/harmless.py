"""Texts of data and queries on their way to a terminal, which obeys control characters."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any


def harmless(text: str, keep: str = "") -> str:
    """The text with control characters shown instead of sent: a terminal obeys none of it. Wide
    and no-break spaces are spaces like any, the characters of ``keep`` stay, and so do joiners
    where writing needs them: behind letters of Persian, Hindi and other scripts that join, and
    between the parts of an emoji.

    >>> harmless("a\\tb")
    'a\\\\tb'
    """
    if text.isprintable():
        return text
    joiners = joiners_of(text)
    return "".join(
        ch if ch.isprintable() or ch in keep or at in joiners else _shown(ch)
        for at, ch in enumerate(text)
    )


_JOINING = "[\u0600-\u085f\u08a0-\u0dff\u1000-\u109f\u1780-\u18af\u1b00-\u1b7f\ua980-\ua9df\ufb50-\ufdff\ufe70-\ufefc]"
"""Letters and marks of scripts whose letters join: Arabic, Syriac, those of India, Khmer, …"""
_PICTURE = "[\u2190-\u2bff\U0001f000-\U0001faff]"
LETTERS_JOINER = re.compile(f"(?<={_JOINING})[\u200c\u200d]")
"""A joiner behind a letter."""
_JOINER = re.compile(
    LETTERS_JOINER.pattern + f"|(?:(?<={_PICTURE})|(?<={_PICTURE}\ufe0f))\u200d(?={_PICTURE})"
)


def joiners_of(text: str) -> frozenset[int]:
    """Where the text's joiners stand that writing needs; others could only hide what is there."""
    if "\u200c" not in text and "\u200d" not in text:
        return frozenset()
    return frozenset(found.start() for found in _JOINER.finditer(text))


def json_text(value: Any, *, indent: int | None = None) -> str:
    """A value as JSON whose strings hold nothing that a terminal obeys: such characters are written
    as ``\\u…``, which is the same to every reader. ``ValueError`` for NaN and infinities.

    >>> print(json_text("Zürich\\x9b"))
    "Zürich\\u009b"
    """
    return escaped_json(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent))


def escaped_json(text: str) -> str:
    """JSON of any layout in the way of :func:`json_text`."""
    if text.replace("\n", "").isprintable():
        return text
    joiners = joiners_of(text)
    return _UNUSUAL.sub(lambda found: _escaped(found[0], found.start(), joiners), text)


_UNUSUAL = re.compile(r"[^ -~\n]+")


def _escaped(run: str, start: int, joiners: frozenset[int]) -> str:
    if run.isprintable():
        return run
    return "".join(
        ch if ch.isprintable() or at in joiners else json.dumps(ch)[1:-1]
        for at, ch in enumerate(run, start)
    )


def _shown(ch: str) -> str:
    if unicodedata.category(ch) == "Zs":
        return ch
    common = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    if ch in common:
        return common[ch]
    code = ord(ch)
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )
