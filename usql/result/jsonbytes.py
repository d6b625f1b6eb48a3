"""JSON of results: strict, compact, in UTF-8, by one encoder for all that writes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from usql.harmless import escaped_json

_ENCODER = msgspec.json.Encoder()


def json_bytes(value: Any) -> bytes:
    """A value as JSON. NaN and infinities are ``null``; what a terminal would obey is written as
    ``\\u…``, which is the same to every reader.

    >>> json_bytes({"city": ["Z\\x9b", float("inf")]})
    b'{"city":["Z\\\\u009b",null]}'
    """
    return _harmless(_ENCODER.encode(value))


def json_lines(values: Sequence[Any]) -> bytes:
    """Each value as JSON on a line of its own; see :func:`json_bytes`."""
    return _harmless(_ENCODER.encode_lines(values))


def _harmless(data: bytes) -> bytes:
    """The encoder has escaped what stands before the space."""
    if data.isascii() and b"\x7f" not in data:
        return data
    return escaped_json(data.decode()).encode()
