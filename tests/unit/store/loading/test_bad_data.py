"""Bad data: file, line, path and reason, and nothing lost."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import usql
from tests.places import SESSIONS

Write = Callable[[str, bytes | str], Path]
GOOD = '{"city": "Linz", "duration": 5}'


def refusal(source: Any) -> usql.DataError:
    with pytest.raises(usql.DataError) as caught:
        usql.open(source)
    return caught.value


@pytest.mark.parametrize(
    ("line", "path", "reason"),
    [
        ('{"duration": "abc"}', "duration", 'expected a whole number, found the string "abc"'),
        ('{"duration": 1.5}', "duration", "expected a whole number, found 1.5"),
        ('{"duration": true}', "duration", "expected a whole number, found a boolean"),
        ('{"duration": 9223372036854775808}', "duration", "does not fit into 64 bits"),
        ('{"duration": 1e30}', "duration", "does not fit into 64 bits"),
        ('{"bounce": 1}', "bounce", "expected a boolean, found the number 1"),
        ('{"city": ["a"]}', "city", "expected a string, found a list"),
        ('{"city": true}', "city", "expected a string, found a boolean"),
        ('{"city": "\\ud800"}', "city", "surrogate"),
        ('{"userActions": {"name": "a"}}', "userActions", "expected a list, found an object"),
        ('{"userActions": [{"name": "a"}, 5]}', "userActions[1]", "expected an object, found the number 5"),
        ('{"userActions": [{}, {"duration": "x"}]}', "userActions[1].duration", "expected a whole number"),
        ('{"stringProperties": [{"value": "a"}]}', "stringProperties[0]", "a property's key is a string, found null"),
        ('{"longProperties": [{"key": "a", "value": "x"}]}', "longProperties[0].value", "expected a whole number"),
        ('{"dateProperties": [{"key": "a", "value": "soon"}]}', "dateProperties[0].value", "is not a date"),
        ('{"matchingConversionGoals": "Payment"}', "matchingConversionGoals", "expected a list"),
        ('{"startTime": "yesterday"}', "startTime", "is not a date"),
        ('{"future": 99999999999999999999}', "future", "does not fit into 64 bits"),
        ("[1, 2]", "", "expected an object, found a list"),
        ("5", "", "expected an object, found the number 5"),
        ('{"city": "Linz"', "", "the text ends in the middle of a value"),
        ('{"city": "Lin', "", "the text ends in the middle of a value"),
        ('{"city": Linz}', "", "not JSON: expecting value at character 10"),
        ('{"city": "Linz"} x', "", "not JSON"),
        ('{"future": ' + "[" * 50_000 + "]" * 50_000 + "}", "", "nest"),
        ('{"future": ' + '{"a":' * 200 + "1" + "}" * 201, "future" + ".a" * 101, "nested deeper"),
    ],
)  # fmt: skip
def test_a_bad_line_is_named(write: Write, line: str, path: str, reason: str) -> None:
    file = write("a.ndjson", f"{GOOD}\n{line}\n{GOOD}\n")
    error = refusal(file)
    assert (error.source, error.line, error.path) == (str(file), 2, path)
    assert reason in error.reason
    assert not error.reason.endswith(".")
    assert f"{file}, line 2" in str(error)
    kept = usql.open(file, on_error="skip")
    assert len(kept) == 2
    assert kept.notes[0].startswith("1 row was left out: ")
    assert "line 2" in kept.notes[0]


def test_bytes_that_are_no_utf8(write: Write) -> None:
    error = refusal(write("a.ndjson", GOOD.encode() + b'\n{"city": "\xff"}\n'))
    assert (error.line, error.reason) == (2, "byte 11 is not UTF-8")


def test_a_wrong_type_on_line_90001(write: Write) -> None:
    lines = [GOOD] * 90_000 + ['{"userActions": [{"networkTime": {}}]}'] + [GOOD] * 10
    error = refusal(write("a.ndjson", "\n".join(lines)))
    assert (error.line, error.path) == (90_001, "userActions[0].networkTime")


def test_a_line_of_50_megabytes(write: Write) -> None:
    line = json.dumps({"city": "x" * 50_000_000, "userActions": [{"name": "a"}]})
    sessions = usql.open(write("a.ndjson", f"{GOOD}\n{line}\n{GOOD}\n"))
    assert sessions.query("SELECT COUNT(*), COUNT(useraction.name) FROM usersession").rows() == [
        [3, 1]
    ]


def test_a_file_cut_off_in_a_line(write: Write, tmp_path: Path) -> None:
    data = SESSIONS.read_bytes()
    file = write("a.ndjson", data[: len(data) - 100])
    error = refusal(file)
    assert (error.line, error.reason) == (16, "the text ends in the middle of a value")
    kept = usql.open(file, on_error="skip", rejects=tmp_path / "bad.ndjson")
    assert len(kept) == 15
    assert (tmp_path / "bad.ndjson").read_bytes() == data[:-100].splitlines()[-1] + b"\n"


def test_a_cut_off_archive(write: Write) -> None:
    packed = gzip.compress(SESSIONS.read_bytes())
    file = write("a.ndjson.gz", packed[: len(packed) // 2])
    assert refusal(file).source == str(file)


def test_cut_off_arrays_and_arrow_files(write: Write, tmp_path: Path) -> None:
    assert refusal(write("a.json", f"[{GOOD},\n{GOOD}")).line == 2
    error = refusal(write("b.json", f'[{GOOD},\n{{"duration": "x"}},\n{GOOD}]'))
    assert (error.line, error.path) == (2, "duration")
    pq.write_table(pa.table({"city": ["a"]}), tmp_path / "c.parquet")
    whole = (tmp_path / "c.parquet").read_bytes()
    for cut in (5, len(whole) // 2, len(whole) - 3):
        assert "c.parquet" in str(refusal(write("c.parquet", whole[:cut])))


def test_skipped_rows_are_counted_named_and_kept(write: Write, tmp_path: Path) -> None:
    bad = [f'{{"duration":  "x{i}"}}' for i in range(12)]
    lines = [line for b in bad for line in (GOOD, b)]
    file = write("a.ndjson", "\r\n".join(lines) + "\n")
    sessions = usql.open(file, on_error="skip", rejects=tmp_path / "bad")
    assert len(sessions) == 12
    assert sessions.notes[0].startswith("12 rows were left out: ")
    assert sessions.notes[0].endswith("; and 7 more.")
    written = (tmp_path / "bad").read_bytes().splitlines()
    assert written == [b.encode() for b in bad]


def test_rejects_never_overwrite_a_source(write: Write) -> None:
    file = write("a.ndjson", GOOD)
    with pytest.raises(ValueError, match="overwrite"):
        usql.open(file, on_error="skip", rejects=file)
    assert file.read_text() == GOOD


def test_rejected_dicts_are_written_as_json(tmp_path: Path) -> None:
    rows: list[Any] = [{"city": "a"}, {"duration": "x"}, 5]
    sessions = usql.open(rows, on_error="skip", rejects=tmp_path / "bad")
    assert len(sessions) == 1
    assert [json.loads(x) for x in (tmp_path / "bad").read_text().splitlines()] == [
        {"duration": "x"},
        5,
    ]


def test_bad_rows_of_arrow_tables_are_named() -> None:
    table = pa.table(
        {"city": ["a", "b"], "userActions": [[{"duration": "5"}], [{"duration": "x"}]]}
    )
    error = refusal(table)
    assert (error.source, error.path) == ("row 1", "userActions[0].duration")
    assert len(usql.open(table, on_error="skip")) == 1


def test_a_wrong_option_is_refused() -> None:
    with pytest.raises(ValueError, match="on_error"):
        usql.open([], on_error="ignore")  # type: ignore[arg-type]
