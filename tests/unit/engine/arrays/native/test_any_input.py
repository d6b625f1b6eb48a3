"""Whatever the edge of the kernels is given: what it lets through both forms answer alike, and the
library touches nothing else, which the sanitizers watch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sampling import examples
from tests.unit.engine.arrays.native.forms import FORMS, form, need_library
from usql.engine.arrays.native.buckets import bucket_keys
from usql.engine.arrays.native.distinct import mark_pairs
from usql.engine.arrays.native.keys import combined, fill_where_not
from usql.engine.arrays.native.masks import in_range, marked, marked_rows
from usql.engine.arrays.native.runs import any_in_run, distinct_in_runs, expand
from usql.engine.arrays.native.totals import count_keys, extremes_by_key, sum_by_key
from usql.engine.arrays.types import Array

KINDS = [np.dtype(kind) for kind in ("?", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f4", "f8", ">u2", "S3", "m8[ms]")]  # fmt: skip
REFUSALS = (IndexError, OverflowError, TypeError, ValueError)


@dataclass(frozen=True)
class Laid:
    """Numbers, and how an array of them lies in memory."""

    numbers: Array
    layout: str

    def array(self) -> Array:
        """An array of its own."""
        numbers = self.numbers
        match self.layout:
            case "gaps":
                wider = np.zeros((len(numbers), 3), numbers.dtype)
                wider[:, 1] = numbers
                return wider[:, 1]
            case "backwards":
                return numbers[::-1].copy()[::-1]
            case "unaligned":
                return np.frombuffer(bytearray(b"x" + numbers.tobytes()), numbers.dtype, offset=1)
        array = numbers.copy()
        array.flags.writeable = self.layout != "read only"
        return array


LAYOUTS = ["plain"] * 6 + ["gaps", "backwards", "unaligned", "read only"]


@st.composite
def arrays(draw: st.DrawFn, rows: int, kinds: list[np.dtype[Any]], below: int = 6) -> Laid:
    """Mostly of so many rows and of numbers below ``below``; sometimes of others."""
    kind = draw(st.sampled_from(kinds))
    if draw(st.integers(0, 19)) == 0:
        rows = draw(st.integers(0, 40))
    numbers = draw(st.lists(st.integers(0, max(below - 1, 0)), min_size=rows, max_size=rows))
    array = np.array(numbers, np.int64).astype(kind)
    if rows and draw(st.integers(0, 5)) == 0:
        extremes: list[Any] = [False, True]
        if kind.kind in "ui":
            extremes = [np.iinfo(kind).min, np.iinfo(kind).max]
        elif kind.kind == "f":
            extremes = [np.nan, np.inf, -np.inf, np.finfo(kind).max, -0.0]
        array[draw(st.integers(0, rows - 1))] = draw(st.sampled_from(extremes))
    return Laid(array, draw(st.sampled_from(LAYOUTS)))


def masks(rows: int) -> st.SearchStrategy[Laid]:
    return arrays(rows, [np.dtype(np.bool_)], 2)


@st.composite
def offsets(draw: st.DrawFn, runs: int, entries: int) -> Laid:
    """Ascending ones of all entries, mostly."""
    inner = draw(
        st.lists(st.integers(0, entries), min_size=max(runs - 1, 0), max_size=max(runs - 1, 0))
    )
    if draw(st.integers(0, 9)):
        inner.sort()
    first = draw(st.sampled_from([0, 0, 0, 3, -1]))
    array = np.array([0, *inner, entries] if runs else [0], np.int64) + first
    return Laid(array, draw(st.sampled_from(LAYOUTS)))


def tables(size: int, kind: str) -> st.SearchStrategy[Laid]:
    """Mostly of such a type."""
    kinds = [np.dtype(kind)] * 8 + [np.dtype("i4"), np.dtype("u8")]
    return arrays(size, kinds, 2)


SIZES = st.sampled_from([0, 1, 2, 7, 8, 9, 31, 33])
LIMIT = st.none() | st.integers(-3, 8) | st.sampled_from([-(2**63), 2**63 - 1, 255, 256])
REAL = LIMIT | st.sampled_from([0.5, float("inf"), float("-inf"), float("nan"), 5e-324])


@st.composite
def calls(draw: st.DrawFn) -> tuple[Callable[..., Any], dict[str, Any]]:
    """A kernel, and arguments."""
    rows, size = draw(SIZES), draw(SIZES)

    def some(strategy: st.SearchStrategy[Any]) -> Any:
        return draw(strategy)

    yes = st.booleans()
    match draw(st.integers(0, 12)):
        case 0:
            count = some(st.integers(1, 3))
            return combined, {
                "columns": [some(arrays(rows, KINDS[:5])) for _ in range(count)],
                "strides": some(st.lists(st.integers(0, 9), min_size=count, max_size=count + (some(st.integers(0, 9)) == 0))),
                "kind": some(st.sampled_from([np.uint8, np.uint16, np.uint32, np.uint64])),
            }  # fmt: skip
        case 1:
            keys, mask = some(arrays(rows, KINDS[1:5])), some(masks(rows))
            return fill_where_not, {"keys": keys, "mask": mask, "value": some(st.integers(0, 255))}
        case 2:
            return count_keys, {
                "keys": some(arrays(rows, KINDS[:9], size)),
                "counts": some(tables(size, "i8")),
            }
        case 3:
            values = some(arrays(rows, KINDS))
            kind = "f8" if values.numbers.dtype.kind == "f" else "i8"
            return sum_by_key, {
                "keys": some(arrays(rows, KINDS[:9], size)), "values": values, "sums": some(tables(size, kind)),
                "highs": some(st.none() | tables(size, "i8")), "counts": some(st.none() | tables(size, "i8")),
            }  # fmt: skip
        case 4:
            values = some(arrays(rows, KINDS))
            kind = "f8" if values.numbers.dtype.kind == "f" else "i8"
            return extremes_by_key, {
                "keys": some(arrays(rows, KINDS[:9], size)), "values": values, "extremes": some(tables(size, kind)),
                "has": some(tables(size, "?")), "largest": some(yes), "valid": some(st.none() | masks(rows)),
            }  # fmt: skip
        case 5:
            values = some(arrays(rows, KINDS))
            limit = REAL if values.numbers.dtype.kind == "f" else LIMIT
            return in_range, {
                "values": values, "low": some(limit), "high": some(limit), "low_closed": some(yes),
                "high_closed": some(yes), "valid": some(st.none() | masks(rows)), "out": some(st.none() | tables(rows, "?")),
            }  # fmt: skip
        case 6:
            return marked, {
                "codes": some(arrays(rows, KINDS[1:5], size)),
                "table": some(tables(size, "?")),
            }
        case 7:
            return marked_rows, {"mask": some(masks(rows)), "first": some(st.integers(0, 99))}
        case 8:
            first = some(st.integers(0, 3))
            return any_in_run, {
                "mask": some(masks(rows)),
                "offsets": some(offsets(size, rows)),
                "first": first,
            }
        case 9:
            return distinct_in_runs, {
                "codes": some(arrays(rows, KINDS[1:4])), "offsets": some(offsets(size, rows)),
                "missing": some(st.integers(-1, 9) | st.sampled_from([255, 256, 300])), "keeps_empty": some(yes),
            }  # fmt: skip
        case 10:
            return expand, {
                "values": some(arrays(size, KINDS)),
                "offsets": some(offsets(size, rows)),
            }
        case 11:
            values = some(arrays(rows, [kind for kind in KINDS if kind.kind in "bif"], 40))
            base, most = None, 0
            if values.numbers.dtype.kind != "f" and len(values.numbers):
                base, most = (
                    some(st.none() | st.just(int(values.numbers.min()))),
                    int(values.numbers.max()),
                )
            return bucket_keys, {
                "groups": some(arrays(rows, KINDS[1:5])), "values": values, "base": base, "most": most,
                "least": some(st.integers(-(2**31), 2**31 - 1)), "shift": some(st.sampled_from([-1, 0, 7, 18, 31, 32, 33])), "buckets": some(st.integers(0, 9)),
            }  # fmt: skip
        case _:
            words = some(st.integers(1, 2))
            kind = some(st.sampled_from(["u8"] * 9 + ["i8"]))
            bits = Laid(np.zeros((size, words), kind), "plain")
            return mark_pairs, {"ids": some(arrays(rows, KINDS[:9], size)), "codes": some(arrays(rows, KINDS[:9], 64 * words)), "bits": bits}  # fmt: skip


def _arrays(value: Any) -> Any:
    if isinstance(value, Laid):
        return value.array()
    return (
        [part.array() for part in value]
        if isinstance(value, list) and isinstance(value[0], Laid)
        else value
    )


def outcome(name: str, kernel: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """What a form returns and has written, or that it refuses the call."""
    given_ = {key: _arrays(value) for key, value in arguments.items()}
    with form(name), np.errstate(all="ignore"):
        try:
            result = kernel(**given_)
        except REFUSALS:
            return "refused"
    written = [given_[key] for key in WRITTEN if given_.get(key) is not None]
    return [*(result if isinstance(result, tuple) else [result]), *written]


WRITTEN = ("keys", "counts", "sums", "highs", "extremes", "has", "out", "bits")


def same(one: Any, other: Any) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return bool(isinstance(one, str) and isinstance(other, str))
    return len(one) == len(other) and all(
        a is b is None
        or (a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))
        for a, b in zip(one, other, strict=True)
    )


@pytest.fixture(autouse=True, scope="module")
def _form() -> None:
    """Both forms run in each test."""
    need_library()


@settings(max_examples=examples(2000), deadline=None, suppress_health_check=list(HealthCheck))
@given(calls())
def test_both_forms_agree(call: tuple[Callable[..., Any], dict[str, Any]]) -> None:
    by_library, by_numpy = (outcome(name, *call) for name in FORMS)
    assert same(by_library, by_numpy)
