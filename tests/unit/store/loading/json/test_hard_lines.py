"""Lines that Arrow's reader takes, changes or stumbles over: both ways must judge them alike."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.reading import fast_path, pieces_of, slow_path
from usql.errors import DataError
from usql.store import Store, load
from usql.store.bad_data import OnError
from usql.store.batches.encode import encode
from usql.store.inputs.origin import Origin
from usql.store.loading.json import ndjson
from usql.store.loading.sink import Sink
from usql.store.tuning import DEFAULT, StoreTuning
from usql.store.views import to_arrow

Write = Callable[[str, bytes | str], Path]


def columns(store: Store) -> dict[str, dict[str, list[Any]]]:
    return {
        name: {field: to_arrow(column).to_pylist() for field, column in table.columns.items()}
        for name, table in store.tables.items()
    }


def read(
    data: bytes,
    on_error: OnError = "stop",
    *,
    is_slow: bool = False,
    is_found: bool = False,
    tuning: StoreTuning = DEFAULT,
) -> Store | str:
    """The store that some text gives, or the message of its error."""
    origin = Origin("x", is_found)
    refuse = slow_path()
    with Sink(on_error, None, None, tuning=tuning) as sink:
        try:
            if is_slow:
                with refuse:
                    ndjson.read_json(io.BytesIO(data), origin, sink)
            else:
                ndjson.read_json(io.BytesIO(data), origin, sink)
        except DataError as error:
            return str(error)
        sink.flush()
        return encode(sink.catalog, sink.batches, sink.notes())


REFUSED = [
    (b'{"city": "a"}\nnull\n', "x, line 2: expected an object, found null"),
    (b'{"city": "a"} null\n', "x, line 1: expected an object, found null"),
    (b'{"city": "a"}\n   null\n', "x, line 2: expected an object, found null"),
    (b'{"future": NaN}', "x, line 1, future: expected a value that JSON has, found NaN, which is not JSON"),
    (b'{"city": "a"}\n{"future": Infinity}', "x, line 2, future: expected a value that JSON has, found Infinity, which is not JSON"),
    (b'{"future": [1.5, -Infinity]}', "x, line 1, future[1]: expected a value that JSON has, found -Infinity, which is not JSON"),
    (b'{"duration": NaN}', "x, line 1, duration: expected a whole number, found NaN, which is not JSON"),
    (
        b'{"doubleProperties": [{"key": "a", "value": NaN}]}',
        "x, line 1, doubleProperties[0].value: expected a number, found NaN, which is not JSON",
    ),
    (
        b'{"userActions": [{"doubleProperties": [{"key": "a", "value": Infinity}]}]}',
        "x, line 1, userActions[0].doubleProperties[0].value: expected a number, found Infinity, which is not JSON",
    ),
    (b'{"future": [99999999999999999999]}', 'x, line 1, future[0]: "99999999999999999999" does not fit into 64 bits'),
    (b'{"future": ' + b"9" * 5000 + b"}", "x, line 1, future: expected a value that JSON has, found a number of 5000 digits"),
    (b'{"duration": ' + b"9" * 5000 + b"}", "x, line 1, duration: expected a whole number, found a number of 5000 digits"),
    (b'{"ci\xffty": "a"}', "x, line 1: byte 5 is not UTF-8"),
    (b'{"future": {"\\ud800": 1}}', "x, line 1, future: the text holds an unpaired surrogate, which is not a character"),
    (b'{"city": "a"}\n\0\n{"city": "b"}\n', "x, line 2: not JSON: expecting value at character 1"),
    (b'{"city": "a"}\0\n', "x, line 1: not JSON: expecting value at character 14"),
    (b'{"city": "a\tb"}', "x, line 1: not JSON: invalid control character at character 12"),
    (b'{"duration": "1_000"}', 'x, line 1, duration: expected a whole number, found the string "1_000"'),
    (b'{"duration": "sNaN"}', 'x, line 1, duration: expected a whole number, found the string "sNaN"'),
    (b'{"duration": "12.5"}', 'x, line 1, duration: expected a whole number, found the string "12.5"'),
    ('{"duration": "١٢"}'.encode(), 'x, line 1, duration: expected a whole number, found the string "١٢"'),
]  # fmt: skip


@pytest.mark.parametrize(("data", "message"), REFUSED)
@pytest.mark.parametrize("is_slow", [False, True])
def test_both_ways_refuse(data: bytes, message: str, is_slow: bool) -> None:
    assert read(data, is_slow=is_slow) == message


@pytest.mark.parametrize("data", [d for d, _ in REFUSED])
def test_both_ways_skip_the_same_rows(data: bytes) -> None:
    good = b'{"city": "Linz"}\n' + data + b'\n{"city": "Wien"}\n'
    fast, slow = read(good, "skip"), read(good, "skip", is_slow=True)
    assert isinstance(fast, Store)
    assert isinstance(slow, Store)
    assert columns(fast) == columns(slow)
    assert fast.notes == slow.notes
    assert fast.notes[0].startswith("1 row was left out: ")
    cities = columns(fast)["usersession"]["city"]
    assert (cities[0], cities[-1]) == ("Linz", "Wien")


@pytest.mark.parametrize("text", ["null", "null\\nnull", 'null\\n{"city": "a"}', "  null"])
def test_a_first_line_of_null_ends_no_process(text: str) -> None:
    # A crash of the reader cannot be caught: another process must survive it.
    code = (
        "import io\n"
        "from usql import DataError\n"
        "from usql.store.inputs.origin import Origin\n"
        "from usql.store.loading.json import ndjson\n"
        "from usql.store.loading.sink import Sink\n"
        "try:\n"
        "    with Sink('stop', None, None) as sink:\n"
        f"        ndjson.read_json(io.BytesIO(b'{text}'), Origin('x'), sink)\n"
        "except DataError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "x, line 1: expected an object, found null\n")


def test_null_values_stay_on_the_fast_way() -> None:
    lines = b'{"city": null, "duration":null, "country":  "a", "matchingConversionGoals": [null, null]}\n'
    with fast_path():
        store = read(lines * 3)
    assert isinstance(store, Store)
    assert store.sessions == 3


@pytest.mark.parametrize(
    "data",
    [
        b'{"city": "NaN"}\n{"city": "Infinity, null"}',
        b'{"city": "}null"}\n{"city": "x"}',
        b'{"duration": " 12 "}',
        b'{"duration": "1.2e1"}',
        b'{"duration": 12.0, "future": 9223372036854775807}',
        b'{"city": null, "userActions": [{"name": null}, {"duration": 5}]}\n{"errors": [], "future": null}',
    ],
)
def test_both_ways_keep_exactly_the_columns_that_hold_something(data: bytes) -> None:
    fast, slow = read(data), read(data, is_slow=True)
    assert isinstance(fast, Store)
    assert isinstance(slow, Store)
    assert columns(fast) == columns(slow)
    for table in fast.tables.values():
        for name, values in columns(fast)[table.name].items():
            assert any(v is not None for v in values), name


@pytest.mark.parametrize("white", ["\x0b", "\x0c", "\x1c", "\x85", "\u00a0", "\u2028", "\ufeff"])
@pytest.mark.parametrize("is_slow", [False, True])
@pytest.mark.parametrize(
    "line",
    [
        "{}",
        '{}{{"city": "b"}}',
        '{{"city": "b"}}{}',
        '{{"city": "b"}} {} {{"city": "c"}}',
        '{{"city":{}"b"}}',
    ],
)
def test_white_space_that_json_has_not_is_bad_data(line: str, white: str, is_slow: bool) -> None:
    bad = line.format(white)
    for text, number in ((f'{{"city": "a"}}\n{bad}\n', 2), (f' \n{bad}\n{{"city": "a"}}\n', 2)):
        refused = read(text.encode(), is_slow=is_slow)
        assert isinstance(refused, str)
        assert refused.startswith(f"x, line {number}: not JSON: ")


@pytest.mark.parametrize(
    "mark", [b"\xef", b"\xef\xbb", b"\xef\xbf", b"\xbb\xbf", b"\xef\xbb\xbf" * 2]
)
@pytest.mark.parametrize("is_slow", [False, True])
def test_a_broken_byte_order_mark_is_bad_data(mark: bytes, is_slow: bool) -> None:
    line = b'{"city": "a"}\n'
    for rest in (line, line + line, line + b'{"future": {}}\n'):
        refused = read(mark + rest, is_slow=is_slow)
        assert isinstance(refused, str)
        assert refused.startswith("x, line 1: ")
        kept = read(mark + rest, "skip", is_slow=is_slow)
        assert isinstance(kept, Store)
        assert kept.sessions == rest.count(b"city") - 1
        assert isinstance(read(line + mark + rest, is_slow=is_slow), str)
        # At the beginning of a later piece.
        refused = read(line + mark + rest, is_slow=is_slow, tuning=pieces_of(len(line)))
        assert isinstance(refused, str)
        assert refused.startswith("x, line 2: ")


# --- arrays and single objects ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'[{"city": "a"}] junk', "x, line 1: not JSON: expecting value at character 17"),
        (b'[{"city": "a"}\n]\n[{"city": "b"}] junk', "x, line 3: not JSON: expecting value at character 17"),
        (b'{\n"city": "a"\n}\n{\n"city": "b"\n},', "x, line 6: not JSON: expecting value at character 2"),
        (b'[{"city": "a"}]\n[{"city": "b"}, 1]', "x, line 2: expected an object, found the number 1"),
        (b'[{"city": "a"},\n{"duration": NaN}]', "x, line 2, duration: expected a whole number, found NaN, which is not JSON"),
        (b'[{"city": "a"} {"city": "b"}]', "x, line 1: expected , or ] here"),
        (b'[{"city": "a"},\n', "x, line 1: the text ends in the middle of a value"),
        (b'[{"city": "a"}\n', "x, line 2: the text ends in the middle of the array"),
    ],
)  # fmt: skip
def test_nothing_behind_an_array_is_lost_silently(data: bytes, message: str) -> None:
    refused = read(data)
    assert isinstance(refused, str)
    assert refused.split(": ", 1)[1] == message.split(": ", 1)[1]


def test_a_broken_array_keeps_its_good_elements(write: Write, tmp_path: Path) -> None:
    file = write("a.json", '[{"city": "a"},\n{"city": "b"},\n{"city": ')
    store = load(file, on_error="skip", rejects=tmp_path / "bad")
    assert columns(store)["usersession"] == {"city": ["a", "b"]}
    assert store.notes == (
        f"1 row was left out: {file}, line 3: the text ends in the middle of a value.",
    )
    assert (tmp_path / "bad").read_bytes() == b'{"city": \n'


def test_a_bad_element_leaves_the_others(write: Write, tmp_path: Path) -> None:
    file = write("a.json", json.dumps([{"city": "a"}, {"duration": "x"}, {"city": "b"}], indent=1))
    store = load(file, on_error="skip", rejects=tmp_path / "bad")
    assert columns(store)["usersession"] == {"city": ["a", "b"]}
    assert json.loads((tmp_path / "bad").read_bytes()) == {"duration": "x"}


def test_a_list_in_the_first_line_makes_no_array_of_lines() -> None:
    store = read(b'[1, 2]\n{"city": "a"}\n{"city": "b"}\n', "skip")
    assert isinstance(store, Store)
    assert columns(store)["usersession"] == {"city": ["a", "b"]}
