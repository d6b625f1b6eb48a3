"""Text encodings of files: UTF-8, or the one that a byte order mark indicates, as written by
programs on Windows."""

from __future__ import annotations

import codecs

from usql.errors import NotTextError
from usql.frozen import dataclass

_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # before UTF-16, since its mark begins with the same bytes
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    codecs.BOM_UTF32_BE: "utf-32-be",
}


@dataclass(frozen=True, slots=True)
class Encoding:
    """The name of a Python codec, and the byte order mark before the text, which may be empty."""

    name: str
    mark: bytes

    def decode(self, data: bytes) -> str:
        """The text of a whole file; raises :class:`NotTextError` if it is not text in this
        encoding."""
        try:
            return data[len(self.mark) :].decode(self.name)
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(self.name)
            byte, line = len(self.mark) + error.start + 1, before.count("\n") + 1
            kind = self.name.upper().removesuffix("-LE").removesuffix("-BE")
            raise NotTextError(f"byte {byte:,}, in line {line:,}, is not {kind}") from None

    def encode(self, text: str) -> bytes:
        """The bytes of a file with this text."""
        return self.mark + text.encode(self.name)


def encoding_of(head: bytes) -> Encoding:
    """The encoding of a file that begins with ``head``, of which four bytes are enough."""
    mark = next((mark for mark in _MARKS if head.startswith(mark)), b"")
    return Encoding(_MARKS.get(mark, "utf-8"), mark)
