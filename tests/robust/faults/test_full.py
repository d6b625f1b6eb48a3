"""A disk that is full: what stood there stays, the message says what to do."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import usql
from tests.robust.faults.command import usql as command
from tests.robust.faults.conftest import Place
from usql.samples import batches, generate
from usql.store import load, save
from usql.store.export.write import write_batches
from usql.store.saved.folder import verify

ROOM = (0, 4096, 40_000)
"""Bytes that are left: for nothing, for a file's beginning, for some of it."""
ALL = "SELECT *, useraction.name FROM usersession LIMIT 5000"
FORMS = ("table", "json", "ndjson", "csv", "arrow", "parquet", "response", "tree")


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "sessions.parquet"
    write_batches(path, batches(600, 1))
    return path


def tells(complaint: bytes, path: Path) -> None:
    text = complaint.decode()
    assert text.startswith(f"error: {path} cannot be written: ")
    assert text.endswith("; make room, or write to another place\n")


@pytest.mark.parametrize("room", ROOM)
def test_saving_from_python(full: Place, export: Path, room: int) -> None:
    """In this process, where the file system itself is full."""
    target, lines = full.folder / "s", full.folder / "s.ndjson"
    small = usql.open([{"city": "Linz"}])
    save(load([{"city": "Linz"}]), target)
    small.write(lines)
    before = lines.read_bytes()
    if full.leave(room) is not None:
        assert os.environ.get("CI") != "true", "no small file system could be mounted"
        pytest.skip("files of this process cannot be limited")
    sessions = usql.open(export)
    for path, action in ((target, sessions.save), (lines, sessions.write)):
        with pytest.raises(OSError, match="No space left") as raised:
            action(path)
        assert raised.value.filename == str(path)
    verify(target)
    assert len(usql.open(target)) == 1
    assert lines.read_bytes() == before
    assert sorted(p.name for p in full.folder.iterdir()) == ["filling", "s", "s.ndjson"]


@pytest.mark.long
@pytest.mark.parametrize("room", ROOM)
@pytest.mark.parametrize(
    "name", ["s.usqlstore", "s.ndjson", "s.ndjson.gz", "s.jsonl.zst", "s.parquet"]
)
def test_convert(full: Place, export: Path, name: str, room: int) -> None:
    target = full.folder / name
    if name == "s.usqlstore":
        save(load([{"city": "Linz"}]), target)
    else:
        usql.open([{"city": "Linz"}]).write(target)
    setup = full.leave(room)
    before = sorted(full.folder.iterdir())
    done = command("convert", str(export), str(target), setup=setup)
    assert done.returncode == 3
    tells(done.stderr, target)
    assert usql.open(target).query("SELECT city FROM usersession").rows() == [["Linz"]]
    assert sorted(full.folder.iterdir()) == before


@pytest.mark.long
@pytest.mark.parametrize("form", FORMS)
def test_results(full: Place, export: Path, form: str) -> None:
    target = full.folder / "result"
    target.write_text("old")
    setup = full.leave(8192)
    before = sorted(full.folder.iterdir())
    done = command("query", ALL, str(export), "--format", form, "-o", str(target), setup=setup)
    assert (done.returncode, done.stdout) == (3, b"")
    tells(done.stderr, target)
    assert target.read_text() == "old"
    assert sorted(full.folder.iterdir()) == before


def test_rejects(full: Place, tmp_path: Path) -> None:
    """The file that is full is named, not the source."""
    source, rejects = tmp_path / "bad.ndjson", full.folder / "rejects"
    source.write_text('{"duration": "no number"}\n' * 5000)
    setup = full.leave(4096)
    done = command(
        "query", "SELECT city FROM usersession", str(source), "--on-error", "skip",
        "--rejects", str(rejects), setup=setup,
    )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr.decode().startswith(f"error: {rejects}: the file cannot be written: ")
    assert done.stderr.decode().endswith("; make room, or name another file\n")


@pytest.mark.long
def test_formatted_and_corrected_queries(full: Place) -> None:
    """The file with the query is not lost."""
    text = "select city from usersession where (country = 'a' OR country = 'b')" + " " * 6000
    file = full.folder / "q.usql"
    file.write_text(text)
    setup = full.leave(0)
    for arguments in (("fmt", str(file)), ("check", "--fix", str(file))):
        done = command(*arguments, setup=setup if setup is None else full.leave(16))
        assert done.returncode == 3
        tells(done.stderr, file)
        assert file.read_text() == text


@pytest.mark.long
def test_output_of_the_shell(full: Place, export: Path) -> None:
    """Results that were written stay; one that has no room is left out whole, and the shell goes on."""
    target = full.folder / "r.csv"
    setup = full.leave(20_000)
    script = (
        f".output {target}\nSELECT COUNT(*) FROM usersession;\n{ALL};\n"
        "SELECT COUNT(*) FROM useraction;\n.output\nSELECT 1 AS one FROM usersession LIMIT 1;\n"
    )
    done = command("shell", str(export), given=script.encode(), setup=setup)
    assert done.returncode == 1
    assert f"error: {target}: ".encode() in done.stderr
    assert b"one" in done.stdout
    counted = target.read_bytes().split()
    assert (len(counted), counted[0], counted[1], counted[2]) == (
        4,
        b"count(*)",
        b"600",
        b"count(*)",
    )


@pytest.mark.long
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
@pytest.mark.parametrize("form", FORMS)
def test_standard_output(export: Path, form: str) -> None:
    with Path("/dev/full").open("wb") as output:
        done = command("query", ALL, str(export), "--format", form, output=output)
    assert done.returncode == 3
    tells(done.stderr, Path("standard output"))


@pytest.mark.long
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
@pytest.mark.parametrize(
    "arguments",
    [
        ("fields",),
        ("check", "-"),
        ("fmt", "-"),
        ("--help",),
        ("query", ALL, "--sample", "--explain"),
    ],
)
def test_standard_output_of_other_commands(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as output:
        done = command(*arguments, given=b"SELECT city FROM usersession LIMIT 9999", output=output)
    assert done.returncode == 3
    tells(done.stderr, Path("standard output"))


@pytest.mark.long
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
def test_a_device_is_written_to_as_it_is() -> None:
    done = command("sample", "--sessions", "5", "-o", "/dev/full")
    assert done.returncode == 2  # it names no format
    done = command("query", ALL, "--sample", "--format", "csv", "-o", "/dev/full")
    assert done.returncode == 3
    tells(done.stderr, Path("/dev/full"))
    assert command("query", ALL, "--sample", "--format", "csv", "-o", "/dev/null").returncode == 0
    assert Path("/dev/full").is_char_device()


@pytest.mark.skipif(sys.platform == "win32", reason="limits the memory of a process")
@pytest.mark.long
def test_memory_that_the_system_refuses(tmp_path: Path) -> None:
    """A process with too little memory for the data ends with a sentence; the C library says its own
    and ends the process where not even a thread of Arrow's reader gets what it begins with."""
    path = tmp_path / "s.ndjson"
    write_batches(path, generate(5_000, 1).to_batches())

    def limit(size: int) -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (size, size))

    told = 0
    for size in (300, 400, 500, 800):
        done = command(
            "query", "SELECT JSON FROM usersession", str(path), "--threads", "1", "--profile", "offline",
            setup=lambda size=size: limit(size << 20),  # type: ignore[misc]
        )  # fmt: skip
        told += b"not enough memory" in done.stderr
        if done.stderr != b"cannot allocate memory for thread-local data: ABORT\n":
            assert done.returncode in (0, 3), done.stderr
    assert told
