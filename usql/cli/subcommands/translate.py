"""``usql translate``."""

from __future__ import annotations

import click

from usql import UsqlError
from usql import translate as to_sql
from usql.checks import PROFILES
from usql.cli.completion import files
from usql.cli.configured import Configured
from usql.cli.exits import REFUSED
from usql.cli.options import (
    OFFLINE,
    profile_option,
    quiet_option,
    read_text,
    tell,
    timeframe_options_without_data,
)
from usql.language.lexer import without_semicolon


@click.command()
@click.argument("query", required=False, metavar="QUERY")
@click.option(
    "-f", "--file", "query_file", help="Read the query from this file.", shell_complete=files
)
@click.option(
    "--to",
    type=click.Choice(["spark", "duckdb"]),
    default="spark",
    show_default=True,
    help="The dialect of SQL.",
)
@click.option(
    "--source",
    default="usersession",
    show_default=True,
    help="The table of sessions, or a prefix of the names of flat tables.",
)
@click.option(
    "--layout",
    type=click.Choice(["nested", "flat"]),
    default="nested",
    show_default=True,
    help="Whether children are lists in the table of sessions, or rows of tables of their own.",
)
@click.option(
    "--schema",
    metavar="FILE",
    help="A Parquet file of nested sessions that has the columns of the tables.",
    shell_complete=files,
)
@timeframe_options_without_data
@profile_option
@quiet_option
def translate(
    query: str | None,
    query_file: str | None,
    to: str,
    source: str,
    layout: str,
    schema: str | None,
    start: str | None,
    end: str | None,
    now: str | None,
    utc_offset: int,
    profile: str | None,
    quiet: bool,
) -> int:
    """Write QUERY, "-" for standard input, as SQL that returns the same rows from tables of the
    same sessions. A comment above the SQL lists what it assumes.

    Without a schema the tables have the documented fields, as usql convert writes them to Parquet.
    """
    if (query is None) == (query_file is None):
        raise click.UsageError("Give the query, or with --file a file that contains it.")
    name = query_file or ("stdin" if query == "-" else "query")
    text = read_text(query_file or "-") if query_file or query == "-" else query
    assert text is not None
    try:
        translation = to_sql(
            without_semicolon(text),
            to=to,  # type: ignore[arg-type]  # click has checked these two
            source=source,
            layout=layout,  # type: ignore[arg-type]
            schema=schema,
            start=start,
            end=end,
            now=now,
            utc_offset=utc_offset,
            profile=profile or Configured().of().profile or PROFILES[0],  # type: ignore[arg-type]
        )
    except UsqlError as error:
        tell(error.drawn(OFFLINE, name))
        return REFUSED
    except ModuleNotFoundError as missing:
        raise click.ClickException(f"{missing}.") from None
    except (ValueError, OSError) as error:
        raise click.UsageError(str(error)) from None
    for note in () if quiet else translation.notes:
        tell(f"note: {note}")
    click.echo(translation.sql, nl=False)
    return 0
