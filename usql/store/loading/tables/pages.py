"""What decoding a row group of a Parquet file takes, by the headers of its pages.

A header is a struct of Thrift's compact protocol that stands before the page, as the Parquet format
defines it (parquet.thrift, ``PageHeader``); no library for Python gives it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pyarrow as pa

from usql.errors import ControlFlow
from usql.frozen import dataclass

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_MOST_HEADER = 1 << 16
_DICTIONARY_PAGE = 2
_BYTES_PER_ENTRY = 16
"""Of a dictionary, in addition to its page: where each entry lies."""

_RESIDENT = 2
"""What a page takes, as a multiple of its bytes: the allocator cannot use again all of the space of the
pages before it (measured: 2.0 for pages from 128 kB to 1 MB, and less for larger ones)."""

_BYTES_PER_COLUMN = 150_000
"""What the decoders of a column take, whatever the sizes of its pages (measured: 70 to 150 kB)."""

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)


def decoded_size(file: pa.NativeFile, chunks: Iterable[pq.ColumnChunkMetaData], buffer: int) -> int:
    """The bytes of memory that a reader of these column chunks takes at once, beside what it returns:
    for each chunk's largest page, unpacked, its dictionary, ``buffer`` bytes of the file, and its
    decoders. A chunk whose headers are damaged counts as a whole."""
    size = 0
    for chunk in chunks:
        page, dictionary = _largest(file, chunk)
        page += min(chunk.total_compressed_size, buffer)
        size += _RESIDENT * page + dictionary + _BYTES_PER_COLUMN
    return size


def _largest(file: pa.NativeFile, chunk: pq.ColumnChunkMetaData) -> tuple[int, int]:
    """The bytes of the largest page and of the dictionary."""
    at = chunk.data_page_offset
    if chunk.has_dictionary_page and chunk.dictionary_page_offset is not None:
        at = min(at, chunk.dictionary_page_offset)
    end = at + chunk.total_compressed_size
    largest = dictionary = 0
    try:
        while at < end:
            page = _page(file.read_at(min(_MOST_HEADER, end - at), at))
            largest = max(largest, page.unpacked)
            dictionary = max(dictionary, page.dictionary)
            at += page.size
    except (_Damaged, IndexError):
        return int(chunk.total_uncompressed_size), 0
    return largest, dictionary


class _Damaged(ControlFlow):
    """Not a header of a page."""


@dataclass(frozen=True)
class _Page:
    """A page's ``size`` in the file with its header, the bytes that it takes ``unpacked``, and those
    of the ``dictionary`` that it becomes, if it is one."""

    size: int
    unpacked: int
    dictionary: int


def _page(data: bytes) -> _Page:
    reader = _Reader(data)
    fields = reader.struct()
    kind, unpacked, packed = (fields.get(number) for number in (1, 2, 3))
    if not isinstance(kind, int) or not isinstance(unpacked, int) or not isinstance(packed, int):
        raise _Damaged
    if unpacked < 0 or packed < 0:
        raise _Damaged
    dictionary = 0
    if kind == _DICTIONARY_PAGE:
        of_dictionary = fields.get(7)
        entries = of_dictionary.get(1) if isinstance(of_dictionary, dict) else None
        if not isinstance(entries, int) or entries < 0:
            raise _Damaged
        dictionary = unpacked + _BYTES_PER_ENTRY * entries
    return _Page(reader.at + packed, unpacked, dictionary)


class _Reader:
    """Reads values of Thrift's compact protocol; ``IndexError`` where the bytes end before a value."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def struct(self, depth: int = 0) -> dict[int, object]:
        """The fields by their numbers; of those that are not numbers or structs, ``None``."""
        if depth > 8:
            raise _Damaged
        fields: dict[int, object] = {}
        number = 0
        while head := self._byte():
            step = head >> 4
            number = number + step if step else self._integer()
            fields[number] = self._value(head & 15, depth)
        return fields

    def _value(self, kind: int, depth: int) -> object:
        if kind in (_TRUE, _FALSE):
            return None
        if kind in (_I16, _I32, _I64):
            return self._integer()
        if kind == _STRUCT:
            return self.struct(depth + 1)
        size = {_BYTE: 1, _DOUBLE: 8}.get(kind)
        if kind == _BINARY:
            size = self._unsigned()
        if size is None:  # lists, sets and maps, which no header has
            raise _Damaged
        self.at += size
        return None

    def _byte(self) -> int:
        self.at += 1
        return self._data[self.at - 1]

    def _unsigned(self) -> int:
        value = shift = 0
        while (byte := self._byte()) & 128:
            value |= (byte & 127) << shift
            shift += 7
        return value | byte << shift

    def _integer(self) -> int:
        zigzag = self._unsigned()
        return zigzag >> 1 ^ -(zigzag & 1)
