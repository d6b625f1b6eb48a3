"""Fields as an editor offers and explains them."""

from __future__ import annotations

from collections.abc import Iterator

from usql.analysis.profile import DYNATRACE, Clock
from usql.analysis.scope import Scope
from usql.catalog import PRIMARY, Cardinality, Catalog, Field, FieldType, Origin, Table
from usql.catalog.describe import type_name
from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.diagnostics import Span
from usql.language.formatter import field_text, full_name

_NOWHERE = Span(0, 0)

_LIKELY = {
    "usersession": (
        "useraction.name country city duration startTime userSessionId userId "
        "useraction.application useraction.duration ip browserFamily userType "
        "userExperienceScore userActionCount osFamily applicationType bounce usererror.name "
        "totalErrorCount isp useraction.apdexCategory internalUserId osVersion stringProperties"
    ),
    "useraction": (
        "name duration application type startTime visuallyCompleteTime apdexCategory "
        "usersession.city usersession.country usersession.userType"
    ),
    "userevent": "type name startTime application usersession.country usersession.city",
    "usererror": "type name startTime application domain usersession.country usersession.city",
    "usersyntheticevent": "name type startTime",
}
"""What people ask about, the most frequent first, as counted in queries that people wrote."""


@dataclass(frozen=True, slots=True)
class Reach:
    """A field that a query may name: its spelling there, and the field itself.

    ``key`` is set for a property that the data has; ``unqualified`` fields belong to the queried
    table, whose name they do not need; ``rank`` is the position among the frequently used fields,
    ``None`` if it is not one of them.
    """

    text: str
    table: Table
    field: Field
    key: str | None
    unqualified: bool
    rank: int | None

    @property
    def type(self) -> FieldType:
        """The type of one value."""
        if self.key is not None and self.field.value_type is not None:
            return self.field.value_type
        return self.field.type

    @property
    def name(self) -> str:
        """Table, name and key, independent of the query's table."""
        return _spelled(self.table, self.field, self.key, unqualified=False)


def reachable(catalog: Catalog, table: Table) -> Iterator[Table]:
    """The tables whose fields a query of this table may name, its own first (LANGUAGE.md §3)."""
    yield table
    for other in catalog:
        if other is not table and PRIMARY in (table.name, other.name):
            yield other


def fields(catalog: Catalog, table: Table) -> Iterator[Reach]:
    """All fields that a query of this table may name, with the property keys of the data."""
    likely = {text: i for i, text in enumerate(_LIKELY.get(table.name, "").split())}
    for other in reachable(catalog, table):
        unqualified = other is table
        for field in other.fields:
            for key in (None, *catalog.property_keys.get((other.name, field.name), ())):
                text = _spelled(other, field, key, unqualified)
                yield Reach(text, other, field, key, unqualified, likely.get(text))


def resolve(catalog: Catalog, table: Table, node: s.Field) -> Reach | None:
    """The field that a node refers to in a query of this table; ``None`` if there is none."""
    scope = Scope(catalog, table, DYNATRACE, Clock(0, 0, 0), guesses=0)
    reference = scope.resolve(node)
    if reference is None:
        return None
    owner = catalog.table(reference.table)
    field = owner.get(reference.name)
    assert field is not None  # the scope took it from there
    return Reach(field_text(node), owner, field, reference.key, owner is table, None)


def _spelled(table: Table, field: Field, key: str | None, unqualified: bool) -> str:
    if key is None:
        return full_name(table.name, field.name, unqualified)
    return field_text(s.Field(None if unqualified else table.name, field.name, key, span=_NOWHERE))


def detail(reach: Reach) -> str:
    """The type and unit in a few words."""
    unit = f" ({reach.field.unit})" if reach.field.unit else ""
    return f"{type_name(reach.field) if reach.key is None else reach.type.value}{unit}"


def describe(reach: Reach) -> str:
    """The documentation as Markdown: description, values, cardinality, replacement."""
    field = reach.field
    parts = [field.description] if field.description else []
    if reach.key is not None:
        parts = [f"The custom property `{reach.key}` of the table {reach.table.name}."]
    if field.origin is Origin.DATA:
        parts.append("Found in the loaded data.")
    if field.deprecated:
        see = ", ".join(f"`{name}`" for name in field.successors)
        parts.append(f"**Deprecated**: see {see}." if see else "**Deprecated**.")
    if field.cardinality is not Cardinality.NORMAL:
        parts.append(f"Has {field.cardinality.value} cardinality.")
    if field.values:
        parts.append("Values: " + ", ".join(f"`{v}`" for v in field.values + field.later_values))
    return "\n\n".join(dict.fromkeys(parts))
