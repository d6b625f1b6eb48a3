"""``usql sample``."""

from __future__ import annotations

import click


@click.command()
@click.option(
    "--sessions",
    type=click.IntRange(min=0),
    default=1000,
    show_default=True,
    help="Number of sessions; each has about ten user actions.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="The same number always gives the same sessions.",
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, writable=True),
    help="NDJSON (also .gz, .zst) or Parquet, by its suffix.",
)
def sample(sessions: int, seed: int, output: str) -> None:
    """Write sessions of a fictional shop and travel site to a file."""
    from usql.cli.wrote import write_with_progress
    from usql.samples import batches

    try:
        write_with_progress(output, batches(sessions, seed), sessions)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
