"""Groups: which expressions are keys, and what the others mean inside a group (LANGUAGE.md §8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as changed

from usql.analysis.bound import (
    Calculation,
    Constant,
    DatePart,
    DateText,
    DistinctList,
    Expression,
    Extreme,
    FieldRef,
    Key,
    KeyRef,
    Keys,
    Metric,
    Rounded,
    TopList,
    metrics_of,
)
from usql.analysis.expressions import bind_expression
from usql.analysis.function_calls import Invalid, refuse
from usql.analysis.scope import Scope
from usql.analysis.values import plain
from usql.catalog.model import FieldType
from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.declarations import Place
from usql.language.diagnostics import Edit, Fix, Span, entry, replace
from usql.language.formatter import field_text
from usql.language.functions import DISTINCT, function

MOST_LISTED = 50
"""How many values per group a field shows that is neither key nor metric."""


@dataclass(frozen=True, slots=True)
class Item:
    """A bound select item: row expressions and metrics, before grouping."""

    node: s.Item
    name: str
    expression: Expression

    @property
    def has_metric(self) -> bool:
        """Whether a metric is part of it."""
        return any(metrics_of(self.expression))


def find_alias(items: list[Item], name: str) -> Item | None:
    """The item with this alias: an exact match first, then ignoring case."""
    with_alias = [i for i in items if i.node.alias is not None]
    exact = [i for i in with_alias if i.node.alias is not None and i.node.alias.text == name]
    loose = [
        i
        for i in with_alias
        if i.node.alias is not None and i.node.alias.text.lower() == name.lower()
    ]
    return next(iter(exact or loose), None)


# --- keys -----------------------------------------------------------------------------------------


def bind_keys(scope: Scope, query: s.Query, items: list[Item]) -> list[Key]:
    """The keys of GROUP BY in its order, then the items that DISTINCT adds."""
    keys: list[Key] = []
    for index, node in enumerate(query.group_by):
        try:
            add_key(keys, _key(scope, node, items, _without(query, index)))
        except Invalid:
            scope.left_out = True
            scope.any_key = scope.any_key or bool(scope.holes)
    for item in items:
        top = item.expression if isinstance(item.expression, TopList) else None
        if top is not None and (query.distinct or any(k.expression == top.operand for k in keys)):
            add_key(keys, Key(top.operand, top.count))
        elif query.distinct and not item.has_metric and _can_be_key(item.expression):
            add_key(keys, Key(item.expression))  # type: ignore[arg-type]  # the rest are row expressions
    return keys


def add_key(keys: list[Key], key: Key) -> None:
    """Add a key; the same key twice becomes one, with the smaller TOP."""
    for index, known in enumerate(keys):
        if known.expression == key.expression:
            tops = [k.top for k in (known, key) if k.top is not None]
            keys[index] = changed(known, top=min(tops, default=None))
            return
    keys.append(key)


def _without(query: s.Query, index: int) -> tuple[Fix, ...]:
    """The correction that leaves out one of several keys."""
    if len(query.group_by) < 2:
        return ()
    first = max(index - 1, 0)
    spans = [key.span for key in query.group_by[first : first + 2]]
    return (replace("remove it", entry(spans, index - first), ""),)


def _key(
    scope: Scope, node: s.Expression | s.Alias, items: list[Item], without: tuple[Fix, ...]
) -> Key:
    node = node if isinstance(node, s.Alias) else plain(node)
    name = alias_name(node)
    if name is not None and (scope.any_alias or scope.has_hole(node)):
        raise Invalid
    item = find_alias(items, name) if name is not None else None
    if (
        item is not None
        and item.has_metric
        and isinstance(node, s.Field)
        and scope.table.get(node.name)
    ):
        item = None  # a field takes precedence over a metric's alias of the same name
    if item is not None:
        return _item_key(scope, node, item, without)
    if name is not None and name.lower() in scope.refused:
        raise Invalid
    match node:
        case s.Field():
            reference = bind_expression(scope, node)
            assert isinstance(reference, FieldRef)
            _refuse_properties(scope, node, reference)
            return Key(reference)
        case s.Call(name=name):
            bound = bind_expression(scope, node)
            if Place.GROUP_BY not in function(name).places or any(metrics_of(bound)):
                refuse(
                    scope,
                    "metric-in-group-by",
                    f"{name} is computed per group and cannot be a key.",
                    node.span,
                    *without,
                )
            scope.report(
                "undocumented",
                "The vendor's server takes functions in GROUP BY, although its "
                "documentation says otherwise.",
                node.span,
            )
            if isinstance(bound, TopList):
                return Key(bound.operand, bound.count)
            return Key(bound)  # type: ignore[arg-type]  # metrics were ruled out
        case s.Hole():
            raise Invalid
        case s.Alias() | s.String():
            fixes = scope.unquoted(node) if isinstance(node, s.String) else ()
            refuse(
                scope, "group-key", "No item of the select list has this alias.", node.span, *fixes
            )
        case s.Arithmetic() if scope.report_hyphenated(node):
            raise Invalid
    scope.report(
        "group-key",
        "GROUP BY takes fields, aliases, TOP and date functions; name other "
        "expressions with AS in the select list and group by the name.",
        node.span,
    )
    raise Invalid


def _item_key(
    scope: Scope, node: s.Expression | s.Alias, item: Item, without: tuple[Fix, ...]
) -> Key:
    if item.has_metric:
        refuse(
            scope,
            "metric-in-group-by",
            "This alias names a metric, which is computed per group and cannot be a key.",
            node.span,
            *without,
        )
    if isinstance(item.expression, Constant):
        refuse(
            scope,
            "group-key",
            "This alias names a number, which is the same in every row.",
            node.span,
        )
    if isinstance(item.expression, TopList):
        return Key(item.expression.operand, item.expression.count)
    _refuse_properties(scope, node, item.expression)
    return Key(item.expression)  # type: ignore[arg-type]  # the rest are row expressions


def _can_be_key(expression: Expression) -> bool:
    """Whether the expression can be a key: constants are the same in every row, and a whole
    property list is not a value."""
    is_list = isinstance(expression, FieldRef) and expression.type is FieldType.PROPERTIES
    return not is_list and not isinstance(expression, Constant)


def _refuse_properties(scope: Scope, node: s.Node, expression: Expression) -> None:
    if isinstance(expression, FieldRef) and expression.type is FieldType.PROPERTIES:
        name = expression.name
        refuse(
            scope,
            "group-key",
            f"`{name}` is a list of properties; name one of its keys, or use KEYS.",
            node.span,
        )


def alias_name(node: s.Node) -> str | None:
    """The name by which a key or order column may mean an alias."""
    match node:
        case s.Field(table=None, name=name, key=None):
            return name
        case s.String(value=text) | s.Alias(text=text):
            return text
    return None


# --- what an item means inside a group ----------------------------------------------------------


def in_group(
    scope: Scope, query: s.Query, expression: Expression, keys: list[Key], node: s.Node
) -> Expression:
    """A select item as an expression of groups: keys, metrics, functions of these, or a list of
    values."""
    scalar = _scalar(expression, keys)
    if scalar is not None:
        return scalar
    match expression:
        case TopList():
            return expression
        case FieldRef() | Keys():
            field = expression if isinstance(expression, FieldRef) else expression.field
            if isinstance(expression, FieldRef) and field.type is FieldType.PROPERTIES:
                refuse(
                    scope,
                    "star-in-groups",
                    f"`{field.name}` shows a row's own properties and cannot "
                    "be used in a grouped query; use KEYS or name a key.",
                    node.span,
                )
            if scope.any_key:
                raise Invalid
            scope.report(
                "ungrouped-field",
                f"`{field.text}` is neither a key nor in a metric; each group "
                f"shows a list of its most frequent values, at most {MOST_LISTED}.",
                node.span,
                *_as_key(query, node),
            )
            return TopList(expression, MOST_LISTED)
    if any(metrics_of(expression)):
        if scope.any_key:
            raise Invalid
        refuse(
            scope,
            "arithmetic-type",
            "Metrics can be calculated with keys, numbers and other metrics only.",
            node.span,
        )
    return DistinctList(expression)


def _as_key(query: s.Query, node: s.Node) -> Iterator[Fix]:
    """The correction that groups by the field too."""
    if isinstance(node, s.Field):
        before = query.group_by[-1] if query.group_by else query.where or query.table
        place = Span(before.span.end, before.span.end)
        name = field_text(node)
        written = f", {name}" if query.group_by else f" GROUP BY {name}"
        yield Fix(f"group by {name}{' too' if query.group_by else ''}", (Edit(place, written),))


def _scalar(node: Expression, keys: list[Key]) -> Expression | None:
    """The expression as one value per group, if it is one."""
    for index, key in enumerate(keys):
        if key.expression == node or (isinstance(node, TopList) and key.expression == node.operand):
            return KeyRef(index)
    match node:
        case Metric() | Constant():
            return node
        case DatePart(operand=x) | DateText(operand=x) | Rounded(operand=x):
            inner = _scalar(x, keys)
            return None if inner is None else changed(node, operand=inner)
        case Calculation(left=left, right=right):
            first, second = _scalar(left, keys), _scalar(right, keys)
            return (
                None if first is None or second is None else changed(node, left=first, right=second)
            )
    return None


def by_address(node: Expression) -> Expression:
    """The expression of groups, or of a key, with addresses compared as values (LANGUAGE.md §5)."""
    match node:
        case FieldRef(type=FieldType.IP):
            return changed(node, by_address=True)
        case Metric(function=DISTINCT.name, field=FieldRef(type=FieldType.IP) as field):
            return changed(node, field=changed(field, by_address=True))
        case TopList(operand=x) | Extreme(operand=x) | Rounded(operand=x):
            return changed(node, operand=by_address(x))  # type: ignore[arg-type]  # a field stays one
        case Calculation(left=left, right=right):
            return changed(node, left=by_address(left), right=by_address(right))
    return node


def order_in_group(expression: Expression, keys: list[Key], descending: bool) -> Expression:
    """An order column as an expression of groups: a field that is not a key counts as its smallest
    value in the group in ascending order, its largest in descending order; likewise a list."""
    scalar = _scalar(expression, keys)
    if scalar is not None:
        return scalar
    operand = expression.operand if isinstance(expression, TopList | DistinctList) else expression
    return Extreme(operand, descending)
