"""Names in JSON text that a reader would pass over though they mean something, found without
parsing the text."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection

import numpy as np
import pyarrow as pa

from usql.catalog import default_catalog
from usql.store.compute import ExtractRegexOptions, MatchSubstringOptions, pc

_END = '"[ \\t\\r\\n]*:'
_HIDDEN = ("\\\\u00[4-7]", "\u212a")
"""A letter that is written by its number, which nobody does and may hide a name; and the sign of
Kelvin, whose lower case is a plain k."""


def matches(text: bytes, pattern: str) -> bool:
    """Whether a pattern of RE2 fits somewhere in the text, whose bytes are characters. Unlike the
    patterns of Python it is as fast for many words as for one."""
    found = pc.match_substring_regex(_one(text), options=MatchSubstringOptions(pattern))
    return bool(found[0].as_py())


def _one(text: bytes) -> pa.Array:
    """The text as an array of one value, over the same memory."""
    ends = pa.py_buffer(np.array([0, len(text)], dtype=np.int64))
    return pa.Array.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(text)])


def other_spelling(
    text: bytes, wanted: Collection[str], known: Collection[str], missing: Collection[str]
) -> str | None:
    """A name, as it stands in the text, that is one of those ``wanted`` in another spelling than a
    ``known`` one; ``None`` if there is none, an empty text if something hides what it is. ``wanted``
    and ``missing`` are in lower case; names of known spelling are sought if they are ``missing``.

    >>> other_spelling(b'{"City": "Linz"}', ["city"], ["city"], ["city"])
    'City'
    >>> other_spelling(b'{"city": "City"}', ["city"], ["city"], ["city"]) is None
    True
    """
    spelled: dict[str, str] = {}
    for name in known:
        lower = name.lower()
        spelled[lower] = "" if lower in spelled else name  # of two no one is the known one
    sought = {n: spelled.get(n, "") for n in wanted if n in missing or not spelled.get(n)}
    if not sought:
        return None
    pattern = _pattern(frozenset(sought.items()))
    if not matches(text, pattern):
        return None
    parts = pc.extract_regex(_one(text), options=ExtractRegexOptions(f"(?P<it>{pattern})"))
    found = re.match(rb'"([^"]*)"', parts[0].as_py()["it"])
    return "" if found is None else found[1].decode(errors="replace")


@functools.lru_cache(maxsize=64)
def _pattern(sought: frozenset[tuple[str, str]]) -> str:
    """What fits names in any other spelling than the given one."""
    forms = [form for name, exact in sorted(sought) for form in _others(name, exact)]
    return "|".join((f'"(?:{"|".join(forms)}){_END}', *_HIDDEN))


def _others(name: str, exact: str) -> list[str]:
    """What fits the name in any case; of an exact spelling each beginning, the next letter in the
    other case, and any rest."""
    if not exact:
        return [f"(?i:{re.escape(name)})"]
    return [
        f"{re.escape(exact[:i])}{letter.swapcase()}(?i:{re.escape(exact[i + 1 :])})"
        for i, letter in enumerate(exact)
        if letter.swapcase() != letter
    ]


def names_results(text: bytes) -> bool:
    """Whether the text may have names that only queries give: of a field with its table, or of
    something computed."""
    return matches(text, _of_results())


@functools.cache
def _of_results() -> str:
    tables = "|".join(table.name for table in default_catalog())
    return "|".join((f"\\){_END}", f'"(?i:{tables})\\.', *_HIDDEN))
