"""States of a sample's sessions, by the queries of the benchmark whose states are few: merged, they
take as many bytes of sixteen parts as of one."""

from __future__ import annotations

import functools

import pyarrow as pa
import pytest

from benchmarks.parameters import choose
from benchmarks.queries import queries
from tests.unit.engine.states.test_states import Asked
from usql.engine.states.question import packed
from usql.samples import batches
from usql.store import Store, load

SAMPLE = pa.Table.from_batches(batches(1500, seed=1))
ACTIONS = SAMPLE["userActions"].combine_chunks().flatten()
FLAT = {
    "usersession": SAMPLE,
    "useraction": pa.table(ACTIONS.flatten(), names=[field.name for field in ACTIONS.type]),
}

KEYS = ("B1", "B3", "B5", "B7", "B10", "B12", "B14")
TEXTS = {query.key: query.text for query in queries(choose(FLAT)) if query.key in KEYS}


@functools.cache
def whole() -> Store:
    return load(SAMPLE)


@functools.cache
def parts(count: int) -> list[Store]:
    step = -(-SAMPLE.num_rows // count)
    slices = (SAMPLE.slice(i * step, step) for i in range(count))
    return [load(rows, catalog=whole().catalog) for rows in slices]


@pytest.mark.parametrize("key", KEYS)
def test_states_do_not_grow_with_the_parts(key: str) -> None:
    asked = Asked(TEXTS[key], whole())
    sizes = {}
    for count in (1, 4, 16):
        states = asked.merged([asked.part(part, i) for i, part in enumerate(parts(count))])
        sizes[count] = packed(asked.question, states).size
    asked.check(states)
    assert max(sizes.values()) <= 1.02 * sizes[1], sizes
