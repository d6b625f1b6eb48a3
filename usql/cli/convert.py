"""``usql convert``."""

from __future__ import annotations

import os

import click

from usql.cli.options import loading_options

_STORE = ".usqlstore"


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT", type=click.Path(writable=True))
@loading_options
def convert(source: str, target: str, on_error: str, rejects: str | None) -> None:
    """Copy the sessions of IN to OUT, whose suffix says what it is: .ndjson or .jsonl (also .gz,
    .zst), .parquet, or .usqlstore for a folder that opens at once. IN is all that can be queried.
    """
    from usql.progress import bar
    from usql.store import load, save
    from usql.store.nested import nested_batches
    from usql.store.write import check_suffix, write_batches

    to_store = target.rstrip(os.sep).endswith(_STORE)
    if not to_store:
        try:
            check_suffix(target)
        except ValueError as error:
            raise click.UsageError(f"{error}; a saved store's in {_STORE}") from None
    try:
        with bar() as report:
            store = load(source, on_error=on_error, rejects=rejects, progress=report)  # type: ignore[arg-type]
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    try:
        if to_store:
            save(store, target)
        else:
            write_batches(target, nested_batches(store))
    except OSError as error:
        reason = error.strerror or error
        raise click.UsageError(f"{target} can not be written: {reason}") from None
    for note in store.notes:
        click.echo(f"note: {note}", err=True)
    click.echo(f"{store.sessions} sessions written to {target}", err=True)
