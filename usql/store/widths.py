"""The narrowest types that hold some numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

_UNSIGNED = tuple((int(np.iinfo(kind).max), kind) for kind in (np.uint8, np.uint16, np.uint32))
_SIGNED = tuple((int(np.iinfo(kind).max), kind) for kind in (np.int8, np.int16, np.int32))


def unsigned(most: int) -> type[np.unsignedinteger[Any]]:
    """The narrowest unsigned type that holds the numbers from 0 to ``most``.

    >>> unsigned(255).__name__, unsigned(256).__name__
    ('uint8', 'uint16')
    """
    for limit, kind in _UNSIGNED:
        if most <= limit:
            return kind
    return np.uint64


def signed(low: int, high: int) -> type[np.signedinteger[Any]]:
    """The narrowest signed type that holds the numbers from ``low`` to ``high``.

    >>> signed(-128, 127).__name__, signed(0, 128).__name__
    ('int8', 'int16')
    """
    for limit, kind in _SIGNED:
        if -limit - 1 <= low and high <= limit:
            return kind
    return np.int64
