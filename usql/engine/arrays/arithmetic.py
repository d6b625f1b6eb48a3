"""Arithmetic without a value where there is no result."""

from __future__ import annotations

import numpy as np

from usql.engine.arrays.types import Array, Bools, Ints


def calculate_integers(op: str, a: Ints, b: Ints) -> tuple[Ints, Bools]:
    """``a op b`` in 64 bits for ``+ - * %``, and a flag per row that says whether it has a value:
    overflow and ``% 0`` do not."""
    with np.errstate(over="ignore", divide="ignore"):
        if op == "+":
            result = a + b
            return result, ((a ^ result) & (b ^ result)) >= 0
        if op == "-":
            result = a - b
            return result, ((a ^ b) & (a ^ result)) >= 0
        if op == "*":
            result = a * b
            # A product that wrapped does not divide back; the one case where the division itself
            # would overflow is the smallest integer by -1.
            smallest = np.iinfo(np.int64).min
            wraps = (a == -1) & (b == smallest) | (b == -1) & (a == smallest)
            divisor = np.where((a == 0) | wraps, 1, a)
            fits = (a == 0) | (result // divisor == b) & (result % divisor == 0)
            return result, fits & ~wraps
        safe = np.where((b == 0) | (b == -1), 1, b)
        return np.fmod(a, safe), b != 0


def calculate_doubles(op: str, a: Array, b: Array) -> tuple[Array, Bools]:
    """``a op b`` as doubles, and a flag per row. Division by zero, and finite operands whose result
    exceeds the range of doubles, have no value."""
    with np.errstate(all="ignore"):
        if op == "+":
            result = a + b
        elif op == "-":
            result = a - b
        elif op == "*":
            result = a * b
        elif op == "/":
            result = a / b
        else:
            result = np.fmod(a, b)
    has_value = np.isfinite(result) | ~(np.isfinite(a) & np.isfinite(b))
    if op in ("/", "%"):
        has_value &= b != 0
    has_value &= ~np.isnan(result)
    return np.where(has_value, result, 0.0), has_value


def round_half_up(values: Array) -> tuple[Ints, Bools]:
    """The nearest integers, halves rounded up, and a flag per row; there is no value outside 64
    bits."""
    with np.errstate(invalid="ignore"):  # infinities
        floor = np.floor(values)
        rounded = floor + (values - floor >= 0.5)
    fits = (rounded >= -(2.0**63)) & (rounded < 2.0**63)
    return np.where(fits, rounded, 0).astype(np.int64), fits
