"""The array idioms for views and runs, on both sides of the sizes at which they change their ways."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.engine.pieces import constants
from usql.engine.arrays import kernels
from usql.store.widths import unsigned

SIZES = [0, 1, 7, 8, 9, 63, 64, 65, 1023, 1024, 1025, 4095, 4096, 4097, 70_001]
KINDS = [
    np.bool_,
    np.int8,
    np.int16,
    np.int32,
    np.int64,
    np.uint8,
    np.uint16,
    np.uint32,
    np.float64,
]


def random(*seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def runs_of(lengths: list[int]) -> Any:
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)


def random_runs(entries: int, seed: int) -> Any:
    """Runs, many of them empty, over so many entries."""
    ends = random(seed).integers(0, entries + 1, max(entries // 3, 2))
    return np.concatenate(([0, 0], np.sort(ends), [entries, entries])).astype(np.int64)


def masks(size: int) -> list[Any]:
    """Masks of no row, of one, of few, of half and of all."""
    some = [np.zeros(size, np.bool_), np.ones(size, np.bool_), random(size).random(size) < 0.5]
    for place in {0, size // 2, size - 1} if size else ():
        one = np.zeros(size, np.bool_)
        one[place] = True
        some.append(one)
    for each in (100, 600, 3000):
        few = np.zeros(size, np.bool_)
        few[3::each] = True
        some.append(few)
    return some


# --- views ----------------------------------------------------------------------------------------


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
    found = kernels.gather(values, places)
    assert found.dtype == values.dtype
    assert found.tobytes() == values[places].tobytes()


@pytest.mark.parametrize("size", [3, 5000])
def test_gather_of_views(size: int) -> None:
    values = np.arange(20_000, dtype=np.int32)
    places = random(3).integers(0, 9000, 2 * size)
    wanted = values[places]
    assert kernels.gather(values[5:], places).tolist() == (wanted + 5).tolist()
    assert kernels.gather(values[::2], places).tolist() == (wanted * 2).tolist()
    assert kernels.gather(values, places[::2]).tolist() == wanted[::2].tolist()


def test_gather_from_nothing() -> None:
    nothing = np.zeros(0, dtype=np.int16)
    assert kernels.gather(nothing, np.zeros(0, dtype=np.int64)).dtype == np.int16


@pytest.mark.parametrize("kind", KINDS)
def test_as_arrow_is_a_view(kind: Any) -> None:
    values = np.array([0, 1, 1, 0]).astype(kind)
    made = kernels.as_arrow(values)
    assert made.to_pylist() == values.tolist()
    assert made.buffers()[1].address == values.ctypes.data


@pytest.mark.parametrize("size", [0, 1, 3, 5000])
def test_texts_of_one_width(size: int) -> None:
    texts = pa.array([f"{number:05}" for number in range(400)]).slice(7, 300)
    offsets = kernels.text_offsets(texts)
    assert np.diff(offsets).tolist() == [5] * 300
    places = random(4).integers(0, 300, size)
    found = kernels.gather_texts(texts, 5, places)
    found.validate(full=True)
    assert found.equals(texts.take(pa.array(places)))


def test_text_offsets_count_bytes() -> None:
    texts = pa.array(["x", "東京", "", "é"]).slice(1)
    assert np.diff(kernels.text_offsets(texts)).tolist() == [6, 0, 2]


def test_scratch_is_kept_by_name_and_thread() -> None:
    first = kernels.scratch("test", np.int64, 10)
    assert kernels.scratch("test", np.int64, 4).ctypes.data == first.ctypes.data
    assert kernels.scratch("test", np.int32, 4).dtype == np.int32
    held = kernels.scratch("test", np.int64, 10)
    assert kernels.scratch("other test", np.int64, 10).ctypes.data != held.ctypes.data
    found = []
    thread = threading.Thread(target=lambda: found.append(kernels.scratch("test", np.int64, 10)))
    thread.start()
    thread.join()
    assert found[0].ctypes.data != held.ctypes.data
    assert len(kernels.scratch("test", np.int64, 5_000_000)) == 5_000_000


@pytest.mark.parametrize(
    ("most", "width"),
    [(0, 1), (255, 1), (256, 2), (65_535, 2), (65_536, 4), (2**32 - 1, 4), (2**32, 8), (2**63, 8)],
)
def test_narrowest(most: int, width: int) -> None:
    kind: Any = unsigned(most)
    assert np.dtype(kind).itemsize == width
    assert int(kind(most)) == most


@pytest.mark.parametrize("size", [0, 5, 300_000])
@pytest.mark.parametrize("bits", [1, 2, 3])
def test_lanes_go_round(bits: int, size: int) -> None:
    lanes = kernels.lane_numbers(size, bits)
    assert lanes.tolist() == (np.arange(size) % 2**bits).tolist()
    assert lanes.dtype == np.uint8


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("many", [1, 1 << 18])
def test_places_of(many: int, size: int) -> None:
    with constants({"kernels._MANY_PLACES": many}):
        for whole in masks(size):
            for mask in (whole, whole[3:]):  # that starts at no multiple of eight
                found = kernels.places_of(mask, int(mask.sum()))
                assert found.dtype == np.int64
                assert found.tolist() == [i for i, fits in enumerate(mask.tolist()) if fits]


@pytest.mark.parametrize("bits", [18, 19])
def test_places_of_one_row_more_than_a_power_of_two(bits: int) -> None:
    """The row numbers that are kept for the next call suffice for this one, too."""
    mask = np.zeros(2**bits + 1, dtype=np.bool_)
    mask[::64] = True
    found = kernels.places_of(mask, int(mask.sum()))
    assert found.tolist() == list(range(0, 2**bits + 1, 64))


@pytest.mark.parametrize("size", SIZES)
def test_few_places(size: int) -> None:
    for whole in masks(size):
        for mask in (whole, whole[3:]):
            found = kernels.few_places(mask)
            if found is not None:
                assert found.tolist() == np.flatnonzero(mask).tolist()


def test_places_are_few_where_one_of_64_eights_has_any() -> None:
    mask = np.zeros(1 << 14, dtype=np.bool_)
    mask[::512] = True
    assert kernels.few_places(mask) is not None
    mask[8] = True
    assert kernels.few_places(mask) is None
    assert kernels.few_places(np.ones(4, dtype=np.bool_)).tolist() == [0, 1, 2, 3]  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32, np.uint64])
def test_fill_where_not(kind: Any) -> None:
    most = int(np.iinfo(kind).max)
    ids = np.array([0, 5, most, 7], dtype=kind)
    kernels.fill_where_not(ids, np.array([True, False, True, False]), most)
    assert ids.tolist() == [0, most, most, most]


# --- runs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_any_in_run_of_each_density(size: int) -> None:
    offsets = random_runs(size, size)
    owners = kernels.run_ids(offsets).astype(np.int32)
    for mask in masks(size):
        wanted = [bool(mask[a:b].any()) for a, b in itertools.pairwise(offsets)]
        assert kernels.any_in_run(mask, offsets).tolist() == wanted
        assert kernels.any_in_run(mask, offsets + 13, first=13).tolist() == wanted
        moved = kernels.any_in_run(mask, offsets + 13, 13, owners + np.int32(40), 40)
        assert moved.tolist() == wanted
        assert moved.dtype == np.bool_


@given(st.lists(st.integers(0, 200), max_size=30), st.lists(st.integers(0, 5000), max_size=5))
def test_any_in_run_of_few_hits(lengths: list[int], hits: list[int]) -> None:
    offsets = runs_of([*lengths, 900])
    mask = np.zeros(offsets[-1], dtype=np.bool_)
    mask[[hit for hit in hits if hit < len(mask)]] = True
    wanted = [bool(mask[a:b].any()) for a, b in itertools.pairwise(offsets)]
    assert kernels.any_in_run(mask, offsets).tolist() == wanted


@pytest.mark.parametrize("kind", [np.int8, np.int16, np.int32, np.int64, np.float64])
@pytest.mark.parametrize("size", [0, 1, 4100, 20_000])
def test_run_sums(kind: Any, size: int) -> None:
    offsets = random_runs(size, 5)
    values = random(6).integers(-100, 100, size).astype(kind)
    found = kernels.run_sums(values, offsets)
    assert found.dtype == (np.float64 if kind is np.float64 else np.int64)
    assert found.tolist() == [
        values[a:b].astype(object).sum() if b > a else 0 for a, b in itertools.pairwise(offsets)
    ]


def test_run_sums_pass_over_intermediate_overflow() -> None:
    """Each run fits in 64 bits; the running total over all of them does not."""
    values = np.array(
        [2**62, 2**62 - 1, 2**62, 2**62, -(2**62), -(2**63), 2**63 - 1], dtype=np.int64
    )
    offsets = np.array([0, 2, 3, 5, 7], dtype=np.int64)
    assert kernels.run_sums(values, offsets).tolist() == [2**63 - 1, 2**62, 0, -1]


def test_run_sums_of_doubles_do_not_see_their_neighbours() -> None:
    values = np.array([1e300, 1.0, np.inf, 2.0, -0.0])
    offsets = np.array([0, 1, 2, 2, 3, 4, 5], dtype=np.int64)
    assert kernels.run_sums(values, offsets).tolist() == [1e300, 1.0, 0.0, np.inf, 2.0, 0.0]


@given(st.lists(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3), max_size=8), st.booleans())
def test_run_extremes(runs: list[list[int]], largest: bool) -> None:
    values = np.array([v for run in runs for v in run], dtype=np.int64)
    found, has = kernels.run_extremes(values, runs_of([len(r) for r in runs]), largest)
    assert has.tolist() == [bool(run) for run in runs]
    pick = max if largest else min
    assert found[has].tolist() == [pick(run) for run in runs if run]


def test_run_extremes_of_doubles() -> None:
    values = np.array([np.inf, -np.inf, 5e-324, -5e-324])
    offsets = np.array([0, 0, 2, 4, 4], dtype=np.int64)
    assert kernels.run_extremes(values, offsets, largest=True)[0][1:3].tolist() == [np.inf, 5e-324]
    assert kernels.run_extremes(values, offsets, largest=False)[0][1:3].tolist() == [
        -np.inf,
        -5e-324,
    ]


@pytest.mark.parametrize("span", [1, 2, 200, 256, 257, 65_536, 65_537, 2**31])
@pytest.mark.parametrize("step", [1, 2**20])
@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_distinct_in_runs(span: int, step: int, kind: Any) -> None:
    """In one 32-bit key and in one of 64 bit."""
    owners = np.sort(random(7).integers(0, 60, 3000)) * step + 5
    codes = random(8).choice([0, span // 2, max(span - 2, 0), span - 1], 3000)
    pairs = set(zip(owners.tolist(), codes.tolist(), strict=True))
    for code_kind in (unsigned(span), np.int64):
        found, values = kernels.distinct_in_runs(owners.astype(kind), codes.astype(code_kind), span)
        assert found.dtype == kind
        assert values.dtype == code_kind
        assert list(zip(found.tolist(), values.tolist(), strict=True)) == sorted(pairs)


@pytest.mark.parametrize("last", [2**23 - 1, 2**23, 2**24 - 1, 2**24, 2**31 - 1])
@pytest.mark.parametrize("codes", [[255], [255, 0], [0, 255, 255, 1]])
def test_distinct_in_runs_where_the_last_owner_is_far(codes: list[int], last: int) -> None:
    """Owner and code take 31, 32, 33 bits and more, for the last owner alone."""
    owners = np.array([*[0] * len(codes), last], dtype=np.int64)
    pairs = [(0, code) for code in codes] + [(last, 3)]
    found = kernels.distinct_in_runs(owners, np.array([*codes, 3], dtype=np.uint8), 256)
    assert list(zip(*(part.tolist() for part in found), strict=True)) == sorted(set(pairs))
    alone = kernels.distinct_in_runs(owners[-1:], np.array([3], dtype=np.uint8), 256)
    assert [part.tolist() for part in alone] == [[last], [3]]


def test_distinct_in_runs_of_nothing() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert [len(part) for part in kernels.distinct_in_runs(nothing, nothing, 5)] == [0, 0]


@given(st.lists(st.integers(0, 2), max_size=12))
def test_without_repeats(keys: list[int]) -> None:
    found = kernels.without_repeats(np.array(keys, dtype=np.uint32))
    assert found.tolist() == [k for i, k in enumerate(keys) if i == 0 or keys[i - 1] != k]


@pytest.mark.parametrize("rows", [1, 5])
@pytest.mark.parametrize("width", [64, 128, 640])
def test_flags_in_rows(rows: int, width: int) -> None:
    for table in (random(9).random((rows, width)) < 0.3, np.ones((rows, width), np.bool_)):
        found = kernels.flags_in_rows(table)
        assert found.tolist() == table.sum(axis=1).tolist()
        assert found.dtype == np.int64


def test_dense() -> None:
    distinct, ids = kernels.dense(np.array([7, -2, 7, 2**62]))
    assert distinct.tolist() == [-2, 7, 2**62]
    assert ids.tolist() == [1, 0, 1, 2]
