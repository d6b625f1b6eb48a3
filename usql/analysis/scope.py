"""Names: resolving the words of a query to fields of tables (LANGUAGE.md §3)."""

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
"""The tables in which a field is looked up that usersession does not have."""


_MOST_GUESSES = 100
"""For how many unknown words of a query similar names are searched: each takes a millisecond."""


@dataclass(slots=True)
class Scope:
    """The context of binding one query, which also collects its diagnostics."""

    catalog: Catalog
    table: Table
    profile: Profile
    clock: Clock
    holes: Holes = NO_HOLES
    diagnostics: list[Diagnostic] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    extensions: set[str] = field(default_factory=set)
    """Tables that only this engine has, and that a warning was reported for."""
    refused: set[str] = field(default_factory=set)
    """Aliases, in lower case, of items that were reported: using such an alias is not another
    error."""
    guesses: int = _MOST_GUESSES
    """For how many more words similar names may be searched."""
    left_out: bool = False
    """Whether part of the query was left out because of a problem or a placeholder: what was bound
    may be judged, but never run."""
    any_item: bool = False
    """Whether some item may mean anything: a placeholder is part of it, or it is a list in
    brackets, which may have been meant as several items."""
    any_alias: bool = False
    """Whether some item may have any alias: the item is a placeholder or has one in its name."""
    any_key: bool = False
    """Whether anything may be a key: a placeholder is part of a key, or of the alias that it
    names."""

    def report(self, name: str, message: str, span: Span, *fixes: Fix) -> None:
        """Add a diagnostic under the rule ``name``."""
        self.diagnostics.append(diagnostic(name, message, span, fixes))

    def has_hole(self, node: s.Node) -> bool:
        """Whether the node depends on the value of a placeholder."""
        return isinstance(node, s.Hole) or self.holes.within(node.span)

    def near(self, word: str, candidates: Iterable[str]) -> tuple[str, ...]:
        """The names that an unknown word may have meant, best first; none once the search has been
        used up."""
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
        declared = table.get(node.name)
        if declared is None and node.table is None:
            fallback = self.catalog.table(FALLBACK if table.name == PRIMARY else PRIMARY)
            if self._refuse(node, table):
                return None
            declared = fallback.get(node.name)
            if declared is not None:
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
        elif declared is None and self._refuse(node, table):
            return None
        if declared is None:
            self._unknown(node, table)
            return None
        if self.catalog.loaded is not None and not self.catalog.loaded.has(
            table.name, declared.name
        ):
            self.not_loaded(full_name(table.name, declared.name, False), _name_span(node))
            return None
        return self._bind(node, table, declared)

    def not_loaded(self, what: str, span: Span) -> None:
        """Report something that the data was opened without."""
        self.report(
            "not-loaded",
            f"{what} is not loaded; name it in the fields that the data is opened with.",
            span,
        )

    def unquoted(self, node: s.String) -> Iterator[Fix]:
        """The correction for a field whose name is in quotes, like a string."""
        written = self._written(None, node.value)
        if written is not None:
            yield replace(f"write {written}", node.span, written)

    def report_hyphenated(self, node: s.Arithmetic) -> bool:
        """Report a name with ``-`` in it that was parsed as a subtraction; returns whether it was
        one."""
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
        """How a query writes the field with this name; ``None`` if none is reachable."""
        fallback = self.catalog.table(FALLBACK if self.table.name == PRIMARY else PRIMARY)
        owners = (self.table, fallback) if table is None else (self.catalog.get(table),)
        for owner in owners:
            declared = None if owner is None else owner.get(name)
            if owner is not None and declared is not None:
                unqualified = table is None and owner is self.table
                return full_name(owner.name, declared.name, unqualified)
        return None

    def field_ref(self, table: Table, declared: Field, key: str | None = None) -> FieldRef:
        """A field as the queried table's rows see it."""
        foreign = self.table.name == PRIMARY and table.name != PRIMARY
        kind = declared.type
        if key is not None and declared.value_type is not None:
            kind = declared.value_type
        return FieldRef(
            table.name,
            declared.name,
            key,
            kind,
            declared.is_list,
            foreign or declared.is_list,
            declared.value_type if key is None else None,
            declared.cardinality,
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
        """Warn once about a table that only this engine has (LANGUAGE.md §12)."""
        is_extension = self.profile.warns_of_extensions and not table.documented
        if is_extension and table.name not in self.extensions:
            self.extensions.add(table.name)
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

    def _bind(self, node: s.Field, table: Table, declared: Field) -> FieldRef | None:
        if declared.deprecated:
            message = f"`{declared.name}` is no longer part of new exports"
            message += f"; see {', '.join(declared.successors)}." if declared.successors else "."
            span = _name_span(node)
            fixes = (replace(f"write {name}", span, name) for name in declared.successors)
            self.report("deprecated-field", message, span, *fixes)
        key = node.key
        if key is not None and declared.type is not FieldType.PROPERTIES:
            self.report("unknown-field", f"`{declared.name}` has no keys.", node.span)
            return None
        if key is not None:
            key = self._property_key(node, table, declared, key)
        return self.field_ref(table, declared, key)

    def _property_key(self, node: s.Field, table: Table, declared: Field, key: str) -> str:
        known = self.catalog.property_keys.get((table.name, declared.name), ())
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
    """The table, if any, and the names and numbers of a subtraction without blanks, as one word."""
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
