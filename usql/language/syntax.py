"""The tree of a query: frozen dataclasses named after the rules of ``grammar/usql.lark``.

Every node has the :class:`Span` of its text. Spans, and spellings that do not change the meaning
(the case of an operator, how a number is written), do not take part in comparisons, so two trees
are equal exactly if the queries say the same (brackets do count).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, fields
from enum import Enum

from usql.frozen import dataclass
from usql.language.diagnostics import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Any part of a query."""

    span: Span = field(compare=False, repr=False)


# --- expressions -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field(Node):
    """``name``, ``table.name`` or a property ``table.stringProperties.key``, as spelled.

    ``key`` is the property's key without its quotes, ``None`` for other fields and for a whole
    property list. ``table`` is ``None`` if the query names none. A name that is not a word is
    written in quotes after its table. ``holed``: the last word has a placeholder outside quotes.
    ``name_span`` is the span of the last word, ``None`` for a field that is not in the text.
    """

    table: str | None
    name: str
    key: str | None = None
    holed: bool = field(default=False, kw_only=True)
    name_span: Span | None = field(default=None, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Number(Node):
    """An unsigned number. ``text`` is its spelling."""

    value: int | float
    text: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class String(Node):
    """A string's value, with quotes removed and doubled quotes made single. May contain
    placeholders."""

    value: str


@dataclass(frozen=True, slots=True)
class Boolean(Node):
    """``TRUE`` or ``FALSE``."""

    value: bool


@dataclass(frozen=True, slots=True)
class Null(Node):
    """``NULL``."""


@dataclass(frozen=True, slots=True)
class Variable(Node):
    """``$NOW``, ``$TIME_FRAME_START``, ``$TIME_FRAME_END``: the name in upper case, without ``$``."""

    name: str


@dataclass(frozen=True, slots=True)
class Hole(Node):
    """A word that is, or contains, a dashboard's placeholder ``${…}`` or ``{{…}}``, as written.

    The parser also inserts a hole with the text ``""`` where something is missing, after reporting
    it, so that the rest of the query can still be judged.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Call(Node):
    """``name(arguments)``. ``name`` is upper case, unless a placeholder is part of it;
    ``name_span`` is the span of the name."""

    name: str
    arguments: tuple[Argument, ...]
    name_span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Star(Node):
    """``*`` or ``table.*`` in the select list, or the star of ``COUNT(*)``."""

    table: str | None = None


@dataclass(frozen=True, slots=True)
class Json(Node):
    """``JSON`` in the select list."""


@dataclass(frozen=True, slots=True)
class Distinct(Node):
    """``DISTINCT f`` as an argument."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Where(Node):
    """``WHERE condition`` as the second argument of ``CONDITION``."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """``left op right`` with op one of ``+ - * / %`` (``MOD`` is ``%``, kept in ``spelling``)."""

    op: str
    left: Expression
    right: Expression
    spelling: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """``-operand``."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Brackets(Node):
    """``(inner)`` around an expression or a condition."""

    inner: Expression | Condition


@dataclass(frozen=True, slots=True)
class ValueList(Node):
    """``(v1, v2, …)``: the right side of ``IN``."""

    values: tuple[Expression, ...]


# --- conditions --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class And(Node):
    """All parts are true. Never nested directly: ``a AND b AND c`` has three parts."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """Some part is true. Never nested directly."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """``NOT part``."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """``left op right``, op one of ``= != < <= > >=``.

    ``IS`` is ``=``; ``<>``, ``IS NOT``, ``NOT`` and ``NOT IS`` are ``!=``; the words are kept in
    ``spelling``. ``f IS NULL`` is ``=`` with :class:`Null`.
    """

    op: str
    left: Expression
    right: Expression
    spelling: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Between(Node):
    """``left [NOT] BETWEEN low AND high``; ``bracketed`` if the limits are in brackets."""

    left: Expression
    low: Expression
    high: Expression
    negated: bool = False
    bracketed: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class In(Node):
    """``left [NOT] IN (v, …)``; a placeholder may stand for the whole list."""

    left: Expression
    values: ValueList | Hole
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Like(Node):
    """``left [NOT] LIKE pattern``."""

    left: Expression
    pattern: Expression
    negated: bool = False


@dataclass(frozen=True, slots=True)
class StartsWith(Node):
    """``left [NOT] STARTSWITH prefix``."""

    left: Expression
    prefix: Expression
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Bare(Node):
    """An expression in place of a condition: an error, unless it is a placeholder."""

    expression: Expression


Expression = (
    Field
    | Number
    | String
    | Boolean
    | Null
    | Variable
    | Hole
    | Call
    | Arithmetic
    | Negative
    | Brackets
    | ValueList
)
Argument = Expression | Star | Distinct | Where
Condition = And | Or | Not | Comparison | Between | In | Like | StartsWith | Bare | Brackets | Hole


# --- clauses -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alias(Node):
    """The name given with ``AS``, without quotes or square brackets. ``holed``: it was written
    without them and has a placeholder."""

    text: str
    holed: bool = False


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """``FILTER op number`` after a metric; ``value`` includes its sign."""

    op: str
    value: int | float | Hole
    spelling: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Step(Node):
    """One step of a funnel."""

    condition: Condition
    alias: Alias | None = None


@dataclass(frozen=True, slots=True)
class Funnel(Node):
    """``FUNNEL(step, …)``."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Item(Node):
    """One entry of the select list."""

    expression: Expression | Star | Json | Funnel
    filter: Filter | None = None
    alias: Alias | None = None


class Direction(Enum):
    """The direction of an order column; ascending when the query says nothing."""

    ASC = "ASC"
    DESC = "DESC"


@dataclass(frozen=True, slots=True)
class Order(Node):
    """One column of ``ORDER BY``. ``key`` may be an :class:`Alias` given in quotes or ``[…]``."""

    key: Expression | Alias
    direction: Direction = Direction.ASC
    explicit: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class TableName(Node):
    """The table after ``FROM``, as spelled."""

    name: str


@dataclass(frozen=True, slots=True)
class Query(Node):
    """A whole query. Missing clauses are empty tuples or ``None``."""

    distinct: bool
    items: tuple[Item, ...]
    table: TableName
    where: Condition | None = None
    group_by: tuple[Expression | Alias, ...] = ()
    order_by: tuple[Order, ...] = ()
    limit: int | Hole | None = None
    limit_span: Span | None = field(default=None, compare=False, repr=False)


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes below it, in the order of the text."""
    yield node
    for declared in fields(node):
        value = getattr(node, declared.name)
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, Node):
                yield from walk(child)
