"""Compressed and encoded files as streams of UTF-8, a little at a time, and what is no such file."""

from __future__ import annotations

import codecs
import io
import zlib
from collections.abc import Iterable, Iterator
from typing import Protocol

import pyarrow as pa

from usql.encoding import encoding_of
from usql.errors import DataError

CHUNK = 8 << 20
"""Bytes that are read at once: as many as readers ask for, so that they are not copied."""

_ARCHIVE = 2 << 20
"""The same of an archive and of what is in it: larger pieces are slower to be made."""

_HEAD = 1 << 12

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"
"""What follows the first byte, 0x50 to 0x5f, of a zstd frame that holds no data; pzstd begins so."""

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
"""Where in a file, and which bytes there, say that it is of another kind."""


class Readable(Protocol):
    """What gives bytes; fewer than asked for only at its end."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""


def text_of(raw: Readable, source: str) -> Readable:
    """The text of a file, which may be compressed with gzip or zstd, and be UTF-16 with a mark, as
    UTF-8. ``DataError`` when it is of a kind that is not read."""
    stream = Stream(_chunks(raw))
    around = ""
    if (head := stream.head()).startswith(_GZIP):
        stream, around = Stream(_gunzip(stream)), "gzip"
    elif head.startswith(_ZSTD) or (head[1:4] == _SKIPPABLE and head[0] >> 4 == 5):
        stream, around = Stream(_unzstd(stream)), "zstd"
    head = stream.head()
    if (kind := _foreign(head, around)) is not None:
        inside = f", inside {around}," if around else ""
        raise DataError(f"this is {kind}{inside} which is not read; {_ADVICE}", source=source)
    encoding = encoding_of(head)
    return stream if encoding.name == "utf-8" else Stream(_recoded(stream, encoding.name, source))


_ADVICE = "give NDJSON or JSON, also as .gz or .zst, Parquet or Arrow files"


def _foreign(head: bytes, around: str) -> str | None:
    """What a file is that begins so, if it is no text."""
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
        self._kept = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def head(self) -> bytes:
        """The first bytes, which are still to be read."""
        while len(self._kept) < _HEAD and (chunk := next(self._chunks, None)) is not None:
            self._kept += chunk
        return self._kept[:_HEAD]

    def read(self, size: int = -1, /) -> bytes:
        """``size`` bytes, or all that are left."""
        parts, have = [self._kept] if self._kept else [], len(self._kept)
        while size < 0 or have < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            parts.append(chunk)
            have += len(chunk)
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        self._kept = data[size:] if 0 <= size < have else b""
        return data[:size] if 0 <= size < have else data


def _chunks(raw: Readable) -> Iterator[bytes]:
    while data := raw.read(CHUNK):
        yield data


def _gunzip(raw: Readable) -> Iterator[bytes]:
    """Members one after the other, with zero bytes as padding after each, as gzip takes them."""
    data = raw.read(_ARCHIVE)
    while data:
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            if not data and not (data := raw.read(_ARCHIVE)):
                raise EOFError("the archive is cut off")
            try:
                yield member.decompress(data, _ARCHIVE)
            except zlib.error as error:
                raise EOFError(f"the archive is damaged: {error}") from None
            data = member.unconsumed_tail
        data = member.unused_data
        while not (data := data.lstrip(b"\0")):
            if not (data := raw.read(_ARCHIVE)):
                return


def _unzstd(raw: Readable) -> Iterator[bytes]:
    with pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd") as stream:
        while data := stream.read(_ARCHIVE):
            yield data


def _recoded(raw: Readable, encoding: str, source: str) -> Iterator[bytes]:
    """Text in another encoding as UTF-8, without its mark. Half surrogates stay, for the line that
    has them to be refused."""
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    parts: Iterable[bytes] = _chunks(raw)
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
