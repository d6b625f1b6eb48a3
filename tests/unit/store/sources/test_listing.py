"""The same file or store, reached twice, is read once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import usql
from tests.unit.store.sources.test_files import LINKS, Write, line, names, store
from usql.store.inputs.origin import Origin
from usql.store.sources.listing import list_parts


def told(*again: Path) -> tuple[str, ...]:
    named = "; ".join(map(str, again))
    if len(again) == 1:
        return (f"1 file or store was reached more than once and is read once: {named}.",)
    return (
        f"{len(again)} files or stores were reached more than once and are read once each: {named}.",
    )


def test_by_name_folder_and_pattern(write: Write, tmp_path: Path) -> None:
    a, b = write("x/a.ndjson", line("a")), write("x/b.ndjson", line("b"))
    assert usql.open([b, tmp_path / "x"]).notes == told(b)
    assert names([b, tmp_path / "x"]) == ["b", "a"]
    assert usql.open([str(tmp_path / "x" / "a*"), str(tmp_path / "x" / "*"), a]).notes == told(a)
    assert usql.open([a, a, b, b]).notes == told(a, b)
    assert usql.open([a, tmp_path / "x" / ".." / "x" / "a.ndjson"]).notes != ()
    assert usql.open([a, b]).notes == ()


@LINKS
def test_by_links(write: Write, tmp_path: Path) -> None:
    a = write("x/a.ndjson", line("a"))
    (tmp_path / "x" / "b.ndjson").symlink_to(a)
    os.link(a, tmp_path / "x" / "c.ndjson")
    sessions = usql.open(tmp_path / "x")
    assert len(sessions) == 1
    assert sessions.notes == told(tmp_path / "x" / "c.ndjson")
    (tmp_path / "y").symlink_to(tmp_path / "x")
    assert len(usql.open([tmp_path / "x", tmp_path / "y"])) == 1


@LINKS
def test_stores(write: Write, tmp_path: Path) -> None:
    one = store(tmp_path / "a.usqlstore", "a")
    (tmp_path / "b.usqlstore").symlink_to(one)
    assert usql.open([one, one]).notes == told(one)
    assert names([one, tmp_path / "b.usqlstore", tmp_path]) == ["a"]
    other = write("c.ndjson", line("c"))
    assert names([other, one, tmp_path]) == ["c", "a"]


def test_a_copy_is_another_file(write: Write, tmp_path: Path) -> None:
    write("x/a.ndjson", line("a"))
    write("x/b.ndjson", line("a"))
    assert len(usql.open(tmp_path / "x")) == 2


@pytest.mark.parametrize("order", [1, -1])
def test_a_file_that_was_named_too_is_a_named_one(write: Write, tmp_path: Path, order: int) -> None:
    """And it has what the folders on its way tell."""
    a = write("x/country=Spain/a.ndjson", line("a"))
    (part,) = list_parts([a, tmp_path / "x"][::order]).parts
    assert part == Origin(str(a), is_found=False, partition=(("country", "Spain"),))
