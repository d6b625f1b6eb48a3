"""Lines of Elasticsearch are read by columns, as the slow way reads them one by one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.oracle import strategies
from tests.reading import fast_path, pieces_of
from tests.sampling import examples
from tests.unit.store.loading.json.test_hard_lines import columns, read
from usql.store import Store
from usql.store.recognition.elastic import has_documents, without_actions

ACTION = '{"index":{"_index":"s","_id":"1"}}'


def text(rows: list[dict[str, Any]], form: str) -> bytes:
    """The rows as bulk lines, as documents, or plain."""
    made = []
    for number, row in enumerate(rows):
        line = json.dumps(row, ensure_ascii=False)
        if form == "bulk":
            named = {"create": {"_id": str(number), "routing": "x"}}
            made.append(json.dumps(named, separators=(",", ":")) if number % 2 else ACTION)
        if form == "documents":
            hit = {"_index": "s", "_id": str(number), "_score": None, "sort": [1], "_source": row}
            line = json.dumps(hit, ensure_ascii=False, separators=(",", ":"))
        made.append(line)
    return "".join(line + "\n" for line in made).encode()


def both(data: bytes, *, piece: int = 1 << 20, on_error: Any = "stop") -> tuple[Any, Any]:
    fast = read(data, on_error, tuning=pieces_of(piece))
    return fast, read(data, on_error, is_slow=True)


def same(fast: Any, slow: Any) -> None:
    if isinstance(slow, str):
        assert fast == slow
        return
    assert isinstance(fast, Store)
    assert columns(fast) == columns(slow)
    assert fast.notes == slow.notes


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    strategies.sessions(),
    st.sampled_from(["bulk", "documents"]),
    st.sampled_from([100, 1000, 1 << 20]),
)
def test_generated_sessions(rows: list[dict[str, Any]], form: str, piece: int) -> None:
    fast, slow = both(text(rows, form), piece=piece)
    same(fast, slow)
    plain = read(text(rows, "plain"))
    assert isinstance(plain, Store)
    assert columns(fast) == columns(plain)


ROWS = [
    {"userSessionId": f"s{n}", "city": "Linz", "userActions": [{"name": "x"}]} for n in range(20)
]


@pytest.mark.parametrize("form", ["bulk", "documents"])
def test_no_line_is_looked_at_by_itself(form: str) -> None:
    with fast_path():
        store = read(text(ROWS, form))
    assert isinstance(store, Store)
    assert store.sessions == 20
    assert [note.split()[0] for note in store.notes] == ["20"]


@pytest.mark.parametrize(
    "data",
    [
        ACTION + "\n",
        ACTION + "\n" + ACTION + "\n",
        ACTION + '\n{"city": "a"}\n' + ACTION + '\n{"foo": 1}\n',
        ACTION + '\n{"city": "a"}\n{"index":{"foo":1}}\n',
        ACTION + '\n{"city": "a"}\n{"index": 5}\n{"delete":{"_id":"1"}}\n',
        '{"city": "a"}\n' + ACTION + '\n{"city": "b"}\n{ "index" : {} }\n',
        '{"city": "a"}\n{"city": "b"}\n' + ACTION + '\n{"city": "c", "duration": "x"}\n',
        ACTION + '\n\n{"city": "a"}\n{"index":\n',
        '{"_source":{"city":"a"}}\n{"city":"b"}\n',
        '{"city":"b"}\n{"_source":{"city":"a"}}\n',
        '{"_source":{"city":"a"}}\n{"_source":null}\n',
        '{"_source":{"city":"a"}}\nnull\n',
        '{"_source":{"city":"a"},"city":"b"}\n',
        '{"_source":{"city":"a"},"userSessionId":"b"}\n',
        '{"_source":{"city":"a"}}\n{"_source":{"foo":"a"}}\n',
        '{"_source":{"foo":"2026-01-01T00:00:00Z","city":"a"}}\n',
        '{"_source":{"geolocationCityName":"a"},"sessions":[]}\n{"_source":{"_source":{"city":"x"}}}\n',
        '{"city":"say \\"_source\\": x"}\n',
        '{"city":"_source","future":{"_source":1}}\n',
    ],
)
def test_odd_lines(data: str) -> None:
    for on_error in ("stop", "skip"):
        same(*both(data.encode(), on_error=on_error))
        same(*both(data.encode(), on_error=on_error, piece=30))


def test_lines_keep_their_numbers() -> None:
    found = read((ACTION + '\n{"city": "a"}\n' + ACTION + '\n{"duration": "x"}\n').encode())
    assert found == 'x, line 4, duration: expected a whole number, found the string "x"'


def test_what_is_told_from_the_first_lines() -> None:
    plain = b'{"city": "a"}\n{"index":{"_id":1}}\n'
    assert without_actions(plain) == (b'{"city": "a"}\n\n', 1)
    assert without_actions(b'{"city": "a"}\n' * 2 + plain[14:]) == (
        b'{"city": "a"}\n' * 2 + plain[14:],
        0,
    )
    assert has_documents(b'\n {"_id":1,"_source":{}}\n')
    assert not has_documents(b'{"city":1}\n{"_source":{}}\n')
