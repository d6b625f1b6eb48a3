"""JSON: one session per line, or an array of sessions.

Lines are read in pieces of some megabytes on the fast path. A piece that it refuses, or might read
differently from the slow path, is read line by line, where every problem has its line and path; both
paths give the same columns.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import numpy.typing as npt

from usql.catalog import PRIMARY, Catalog
from usql.frozen import dataclass
from usql.store.bad_data import NeedsSlowPath
from usql.store.batches.flat import FlatBatch
from usql.store.inputs.archives import Readable
from usql.store.inputs.origin import Origin
from usql.store.loading.json import fast, slow_path
from usql.store.loading.json.documents import read_documents
from usql.store.loading.json.layout import Layout
from usql.store.loading.json.lines import line_ends
from usql.store.loading.json.picked import Picker, is_picking
from usql.store.loading.json.slow_path import WHITE
from usql.store.loading.sink import Sink
from usql.store.recognition import elastic

_BOM = b"\xef\xbb\xbf"


def read_json(stream: Readable, origin: Origin, sink: Sink) -> None:
    """Read all sessions of a stream of JSON text."""
    size = sink.tuning.text_bytes_at_once
    head = stream.read(size)
    head = head.removeprefix(_BOM)
    if _is_document(head):
        sink.settle()
        read_documents(head, stream, size, origin, sink)
        return
    layout = Layout(sink.tuning)
    picker = Picker(sink.catalog, origin, sink.tuning) if is_picking(sink.catalog) else None
    line = 1
    pieces = _pieces([head], stream, origin, sink)
    del head  # release the memory of a piece that is done with, here and below
    for piece in pieces:
        if sink.is_full():
            return
        ends = None if picker is None else line_ends(piece)
        sink.take(_Piece(piece, line, origin, layout, picker, ends))
        line += fast.newlines(piece) if ends is None else len(ends)
        del piece


@dataclass(frozen=True)
class _Piece:
    """Complete lines of a file; ``line`` is the number of the first."""

    text: bytes
    line: int
    origin: Origin
    layout: Layout
    picker: Picker | None
    ends: npt.NDArray[np.int64] | None

    def flat(self, catalog: Catalog) -> list[FlatBatch]:
        """Read by the picker of single fields where that is enough, else by Arrow's reader."""
        if self.picker is not None and self.ends is not None:
            with suppress(NeedsSlowPath):
                return [_picked(self.picker, self.text, self.ends)]
        return [fast.read_piece(catalog, self.text, self.layout, self.origin)]

    def add_rows(self, sink: Sink) -> None:
        """Read line by line."""
        slow_path.read_lines(self.text, self.line, self.origin, sink)


def _pieces(rest: list[bytes], stream: Readable, origin: Origin, sink: Sink) -> Iterator[bytes]:
    """Complete lines, about ``text_bytes_at_once``, from the ``rest`` that was read already and the
    stream; a longer line is a piece of its own."""
    size = sink.tuning.text_bytes_at_once
    if first := rest[-1].find(b"\n", sink.tuning.first_text_bytes) + 1:
        yield rest[-1][:first]
        rest[-1] = rest[-1][first:]
    while True:
        cut = rest[-1].rfind(b"\n") + 1
        if cut:
            whole = b"".join([*rest[:-1], memoryview(rest[-1])[:cut]])
            rest[:] = [rest[-1][cut:]]
            yield whole
            del whole
        more = stream.read(size)
        if not more:
            break
        rest.append(more)
        if sum(map(len, rest)) > max(sink.most_at_once, 2 * size):
            sink.settle()
            raise sink.too_large("a line of the text", origin.name)
    last = b"".join(rest)
    if last.strip(WHITE):
        yield last


def _is_document(head: bytes) -> bool:
    """Whether the text consists of values over several lines, rather than one value per line."""
    text = head.lstrip(WHITE)
    first, newline, others = text.partition(b"\n")
    while text[:1] == b"[" and others.strip(WHITE) and _is_json(first):
        text = others.lstrip(WHITE)  # an array in one line; the next may be written differently
        first, newline, others = text.partition(b"\n")
    if text[:1] == b"[":
        return not (others.strip(WHITE) and _is_json(first))
    if text[:1] != b"{" or not newline or not others.strip(WHITE):
        return False
    # A line that breaks off is a bad line, unless the next one continues it.
    return first.rstrip(WHITE)[-1:] in (b"{", b",", b"[", b":") and others.lstrip(WHITE)[
        :1
    ] not in (
        b"{",
        b"",
    )


def _is_json(line: bytes) -> bool:
    """Whether a line is complete JSON, not just the beginning of an array."""
    if line.rstrip(WHITE)[-1:] != b"]":
        return False
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _picked(picker: Picker, piece: bytes, ends: npt.NDArray[np.int64]) -> FlatBatch:
    """The batch of a piece of which only some fields are wanted; :class:`NeedsSlowPath` when all
    must be read."""
    piece, actions = elastic.without_actions(piece)
    has_documents = elastic.has_documents(piece)
    ends = line_ends(piece) if actions else ends
    batch = picker.flat(piece, ends, has_documents=has_documents)
    return fast.remarked(batch, actions, batch[PRIMARY].rows * has_documents)
