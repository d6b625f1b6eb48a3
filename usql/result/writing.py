"""Results written to files and streams, in any of the forms of ``usql.formats``."""

from __future__ import annotations

import importlib
import io
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, cast

from usql.files import replacing_file
from usql.formats import FORMATS, form_of, suffixes
from usql.result.options import Options

if TYPE_CHECKING:
    from usql.result.data import ResultData


TextWriter = Callable[["ResultData", Options], Iterator[bytes]]
"""Makes the text of a format as UTF-8, in pieces of a batch of rows each."""

BinaryWriter = Callable[["ResultData", BinaryIO], None]
"""Writes a format that is no text, batch by batch."""

_PLAIN = Options()


def write_result(
    result: ResultData,
    target: str | os.PathLike[str] | BinaryIO | TextIO,
    form: str | None = None,
    *,
    options: Options = _PLAIN,
) -> None:
    """Write a result to a path or to a stream, a batch of rows at a time.

    A file appears whole or not at all, in the format that its name asks for unless ``form`` names
    one. A stream stays open. In a binary one text is UTF-8; a text one keeps its own encoding and
    should be opened with ``newline=""``.

    ``ValueError`` for an unknown format, or where neither ``form`` nor the path tells it;
    ``TypeError`` for a binary format and a text stream; ``OSError`` where it cannot be written.

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
    """A format that is text, in pieces of whole rows."""
    pieces: TextWriter = _module(form).pieces
    return (piece.decode() for piece in pieces(result, options))


def _module(form: str) -> Any:
    return importlib.import_module(f"usql.result.formats.{form}")


def _write(result: ResultData, form: str, file: BinaryIO | TextIO, options: Options) -> None:
    is_text_stream = isinstance(file, io.TextIOBase)
    if not FORMATS[form].is_text:
        if is_text_stream:
            raise TypeError(f"{form} is not a text format; open the file in binary mode")
        write: BinaryWriter = _module(form).write
        write(result, cast(BinaryIO, file))
    elif is_text_stream:
        for text in written_texts(result, form, options):
            cast(TextIO, file).write(text)
    else:
        pieces: TextWriter = _module(form).pieces
        for piece in pieces(result, options):
            cast(BinaryIO, file).write(piece)
