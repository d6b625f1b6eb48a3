"""Parts of the encoder against slower ways to say the same."""

from __future__ import annotations

import ipaddress
import itertools
import json
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.oracle.strategies import sessions as generated
from tests.reading import pieces_of
from tests.rows import session_table
from tests.unit.store.loading.json.test_hard_lines import columns, read
from tests.unit.store.same import assert_same
from usql.catalog import FieldType, default_catalog
from usql.language.literals import parse_address
from usql.store import Store, load
from usql.store.batches.encode import encode
from usql.store.batches.entry import entry_and_exit
from usql.store.columns import NumberColumn
from usql.store.compact import compact, plain_type
from usql.store.forms.dictionaries import merged_dictionaries
from usql.store.inputs.origin import Origin
from usql.store.loading.json import fast
from usql.store.loading.json.layout import Layout
from usql.store.loading.sink import Sink
from usql.store.loading.source import read as read_parts

# --- the first and the last action ------------------------------------------------------------------


@given(
    st.lists(st.lists(st.one_of(st.none(), st.integers(-3, 3)), max_size=5), min_size=1).filter(any)
)
@example([[None, 127], [-128, None], [None], []])
def test_first_and_last_actions(times: list[list[int | None]]) -> None:
    flat = [t for session in times for t in session]
    offsets = np.cumsum([0, *map(len, times)])
    parent = np.repeat(np.arange(len(times)), [len(s) for s in times])
    valid = np.array([t is not None for t in flat])
    values = np.array([t or 0 for t in flat], dtype=np.int8)
    first, last = entry_and_exit(
        NumberColumn(FieldType.TIMESTAMP, values, None if valid.all() else valid), offsets, parent
    )
    for session, begin in zip(times, offsets[:-1], strict=True):
        if not session:
            continue
        known = [(t, i) for i, t in enumerate(session) if t is not None]
        expected = (min(known)[1], max(known)[1]) if known else (0, len(session) - 1)
        place = slice(begin, begin + len(session))
        assert np.flatnonzero(first[place]).tolist() == [expected[0]]
        assert np.flatnonzero(last[place]).tolist() == [expected[1]]


def test_without_start_times_the_position_decides() -> None:
    first, last = entry_and_exit(None, np.array([0, 2, 3]), np.array([0, 0, 1]))
    assert first.tolist() == [True, False, True]
    assert last.tolist() == [False, True, True]


# --- addresses --------------------------------------------------------------------------------------

GROUPS = st.lists(st.text("0123456789abcdefABCDEF", max_size=5), max_size=9).map(":".join)


@given(
    st.one_of(
        GROUPS,
        st.ip_addresses().map(str),
        st.ip_addresses(v=6).map(lambda a: a.exploded),
        st.ip_addresses(v=4).map(lambda a: f"::ffff:{a}"),
        st.text("0123456789.:%abf \0", max_size=20),
    )
)
@example("::ffff:1.2.3.4")
@example("fe80::1%eth0")
@example("1:2:3:4::5:6:7:8")
@example(" ::1 ")
@example("::é")
def test_addresses_are_in_the_order_in_which_queries_read_them(text: str) -> None:
    """Between its neighbours, where it is one."""

    def place(address: str) -> tuple[int, int, str]:
        try:
            return (*parse_address(address), address)
        except ValueError:
            return (2, 0, address)

    family, number, _ = place(text)
    near = [max(number - 1, 0), min(number + 1, 2**32 - 1 if family == 0 else 2**128 - 1)]
    kind = ipaddress.IPv6Address if family else ipaddress.IPv4Address
    texts = [*dict.fromkeys([text, *(str(kind(n)) for n in near), "0.0.0.0", "::", "other"])]
    (dictionary, _) = merged_dictionaries(FieldType.IP, [pa.array(texts, pa.string())])
    assert dictionary.to_pylist() == sorted(texts, key=place)


# --- compact arrays ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "kind", "stored"),
    [
        ([1, None, -128], pa.int64(), pa.int8()),
        ([128, 0], pa.int64(), pa.int16()),
        ([-129, None], pa.int64(), pa.int16()),
        ([2**31 - 1], pa.int64(), pa.int32()),
        ([2**31], pa.int64(), pa.int64()),
        ([-(2**63), None], pa.int64(), pa.int64()),
        ([], pa.int64(), pa.int8()),
        (["a", None, "a"], pa.string(), pa.dictionary(pa.int8(), pa.string())),
        ([str(i) for i in range(129)], pa.string(), pa.dictionary(pa.int16(), pa.string())),
        ([["a"], None, [], ["b", None]], pa.list_(pa.string()), None),
        ([[300], None, [1]], pa.list_(pa.int64()), pa.list_(pa.int16())),
        ([1.5, None], pa.float64(), pa.float64()),
        ([None], pa.null(), pa.null()),
    ],
)
def test_compact_arrays_hold_the_same(
    values: list[Any], kind: pa.DataType, stored: pa.DataType | None
) -> None:
    column = pa.array(values, kind)
    made = compact(column)
    # A missing list is an empty one.
    expected = [[] if v is None else v for v in values] if pa.types.is_list(kind) else values
    assert made.to_pylist() == expected
    assert stored is None or made.type == stored
    assert plain_type(made.type) == kind


def test_dictionaries_hold_what_occurs() -> None:
    whole = pa.array(["a", "b", None, "c", "a"]).dictionary_encode()
    part = compact(whole.slice(1, 3))
    assert part.to_pylist() == ["b", None, "c"]
    assert part.dictionary.to_pylist() == ["b", "c"]
    odd = pa.DictionaryArray.from_arrays(
        pa.array([0, 1, 2], pa.int32()), pa.array(["x", None, "x"])
    )
    assert compact(odd).to_pylist() == ["x", None, "x"]
    store = load(session_table(pa.table({"city": pa.chunked_array([odd, whole.slice(3)])})))
    assert store.tables["usersession"].columns["city"].dictionary.to_pylist() == ["a", "c", "x"]  # type: ignore[union-attr]
    assert columns(store)["usersession"]["city"] == ["x", None, "x", "c", "a"]


# --- the fields of a file ---------------------------------------------------------------------------

LINES: list[dict[str, Any]] = [
    {"city": "a", "userActions": [{"name": "x"}]},
    {"city": "b", "duration": 5},
    {"userActions": [{"duration": 7, "stringProperties": [{"key": "k", "value": "v"}]}]},
    {"events": []},
    {"matchingConversionGoals": []},
    {"dateProperties": [{"key": "d", "value": "2026-01-01T00:00:00Z"}]},
    {"dateProperties": [{"key": "d"}], "startTime": "2026-01-01T00:00:00Z"},
    {"city": "2026-01-01", "country": None, "future": 1.5},
    {"userActions": [None, {}], "future": 2},
    {"errors": []},
]


@pytest.mark.parametrize("order", [*itertools.permutations(range(len(LINES)), 2)])
def test_fields_that_a_file_shows_late_are_read_as_all_others(order: tuple[int, ...]) -> None:
    rows = [*LINES[: order[0]], *(LINES[i] for i in order), *LINES]
    text = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    found = read(text, tuning=pieces_of(20))
    expected = read(text, is_slow=True)
    assert isinstance(found, Store)
    assert isinstance(expected, Store)
    assert columns(found) == columns(expected)


def test_a_file_is_read_with_the_fields_that_it_holds() -> None:
    layout = Layout()
    row = b'{"city": "a", "country": null, "userActions": [{"name": "x"}], "events": []}\n'
    fast.read_piece(default_catalog(), row, layout, Origin())
    assert layout.schema.names == ["city", "userActions", "events"]
    assert [f.name for f in layout.schema.field("userActions").type.value_type] == ["name"]
    fast.read_piece(default_catalog(), b'{"userActions": [{"duration": 5}]}\n', layout, Origin())
    inner = layout.schema.field("userActions").type.value_type
    assert [f.name for f in inner] == ["name", "duration"]


# --- in another order -----------------------------------------------------------------------------


@given(generated(), st.randoms(use_true_random=False))
def test_batches_in_another_order(rows: list[dict[str, Any]], chance: Random) -> None:
    """The sessions in the order asked for, with their children, as if they had come so."""
    order = [*range(len(rows))]
    chance.shuffle(order)
    half = len(rows) // 2
    sink = Sink("stop", None, None)
    for part in (rows[:half], rows[half:]):
        read_parts([part], sink)
    made = encode(sink.catalog, sink.batches, order=np.array(order, dtype=np.int64))
    assert_same(made, without_notes(load([rows[number] for number in order])))


def without_notes(store: Store) -> Store:
    return replace(store, notes=tuple(n for n in store.notes if "more than once" in n))
