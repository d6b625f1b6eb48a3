"""Sessions whose key occurred before (LANGUAGE.md §10a): counted, or left out.

The key of a session is ``rowhash.KEY``. Keys are compared by 64-bit hashes, which a saved store
keeps, so its sessions need not be read. Before a session is left out, the keys themselves are
compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from usql.frozen import dataclass
from usql.store.batches.rowhash import U64
from usql.store.views import Ints

if TYPE_CHECKING:
    from usql.store.batches.parts import Part

Duplicates = Literal["keep", "drop"]
"""What to do with sessions whose key occurred before: keep them, or leave them out."""


def count_repeats(keys: U64) -> int:
    """How many sessions have a key that occurred before; ``keys`` are ``key_hashes``."""
    return len(_second_ones(keys))


def _second_ones(keys: U64) -> U64:
    """The repeated keys, ascending, each as often as it is repeated."""
    ordered = np.sort(keys[keys != 0])
    return ordered[1:][ordered[1:] == ordered[:-1]]


@dataclass(frozen=True, eq=False)
class Repeated:
    """The sessions whose key occurred before: ``rows`` of each part, ascending; and those of them
    that are ``differing`` in content from the first with their key."""

    rows: Sequence[Ints]
    differing: Sequence[Ints]


def find_repeats(parts: Sequence[Part], keys: U64) -> Repeated:
    """The sessions of the parts whose key occurred before; ``keys`` are the hashes of all sessions.
    Saved stores have only their key columns read, and only if they may hold a repeat."""
    shared = np.unique(_second_ones(keys))
    candidates = np.flatnonzero(_is_among(shared, keys))
    from usql.store.batches.parts import contents_of, keys_of, session_count

    sizes = np.array([session_count(part) for part in parts], dtype=np.int64)
    placed = _by_part(candidates, sizes)
    if not len(candidates):
        return Repeated(placed, placed)
    touched = [(part, rows) for part, rows in zip(parts, placed, strict=True) if len(rows)]
    same = _numbered(pa.concat_tables(keys_of(part, rows) for part, rows in touched))
    contents = np.concatenate([contents_of(part, rows) for part, rows in touched])
    order = np.argsort(same, kind="stable")  # within a key, the first that came stays first
    is_first = np.diff(same[order], prepend=-1) != 0
    firsts = order[is_first][np.cumsum(is_first) - 1]
    later, earlier = order[~is_first], firsts[~is_first]
    differing = later[contents[later] != contents[earlier]]
    both = (_by_part(np.sort(candidates[rows]), sizes) for rows in (later, differing))
    return Repeated(*both)


def _is_among(ordered: U64, values: U64) -> npt.NDArray[np.bool_]:
    if not len(ordered):
        return np.zeros(len(values), dtype=np.bool_)
    places = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    return ordered[places] == values


def _by_part(rows: Ints, sizes: Ints) -> list[Ints]:
    """Ascending rows over all parts, split into the rows of each part."""
    ends = np.cumsum(sizes)
    begins = ends - sizes
    cuts = np.searchsorted(rows, [begins, ends])
    return [rows[i:j] - begin for i, j, begin in zip(*cuts, begins, strict=True)]


def _numbered(keys: pa.Table) -> Ints:
    """A number per key: equal where all fields are equal, or missing on both sides."""
    numbers = np.zeros(len(keys), dtype=np.int64)
    for column in keys.columns:
        values = pa.concat_arrays(column.chunks).dictionary_encode("encode")
        codes = values.indices.to_numpy().astype(np.int64)
        _, numbers = np.unique(numbers * len(values.dictionary) + codes, return_inverse=True)
    return numbers
