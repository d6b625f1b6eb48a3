"""What a function's declaration consists of."""

from __future__ import annotations

from enum import Enum

from usql.frozen import dataclass


class Form(Enum):
    """How a call is parsed."""

    COUNT = "a count of rows or of values"
    AGGREGATE = "one number from the values of a field"
    CONDITION = "a metric over some of the rows"
    TOP = "the most frequent values"
    KEYS = "the keys of a property list"
    DATE_PART = "a part of a date"
    DATE_TEXT = "a date as text"
    LENGTH = "a length of time"
    FUNNEL = "counts of conditions that are met one after another"


class Takes(Enum):
    """What may be an argument."""

    NUMBER = "a numeric field"
    MEASURE = "a numeric or date field"
    COUNTED = "*, a field, or DISTINCT and a field"
    FIELD = "a field"
    PROPERTIES = "a property list"
    DATE = "a date field or a metric of one"
    METRIC = "a metric"
    CONDITION = "WHERE and a condition"
    STEPS = "conditions, with or without an alias"
    FORMAT = "a date format"
    INTERVAL = "an interval"
    LENGTH = "a length of time"
    AMOUNT = "a whole number"
    PERCENT = "a number from 0 to 100"


class Result(Enum):
    """A function's result, by the type of the field that it reads."""

    COUNT = "a whole number"
    PART = "a whole number, or null without a date"
    SUM = "a whole number for a field of whole numbers, otherwise a number with decimals"
    MEAN = "a number with decimals; for dates, milliseconds"
    SAME = "a value of the type of the field"
    METRIC = "the result of the metric"
    VALUES = "a value of the type of the field, or a list of such values"
    TEXT = "text"
    TEXTS = "text, or a list of texts"
    COUNTS = "a column with a whole number for each condition"
    LENGTH = "a length of time"

    @property
    def keeps_dates(self) -> bool:
        """Whether the result for a date field is a date too, so that a date function can read
        it."""
        return self in (Result.SAME, Result.MEAN)


class Place(Enum):
    """Where a call may occur."""

    SELECT = "SELECT"
    FILTER = "FILTER"
    GROUP_BY = "GROUP BY"
    ORDER_BY = "ORDER BY"
    WHERE = "WHERE"


class Over(Enum):
    """What a function is computed over."""

    ROWS = "for each row"
    GROUPS = "over the rows of each group"
    TABLE = "over all rows that meet WHERE"
    NOTHING = "without reading any rows"


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument: its name, what it may be, what it means, and whether it may be left out. One
    that ``repeats`` is the last and may occur any number of times."""

    name: str
    takes: Takes
    meaning: str
    optional: bool = False
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What a metric computes over the values of a group, under the name that bound queries and the
    engine's aggregates use. ``text`` is how EXPLAIN writes it, with ``{field}`` and ``{percent}``.
    ``counts_repeats``: whether a value counts again if more rows have it."""

    name: str
    text: str
    result: Result
    counts_repeats: bool = True


@dataclass(frozen=True, slots=True)
class PartOfDate:
    """A part of dates: its ``values``, ``None`` if unbounded, and the ``unit`` in milliseconds of
    the local clock within which it never changes."""

    values: range | None
    unit: int


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its name in upper case, how a call of it is parsed, what it means, its arguments,
    where it may occur, what it reads and returns, a complete query that uses it, and the number of
    the rule of docs/LANGUAGE.md that describes it.

    A metric names its ``aggregates``: one, or for COUNT those for ``*``, for a field and for
    DISTINCT; ``percent`` is the percentage of a percentile without an argument for it. A date part
    has a ``part``. Completion offers ``is_rare`` functions last.
    """

    name: str
    form: Form
    meaning: str
    parameters: tuple[Parameter, ...]
    places: tuple[Place, ...]
    over: Over
    result: Result
    example: str
    section: str
    aggregates: tuple[Aggregate, ...] = ()
    percent: float | None = None
    part: PartOfDate | None = None
    is_rare: bool = False

    @property
    def is_metric(self) -> bool:
        """Whether it is a number computed over the rows of a group."""
        return self.form in (Form.COUNT, Form.AGGREGATE, Form.CONDITION)

    @property
    def counts_repeats(self) -> bool:
        """Whether a value counts again if more rows have it, in at least one of its forms."""
        return self.form is Form.TOP or any(a.counts_repeats for a in self.aggregates)

    @property
    def least(self) -> int:
        """The least number of arguments."""
        return sum(not p.optional for p in self.parameters)

    @property
    def most(self) -> int:
        """The greatest number of arguments, counting one that repeats once."""
        return len(self.parameters)

    @property
    def parts(self) -> tuple[str, ...]:
        """The arguments as a signature shows them."""
        shown = [f"[{p.name}]" if p.optional else p.name for p in self.parameters]
        return (*shown, "…") if self.repeats else tuple(shown)

    @property
    def repeats(self) -> bool:
        """Whether the last argument may occur any number of times."""
        return self.parameters[-1].repeats

    @property
    def signature(self) -> str:
        """``DATETIME(date, [format], [interval])``."""
        return f"{self.name}({', '.join(self.parts)})"
