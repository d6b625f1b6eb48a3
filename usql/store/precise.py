"""JSON text session by session, in Python: every problem has its line and its path."""

from __future__ import annotations

import json
import math
import re

from usql.store.errors import DataError
from usql.store.origin import Origin
from usql.store.sink import Sink
from usql.store.values import NoNumber

WHITE = b" \t\r\n"
"""All white space that JSON has."""

_BLANK = re.compile(f"[{WHITE.decode()}]*")
_LONGEST_NUMBER = 1000


def _whole(digits: str) -> int | NoNumber:
    """A whole number of JSON text. Thousands of digits would take Python too long."""
    if len(digits) > _LONGEST_NUMBER:
        return NoNumber(f"a number of {len(digits)} digits")
    return int(digits)


def _real(digits: str) -> float | NoNumber:
    """Any other number of JSON text. One beyond all doubles is not taken for infinity."""
    number = float(digits)
    return NoNumber(f"{digits[:40]}, which no double holds") if math.isinf(number) else number


_DECODER = json.JSONDecoder(
    parse_int=_whole,
    parse_float=_real,
    parse_constant=lambda name: NoNumber(f"{name}, which is not JSON"),
)


def read_lines(piece: bytes, first_line: int, origin: Origin, sink: Sink) -> None:
    """Whole lines, each a session or several behind each other."""
    for number, raw in enumerate(piece.split(b"\n"), first_line):
        if raw.strip(WHITE):
            _precise_line(raw, number, origin, sink)


def _precise_line(raw: bytes, number: int, origin: Origin, sink: Sink) -> None:
    try:
        values = _values(raw.decode())
    except UnicodeDecodeError as error:
        reason = f"byte {error.start + 1} is not UTF-8"
        sink.reject(DataError(reason, source=origin.name, line=number), origin, raw)
    except json.JSONDecodeError as error:
        sink.reject(DataError(_explain(error), source=origin.name, line=number), origin, raw)
    except RecursionError:
        reason = "brackets nest deeper than any session does"
        sink.reject(DataError(reason, source=origin.name, line=number), origin, raw)
    else:
        for value in values:
            sink.add_object(value, origin, line=number, raw=raw)


def _values(text: str) -> list[object]:
    """The JSON values of a line: mostly one."""
    values = []
    at = _skip_blank(text, 0)
    while at < len(text):
        value, at = _decode(text, at)
        at = _skip_blank(text, at)
        values.append(value)
    return values


def _decode(text: str, at: int) -> tuple[object, int]:
    return _DECODER.raw_decode(text, at)


def _skip_blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _explain(error: json.JSONDecodeError) -> str:
    if error.pos >= len(error.doc.rstrip(WHITE.decode())) or error.msg.startswith(
        "Unterminated string"
    ):
        return "the text ends in the middle of a value"
    reason = error.msg[0].lower() + error.msg[1:].removesuffix(" at")
    return f"not JSON: {reason} at character {error.colno}"


def read_document(data: bytes, origin: Origin, sink: Sink) -> None:
    """One JSON array of sessions, or one session, over any number of lines. Where its text breaks
    off or is no JSON, the rest is one bad row."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError("the text is not UTF-8", source=origin.name, line=line) from None
    at = _skip_blank(text, 0)
    is_array = text[at : at + 1] == "["
    at = _skip_blank(text, at + 1) if is_array else at
    line, counted = 1, 0

    def reject_rest(reason: str, line: int) -> None:
        error = DataError(reason, source=origin.name, line=line)
        sink.reject(error, origin, text[at:].encode())

    ended = is_array and text[at : at + 1] == "]"
    while not ended:
        line, counted = line + text.count("\n", counted, at), at
        try:
            value, end = _decode(text, at)
        except json.JSONDecodeError as error:
            reject_rest(_explain(error), error.lineno)
            return
        except RecursionError:
            reject_rest("brackets nest deeper than any session does", line)
            return
        raw = text[at:end].replace("\n", " ").encode()
        sink.add_object(value, origin, line=line, raw=raw)
        at = _skip_blank(text, end)
        ended = not is_array or text[at : at + 1] == "]"
        if not ended and text[at : at + 1] != ",":
            is_cut = at >= len(text)
            line += text.count("\n", counted, at)
            reject_rest(
                "the text ends in the middle of the array" if is_cut else "expected , or ] here",
                line,
            )
            return
        if not ended:
            at = _skip_blank(text, at + 1)
    at = _skip_blank(text, at + 1 if is_array else at)
    if at < len(text):
        line += text.count("\n", counted, at)
        whole = "array" if is_array else "object"
        reject_rest(f"there is more text behind the {whole}; write one session a line", line)
