"""JSON values one after the other, over any number of lines."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import usql
from tests.places import SESSIONS
from tests.reading import opened, pieces_of
from tests.unit.store.sources.test_files import Write, line, names
from usql.errors import DataError
from usql.store.inputs.origin import Origin
from usql.store.loading.json import ndjson
from usql.store.loading.sink import Sink

Rows = list[dict[str, Any]]

ROWS: Rows = [
    json.loads(line(name, city=f"Málaga {name}", further=n)) for n, name in enumerate("abcde")
]


def pretty(rows: Rows) -> str:
    """As jq writes them."""
    return "".join(json.dumps(row, indent=2, ensure_ascii=False) + "\n" for row in rows)


def array(rows: Rows, indent: int | None = 2) -> str:
    return json.dumps(rows, indent=indent, ensure_ascii=False)


SHAPES: dict[str, Callable[[Rows], str]] = {
    "pretty": pretty,
    "pretty, windows": lambda rows: pretty(rows).replace("\n", "\r\n"),
    "pretty, in tabs": lambda rows: "\n".join(json.dumps(row, indent="\t") for row in rows),
    "pretty, blank lines": lambda rows: "\n\n" + pretty(rows).replace("}\n", "}\n\n \n"),
    "pretty, glued": lambda rows: pretty(rows).replace("}\n{", "}{"),
    "one array": array,
    "one array in a line": lambda rows: array(rows, None),
    "two arrays": lambda rows: array(rows[:2]) + "\n" + array(rows[2:]) + "\n",
    "two arrays, glued": lambda rows: array(rows[:2]) + array(rows[2:]),
    "two arrays in lines": lambda rows: array(rows[:2], None) + "\n" + array(rows[2:], None) + "\n",
    "arrays of all kinds": lambda rows: (
        "[]\n" + array(rows[:1], None) + "\n[\n]\n" + array(rows[1:3]) + pretty(rows[3:])
    ),
    "an array and lines": lambda rows: (
        array(rows[:2], None) + "\n" + "".join(json.dumps(row) + "\n" for row in rows[2:])
    ),
    "lines and an array": lambda rows: (
        "".join(json.dumps(row) + "\n" for row in rows[:2]) + array(rows[2:], None)
    ),
    "an array and pretty ones": lambda rows: array(rows[:2]) + "\n" + pretty(rows[2:]),
    "elements in lines": lambda rows: "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]",
}


@pytest.mark.parametrize("piece", [1, 7, 100, 8 << 20])
@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(write: Write, shape: str, piece: int) -> None:
    path = write("a.json", SHAPES[shape](ROWS))
    # What a text looks like is judged by its first piece, which holds some lines.
    found = opened(path, pieces_of(max(piece, 100)))
    rows = found.query("SELECT userSessionId, city, further FROM usersession").rows()
    assert rows == [[row["userSessionId"], row["city"], row["further"]] for row in ROWS]


def test_real_sessions(write: Write) -> None:
    rows = [json.loads(text) for text in SESSIONS.read_text(encoding="utf-8").splitlines()]
    made = opened(write("a.json", pretty(rows)), pieces_of(3_000))
    found = made.query("SELECT JSON FROM usersession").rows()
    assert found == usql.open(SESSIONS).query("SELECT JSON FROM usersession").rows()


BROKEN = {
    "b": (
        pretty(ROWS).replace('"userSessionId": "d"', '"userSessionId": d'),
        20,
        "expecting value at character 20",
    ),
    "cut": (pretty(ROWS)[:-20], None, "the text ends in the middle of a value"),
    "comma": (pretty(ROWS[:3]) + "," + pretty(ROWS[3:]), 19, "expecting value at character 1"),
    "deep": (pretty(ROWS[:2]) + "[" * 100_000, 13, "brackets nest deeper"),
    "array": (
        array(ROWS[:2]) + "\n" + array(ROWS[2:])[:-2],
        None,
        "the text ends in the middle of the array",
    ),
    "no comma": (array(ROWS).replace("},", "}", 1), 8, "expected , or ] here"),
}


@pytest.mark.parametrize("piece", [100, 8 << 20])
@pytest.mark.parametrize("kind", BROKEN)
def test_broken_text_is_told_by_its_line(
    write: Write, tmp_path: Path, kind: str, piece: int
) -> None:
    text, number, reason = BROKEN[kind]
    path = write("a.json", text)
    with pytest.raises(DataError) as caught:
        opened(path, pieces_of(piece))
    kept = opened(path, pieces_of(piece), on_error="skip", rejects=tmp_path / "bad")
    assert reason in str(caught.value)
    last = text.rstrip("\n").count("\n") + 1
    assert caught.value.line == (last if number is None else number)
    rejected = (tmp_path / "bad").read_text()
    assert len(kept) + rejected.count("userSessionId") == text.count("userSessionId")
    assert text.rstrip().endswith(rejected.rstrip())


def test_a_bad_value_is_told_by_its_line(write: Write) -> None:
    rows = [*ROWS[:3], {**ROWS[3], "duration": "long"}]
    for text in (pretty(rows), array(rows[:1]) + "\n" + array(rows[1:])):
        with pytest.raises(DataError) as caught:
            opened(write("a.json", text), pieces_of(100))
        at = text.index("{\n", text.index('"c"'))
        assert caught.value.line == text.count("\n", 0, at) + 1
        assert caught.value.path == "duration"


def test_text_that_is_not_utf8(write: Write) -> None:
    data = pretty(ROWS).encode().replace("Málaga d".encode(), "Málaga d".encode("latin-1"))
    for piece in (100, 8 << 20):
        with pytest.raises(DataError, match="the text is not UTF-8") as caught:
            opened(write("a.json", data), pieces_of(piece))
        assert caught.value.line == pretty(ROWS).count("\n", 0, pretty(ROWS).index("Málaga d")) + 1


def test_only_as_much_is_held_as_a_value_needs(write: Write) -> None:
    """Many values pass where one of their size together would not."""
    left_out = {"tenantId": "x" * 2_000}  # of the text, not of what is kept
    text = pretty([{**ROWS[0], **left_out, "userSessionId": str(n)} for n in range(500)])
    limit = len(text) // 4
    with Sink("stop", None, None, limit=limit, tuning=pieces_of(1_000)) as sink:
        ndjson.read_json(io.BytesIO(text.encode()), Origin("x"), sink)
        sink.flush()
        assert sink.sessions == 500
    path = write("b.json", '{\n"userSessionId": "' + "a" * limit * 2)
    with pytest.raises(DataError, match="the text would take more"):
        opened(path, pieces_of(1_000), memory_limit=limit)
    assert names(write("c.json", pretty(ROWS))) == list("abcde")
