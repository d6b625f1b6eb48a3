"""Binary file objects of the program, and standard input, as sources."""

from __future__ import annotations

import sys
from typing import Any

from usql.errors import DataError
from usql.store.bad_data import unreadable
from usql.store.inputs.origin import Origin
from usql.store.inputs.places import Handed, Once

STANDARD_INPUT = "standard input"
"""The name of standard input in messages; in a source it is called ``-``."""


def is_file_object(value: Any) -> bool:
    """Whether a value can be read as an open file."""
    return callable(getattr(value, "read", None))


def file_object(file: Any) -> Origin:
    """An open file of the program, from its current position on. Messages call it by its own name.
    ``DataError`` when it is closed, or gives text."""
    name = getattr(file, "name", None)
    shown = name if isinstance(name, str) and name else "the file object"
    return _origin(file, shown)


def standard_input() -> Origin:
    """Standard input from a pipe or a redirected file. ``DataError`` when it is a terminal, which
    would wait for someone to type, or missing."""
    file = sys.stdin
    if file is None or file.closed:
        raise DataError("there is no input", source=STANDARD_INPUT)
    if file.isatty():
        raise DataError(
            "it is a terminal; pipe the sessions in, as in: "
            "zcat sessions.ndjson.gz | usql query QUERY -",
            source=STANDARD_INPUT,
        )
    return _origin(getattr(file, "buffer", file), STANDARD_INPUT)


def _origin(file: Any, name: str) -> Origin:
    try:
        if not isinstance(file.read(0), bytes):
            raise DataError("it returns text; open it in binary mode, with 'rb'", source=name)
        seekable = getattr(file, "seekable", None)
        is_random = seekable is not None and seekable()
        return Origin(name, elsewhere=Handed(file, name) if is_random else Once(file, name))
    except (OSError, ValueError) as error:  # of a closed one
        raise unreadable(error, name) from error
