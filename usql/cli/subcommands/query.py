"""``usql query``."""

from __future__ import annotations

import sys
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from usql import UsqlError
from usql.checks import PROFILES
from usql.cli.calls import check_first, check_query_file
from usql.cli.completion import data_after_query, files
from usql.cli.configured import Configured
from usql.cli.exits import REFUSED
from usql.cli.looks import check_look, look, look_options
from usql.cli.options import (
    OFFLINE,
    data_to_ask,
    loading_options,
    open_for_one,
    open_sessions,
    profile_option,
    quiet_option,
    read_text,
    sample_option,
    tell,
    threads_option,
    timeframe_options,
)
from usql.escape import escape_controls
from usql.formats import BINARY, FORMATS, form_of
from usql.formats.kinds import KINDS
from usql.formats.pictures import PICTURES, picture_of
from usql.language.lexer import without_semicolon

if TYPE_CHECKING:
    from usql.queryable import Queryable
    from usql.result import Result
    from usql.result.options import Options


@click.command()
@click.argument("arguments", nargs=-1, metavar="QUERY DATA...", shell_complete=data_after_query)
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
    "-o",
    "--output",
    type=click.Path(dir_okay=False, writable=True),
    help="Write to this file: the rows in the format that its suffix names, a chart to .svg, .png, .pdf and "
    ".html. With --format html the rows alone are the page.",
)
@click.option(
    "--chart",
    "chart_kind",
    type=click.Choice(["auto", *KINDS]),
    help="The kind of chart in an --output file .svg, .png, .pdf or .html. By default auto, which chooses by "
    "the columns.",
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
    chart_kind: str | None,
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
    """Run QUERY over the sessions in DATA: files, folders, patterns or URLs.

    QUERY or DATA "-" is read from standard input. Times are dates such as "2026-03-02 14:00", UTC
    milliseconds, now, data-end, or durations before or after $NOW such as -2h.

    Options that are not given are taken from the nearest usql.toml, or [tool.usql] in
    pyproject.toml, upwards from the working directory: profile, data, timeout.
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
    drawn = _kind_to_draw(chart_kind, form, output)
    if drawn is not None and (null, time_form, max_rows, csv_safe) != (None, None, None, False):
        raise click.UsageError(
            f"--null, --time, --max-rows and --csv-safe are for rows, not for charts.{_rows_hint(output)}"
        )
    check_look(chosen, null, time_form, max_rows)
    from usql.asking.question import QueryOptions, reading_once, refuse_early

    keywords: dict[str, Any] = {
        "start": start,
        "end": end,
        "now": now,
        "utc_offset": utc_offset,
        "profile": profile or configured.profile or PROFILES[0],
        "timeout": configured.timeout if timeout is None else timeout,
    }
    try:
        options = QueryOptions(**keywords)
        # Before the modules that read and query data are imported.
        read = reading_once()
        refuse_early(text, options, None if use_sample else data, read)
        began = time.perf_counter()
        how = (on_error, rejects, duplicates, threads, memory_limit)
        sessions: Queryable = (
            open_sessions(data, True, *how)
            if use_sample
            else open_for_one(data, *how, (text, options, read))
        )
        loaded = time.perf_counter() - began
        for note in sessions.notes:
            tell(f"note: {note}")
        began = time.perf_counter()
        if explain:
            plan = sessions.explain(text, analyze=timing, **keywords)
            click.echo(escape_controls(plan, keep="\n"))
            return 0
        result = sessions.ask(text, options)
        chart = None if drawn is None else result.chart(drawn)
    except UsqlError as error:
        tell(error.drawn(OFFLINE, name))
        if (hint := _rows_hint(output)) and any(d.name == "undrawable" for d in error.diagnostics):
            tell(f"note:{hint}")
        return REFUSED
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    ran = time.perf_counter() - began
    _remark(result, name, quiet)
    if chart is not None and output is not None:
        chart.save(output)
    else:
        looks = look(csv_safe, null, time_form, max_rows, utc_offset)
        _show(result, chosen, output, looks, is_paged)
    if timing:
        click.echo(
            f"loaded {len(sessions)} sessions in {loaded:.3f} s, queried in {ran * 1000:.1f} ms",
            err=True,
        )
    return 0


def _kind_to_draw(kind: str | None, form: str | None, output: str | None) -> str | None:
    """The kind of chart to draw in the file; ``None`` if the rows are to be written. Wrong usage for
    ``--chart`` with a file that is no picture, and if what draws is not installed."""
    picture = None if output is None or form is not None else picture_of(output)
    if kind is not None and picture is None:
        suffixes = ", ".join(f".{suffix}" for suffix in PICTURES)
        raise click.UsageError(
            f"--chart needs --output with a file of {suffixes}, and no --format."
        )
    if picture is None:
        return None
    if find_spec("vl_convert") is None:
        raise click.UsageError(
            f"Files of charts need vl-convert: pip install 'usql-engine[charts]'.{_rows_hint(output)}"
        )
    return kind or "auto"


def _rows_hint(output: str | None) -> str:
    """Where rows can be written to the file instead of a chart, the sentence that says how."""
    return " --format html writes the rows." if form_of(output or "") == "html" else ""


def _query_and_data(
    arguments: tuple[str, ...], query_file: str | None
) -> tuple[str, str, list[str]]:
    """The name of the query for messages, its text, and the data."""
    if query_file is None and not arguments:
        raise click.UsageError("Missing the query.")
    if query_file is None:
        check_first(arguments)
    else:
        check_query_file(query_file, arguments)
    first, *data = arguments if query_file is None else (query_file, *arguments)
    if first == "-" and "-" in data:
        raise click.UsageError("Standard input can be the query or the data, not both.")
    if first == "-":
        return "stdin", read_text(first), data
    if query_file is not None:
        return query_file, read_text(query_file), data
    return "query", first, data


def _remark(result: Result, name: str, quiet: bool) -> None:
    """Report on standard error what the rows do not show: that the default limit cut them, and,
    unless ``quiet``, the warnings about the query, whose name for messages is ``name``."""
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

        is_paged = FORMATS[form].is_for_screens if is_paged is None else is_paged
        show(lambda console: draw(result, console, form, look), is_paged)
