"""The values of rows: single values, or the lists of multi-valued fields (LANGUAGE.md §3, §7)."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from usql.analysis.bound import DateText, Expression, FieldRef, Keys, fields_of, is_multi, type_of
from usql.catalog import PRIMARY, FieldType
from usql.errors import InternalError
from usql.frozen import dataclass
from usql.translation.addresses import plain_address, rank
from usql.translation.columns import Form
from usql.translation.dialects.dialect import Dialect
from usql.translation.expressions import Expressions
from usql.translation.layout import Layout, Raw
from usql.translation.nodes import TYPES, Node, cast, compare, member, null, text, truth, whole


@dataclass(frozen=True, slots=True)
class Values:
    """Expressions over rows of the queried table."""

    layout: Layout
    expressions: Expressions

    @property
    def dialect(self) -> Dialect:
        """The dialect that is written."""
        return self.layout.dialect

    # --- what rows show

    def shown(self, node: Expression) -> Node:
        """A cell: a value, or a list if there may be several values, which is empty without any."""
        if isinstance(node, FieldRef) and node.type is FieldType.PROPERTIES:
            return self._properties(node)
        return self.dialect.or_empty(self._lists(node)) if is_multi(node) else self.single(node)

    def single(self, node: Expression) -> Node:
        """The value of an expression with one value per row."""
        return self.expressions.value(node, self._of_row)

    def start(self, node: DateText) -> Node:
        """The time of a DATETIME with one value per row."""
        return self.expressions.start(node, self._of_row)

    def entries(self, node: Expression) -> Node:
        """All values of an expression that may have several per row, including missing and repeated
        ones; may be null if there are none."""
        lists = self._lists(node)
        return self.dialect.flat(lists) if self._is_nested(node) else lists

    def over_entries(self, field: FieldRef, aggregate: str) -> Node | None:
        """An aggregate of all values that a field of children has in a row; ``None`` where it has
        to be made of the list of entries."""
        if not (self._is_of_child(field) and self._is_plain_member(field)):
            return None
        return self.layout.over_members(field, aggregate)

    def members_of(self, node: Expression) -> exp.Select | None:
        """The values that an expression has in the rows, as rows of their own with ``session`` and
        ``value``; ``None`` where rows have them as lists."""
        is_plain = isinstance(node, FieldRef) and self._is_of_child(node)
        if not is_plain or self.layout.owner() is None:
            return None
        assert isinstance(node, FieldRef)
        return self.layout.members_of(node) if self._is_plain_member(node) else None

    def order(self, node: Expression, *, largest: bool) -> Node:
        """The sort key of a row: a list is represented by its smallest or its largest value."""
        if not is_multi(node):
            value = self.start(node) if isinstance(node, DateText) else self.single(node)
            return self.ranked(node, value)
        if isinstance(node, DateText):
            values = self.dialect.map(
                self.entries(node.operand), lambda v: self.expressions.start(node, lambda _: v)
            )
        else:
            values = self.entries(node)
        if type_of(node) is FieldType.IP:
            values = self.dialect.map(values, lambda v: rank(self.dialect, v))
        return self.dialect.extreme(values, largest=largest)

    def ranked(self, node: Expression, value: Node) -> Node:
        """The sort key of the values of an expression."""
        is_address = isinstance(node, FieldRef) and node.type is FieldType.IP
        return rank(self.dialect, value) if is_address else value

    # --- what rows are tested for

    def tested(self, field: FieldRef, test: Callable[[Node], Node]) -> Node:
        """Whether some value of a field passes a test; null or false if not."""
        return self._tested(field, test, self.layout.some)

    def tested_in_where(self, field: FieldRef, test: Callable[[Node], Node]) -> Node:
        """The same for a condition of WHERE."""
        return self._tested(field, test, self.layout.exists)

    def _tested(
        self,
        field: FieldRef,
        test: Callable[[Node], Node],
        of_child: Callable[[FieldRef, Callable[[Node], Node]], Node],
    ) -> Node:
        own_test = self._test_of_column(field, test)
        if self._is_of_child(field):
            return of_child(field, own_test)
        raw = self.layout.column_of(field)
        return truth(False) if raw is None else own_test(raw)

    def _test_of_column(
        self, field: FieldRef, test: Callable[[Node], Node]
    ) -> Callable[[Node], Node]:
        if field.type is FieldType.PROPERTIES:
            return lambda raw: compare(">", self.dialect.size(raw), whole(0))
        if field.is_list:
            return lambda raw: self.dialect.some(raw, lambda v: test(self._typed(field, v)))
        return lambda raw: test(self._decoded(field, raw))

    # --- columns as values

    def _of_row(self, node: Expression) -> Node:
        if not isinstance(node, FieldRef):
            raise InternalError(f"{type(node).__name__} is no expression of rows")
        return self._value_of(node, self.layout.column_of)

    def _value_of(self, field: FieldRef, raw: Raw) -> Node:
        """The one value that a field has in a row or a child; null without a column."""
        stored = raw(field)
        return null(field.type) if stored is None else self._decoded(field, stored)

    def _decoded(self, field: FieldRef, raw: Node) -> Node:
        if field.key is not None:
            key = text(field.key)
            pairs = self.dialect.filter(
                raw, lambda pair: compare("=", member(pair, "key"), key), "pair"
            )
            raw = member(self.dialect.first(pairs), "value")
        return self._typed(field, raw)

    def _typed(self, field: FieldRef, raw: Node) -> Node:
        """A value in the field's type."""
        form = self._form(field)
        if form is Form.INSTANT:
            raw = self.dialect.milliseconds(raw)
        elif form is Form.CAST:
            raw = cast(raw, TYPES[field.type])
        return plain_address(self.dialect, raw) if field.by_address else raw

    def _form(self, field: FieldRef) -> Form:
        stored = self.layout.columns.of(field.table, field.name)
        return Form.VALUE if stored is None else stored.form

    # --- lists

    def _is_of_child(self, field: FieldRef) -> bool:
        return field.table not in (self.layout.table, PRIMARY)

    def _is_nested(self, node: Expression) -> bool:
        """Whether the value of a row is a list of lists."""
        field = _axis(node)
        is_list = field.is_list or field.type is FieldType.PROPERTIES
        return self._is_of_child(field) and is_list

    def _is_plain_member(self, field: FieldRef) -> bool:
        """Whether the column that children have of a field is its one value."""
        is_plain = not field.key and not field.by_address and self._form(field) is Form.VALUE
        return is_plain and not self._is_nested(field) and self.layout.has_members(field)

    def _lists(self, node: Expression) -> Node:
        """The list of an expression that may have several values per row."""
        axis = _axis(node)
        if not self._is_of_child(axis):
            return self._list_of(node, axis, self.layout.column_of)
        if not self.layout.columns.tables[axis.table]:
            return self.dialect.empty(type_of(node))
        if self._is_nested(node):
            return self.layout.each(
                axis.table, lambda raw: self.dialect.or_empty(self._list_of(node, axis, raw))
            )
        if node == axis and self._is_plain_member(axis):
            return self.layout.member(axis)
        return self.layout.each(
            axis.table,
            lambda raw: self.expressions.value(node, lambda leaf: self._leaf(leaf, raw)),
        )

    def _list_of(self, node: Expression, axis: FieldRef, raw: Raw) -> Node:
        """The list that an expression over a list field has in a row or a child."""
        stored = raw(axis)
        if stored is None:
            return self.dialect.empty(type_of(node))
        if isinstance(node, Keys):
            keys = self.dialect.map(stored, lambda pair: member(pair, "key"), "pair")
            return self.dialect.distinct_in_order(keys)

        def of_entry(entry: Node) -> Node:
            value = self._typed(axis, entry)
            return self.expressions.value(
                node, lambda leaf: value if leaf == axis else self._leaf(leaf, raw)
            )

        is_bare = node == axis and self._form(axis) is Form.VALUE and not axis.by_address
        return stored if is_bare else self.dialect.map(stored, of_entry)

    def _leaf(self, leaf: Expression, raw: Raw) -> Node:
        if not isinstance(leaf, FieldRef):
            raise InternalError(f"{type(leaf).__name__} is no expression of rows")
        return self._value_of(leaf, raw)

    def _properties(self, field: FieldRef) -> Node:
        """A whole property list, or those of all children."""
        assert field.value_type is not None
        value_type = field.value_type

        def pairs(raw: Raw) -> Node:
            stored = raw(field)
            if stored is None:
                return self.dialect.no_pairs(value_type)
            return self.dialect.or_empty(self._typed_pairs(field, stored))

        if not self._is_of_child(field):
            return pairs(self.layout.column_of)
        if not self.layout.columns.tables[field.table]:
            return self.dialect.array()
        return self.dialect.or_empty(self.layout.each(field.table, pairs))

    def _typed_pairs(self, field: FieldRef, stored: Node) -> Node:
        if self._form(field) is Form.VALUE:
            return stored
        return self.dialect.map(
            stored,
            lambda pair: self.dialect.pair(
                member(pair, "key"), self._typed_value(field, member(pair, "value"))
            ),
            "pair",
        )

    def _typed_value(self, field: FieldRef, value: Node) -> Node:
        assert field.value_type is not None
        if self._form(field) is Form.INSTANT:
            return self.dialect.milliseconds(value)
        return cast(value, TYPES[field.value_type])


def _axis(node: Expression) -> FieldRef:
    """The field over whose values, one by one, an expression is computed."""
    if isinstance(node, Keys):
        return node.field
    return next(f for f in fields_of(node) if f.multi)
