"""``usql convert`` to and from a saved store."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.terminal import Terminal
from tests.unit.cli.test_cli import COUNT, EXPORT, usql
from tests.unit.store.same import assert_same
from usql.cli.command import invoke
from usql.store import load
from usql.store.saved.folder import open_folder


def test_to_a_store_and_back(tmp_path: Path) -> None:
    saved, lines = tmp_path / "s.usqlstore", tmp_path / "s.ndjson"
    done = usql("convert", EXPORT, str(saved))
    assert done.returncode == 0
    assert re.fullmatch(rf"wrote 16 sessions, 27 actions to {saved}, \d+ kB\n", done.stderr)
    assert_same(open_folder(saved), load(EXPORT))
    assert "16" in usql("query", COUNT, str(saved)).stdout
    assert "32" in usql("query", COUNT, str(saved), EXPORT).stdout
    assert usql("convert", str(saved), str(lines)).returncode == 0
    assert_same(load(lines), load(EXPORT))


def test_a_store_is_written_over_and_a_separator_ends_its_name(tmp_path: Path) -> None:
    target = f"{tmp_path / 's.usqlstore'}/"
    for _ in range(2):
        assert usql("convert", EXPORT, target).returncode == 0
    assert usql("convert", target, target).returncode == 0
    assert_same(open_folder(target), load(EXPORT))


def test_names_that_can_not_be_written(tmp_path: Path) -> None:
    done = usql("convert", EXPORT, str(tmp_path / "x.xlsx"))
    assert done.returncode == 2
    assert ".usqlstore" in done.stderr
    other = tmp_path / "s.usqlstore"
    other.mkdir()
    (other / "thesis.txt").touch()
    done = usql("convert", EXPORT, str(other))
    assert done.returncode == 2
    assert "something other than a saved store" in done.stderr
    done = usql("convert", EXPORT, str(tmp_path / "none" / "s.ndjson"))
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_a_damaged_store(tmp_path: Path) -> None:
    saved = tmp_path / "s.usqlstore"
    usql("convert", EXPORT, str(saved))
    (saved / "useraction.arrow").write_bytes(b"")
    done = usql("query", COUNT, str(saved))
    assert done.returncode == 3
    assert f"error: {saved / 'useraction.arrow'}: the file is damaged" in done.stderr


@pytest.mark.parametrize("name", ["s.ndjson", "s.ndjson.gz", "s.parquet"])
def test_what_was_written_is_told(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    target = tmp_path / name
    assert invoke(["sample", "--sessions", "30", "-o", str(target)]) == 0
    actions = sum(
        len(rows)
        for (rows,) in usql_rows(target, "SELECT useraction.startTime FROM usersession LIMIT 50")
    )
    size = target.stat().st_size
    told = f"wrote 30 sessions, {actions} actions to {target}, {size / 1000:,.0f} kB\n"
    assert capfd.readouterr() == ("", told)
    again = tmp_path / "t.ndjson"
    assert invoke(["convert", str(target), str(again)]) == 0
    assert capfd.readouterr().err.startswith(f"wrote 30 sessions, {actions} actions to {again}, ")


def usql_rows(path: Path, text: str) -> list[list[list[object]]]:
    return json.loads(usql("query", text, str(path), "--format", "json").stdout)["rows"]


def test_notes_come_before_the_closing_line(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a.ndjson").write_text('{"userSessionId": "a"}\n' * 2)
    target = tmp_path / "b.ndjson"
    assert invoke(["convert", str(tmp_path / "a.ndjson"), str(target)]) == 0
    note, closing = capfd.readouterr().err.splitlines()
    assert note.startswith("note: 1 of 2 sessions appeared before")
    assert closing == f"wrote 2 sessions, 0 actions to {target}, {target.stat().st_size} bytes"


@pytest.mark.long
def test_a_bar_tells_how_far_the_writing_is(tmp_path: Path) -> None:
    target = tmp_path / "s.ndjson"
    terminal = Terminal(["sample", "--sessions", "8000", "-o", str(target)], 120, 10)
    terminal.wait("writing")
    terminal.wait("of 8,000 sessions")
    assert terminal.end() == 0
    assert len(set(re.findall(rb"([0-9,]+) of 8,000 sessions", terminal.sent))) > 2
    assert "writing" not in terminal.text
    assert terminal.text.replace("\n", "").startswith("wrote 8,000 sessions, ")
