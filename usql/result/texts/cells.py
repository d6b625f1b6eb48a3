"""Values as text for people, in terminals and in notebooks."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from usql.escape import escape_controls
from usql.result.texts.numbers import decimal
from usql.result.texts.times import time_text

_MOST_ENTRIES = 20

NULL = "null"
"""The marker of a missing value where a style distinguishes it from the string ``null``."""

PLAIN_NULL = "∅"
"""The marker of a missing value in text without styles."""


WriteTime = Callable[[int], str]
"""Formats milliseconds as a time."""


def cell(
    value: Any, is_timestamp: bool, null: str = NULL, write_time: WriteTime = time_text
) -> str:
    """A value as one line of text without control characters; ``null`` stands for a missing value.

    >>> cell([1, None], False), cell(0, True)
    ('[1, null]', '1970-01-01 00:00:00.000')
    """
    if value is None:
        return null
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return bracketed(entry_texts(value, is_timestamp, null, write_time), len(value))
    if is_timestamp and isinstance(value, int):
        return write_time(value)
    if isinstance(value, float):
        return decimal(value)
    return escape_controls(str(value))


def counted(number: int, noun: str) -> str:
    """A number and its noun: ``1 row``, ``6 rows``.

    >>> counted(0, "row")
    '0 rows'
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def percent(share: float | None) -> str:
    """A share as a percentage; empty for ``None``."""
    return "" if share is None else f"{share * 100:.1f} %"


def entry_texts(
    values: list[Any], is_timestamp: bool, null: str = NULL, write_time: WriteTime = time_text
) -> list[str]:
    """The texts of a list's first entries, at most 20."""
    return [_entry(v, is_timestamp, null, write_time) for v in values[:_MOST_ENTRIES]]


def bracketed(texts: Sequence[str], total: int) -> str:
    """The texts of a list's entries in brackets, with ``…`` if the list, of ``total`` entries, has
    more.

    >>> bracketed(["a", "b"], 3)
    '[a, b, …]'
    """
    return "[" + ", ".join([*texts, "…"] if len(texts) < total else texts) + "]"


def _entry(value: Any, is_timestamp: bool, null: str, write_time: WriteTime) -> str:
    if isinstance(value, dict) and value.keys() == {"key", "value"}:
        shown = cell(value["value"], is_timestamp, null, write_time)
        return f"{escape_controls(str(value['key']))}: {shown}"
    if isinstance(value, dict):
        return escape_controls(json.dumps(value, ensure_ascii=False))
    return cell(value, is_timestamp, null, write_time)
