"""Numbers as texts, a whole column at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from usql.result.texts import functions as fn
from usql.store.views import arrow_view

Doubles = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

_LEAST, _MOST = 1e-4, 1e9
"""Between these Arrow writes doubles as Python does, except for a missing ``.0``."""
_DIGITS = 6
"""The most decimal places that are shown to people."""


def exact(values: pa.Array) -> pa.Array:
    """Doubles as the shortest text that reads back as the same number, like ``repr``.

    >>> exact(pa.array([1.0, None, 0.1, 1e22])).to_pylist()
    ['1.0', None, '0.1', '1e+22']
    """
    doubles = _doubles(values)
    return _texts(values, doubles, doubles, _is_usual(doubles), repr)


def decimal(value: float) -> str:
    """A number with one to six decimal places; numbers too large or too small for that are written
    in full."""
    if value != 0 and not _LEAST <= abs(value) < 1e15:
        return repr(value)
    text = f"{value:.{_DIGITS}f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def decimals(values: pa.Array) -> pa.Array:
    """The texts of :func:`decimal`; nulls stay.

    >>> decimals(pa.array([1.0, None, 1 / 3])).to_pylist()
    ['1.0', None, '0.333333']
    """
    doubles = _doubles(values)
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = doubles * 10.0**_DIGITS
        # Too close to the midpoint of two texts for the product to decide: use Python.
        middle = np.abs(scaled - np.floor(scaled) - 0.5)
        is_plain = _is_usual(doubles) & (middle > np.abs(scaled) * 2.0**-52)
        rounded = np.rint(scaled) / 10.0**_DIGITS
    return _texts(values, doubles, rounded, is_plain, decimal)


def places(values: pa.Array) -> int:
    """The largest number of decimal places that :func:`decimals` writes for any of these numbers,
    not counting those with an exponent; six if there are large numbers with any decimals.

    >>> places(pa.array([2.0, 0.25])), places(pa.array([1 / 3])), places(pa.array([], pa.float64()))
    (2, 6, 0)
    """
    doubles = _doubles(values)
    size = np.abs(doubles)
    large = doubles[(size >= _MOST) & (size < 1e15)]
    if (large != np.rint(large)).any():
        return _DIGITS
    usual = doubles[(size >= _LEAST) & (size < _MOST)]
    for digits in range(1, _DIGITS):
        scaled = usual * 10.0**digits
        if (np.abs(scaled - np.rint(scaled)) <= np.abs(scaled) * 2.0**-51).all():
            return digits if len(doubles) else 0
    return _DIGITS


def _doubles(values: pa.Array) -> Doubles:
    doubles: Doubles = fn.in_numpy(values)
    return doubles


def _is_usual(doubles: Doubles) -> Flags:
    size = np.abs(doubles)
    return ((size >= _LEAST) & (size < _MOST)) | (size == 0)


def _texts(
    values: pa.Array,
    doubles: Doubles,
    shown: Doubles,
    is_plain: Flags,
    write: Callable[[float], str],
) -> pa.Array:
    """The texts of ``shown`` where that is plain, and those that ``write`` gives of the others."""
    texts = fn.as_type(arrow_view(np.where(is_plain, shown, 0.0)), pa.string())
    is_whole = fn.in_numpy(fn.place_of(texts, ".")) < 0
    texts = fn.chosen(is_whole, fn.joined(texts, ".0"), texts)
    if not is_plain.all():
        written = pa.array([write(v) for v in doubles[~is_plain].tolist()], pa.string())
        texts = fn.put(texts, ~is_plain, written)
    return fn.with_nulls_of(texts, values)
