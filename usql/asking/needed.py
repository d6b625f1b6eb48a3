"""Which fields a query needs, determined from its text before any data is read."""

from __future__ import annotations

from usql.analysis.scope import FALLBACK, hyphenated
from usql.catalog import PRIMARY, Catalog, Field, FieldType, Origin, Table
from usql.catalog.model import Projection
from usql.catalog.projection import projection_of
from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.calls import needs_groups


@dataclass(frozen=True)
class Needed:
    """What a query needs of the data. ``fields``: the fields to load, ``None`` for all.
    ``is_settled``: all names in the query are documented, so that undocumented fields of the data
    can change neither their meaning nor the columns and types of the answer. ``tested``: the fields
    in its conditions, whose values warnings look for in all sessions, whatever the timeframe.
    ``reads_now``: some part of it depends on ``$NOW``."""

    fields: Projection | None
    is_settled: bool
    tested: tuple[str, ...] = ()
    reads_now: bool = False


def needed(query: s.Query, catalog: Catalog) -> Needed:
    """What a query needs. ``catalog`` is the documented one: a name that it does not have may be an
    undocumented field, in each table that the name can refer to. If the answer consists of rows,
    the keys of sessions are needed to identify them."""
    table = catalog.get(query.table.name)
    if table is None:  # the query is rejected in any case
        return Needed(projection_of((), catalog), False)
    names, is_settled = [f"{table.name}.startTime"], True
    for node in s.walk(query):
        match node:
            case s.Json() if table.name == PRIMARY:
                return Needed(None, False)
            case s.Json():
                names.append(f"{table.name}.*")
                is_settled = False
            case s.Star(table=owner) if any(item.expression is node for item in query.items):
                names.append(f"{owner or table.name}.*")
                is_settled = False
            case s.Arithmetic() if (words := hyphenated(node)) is not None:
                # An undocumented name with a hyphen, which has to be quoted.
                whole = s.Field(*words, name_span=None, span=node.span)
                owners, _ = _owners(whole, table, catalog)
                names += [f'{owner.name}."{whole.name}"' for owner in owners]
            case s.Field():
                owners, is_documented = _owners(node, table, catalog)
                names += [f'{owner.name}."{node.name}"' for owner in owners]
                if node.key is not None:  # if no row has it, all tables are searched
                    names += _properties(catalog)
                is_settled = is_settled and is_documented
    return Needed(
        projection_of(names, catalog, keeps_keys=not _has_groups(query)),
        is_settled,
        _tested(query, table, catalog),
        any(isinstance(node, s.Variable) and node.name == "NOW" for node in s.walk(query)),
    )


def _tested(query: s.Query, table: Table, catalog: Catalog) -> tuple[str, ...]:
    """The full names of the fields in the query's conditions."""
    names: dict[str, None] = {}
    for node in s.walk(query):
        if isinstance(node, s.Comparison | s.Between | s.In | s.Like | s.StartsWith):
            fields = (part for part in s.walk(node) if isinstance(part, s.Field))
            for field in fields:
                owners, _ = _owners(field, table, catalog)
                names.update((f'{owner.name}."{field.name}"', None) for owner in owners)
    return tuple(names)


def _has_groups(query: s.Query) -> bool:
    """Whether the rows of the answer are groups rather than rows of the table."""
    shown = [item.expression for item in query.items]
    return (
        query.distinct
        or bool(query.group_by)
        or any(isinstance(node, s.Funnel) or needs_groups(node) for node in shown)
    )


def _properties(catalog: Catalog) -> list[str]:
    """All lists of properties."""
    return [
        f"{table.name}.{field.name}"
        for table in catalog
        for field in table.fields
        if field.type is FieldType.PROPERTIES
    ]


def _owners(node: s.Field, table: Table, catalog: Catalog) -> tuple[list[Table], bool]:
    """The tables that may have a field, and whether it is a documented field of the first one.
    Lists of properties do not count as documented, since their keys come from the data."""
    if node.table is not None:
        owner = catalog.get(node.table)
        return ([], False) if owner is None else ([owner], _is_documented(owner.get(node.name)))
    field = table.get(node.name)
    fallback = catalog.table(FALLBACK if table.name == PRIMARY else PRIMARY)
    if field is not None:
        return [table], _is_documented(field)
    return [table, fallback], False


def _is_documented(field: Field | None) -> bool:
    return (
        field is not None
        and field.origin is Origin.DOCUMENTED
        and field.type is not FieldType.PROPERTIES
    )
