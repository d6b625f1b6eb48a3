"""``usql convert``."""

from __future__ import annotations

import click

from usql.cli.options import loading_options


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT", type=click.Path(dir_okay=False, writable=True))
@loading_options
def convert(source: str, target: str, on_error: str, rejects: str | None) -> None:
    """Copy the sessions of IN to OUT, NDJSON (also .gz, .zst) or Parquet by its suffix."""
    import usql
    from usql.store.write import check_suffix

    try:
        check_suffix(target)
        sessions = usql.open(source, on_error=on_error, rejects=rejects)  # type: ignore[arg-type]
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    sessions.write(target)
    for note in sessions.notes:
        click.echo(f"note: {note}", err=True)
    click.echo(f"{len(sessions)} sessions written to {target}", err=True)
