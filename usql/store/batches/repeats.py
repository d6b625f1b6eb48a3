"""Sessions whose key came before (LANGUAGE.md §10a): counted, or left out.

The key of a session is ``rowhash.KEY``. Keys are compared as 64-bit numbers, which a saved store
keeps, so that its sessions are not read. Before a session is left out, the keys themselves are
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
"""What becomes of sessions whose key came before: they stay and count again, or are left out."""


def count_repeats(keys: U64) -> int:
    """How many sessions have a key that came before; ``keys`` as ``key_hashes`` gives them."""
    return len(_second_ones(keys))


def _second_ones(keys: U64) -> U64:
    """Ascending, each key as often as it came before."""
    ordered = np.sort(keys[keys != 0])
    return ordered[1:][ordered[1:] == ordered[:-1]]


@dataclass(frozen=True, eq=False)
class Repeats:
    """The sessions whose key came before: ``rows`` of each part, ascending. ``differing`` of them
    have other content than the first of their key."""

    rows: Sequence[Ints]
    differing: int


def find_repeats(parts: Sequence[Part], keys: U64) -> Repeats:
    """The sessions of the parts whose key came before; ``keys`` are the numbers of all. Of a saved
    store the columns of the key are read, and only if there may be any."""
    shared = np.unique(_second_ones(keys))
    candidates = np.flatnonzero(_is_among(shared, keys))
    from usql.store.batches.parts import contents_of, keys_of, sessions_of

    sizes = np.array([sessions_of(part) for part in parts], dtype=np.int64)
    placed = _by_part(candidates, sizes)
    if not len(candidates):
        return Repeats(placed, 0)
    touched = [(part, rows) for part, rows in zip(parts, placed, strict=True) if len(rows)]
    same = _numbered(pa.concat_tables(keys_of(part, rows) for part, rows in touched))
    contents = np.concatenate([contents_of(part, rows) for part, rows in touched])
    order = np.argsort(same, kind="stable")  # within a key, the first that came stays first
    is_first = np.diff(same[order], prepend=-1) != 0
    firsts = order[is_first][np.cumsum(is_first) - 1]
    later, earlier = order[~is_first], firsts[~is_first]
    differing = int(np.count_nonzero(contents[later] != contents[earlier]))
    return Repeats(_by_part(np.sort(candidates[later]), sizes), differing)


def _is_among(ordered: U64, values: U64) -> npt.NDArray[np.bool_]:
    if not len(ordered):
        return np.zeros(len(values), dtype=np.bool_)
    places = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    return ordered[places] == values


def _by_part(rows: Ints, sizes: Ints) -> list[Ints]:
    """Ascending rows over all parts as those of each."""
    ends = np.cumsum(sizes)
    begins = ends - sizes
    cuts = np.searchsorted(rows, [begins, ends])
    return [rows[i:j] - begin for i, j, begin in zip(*cuts, begins, strict=True)]


def _numbered(keys: pa.Table) -> Ints:
    """A number per key: equal ones where all fields are equal, or missing on both sides."""
    found = np.zeros(len(keys), dtype=np.int64)
    for column in keys.columns:
        values = pa.concat_arrays(column.chunks).dictionary_encode("encode")
        codes = values.indices.to_numpy().astype(np.int64)
        _, found = np.unique(found * len(values.dictionary) + codes, return_inverse=True)
    return found
