"""Binary file objects and standard input as sources."""

from __future__ import annotations

import gzip
import io
import json
import os
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import ipc

import usql
from tests.compare import equal
from tests.places import SESSIONS
from tests.reading import opened
from tests.unit.store.loading.test_source import answers, table
from tests.unit.store.sources.test_files import line
from usql.errors import DataError
from usql.store import Progress
from usql.store.tuning import StoreTuning

TEXT = SESSIONS.read_bytes()


def parquet() -> bytes:
    made = io.BytesIO()
    pq.write_table(table(), made, row_group_size=3)
    return made.getvalue()


def arrow(new: Callable[..., Any]) -> bytes:
    made = io.BytesIO()
    with new(made, table().schema) as writer:
        writer.write_table(table(), max_chunksize=3)
    return made.getvalue()


FORMS: dict[str, Callable[[], bytes]] = {
    "lines": lambda: TEXT,
    "gzip": lambda: gzip.compress(TEXT),
    "zstd": lambda: pa.compress(TEXT, "zstd", asbytes=True),
    "utf-16": lambda: TEXT.decode().encode("utf-16"),
    "array": lambda: json.dumps([json.loads(row) for row in TEXT.splitlines()]).encode(),
    "stream of Arrow": lambda: arrow(ipc.new_stream),
    "file of Arrow": lambda: arrow(ipc.new_file),
    "Parquet": parquet,
}
ANY_ORDER = ("file of Arrow", "Parquet")


@contextmanager
def piped(content: bytes) -> Iterator[IO[bytes]]:
    """The reading end of a pipe into which another thread writes."""
    end, begin = os.pipe()

    def write() -> None:
        with os.fdopen(begin, "wb") as file:
            file.write(content)

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(end, "rb") as file:
        yield file
        file.read()
    thread.join()


class Slow(io.RawIOBase):
    """Gives a few bytes at a time, as sockets do."""

    def __init__(self, content: bytes) -> None:
        self._left = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self._left.read(min(size, 1000) if size >= 0 else 1000)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_an_object_that_can_be_read_in_any_order(form: str, tmp_path: Path) -> None:
    content = FORMS[form]()
    expected = answers(
        pq.read_table(io.BytesIO(content)) if form == "Parquet" else _file(tmp_path, content)
    )
    assert equal(answers(io.BytesIO(content)), expected)
    (tmp_path / "b").write_bytes(content)
    with (tmp_path / "b").open("rb") as file:
        assert usql.open(file).query("SELECT COUNT(*) FROM useraction").rows() == [[27]]


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "a"
    path.write_bytes(content)
    return path


def test_objects_that_others_made(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("s.ndjson", TEXT)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive, archive.open("s.ndjson") as member:
        assert len(usql.open(member)) == 16
    assert len(usql.open(gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(TEXT))))) == 16
    assert len(usql.open(pa.BufferReader(TEXT))) == 16


@pytest.mark.parametrize("form", [form for form in FORMS if form not in ANY_ORDER])
def test_every_form_that_a_pipe_can_give(form: str, tmp_path: Path) -> None:
    content = FORMS[form]()
    with piped(content) as file:
        found = answers(usql.open(file))
    assert equal(found, answers(_file(tmp_path, content)))


@pytest.mark.parametrize("form", ANY_ORDER)
def test_forms_that_a_pipe_cannot_give(form: str) -> None:
    with (
        piped(FORMS[form]()) as file,
        pytest.raises(DataError, match="write the file to a disk") as caught,
    ):
        usql.open(file)
    assert caught.value.source == "the file object"


def test_a_few_bytes_at_a_time() -> None:
    assert equal(answers(Slow(TEXT)), answers(SESSIONS))
    tuning = StoreTuning(text_bytes_at_once=700, archive_bytes_at_once=500)
    found = opened(Slow(gzip.compress(TEXT)), tuning)
    assert equal(answers(found), answers(SESSIONS))


def test_what_is_left_of_an_object_is_read() -> None:
    for file in (io.BytesIO(TEXT), Slow(TEXT)):
        file.readline()
        assert len(usql.open(file)) == 15
    content = b"a head" + FORMS["Parquet"]()
    file = io.BytesIO(content)
    file.seek(6)
    assert len(usql.open(file)) == 16


def test_large_parts_of_a_file_are_read_on_threads() -> None:
    whole = pa.concat_tables([table()] * 50)
    made = io.BytesIO()
    pq.write_table(whole, made, row_group_size=7)
    made.seek(0)
    found = usql.open(made, threads=4).query("SELECT JSON FROM usersession LIMIT 5000").rows()
    assert found == usql.open(whole).query("SELECT JSON FROM usersession LIMIT 5000").rows()


def test_among_other_sources(write: Callable[[str, bytes | str], Path]) -> None:
    path = write("a.ndjson", line("a"))
    file = io.BytesIO(line("b").encode())
    sessions = usql.open([file, path, file, path])
    assert sessions.query("SELECT userSessionId FROM usersession").rows() == [["b"], ["a"]]
    assert sessions.notes == (
        f"2 files or stores were reached more than once and are read once each: the file object; {path}.",
    )
    again = usql.open([io.BytesIO(line("a").encode()), path])
    assert "1 of 2 sessions appeared before" in again.notes[0]


# --- what is told -----------------------------------------------------------------------------------


def test_an_object_is_named_as_it_names_itself(write: Callable[[str, bytes | str], Path]) -> None:
    path = write("a.ndjson", line("a") + "{")
    with path.open("rb") as file, pytest.raises(DataError) as caught:
        usql.open(file)
    assert (caught.value.source, caught.value.line) == (str(path), 2)
    with piped(b"{") as file, pytest.raises(DataError) as caught:
        usql.open(file)
    assert (caught.value.source, caught.value.line) == ("the file object", 1)
    assert usql.open(io.BytesIO(b"")).notes == ("1 file is empty: the file object.",)


def test_bad_rows_of_an_object_are_left_out_and_kept(tmp_path: Path) -> None:
    sessions = usql.open(
        io.BytesIO(line("a").encode() + b"{\n"), on_error="skip", rejects=tmp_path / "r"
    )
    assert len(sessions) == 1
    assert (tmp_path / "r").read_bytes() == b"{\n"


class NothingYet(Slow):
    def read(self, size: int = -1, /) -> Any:
        return None if size else b""


class Broken(Slow):
    def read(self, size: int = -1, /) -> bytes:
        if size:
            raise ConnectionResetError(104, "Connection reset by peer")
        return b""


def test_objects_that_cannot_be_read(write: Callable[[str, bytes | str], Path]) -> None:
    closed = io.BytesIO(TEXT)
    closed.close()
    with write("a.ndjson", TEXT).open() as text:
        for file, words in (
            (text, "it returns text; open it in binary mode"),
            (io.StringIO("{}"), "it returns text; open it in binary mode"),
            (closed, "I/O operation on closed file"),
            (NothingYet(b""), "it has no data yet"),
            (Broken(b""), "Connection reset by peer"),
        ):
            with pytest.raises(DataError, match=words):
                usql.open(file)


def test_progress_of_a_pipe() -> None:
    """Nobody knows how much comes; what came is told."""
    seen: list[Progress] = []
    with piped(TEXT) as file:
        usql.open(file, progress=seen.append)
    assert (seen[-1].bytes_done, seen[-1].bytes_total) == (len(TEXT), 0)


# --- standard input ---------------------------------------------------------------------------------


class Input(io.TextIOWrapper):
    """Standard input, be it a terminal or not."""

    is_terminal = False

    def isatty(self) -> bool:
        return self.is_terminal


def given(monkeypatch: pytest.MonkeyPatch, content: bytes, is_terminal: bool = False) -> None:
    made = Input(cast(Any, Slow(content)))
    made.is_terminal = is_terminal
    monkeypatch.setattr("sys.stdin", made)


def test_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given(monkeypatch, TEXT)
    assert equal(answers(usql.open("-")), answers(SESSIONS))
    given(monkeypatch, line("a").encode())
    monkeypatch.chdir(tmp_path)
    Path("-").write_text(line("b"))
    sessions = usql.open(["-", "./-"])
    assert sessions.query("SELECT userSessionId FROM usersession").rows() == [["a"], ["b"]]
    assert len(usql.open(Path("-"))) == 1  # which is the file, and so was read


@pytest.mark.parametrize("on_error", ["stop", "skip"])
def test_nothing_from_standard_input(monkeypatch: pytest.MonkeyPatch, on_error: Any) -> None:
    given(monkeypatch, b"")
    if on_error == "stop":
        with pytest.raises(DataError, match=r"^standard input: it is empty; nothing was piped in$"):
            usql.open("-")
    else:
        assert usql.open("-", on_error="skip").notes == (
            "1 source without any session was left out: standard input: it is empty; nothing was piped in.",
        )


def test_standard_input_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, TEXT)
    with pytest.raises(DataError, match="it can be read only once; name - once"):
        usql.open(["-", "-"])
    given(monkeypatch, TEXT, is_terminal=True)
    with pytest.raises(DataError, match=r"^standard input: it is a terminal; pipe the sessions in"):
        usql.open("-")
    monkeypatch.setattr("sys.stdin", io.StringIO("{}"))
    with pytest.raises(DataError, match="standard input: it returns text"):
        usql.open("-")
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(DataError, match="standard input: there is no input"):
        usql.open("-")
