"""Options and small helpers that several subcommands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from usql.checks import PROFILES
from usql.cli.calls import check_no_query, is_query
from usql.errors import Error, NotTextError
from usql.escape import escape_controls
from usql.files.encoding import Encoding, encoding_of

if TYPE_CHECKING:
    from usql.asking.question import QueryOptions, Read
    from usql.configuration import Configuration
    from usql.once import Opening
    from usql.queryable import Queryable
    from usql.sessions import Sessions

OFFLINE = "--profile offline"
"""How messages of the command name the profile without the vendor's limits."""


Decorated = Callable[..., Any]


def profile_option(function: Decorated) -> Decorated:
    """``--profile``."""
    return click.option(
        "--profile",
        type=click.Choice(PROFILES),
        help="dynatrace, the default: the vendor's limits; offline: none of them.",
    )(function)


def quiet_option(function: Decorated) -> Decorated:
    """``--quiet``."""
    return click.option("-q", "--quiet", is_flag=True, help="Print no warnings about queries.")(
        function
    )


def text_or_json(help_text: str) -> Callable[[Decorated], Decorated]:
    """``--format`` of output that is text for people or JSON for programs, with its help."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help=help_text,
    )


def threads_option(function: Decorated) -> Decorated:
    """``--threads``."""
    return click.option(
        "--threads",
        type=click.IntRange(min=1),
        help="How many threads to use; by default USQL_THREADS or the number of processors.",
    )(function)


def loading_options(function: Decorated) -> Decorated:
    """``--on-error``, ``--rejects``, ``--duplicates`` and ``--memory-limit``."""
    function = click.option(
        "--memory-limit",
        type=click.IntRange(min=1),
        metavar="MB",
        help="Stop a load or a query that would use more megabytes than this.",
    )(function)
    function = click.option(
        "--duplicates",
        type=click.Choice(["keep", "drop"]),
        default="keep",
        show_default=True,
        help="Keep sessions that appear again, or leave them out.",
    )(function)
    function = click.option(
        "--rejects",
        type=click.Path(dir_okay=False, writable=True),
        help="Write the rows that are left out to this file.",
    )(function)
    return click.option(
        "--on-error",
        type=click.Choice(["stop", "skip"]),
        default="stop",
        show_default=True,
        help="Stop at bad data, or leave the bad rows out.",
    )(function)


def csv_safe_option(function: Decorated) -> Decorated:
    """``--csv-safe``."""
    return click.option(
        "--csv-safe",
        is_flag=True,
        help="In CSV, quote texts, and put an apostrophe before what a spreadsheet would take for a formula.",
    )(function)


def sample_option(function: Decorated) -> Decorated:
    """``--sample``."""
    return click.option(
        "--sample", "use_sample", is_flag=True, help="Query the built-in sample instead of data."
    )(function)


def timeframe_options(function: Decorated) -> Decorated:
    """``--start``, ``--end``, ``--now`` and ``--utc-offset`` of a command that has the data."""
    return _timeframe(function, "The time that $NOW means; data-end for the end of the data.")


def timeframe_options_without_data(function: Decorated) -> Decorated:
    """The same of a command that does not know where the data ends."""
    return _timeframe(function, "The time that $NOW means.")


def _timeframe(function: Decorated, about_now: str) -> Decorated:
    for option in (
        click.option(
            "--utc-offset",
            type=int,
            default=0,
            show_default=True,
            metavar="MIN",
            help="The local clock's offset from UTC in minutes.",
        ),
        click.option("--now", help=about_now),
        click.option("--end", help="Only sessions that start before this time."),
        click.option("--start", help="Only sessions that end at or after this time."),
    ):
        function = option(function)
    return function


def data_to_ask(names: Sequence[str], use_sample: bool, configured: Configuration) -> list[str]:
    """The named data, or else the configured data; none for ``--sample``. Wrong usage unless there
    is either data or ``--sample``, or if some of the data is a query."""
    data = list(names) if names or use_sample else list(configured.data or ())
    if bool(data) == use_sample:
        raise click.UsageError(
            "Name the data to query, or --sample, not both."
            if data
            else "Name the data to query, or use --sample."
        )
    check_no_query(data)
    return data


def open_sessions(
    data: Sequence[str],
    use_sample: bool,
    on_error: str,
    rejects: str | None,
    duplicates: str,
    threads: int | None,
    memory_limit: int | None,
) -> Sessions:
    """The sessions of the named data, or of the sample."""
    import usql

    usql.tune_allocator()
    try:
        if use_sample:
            return usql.sample()
        from usql.once import opened

        return opened(
            list(data), _opening(on_error, rejects, duplicates, threads, in_bytes(memory_limit))
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def open_for_one(
    data: Sequence[str],
    on_error: str,
    rejects: str | None,
    duplicates: str,
    threads: int | None,
    memory_limit: int | None,
    question: tuple[str, QueryOptions, Read],
) -> Queryable:
    """The part of the named data that a single query needs; shards are opened one after the
    other."""
    import usql
    from usql.once import opened_for
    from usql.store.saved.shards import is_shards

    usql.tune_allocator()
    limit = in_bytes(memory_limit)
    try:
        if duplicates == "keep" and len(data) == 1 and is_shards(data[0]):
            from usql.processes import opened_for_one

            return opened_for_one(data[0], threads, limit)
        text, options, read = question
        opening = _opening(on_error, rejects, duplicates, threads, limit)
        return opened_for(text, options, list(data), opening, read)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _opening(
    on_error: str,
    rejects: str | None,
    duplicates: str,
    threads: int | None,
    memory_limit: int | None,
) -> Opening:
    from usql.once import Opening

    return Opening(
        on_error=on_error,  # type: ignore[arg-type]
        rejects=rejects,
        duplicates=duplicates,  # type: ignore[arg-type]
        threads=threads,
        memory_limit=memory_limit,
    )


def in_bytes(megabytes: int | None) -> int | None:
    """The value of ``--memory-limit`` in bytes."""
    return None if megabytes is None else megabytes * 1_000_000


def tell(text: str) -> None:
    """Write a text to standard error, which may contain texts of data, queries and file names."""
    click.echo(escape_controls(text, keep="\n"), err=True)


def read_text(name: str) -> str:
    """The text of a file of queries, or of standard input for ``-``."""
    return read_encoded(name)[0]


def read_encoded(name: str) -> tuple[str, Encoding]:
    """The text of a file of queries, or of standard input for ``-``, and its encoding. A file that
    is not text is wrong usage: a query that is decoded wrongly could find anything, and a file that
    is written back would lose content."""
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        encoding = encoding_of(data)
        return encoding.decode(data), encoding
    except OSError as error:
        hint = "; to judge a query itself, pipe it in and name -" if is_query(name) else ""
        raise UnreadableArgument(f"{name} cannot be read: {error.strerror}{hint}") from None
    except NotTextError as error:
        shown = "standard input" if name == "-" else name
        raise UnreadableArgument(f"{shown} cannot be read: {error}; save it as UTF-8") from None


class UnreadableArgument(Error, click.UsageError):
    """A file argument that cannot be read."""
