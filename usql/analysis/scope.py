"""Names: which field of which table a query's word means (LANGUAGE.md §3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from usql.analysis.bound import FieldRef
from usql.analysis.profile import Clock, Profile
from usql.catalog.model import PRIMARY, Catalog, Field, FieldType, Table
from usql.catalog.names import near
from usql.language import syntax as s
from usql.language.diagnostics import Diagnostic, Fix, Span, diagnostic, replace
from usql.language.formatter import field_text, full_name, name_text, quote
from usql.language.holes import NO_HOLES, Holes

FALLBACK = "useraction"
"""Where a field that usersession does not have is looked for."""


_MOST_GUESSES = 100
"""Unknown words of a query for which near ones are sought: that takes a millisecond each."""


@dataclass(slots=True)
class Scope:
    """What binding one query needs everywhere, and where its findings gather."""

    catalog: Catalog
    table: Table
    profile: Profile
    clock: Clock
    holes: Holes = NO_HOLES
    diagnostics: list[Diagnostic] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    own_tables: set[str] = field(default_factory=set)
    """Tables of this engine's own that a warning was given of."""
    refused: set[str] = field(default_factory=set)
    """Aliases, in lower case, of items that were reported: whoever names one is not to blame."""
    guesses: int = _MOST_GUESSES
    """Words for which near ones may still be sought."""
    left_out: bool = False
    """Whether a part of the query was left out for a problem or a placeholder: what was bound may
    be judged, but never run."""
    any_item: bool = False
    """Whether an item may show anything: a placeholder is part of it, or it is a list in brackets,
    which may have been meant as several items."""
    any_alias: bool = False
    """Whether an item may have any alias: a placeholder stands for the item or in its name."""
    any_key: bool = False
    """Whether anything may be a key: a placeholder is part of one, or of the alias that it means."""

    def report(self, name: str, message: str, span: Span, *fixes: Fix) -> None:
        """Add a diagnostic of the rule called ``name``."""
        self.diagnostics.append(diagnostic(name, message, span, fixes))

    def has_hole(self, node: s.Node) -> bool:
        """Whether the node is not known before a placeholder has its value."""
        return isinstance(node, s.Hole) or self.holes.within(node.span)

    def near(self, word: str, candidates: Iterable[str]) -> tuple[str, ...]:
        """What an unknown word may have meant, best first; nothing once many were sought."""
        self.guesses -= 1
        return near(word, candidates) if self.guesses >= 0 else ()

    @property
    def has_errors(self) -> bool:
        """Whether the query is refused already."""
        return any(d.is_error for d in self.diagnostics)

    def resolve(self, node: s.Field) -> FieldRef | None:
        """The field that the words mean; ``None`` after reporting that there is none."""
        if not node.name:
            return None
        if self.holes.spans and self.has_hole(node):
            if node.table is not None and not self.holes.within(_table_span(node)):
                self.table_named(node.table, _table_span(node))
            return None
        table = self._table_of(node)
        if table is None:
            return None
        found = table.get(node.name)
        if found is None and node.table is None:
            fallback = self.catalog.table(FALLBACK if table.name == PRIMARY else PRIMARY)
            if self._refuse(node, table):
                return None
            found = fallback.get(node.name)
            if found is not None:
                full = f"{fallback.name}.{field_text(node)}"
                self.report(
                    "unqualified-field",
                    f"`{node.name}` is a field of {fallback.name}; its full name is {full}.",
                    node.span,
                    replace(f"write {full}", node.span, full),
                )
                self.notes.append(f"{node.name} was read as {full}.")
                table = fallback
            elif self._refuse(node, fallback):
                return None
        elif found is None and self._refuse(node, table):
            return None
        if found is None:
            self._unknown(node, table)
            return None
        if self.catalog.loaded is not None and not self.catalog.loaded.has(table.name, found.name):
            self.not_loaded(full_name(table.name, found.name, False), _name_span(node))
            return None
        return self._bind(node, table, found)

    def not_loaded(self, what: str, span: Span) -> None:
        """Report what the data was opened without."""
        self.report(
            "not-loaded",
            f"{what} is not loaded; name it in the fields that the data is opened with.",
            span,
        )

    def unquoted(self, node: s.String) -> Iterator[Fix]:
        """The field whose name stands in quotes as if it were a string."""
        written = self._written(None, node.value)
        if written is not None:
            yield replace(f"write {written}", node.span, written)

    def report_hyphenated(self, node: s.Arithmetic) -> bool:
        """Report a name of the data with ``-`` in it that was read as a subtraction."""
        words = hyphenated(node)
        if words is None:
            return False
        table, name = words
        written = self._written(table, name)
        if written is None:
            return False
        self.report(
            "unknown-field",
            f"The name `{name}` is not a plain word; it is written {written}.",
            node.span,
            replace(f"write {written}", node.span, written),
        )
        return True

    def _written(self, table: str | None, name: str) -> str | None:
        """How a query writes the field of this name; ``None`` if there is none in reach."""
        fallback = self.catalog.table(FALLBACK if self.table.name == PRIMARY else PRIMARY)
        owners = (self.table, fallback) if table is None else (self.catalog.get(table),)
        for owner in owners:
            found = None if owner is None else owner.get(name)
            if owner is not None and found is not None:
                own = table is None and owner is self.table
                return full_name(owner.name, found.name, own)
        return None

    def field_ref(self, table: Table, found: Field, key: str | None = None) -> FieldRef:
        """A field as the queried table's rows see it."""
        foreign = self.table.name == PRIMARY and table.name != PRIMARY
        kind = found.type
        if key is not None and found.value_type is not None:
            kind = found.value_type
        return FieldRef(
            table.name,
            found.name,
            key,
            kind,
            found.is_list,
            foreign or found.is_list,
            found.value_type if key is None else None,
            found.cardinality,
        )

    def _table_of(self, node: s.Field) -> Table | None:
        if node.table is None:
            return self.table
        return self.table_named(node.table, _table_span(node))

    def table_named(self, name: str, span: Span) -> Table | None:
        """The table before a dot, if a query of this table may reach it."""
        table = self.catalog.get(name)
        if table is None:
            names = [t.name for t in self.catalog]
            self.report(
                "unknown-table",
                f"There is no table `{name}`.",
                span,
                *(replace(f"write {n}", span, n) for n in self.near(name, names)),
            )
            return None
        if PRIMARY not in (self.table.name, table.name) and table.name != self.table.name:
            self.report(
                "other-secondary-table",
                f"A query of {self.table.name} reaches its own fields and those of {PRIMARY}, "
                f"not {table.name}.",
                span,
            )
            return None
        self.warn_of_table(table, span)
        return table

    def warn_of_table(self, table: Table, span: Span) -> None:
        """Warn once of a table that only this engine has (LANGUAGE.md §12)."""
        is_own = self.profile.warns_of_extensions and not table.documented
        if is_own and table.name not in self.own_tables:
            self.own_tables.add(table.name)
            self.report("extension", f"The vendor's server has no table {table.name}.", span)

    def _refuse(self, node: s.Field, table: Table) -> bool:
        refused = table.refusal(node.name)
        if refused is None:
            return False
        span = _name_span(node)
        message = f"`{refused.name}` is part of the export but cannot be queried."
        fixes = []
        if refused.use_instead is not None:
            message += f" Use {refused.use_instead}."
            fixes.append(replace(f"write {refused.use_instead}", span, refused.use_instead))
        self.report("not-queryable", message, span, *fixes)
        return True

    def _unknown(self, node: s.Field, table: Table) -> None:
        span = _name_span(node)
        child = {k.lower(): v for k, v in table.children.items()}.get(node.name.lower())
        if child is not None:
            self.report(
                "unknown-field",
                f"`{node.name}` are the rows of the table {child}; name its fields, as in {child}.name.",
                span,
                replace(f"write {child}.*", node.span, f"{child}.*"),
            )
            return
        if node.table is None:
            candidates = {f.name: full_name(table.name, f.name, True) for f in table.fields}
            fallback = self.catalog.table(FALLBACK if table.name == PRIMARY else PRIMARY)
            for other in fallback.fields:
                candidates.setdefault(other.name, full_name(fallback.name, other.name, False))
        else:
            candidates = {f.name: name_text(f.name) for f in table.fields}
        names = self.near(node.name, candidates)
        self.report(
            "unknown-field",
            f"{table.name} has no field `{node.name}`.",
            span,
            *(replace(f"write {candidates[n]}", span, candidates[n]) for n in names),
        )

    def _bind(self, node: s.Field, table: Table, found: Field) -> FieldRef | None:
        if found.deprecated:
            message = f"`{found.name}` is no longer part of new exports"
            message += f"; see {', '.join(found.successors)}." if found.successors else "."
            span = _name_span(node)
            fixes = (replace(f"write {name}", span, name) for name in found.successors)
            self.report("deprecated-field", message, span, *fixes)
        key = node.key
        if key is not None and found.type is not FieldType.PROPERTIES:
            self.report("unknown-field", f"`{found.name}` has no keys.", node.span)
            return None
        if key is not None:
            key = self._property_key(node, table, found, key)
        return self.field_ref(table, found, key)

    def _property_key(self, node: s.Field, table: Table, found: Field, key: str) -> str:
        known = self.catalog.property_keys.get((table.name, found.name), ())
        if key in known:
            return key
        same = [k for k in known if k.lower() == key.lower()]
        if not same:
            return key
        spelled = field_text(s.Field(node.table, node.name, same[0], span=node.span))
        self.report(
            "property-case",
            f"The data has the key {quote(same[0])}, not {quote(key)}.",
            node.span,
            replace(f"write {spelled}", node.span, spelled),
        )
        self.notes.append(f"The property key {key} was read as {same[0]}.")
        return same[0]


def _name_span(node: s.Field) -> Span:
    """The field's own name, without the table before it."""
    if node.table is None or node.key is not None or node.name_span is None:
        return node.span
    return node.name_span


def hyphenated(node: s.Expression) -> tuple[str | None, str] | None:
    """The names and numbers of a subtraction without blanks as one word, and the table before."""
    match node:
        case s.Field(table=table, key=None, name=name):
            return table, name
        case s.Number(text=text):
            return None, text
        case s.Arithmetic(op="-", left=left, right=right) if left.span.end + 1 == right.span.start:
            first, last = hyphenated(left), hyphenated(right)
            if first is not None and last is not None and last[0] is None:
                return first[0], f"{first[1]}-{last[1]}"
    return None


def _table_span(node: s.Field) -> Span:
    return Span(node.span.start, node.span.start + len(node.table or ""))
