"""The slow path for JSON: session by session, in Python; every problem has its line and its
path."""

from __future__ import annotations

import json
import math
import re

from usql.errors import DataError
from usql.store.forms.values import NoNumber
from usql.store.inputs.origin import Origin
from usql.store.loading.sink import Sink

TOO_DEEP = "brackets nest deeper than any session does"
WHITE = b" \t\r\n"
"""The characters that JSON counts as white space."""

_BLANK = re.compile(f"[{WHITE.decode()}]*")
_LONGEST_NUMBER = 1000


def _whole(digits: str) -> int | NoNumber:
    """A whole number of JSON text. Thousands of digits would take Python too long."""
    if len(digits) > _LONGEST_NUMBER:
        return NoNumber(f"a number of {len(digits)} digits")
    return int(digits)


def _real(digits: str) -> float | NoNumber:
    """Any other number of JSON text. One beyond all doubles does not become infinity."""
    number = float(digits)
    return NoNumber(f"{digits[:40]}, which no double holds") if math.isinf(number) else number


_DECODER = json.JSONDecoder(
    parse_int=_whole,
    parse_float=_real,
    parse_constant=lambda name: NoNumber(f"{name}, which is not JSON"),
)


def read_lines(piece: bytes, first_line: int, origin: Origin, sink: Sink) -> None:
    """Read complete lines, each of which holds sessions, or arrays of sessions, one after the
    other."""
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
        sink.reject(
            DataError(explain(error, error.colno), source=origin.name, line=number), origin, raw
        )
    except RecursionError:
        sink.reject(DataError(TOO_DEEP, source=origin.name, line=number), origin, raw)
    else:
        for value in values:
            if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
                for entry in value:  # one array per line
                    sink.add_object(entry, origin, line=number)
            else:
                sink.add_object(value, origin, line=number, raw=raw)


def _values(text: str) -> list[object]:
    """The JSON values of a line, usually one."""
    values = []
    at = skip_blank(text, 0)
    while at < len(text):
        value, at = decode(text, at)
        at = skip_blank(text, at)
        values.append(value)
    return values


def single(raw: bytes) -> object:
    """The value of a line that holds exactly one; ``ValueError`` for any other line,
    ``RecursionError`` for one that nests too deeply."""
    [value] = _values(raw.decode())
    return value


def decode(text: str, at: int) -> tuple[object, int]:
    """The JSON value that begins here, and where it ends."""
    return _DECODER.raw_decode(text, at)


def skip_blank(text: str, at: int) -> int:
    """Where the white space that begins here ends."""
    match = _BLANK.match(text, at)
    return match.end() if match else at


def explain(error: json.JSONDecodeError, column: int) -> str:
    """The reason to give for text that is not JSON from this character of its line on."""
    if error.pos >= len(error.doc.rstrip(WHITE.decode())) or error.msg.startswith(
        "Unterminated string"
    ):
        return "the text ends in the middle of a value"
    reason = error.msg[0].lower() + error.msg[1:].removesuffix(" at")
    return f"not JSON: {reason} at character {column}"
