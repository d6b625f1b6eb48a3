"""Files from others: what is in them, what they are, and where their names lead."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import usql
from tests.manifests import sealed
from tests.robust.faults.command import usql as command
from usql.errors import DataError
from usql.language.holes import fill
from usql.store import load, save
from usql.store.saved.folder import MANIFEST, verify
from usql.store.saved.manifest import VERSION

COUNT = "SELECT COUNT(*) FROM usersession"


def compressed(text: bytes, name: str) -> bytes:
    codec = "gzip" if name.endswith(".gz") else "zstd"
    return (
        pa.Codec(codec).compress(text, asbytes=True) if codec == "zstd" else gzip.compress(text, 9)
    )


BOMBS = {
    "a text": (b'{"city":"' + b"a" * 40_000_000, 20_000_000),
    "an array": (b"[" + b'{"city":"' + b"a" * 40_000_000, 20_000_000),
    "blanks": (b" " * 40_000_000, 20_000_000),
    "brackets": (b"[" * 40_000_000, 20_000_000),
    "sessions": (b"{}\n" * 13_000_000, 500_000),
}
"""Texts of forty megabytes, and limits of memory."""


@pytest.mark.parametrize("name", ["s.ndjson.gz", "s.ndjson.zst"])
@pytest.mark.parametrize("kind", BOMBS)
def test_an_archive_that_grows(tmp_path: Path, name: str, kind: str) -> None:
    """Some kilobytes hold all of it: refused when it is more than the limit."""
    path = tmp_path / name
    text, limit = BOMBS[kind]
    path.write_bytes(compressed(text, name))
    assert path.stat().st_size < 200_000
    with pytest.raises(DataError, match=f"{re.escape(str(path))}|the sessions would take more"):
        usql.open(path, memory_limit=limit, threads=1)


def test_a_row_group_that_grows(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    pq.write_table(
        pa.table({"city": pa.array(["a" * 1_000_000] * 100)}),
        path,
        compression="zstd",
        use_dictionary=False,
    )
    assert path.stat().st_size < 100_000
    with pytest.raises(DataError, match="a row group would take more than the memory limit"):
        usql.open(path, memory_limit=20_000_000)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000, '{"a":' * 100_000, '{"userActions":' + "[" * 50_000, '{"a":' * 400 + "1" + "}" * 400,
        '{"duration":' + "9" * 100_000 + "}", '{"duration":1e' + "9" * 10_000 + "}", "\\" * 100_000, '"' * 100_001,
        '{"city":"' + "\\ud800" * 1000 + '"}', "\x00" * 1000, '{"' + "a" * 100_000 + '":1}',
        "{" + ",".join(f'"f{i}":{i}' for i in range(3000)) + "}",
        '{"stringProperties":[' + ",".join('{"key":"k","value":"v"}' for _ in range(5000)) + "]}",
    ],
    ids=range(13),
)  # fmt: skip
@pytest.mark.parametrize("on_error", ["stop", "skip"])
def test_hostile_json(tmp_path: Path, text: str, on_error: Any) -> None:
    path = tmp_path / "s.ndjson"
    path.write_text(f'{{"city":"Linz"}}\n{text}\n{{"city":"Wien"}}\n')
    try:
        found = usql.open(path, on_error=on_error).query("SELECT city FROM usersession").rows()
    except DataError as error:
        found = (
            [["Linz"], ["Wien"]]
            if on_error == "stop" and str(error).startswith(f"{path}, line 2")
            else []
        )
    assert ["Linz"] in found
    assert ["Wien"] in found


# --- what is no plain file --------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_pipes_and_devices_are_refused(tmp_path: Path) -> None:
    """Instead of waiting for ever, or reading without an end."""
    pipe = tmp_path / "s.ndjson"
    os.mkfifo(pipe)
    (tmp_path / "link.ndjson").symlink_to("/dev/zero")
    for path in (pipe, "/dev/zero", "/dev/null", "/dev/urandom", tmp_path / "link.ndjson"):
        for source in (path, [path]):
            with pytest.raises(DataError, match="pipes and devices cannot be read"):
                usql.open(source)
    for pattern in (tmp_path, tmp_path / "*.ndjson"):
        with pytest.raises(DataError, match=r"no files that end in|no file matches") as caught:
            usql.open(pattern)
        assert f"{pipe} (a pipe or a device)" in str(caught.value)
    (tmp_path / "t.ndjson").write_text('{"userSessionId": "1", "city": "Linz"}\n')
    for pattern in (tmp_path, tmp_path / "*.ndjson"):
        assert usql.open(pattern).notes == (
            f"2 files were skipped: {tmp_path / 'link.ndjson'} (a pipe or a device); "
            f"{pipe} (a pipe or a device).",
        )
    done = command("query", COUNT, str(pipe))
    assert done.returncode == 3


@pytest.mark.skipif(sys.platform == "win32", reason="links need a permission")
def test_links(tmp_path: Path) -> None:
    """Links to files are followed; those to folders inside a folder are not, so none leads in a circle."""
    data, other = tmp_path / "data", tmp_path / "other"
    data.mkdir()
    other.mkdir()
    (other / "o.ndjson").write_text('{"userSessionId": "b", "city": "Wien"}\n')
    (data / "a.ndjson").write_text('{"userSessionId": "a", "city": "Linz"}\n')
    (data / "circle").symlink_to(data)
    (data / "elsewhere").symlink_to(other)
    (data / "gone.ndjson").symlink_to(tmp_path / "none")
    (data / "self.ndjson").symlink_to("self.ndjson")
    assert usql.open(data).query("SELECT city FROM usersession").rows() == [["Linz"]]
    (data / "b.ndjson").symlink_to(other / "o.ndjson")
    assert len(usql.open(data)) == 2
    with pytest.raises(DataError, match="no such file"):
        usql.open(data / "self.ndjson")


@pytest.mark.parametrize(
    "name",
    ["\0", "a\0b", "x" * 5000, "x/" * 3000, "~", "$HOME", "[", "]" * 300, "../" * 200 + "none"],
)
def test_odd_names(tmp_path: Path, name: str) -> None:
    """They are names and nothing else."""
    with pytest.raises(DataError):
        usql.open(str(tmp_path / "none") + "/" + name)
    with pytest.raises(DataError):
        usql.open([f"{name}.none.ndjson"])


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are others")
def test_a_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "s.ndjson"
    path.touch(mode=0o640)
    path.chmod(0o640)
    usql.open([{"city": "Linz"}]).write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    link = tmp_path / "l.ndjson"
    link.symlink_to(path)
    usql.open([{"city": "Wien"}]).write(link)
    assert link.is_symlink()
    assert usql.open(path).query("SELECT city FROM usersession").rows() == [["Wien"]]


# --- stores -----------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(load([{"city": "Linz", "userActions": [{"name": "a"}]}]), tmp_path / "s")
    return tmp_path / "s"


def rewritten(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """A description that someone wrote, with the right checksum."""
    body = json.loads((folder / MANIFEST).read_text())
    change(body)
    (folder / MANIFEST).write_text(sealed(body))


@pytest.mark.parametrize(
    "name", ["../secret.arrow", "/etc/passwd", "a/../../secret.arrow", "..", "", "x.arrow"]
)
def test_a_store_names_no_files_but_its_own(folder: Path, name: str) -> None:
    (folder.parent / "secret.arrow").write_bytes((folder / "usersession.arrow").read_bytes())

    def moved(body: dict[str, Any]) -> None:
        body["files"][name] = body["files"].pop("usersession.arrow")

    def added(body: dict[str, Any]) -> None:
        body["files"][name] = body["files"]["usersession.arrow"]

    content = (folder / MANIFEST).read_text()
    for change in (moved, added):
        (folder / MANIFEST).write_text(content)
        rewritten(folder, change)
        for action in (usql.open, verify):
            with pytest.raises(DataError, match=r"usql-store\.json: the file is damaged"):
                action(folder)


def test_descriptions_that_someone_wrote(folder: Path) -> None:
    """Whatever stands in them: a refusal, or the store."""
    whole = json.loads((folder / MANIFEST).read_text())
    chance = random.Random(3)
    odd: list[Any] = [None, -1, 2**70, "x", [], {}, True, 1.5, "\ud800", [[]], [None], {"a": 1}]

    def places(value: Any) -> list[tuple[Any, Any]]:
        found = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
        inner = [place for _, v in found if isinstance(v, dict | list) for place in places(v)]
        return [(value, key) for key, _ in found] + inner

    refused = 0
    for _ in range(150):
        body = json.loads(json.dumps(whole))
        del body["sha256"]
        held, key = chance.choice(places(body))
        held[key] = chance.choice(odd)
        (folder / MANIFEST).write_text(sealed(body))
        try:
            usql.open(folder).query("SELECT city, useraction.name FROM usersession")
        except DataError:
            refused += 1
    assert refused > 75
    for text in (
        "[" * 100_000,
        '{"a":' * 100_000,
        "9" * 100_000,
        "NaN",
        f'{{"version": {VERSION}}}',
    ):
        (folder / MANIFEST).write_text(text)
        with pytest.raises(DataError):
            usql.open(folder)


# --- queries in files, and values in queries --------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("suffix", [".yaml", ".json", ".tf", ".usql"])
@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000, "[" * 5_000 + "]" * 5_000, "{a: " * 5_000, "- " * 20_000, "&a [*a]", "!!python/object/apply:os.system [ls]",
        "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]\n" for i in range(1, 40)),
        "a {\n" * 5_000, "\"" * 9_999, "\x00\x01", "<<EOF\n" * 1_000, "${" * 5_000,
    ],
    ids=range(12),
)  # fmt: skip
def test_hostile_files_with_queries(tmp_path: Path, suffix: str, text: str) -> None:
    path = tmp_path / f"f{suffix}"
    path.write_text(text)
    done = command("check", "--fix", str(path))
    assert done.returncode in (0, 1)
    assert path.read_text() == text or suffix == ".usql"


@pytest.mark.parametrize(
    "value",
    ["'", "''", "' OR city = 'b", "\\", "\\'", "${x}", "{{ .x }}", "' -- ", '"', "\n", "'; SELECT"],
)
def test_a_value_inside_quotes_stays_inside(value: str) -> None:
    """Values of placeholders between quotes are text; elsewhere they are part of the query."""
    sessions = usql.open([{"city": value}, {"city": "b"}])
    for quote in ("'", '"'):
        text = f"SELECT city FROM usersession WHERE city = {quote}${{x}}{quote}"
        if "\n" not in value and "x}" not in value and "{" not in value:
            assert sessions.query(text, parameters={"x": value}).rows() == [[value]]
        written = fill(text, {"x": value}).text
        assert written.startswith(f"SELECT city FROM usersession WHERE city = {quote}")
        assert written.endswith(quote)
        assert written[len(text) - 5 : -1].replace(quote * 2, "").count(quote) == 0
