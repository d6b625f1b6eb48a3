"""``unfiltered-children``: from usersession a condition on actions selects sessions, and a list of
actions shows all that these sessions have (LANGUAGE.md §5, §7, §8)."""

from __future__ import annotations

from collections.abc import Iterator

from usql.analysis.bound import FunnelQuery
from usql.catalog import PRIMARY
from usql.editor.rules.logic import leaves, tree_of
from usql.editor.rules.sets import universe
from usql.editor.rules.subject import Subject, walk
from usql.language import syntax as s
from usql.language.diagnostics import Diagnostic, Edit, Fix, Span, diagnostic


def unfiltered_children(subject: Subject) -> Iterator[Diagnostic]:
    """The first item, per secondary table, that shows or computes over more rows than WHERE
    asks for."""
    query = subject.query
    if (
        subject.table.name != PRIMARY
        or query.where is None
        or subject.bound is None
        or isinstance(subject.bound, FunnelQuery)
    ):
        return
    asked = _asked_tables(subject, query.where)
    for item in query.items:
        shown = _shown_table(subject, item.expression)
        if shown is None or shown not in asked:
            continue
        asked.discard(shown)
        table, node = shown, item.expression
        noun = {"useraction": "actions", "userevent": "events", "usererror": "errors"}
        rows = noun.get(table, "events")
        message = (
            f"`{subject.shown(node)}` sees all {rows} of each session that fits, not only the "
            f"{rows} that WHERE asks for."
        )
        fix = _from_children(subject, table)
        yield diagnostic("unfiltered-children", message, node.span, () if fix is None else (fix,))


def _asked_tables(subject: Subject, where: s.Condition) -> set[str]:
    """The secondary tables some of whose rows WHERE asks for. That there is a value at all, or
    that none fits, chooses no rows."""
    return {
        leaf.field.table
        for leaf in leaves(tree_of(subject, where))
        if leaf.field is not None
        and leaf.field.table != PRIMARY
        and not leaf.negated
        and leaf.surely != universe(leaf.field)
    }


def _shown_table(subject: Subject, node: s.Node) -> str | None:
    """The secondary table whose rows an item shows or computes over. COUNT(f) counts sessions,
    and a CONDITION says itself which sessions it means."""
    match node:
        case s.Call(name="COUNT", arguments=(argument,)) if not isinstance(argument, s.Distinct):
            return None
        case s.Star(table=str() as name) if name.lower() != PRIMARY:
            found = subject.catalog.get(name)
            return None if found is None else found.name
        case s.Call(name="CONDITION", arguments=arguments):
            return _shown_table(subject, arguments[0])
    for inner in walk(node):
        if isinstance(inner, s.Field):
            field = subject.resolve(inner)
            if field is not None and field.table != PRIMARY:
                return field.table
    return None


def _from_children(subject: Subject, table: str) -> Fix | None:
    """Ask the secondary table instead: the session's own fields then need its name. Not for *,
    JSON and COUNT(*), which would mean other rows."""
    query = subject.query
    aliases = {i.alias.text.lower() for i in query.items if i.alias is not None}
    edits = [Edit(query.table.span, table)]
    for clause in (query.items, (query.where,), query.group_by, query.order_by):
        may_be_alias = clause in (query.group_by, query.order_by)
        for node in (x for part in clause if part is not None for x in walk(part)):
            if isinstance(node, s.Star | s.Json):
                return None
            if not isinstance(node, s.Field):
                continue
            if node.table is None and may_be_alias and node.name.lower() in aliases:
                continue
            field = subject.resolve(node)
            if field is None or field.table not in (PRIMARY, table):
                return None
            if node.table is None and field.table == PRIMARY:
                place = Span(node.span.start, node.span.start)
                edits.append(Edit(place, f"{PRIMARY}."))
    return Fix(f"query {table} instead", tuple(sorted(edits, key=lambda e: e.span)))
