"""``unfiltered-children``: in a query of usersession a condition on actions selects sessions, and a
list of actions shows all actions of these sessions (LANGUAGE.md §5, §7, §8)."""

from __future__ import annotations

from collections.abc import Iterator

from usql.analysis.bound import FunnelQuery
from usql.catalog import PRIMARY
from usql.editor.rules.logic import Branch, Leaf, Tree, condition_tree, leaves, parts_of
from usql.editor.rules.sets import universe
from usql.editor.rules.subject import Subject
from usql.language import syntax as s
from usql.language.calls import function_of, is_distinct_count
from usql.language.declarations import Form
from usql.language.diagnostics import Diagnostic, Edit, Fix, Span, diagnostic
from usql.language.rules import Correction, Rule, Severity


def unfiltered_children(subject: Subject) -> Iterator[Diagnostic]:
    """For each secondary table, the first item that shows or computes over more rows than WHERE
    asks for."""
    query = subject.query
    if (
        subject.table.name != PRIMARY
        or query.where is None
        or subject.bound is None
        or isinstance(subject.bound, FunnelQuery)
    ):
        return
    filtered = _filtered_tables(subject, query.where)
    for item in query.items:
        shown = _shown_table(subject, item.expression)
        if shown is None or shown not in filtered:
            continue
        filtered.discard(shown)
        table, node = shown, item.expression
        noun = {"useraction": "actions", "userevent": "events", "usererror": "errors"}
        rows = noun.get(table, "events")
        message = (
            f"`{subject.shown(node)}` sees all {rows} of each session that fits, not only the "
            f"{rows} that WHERE asks for."
        )
        fix = _from_children(subject, table)
        yield diagnostic("unfiltered-children", message, node.span, () if fix is None else (fix,))


def _filtered_tables(subject: Subject, where: s.Condition) -> set[str]:
    """The secondary tables for whose rows WHERE has a condition. A test that there is any value, or
    that no value fits, does not select rows."""
    return {
        leaf.field.table
        for leaf in leaves(condition_tree(subject, where))
        if leaf.field is not None
        and leaf.field.table != PRIMARY
        and not leaf.negated
        and leaf.surely != universe(leaf.field)
    }


def _shown_table(subject: Subject, node: s.Node) -> str | None:
    """The secondary table whose rows an item shows or computes over. COUNT(f) counts sessions, and
    a CONDITION itself says which sessions it counts."""
    called = function_of(node)
    match node:
        case s.Star(table=str() as name) if name.lower() != PRIMARY:
            secondary = subject.catalog.get(name)
            return None if secondary is None else secondary.name
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
    """Query the secondary table instead; fields of the session then need the name of their table.
    ``None`` if this would be ambiguous, or would select other rows."""
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
    """Whether exactly one of the parts that must all hold tests the table's rows, and any one of
    its tests suffices: then it selects the rows that meet the test."""
    where = subject.query.where
    parts = parts_of(condition_tree(subject, where)) if where is not None else ()
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
    """Nodes that show whole rows, count rows, or compute over fields of other tables: rows are
    sessions in one query and actions in the other."""
    query = subject.query
    for part in (*query.items, *query.group_by, *query.order_by):
        for node in s.walk(part):
            match node:
                case s.Star() | s.Json():
                    yield node
                case s.Call(arguments=(argument, *_)) if _changes_with_rows(node):
                    field = subject.resolve(argument) if isinstance(argument, s.Field) else None
                    is_in_table = field is not None and field.table == table
                    if not is_in_table or _counts_rows(node):
                        yield node


def _changes_with_rows(call: s.Call) -> bool:
    """Whether the value changes if more rows have the same value."""
    called = function_of(call)
    return called is not None and (
        called.form is Form.CONDITION or (called.counts_repeats and not is_distinct_count(call))
    )


def _counts_rows(call: s.Call) -> bool:
    """Whether it counts rows, or has a condition that says which rows."""
    called = function_of(call)
    return called is not None and called.form in (Form.COUNT, Form.CONDITION)


RULES = {
    unfiltered_children: (
        Rule(
            "USQL609",
            "unfiltered-children",
            Severity.WARNING,
            "5.12",
            "WHERE selects sessions; the list shows all of their rows, not only those that meet the condition.",
            explanation="From `usersession`, a condition on actions, events or errors selects *sessions*; a "
            "list, a metric or a key of them covers everything in the selected sessions. To see "
            "only the actions, events or errors that meet the condition, query their own table. "
            "Not reported when the condition only asks whether there is a value or whether none "
            "matches, for `COUNT(field)`, which counts sessions, and inside CONDITION. The "
            "correction, *by hand*, is offered where one test, or several joined by OR, select "
            "the rows: two tests may be met by two different actions of a session, but in the "
            "action table they must be met by the same one. It is not offered next to items that "
            "count or calculate over sessions.",
            example='SELECT useraction.name, country FROM usersession WHERE useraction.name LIKE "pay*"',
            correction=Correction.BY_HAND,
        ),
    ),
}
"""What each check reports."""
