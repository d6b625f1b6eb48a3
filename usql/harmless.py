"""Texts of data and queries on their way to a terminal, which obeys control characters."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any


def harmless(text: str, keep: str = "") -> str:
    """The text with control characters shown instead of sent: a terminal obeys none of it. Wide
    and no-break spaces are spaces like any, and the characters of ``keep`` stay.

    >>> harmless("a\\tb")
    'a\\\\tb'
    """
    if text.isprintable():
        return text
    return "".join(ch if ch.isprintable() or ch in keep else _shown(ch) for ch in text)


def json_text(value: Any, *, indent: int | None = None) -> str:
    """A value as JSON whose strings hold nothing that a terminal obeys: such characters are written
    as ``\\u…``, which is the same to every reader. ``ValueError`` for NaN and infinities.

    >>> print(json_text("Zürich\\x9b"))
    "Zürich\\u009b"
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    if text.isprintable():
        return text
    return _UNUSUAL.sub(lambda found: _escaped(found[0]), text)


_UNUSUAL = re.compile(r"[^ -~\n]+")


def _escaped(run: str) -> str:
    if run.isprintable():
        return run
    return "".join(ch if ch.isprintable() else json.dumps(ch)[1:-1] for ch in run)


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
