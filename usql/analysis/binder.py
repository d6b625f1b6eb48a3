"""A query as a whole: clauses, select list, order, limits (LANGUAGE.md §2, §7 to §9)."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace as changed

from usql.analysis.bound import (
    BoundQuery,
    Calculation,
    Column,
    Condition,
    DatePart,
    DateText,
    Expression,
    FieldRef,
    FunnelQuery,
    GroupFilter,
    GroupQuery,
    OrderBy,
    Rounded,
    RowJson,
    RowQuery,
    Step,
    Timeframe,
    TopList,
)
from usql.analysis.conditions import bind_condition
from usql.analysis.expressions import bind_expression
from usql.analysis.function_calls import Invalid, refuse
from usql.analysis.grouping import (
    Item,
    alias_name,
    bind_keys,
    by_address,
    find_alias,
    in_group,
    order_in_group,
)
from usql.analysis.scope import Scope
from usql.analysis.values import plain
from usql.catalog.model import PRIMARY, FieldType, Table
from usql.language import syntax as s
from usql.language.diagnostics import Span, replace
from usql.language.formatter import expression_text, quote


def bind(scope: Scope, query: s.Query, timeframe: Timeframe) -> BoundQuery | None:
    """The meaning of a query; ``None`` if an error was reported. Parts that contain a placeholder
    are left out, which ``scope.left_out`` records."""
    _open_items(scope, query)
    loaded = scope.catalog.loaded
    if loaded is not None and scope.table.name not in loaded.tables:
        scope.not_loaded(f"The table {scope.table.name}", query.table.span)
    where = None if query.where is None else bind_condition(scope, query.where)
    bound: BoundQuery | None
    if any(isinstance(item.expression, s.Funnel) for item in query.items):
        bound = _funnel(scope, query, where, timeframe)
    else:
        bound = _select(scope, query, where, timeframe)
    return None if scope.has_errors else bound


def _open_items(scope: Scope, query: s.Query) -> None:
    """Record which items a placeholder may turn into others; one that stands alone may bring its
    own alias."""
    for item in query.items if scope.holes else ():
        node = item.expression
        scope.any_item = scope.any_item or scope.has_hole(node)
        if item.alias is None:
            scope.any_alias = scope.any_alias or isinstance(node, s.Hole)
        else:
            scope.any_alias = scope.any_alias or scope.has_hole(item.alias)


# --- FUNNEL ---------------------------------------------------------------------------------------


def _funnel(
    scope: Scope, query: s.Query, where: Condition | None, timeframe: Timeframe
) -> FunnelQuery | None:
    _funnel_stands_alone(scope, query)
    funnel = next(i.expression for i in query.items if isinstance(i.expression, s.Funnel))
    steps = tuple(
        Step(
            step.alias.text if step.alias is not None else expression_text(step.condition),
            bind_condition(scope, step.condition),
        )
        for step in funnel.steps
    )
    most = scope.profile.most_steps
    if most is not None and len(steps) > most:
        scope.report(
            "funnel-steps",
            f"FUNNEL has {len(steps)} steps; the {scope.profile.name} profile allows {most}.",
            funnel.steps[most].span,
        )
    return FunnelQuery(query.table.name.lower(), timeframe, where, steps)


def _funnel_stands_alone(scope: Scope, query: s.Query) -> None:
    def forbid(what: str, span: Span) -> None:
        scope.report("funnel-clause", f"{what} cannot be combined with FUNNEL.", span)

    has_funnel = False
    for item in query.items:
        if not isinstance(item.expression, s.Funnel):
            forbid("Another item", item.span)
        elif has_funnel:
            forbid("A second FUNNEL", item.span)
        elif item.alias is not None:
            forbid("An alias", item.alias.span)
        has_funnel = has_funnel or isinstance(item.expression, s.Funnel)
    if query.distinct:
        forbid("DISTINCT", Span(query.span.start, query.items[0].span.start))
    if query.group_by:
        forbid("GROUP BY", _over(query.group_by))
    if query.order_by:
        forbid("ORDER BY", _over(query.order_by))
    if query.limit_span is not None:
        forbid("LIMIT", query.limit_span)


def _over(nodes: tuple[s.Node, ...]) -> Span:
    return Span(nodes[0].span.start, nodes[-1].span.end)


# --- rows and groups ------------------------------------------------------------------------------


def _select(
    scope: Scope, query: s.Query, where: Condition | None, timeframe: Timeframe
) -> BoundQuery | None:
    items = [bound for item in query.items for bound in _items(scope, item)]
    limit, is_default = _limit(scope, query)
    _order_columns(scope, query)
    grouped = (
        query.distinct
        or bool(query.group_by)
        or any(i.has_metric or isinstance(i.expression, TopList) for i in items)
    )
    if not grouped:
        _no_filters(scope, items)
        columns = tuple(
            Column(i.name, i.expression, isinstance(i.node.expression, s.Star)) for i in items
        )
        order = _orders(scope, query, items)
        return RowQuery(
            scope.table.name, timeframe, where, columns, tuple(order), limit, is_default
        )
    return _groups(scope, query, items, where, timeframe, (limit, is_default))


def _groups(
    scope: Scope,
    query: s.Query,
    items: list[Item],
    where: Condition | None,
    timeframe: Timeframe,
    limit: tuple[int | None, bool],
) -> GroupQuery:
    items = _without_whole_rows(scope, items)
    keys = bind_keys(scope, query, items)
    columns: list[Column] = []
    filters: list[GroupFilter] = []
    for item in items:
        try:
            expression = in_group(scope, query, item.expression, keys, item.node.expression)
        except Invalid:
            scope.left_out = True
            continue
        columns.append(Column(item.name, expression))
        if item.node.filter is not None:
            chosen = item.node.filter
            if not item.has_metric or isinstance(item.expression, DatePart | DateText):
                scope.report(
                    "filter-needs-metric",
                    "FILTER keeps groups by a metric's value; this is not "
                    "a metric. Conditions on rows belong in WHERE.",
                    chosen.span,
                )
            if isinstance(chosen.value, s.Hole):
                scope.left_out = True
            else:
                filters.append(GroupFilter(expression, chosen.op, chosen.value))
    order = [
        OrderBy(order_in_group(o.expression, keys, o.descending), o.descending)
        for o in _orders(scope, query, items)
    ]
    return GroupQuery(
        scope.table.name,
        timeframe,
        where,
        tuple(changed(k, expression=by_address(k.expression)) for k in keys),  # type: ignore[arg-type]  # a key stays one
        tuple(changed(c, expression=by_address(c.expression)) for c in columns),
        tuple(changed(f, expression=by_address(f.expression)) for f in filters),
        tuple(changed(o, expression=by_address(o.expression)) for o in order),
        *limit,
    )


def _items(scope: Scope, item: s.Item) -> list[Item]:
    """The columns of one entry of the select list: several for ``*``, none after an error."""
    node = item.expression
    if isinstance(node, s.Star):
        return _star(scope, item, node)
    name = item.alias.text if item.alias is not None else expression_text(node)
    if isinstance(node, s.Json):
        _whole_row(scope, scope.table, node, with_children=scope.table.name == PRIMARY)
        return [Item(item, name, RowJson())]
    assert not isinstance(node, s.Funnel)
    try:
        return [Item(item, name, bind_expression(scope, node))]
    except Invalid:
        scope.left_out = True
        scope.any_item = scope.any_item or isinstance(plain(node), s.ValueList)
        if item.alias is not None:
            scope.refused.add(item.alias.text.lower())
        return []


def _star(scope: Scope, item: s.Item, node: s.Star) -> list[Item]:
    if item.alias is not None:
        scope.report(
            "select-item", "* stands for several columns and takes no alias.", item.alias.span
        )
    table = scope.table
    if node.table is not None:
        span = Span(node.span.start, node.span.start + len(node.table))
        owner = None if scope.holes.within(span) else scope.table_named(node.table, span)
        if owner is None:
            scope.left_out = True
            return []
        table = owner
    _whole_row(scope, table, node)
    prefix = "" if table.name == scope.table.name else f"{table.name}."
    return [Item(item, prefix + f.name, scope.field_ref(table, f)) for f in table.star()]


def _whole_row(
    scope: Scope, table: Table, node: s.Star | s.Json, *, with_children: bool = False
) -> None:
    """Report an item that shows all fields of a table, and perhaps of its children, if not all are
    loaded."""
    loaded = scope.catalog.loaded
    tables = [t.name for t in scope.catalog] if with_children else [table.name]
    missing = [] if loaded is None else [name for name in tables if not loaded.has_all(name)]
    if missing:
        scope.not_loaded(f"{missing[0]}.*", node.span)


def _without_whole_rows(scope: Scope, items: list[Item]) -> list[Item]:
    """The items without ``*`` and JSON, which are reported, once each."""
    reported: set[s.Item] = set()
    remaining = []
    for item in items:
        node = item.node.expression
        if not isinstance(node, s.Star | s.Json):
            remaining.append(item)
        elif item.node not in reported:
            reported.add(item.node)
            word = "JSON" if isinstance(node, s.Json) else "*"
            scope.report(
                "star-in-groups",
                f"{word} shows whole rows and cannot be used in a grouped query.",
                node.span,
            )
    return remaining


def _no_filters(scope: Scope, items: list[Item]) -> None:
    for item in items:
        if item.node.filter is not None:
            scope.report(
                "filter-needs-metric",
                "FILTER keeps groups by a metric's value; conditions on rows belong in WHERE.",
                item.node.filter.span,
            )


# --- ORDER BY and LIMIT ---------------------------------------------------------------------------


def _order_columns(scope: Scope, query: s.Query) -> None:
    most = scope.profile.most_order_columns
    if most is not None and len(query.order_by) > most:
        scope.report(
            "order-by-columns",
            f"ORDER BY has {len(query.order_by)} columns; the "
            f"{scope.profile.name} profile allows {most}.",
            query.order_by[most].span,
            replace(
                f"keep the first {most}",
                Span(query.order_by[most - 1].span.end, query.order_by[-1].span.end),
                "",
            ),
        )


def _orders(scope: Scope, query: s.Query, items: list[Item]) -> list[OrderBy]:
    orders = []
    selected = {item.expression for item in items}
    refused: set[s.Expression | s.Alias] = set()
    for node in query.order_by:
        if node.key in refused:
            continue
        try:
            expression = _order_key(scope, node.key, items, selected)
        except Invalid:
            refused.add(node.key)
            scope.left_out = True
            continue
        calculated = isinstance(expression, Calculation | Rounded)
        if calculated and not scope.profile.order_by_arithmetic:
            scope.report(
                "order-by-arithmetic",
                f"The {scope.profile.name} profile cannot order by arithmetic.",
                node.key.span,
            )
        orders.append(OrderBy(expression, node.direction is s.Direction.DESC))
    return orders


def _order_key(
    scope: Scope,
    node: s.Expression | s.Alias,
    items: list[Item],
    selected: Set[Expression],
) -> Expression:
    node = node if isinstance(node, s.Alias) else plain(node)
    name = alias_name(node)
    if name is not None and (scope.any_alias or scope.has_hole(node)):
        raise Invalid
    item = find_alias(items, name) if name is not None else None
    if item is not None:
        if isinstance(item.expression, RowJson):
            refuse(scope, "order-key", "JSON has no order.", node.span)
        return _orderable(scope, node, item.expression)
    if name is not None and name.lower() in scope.refused:
        raise Invalid
    if isinstance(node, s.Alias | s.String):
        fixes = scope.unquoted(node) if isinstance(node, s.String) else ()
        refuse(scope, "order-key", "No item of the select list has this alias.", node.span, *fixes)
    if isinstance(node, s.Number):
        position = node.value
        # An item that was left out may be any number of columns.
        if isinstance(position, int) and 1 <= position <= len(items) and not scope.left_out:
            meant = items[position - 1].node
            text = quote(meant.alias.text) if meant.alias else expression_text(meant.expression)
            refuse(
                scope,
                "order-key",
                "ORDER BY takes names, not positions.",
                node.span,
                replace(f"write {text}", node.span, text),
            )
        refuse(scope, "order-key", "ORDER BY takes names, not positions.", node.span)
    bound = bind_expression(scope, node)
    if not isinstance(bound, FieldRef | Calculation | Rounded) and bound not in selected:
        if scope.any_item:
            raise Invalid
        refuse(
            scope,
            "order-key",
            f"{expression_text(node)} is not selected; ORDER BY takes fields, "
            "aliases and the text of selected items.",
            node.span,
        )
    return _orderable(scope, node, bound)


def _orderable(scope: Scope, node: s.Node, expression: Expression) -> Expression:
    if isinstance(expression, FieldRef) and expression.type is FieldType.PROPERTIES:
        refuse(
            scope,
            "order-key",
            "A list of properties has no order; name one of its keys.",
            node.span,
        )
    return expression


def _limit(scope: Scope, query: s.Query) -> tuple[int | None, bool]:
    most = scope.profile.most_rows
    if isinstance(query.limit, s.Hole):
        scope.left_out = True
        return None, False
    if query.limit is None:
        return scope.profile.default_limit, True
    if most is not None and query.limit > most:
        span = query.limit_span or query.span
        scope.report(
            "limit-too-large",
            f"LIMIT is at most {most} in the {scope.profile.name} profile.",
            span,
            replace(f"write {most}", span, str(most)),
        )
    return query.limit, False
