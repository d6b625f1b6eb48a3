"""``unfiltered-children``: from usersession a condition on actions selects sessions, and a list of
actions shows all that these sessions have (LANGUAGE.md §5, §7, §8)."""

from __future__ import annotations

from collections.abc import Iterator

from usql.analysis.bound import FunnelQuery
from usql.catalog import PRIMARY
from usql.editor.rules.logic import Branch, Leaf, Tree, leaves, parts_of, tree_of
from usql.editor.rules.sets import universe
from usql.editor.rules.subject import Subject
from usql.language import syntax as s
from usql.language.calls import function_of, is_distinct_count
from usql.language.declarations import Form
from usql.language.diagnostics import Diagnostic, Edit, Fix, Span, diagnostic
from usql.language.rules import Correction, Rule, Severity


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
    called = function_of(node)
    match node:
        case s.Star(table=str() as name) if name.lower() != PRIMARY:
            found = subject.catalog.get(name)
            return None if found is None else found.name
        case s.Call(arguments=(metric, *_)) if called and called.form is Form.CONDITION:
            return _shown_table(subject, metric)
        case s.Call() if called and called.form is Form.COUNT and not is_distinct_count(node):
            return None
    for inner in s.walk(node):
        if isinstance(inner, s.Field):
            field = subject.resolve(inner)
            if field is not None and field.table != PRIMARY:
                return field.table
    return None


def _from_children(subject: Subject, table: str) -> Fix | None:
    """Ask the secondary table instead: the session's own fields then need its name. ``None`` where
    that has more than one reading, or would mean other rows."""
    query = subject.query
    if subject.holes or not _is_one_choice(subject, table) or any(_other_rows(subject, table)):
        return None
    aliases = {i.alias.text.lower() for i in query.items if i.alias is not None}
    edits = [Edit(query.table.span, table)]
    for clause in (query.items, (query.where,), query.group_by, query.order_by):
        may_be_alias = clause in (query.group_by, query.order_by)
        for node in (x for part in clause if part is not None for x in s.walk(part)):
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


def _is_one_choice(subject: Subject, table: str) -> bool:
    """Whether of the parts that must all hold just one tests the table's rows, and any of its tests
    is enough: then the row that fits it is the one that is asked for."""
    where = subject.query.where
    parts = parts_of(tree_of(subject, where)) if where is not None else ()
    choosing = [part for part in parts if any(_is_of(leaf, table) for leaf in leaves(part))]
    if len(choosing) != 1 or not _is_choice(choosing[0]):
        return False
    return all(_is_of(leaf, table) and not leaf.negated for leaf in leaves(choosing[0]))


def _is_of(leaf: Leaf, table: str) -> bool:
    return leaf.field is not None and leaf.field.table == table


def _is_choice(tree: Tree) -> bool:
    if isinstance(tree, Branch):
        return not tree.every and all(map(_is_choice, tree.parts))
    return isinstance(tree, Leaf)


def _other_rows(subject: Subject, table: str) -> Iterator[s.Node]:
    """What shows whole rows, counts them, or computes over fields that are not the table's: rows
    are sessions here and actions there."""
    query = subject.query
    for part in (*query.items, *query.group_by, *query.order_by):
        for node in s.walk(part):
            match node:
                case s.Star() | s.Json():
                    yield node
                case s.Call(arguments=(argument, *_)) if _changes_with_rows(node):
                    field = subject.resolve(argument) if isinstance(argument, s.Field) else None
                    is_own = field is not None and field.table == table
                    if not is_own or _counts_rows(node):
                        yield node


def _changes_with_rows(call: s.Call) -> bool:
    """Whether a value counts again when more rows have it."""
    called = function_of(call)
    return called is not None and (
        called.form is Form.CONDITION or (called.counts_repeats and not is_distinct_count(call))
    )


def _counts_rows(call: s.Call) -> bool:
    """Whether it counts rows, or says by a condition which it means."""
    called = function_of(call)
    return called is not None and called.form in (Form.COUNT, Form.CONDITION)


RULES = {
    unfiltered_children: (
        Rule(
            "USQL609",
            "unfiltered-children",
            Severity.WARNING,
            "5.12",
            "WHERE selects sessions; the list shows all of their rows, not only those that it asks for.",
            Correction.BY_HAND,
        ),
    ),
}
"""What each check reports."""
