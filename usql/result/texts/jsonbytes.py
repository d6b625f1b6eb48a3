"""JSON of results: strict, compact UTF-8, by one encoder for all writers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from usql.escape import escaped_json

_ENCODER = msgspec.json.Encoder()


def json_bytes(value: Any) -> bytes:
    """A value as JSON. NaN and infinities become ``null``; control characters that a terminal would
    obey are written as ``\\u…``, which means the same to every reader.

    >>> json_bytes({"city": ["Z\\x9b", float("inf")]})
    b'{"city":["Z\\\\u009b",null]}'
    """
    return _escaped(_ENCODER.encode(value))


def json_lines(values: Sequence[Any]) -> bytes:
    """Each value as JSON on a line of its own; see :func:`json_bytes`."""
    return _escaped(_ENCODER.encode_lines(values))


def _escaped(data: bytes) -> bytes:
    """The JSON with control characters escaped; the encoder has already escaped those below the
    space."""
    if data.isascii() and b"\x7f" not in data:
        return data
    return escaped_json(data.decode()).encode()
