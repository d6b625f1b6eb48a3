"""docs/FIELDS.md, made of the catalog."""

from __future__ import annotations

from collections.abc import Iterator

from usql.catalog import PRIMARY, Field, Origin, Table, default_catalog
from usql.catalog.describe import type_name
from usql.catalog.model import Cardinality, FieldType

HEAD = """\
# Fields

All fields that can be queried, table by table, in the order of the export. `usql fields` lists them in the terminal;
`usql describe DATA` shows which values some data has in each. This page is generated from the catalog
(`usql/catalog/`) by `python -m tests.tools.docs`.

A field of another table is written with the name of that table: `useraction.duration` in a query of `usersession`,
where it has a value for each action of the session, and `usersession.country` in a query of `useraction`. In the
column **several**, *yes* means that a single row can have several values: a list, or properties, which are written
with their key, as in `stringProperties.tier`. Names are case-insensitive. Any other field found in the data can be
queried by its name, too."""


def text() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(line for t in default_catalog() for line in _section(t))]) + "\n"


def _section(table: Table) -> Iterator[str]:
    yield f"\n## {table.name}\n"
    yield table.description
    if table.name != PRIMARY:
        yield f"In the export they are the session's `{table.json_property}`."
    yield "\n| field | type | unit | several | meaning |"
    yield "| --- | --- | --- | --- | --- |"
    for field in table.fields:
        several = "yes" if field.is_list or field.type is FieldType.PROPERTIES else ""
        cells = (f"`{field.name}`", f"`{type_name(field)}`", field.unit or "", several)
        yield f"| {' | '.join(cells)} | {' '.join(_meaning(field))} |"
    if table.older:
        pairs = (f"`{old}` (now `{today}`)" for old, today in table.older.items())
        yield f"\nNames in older exports: {', '.join(pairs)}."
    if table.refused:
        pairs = (
            f"`{r.name}`" + (f" (use `{r.use_instead}`)" if r.use_instead else "")
            for r in table.refused
        )
        yield f"\nIn exports, but cannot be queried: {', '.join(pairs)}."


def _meaning(field: Field) -> Iterator[str]:
    if field.description:
        yield field.description.replace("|", r"\|").replace("*", r"\*").replace("<", r"\<")
    if field.values:
        values = (*field.values, *field.later_values)
        yield f"Values: {', '.join(f'`{value}`' for value in values)}."
    if field.cardinality is not Cardinality.NORMAL:
        yield f"Cardinality: {field.cardinality.value}."
    if field.deprecated:
        see = f"; see {', '.join(f'`{name}`' for name in field.successors)}"
        yield f"Deprecated{see if field.successors else ''}."
    if field.origin is Origin.LEGACY:
        yield "In old exports only."
    if field.origin is Origin.DERIVED:
        yield "Computed if the data does not have it."
