"""Values as people read them: in terminals and in notebooks."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from typing import Any

from usql.harmless import harmless

_EPOCH = datetime.datetime(1970, 1, 1)
_MOST_ENTRIES = 20

NULL = "null"
"""How a missing value is shown where a style tells it from the string of the same letters."""

PLAIN_NULL = "∅"
"""How a missing value is shown in text without styles."""


def cell(value: Any, is_timestamp: bool, null: str = NULL) -> str:
    """A value as one line of text without control characters; ``null`` stands for a missing one.

    >>> cell([1, None], False), cell(0, True)
    ('[1, null]', '1970-01-01 00:00:00.000')
    """
    if value is None:
        return null
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return bracketed(entries(value, is_timestamp, null), len(value))
    if is_timestamp and isinstance(value, int):
        return timestamp(value)
    if isinstance(value, float):
        return _decimal(value)
    return harmless(str(value))


def counted(number: int, noun: str) -> str:
    """``1 row``, ``6 rows``.

    >>> counted(0, "row")
    '0 rows'
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _decimal(value: float) -> str:
    """Six decimals at most, one at least; what needs more is written in full."""
    if value != 0 and not 1e-4 <= abs(value) < 1e15:
        return repr(value)
    text = f"{value:.6f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def entries(values: list[Any], is_timestamp: bool, null: str = NULL) -> list[str]:
    """The texts of a list's first entries, at most 20."""
    return [_entry(v, is_timestamp, null) for v in values[:_MOST_ENTRIES]]


def bracketed(texts: Sequence[str], total: int) -> str:
    """The texts of a list's entries in brackets, with a mark if the list of ``total`` has more.

    >>> bracketed(["a", "b"], 3)
    '[a, b, …]'
    """
    return "[" + ", ".join([*texts, "…"] if len(texts) < total else texts) + "]"


def _entry(value: Any, is_timestamp: bool, null: str) -> str:
    if isinstance(value, dict) and value.keys() == {"key", "value"}:
        return f"{harmless(str(value['key']))}: {cell(value['value'], is_timestamp, null)}"
    if isinstance(value, dict):
        return harmless(json.dumps(value, ensure_ascii=False))
    return cell(value, is_timestamp, null)


def timestamp(ms: int) -> str:
    """Milliseconds as ``2026-03-06 11:45:54.886`` (UTC); as a number where the calendar ends."""
    try:
        moment = _EPOCH + datetime.timedelta(milliseconds=ms)
    except OverflowError:
        return str(ms)
    return moment.isoformat(sep=" ", timespec="milliseconds")
