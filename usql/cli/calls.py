"""Misdirected calls, such as data before the query: they are wrong usage, reported with the right
call. The command never guesses what was meant and does it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from usql.catalog.names import near
from usql.files.encoding import encoding_of

_QUERY = re.compile(r"\ufeff?(?:\s|--[^\n]*\n|/\*.*?\*/)*select\b", re.IGNORECASE | re.DOTALL)
_HEAD = 4096
"""Bytes at the beginning of a file that show whether it holds a query."""

_MISSING = re.compile(r"\S+\.\w+")
"""A name that can only be that of a file, not a query."""

_ANY_QUERY = "'SELECT …'"
_ANY_DATA = "DATA"


def check_first(arguments: Sequence[str]) -> None:
    """Raise wrong usage if the first argument of ``usql query`` is data or a file rather than the
    query."""
    first, *others = arguments
    if _is_split(arguments):
        raise click.UsageError(_about_split(arguments))
    if is_query(first):
        return
    if any(map(is_query, others)):
        raise click.UsageError(f"The query comes first, then the data:{_query_call(arguments)}")
    if holds_query(first):
        raise click.UsageError(_about_file(first, others))
    if os.path.exists(first):
        check_query_file(first, others)
        raise click.UsageError(
            f"The query comes first, but {first} is a {_kind(first)}:{_query_call(arguments)}"
        )
    if _MISSING.fullmatch(first):
        raise click.UsageError(
            f"{first} is not a query, and there is no such file:{_query_call(others)}"
        )


def check_query_file(name: str, data: Sequence[str]) -> None:
    """Raise wrong usage if the query is not in this file but in one that is named as data."""
    holding = next(filter(holds_query, data), None)
    if holding is not None and not holds_query(name):
        others = [name, *data]
        others.remove(holding)
        raise click.UsageError(_about_file(holding, others))


def check_no_query(data: Sequence[str]) -> None:
    """Raise wrong usage if some of the data is a query, or a file that contains one."""
    for number, name in enumerate(data):
        others = [*data[:number], *data[number + 1 :]]
        if holds_query(name):
            raise click.UsageError(_about_file(name, others))
        if is_query(name) and not os.path.exists(name):
            raise click.UsageError(f"This is a query, not data:{_query_call([name, *others])}")


def no_command(arguments: Sequence[str], commands: Sequence[str]) -> str:
    """The message if the first argument is not a subcommand."""
    first, *others = arguments
    if _is_split(arguments):
        return _about_split(arguments)
    if is_query(first):
        return f"Queries are run with usql query:{_query_call(arguments)}"
    if holds_query(first):
        return _about_file(first, others)
    if any(map(is_query, others)):
        if os.path.exists(first):
            return f"Queries are run with usql query:{_query_call(arguments)}"
        return f"There is no command {first!r}; queries are run like this:{_query_call(others)}"
    if os.path.exists(first):
        shell = _call("shell", [*map(shlex.quote, arguments)])
        return f"{first} is a {_kind(first)}; to query it:{_query_call(arguments)}{shell}"
    meant = near(first, commands) or commands
    return f"There is no command {first!r}; did you mean {', '.join(meant)}?"


def is_query(text: str) -> bool:
    """Whether a text begins like a query.

    >>> is_query("-- how many\\nselect COUNT(*) FROM usersession"), is_query("selected.ndjson")
    (True, False)
    """
    return _QUERY.match(text) is not None


def holds_query(name: str) -> bool:
    """Whether this is a file whose text begins like a query."""
    path = Path(name)
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except (OSError, ValueError):  # opening it will report the error
        return False
    return is_query(head.decode(encoding_of(head).name, "ignore"))


def _is_split(arguments: Sequence[str]) -> bool:
    """Whether a query was passed without quotes, as separate words."""
    first, *others = arguments
    return first.lower() == "select" and not all(map(os.path.exists, others))


def _about_split(arguments: Sequence[str]) -> str:
    # The query cannot be restored: its quotes are gone, and * became the names of files.
    words = [word.lower() for word in arguments]
    after = arguments[words.index("from") :] if "from" in words else ()
    data = [*filter(os.path.exists, after)]
    return f"A query is one argument, in quotes:{_query_call(data)}"


def _about_file(name: str, data: Sequence[str]) -> str:
    words = ["-f", shlex.quote(name), *_quoted(data)]
    return f"{name} holds a query; name it with --file:{_call('query', words)}"


def _query_call(arguments: Sequence[str]) -> str:
    """The call with the first query in its place, followed by the other arguments."""
    query = next(filter(is_query, arguments), None)
    others = [a for a in arguments if not is_query(a)]
    first = _ANY_QUERY if query is None else shlex.quote(query)
    return _call("query", [first, *_quoted(others)])


def _quoted(data: Sequence[str]) -> list[str]:
    return [shlex.quote(a) for a in data] or [_ANY_DATA]


def _call(command: str, words: Iterable[str]) -> str:
    """The call on a line of its own, for copying."""
    return "\n  " + " ".join(["usql", command, *words])


def _kind(path: str) -> str:
    return "folder" if os.path.isdir(path) else "file"
