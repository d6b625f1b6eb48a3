"""``usql convert``."""

from __future__ import annotations

import os

import click

from usql.cli.calls import check_no_query
from usql.cli.completion import files
from usql.cli.options import in_bytes, loading_options, tell

_STORE = ".usqlstore"


@click.command()
@click.argument("source", metavar="IN", shell_complete=files)
@click.argument("target", metavar="OUT", type=click.Path(writable=True))
@loading_options
def convert(
    source: str,
    target: str,
    on_error: str,
    rejects: str | None,
    duplicates: str,
    memory_limit: int | None,
) -> None:
    """Copy the sessions of IN to OUT, whose suffix selects the format: .ndjson or .jsonl (also .gz,
    .zst), .parquet, or .usqlstore for a folder that opens instantly. IN is anything that can be
    queried.
    """
    check_no_query([source])
    from usql.cli.wrote import tell_wrote, write_with_progress
    from usql.progress import bar
    from usql.store import load, save
    from usql.store.export.nested import nested_batches
    from usql.store.export.write import check_suffix

    to_store = target.rstrip(os.sep).endswith(_STORE)
    if not to_store:
        try:
            check_suffix(target)
        except ValueError as error:
            raise click.UsageError(f"{error}; a saved store's in {_STORE}") from None
    try:
        with bar() as report:
            store = load(
                source,
                on_error=on_error,  # type: ignore[arg-type]
                rejects=rejects,
                duplicates=duplicates,  # type: ignore[arg-type]
                progress=report,
                memory_limit=in_bytes(memory_limit),
            )
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    for note in store.notes:
        tell(f"note: {note}")
    if to_store:
        save(store, target)
        tell_wrote(target, store.sessions, store.tables["useraction"].rows)
    else:
        write_with_progress(target, nested_batches(store), store.sessions)
