"""Rows as 64-bit hashes: equal rows have equal hashes, and different rows practically never do.

Hashes depend on what values mean, not on how they are stored: the same row has the same hash in a
batch of a load and in a saved store, whatever its dictionaries and widths, on every machine and in
every process. They do not resist deliberate collisions: equal hashes are a reason to compare the
rows, not proof that they are equal.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from usql.catalog import PRIMARY
from usql.store.compute import as_type, filled, is_missing, pc

if TYPE_CHECKING:
    from usql.store.batches.flat import FlatBatch

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

KEY = ("userSessionId", "startTime", "partNumber")
"""The fields that identify a session (LANGUAGE.md §10a)."""

_STEP = 1 << 16
"""How many values are hashed at a time, so that they stay in the processor's cache."""

_GOLDEN = 0x9E3779B97F4A7C15
_SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)
_FACTORS = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_NOTHING, _MISSING = np.uint64(0), np.uint64(_GOLDEN >> 1)
_FRACTION, _FLAG = np.uint64(_GOLDEN >> 2), np.uint64(_GOLDEN >> 3)


def key_hashes(batch: FlatBatch) -> U64:
    """The hash of each session's key, never 0; 0 for a session without ``userSessionId``, which is
    never compared."""
    sessions = batch[PRIMARY]
    columns = {name: sessions.columns[name] for name in KEY if name in sessions.columns}
    if KEY[0] not in columns:
        return np.zeros(sessions.rows, dtype=np.uint64)
    hashes = np.maximum(_mixed(_of_rows(columns, sessions.rows)), np.uint64(1))
    hashes[_nulls(columns[KEY[0]])] = 0
    return hashes


def content_hashes(batch: FlatBatch) -> U64:
    """The hash of each session's content: its fields in any order; lists, properties and children
    in their order. A missing list equals an empty one, and 3 equals 3.0 but not "3"."""
    sessions = batch[PRIMARY]
    hashes = _of_rows(sessions.columns, sessions.rows)
    for name, child in batch.items():
        if name != PRIMARY and child.lengths is not None:
            entries = _of_rows(child.columns, child.rows)
            entries += _of_name(name)
            hashes += _summed(entries, child.lengths)
    return _mixed(hashes)


def row_hashes(columns: Mapping[str, pa.Array], rows: int) -> U64:
    """The hash of each row of these columns, by what its values mean."""
    return _mixed(_of_rows(columns, rows))


def _of_rows(columns: Mapping[str, pa.Array], rows: int) -> U64:
    """For each row, the sum over its fields; a missing value adds nothing."""
    hashes = np.zeros(rows, dtype=np.uint64)
    for name, column in columns.items():
        if column.null_count < len(column):
            hashes += _of_values(column, _of_name(name), _NOTHING)
    return hashes


def _of_values(values: pa.Array, seed: np.uint64, missing: np.uint64) -> U64:
    """The hash of each value, mixed with the seed; ``missing`` for a null."""
    kind = values.type
    if pa.types.is_null(kind):
        return np.full(len(values), missing)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        lengths = filled(pc.list_value_length(values), 0).to_numpy().astype(np.int64)
        return _summed(_of_values(pc.list_flatten(values), seed, _MISSING), lengths)
    if pa.types.is_struct(kind):
        members = {f.name: m for f, m in zip(kind, values.flatten(), strict=True)}
        hashes = _of_rows(members, len(values))
        hashes ^= seed
        return _mixed(hashes)
    if pa.types.is_dictionary(kind):
        distinct = _of_values(values.dictionary, seed, missing)
        codes = filled(values.indices, 0)
        hashes = distinct[codes.to_numpy()]
    elif pa.types.is_boolean(kind):
        flags = filled(values, False).to_numpy(zero_copy_only=False)
        hashes = _mixed(np.arange(2, dtype=np.uint64) ^ _FLAG ^ seed)[flags.view(np.uint8)]
    else:
        hashes = _texts(values) if _is_text(kind) else _numbers(values)
        hashes ^= seed
        hashes = _mixed(hashes)
    if values.null_count:
        hashes[_nulls(values)] = missing
    return hashes


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _nulls(values: pa.Array) -> npt.NDArray[np.bool_]:
    return is_missing(values)


def _numbers(values: pa.Array) -> U64:
    """Whole numbers, times and doubles; doubles without a fraction count as whole numbers."""
    if pa.types.is_timestamp(values.type):
        values = as_type(values, pa.int64())
    numbers = filled(values, 0).to_numpy()
    if numbers.dtype.kind != "f":
        return numbers.astype(np.int64).view(np.uint64)
    is_whole = (np.floor(numbers) == numbers) & (np.abs(numbers) < 2.0**63)
    whole = np.where(is_whole, numbers, 0).astype(np.int64).view(np.uint64)
    return np.where(is_whole, whole, numbers.view(np.uint64) ^ _FRACTION)


def _texts(values: pa.Array) -> U64:
    """The bytes of each text, eight at a time."""
    hashes = np.empty(len(values), dtype=np.uint64)
    for at in range(0, len(values), _STEP):
        piece = values.slice(at, _STEP)
        width = np.int32 if pa.types.is_string(values.type) else np.int64
        _, borders, content = piece.buffers()
        borders = np.frombuffer(borders, width, piece.offset + len(piece) + 1)
        places: Ints = borders[piece.offset :].astype(np.int64)
        first, lengths = int(places[0]), np.diff(places)
        data = np.zeros(int(places[-1]) - first + 8, dtype=np.uint8)
        if content is not None:
            data[:-8] = np.frombuffer(content, np.uint8)[first : places[-1]]
        hashes[at : at + len(piece)] = _of_bytes(data, places[:-1] - first, lengths)
    return hashes


def _of_bytes(data: npt.NDArray[np.uint8], begins: Ints, lengths: Ints) -> U64:
    """Hashes of the texts that begin at these places of ``data``, which ends in eight spare
    bytes."""
    counts = (lengths + 7) >> 3
    place = 8 * _positions(counts)
    words = np.ndarray((len(data) - 7,), "<u8", data, 0, (1,))[np.repeat(begins, counts) + place]
    # Only those bytes of the last word count that belong to the text.
    unused = np.maximum(place + 8 - np.repeat(lengths, counts), 0).astype(np.uint64) << np.uint64(3)
    words = (words << unused).astype(np.uint64, copy=False)
    return _summed(words, counts) + lengths.view(np.uint64)


@functools.cache
def _of_name(name: str) -> np.uint64:
    return np.uint64(_mixed(_texts(pa.array([name], pa.string())))[0])


def _positions(lengths: Ints) -> Ints:
    """0, 1, 2, … within each run."""
    ends = np.cumsum(lengths)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - lengths, lengths)


def _summed(entries: U64, lengths: Ints) -> U64:
    """One hash per run, of its entries in their order; 0 for an empty run."""
    entries = entries + _positions(lengths).view(np.uint64) * np.uint64(_GOLDEN)
    sums = np.zeros(len(entries) + 1, dtype=np.uint64)
    np.cumsum(_mixed(entries), out=sums[1:])  # wraps around, as the differences do
    ends = np.cumsum(lengths)
    return sums[ends] - sums[ends - lengths]


def _mixed(values: U64) -> U64:
    """The same array, changed in place so that each number is spread over all 64 bits: close
    numbers end up far apart, and sums of them do not collide."""
    for at in range(0, len(values), _STEP):
        piece = values[at : at + _STEP]
        piece ^= piece >> _SHIFTS[0]
        piece *= _FACTORS[0]
        piece ^= piece >> _SHIFTS[1]
        piece *= _FACTORS[1]
        piece ^= piece >> _SHIFTS[2]
    return values
