"""Escaping the control characters in data and queries, which a terminal would obey."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any


def escape_controls(text: str, keep: str = "") -> str:
    """The text with control characters escaped, so that it is safe to print on a terminal. Wide and
    no-break spaces become plain spaces. The characters in ``keep`` are left alone, and so are
    joiners where the script needs them: after letters of Persian, Hindi and other joining scripts,
    and between the parts of an emoji.

    >>> escape_controls("a\\tb")
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
"""A joiner after a letter."""
_JOINER = re.compile(
    LETTERS_JOINER.pattern + f"|(?:(?<={_PICTURE})|(?<={_PICTURE}\ufe0f))\u200d(?={_PICTURE})"
)


def joiners_of(text: str) -> frozenset[int]:
    """The positions of joiners that the script needs; any other joiner could only hide
    something."""
    if "\u200c" not in text and "\u200d" not in text:
        return frozenset()
    return frozenset(match.start() for match in _JOINER.finditer(text))


def json_text(value: Any, *, indent: int | None = None) -> str:
    """A value as JSON with control characters escaped as ``\\u…``, which means the same to every
    reader. ``ValueError`` for NaN and infinities.

    >>> print(json_text("Zürich\\x9b"))
    "Zürich\\u009b"
    """
    return escaped_json(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent))


def escaped_json(text: str) -> str:
    """JSON text of any layout, escaped like :func:`json_text`."""
    if text.replace("\n", "").isprintable():
        return text
    joiners = joiners_of(text)
    return _UNUSUAL.sub(lambda match: _escaped(match[0], match.start(), joiners), text)


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
