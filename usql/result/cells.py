"""Values as people read them: in terminals and in notebooks."""

from __future__ import annotations

import datetime
import json
from typing import Any

_EPOCH = datetime.datetime(1970, 1, 1)
_MOST_ENTRIES = 20

NULL = "null"
"""How a missing value is shown; styles tell it from the string of the same letters."""


def cell(value: Any, is_timestamp: bool) -> str:
    """A value as one line of text without control characters."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        shown = [_entry(v, is_timestamp) for v in value[:_MOST_ENTRIES]]
        return "[" + ", ".join(shown) + (", …" if len(value) > _MOST_ENTRIES else "") + "]"
    if is_timestamp and isinstance(value, int):
        return timestamp(value)
    if isinstance(value, float):
        return _decimal(value)
    return harmless(str(value))


def _decimal(value: float) -> str:
    """Six decimals at most, one at least; what needs more is written in full."""
    if value != 0 and not 1e-4 <= abs(value) < 1e15:
        return repr(value)
    text = f"{value:.6f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def _entry(value: Any, is_timestamp: bool) -> str:
    if isinstance(value, dict) and value.keys() == {"key", "value"}:
        return f"{harmless(str(value['key']))}: {cell(value['value'], is_timestamp)}"
    if isinstance(value, list | dict):
        return harmless(json.dumps(value, ensure_ascii=False))
    return cell(value, is_timestamp)


def timestamp(ms: int) -> str:
    """Milliseconds as ``2026-03-06 11:45:54.886`` (UTC); as a number where the calendar ends."""
    try:
        moment = _EPOCH + datetime.timedelta(milliseconds=ms)
    except OverflowError:
        return str(ms)
    return moment.isoformat(sep=" ", timespec="milliseconds")


def harmless(text: str) -> str:
    """The text with control characters shown instead of sent: a terminal obeys none of it."""
    if text.isprintable():
        return text
    return "".join(ch if ch.isprintable() else _shown(ch) for ch in text)


def _shown(ch: str) -> str:
    common = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    if ch in common:
        return common[ch]
    code = ord(ch)
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )
