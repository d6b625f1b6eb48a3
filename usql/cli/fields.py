"""``usql fields``."""

from __future__ import annotations

import click

from usql.catalog import default_catalog
from usql.catalog.describe import describe, type_name
from usql.catalog.names import near
from usql.cli.completion import field_names


@click.command()
@click.argument("table", required=False, shell_complete=field_names)
def fields(table: str | None) -> None:
    """List the fields of TABLE, or of all tables, with type and meaning."""
    catalog = default_catalog()
    chosen = list(catalog)
    if table is not None:
        found = catalog.get(table)
        if found is None:
            names = [t.name for t in catalog]
            hint = ", ".join(near(table, names) or names)
            raise click.UsageError(f"There is no table {table!r}; did you mean {hint}?")
        chosen = [found]
    for number, shown in enumerate(chosen):
        if number:
            click.echo()
        click.echo(click.style(f"{shown.name}: {shown.description}", bold=True))
        wide = max(len(f.name) for f in shown.fields)
        for field in shown.fields:
            kind = click.style(f"{type_name(field):<18}", fg="cyan")
            click.echo(f"  {field.name:<{wide}}  {kind}  {describe(field)}")
