"""The fields to load, as programs name them, and sentences about them."""

from __future__ import annotations

from collections.abc import Iterable

from usql.catalog.model import PRIMARY, Catalog, FieldType, Projection
from usql.catalog.names import near

_KEYS = frozenset(("usersessionid", "partnumber"))
_TIMES = frozenset(("starttime", "endtime"))
"""Fields of sessions that are always loaded: those that identify a session, and its times."""

_DERIVED = frozenset(("isentryaction", "isexitaction"))


def projection_of(
    names: Iterable[str], catalog: Catalog, *, keeps_keys: bool = True
) -> Projection | None:
    """The projection of these fields, written as in queries: ``country``, ``useraction.name``,
    ``useraction.stringProperties.key`` (which stands for the whole list), ``useraction.*`` for all
    of a table, ``*`` for all of usersession; ``None`` when that is everything. Without
    ``keeps_keys``, the fields that are always loaded are ``hidden`` unless named. ``TypeError`` for
    a name that is not a string."""
    by_table: dict[str, set[str] | None] = {PRIMARY: set()}
    older = catalog.table(PRIMARY).older
    for written in names:
        table, name = _parts(written, catalog)
        known = by_table.setdefault(table, set())
        if name is None:
            by_table[table] = None
        elif known is not None:
            known.add(older.get(name, name).lower() if table == PRIMARY else name.lower())
    actions = by_table.get("useraction")
    if actions and not _DERIVED.isdisjoint(actions):
        actions.add("starttime")  # they are derived from it
    if len(by_table) == len(catalog.tables) and not any(map(_is_some, by_table.values())):
        return None
    primary = by_table[PRIMARY]
    hidden: frozenset[str] = frozenset()
    if primary is not None:
        hidden = frozenset() if keeps_keys else _KEYS - primary
        primary.update(_KEYS, _TIMES)
    frozen = {t: None if fields is None else frozenset(fields) for t, fields in by_table.items()}
    return Projection(frozen, hidden, {old.lower(): new.lower() for old, new in older.items()})


def lacking(loaded: Projection, catalog: Catalog) -> str:
    """A sentence that names the fields which the catalog of the loaded data lacks, with those that
    may have been meant; empty if it has them all."""
    for name, fields in loaded.tables.items():
        table = catalog.table(name)
        for word in sorted(fields or ()):
            if table.get(word) is None:
                meant = " or ".join(near(word, [field.name for field in table.fields]))
                hint = f"; did you mean {meant}?" if meant else ""
                return f"{name} has no field {word!r}{hint}"
    return ""


def projection_text(loaded: Projection, catalog: Catalog) -> str:
    """The fields that can be queried, as people write them."""
    shown = []
    for name, fields in loaded.tables.items():
        table, prefix = catalog.table(name), "" if name == PRIMARY else f"{name}."
        pairs = ((table.get(n), n) for n in fields or () if loaded.has(name, n))
        names = sorted(n if field is None else field.name for field, n in pairs)
        shown += [f"{prefix}{n}" for n in (["*"] if fields is None else names)]
    return ", ".join(shown)


def _is_some(names: object) -> bool:
    return names is not None


def _parts(written: str, catalog: Catalog) -> tuple[str, str | None]:
    """The table and the name of the field, without quotes; ``None`` as name means all fields."""
    if not isinstance(written, str):
        raise TypeError(f"fields: names must be strings, not {type(written).__name__}")
    before, dot, name = written.partition(".")
    table = catalog.get(before) if dot else None
    owner = table or catalog.table(PRIMARY)
    name = written if table is None else name
    if name == "*":
        return owner.name, None
    if len(name) > 1 and name[0] == name[-1] == '"':
        return owner.name, name[1:-1]
    first, dot, _ = name.partition(".")
    field = owner.get(first) if dot else None
    is_properties = field is not None and field.type is FieldType.PROPERTIES
    return owner.name, first if is_properties else name
