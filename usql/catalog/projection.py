"""The fields to load, as programs name them, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterable

from usql.catalog.model import PRIMARY, Catalog, FieldType, Projection
from usql.catalog.names import near

_KEYS = frozenset(("usersessionid", "partnumber"))
_TIMES = frozenset(("starttime", "endtime"))
"""Fields of sessions that are loaded beside those asked for: what tells one session from another,
and when it was."""

_DERIVED = frozenset(("isentryaction", "isexitaction"))


def projection_of(
    names: Iterable[str], catalog: Catalog, *, keeps_keys: bool = True
) -> Projection | None:
    """The fields of these names, written as queries write them: ``country``,
    ``useraction.name``, ``useraction.stringProperties.key`` (which stands for the whole list),
    ``useraction.*`` for all of a table, ``*`` for all of usersession; ``None`` when that is
    everything. Without ``keeps_keys`` fields are ``hidden`` that are not named. ``TypeError``
    for what is no text."""
    found: dict[str, set[str] | None] = {PRIMARY: set()}
    older = catalog.table(PRIMARY).older
    for written in names:
        table, name = _parts(written, catalog)
        known = found.setdefault(table, set())
        if name is None:
            found[table] = None
        elif known is not None:
            known.add(older.get(name, name).lower() if table == PRIMARY else name.lower())
    actions = found.get("useraction")
    if actions and not _DERIVED.isdisjoint(actions):
        actions.add("starttime")  # which they are derived from
    if len(found) == len(catalog.tables) and not any(map(_is_some, found.values())):
        return None
    own = found[PRIMARY]
    hidden: frozenset[str] = frozenset()
    if own is not None:
        hidden = frozenset() if keeps_keys else _KEYS - own
        own.update(_KEYS, _TIMES)
    frozen = {t: None if kept is None else frozenset(kept) for t, kept in found.items()}
    return Projection(frozen, hidden, {old.lower(): new.lower() for old, new in older.items()})


def lacking(loaded: Projection, catalog: Catalog) -> str:
    """Which of the fields are none of the catalog of the data that was loaded, in a sentence with
    the names that may be meant; empty if it has all."""
    for name, kept in loaded.tables.items():
        table = catalog.table(name)
        for wanted in sorted(kept or ()):
            if table.get(wanted) is None:
                meant = " or ".join(near(wanted, [field.name for field in table.fields]))
                hint = f"; did you mean {meant}?" if meant else ""
                return f"{name} has no field {wanted!r}{hint}"
    return ""


def projection_text(loaded: Projection, catalog: Catalog) -> str:
    """The fields that can be asked for, as people write them."""
    shown = []
    for name, kept in loaded.tables.items():
        table, own = catalog.table(name), "" if name == PRIMARY else f"{name}."
        named = ((table.get(n), n) for n in kept or () if loaded.has(name, n))
        names = sorted(n if field is None else field.name for field, n in named)
        shown += [f"{own}{n}" for n in (["*"] if kept is None else names)]
    return ", ".join(shown)


def _is_some(names: object) -> bool:
    return names is not None


def _parts(written: str, catalog: Catalog) -> tuple[str, str | None]:
    """The table and the name of its field, quotes taken off; no name for all fields."""
    if not isinstance(written, str):
        raise TypeError(f"fields: names are texts, not {type(written).__name__}")
    before, dot, name = written.partition(".")
    table = catalog.get(before) if dot else None
    owner = table or catalog.table(PRIMARY)
    name = written if table is None else name
    if name == "*":
        return owner.name, None
    if len(name) > 1 and name[0] == name[-1] == '"':
        return owner.name, name[1:-1]
    first, dot, _ = name.partition(".")
    found = owner.get(first) if dot else None
    is_properties = found is not None and found.type is FieldType.PROPERTIES
    return owner.name, first if is_properties else name
