"""Values as people read them: in terminals and in notebooks."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from usql.harmless import harmless
from usql.result.numbers import decimal
from usql.result.times import time_text

_MOST_ENTRIES = 20

NULL = "null"
"""How a missing value is shown where a style tells it from the string of the same letters."""

PLAIN_NULL = "∅"
"""How a missing value is shown in text without styles."""


WriteTime = Callable[[int], str]
"""Writes milliseconds as a time."""


def cell(
    value: Any, is_timestamp: bool, null: str = NULL, write_time: WriteTime = time_text
) -> str:
    """A value as one line of text without control characters; ``null`` stands for a missing one.

    >>> cell([1, None], False), cell(0, True)
    ('[1, null]', '1970-01-01 00:00:00.000')
    """
    if value is None:
        return null
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return bracketed(entries(value, is_timestamp, null, write_time), len(value))
    if is_timestamp and isinstance(value, int):
        return write_time(value)
    if isinstance(value, float):
        return decimal(value)
    return harmless(str(value))


def counted(number: int, noun: str) -> str:
    """``1 row``, ``6 rows``.

    >>> counted(0, "row")
    '0 rows'
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def entries(
    values: list[Any], is_timestamp: bool, null: str = NULL, write_time: WriteTime = time_text
) -> list[str]:
    """The texts of a list's first entries, at most 20."""
    return [_entry(v, is_timestamp, null, write_time) for v in values[:_MOST_ENTRIES]]


def bracketed(texts: Sequence[str], total: int) -> str:
    """The texts of a list's entries in brackets, with a mark if the list of ``total`` has more.

    >>> bracketed(["a", "b"], 3)
    '[a, b, …]'
    """
    return "[" + ", ".join([*texts, "…"] if len(texts) < total else texts) + "]"


def _entry(value: Any, is_timestamp: bool, null: str, write_time: WriteTime) -> str:
    if isinstance(value, dict) and value.keys() == {"key", "value"}:
        shown = cell(value["value"], is_timestamp, null, write_time)
        return f"{harmless(str(value['key']))}: {shown}"
    if isinstance(value, dict):
        return harmless(json.dumps(value, ensure_ascii=False))
    return cell(value, is_timestamp, null, write_time)
