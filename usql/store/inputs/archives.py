"""Compressed and encoded files as streams of UTF-8, a little at a time; other kinds of files are
refused."""

from __future__ import annotations

import codecs
import io
import zlib
from collections.abc import Iterable, Iterator
from typing import Protocol

import pyarrow as pa

from usql.errors import DataError
from usql.files.encoding import encoding_of
from usql.store.tuning import DEFAULT, StoreTuning

_HEAD = 1 << 12

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"
"""What follows the first byte, 0x50 to 0x5f, of a zstd frame without data, with which pzstd
begins."""

_OFFICE = (b"[Content_Types].xml", b"_rels/", b"xl/", b"docProps/")
_FOREIGN = (
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ\0", "an xz archive"),
    (0, b"LZIP", "an lzip archive"),
    (0, b"\x04\x22\x4d\x18", "an lz4 archive"),
    (0, b"\x1f\x9d", "an archive of compress"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"Rar!\x1a\x07", "a rar archive"),
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"PK\x05\x06", "a zip archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of Office"),
    (0, b"PAR1", "a Parquet file"),
    (0, b"ARROW1", "an Arrow file"),
    (0, b"ORC", "an ORC file"),
    (0, b"Obj\x01", "an Avro file"),
    (0, b"SQLite format 3\0", "a database of SQLite"),
    (0, b"%PDF-", "a PDF document"),
)
"""The places and bytes by which other kinds of files are recognised, with their names."""


class Readable(Protocol):
    """Something to read bytes from; it gives fewer than asked for only at its end."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""


def utf8_text(raw: Readable, source: str, tuning: StoreTuning = DEFAULT) -> Readable:
    """The text of a file, which may be compressed with gzip or zstd, and be UTF-16 with a mark, as
    UTF-8. ``DataError`` when it is of a kind that is not read."""
    whole, packed = tuning.text_bytes_at_once, tuning.archive_bytes_at_once
    stream = Stream(_chunks(raw, whole))
    around = ""
    if (head := stream.head()).startswith(_GZIP):
        stream, around = Stream(_gunzip(stream, packed)), "gzip"
    elif head.startswith(_ZSTD) or (head[1:4] == _SKIPPABLE and head[0] >> 4 == 5):
        stream, around = Stream(_unzstd(stream, packed)), "zstd"
    head = stream.head()
    if (kind := _foreign(head, around)) is not None:
        inside = f", inside {around}," if around else ""
        raise DataError(f"this is {kind}{inside} which cannot be read; {_ADVICE}", source=source)
    encoding = encoding_of(head)
    if encoding.name == "utf-8":
        return stream
    return Stream(_recoded(_chunks(stream, whole), encoding.name, source))


_ADVICE = "give NDJSON or JSON, also as .gz or .zst, Parquet or Arrow files"


def _foreign(head: bytes, around: str) -> str | None:
    """The kind of a file with this beginning, if it is not text."""
    if around and head.startswith((_GZIP, _ZSTD)):
        return "another archive"
    for at, magic, kind in _FOREIGN:
        if head.startswith(magic, at):
            is_document = magic == b"PK\x03\x04" and any(name in head for name in _OFFICE)
            return "an Excel workbook or another document of Office" if is_document else kind
    return None


class Stream(io.RawIOBase):
    """Chunks of bytes as a stream."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._buffered = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def head(self) -> bytes:
        """The first bytes, which are still to be read."""
        while len(self._buffered) < _HEAD and (chunk := next(self._chunks, None)) is not None:
            self._buffered += chunk
        return self._buffered[:_HEAD]

    def read(self, size: int = -1, /) -> bytes:
        """``size`` bytes, or all the rest."""
        parts, have = [self._buffered] if self._buffered else [], len(self._buffered)
        while size < 0 or have < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            parts.append(chunk)
            have += len(chunk)
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        self._buffered = data[size:] if 0 <= size < have else b""
        return data[:size] if 0 <= size < have else data


def _chunks(raw: Readable, size: int) -> Iterator[bytes]:
    while data := raw.read(size):
        yield data


def _gunzip(raw: Readable, size: int) -> Iterator[bytes]:
    """Members one after the other, with zero bytes as padding after each, as gzip takes them."""
    data = raw.read(size)
    while data:
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            if not data and not (data := raw.read(size)):
                raise EOFError("the archive is cut off")
            try:
                yield member.decompress(data, size)
            except zlib.error as error:
                raise EOFError(f"the archive is damaged: {error}") from None
            data = member.unconsumed_tail
        data = member.unused_data
        while not (data := data.lstrip(b"\0")):
            if not (data := raw.read(size)):
                return


def _unzstd(raw: Readable, size: int) -> Iterator[bytes]:
    with pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd") as stream:
        while data := stream.read(size):
            yield data


def _recoded(parts: Iterable[bytes], encoding: str, source: str) -> Iterator[bytes]:
    """Text in another encoding as UTF-8, without its byte order mark. Unpaired surrogates stay, so
    that the line that has them is refused."""
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    is_first = True
    try:
        for data in parts:
            text = decoder.decode(data)
            yield (text.removeprefix("\ufeff") if is_first else text).encode(errors="surrogatepass")
            is_first = is_first and not text
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        kind = encoding.upper()[:6]
        raise DataError(f"the text is not {kind}: {error.reason}", source=source) from None
