"""A file whose bytes are taken away piece by piece while it is being written."""

from __future__ import annotations

import io


class PieceFile(io.RawIOBase):
    """A binary file to write to, which keeps only what has not been taken. Its position counts all
    bytes, as writers need that note offsets.

    >>> file = PieceFile()
    >>> file.write(b"ab"), file.take(), file.tell(), file.take()
    (2, b'ab', 2, b'')
    """

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """How many bytes were written."""
        return self._size

    def write(self, data: object, /) -> int:
        """Add bytes."""
        part = bytes(data)  # type: ignore[call-overload]
        self._parts.append(part)
        self._size += len(part)
        return len(part)

    def take(self) -> bytes:
        """The bytes since the last time, which are no longer kept."""
        parts, self._parts = self._parts, []
        return b"".join(parts)
