"""What names, folders and patterns mean, and what is told of the rest (LANGUAGE.md §10a)."""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

import usql
from usql.errors import DataError
from usql.store.inputs.origin import Origin, SavedSource
from usql.store.sources.files import entries_of
from usql.store.sources.foreign import Folders

Write = Callable[[str, bytes | str], Path]

LINKS = pytest.mark.skipif(sys.platform == "win32", reason="links need a permission")


def line(name: str, **fields: Any) -> str:
    return json.dumps({"userSessionId": name, "startTime": 1_700_000_000_000, **fields}) + "\n"


def store(path: Path, *names: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    usql.open([json.loads(line(name)) for name in names]).save(path)
    return path


def names(source: Any) -> list[str]:
    """The identifiers of the sessions, in order."""
    found = usql.open(source).query("SELECT userSessionId FROM usersession").rows()
    return [row[0] for row in found]


@pytest.fixture
def export(tmp_path: Path, write: Write) -> Path:
    write("x/a.ndjson", line("a"))
    write("x/b/c.json", f"[{line('c')}]")
    write("x/b/d/e.ndjson", line("e"))
    write("x/_temporary/0.ndjson", "not json")
    write("x/b/_part.ndjson", "not json")
    write("x/.hidden/0.ndjson", "not json")
    store(tmp_path / "x" / "f.usqlstore", "f", "g")
    write("x/z.jsonl", line("z"))
    return tmp_path / "x"


def test_a_folder(export: Path) -> None:
    assert names(export) == ["a", "c", "e", "f", "g", "z"]
    assert usql.open(export).notes == ()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", "a c e f g z"),
        ("**", "a c e f g z"),
        ("**/*", "a c e f g z"),
        ("*.ndjson", "a"),
        ("**/*.ndjson", "a e"),
        ("**/**/*.ndjson", "a e"),
        ("b/*", "c e"),
        ("?", "c e"),
        ("[ab]", "c e"),
        ("*/d", "e"),
        ("*.usqlstore", "f g"),
        ("*/*.json", "c"),
        ("**/d/../*.json", "c"),
    ],
)
def test_patterns(export: Path, pattern: str, expected: str) -> None:
    assert names(str(export / pattern)) == expected.split()


@pytest.mark.parametrize("pattern", ["_*/*", "b/_*", "*/_part.ndjson", "**/_part*", ".hid*/*"])
def test_names_that_are_no_data_fit_a_pattern_that_says_so(export: Path, pattern: str) -> None:
    with pytest.raises(DataError, match="not JSON"):
        usql.open(str(export / pattern))


@pytest.mark.parametrize("pattern", ["*/0.ndjson", "**/0.ndjson", "b/?part.ndjson", "**/s.arrow"])
def test_a_pattern_that_nothing_fits(export: Path, pattern: str) -> None:
    with pytest.raises(DataError, match="no file matches the pattern"):
        usql.open(str(export / pattern))


def test_a_pattern_below_a_folder_whose_name_looks_like_one(write: Write, tmp_path: Path) -> None:
    write("x[1]/b*/a.ndjson", line("a"))
    assert names(str(tmp_path / "x[1]" / "*" / "*.ndjson")) == ["a"]
    assert names(str(tmp_path / "x[1]" / "b*" / "a.ndjson")) == ["a"]


def test_a_relative_pattern(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(export)
    assert names("*/*.json") == ["c"]
    assert names("**") == ["a", "c", "e", "f", "g", "z"]
    assert [
        entry.name for entry in entries_of("*.ndjson", Folders()) if isinstance(entry, Origin)
    ] == ["a.ndjson"]


def test_folders_of_stores(tmp_path: Path) -> None:
    for name in "ab":
        store(tmp_path / "s" / "deep" / f"{name}.usqlstore", name)
    for source in (
        tmp_path / "s",
        str(tmp_path / "s/*"),
        str(tmp_path / "s/*/*.usqlstore"),
        str(tmp_path / "**"),
    ):
        assert names(source) == ["a", "b"], source
    assert entries_of(str(tmp_path), Folders()) == [
        SavedSource(str(tmp_path / "s" / "deep" / f"{name}.usqlstore")) for name in "ab"
    ]


def test_a_store_whose_replacement_was_killed_half_way(tmp_path: Path) -> None:
    """It lies aside under a hidden name; the folder around it still holds it."""
    store(tmp_path / "s" / "a.usqlstore", "a")
    store(tmp_path / "s" / "b.usqlstore", "b")
    (tmp_path / "s" / "b.usqlstore").rename(tmp_path / "s" / ".b.usqlstore.usql-replaced")
    assert names(tmp_path / "s") == ["a", "b"]


def test_named_or_found(export: Path) -> None:
    def found(source: str) -> list[bool]:
        return [e.is_found for e in entries_of(source, Folders()) if isinstance(e, Origin)]

    assert found(str(export / "a.ndjson")) == [False]
    assert found(str(export / "b")) == [True, True]
    assert found(str(export / "*.ndjson")) == [True]


# --- what is passed by ------------------------------------------------------------------------------


@LINKS
def test_what_is_passed_by_is_told(write: Write, tmp_path: Path) -> None:
    write("x/a.ndjson", line("a"))
    for name in ("b.ndjson.bz2", "c.ndjson.xz", "d.zip", "e.ndjson.1"):
        write(f"x/{name}", b"anything")
    write("other/o.ndjson", line("o"))
    x = tmp_path / "x"
    (x / "f").symlink_to(tmp_path / "other")
    (x / "g.ndjson").symlink_to(tmp_path / "none")
    os.mkfifo(x / "h.ndjson")
    sessions = usql.open(x)
    assert len(sessions) == 1
    assert sessions.notes == (
        f"7 files were skipped: {x / 'b.ndjson.bz2'}; {x / 'c.ndjson.xz'}; {x / 'd.zip'}; "
        f"{x / 'e.ndjson.1'}; {x / 'f'} (a link to a folder); and 2 more.",
    )
    for name in ("b.ndjson.bz2", "c.ndjson.xz", "d.zip", "e.ndjson.1", "f"):
        (x / name).unlink()
    assert usql.open(x).notes == (
        f"2 files were skipped: {x / 'g.ndjson'} (a link that leads nowhere); "
        f"{x / 'h.ndjson'} (a pipe or a device).",
    )
    (x / "g.ndjson").unlink()
    assert usql.open(str(x / "*")).notes == (
        f"1 file was skipped: {x / 'h.ndjson'} (a pipe or a device).",
    )


def test_a_folder_with_nothing_to_read_names_what_it_has(write: Write, tmp_path: Path) -> None:
    write("x/a.ndjson.bz2", b"BZh")
    for source in (tmp_path / "x", str(tmp_path / "*")):
        with pytest.raises(DataError, match=r"; 1 file was skipped: .*a\.ndjson\.bz2$"):
            usql.open(source)


def test_a_store_tells_what_was_passed_by_beside_it(write: Write, tmp_path: Path) -> None:
    store(tmp_path / "a.usqlstore", "a")
    write("b.zip", b"PK")
    assert usql.open(tmp_path).notes == (f"1 file was skipped: {tmp_path / 'b.zip'}.",)


def test_a_folder_that_cannot_be_looked_into(export: Path) -> None:
    """Its sessions are not left out without a word."""
    listdir = os.listdir

    def refusing(folder: str) -> list[str]:
        if folder.endswith("b"):
            raise PermissionError(13, "Permission denied", folder)
        return listdir(folder)

    for source in (export, str(export / "*"), str(export / "**" / "*.ndjson")):
        with (
            mock.patch("os.listdir", refusing),
            pytest.raises(DataError, match="Permission denied"),
        ):
            usql.open(source)


# --- names ------------------------------------------------------------------------------------------


def test_home_folders(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.ndjson", line("a"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for source in ("~/a.ndjson", Path("~/a.ndjson"), "~/*.ndjson", "~"):
        assert names(source) == ["a"]
    here = write("here/~/b.ndjson", line("b")).parents[1]
    monkeypatch.chdir(here)
    assert names("~/b.ndjson") == ["b"]


@pytest.mark.parametrize("name", ["C:/none.ndjson", "x:none", "none", "a/b://c"])
def test_no_urls(name: str) -> None:
    with pytest.raises(DataError, match="there is no such file or folder"):
        usql.open(name)


def test_folders_deeper_than_calls_may_nest(tmp_path: Path) -> None:
    limit = sys.getrecursionlimit()
    deep = tmp_path.joinpath(*"d" * 120)
    deep.mkdir(parents=True)
    (deep / "a.ndjson").write_text(line("a"))
    depth = len(inspect.stack())
    try:
        sys.setrecursionlimit(depth + 100)
        found = entries_of(str(tmp_path), Folders())
        matching = entries_of(str(tmp_path / "**" / "*.ndjson"), Folders())
    finally:
        sys.setrecursionlimit(limit)
    assert found == matching == [Origin(str(deep / "a.ndjson"), is_found=True)]
