"""Columns of a result: made in pieces, of reserved bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import usql
from tests.rows import session_table
from tests.unit.engine import few
from tests.unit.engine import pieces as small
from tests.unit.engine.columns import lists, numbers, texts
from tests.unit.engine.test_run import ROWS, prepared_of, ran, rows_of
from usql.engine import Engine
from usql.engine.arrays.vectors import Nested, to_arrow
from usql.engine.output import arrow_bytes
from usql.engine.rows.access import Access
from usql.engine.rows.cache import Cache
from usql.engine.run import run_plan
from usql.engine.runtime.limits import Budget, Control
from usql.engine.runtime.tuning import Tuning
from usql.errors import MemoryLimit
from usql.store import load
from usql.store.columns import PropertiesColumn


@pytest.fixture(scope="module")
def data() -> Engine:
    return small.engine_of(ROWS, threads=2, index_memory=0)


TEXTS = [
    "SELECT JSON FROM usersession",
    "SELECT JSON FROM useraction",
    "SELECT userSessionId, duration, useraction.name, useraction.duration + 1 FROM usersession",
    "SELECT name, usersession.city, DATETIME(startTime, 'E HH:mm') FROM useraction",
    "SELECT city, COUNT(*), MEDIAN(duration) * 2, useraction.name, TOP(duration, 3) FROM usersession GROUP BY city",
]


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("text", TEXTS)
def test_pieces_are_those_of_one_column(text: str, threads: int) -> None:
    data = small.engine_of(ROWS, threads=threads, index_memory=0)
    whole = rows_of(ran(data, text)[0])
    for piece in (1, 4, 11):
        for large in (0, 60, 1 << 26):
            sizes = {
                "json_rows_at_once": piece,
                "groups_evaluated_at_once": piece,
                "most_column_bytes": large,
                "fewest_rows_side_by_side": 0,
                "fewest_even_texts": 0,
                "rows_evaluated_at_once": piece,
            }
            answer, _, used = ran(replace(data, tuning=Tuning(**sizes)), text)
            assert rows_of(answer) == whole
            assert used >= sum(column.nbytes for column in answer.columns) // 2


def test_pieces_hold_so_many_rows_and_children(data: Engine) -> None:
    data = replace(data, tuning=Tuning(json_rows_at_once=4))
    [column] = ran(data, "SELECT JSON FROM usersession")[0].columns
    children = [1 + number % 4 for number in range(len(ROWS))]
    first = 0
    for chunk in column.chunks:
        own = children[first : first + len(chunk)]
        assert len(own) == 1 or sum(own) <= 2 * 4
        first += len(chunk)
    assert first == len(ROWS)


def test_texts_of_many_bytes_are_made_in_halves() -> None:
    data = usql.open([{"city": name * 100} for name in "abcdefgh"])
    for large, chunks in ((10_000, 1), (500, 2), (300, 4), (0, 8)):
        data = small.tuned(data, {"most_column_bytes": large})
        found = data.query("SELECT city FROM usersession").to_arrow()["city"]
        assert found.num_chunks == chunks
        assert found.to_pylist() == [name * 100 for name in "abcdefgh"]


@pytest.mark.parametrize(
    "text", ["SELECT JSON FROM usersession", "SELECT duration FROM usersession"]
)
def test_memory_of_the_result_is_announced(text: str) -> None:
    store = load(ROWS)
    control = Control(budget=Budget(90))
    access = Access(Cache(store, 0, control.tuning), "usersession", 0, control)
    with pytest.raises(
        MemoryLimit,
        match=r"would build [\d.]+ kB of result, more than|would build \d+ bytes of result, more than",
    ):
        run_plan(access, prepared_of(store, text))


LISTED = lists(numbers([1, 2, 3], np.int8), [0, 2, 1])
PAIRS = PropertiesColumn(LISTED.offsets, texts(["a", "b", "a"]), numbers([1, 2, 3], np.int8))
SIZES: Sequence[tuple[Any, int]] = [
    (numbers([1, 2, None], np.int8), 3 * 9),
    (LISTED, 4 * 8 + 3 * 9),
    (PAIRS, 4 * 8 + 3 * 6 + 3 * 9),
    (Nested(np.array([0, 3], dtype=np.int64), PAIRS), 2 * 8 + 4 * 8 + 3 * 6 + 3 * 9),
    (texts(["a", None, "", "äbc", "a" * 100]), 5 * 5 + 1 + 4 + 100),
    (texts([None, None]), 2 * 5),
    (texts(["ab", "cd", None]), 3 * 7),
]


@pytest.mark.parametrize(("column", "size"), SIZES)
def test_the_bytes_of_a_result(column: Any, size: int) -> None:
    """Hardly more than Arrow takes, and not less."""
    access = small.retuned(few.access("usersession"), {"most_text_bytes_by_width": 0})
    assert arrow_bytes(access, column) == size
    assert to_arrow(column).nbytes <= size + 8


@pytest.mark.parametrize("width", [[3], [1, 2]])
@pytest.mark.parametrize("gap", [False, True])
def test_texts_of_one_width_and_of_several(width: list[int], gap: bool) -> None:
    values = [f"{n % 5:0{width[n % len(width)]}}" for n in range(40)]
    held = [None if gap and n == 30 else value for n, value in enumerate(values)]
    data = usql.open(session_table(pa.table({"city": held})), threads=2)
    for least in (1, 41):
        for piece in (3, 10, 100):
            data = small.tuned(data, {"fewest_even_texts": least, "rows_evaluated_at_once": piece})
            found = data.query("SELECT city FROM usersession LIMIT 40", profile="offline")
            assert [row[0] for row in found.rows()] == held
            assert found.to_arrow()["city"].num_chunks == -(-40 // piece)


def test_texts_that_are_missing_are_not_fetched() -> None:
    """Nor those of a part in which all are."""
    held = [None] * 20 + ["abc"] * 20
    data = usql.open(session_table(pa.table({"city": held})), threads=2)
    data = small.tuned(data, {"fewest_even_texts": 1, "rows_evaluated_at_once": 20})
    found = data.query("SELECT city FROM usersession LIMIT 40", profile="offline")
    assert [row[0] for row in found.rows()] == held


@pytest.mark.parametrize(("width", "fetched"), [(1, 1), (2**29 - 1, 1), (2**29, 0), (2**31, 0)])
def test_texts_that_need_long_offsets_are_not_fetched_at_once(
    width: int, fetched: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Offsets of texts have 31 bits; ``width`` bytes are pretended of each of four."""
    sizes = {"fewest_even_texts": 1, "most_column_bytes": small.NEVER}
    data = small.engine_of([{"city": "a"}] * 4, sizes)
    made: list[int] = []

    def gather_texts(texts: pa.Array, width: int, places: Any) -> pa.Array:
        made.append(width)
        return texts.take(pa.array(places))

    monkeypatch.setattr(Cache, "text_widths", lambda *_: (width, width))
    with small.idioms({"gather_texts": gather_texts}):
        assert rows_of(ran(data, "SELECT city FROM usersession")[0]) == [["a"]] * 4
    assert made == [width] * fetched
