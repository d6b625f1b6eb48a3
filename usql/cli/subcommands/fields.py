"""``usql fields``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import click

from usql.catalog import PRIMARY, Catalog, Field, FieldType, Table, default_catalog
from usql.catalog.describe import describe, type_name
from usql.catalog.model import Cardinality, Origin
from usql.catalog.names import near
from usql.cli.completion import field_names
from usql.cli.lists import Section, sections_text, show_text, wrapped
from usql.cli.options import text_or_json
from usql.escape import json_text

_Match = tuple[Table, Sequence[Field]]


@click.command()
@click.argument("name", metavar="[TABLE|FIELD|WORD]", required=False, shell_complete=field_names)
@text_or_json("How they are written.")
def fields(name: str | None, form: str) -> None:
    """List the fields that can be queried, with type and meaning: those of a TABLE, or those whose
    name contains a WORD. For a single field, such as useraction.duration, show everything about
    it."""
    catalog = default_catalog()
    matches = _matches(catalog, name)
    if not matches:
        raise click.UsageError(_unknown(catalog, name or ""))
    if form == "json":
        click.echo(json_text([_as_json(t, f) for t, chosen in matches for f in chosen], indent=2))
        return
    table, chosen = matches[0]
    if name is not None and "." in name:
        show_text(lambda width: "\n".join(_details(table, chosen[0], width)))
        return
    sections = [
        Section(f"{t.name}: {t.description}", [((f.name, type_name(f)), describe(f)) for f in some])
        for t, some in matches
    ]
    show_text(lambda width: sections_text(sections, width))


def _matches(catalog: Catalog, name: str | None) -> list[_Match]:
    """The requested fields, by table."""
    if name is None:
        return [(table, table.fields) for table in catalog]
    if (table := catalog.get(name)) is not None:
        return [(table, table.fields)]
    of, dot, field = name.rpartition(".")
    if dot and (table := catalog.get(of)) is not None:
        one = table.get(table.older.get(field, field))
        return [(table, [one])] if one is not None else []
    for text in (lambda f: f.name, describe):
        matches = [(t, [f for f in t.fields if name.lower() in text(f).lower()]) for t in catalog]
        if any(chosen for _, chosen in matches):
            return [(t, chosen) for t, chosen in matches if chosen]
    return []


def _unknown(catalog: Catalog, name: str) -> str:
    of, dot, field = name.rpartition(".")
    table = catalog.get(of) if dot else None
    for one in catalog if table is None else (table,):
        if (refused := one.refusal(field)) is not None:
            instead = "" if refused.use_instead is None else f"; use {refused.use_instead}"
            return f"{one.name}.{refused.name} is in exports, but cannot be queried{instead}."
    if table is not None:
        meant = [f"{table.name}.{n}" for n in near(field, [f.name for f in table.fields])]
    else:
        meant = [*near(name, [n for t in catalog for n in (t.name, *(f.name for f in t.fields))])]
    hint = f"did you mean {', '.join(meant)}?" if meant else "usql fields lists them all."
    return f"There is no table or field {name!r}; {hint}"


def _details(table: Table, field: Field, width: int | None) -> Iterator[str]:
    """Everything that is known about a field."""
    kind = click.style(type_name(field), fg="cyan")
    yield f"{click.style(f'{table.name}.{field.name}', bold=True)}  {kind}"
    for sentence in (describe(replace(field, values=())), *_more(table, field)):
        yield from wrapped(sentence, width)


def _more(table: Table, field: Field) -> Iterator[str]:
    if field.values:
        yield f"Values: {', '.join((*field.values, *field.later_values))}."
    key = ".KEY" if field.type is FieldType.PROPERTIES else ""
    if table.name == PRIMARY:
        yield f"In queries: {field.name}{key}; in queries of other tables {PRIMARY}.{field.name}{key}."
    else:
        yield (
            f"In queries of {table.name}: {field.name}{key}; of {PRIMARY} "
            f"{table.name}.{field.name}{key}, a list per session."
        )
    if field.cardinality is not Cardinality.NORMAL:
        yield f"It has very many values: the vendor calls its cardinality {field.cardinality.value}."
    if field.origin is Origin.LEGACY:
        yield "Only old exports have it."
    if field.origin is Origin.DERIVED:
        yield "It is computed if the data does not have it."
    older = [old for old, today in table.older.items() if today == field.name]
    if older:
        yield f"Older exports call it {', '.join(older)}."


def _as_json(table: Table, field: Field) -> dict[str, Any]:
    return {
        "table": table.name,
        "name": field.name,
        "type": type_name(field),
        "description": field.description,
        "unit": field.unit,
        "values": [*field.values, *field.later_values],
        "cardinality": field.cardinality.value,
        "deprecated": field.deprecated,
        "successors": [*field.successors],
        "origin": field.origin.value,
    }
