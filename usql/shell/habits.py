"""What people type out of habit from other shells: it is done, or explained."""

from __future__ import annotations

import re

_SPOKEN = (
    ("quit|exit", ".quit"),
    (r"help(?:\s+(?P<about>\S.*))?", ".help"),
    (r"(?:show\s+)?tables", ".tables"),
    (r"(?:show\s+)?(?:fields|columns)(?:\s+(?:from|of|in)\s+(?P<table>\S+))?", ".fields"),
    (r"desc(?:ribe)?\s+(?P<table>\S+)", ".fields"),
    (r"explain\s+(?P<query>select\s.+)", ".explain"),
)
_MEANT = tuple(
    (re.compile(rf"\s*(?:{pattern})\s*;?\s*", re.IGNORECASE), command)
    for pattern, command in _SPOKEN
)


def spoken(text: str) -> str | None:
    """The command that words without a dot stand for; ``None`` for any other text.

    >>> spoken("Show tables;"), spoken("exit"), spoken("help top"), spoken("SELECT city")
    ('.tables', '.quit', '.help top', None)
    """
    if "\n" in text.strip():
        return None
    for pattern, command in _MEANT:
        match = pattern.fullmatch(text)
        if match is not None:
            argument = next((part for part in match.groupdict().values() if part), "")
            return f"{command} {argument.rstrip('; ')}".rstrip()
    return None


_PROGRAMS = "This shell does not start programs."
_LOADED = ".open DATA loads other sessions; a shell has one set of them at a time."
_LOOK = ".format sets how results are written; tables fit the screen by themselves."
_SAVING = "usql convert DATA NAME.usqlstore saves sessions, and .open loads them."
_FILES = ".output FILE writes all results that follow to a file, .once FILE the next one."
_SET = ".profile, .format, .timeframe and .now show what is set."
_FIELDS = ".tables lists the tables, .fields TABLE the fields of one."

_HINTS: tuple[tuple[str, str], ...] = (
    # SQLite's and DuckDB's
    ("mode headers header separator nullvalue width maxrows maxwidth columns rows display", _LOOK),
    ("import attach detach databases database restore load connect", _LOADED),
    ("save backup dump clone archive export", _SAVING),
    ("indexes indices lint analyze vacuum", "Indexes are built automatically where they help."),
    ("timer stats scanstats", ".timing on shows how long queries take."),
    ("shell system sh cd excel edit", _PROGRAMS),
    ("eqp plan expert", ".explain QUERY shows the plan of a query."),
    ("show settings pragma", _SET),
    ("print echo", "-- begins a comment."),
    ("bail", "A script goes on after a query that failed, and the exit code reports it."),
    ("describe desc", _FIELDS),
    ("source", ".read FILE runs the commands and queries of a file."),
    ("clear cls", "Ctrl-L clears the screen."),
    ("history log", "Ctrl-R searches the history."),
    ("parameter param bind", "Write the values into the query."),
    # psql's
    (r"\d \dt \dt+ \d+ \dv \dn \ds \df", _FIELDS),
    (r"\q", ".quit leaves."),
    (r"\? \h \help", ".help lists the commands, .help NAME explains a word of the language."),
    (r"\x \a \t \f \H \pset", _LOOK),
    (r"\timing", ".timing on shows how long queries take."),
    (r"\i \ir \include", ".read FILE runs the commands and queries of a file."),
    (r"\o \g \copy \w", _FILES),
    (r"\c \connect \l \list", _LOADED),
    (r"\e \! \cd \watch", _PROGRAMS),
    (r"\s", "Ctrl-R searches the history."),
    (r"\p \r", "The arrow up brings the last query back."),
    (r"\G", _LOOK),
)  # fmt: skip
_BY_NAME = {name: hint for names, hint in _HINTS for name in names.split()}


def hint(name: str) -> str | None:
    """A sentence about what replaces a command of another shell; ``None`` for an unknown command.

    >>> hint("timer")
    '.timing on shows how long queries take.'
    """
    return _BY_NAME.get(name)
