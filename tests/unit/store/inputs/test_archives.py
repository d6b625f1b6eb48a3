"""Archives and encodings as programs write them; other kinds of files are refused by their name."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import usql
from tests.unit.store.sources.test_files import Write, line, names
from usql.errors import DataError
from usql.store.inputs import archives
from usql.store.tuning import StoreTuning

TEXT = (line("a", city="Málaga") + line("b", city="東京 \U0001f600") + line("c")).encode()


def zstd(text: bytes) -> bytes:
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as stream:
        stream.write(text)
    return out.getvalue().to_pybytes()


def skippable(content: bytes, kind: int = 0) -> bytes:
    return bytes([0x50 + kind]) + b"\x2a\x4d\x18" + len(content).to_bytes(4, "little") + content


TWO = TEXT.splitlines(keepends=True)
PARTS = [TWO[0], b"", b"".join(TWO[1:])]
GZIPS = [gzip.compress(part) for part in PARTS]
ZSTDS = [zstd(part) for part in PARTS]

WHOLE = {
    "gzip": gzip.compress(TEXT),
    "gzip, members": b"".join(GZIPS),
    "gzip, padding": gzip.compress(TEXT) + bytes(512),
    "gzip, much padding": gzip.compress(TEXT) + bytes(3 << 20),
    "gzip, padding between": bytes(7).join(GZIPS) + bytes(1),
    "zstd": zstd(TEXT),
    "zstd, frames": b"".join(ZSTDS),
    "zstd, skippable first": skippable(b"size") + zstd(TEXT),
    "zstd, skippable of another kind first": skippable(b"", 15) + zstd(TEXT),
    "zstd, skippable last": zstd(TEXT) + skippable(bytes(100)),
    "zstd, each with a skippable": b"".join(skippable(b"size") + frame for frame in ZSTDS),
}


@pytest.mark.parametrize("chunk", [1, 5, 1 << 20])
@pytest.mark.parametrize("kind", WHOLE)
def test_archives(kind: str, chunk: int) -> None:
    if "much" in kind and chunk == 1:
        pytest.skip("three million steps")
    tuning = StoreTuning(text_bytes_at_once=chunk, archive_bytes_at_once=chunk)
    stream = archives.utf8_text(io.BytesIO(WHOLE[kind]), "x", tuning)
    assert stream.read(10) + stream.read(1) + stream.read() == TEXT
    assert stream.read() == b""


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF16_LE])
def test_texts_of_several_chunks(pack: Callable[[bytes], bytes], mark: bytes) -> None:
    text = TEXT.decode() * 20_000
    data = pack(mark + text.encode("utf-16-le" if mark else "utf-8"))
    stream = archives.utf8_text(io.BytesIO(data), "x")
    pieces = [stream.read(999_983) for _ in range(len(text.encode()) // 999_983)]
    assert {len(piece) for piece in pieces} == {999_983}
    assert b"".join(pieces) + stream.read() == text.encode()


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("name", ["a.ndjson.gz", "a.ndjson.zst", "a.json"])
def test_archives_are_loaded_whatever_their_name(write: Write, kind: str, name: str) -> None:
    assert names(write(name, WHOLE[kind])) == ["a", "b", "c"]


@pytest.mark.parametrize("kind", WHOLE)
def test_damaged_archives(write: Write, kind: str) -> None:
    data = WHOLE[kind].rstrip(b"\0") if "gzip" in kind else WHOLE[kind]
    for bad in (data[:-3], data[: len(data) // 2], data + b"no archive"):
        with pytest.raises(DataError, match="the file cannot be read"):
            usql.open(write("a.ndjson.gz", bad))


# --- encodings ----------------------------------------------------------------------------------------

ENCODINGS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encodings_with_a_mark(write: Write, encoding: str, pack: Callable[[bytes], bytes]) -> None:
    data = pack(ENCODINGS[encoding] + TEXT.decode().replace("\n", "\r\n").encode(encoding))
    rows = usql.open(write("a.ndjson", data)).query("SELECT city FROM usersession").rows()
    assert rows == [["Málaga"], ["東京 \U0001f600"], [None]]


@pytest.mark.parametrize("chunk", [1, 3, 7])
def test_characters_may_lie_over_chunks(chunk: int) -> None:
    tuning = StoreTuning(text_bytes_at_once=chunk)
    data = codecs.BOM_UTF16_LE + TEXT.decode().encode("utf-16-le")
    assert archives.utf8_text(io.BytesIO(data), "x", tuning).read() == TEXT


def test_lines_of_utf16_are_counted_and_judged(write: Write) -> None:
    text = line("a") + line("b\ud800") + line("c") + "{\n"
    data = codecs.BOM_UTF16_LE + text.replace("\\ud800", "\ud800").encode(
        "utf-16-le", "surrogatepass"
    )
    path = write("a.ndjson", data)
    with pytest.raises(DataError) as caught:
        usql.open(path)
    assert caught.value.line == 2
    assert names_skipping(path) == ["a", "c"]


def names_skipping(path: Path) -> list[str]:
    opened = usql.open(path, on_error="skip")
    return [row[0] for row in opened.query("SELECT userSessionId FROM usersession").rows()]


def test_utf16_that_is_cut_off(write: Write) -> None:
    data = codecs.BOM_UTF16_LE + TEXT.decode().encode("utf-16-le")
    with pytest.raises(DataError, match="the text is not UTF-16: truncated data"):
        usql.open(write("a.ndjson", data + b"\n"))


# --- other kinds --------------------------------------------------------------------------------------


def zipped(*members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for member in members:
            archive.writestr(member, TEXT)
    return out.getvalue()


def tarred() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo("a.ndjson")
        member.size = len(TEXT)
        archive.addfile(member, io.BytesIO(TEXT))
    return out.getvalue()


def parquet() -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"userSessionId": ["a"]}), out)
    return out.getvalue()


OTHERS = {
    "a bzip2 archive": bz2.compress(TEXT),
    "an xz archive": lzma.compress(TEXT),
    "a zip archive": zipped("a.ndjson"),
    "an Excel workbook": zipped("[Content_Types].xml", "xl/workbook.xml"),
    "a tar archive": tarred(),
    "a 7z archive": b"7z\xbc\xaf\x27\x1c" + bytes(100),
    "a rar archive": b"Rar!\x1a\x07\x01\x00",
    "an lz4 archive": b"\x04\x22\x4d\x18" + bytes(20),
    "a document of Office": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "an ORC file": b"ORC" + bytes(20),
    "an Avro file": b"Obj\x01" + bytes(20),
    "a database of SQLite": b"SQLite format 3\0" + bytes(100),
    "a PDF document": b"%PDF-1.7\n",
}


@pytest.mark.parametrize("name", ["a.ndjson", "a.json.gz", "a.parquet", "a.xlsx"])
@pytest.mark.parametrize("kind", OTHERS)
def test_other_kinds(write: Write, kind: str, name: str) -> None:
    path = write(name, OTHERS[kind])
    with pytest.raises(
        DataError, match=f"this is {kind}.* which cannot be read; give NDJSON"
    ) as caught:
        usql.open(path)
    assert caught.value.source == str(path)


@pytest.mark.parametrize(
    "data", [tarred(), zipped("a"), parquet(), gzip.compress(TEXT), zstd(TEXT)]
)
def test_other_kinds_inside_archives(write: Write, data: bytes) -> None:
    for pack, word in ((gzip.compress, "gzip"), (zstd, "zstd")):
        with pytest.raises(DataError, match=f"this is a.*, inside {word}, which cannot be read"):
            usql.open(write("a.ndjson.gz", pack(data)))
