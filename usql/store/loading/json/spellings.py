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
"""A letter written as an escape, which is unusual and may hide a name; and the Kelvin sign, whose
lower case is a plain k."""


def matches(text: bytes, pattern: str) -> bool:
    """Whether an RE2 pattern matches somewhere in the text, taken as bytes. Unlike Python's, such a
    pattern is as fast for many words as for one."""
    matched = pc.match_substring_regex(_one(text), options=MatchSubstringOptions(pattern))
    return bool(matched[0].as_py())


def _one(text: bytes) -> pa.Array:
    """The text as an array of one value, over the same memory."""
    ends = pa.py_buffer(np.array([0, len(text)], dtype=np.int64))
    return pa.Array.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(text)])


def other_spelling(
    text: bytes, names: Collection[str], known: Collection[str], missing: Collection[str]
) -> str | None:
    """A name in the text that is one of the ``names`` in another spelling than a ``known``
    one; ``None`` if there is none, an empty text if escapes hide what it is. ``names`` and
    ``missing`` are in lower case; names of known spelling are searched for if they are ``missing``.

    >>> other_spelling(b'{"City": "Linz"}', ["city"], ["city"], ["city"])
    'City'
    >>> other_spelling(b'{"city": "City"}', ["city"], ["city"], ["city"]) is None
    True
    """
    spelled: dict[str, str] = {}
    for name in known:
        lower = name.lower()
        spelled[lower] = "" if lower in spelled else name  # if there are two, neither is known
    spellings = {n: spelled.get(n, "") for n in names if n in missing or not spelled.get(n)}
    if not spellings:
        return None
    pattern = _pattern(frozenset(spellings.items()))
    if not matches(text, pattern):
        return None
    parts = pc.extract_regex(_one(text), options=ExtractRegexOptions(f"(?P<it>{pattern})"))
    match = re.match(rb'"([^"]*)"', parts[0].as_py()["it"])
    return "" if match is None else match[1].decode(errors="replace")


@functools.lru_cache(maxsize=64)
def _pattern(spellings: frozenset[tuple[str, str]]) -> str:
    """A pattern that matches the names in any other spelling than the given one."""
    forms = [form for name, exact in sorted(spellings) for form in _others(name, exact)]
    return "|".join((f'"(?:{"|".join(forms)}){_END}', *_HIDDEN))


def _others(name: str, exact: str) -> list[str]:
    """Patterns that match the name in any case except the ``exact`` one: each prefix of that, then
    the next letter in the other case, then any rest."""
    if not exact:
        return [f"(?i:{re.escape(name)})"]
    return [
        f"{re.escape(exact[:i])}{letter.swapcase()}(?i:{re.escape(exact[i + 1 :])})"
        for i, letter in enumerate(exact)
        if letter.swapcase() != letter
    ]


def names_results(text: bytes) -> bool:
    """Whether the text may have names that only results of queries have: a field with its table, or
    an expression."""
    return matches(text, _of_results())


@functools.cache
def _of_results() -> str:
    tables = "|".join(table.name for table in default_catalog())
    return "|".join((f"\\){_END}", f'"(?i:{tables})\\.', *_HIDDEN))
