"""``usql query``."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from usql import UsqlError
from usql.checks import PROFILES
from usql.cli.calls import check_first, check_query_file
from usql.cli.completion import data_behind_query, files
from usql.cli.configured import Configured
from usql.cli.exits import REFUSED
from usql.cli.looks import check_look, look, look_options
from usql.cli.options import (
    OFFLINE,
    data_to_ask,
    loading_options,
    open_sessions,
    profile_option,
    quiet_option,
    read_text,
    sample_option,
    tell,
    threads_option,
    timeframe_options,
)
from usql.formats import BINARY, FORMATS, form_of
from usql.harmless import harmless
from usql.language.lexer import without_semicolon

if TYPE_CHECKING:
    from usql.result import Result
    from usql.result.options import Options


@click.command()
@click.argument("arguments", nargs=-1, metavar="QUERY DATA...", shell_complete=data_behind_query)
@click.option(
    "-f",
    "--file",
    "query_file",
    help="Read the query from this file; all arguments are data.",
    shell_complete=files,
)
@sample_option
@click.option("--format", "form", type=click.Choice(list(FORMATS)), help="How to write the rows.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, writable=True), help="Write to this file."
)
@look_options
@timeframe_options
@profile_option
@click.option(
    "--explain",
    is_flag=True,
    help="Show the plan instead of running it; with --timing run it and show what it did.",
)
@loading_options
@threads_option
@click.option(
    "--pager/--no-pager",
    "is_paged",
    default=None,
    help="Whether output that does not fit the screen goes through PAGER; by default tables do.",
)
@click.option("--timing", is_flag=True, help="Report on standard error how long it took.")
@click.option("--timeout", type=float, metavar="SEC", help="Stop a query that takes longer.")
@quiet_option
def query(
    arguments: tuple[str, ...],
    query_file: str | None,
    use_sample: bool,
    form: str | None,
    output: str | None,
    csv_safe: bool,
    null: str | None,
    time_form: str | None,
    max_rows: int | None,
    start: str | None,
    end: str | None,
    now: str | None,
    utc_offset: int,
    profile: str | None,
    explain: bool,
    on_error: str,
    rejects: str | None,
    duplicates: str,
    memory_limit: int | None,
    is_paged: bool | None,
    timing: bool,
    timeout: float | None,
    threads: int | None,
    quiet: bool,
) -> int:
    """Ask QUERY of the sessions in DATA: files, folders, patterns or URLs.

    QUERY or DATA "-" is read from standard input. Times are dates such as "2026-03-02 14:00", UTC
    milliseconds, now, data-end, or durations before or after $NOW such as -2h.

    What is not said here is taken from the nearest usql.toml, or [tool.usql] of pyproject.toml,
    upward from the working directory: profile, data, timeout.
    """
    name, text, data = _query_and_data(arguments, query_file)
    text = without_semicolon(text)
    configured = Configured().of()
    data = data_to_ask(data, use_sample, configured)
    chosen = form or form_of(output or "") or "table"
    if chosen in BINARY and output is None and sys.stdout.isatty():
        raise click.UsageError(
            f"{chosen} is not a text format; name a file with --output, or pipe it."
        )
    check_look(chosen, null, time_form, max_rows)
    from usql.asking import QueryOptions, reading_once, refuse_early

    named: dict[str, Any] = {
        "start": start,
        "end": end,
        "now": now,
        "utc_offset": utc_offset,
        "profile": profile or configured.profile or PROFILES[0],
        "timeout": configured.timeout if timeout is None else timeout,
    }
    try:
        options = QueryOptions(**named)
        # Before what reads and asks data is even imported.
        read = reading_once()
        refuse_early(text, options, None if use_sample else data, read)
        began = time.perf_counter()
        limits = (threads, memory_limit)
        sessions = open_sessions(
            data, use_sample, on_error, rejects, duplicates, *limits, (text, options, read)
        )
        loaded = time.perf_counter() - began
        for note in sessions.notes:
            tell(f"note: {note}")
        began = time.perf_counter()
        if explain:
            plan = sessions.explain(text, analyze=timing, **named)
            click.echo(harmless(plan, keep="\n"))
            return 0
        result = sessions.ask(text, options)
    except UsqlError as error:
        tell(error.drawn(OFFLINE, name))
        return REFUSED
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    ran = time.perf_counter() - began
    _remark(result, name, quiet)
    looks = look(csv_safe, null, time_form, max_rows, utc_offset)
    _show(result, chosen, output, looks, is_paged)
    if timing:
        click.echo(
            f"loaded {len(sessions)} sessions in {loaded:.3f} s, queried in {ran * 1000:.1f} ms",
            err=True,
        )
    return 0


def _query_and_data(
    arguments: tuple[str, ...], query_file: str | None
) -> tuple[str, str, list[str]]:
    """What the query is called where its problems are told, its text, and the data."""
    if query_file is None and not arguments:
        raise click.UsageError("Missing the query.")
    if query_file is None:
        check_first(arguments)
    else:
        check_query_file(query_file, arguments)
    first, *data = arguments if query_file is None else (query_file, *arguments)
    if first == "-" and "-" in data:
        raise click.UsageError("Standard input gives the query or the data, not both.")
    if first == "-":
        return "stdin", read_text(first), data
    if query_file is not None:
        return query_file, read_text(query_file), data
    return "query", first, data


def _remark(result: Result, name: str, quiet: bool) -> None:
    """Tell on standard error what the rows do not: that the default limit cut them, and, unless
    ``quiet``, the warnings about the query, which is called ``name``."""
    from usql.result.remarks import warnings

    for warning in () if quiet else warnings(result, name):
        tell(warning)
    if result.limit_note is not None:
        tell(f"note: {result.limit_note}")


def _show(
    result: Result, form: str, output: str | None, look: Options, is_paged: bool | None
) -> None:
    from usql.result.writing import write_result

    if output is not None:
        write_result(result, output, form, options=look)
    elif not sys.stdout.isatty():
        write_result(result, sys.stdout.buffer, form, options=look)
    else:
        from usql.cli.paging import show
        from usql.result.terminal import draw

        is_table = form in ("table", "line")
        is_paged = is_table if is_paged is None else is_paged
        show(lambda console: draw(result, console, form, look), is_paged)
