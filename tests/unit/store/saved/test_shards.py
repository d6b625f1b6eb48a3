"""Reading a set of shards: what is refused, and with which words."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import usql
from tests.unit.store.same import assert_columns
from usql.errors import DataError
from usql.samples import generate
from usql.store import load, save
from usql.store.saved.arrowfile import SavedBatch
from usql.store.saved.documents import checksum
from usql.store.saved.shards import MANIFEST, VERSION, read_shards
from usql.store.sharding.shard import shard
from usql.store.stores import open_saved
from usql.version import __version__

COUNT = "SELECT COUNT(*) FROM usersession"


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    folder = tmp_path / "x.usqlshards"
    shard(generate(30, 1), folder, sessions=10)
    return folder


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest as somebody would who knows how its checksum is made."""
    body = json.loads((folder / MANIFEST).read_text())
    body.pop("sha256")
    change(body)
    (folder / MANIFEST).write_text(json.dumps(body | {"sha256": checksum(body)}))


def test_the_manifest(shards: Path) -> None:
    _, found = read_shards(shards)
    whole = load(generate(30, 1))
    assert [one.sessions for one in found.shards] == [10, 10, 10]
    assert found.catalog.property_keys == dict(whole.catalog.property_keys)
    assert found.catalog == whole.catalog
    assert found.span == whole.span
    assert found.written_by == __version__
    body = json.loads((shards / MANIFEST).read_text())
    assert (body["format"], body["version"], body["sessions"]) == ("usql-shards", VERSION, 30)
    for one in found.shards:
        files = (shards / one.name).iterdir()
        assert one.bytes == sum(file.stat().st_size for file in files)
        store = load(shards / one.name)
        assert one.rows == {name: data.rows for name, data in store.tables.items()}
        assert store.span == (one.starts.low, (one.ends.high or 0) + 1)


@pytest.mark.parametrize("around", ["{}", "{}/", "{}/../x.usqlshards"])
def test_shards_are_opened_as_one_set(shards: Path, around: str) -> None:
    sessions = usql.open(around.format(shards))
    assert sessions.query(COUNT).rows() == [[30]]
    assert usql.open(shards.parent).query(COUNT).rows() == [[30]]
    assert usql.open([shards, str(shards)]).query(COUNT).rows() == [[30]]
    assert usql.open(f"{shards.parent}/*").query(COUNT).rows() == [[30]]
    assert usql.query(COUNT, shards).rows() == [[30]]


def test_one_shard_alone_and_by_a_pattern(shards: Path) -> None:
    assert len(usql.open(shards / "part-00001.usqlstore")) == 10
    assert len(usql.open(f"{shards}/part-*.usqlstore")) == 30


def test_opening_reads_no_column(monkeypatch: pytest.MonkeyPatch, shards: Path) -> None:
    read: list[str] = []
    original = SavedBatch.column

    def column(self: SavedBatch, position: int) -> Any:
        read.append(self.batch.schema.names[position])
        return original(self, position)

    monkeypatch.setattr(SavedBatch, "column", column)
    store = open_saved(shards)
    assert store.sessions == 30
    assert store.catalog.property_keys["useraction", "stringProperties"] == ("campaign",)
    assert not read
    assert len(store.tables["usersession"].columns["city"]) == 30
    assert read == ["city"] * 3


def test_what_is_joined_is_what_one_store_has(shards: Path) -> None:
    whole, found = load(generate(30, 1)), load(shards)
    save(found, shards.parent / "one.usqlstore")
    again = load(shards.parent / "one.usqlstore")
    for name, table in whole.tables.items():
        assert again.tables[name].rows == table.rows
        for field in table.columns:
            assert_columns(again.tables[name].columns[field], found.tables[name].columns[field])


def test_open_shards_are_pickled_by_their_place(shards: Path) -> None:
    sessions = usql.open(shards)
    assert pickle.loads(pickle.dumps(sessions)).query(COUNT).rows() == [[30]]
    shard(generate(30, 1), shards, sessions=10)
    with pytest.raises(DataError, match="saved again"):
        pickle.loads(pickle.dumps(sessions))


# --- what is refused ------------------------------------------------------------------------------


def refused(folder: Path | str) -> str:
    with pytest.raises(DataError) as raised:
        usql.open(folder)
    return str(raised.value)


def test_shards_without_a_manifest(shards: Path) -> None:
    (shards / MANIFEST).unlink()
    told = f"{shards}: the folder has shards, but not {MANIFEST}, which is written last: the run"
    for source in (shards, shards.parent, f"{shards.parent}/*"):
        assert refused(source).startswith(told)


def test_a_shard_that_is_gone(shards: Path) -> None:
    shutil.rmtree(shards / "part-00001.usqlstore")
    assert refused(shards).startswith(
        f"{shards / 'part-00001.usqlstore'}: the shard is missing; run"
    )


def test_a_shard_of_another_size(shards: Path) -> None:
    with (shards / "part-00001.usqlstore" / "useraction.arrow").open("ab") as file:
        file.write(b"\0")
    assert "the shard has" in refused(shards)
    assert "that were written; run usql shard again" in refused(shards)


def test_another_store_in_the_place_of_a_shard(shards: Path) -> None:
    shutil.rmtree(shards / "part-00001.usqlstore")
    shutil.copytree(shards / "part-00000.usqlstore", shards / "part-00001.usqlstore")
    first = json.loads((shards / MANIFEST).read_text())["shards"][0]["bytes"]
    rewrite(shards, lambda body: body["shards"][1].update(bytes=first))
    assert "the shard is not the one that was written; run" in refused(shards)


@pytest.mark.parametrize(("version", "newer"), [(VERSION + 1, True), (0, False)])
def test_another_version(shards: Path, version: int, newer: bool) -> None:
    rewrite(shards, lambda body: body.update(version=version))
    told = refused(shards)
    assert f"the shards have format version {version}, this usql reads {VERSION}; " in told
    assert ("use a newer usql" in told) is newer
    assert f"usql shard EXPORT {shards}" in told


@pytest.mark.parametrize("text", ["", "[1", "[" * 100_000, "[]", '{"format": "usql-store"}'])
def test_no_manifest_at_all(shards: Path, text: str) -> None:
    (shards / MANIFEST).write_text(text)
    told = refused(shards)
    damaged = "the description of the shards is damaged; run usql shard again"
    assert damaged in told or "not a description of shards" in told


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.update(sessions=31),
        lambda body: body.update(sha256="0"),
    ],
)
def test_a_changed_manifest(shards: Path, change: Callable[[dict[str, Any]], None]) -> None:
    body = json.loads((shards / MANIFEST).read_text())
    change(body)
    (shards / MANIFEST).write_text(json.dumps(body))
    assert "damaged" in refused(shards)


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body["shards"][0].update(name="../part-00000.usqlstore"),
        lambda body: body["shards"][0].update(name="other"),
        lambda body: body["shards"][0].update(name="part-/../../a.usqlstore"),
        lambda body: body["shards"][0]["rows"].pop("useraction"),
        lambda body: body["shards"][0]["startTime"].update(low=None),
        lambda body: body["shards"][0]["startTime"].update(low="1"),
        lambda body: body["tables"].pop("useraction"),
        lambda body: body.pop("span"),
        lambda body: body.update(notes=[1]),
    ],
)
def test_what_no_writer_writes(shards: Path, change: Callable[[dict[str, Any]], None]) -> None:
    rewrite(shards, change)
    assert "damaged" in refused(shards)
