"""Buckets of values against plain Python, which knows 32-bit floats by ``struct``."""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
import pytest

from tests.unit.engine.arrays.inputs import random
from usql.engine.arrays.native.buckets import bucket_keys, ordered_bits

WHOLE = [np.bool_, np.uint8, np.int8, np.int16, np.int32, np.int64]


def bits_of(value: float) -> int:
    """The bits of a value as a 32-bit float, in the order of the floats."""
    if abs(value) > 3.5e38:
        value = math.copysign(math.inf, value)
    (bits,) = struct.unpack("<i", struct.pack("<f", value))
    return bits ^ 0x7FFFFFFF if bits < 0 else bits


def single(value: int) -> float:
    """The nearest 32-bit float, rounded once, as the machine does."""
    return float(np.float32(np.int64(value)))


@pytest.mark.parametrize("kind", WHOLE)
def test_bits_of_whole_numbers_from_a_base(kind: Any) -> None:
    limits = (0, 1) if kind is np.bool_ else (np.iinfo(kind).min, np.iinfo(kind).max)
    base = max(int(limits[0]) // 4, -(2**61)) - 1
    values = [v for v in (base + 1, 0, 1, limits[1] // 2, limits[1]) if base < v < base + 2**63]
    wanted = [bits_of(single(v - base)) for v in values]
    found = ordered_bits(np.array(values, dtype=kind), base)
    assert found.tolist() == wanted


def test_bits_of_doubles_are_in_their_order() -> None:
    values = [-math.inf, -1e308, -3e38, -1.5, -1e-300, 0.0, 5e-324, 1e-40, 1.0, 1e300, math.inf]
    found = ordered_bits(np.array(values), None)
    assert found.tolist() == [bits_of(v) for v in values]
    assert sorted(found.tolist()) == found.tolist()


@pytest.mark.parametrize("rows", [0, 1, 7, 4095, 4096, 4097])
@pytest.mark.parametrize("kind", [*WHOLE, np.float64])
@pytest.mark.parametrize("group_kind", [np.uint8, np.uint16, np.uint32])
def test_keys(rows: int, kind: Any, group_kind: Any) -> None:
    """Near their base and far from it; below ``least`` values are in the first bucket."""
    groups = random(rows).integers(0, 200, rows).astype(group_kind)
    some = random(rows, 1).integers(-120, 120, rows)
    far = 0 if kind in (np.bool_, np.uint8, np.int8, np.int16) else 2**31 - 200
    some[1::2] += far if kind is not np.int64 else 2**60
    values = (some > 0 if kind is np.bool_ else np.abs(some) if kind is np.uint8 else some).astype(
        kind
    )
    bases = [None] if kind is np.float64 else [-121, 0]
    for base in bases:
        most = int(values.max()) if rows and base is not None else 0
        for least, shift in ((0, 20), (bits_of(5.0), 17), (-(2**31), 22)):
            found = bucket_keys(groups, values, base, most, least, shift, 1000)
            assert found.dtype == np.uint32
            bits = ordered_bits(values, base).tolist()
            assert found.tolist() == [
                (group * 1000 + (max(own, least) - least >> shift)) % 2**32
                for group, own in zip(groups.tolist(), bits, strict=True)
            ]


@pytest.mark.parametrize("distance", [2**31 - 1, 2**31, 2**32, 2**62])
@pytest.mark.parametrize("base", [-(2**61), -1, 0, 7])
def test_the_distance_from_the_base_has_any_width(base: int, distance: int) -> None:
    values = np.array([base, base + 1, base + distance // 3, base + distance])
    for kind in (np.int64, np.int32):
        if kind is np.int32 and not -(2**31) <= base <= base + distance < 2**31:
            continue
        found = bucket_keys(
            np.zeros(4, np.uint8), values.astype(kind), base, base + distance, 0, 0, 1
        )
        assert found.tolist() == [bits_of(single(int(v) - base)) for v in values]


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="arrays of 3 rows"):
        bucket_keys(np.zeros(2, np.uint8), np.zeros(3), None, 0, 0, 1, 9)
