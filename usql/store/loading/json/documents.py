"""JSON values that span any number of lines, one after the other: sessions, and arrays of sessions.

Only as much text is in memory at a time as one value needs.
"""

from __future__ import annotations

import codecs
import json

from usql.errors import DataError
from usql.store.inputs.archives import Readable
from usql.store.inputs.origin import Origin
from usql.store.loading.json.slow_path import TOO_DEEP, decode, explain, skip_blank
from usql.store.loading.sink import Sink

_LONGEST_WORD = 16
"""Characters at the end of a text that may be the beginning of a word or an escape."""


def read_documents(head: bytes, stream: Readable, piece: int, origin: Origin, sink: Sink) -> None:
    """Read the values of a text that begins with ``head`` and continues in ``stream``, about
    ``piece`` bytes at a time. Where it breaks off or is not JSON, the rest is one bad row."""
    text = _Text(head, stream, piece, origin, sink)
    while text.next() and _value(text):
        pass


def _value(text: _Text) -> bool:
    """Take one value; returns whether it could be read."""
    if text.next() != "[":
        return text.take_session()
    text.at += 1
    if text.next() == "]":
        text.at += 1
        return True
    while text.take_session():
        mark = text.next()
        if mark not in (",", "]"):
            text.reject(
                "expected , or ] here" if mark else "the text ends in the middle of the array"
            )
            return False
        text.at += 1
        if mark == "]":
            return True
        text.next()
    return False


class _Text:
    """The part of a text that has been read but not processed; ``at`` is where to go on."""

    def __init__(
        self, head: bytes, stream: Readable, piece: int, origin: Origin, sink: Sink
    ) -> None:
        self.at = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._stream = stream
        self._piece = piece
        self._origin = origin
        self._sink = sink
        self._line = 1
        self._column = 0
        self._counted = 0
        self._text = ""
        self._text = self._decoded(head)

    def next(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            self.at = skip_blank(self._text, self.at)
            if self.at < len(self._text) or not self._more():
                return self._text[self.at : self.at + 1]

    def take_session(self) -> bool:
        """Take the next value as a session; returns whether it could be read."""
        while True:
            try:
                value, end = decode(self._text, self.at)
            except json.JSONDecodeError as error:
                if self._may_be_cut(error) and self._more():
                    continue
                line = self._line + self._text.count("\n", self._counted, error.pos)
                column = error.colno + (self._column if error.lineno == 1 else 0)
                self.reject(explain(error, column), line)
                return False
            except RecursionError:
                self.reject(TOO_DEEP)
                return False
            if end < len(self._text) or not self._more():  # else it may be half a number
                break
        raw = self._text[self.at : end].replace("\n", " ").encode()
        self._sink.add_object(value, self._origin, line=self._here(), raw=raw)
        self.at = end
        return True

    def reject(self, reason: str, line: int | None = None) -> None:
        """Report all the rest as one bad row."""
        where = self._here() if line is None else line
        error = DataError(reason, source=self._origin.name, line=where)
        if not self._sink.stops:
            while self._more():
                pass
        self._sink.reject(error, self._origin, self._text[self.at :].encode())

    def _may_be_cut(self, error: json.JSONDecodeError) -> bool:
        is_near = error.pos >= len(self._text) - _LONGEST_WORD
        return is_near or error.msg.startswith("Unterminated string")

    def _here(self) -> int:
        """The current line."""
        self._line += self._text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def _more(self) -> bool:
        """Read on; returns whether there was more. Processed text is dropped. Each time twice as
        much is read as is there, so that long values are not scanned again and again."""
        size = len(self._text) - self.at
        if size > max(self._sink.most_at_once, 2 * self._piece):
            raise self._sink.too_large("the text", self._origin.name)
        data = self._stream.read(max(self._piece, size))
        added = self._decoded(data)
        if not data:
            return False
        self._here()
        begin = self._text.rfind("\n", 0, self.at) + 1
        self._column = self.at - begin + (0 if begin else self._column)
        self._text, self.at, self._counted = self._text[self.at :] + added, 0, 0
        return True

    def _decoded(self, data: bytes) -> str:
        try:
            return self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            before = self._text.count("\n", self._counted) + data.count(b"\n", 0, error.start)
            line = self._line + before
            raise DataError("the text is not UTF-8", source=self._origin.name, line=line) from None
