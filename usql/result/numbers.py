"""Numbers as texts, a whole column at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from usql.result import functions as fn
from usql.store.views import plain

Doubles = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

_LEAST, _MOST = 1e-4, 1e9
"""Between these Arrow writes a double as Python does, but for a missing ``.0``."""
_DIGITS = 6
"""Decimals that people see."""


def exact(values: pa.Array) -> pa.Array:
    """Doubles in the shortest text that reads as the same number, as ``repr`` gives it.

    >>> exact(pa.array([1.0, None, 0.1, 1e22])).to_pylist()
    ['1.0', None, '0.1', '1e+22']
    """
    found = _doubles(values)
    return _texts(values, found, found, _is_usual(found), repr)


def decimal(value: float) -> str:
    """Six decimals at most, one at least; what is too large or small for them is written in full."""
    if value != 0 and not _LEAST <= abs(value) < 1e15:
        return repr(value)
    text = f"{value:.{_DIGITS}f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def decimals(values: pa.Array) -> pa.Array:
    """The texts of :func:`decimal`; nulls stay.

    >>> decimals(pa.array([1.0, None, 1 / 3])).to_pylist()
    ['1.0', None, '0.333333']
    """
    found = _doubles(values)
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = found * 10.0**_DIGITS
        # Nearer to the middle of two texts than the product is exact, Python decides.
        middle = np.abs(scaled - np.floor(scaled) - 0.5)
        is_plain = _is_usual(found) & (middle > np.abs(scaled) * 2.0**-52)
        rounded = np.rint(scaled) / 10.0**_DIGITS
    return _texts(values, found, rounded, is_plain, decimal)


def places(values: pa.Array) -> int:
    """The most places behind the point that :func:`decimals` writes of any of these numbers, those
    with an exponent aside; six where there are large ones with any.

    >>> places(pa.array([2.0, 0.25])), places(pa.array([1 / 3])), places(pa.array([], pa.float64()))
    (2, 6, 0)
    """
    found = _doubles(values)
    size = np.abs(found)
    large = found[(size >= _MOST) & (size < 1e15)]
    if (large != np.rint(large)).any():
        return _DIGITS
    usual = found[(size >= _LEAST) & (size < _MOST)]
    for digits in range(1, _DIGITS):
        scaled = usual * 10.0**digits
        if (np.abs(scaled - np.rint(scaled)) <= np.abs(scaled) * 2.0**-51).all():
            return digits if len(found) else 0
    return _DIGITS


def _doubles(values: pa.Array) -> Doubles:
    found: Doubles = fn.in_numpy(values)
    return found


def _is_usual(found: Doubles) -> Flags:
    size = np.abs(found)
    return ((size >= _LEAST) & (size < _MOST)) | (size == 0)


def _texts(
    values: pa.Array,
    found: Doubles,
    shown: Doubles,
    is_plain: Flags,
    write: Callable[[float], str],
) -> pa.Array:
    """The texts of ``shown`` where that is plain, and those that ``write`` gives of the others."""
    texts = fn.as_type(plain(np.where(is_plain, shown, 0.0)), pa.string())
    is_whole = fn.in_numpy(fn.place_of(texts, ".")) < 0
    texts = fn.chosen(is_whole, fn.joined(texts, ".0"), texts)
    if not is_plain.all():
        told = pa.array([write(v) for v in found[~is_plain].tolist()], pa.string())
        texts = fn.put(texts, ~is_plain, told)
    return fn.with_nulls_of(texts, values)
