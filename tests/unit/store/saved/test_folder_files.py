"""The files of a saved store: what other tools read in them, and what is refused."""

from __future__ import annotations

import datetime
import hashlib
import json
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import ipc

import usql
from tests.manifests import sealed
from tests.places import DATA
from usql.asking.clock import times_of
from usql.cli import run
from usql.errors import DataError
from usql.samples import generate
from usql.store import load, save
from usql.store.columns import PropertiesColumn, Store
from usql.store.saved.documents import damaged
from usql.store.saved.folder import MANIFEST, open_folder, verify
from usql.store.saved.manifest import VERSION
from usql.store.views import to_arrow

TABLES = ["usersession", "useraction", "userevent", "usererror", "usersyntheticevent"]


@pytest.fixture(scope="module")
def store() -> Store:
    return load(generate(200, 1).to_pylist())


@pytest.fixture(scope="module")
def saved(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "shop.usqlstore"
    save(store, folder, {"index": {"rows": np.arange(5)}})
    return folder


@pytest.fixture
def copy(saved: Path, tmp_path: Path) -> Path:
    return shutil.copytree(saved, tmp_path / "copy")


# --- other tools ----------------------------------------------------------------------------------


def _expected(store: Store, table: str) -> dict[str, list[Any]]:
    """The values by Arrow column, instants as integers."""
    data = store.tables[table]
    columns = {name: to_arrow(column).to_pylist() for name, column in data.columns.items()}
    for name, column in data.columns.items():
        if isinstance(column, PropertiesColumn) and column.more is not None:
            more = iter(to_arrow(column.more).to_pylist())
            columns[name] = [[pair | {"more": next(more)} for pair in row] for row in columns[name]]
    derived = {f"derived_{n}": to_arrow(column).to_pylist() for n, column in data.derived.items()}
    parent = {} if data.parent is None else {"sessionRow": data.parent.tolist()}
    return columns | derived | parent


@pytest.mark.parametrize("table", TABLES)
def test_arrow_reads_a_table(saved: Path, store: Store, table: str) -> None:
    read = ipc.open_file(saved / f"{table}.arrow").read_all()
    read.validate(full=True)
    assert read.num_rows == store.tables[table].rows
    found = {name: _plain(read.column(name).to_pylist()) for name in read.column_names}
    assert found == _expected(store, table)


@pytest.mark.parametrize("table", TABLES)
def test_polars_reads_a_table(saved: Path, store: Store, table: str) -> None:
    read = pl.read_ipc(saved / f"{table}.arrow")
    found = {c.name: _plain(c.to_list()) for c in read.get_columns()}
    assert found == _expected(store, table)


@pytest.mark.skipif(
    int(pa.__version__.split(".")[0]) < 23,
    reason="until pyarrow 23, unsigned codes of dictionaries could not be given to pandas",
)
def test_pandas_reads_a_table(saved: Path, store: Store) -> None:
    read = ipc.open_file(saved / "usersession.arrow").read_pandas()
    for name in ("userId", "city", "ip"):
        assert (
            read[name].astype(object).where(read[name].notna(), None).tolist()
            == (_expected(store, "usersession")[name])
        )


def _plain(value: Any) -> Any:
    """Instants as milliseconds."""
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, datetime.datetime):
        return times_of((0, 0), value, None, None, 0)[0].start
    return value


def test_types_on_disk(saved: Path, store: Store) -> None:
    schema = ipc.open_file(saved / "usersession.arrow").schema
    assert schema.field("startTime").type == pa.timestamp("ms", "UTC")
    assert schema.field("bounce").type == pa.bool_()
    assert schema.field("country").type == pa.dictionary(pa.uint8(), pa.string())
    pairs = pa.struct([("key", pa.dictionary(pa.uint8(), pa.string())), ("value", pa.float64())])
    assert schema.field("doubleProperties").type == pa.large_list(pairs)
    assert isinstance(store.tables["usersession"].columns["doubleProperties"], PropertiesColumn)


def test_rows_of_children_are_tied_to_sessions(saved: Path) -> None:
    offsets = pl.read_ipc(saved / "offsets.arrow")["useraction"]
    actions = pl.read_ipc(saved / "useraction.arrow")["sessionRow"]
    assert len(offsets) == 201
    assert actions.value_counts().sort("sessionRow")["count"].to_list() == [
        n for n in offsets.diff().drop_nulls() if n
    ]


def test_an_index_is_a_row_of_lists(saved: Path) -> None:
    assert pl.read_ipc(saved / "indexes.arrow")["index"].to_list() == [{"rows": [0, 1, 2, 3, 4]}]


def test_the_manifest_has_the_checksums_of_sha256sum(saved: Path) -> None:
    manifest = json.loads((saved / MANIFEST).read_text())
    files = manifest["files"]
    assert sorted([*files, MANIFEST]) == sorted(p.name for p in saved.iterdir())
    for name, described in files.items():
        content = (saved / name).read_bytes()
        assert len(content) == described["bytes"]
        assert hashlib.sha256(content).hexdigest() == described["sha256"]
    del manifest["sha256"]
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() in (saved / MANIFEST).read_text()


# --- what is refused ------------------------------------------------------------------------------


def _refused(folder: Path, file: str) -> None:
    with pytest.raises(DataError) as caught:
        usql.open(folder)
    assert caught.value.source == str(folder / file)
    assert caught.value.reason == damaged("").reason


ARROW = [f"{t}.arrow" for t in TABLES] + ["offsets.arrow", "indexes.arrow"]


@pytest.mark.parametrize("file", ARROW)
@pytest.mark.parametrize(
    "change",
    [
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content[: len(content) // 2],
        lambda content: content + b"\0",
        lambda content: b"\0" * len(content),
    ],
    ids=["empty", "a byte short", "half", "a byte long", "zeros"],
)
def test_torn_files(copy: Path, file: str, change: Callable[[bytes], bytes]) -> None:
    (copy / file).write_bytes(change((copy / file).read_bytes()))
    _refused(copy, file)


@pytest.mark.parametrize("file", ARROW)
def test_missing_files(copy: Path, file: str) -> None:
    (copy / file).unlink()
    _refused(copy, file)


@pytest.mark.parametrize("file", ARROW)
def test_every_damaged_byte_of_the_headers(copy: Path, file: str) -> None:
    content = (copy / file).read_bytes()
    frames = json.loads((copy / MANIFEST).read_text())["files"][file]["frames"]
    places = [i for start, size in frames for i in range(start, start + size)]
    for place in places[:: max(1, len(places) // 25)]:
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        (copy / file).write_bytes(flipped)
        _refused(copy, file)
    (copy / file).write_bytes(content)
    open_folder(copy)


@pytest.mark.parametrize("file", ARROW)
def test_verify_finds_every_damaged_byte(copy: Path, file: str) -> None:
    content = (copy / file).read_bytes()
    for place in range(0, len(content), len(content) // 25):
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        (copy / file).write_bytes(flipped)
        with pytest.raises(DataError) as caught:
            verify(copy)
        assert caught.value.source == str(copy / file)


def test_every_damaged_byte_of_the_manifest(copy: Path) -> None:
    content = (copy / MANIFEST).read_bytes()
    assert content.strip() == content[:-1]
    for place in range(0, len(content) - 1, 97):
        if content[place : place + 1].isspace():
            continue
        flipped = bytearray(content)
        flipped[place] ^= 1
        (copy / MANIFEST).write_bytes(flipped)
        with pytest.raises(DataError) as caught:
            open_folder(copy)
        assert caught.value.source == str(copy / MANIFEST)


def test_files_of_two_savings(copy: Path, store: Store, tmp_path: Path) -> None:
    save(store, tmp_path / "other", {"index": {"rows": np.arange(5)}})
    for file in ARROW:
        kept = (copy / file).read_bytes()
        shutil.copy(tmp_path / "other" / file, copy / file)
        _refused(copy, file)
        (copy / file).write_bytes(kept)


@pytest.mark.parametrize("text", ["", "{", "[]", "1", "\xff", '{"name": "usql-store"}', "{}" * 9])
def test_foreign_manifests(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError) as caught:
        usql.open(tmp_path)
    assert caught.value.source == str(tmp_path / MANIFEST)


@pytest.mark.parametrize("role", ["", "index", None, ["field"]])
def test_a_manifest_with_a_column_of_another_role(copy: Path, role: object) -> None:
    body = json.loads((copy / MANIFEST).read_text())
    body["tables"]["usersession"]["columns"][0]["role"] = role
    (copy / MANIFEST).write_text(sealed(body))
    _refused(copy, MANIFEST)


@pytest.mark.parametrize("size", [1.5, -1, 10**12, 10**30])
def test_a_manifest_with_a_frame_that_is_none_of_the_file(copy: Path, size: object) -> None:
    body = json.loads((copy / MANIFEST).read_text())
    body["files"]["usersession.arrow"]["frames"][0][1] = size
    (copy / MANIFEST).write_text(sealed(body))
    _refused(copy, MANIFEST)


@pytest.mark.parametrize("part", ["columns", "found"])
@pytest.mark.parametrize("name", [None, 5, ["city"]])
def test_a_manifest_with_a_name_that_is_no_text(tmp_path: Path, part: str, name: object) -> None:
    folder = tmp_path / "further"
    usql.open([{"city": "Linz", "tariff": "gold"}]).save(folder)
    body = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(sealed(body))
    assert usql.open(folder).query("SELECT tariff FROM usersession").rows() == [["gold"]]
    body["tables"]["usersession"][part][0]["name"] = name
    (folder / MANIFEST).write_text(sealed(body))
    _refused(folder, MANIFEST)


@pytest.mark.parametrize(
    ("version", "advice"),
    [
        (VERSION + 1, "use a newer usql, or create it again"),
        (VERSION - 1, "create it again"),
        (1, "create it again"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="quotes as a POSIX shell does")
def test_another_version(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], version: int, advice: str
) -> None:
    """The calls that the error names make the store anew, whatever its name."""
    folder = copy.rename(tmp_path / 'yesterday\'s "shop".usqlstore')
    text = (folder / MANIFEST).read_text()
    (folder / MANIFEST).write_text(text.replace(f'"version": {VERSION}', f'"version": {version}'))
    told = (
        f"format version {version}, this usql reads {VERSION}; {advice} from the exported sessions"
    )
    with pytest.raises(DataError, match=told) as caught:
        usql.open(folder)
    export = DATA / "sessions.ndjson"
    calls = caught.value.reason.replace("EXPORT", str(export)).split("exported sessions: ")[1]
    command, call = calls.split(", or in Python ")
    assert run(shlex.split(command)[1:]) == 0
    assert f" actions to {folder}, " in capsys.readouterr().err
    count = len(usql.open(folder))
    shutil.rmtree(folder)
    eval(call, {"usql": usql})
    assert len(usql.open(folder)) == count > 0


def test_files_that_can_not_be_read(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (copy / "usererror.arrow").unlink()
    (copy / "usererror.arrow").mkdir()
    with pytest.raises(DataError, match=r"usererror\.arrow: the file cannot be read: Is a dir"):
        usql.open(copy)

    def refused(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refused)
    with pytest.raises(DataError, match=r"store\.json: the file cannot be read: Permission"):
        usql.open(copy)
