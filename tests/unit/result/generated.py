"""Generated results: columns of every type that queries give, with values that are hard to write."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from usql.result import ColumnRole, Result, ResultColumn

TEXTS = st.text(
    st.one_of(
        st.sampled_from(
            "ab,\";'=+-@\\|`*_<&\r\n\t\x00\x1b\x7f\x9b é東\u202e\u200c\u200d\ufe0f🙂👩ﷺمक्"
        ),
        st.characters(codec="utf-8"),
    ),
    max_size=12,
)
DOUBLES = st.one_of(
    st.floats(),
    st.sampled_from([0.0, -0.0, 1.0, 0.1, 1e-4, 9.999e-5, 1e9, 1e15, 1e16, 1e22, 2.0**53, 1 / 3, 2.5e-7]),
    st.floats(-1e7, 1e7).map(lambda x: round(x, 3)),
)  # fmt: skip
WHOLE = st.integers(-(2**63), 2**63 - 1)
PAIRS = st.lists(
    st.fixed_dictionaries({"key": TEXTS, "value": st.one_of(st.none(), TEXTS)}), max_size=2
)
PAIR = pa.struct([("key", pa.string()), ("value", pa.string())])


def lists(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(st.one_of(st.none(), values), max_size=3)


KINDS: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.string(): TEXTS,
    pa.int64(): WHOLE,
    pa.int32(): st.integers(-(2**31), 2**31 - 1),
    pa.float64(): DOUBLES,
    pa.bool_(): st.booleans(),
    pa.list_(pa.string()): lists(TEXTS),
    pa.list_(pa.int64()): lists(WHOLE),
    pa.list_(pa.float64()): lists(DOUBLES),
    pa.list_(pa.list_(pa.string())): lists(lists(TEXTS)),
    pa.list_(PAIR): PAIRS,
    pa.null(): st.none(),
}
NUMBERS = (pa.int64(),)


@st.composite
def results(draw: st.DrawFn, most_rows: int = 12) -> Result:
    """A result of up to five columns, in one chunk or in several, some of it before its start."""
    rows = draw(st.integers(0, most_rows))
    arrays, columns = [], []
    names = draw(st.lists(TEXTS, min_size=1, max_size=5, unique=True))
    for name in names:
        kind = draw(st.sampled_from(list(KINDS)))
        values = draw(st.lists(st.one_of(st.none(), KINDS[kind]), min_size=rows, max_size=rows))
        spare = [None] * draw(st.integers(0, 2))
        array = pa.array([*spare, *values], kind)[len(spare) :]
        cut = draw(st.integers(0, rows))
        arrays.append(pa.chunked_array([array[:cut], array[cut:]], kind))
        is_time = kind in NUMBERS and draw(st.booleans())
        role = draw(st.sampled_from(list(ColumnRole)))
        columns.append(ResultColumn(name, role, is_time))
    return Result(pa.table(arrays, names=names), columns)
