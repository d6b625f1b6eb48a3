"""Grouped queries (LANGUAGE.md §8): forming groups, cutting them by TOP, filtering and ordering."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from usql.analysis.bound import (
    DateText,
    DistinctList,
    Expression,
    Extreme,
    GroupFilter,
    KeyRef,
    Metric,
    OrderBy,
    TopList,
)
from usql.errors import InternalError
from usql.planner.keys import KeyOrder, KeyTime
from usql.planner.plan import Group, GroupSelect, Limit, Plan, Project, Sort
from usql.translation.aggregates import OF_VALUES, Aggregation, aggregate
from usql.translation.conditions import condition
from usql.translation.lists import Beside
from usql.translation.nodes import (
    Node,
    all_of,
    call,
    coalesced,
    column,
    compare,
    constant,
    count_rows,
    double,
    named,
    ordered,
    over,
    qualified,
    same,
    truth,
    whole,
)
from usql.translation.rows import selected
from usql.translation.stages import KeyColumns, RowColumns, Stages, key_name, time_name
from usql.translation.values import Values

_SIZE = "size"
"""The column that counts the rows of a group."""


def group_query(values: Values, plan: Project) -> exp.Select:
    """A query with a row for each group."""
    return _GroupQuery(values, plan).write()


class _GroupQuery:
    """The parts of the plan that several places need, and the SQL written so far."""

    def __init__(self, values: Values, plan: Project) -> None:
        self.values = values
        self.columns = plan.columns
        self.limit: int | None = None
        self.order: tuple[OrderBy, ...] = ()
        self.times: tuple[KeyTime, ...] = ()
        self.filters: tuple[GroupFilter, ...] = ()
        self.group = self._group_of(plan.input)
        self.rows = RowColumns()
        self.keys = KeyColumns(values, self.group.keys, self.rows.put)
        self.stages = Stages()
        self.leaves: dict[Expression, str] = {}

    def _group_of(self, plan: Plan) -> Group:
        match plan:
            case Limit(input=below, count=count):
                self.limit = count
            case Sort(input=below, order=order, times=times):
                self.order, self.times = order, times
            case GroupSelect(input=below, filters=filters):
                self.filters = filters
            case Group():
                return plan
            case _:
                raise InternalError(f"{type(plan).__name__} is no node of groups")
        return self._group_of(below)

    def write(self) -> exp.Select:
        """The whole query. ``matching`` is written last, when all columns that it needs are
        known."""
        shown = [named(self._value(c.expression), c.name, quoted=True) for c in self.columns]
        conditions = [self._filter(one) for one in self.filters]
        order = [
            ordered(self._order(one.expression), descending=one.descending) for one in self.order
        ]
        later = Stages()
        members = self.keys.add_members(later)
        last = members[-1] if members else "matching"
        beside = self._add_groups(later, last)
        table = self._add_sizes(later, members, beside)
        table = self._add_cuts(later, table)
        by = [*order, *self._default_order()]
        rows = selected(
            self.values,
            self.group.input,
            [*self.keys.of_rows(), *self.rows.shown()] or [truth(True)],
        )
        query = exp.select(*shown).from_(table)
        if conditions:
            query = query.where(all_of(conditions))
        if by:
            result_names = {c.name.lower() for c in self.columns}
            query = query.order_by(*(qualified(one, result_names, lambda _: table) for one in by))
        if self.limit is not None and (self.keys.keys or not self.limit):
            query = query.limit(self.limit)
        self.stages.add("matching", rows)
        return later.around(self.stages.around(query))

    # --- expressions over groups

    def _value(self, node: Expression) -> Node:
        return self.values.expressions.value(node, self._leaf)

    def _leaf(self, node: Expression) -> Node:
        match node:
            case KeyRef(index=index):
                return self.keys.value(index)
            case Metric():
                kind = "metric"
            case TopList() | DistinctList():
                kind = "list"
            case Extreme():
                kind = "extreme"
            case _:
                raise InternalError(f"{type(node).__name__} is no expression of groups")
        name = self.leaves.setdefault(node, f"{kind}_{len(self.leaves) + 1}")
        return column(name)

    def _filter(self, group_filter: GroupFilter) -> Node:
        is_wide = isinstance(group_filter.value, int) and not -(2**63) <= group_filter.value < 2**63
        limit = double(float(group_filter.value)) if is_wide else constant(group_filter.value)
        return compare(group_filter.op, self._value(group_filter.expression), limit)

    def _order(self, node: Expression) -> Node:
        match node:
            case KeyRef(index=index) if self.keys.is_timed(index):
                has_column = any(one.key == index for one in self.times)
                return column(f"order_{index + 1}" if has_column else self._start(index))
            case KeyRef(index=index):
                return self.keys.ranked(index)
            case DateText():
                return self.values.expressions.start(node, self._leaf)
        return self._value(node)

    # --- the stages after the members

    def _add_groups(self, stages: Stages, members: str) -> dict[str, bool]:
        """The groups with their metrics; the stages beside them, and whether theirs are lists."""
        beside = Beside(self.values, self.rows.put, self.keys.names(), members)
        inside: list[Node] = []
        others: dict[str, exp.Select] = {}
        for node, name in self.leaves.items():
            match node:
                case TopList():
                    others[name] = beside.top(node, name)
                case DistinctList():
                    others[name] = beside.distinct(node, name)
                case Extreme(operand=operand, largest=largest):
                    value = self.rows.put(self.values.order(operand, largest=largest), "order")
                    inside.append(named(call("max" if largest else "min", value), name))
                case Metric():
                    fits = self._condition(node)
                    is_multi = node.field is not None and node.field.multi
                    if is_multi and node.function in OF_VALUES:
                        others[name] = beside.metric(node, name, fits)
                    else:
                        shares = self._shares_beside(node)
                        metric = aggregate(
                            Aggregation(node, self.values, self.rows.put, fits, shares)
                        )
                        inside.append(named(metric, name))
        keys = [column(name) for name in self.keys.names()]
        sizes = [named(count_rows(), _SIZE)] if keys else []
        query = exp.select(*keys, *sizes, *self.keys.times(), *inside).from_(members)
        if not keys and not inside:
            query = query.select(named(count_rows(), _SIZE))
        stages.add("groups", query.group_by(*keys) if keys else query)
        for name, other in others.items():
            stages.add(f"of_{name}", other)
        return {name: name.startswith("list") for name in others}

    def _shares_beside(self, node: Metric) -> tuple[float, ...]:
        """The shares of all quantiles of the same values."""
        percents = (
            other.percent
            for other in self.leaves
            if isinstance(other, Metric) and replace(other, percent=node.percent) == node
        )
        return tuple(percent / 100 for percent in percents if percent is not None)

    def _condition(self, node: Metric) -> Node | None:
        if node.where is None:
            return None
        fits = condition(self.values.dialect, node.where, self.values.tested)
        return self.rows.put(fits, "fits")

    def _has_later_multi(self, place: int) -> bool:
        """Whether members multiply after a key, so that groups do not add up to its rows."""
        return any(self.keys.multi[place + 1 :])

    def _size(self, place: int) -> str:
        is_last = place == len(self.keys.keys) - 1
        return _SIZE if is_last else f"size_{place + 1}"

    def _start(self, place: int) -> str:
        """The column with the earliest time of all rows that have the key and those before it."""
        if self.keys.is_time(place):
            return key_name(place)
        is_last = place == len(self.keys.keys) - 1
        return time_name(place) if is_last else f"start_{place + 1}"

    def _add_sizes(self, stages: Stages, members: list[str], beside: dict[str, bool]) -> str:
        """The groups with the columns of the stages beside them, and the sizes of what their first
        keys have in common."""
        more: list[Node] = []
        joins: list[tuple[str, int]] = []
        for name, is_list in beside.items():
            joins.append((f"of_{name}", len(self.keys.keys)))
            value = column(name, f"of_{name}")
            if is_list:
                value = self.values.dialect.or_empty(value)
            elif self._is_count(name):
                value = coalesced(value, whole(0))
            more.append(named(value, name))
        for place in range(len(self.keys.keys) - 1):
            if self._has_later_multi(place):
                level = self._add_level(stages, place, members[place])
                joins.append((level, place + 1))
                more += [column(name, level) for name in self._names_of_level(place)]
                continue
            first = [column(name, "groups") for name in self.keys.names(place + 1)]
            more.append(named(over(call("sum", column(_SIZE)), first), self._size(place)))
            if self.keys.has_time(place):
                earliest = over(call("min", column(time_name(place), "groups")), first)
                more.append(named(earliest, self._start(place)))
        if not more:
            return "groups"
        query = exp.select("groups.*", *more).from_("groups")
        for table, count in joins:
            alike = [
                same(column(name, "groups"), column(name, table)) for name in self.keys.names(count)
            ]
            query = query.join(table, on=all_of(alike), join_type="left")
        return stages.add("sized", query)

    def _is_count(self, name: str) -> bool:
        node = next(node for node, known in self.leaves.items() if known == name)
        return isinstance(node, Metric) and node.percent is None

    def _names_of_level(self, place: int) -> list[str]:
        names = [self._size(place)]
        if self.keys.has_time(place):
            names.append(self._start(place))
        if self.keys.keys[place].top is not None:
            names.append(f"rank_{place + 1}")
        return names

    def _add_level(self, stages: Stages, place: int, members: str) -> str:
        """The sizes of what the first keys have in common, by the members before others multiply
        them; with TOP their ranks too, also of what ends in no group."""
        keys = [column(name) for name in self.keys.names(place + 1)]
        shown = [*keys, named(count_rows(), self._size(place))]
        if self.keys.has_time(place):
            earliest = call("min", column(time_name(place)))
            shown.append(named(earliest, self._start(place)))
        if self.keys.keys[place].top is not None:
            shown.append(named(self._rank(place, count_rows()), f"rank_{place + 1}"))
        return stages.add(f"sizes_{place + 1}", exp.select(*shown).from_(members).group_by(*keys))

    def _rank(self, place: int, size: Node) -> Node:
        """The rank of a value inside the keys before it: by its rows, then by itself."""
        before = [column(name) for name in self.keys.names(place)]
        by = [ordered(size, descending=True), ordered(self.keys.ranked(place))]
        return over(call("dense_rank"), before, by)

    def _add_cuts(self, stages: Stages, table: str) -> str:
        """The groups that every TOP keeps, with the times that order them where these depend on
        which groups there are."""
        tops = [(p, k.top) for p, k in enumerate(self.keys.keys) if k.top is not None]
        late = [
            named(self._rank(place, column(self._size(place))), f"rank_{place + 1}")
            for place, _ in tops
            if not self._has_later_multi(place)
        ]
        if late:
            table = stages.add("ranked", exp.select("*", *late).from_(table))
        times = [
            named(
                over(
                    call("min", column(self._start(one.key))),
                    [column(key_name(place)) for place in sorted(one.upto)],
                ),
                f"order_{one.key + 1}",
            )
            for one in self.times
        ]
        if not tops and not times:
            return table
        query = exp.select("*", *times).from_(table)
        fits = [compare("<=", column(f"rank_{p + 1}"), whole(top)) for p, top in tops]
        return stages.add("kept", query.where(all_of(fits)) if fits else query)

    def _default_order(self) -> list[exp.Ordered]:
        by: list[exp.Ordered] = []
        for place, key in enumerate(self.keys.keys):
            if key.order is KeyOrder.FREQUENCY:
                by.append(ordered(column(self._size(place)), descending=True))
            elif key.order is KeyOrder.TIME:
                by.append(ordered(column(self._start(place))))
                if self.keys.is_time(place):
                    continue
            by.append(ordered(self.keys.ranked(place)))
        return by
