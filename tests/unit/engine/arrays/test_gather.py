"""Values and texts at given places, on both sides of the size at which another library takes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.unit.engine.arrays.inputs import KINDS, random
from usql.engine.arrays.gather import gather, gather_texts, text_offsets


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 9000])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("places_kind", [np.uint8, np.uint16, np.uint32, np.int32, np.int64])
def test_gather(size: int, kind: Any, places_kind: Any) -> None:
    values = random(1).integers(0, 100, 300).astype(kind)
    if kind is np.float64:
        values[:5] = [np.inf, -np.inf, np.nan, -0.0, 5e-324]
    places = (
        random(2).integers(0, min(300, np.iinfo(places_kind).max + 1), size).astype(places_kind)
    )
    found = gather(values, places)
    assert found.dtype == values.dtype
    assert found.tobytes() == values[places].tobytes()


@pytest.mark.parametrize("size", [3, 5000])
def test_gather_of_views(size: int) -> None:
    values = np.arange(20_000, dtype=np.int32)
    places = random(3).integers(0, 9000, 2 * size)
    wanted = values[places]
    assert gather(values[5:], places).tolist() == (wanted + 5).tolist()
    assert gather(values[::2], places).tolist() == (wanted * 2).tolist()
    assert gather(values, places[::2]).tolist() == wanted[::2].tolist()


def test_gather_from_nothing() -> None:
    nothing = np.zeros(0, dtype=np.int16)
    assert gather(nothing, np.zeros(0, dtype=np.int64)).dtype == np.int16


@pytest.mark.parametrize("size", [0, 1, 3, 5000])
def test_texts_of_one_width(size: int) -> None:
    texts = pa.array([f"{number:05}" for number in range(400)]).slice(7, 300)
    offsets = text_offsets(texts)
    assert np.diff(offsets).tolist() == [5] * 300
    places = random(4).integers(0, 300, size)
    found = gather_texts(texts, 5, places)
    found.validate(full=True)
    assert found.equals(texts.take(pa.array(places)))


def test_text_offsets_count_bytes() -> None:
    texts = pa.array(["x", "東京", "", "é"]).slice(1)
    assert np.diff(text_offsets(texts)).tolist() == [6, 0, 2]
