"""What URLs lead to is read as files and folders of this machine are."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from pyarrow import feather, fs

import usql
from tests.compare import equal
from tests.places import SESSIONS
from tests.unit.store.loading.tables.test_delta import ids, rows
from tests.unit.store.loading.test_source import answers, table
from tests.unit.store.sources.test_files import Write, line, store
from usql.errors import DataError
from usql.store.loading import source
from usql.store.loading.tables import parquet as parquet_of_usql
from usql.store.sources import remote

Put = Callable[[str, bytes | str], str]


@pytest.fixture
def put() -> Iterator[Put]:
    """Writes a file into a bucket of its own in the memory of fsspec, and gives its URL."""
    system = fsspec.filesystem("memory")
    bucket = f"/{uuid.uuid4()}"

    def written(name: str, content: bytes | str) -> str:
        system.pipe(f"{bucket}/{name}", content.encode() if isinstance(content, str) else content)
        return f"memory:/{bucket}/{name}"

    yield written
    system.store = {k: v for k, v in system.store.items() if not k.startswith(bucket)}


def parquet(made: pa.Table) -> bytes:
    file = io.BytesIO()
    pq.write_table(made, file, row_group_size=4)
    return file.getvalue()


def arrow(made: pa.Table) -> bytes:
    file = io.BytesIO()
    feather.write_feather(made, file)
    return file.getvalue()


# --- files of this machine --------------------------------------------------------------------------


def test_urls_of_this_machine(write: Write, tmp_path: Path) -> None:
    write("x y/country=Spain/a.ndjson", line("a"))
    store(tmp_path / "x y" / "s.usqlstore", "s")
    base = f"file://{tmp_path}".replace(" ", "%20")
    for url in (f"{base}/x%20y", f"{base}/x%20y/*", f"file://localhost{tmp_path}/x%20y"):
        assert ids(url) == ["a", "s"], url
    assert ids(f"{base}/x%20y/s.usqlstore") == ["s"]
    found = usql.open(f"{base}/x%20y").query("SELECT country FROM usersession").rows()
    assert found == [["Spain"], [None]]
    with pytest.raises(DataError, match="there is no such file or folder"):
        usql.open(f"{base}/none.ndjson")
    with pytest.raises(DataError, match="this file is on another machine, elsewhere"):
        usql.open("file://elsewhere/x.ndjson")
    assert usql.open(
        [f"{base}/x%20y/country=Spain/a.ndjson", tmp_path / "x y" / "country=Spain"]
    ).notes == (
        f"1 file or store was reached more than once and is read once: "
        f"{tmp_path / 'x y' / 'country=Spain' / 'a.ndjson'}.",
    )


# --- every form -------------------------------------------------------------------------------------


def test_every_form_of_a_file(put: Put) -> None:
    text = SESSIONS.read_bytes()
    expected = answers(SESSIONS)
    for name, content in (
        ("a.ndjson", text),
        ("a.ndjson.gz", gzip.compress(text)),
        ("a.ndjson.zst", pa.compress(text, "zstd", asbytes=True)),
        ("no name of data", text),
        ("a.json", json.dumps([json.loads(row) for row in text.splitlines()]).encode()),
    ):
        assert equal(answers(put(name, content)), expected), name
    of_tables = answers(table())
    assert equal(answers(put("a.parquet", parquet(table()))), of_tables)
    assert equal(answers(put("a.arrow", arrow(table()))), of_tables)


def test_folders_and_patterns(put: Put, tmp_path: Path) -> None:
    """As the same files on this machine."""
    files: dict[str, str | bytes] = {
        "a.ndjson": line("a"),
        "b/c.json": f"[{line('c')}]",
        "b/d/e.ndjson": line("e"),
        "country=Costa%20Rica/year=2024/f.ndjson": line("f"),
        "b/_part.ndjson": "not json",
        ".hidden/0.ndjson": "not json",
        "_temporary/0.ndjson": "not json",
        "b/x.zip": b"PK",
    }
    url = ""
    for name, content in files.items():
        url = put(f"x/{name}", content)
        path = tmp_path / "x" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    base = url[: url.index("/x/b/x.zip")]
    fields = "SELECT userSessionId, country FROM usersession"
    for pattern in (
        "x",
        "x/",
        "x/*",
        "x/**",
        "x/**/*.ndjson",
        "x/b",
        "x/[ab]",
        "*/*.ndjson",
        "x/*/d",
        "x/c*/*/*",
    ):
        local, away = usql.open(str(tmp_path / pattern)), usql.open(f"{base}/{pattern}")
        assert away.query(fields).rows() == local.query(fields).rows(), pattern
        assert [n.replace(base, str(tmp_path)) for n in away.notes] == [*local.notes]
    with pytest.raises(DataError, match="no file matches the pattern"):
        usql.open(f"{base}/x/*.parquet")
    put("y/a.zip", b"PK")
    with pytest.raises(DataError, match="the folder has no files that end in"):
        usql.open(f"{base}/y")


def test_a_folder_is_listed_once(put: Put) -> None:
    for day in range(20):
        url = put(f"x/day={day}/a.ndjson", line(f"a{day}"))
    base = url[: url.index("/x/")] + "/x"
    system = type(fsspec.filesystem("memory"))
    for given in (base, f"{base}/**/*.ndjson"):
        with mock.patch.object(system, "find", autospec=True, side_effect=system.find) as find:
            assert usql.store.load(given).sessions == 20
        assert find.call_count == 1, given


def test_the_same_file_twice(put: Put) -> None:
    url = put("x/a.ndjson", line("a"))
    folder = url.removesuffix("/a.ndjson")
    assert usql.open([url, folder]).notes == (
        f"1 file or store was reached more than once and is read once: {url}.",
    )


# --- what is told -----------------------------------------------------------------------------------


def test_bad_data_names_the_url(put: Put, tmp_path: Path) -> None:
    url = put("a.ndjson", line("a") + '{"userSessionId": "b", "duration": "x"}\n')
    with pytest.raises(DataError) as caught:
        usql.open(url)
    assert (caught.value.source, caught.value.line, caught.value.path) == (url, 2, "duration")
    sessions = usql.open(url, on_error="skip", rejects=tmp_path / "r")
    assert len(sessions) == 1
    assert f"{url}, line 2, duration" in sessions.notes[0]
    assert usql.open(put("b.ndjson", "")).notes[0].startswith("1 file is empty: memory://")
    with pytest.raises(DataError, match=r"^memory://.*c\.ndjson: this is a zip archive"):
        usql.open(put("c.ndjson", b"PK\x03\x04"))


def test_urls_that_lead_nowhere(put: Put) -> None:
    url = put("x/a.ndjson", line("a"))
    for wrong in (url.replace("a.ndjson", "b.ndjson"), url + "/c", "memory://none/at/all"):
        with pytest.raises(DataError, match="there is no such file or folder") as caught:
            usql.open(wrong)
        assert caught.value.source == wrong
    with pytest.raises(DataError, match="it cannot be read: Protocol not known: nope"):
        usql.open("nope://x/y")
    with pytest.raises(DataError, match="a URL is given as text, with ://"):
        usql.open(Path("s3://bucket/a.ndjson"))


def test_a_file_that_vanishes_or_changes(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    url = put("a.parquet", parquet(table()))
    system = fsspec.filesystem("memory")
    read_parquet = parquet_of_usql.read_parquet

    def changing(origin: Any, sink: Any) -> None:
        read_parquet(origin, sink)
        put("a.parquet", parquet(table().slice(1)))

    monkeypatch.setattr(source, "read_parquet", changing)
    with pytest.raises(DataError, match="the file changed while it was being read"):
        usql.store.load(url)

    def vanishing(origin: Any, sink: Any) -> None:
        system.rm(url.removeprefix("memory:/"))
        read_parquet(origin, sink)

    monkeypatch.setattr(source, "read_parquet", vanishing)
    with pytest.raises(DataError, match="the file cannot be read"):
        usql.store.load(url)


class _Failing:
    """A storage whose client has errors of its own."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def read(self, size: int = -1) -> bytes:
        raise RuntimeError("the payload is not complete")


def test_errors_of_storages(put: Put) -> None:
    url = put("x/a.ndjson", line("a"))
    system = type(fsspec.filesystem("memory"))
    opened = system.open
    with (
        mock.patch.object(system, "open", lambda *a, **k: _Failing(opened(*a, **k))),
        pytest.raises(DataError, match="the file cannot be read: the payload is not complete"),
    ):
        usql.open(url)
    with (
        mock.patch.object(system, "info", side_effect=PermissionError(13, "Forbidden")),
        pytest.raises(DataError, match=r"access was refused: .*Forbidden; give credentials"),
    ):
        usql.open(url)


@pytest.mark.parametrize(
    "reason",
    [
        "When reading information for key 'x' in bucket 'b': AWS Error ACCESS_DENIED during HeadObject operation",
        "Permission denied: google::cloud::Status(UNAUTHENTICATED: …)",
        "GetProperties for 'https://a/b' failed: DefaultAzureCredential: Failed to get token",
        "Unable to locate credentials",
    ],
)
def test_missing_credentials(reason: str) -> None:
    told = f"access was refused: {reason}; give credentials as the storage's own programs take them"
    assert remote.why_not(OSError(f"{reason}\n  more")).startswith(told)
    assert remote.why_not(OSError("Connection refused")) == "it cannot be read: Connection refused"


def test_without_fsspec(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*sys.modules]:
        if name.partition(".")[0] == "fsspec":
            monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(
        DataError, match=r"URLs with memory: are read by fsspec; pip install 'usql-engine\[urls\]'"
    ):
        usql.open("memory://x/a.ndjson")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("s3://key:secret@bucket/a%20b?region=x", "s3://bucket/a b"),
        ("https://user:secret@host/a.ndjson?token=secret#part", "https://host/a.ndjson"),
        ("abfs://container:secret@account.dfs.core.windows.net/a", "abfs://container@account.dfs.core.windows.net/a"),
        ("abfss://:secret@account.blob.core.windows.net/a", "abfss://account.blob.core.windows.net/a"),
        ("gs://anonymous@bucket/x", "gs://bucket/x"),
    ],
)  # fmt: skip
def test_secrets_in_urls_are_not_shown(url: str, shown: str) -> None:
    assert remote.shown_url(url) == shown


# --- pyarrow's file systems -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("s3://bucket/x/a.ndjson?region=eu-central-1", "s3://bucket/x/a.ndjson?region=eu-central-1"),
        ("s3://bucket/a b", "s3://bucket/a%20b"),
        ("gs://bucket/x", "gs://bucket/x?retry_limit_seconds=30"),
        ("gs://bucket/x?retry_limit_seconds=5", "gs://bucket/x?retry_limit_seconds=5"),
        ("abfs://container@account.dfs.core.windows.net/x", "abfs://container@account.dfs.core.windows.net/x"),
        ("abfss://container@account.dfs.core.windows.net/x/", "abfss://container@account.dfs.core.windows.net/x/"),
        ("s3://bucket/x/*.ndjson", "s3://bucket/x"),
    ],
)  # fmt: skip
def test_arrow_is_asked_for_storages(url: str, asked: str, tmp_path: Path, write: Write) -> None:
    """Here they are a folder of this machine."""
    write("bucket/x/a.ndjson", line("a"))
    write("bucket/a b/a.ndjson", line("a"))
    system = fs.SubTreeFileSystem(str(tmp_path), fs.LocalFileSystem())
    path = (
        "bucket/a b"
        if "a b" in url
        else "bucket/x/a.ndjson"
        if url.startswith("s3://bucket/x/a")
        else "bucket/x"
    )
    asking = mock.Mock(return_value=(system, path))
    with mock.patch("pyarrow.fs.FileSystem", mock.Mock(from_uri=asking)):
        assert ids(url) == ["a"]
    assert {call.args[0] for call in asking.call_args_list} == {asked}


def test_a_storage_that_is_not_there() -> None:
    url = "s3://key:secret@bucket/x?region=us-east-1&endpoint_override=127.0.0.1:1&scheme=http"
    with pytest.raises(DataError, match=r"^s3://bucket/x: it cannot be read: .*") as caught:
        usql.open(url)
    assert "secret" not in str(caught.value)
    with pytest.raises(DataError, match=r"^s3://bucket/x: it cannot be read: ") as caught:
        usql.open("s3://key:secret@bucket/x?nothing=1&region=us-east-1")
    assert "secret" not in str(caught.value)


# --- what is read whole -----------------------------------------------------------------------------


def test_tables_of_other_systems_and_stores(put: Put) -> None:
    put("x/t/_delta_log/00000000000000000000.json", "{}")
    file = put("x/t/country=Spain/a.ndjson", line("a"))
    root = file.removesuffix("/country=Spain/a.ndjson")
    for url in (file, f"{root}/country=Spain", f"{root}/*/*.ndjson", f"{root}/**/*.ndjson"):
        with pytest.raises(
            DataError, match=f"this is a table of Delta Lake, .*; name its folder, {root}, "
        ):
            usql.open(url)
    for url in (root, root.removesuffix("/t")):
        with pytest.raises(DataError, match="tables of Delta Lake are read from"):
            usql.open(url)
    put("h/t/.hoodie/hoodie.properties", "")
    with pytest.raises(DataError, match="this is a table of Hudi"):
        usql.open(put("h/t/a.ndjson", line("a")).removesuffix("/t/a.ndjson"))
    saved = put("s/a.usqlstore/usql-store.json", "{}")
    for url in (
        saved.removesuffix("/usql-store.json"),
        saved.removesuffix("/a.usqlstore/usql-store.json"),
    ):
        with pytest.raises(
            DataError,
            match="saved stores can be opened only on this machine; copy the folder to it",
        ):
            usql.open(url)


# --- what is imported -------------------------------------------------------------------------------


def test_nothing_is_imported_that_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text(line("a"))
    code = f"""
import sys, usql
assert len(usql.open({str(tmp_path)!r})) == 1
assert len(usql.open({f"file://{tmp_path}"!r})) == 1
heavy = ("pyarrow.fs", "pyarrow._fs", "pyarrow.dataset", "pyarrow.parquet", "deltalake", "pyiceberg", "fsspec")
print([name for name in heavy if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_only_urls_that_the_caller_wrote(put: Put, tmp_path: Path, write: Write) -> None:
    """A URL in a file, in a name inside an archive or in a link is data like any other."""
    url = put("a.ndjson", line("a"))
    named = json.dumps({"userSessionId": "b", "startTime": 1, "url": url, "$ref": url}) + "\n"
    path = write("b.ndjson", named)
    with mock.patch("usql.store.sources.files.target_of", side_effect=AssertionError("fetched")):
        for given in (
            path,
            tmp_path,
            pa.table({"userSessionId": ["c"], "url": [url]}),
            [json.loads(named)],
        ):
            assert len(usql.open(given)) == 1


def test_rows_of_a_lake_at_a_url(tmp_path: Path) -> None:
    write_deltalake(str(tmp_path / "t"), rows("a", "b"))
    assert ids(f"file://{tmp_path / 't'}") == ["a", "b"]
