"""The cells of a notebook that are queries: ``%%usql``."""

from __future__ import annotations

import argparse
import keyword
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from usql.analysis.profile import PROFILES
from usql.asking.question import QueryOptions
from usql.escape import escape_controls
from usql.language.lexer import without_semicolon
from usql.result import Result
from usql.result.remarks import warnings
from usql.sessions import Sessions
from usql.words import split_words

HELP = """%%usql [DATA] [--profile NAME] [--to VARIABLE]

Ask the sessions of DATA the query that the cell holds. DATA is a variable (sessions, or whatever
usql.open takes), or a file, folder or pattern, which is loaded once. The cells below ask it, too,
until another is named.

  --profile NAME   dynatrace, or offline without the vendor's limits; for this cell
  --to VARIABLE    call the result so

%usql [DATA] [--profile NAME], a line by itself, chooses both for the cells below, and loads files
again.
"""


class _Parser(argparse.ArgumentParser):
    """A parser that raises instead of ending the process, so that the notebook can show a line."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; %usql --help shows how it is used")


def _parser() -> _Parser:
    parser = _Parser("%%usql", add_help=False, allow_abbrev=False)
    parser.add_argument("data", nargs="?")
    parser.add_argument("--profile", choices=tuple(PROFILES))
    parser.add_argument("--to", metavar="VARIABLE")
    parser.add_argument("--help", action="store_true")
    return parser


class Cells:
    """Runs the cells of one notebook with the data and the profile that were chosen."""

    def __init__(self, shell: InteractiveShell, open: Callable[[object], Sessions]) -> None:
        self._shell = shell
        self._open = open
        self._parser = _parser()
        self._data: str | None = None
        self._loaded: Sessions | None = None
        self._profile = "dynatrace"

    def run(self, line: str, cell: str | None = None) -> Result | None:
        """``%%usql`` with the text below it, or ``%usql``, where ``cell`` is ``None``."""
        try:
            words = split_words(line)
            if any(_begins_query(" ".join(words[place:])) for place in range(len(words))):
                raise UsageError("a query goes on lines of its own: %%usql [DATA], then SELECT …")
            options = self._parser.parse_args(words)
        except ValueError as error:
            raise UsageError(str(error)) from None
        if options.help:
            print(HELP)
            return None
        if options.to is not None and (cell is None or not _is_name(options.to)):
            raise UsageError("--to takes the name of a variable, for the result of a cell")
        if options.data is not None and (cell is None or options.data != self._data):
            self._choose(options.data)
        if cell is None:
            self._profile = options.profile or self._profile
            return None
        query_options = QueryOptions(profile=options.profile or self._profile)
        result = self._sessions().ask(without_semicolon(cell), query_options)
        for warning in warnings(result):
            print(warning, file=sys.stderr)
        if options.to is not None:
            self._variables[options.to] = result
        return result

    @property
    def _variables(self) -> dict[str, Any]:
        variables: dict[str, Any] = self._shell.user_ns
        return variables

    def _choose(self, data: str) -> None:
        """Load the data with this name, unless it is a variable."""
        loaded = None
        if data not in self._variables:
            if _is_name(data) and not os.path.exists(data):
                raise UsageError(f"there is neither a variable nor a file {data}")
            loaded = self._opened(data)
        self._data, self._loaded = data, loaded

    def _sessions(self) -> Sessions:
        """The data that was chosen last. A variable is looked up again, since it may have
        changed."""
        if self._data is None:
            raise UsageError("%%usql DATA names what to ask: a variable, or a file")
        if self._loaded is not None:
            return self._loaded
        if self._data not in self._variables:
            raise UsageError(f"the variable {self._data} is gone; name other data")
        value = self._variables[self._data]
        return value if isinstance(value, Sessions) else self._opened(value)

    def _opened(self, source: object) -> Sessions:
        """The loaded sessions, after printing the notes of loading."""
        sessions = self._open(source)
        for note in sessions.notes:
            print(f"note: {escape_controls(note)}", file=sys.stderr)
        return sessions


def _begins_query(text: str) -> bool:
    """Whether a text begins a query, SELECT and more, and so is not an option.

    >>> _begins_query("Select city"), _begins_query("select"), _begins_query("select --to found")
    (True, False, False)
    """
    words = text.split(maxsplit=1)
    return len(words) == 2 and words[0].lower() == "select" and not words[1].startswith("-")


def _is_name(text: str) -> bool:
    """Whether a text may be the name of a variable."""
    return text.isidentifier() and not keyword.iskeyword(text)


def register(shell: InteractiveShell, open: Callable[[object], Sessions]) -> None:
    """Register ``%%usql`` and ``%usql`` with a notebook; they load data by ``open``."""
    run = Cells(shell, open).run
    for kind in ("line", "cell"):
        shell.magics_manager.register_function(run, kind, "usql")


def forget(shell: InteractiveShell) -> None:
    """Undo :func:`register`, and release the data."""
    magics: Mapping[str, dict[str, Any]] = shell.magics_manager.magics
    for kind in ("line", "cell"):
        magics[kind].pop("usql", None)
