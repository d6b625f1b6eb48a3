"""Writing results to files and streams, in any format of ``usql.formats``."""

from __future__ import annotations

import importlib
import io
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO, TextIO, cast

from usql.files.atomic import replacing_file
from usql.formats import FORMATS, form_of, suffixes
from usql.result.options import Options

if TYPE_CHECKING:
    from usql.result.data import ResultData


Writer = Callable[["ResultData", Options], Iterator[bytes]]
"""Yields a format, texts as UTF-8, one or several batches of rows per piece."""

_PLAIN = Options()


def write_result(
    result: ResultData,
    target: str | os.PathLike[str] | BinaryIO | TextIO,
    form: str | None = None,
    *,
    options: Options = _PLAIN,
) -> None:
    """Write a result to a path or to a stream, one batch of rows at a time.

    A file is written completely or not at all, in the format of its suffix unless ``form`` names
    one. A stream stays open. Text is written to a binary stream as UTF-8, and to a text stream in
    the stream's own encoding; open it with ``newline=""``.

    ``ValueError`` for an unknown format, or if neither ``form`` nor the path indicates one;
    ``TypeError`` for a binary format and a text stream; ``OSError`` if it cannot be written.

    >>> import io, pyarrow
    >>> from usql.result import ColumnRole, Result, ResultColumn
    >>> column = ResultColumn("city", ColumnRole.LEAF, is_timestamp=False)
    >>> file = io.StringIO()
    >>> write_result(Result(pyarrow.table({"city": ["Linz"]}), [column]), file, "ndjson")
    >>> file.getvalue()
    '{"city":"Linz"}\\n'
    """
    path = os.fspath(target) if isinstance(target, str | os.PathLike) else None
    if form is None and path is None:
        raise ValueError(f"a stream needs a format: {', '.join(FORMATS)}")
    chosen = form or form_of(str(path))
    if chosen is None:
        raise ValueError(f"{path!r} does not end in one of {', '.join(suffixes())}")
    if chosen not in FORMATS:
        raise ValueError(f"there is no format {chosen!r}; the formats are {', '.join(FORMATS)}")
    if path is None:
        _write(result, chosen, cast("BinaryIO | TextIO", target), options)
        return
    with replacing_file(path) as file:
        _write(result, chosen, file, options)


def written_texts(result: ResultData, form: str, options: Options) -> Iterator[str]:
    """A text format, in pieces of whole rows."""
    return (piece.decode() for piece in written_pieces(result, form, options))


def written_pieces(result: ResultData, form: str, options: Options = _PLAIN) -> Iterator[bytes]:
    """A format, in pieces that are made when they are taken, so that a slow reader never has more
    than one of them waiting; ``KeyError`` for an unknown format."""
    pieces: Writer = importlib.import_module(f"usql.result.formats.{FORMATS[form].name}").pieces
    return pieces(result, options)


def _write(result: ResultData, form: str, file: BinaryIO | TextIO, options: Options) -> None:
    if isinstance(file, io.TextIOBase):
        if not FORMATS[form].is_text:
            raise TypeError(f"{form} is not a text format; open the file in binary mode")
        for text in written_texts(result, form, options):
            cast(TextIO, file).write(text)
        return
    for piece in written_pieces(result, form, options):
        cast(BinaryIO, file).write(piece)
