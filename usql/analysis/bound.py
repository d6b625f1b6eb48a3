"""The bound query: what a query means, with every name, type and rule decided.

The planner and the editor read it. It names the concepts of the language: quantified tests, keys,
metrics, top lists. Nodes are frozen and compare by meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from usql.catalog.model import Cardinality, FieldType
from usql.frozen import Keyed, dataclass
from usql.language.declarations import Result
from usql.language.functions import aggregate, function, part_of_date
from usql.language.literals import DateFormat, Interval, LikePattern

Value = str | int | float | bool | tuple[int, int]
"""A typed value: text, number, boolean, milliseconds, or an address as ``parse_address`` gives."""


@dataclass(frozen=True, slots=True)
class FieldRef(Keyed):
    """A field of a table, seen from the rows of the queried table.

    ``name`` is the catalog's spelling, ``key`` a property's key. ``is_list`` marks ``list<…>``
    fields. ``multi`` says that one row of the queried table may have several values: the field
    is of a child table seen from ``usersession``, or a list (LANGUAGE.md §3). ``by_address``: an
    IPv4-mapped address and its plain form are one value, shown as IPv4 (LANGUAGE.md §5).
    """

    table: str
    name: str
    key: str | None
    type: FieldType
    is_list: bool
    multi: bool
    value_type: FieldType | None = None
    cardinality: Cardinality = Cardinality.NORMAL
    by_address: bool = False

    @property
    def text(self) -> str:
        """The full name, for people."""
        return ".".join([p for p in (self.table, self.name, self.key) if p is not None])


# --- predicates on one value, and conditions on a row -----------------------------------------


@dataclass(frozen=True, slots=True)
class Present:
    """There is a value."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """The value equals one of ``values``; never true if there are none."""

    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """The value lies between the limits; ``None`` means no limit. Limits of integers are closed."""

    low: Value | None
    high: Value | None
    low_closed: bool = True
    high_closed: bool = True


@dataclass(frozen=True, slots=True)
class Prefix:
    """The text starts with ``prefix``."""

    prefix: str


@dataclass(frozen=True, slots=True)
class Matches:
    """The text matches a LIKE pattern."""

    pattern: LikePattern


Predicate = Present | OneOf | Range | Prefix | Matches


@dataclass(frozen=True, slots=True)
class Test(Keyed):
    """Some value of ``field`` in the row meets ``predicate`` (LANGUAGE.md §5). False without a
    value."""

    field: FieldRef
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class AllOf(Keyed):
    """All parts are true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf(Keyed):
    """Some part is true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negation(Keyed):
    """The part is not true; logic is two-valued."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Unjudged(AnyOf):
    """A condition with a problem or a placeholder. The rest of its query can still be judged, but
    the query must never be planned."""

    parts: tuple[Condition, ...] = ()


Condition = Test | AllOf | AnyOf | Negation


# --- expressions ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Constant:
    """A number."""

    value: int | float


@dataclass(frozen=True, slots=True)
class DatePart:
    """A part of a date as an integer on the local clock. ``part`` is the name of a function in
    ``functions.DATE_PARTS``; any other raises ``functions.Undeclared``."""

    part: str
    operand: Expression

    def __post_init__(self) -> None:
        part_of_date(self.part)


@dataclass(frozen=True, slots=True)
class DateText:
    """``DATETIME``: the date rounded down to ``interval`` if there is one, then formatted."""

    operand: Expression
    format: DateFormat
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Keys:
    """``KEYS``: the distinct property keys of the row, in the export's order."""

    field: FieldRef


@dataclass(frozen=True, slots=True)
class Calculation:
    """``left op right``; in doubles if ``double``, else in 64-bit integers."""

    op: str
    left: Expression
    right: Expression
    double: bool


@dataclass(frozen=True, slots=True)
class Rounded:
    """A double rounded to the nearest integer, halves up."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class RowJson:
    """``JSON``: the row as the object in its export, as text."""


@dataclass(frozen=True, slots=True)
class Metric(Keyed):
    """A number computed over the rows of a group.

    ``function``: the name of one of ``functions.AGGREGATES``; any other raises
    ``functions.Undeclared``. ``percent`` is the argument of ``PERCENTILE``. ``where``: only rows
    that meet it count (CONDITION).
    """

    function: str
    field: FieldRef | None = None
    percent: float | None = None
    where: Condition | None = None

    def __post_init__(self) -> None:
        aggregate(self.function)


@dataclass(frozen=True, slots=True)
class TopList:
    """The ``count`` most frequent values in the group, by the number of rows that have them."""

    operand: FieldRef | Keys
    count: int


@dataclass(frozen=True, slots=True)
class DistinctList:
    """The distinct values of a row expression in the group, ascending."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Extreme:
    """The smallest or largest value of a row expression in the group, to order by."""

    operand: Expression
    largest: bool


@dataclass(frozen=True, slots=True)
class KeyRef(Keyed):
    """The value of the group's key number ``index``."""

    index: int


Expression = (
    FieldRef
    | Constant
    | DatePart
    | DateText
    | Keys
    | Calculation
    | Rounded
    | RowJson
    | Metric
    | TopList
    | DistinctList
    | Extreme
    | KeyRef
)


# --- queries ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the result; ``is_of_star`` if it comes from ``*``."""

    name: str
    expression: Expression
    is_of_star: bool = False


@dataclass(frozen=True, slots=True)
class OrderBy:
    """An order column. Nulls are last both ways (LANGUAGE.md §7)."""

    expression: Expression
    descending: bool


KeyExpression = FieldRef | DatePart | DateText | Keys | Calculation | Rounded
"""What rows can be grouped by."""


@dataclass(frozen=True, slots=True)
class Key:
    """A group key; ``top`` keeps only its most frequent values (inside the keys before it)."""

    expression: KeyExpression
    top: int | None = None


@dataclass(frozen=True, slots=True)
class GroupFilter:
    """Keeps the groups for whose ``expression`` the comparison is true; for a null it never is."""

    expression: Expression
    op: str
    value: int | float


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a funnel."""

    name: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class Timeframe(Keyed):
    """Sessions that overlap ``[start, end)``; ``None`` means no limit (LANGUAGE.md §4)."""

    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class RowQuery:
    """One result row per matching row (LANGUAGE.md §7)."""

    table: str
    timeframe: Timeframe
    where: Condition | None
    columns: tuple[Column, ...]
    order: tuple[OrderBy, ...]
    limit: int | None
    limit_is_default: bool


@dataclass(frozen=True, slots=True)
class GroupQuery:
    """One result row per group (LANGUAGE.md §8)."""

    table: str
    timeframe: Timeframe
    where: Condition | None
    keys: tuple[Key, ...]
    columns: tuple[Column, ...]
    filters: tuple[GroupFilter, ...]
    order: tuple[OrderBy, ...]
    limit: int | None
    limit_is_default: bool


@dataclass(frozen=True, slots=True)
class FunnelQuery:
    """One row of counts (LANGUAGE.md §9)."""

    table: str
    timeframe: Timeframe
    where: Condition | None
    steps: tuple[Step, ...]


BoundQuery = RowQuery | GroupQuery | FunnelQuery


def type_of(node: Expression, keys: tuple[Key, ...] = ()) -> FieldType:
    """The type of an expression's values; for a list, the type of its entries."""
    match node:
        case FieldRef(type=kind):
            return kind
        case Constant(value=value):
            return FieldType.DOUBLE if isinstance(value, float) else FieldType.LONG
        case DatePart(part=part, operand=operand):
            return result_type(function(part).result, type_of(operand, keys))
        case DateText() | Keys() | RowJson():
            return FieldType.STRING
        case Calculation(double=double):
            return FieldType.DOUBLE if double else FieldType.LONG
        case Rounded():
            return FieldType.LONG
        case Metric(function=name, field=field):
            return result_type(aggregate(name).result, None if field is None else field.type)
        case TopList(operand=operand) | DistinctList(operand=operand) | Extreme(operand=operand):
            return type_of(operand, keys)
        case KeyRef(index=index):
            return type_of(keys[index].expression, keys)


def result_type(result: Result, of: FieldType | None) -> FieldType:
    """The result type of a metric or date part that reads values of type ``of``, which is ``None``
    for ``COUNT(*)``. Other results of functions have nodes of their own and raise
    ``ValueError``."""
    match result:
        case Result.COUNT:
            return FieldType.LONG
        case Result.PART:
            return FieldType.INTEGER
        case Result.SUM:
            return FieldType.DOUBLE if of is FieldType.DOUBLE else FieldType.LONG
        case Result.MEAN:
            return FieldType.DOUBLE
        case Result.SAME if of is not None:
            return of
        case (
            Result.SAME
            | Result.METRIC
            | Result.VALUES
            | Result.TEXT
            | Result.TEXTS
            | Result.COUNTS
            | Result.LENGTH
        ):
            raise ValueError(f"{result} of {of} has no type by itself")
    assert_never(result)


def walk(node: Expression) -> Iterator[Expression]:
    """The expression and all expressions inside it, but not those in the conditions of metrics."""
    yield node
    match node:
        case Keys(field=field):
            yield field
        case Calculation(left=left, right=right):
            yield from walk(left)
            yield from walk(right)
        case (
            DatePart(operand=operand)
            | DateText(operand=operand)
            | Rounded(operand=operand)
            | TopList(operand=operand)
            | DistinctList(operand=operand)
            | Extreme(operand=operand)
        ):
            yield from walk(operand)


def fields_of(node: Expression) -> Iterator[FieldRef]:
    """The fields that a row expression reads; for an expression of groups, those outside
    metrics."""
    return (part for part in walk(node) if isinstance(part, FieldRef))


def metrics_of(node: Expression) -> Iterator[Metric]:
    """The metrics in an expression of groups."""
    return (part for part in walk(node) if isinstance(part, Metric))


def tested_fields(condition: Condition) -> Iterator[FieldRef]:
    """The fields that a condition tests."""
    match condition:
        case Test(field=field):
            yield field
        case Negation(part=part):
            yield from tested_fields(part)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from tested_fields(part)


def is_multi(node: Expression) -> bool:
    """Whether a row expression may have several values in one row."""
    return isinstance(node, Keys) or any(f.multi for f in fields_of(node))
