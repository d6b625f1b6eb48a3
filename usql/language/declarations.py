"""What a declaration of a function says."""

from __future__ import annotations

from enum import Enum

from usql.frozen import dataclass


class Form(Enum):
    """How a call is read."""

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
    """What may stand as an argument."""

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
    """What a function gives, told by the type of the field that it reads."""

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
        """Whether a date field gives a moment, so that a date function can read the result."""
        return self in (Result.SAME, Result.MEAN)


class Place(Enum):
    """Where a call may stand."""

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
    """An argument: its name, what may stand there, what it means, and whether it may be left out.
    One that ``repeats`` is the last and may stand any number of times."""

    name: str
    takes: Takes
    meaning: str
    optional: bool = False
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What a metric computes over the values of a group, by the name that bound queries and the
    engine's aggregates have for it. ``text`` is how EXPLAIN writes it, with ``{field}`` and
    ``{percent}``. ``counts_repeats`` tells whether a value counts again when more rows have it."""

    name: str
    text: str
    result: Result
    counts_repeats: bool = True


@dataclass(frozen=True, slots=True)
class PartOfDate:
    """What a date part may be: its ``values``, ``None`` where they have no end, and the ``unit`` in
    milliseconds of the local clock within which it never changes."""

    values: range | None
    unit: int


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its name in upper case, how a call of it is read, what it means, its arguments,
    where it may stand, what it reads and gives, a whole query that uses it, and the number of the
    rule of docs/LANGUAGE.md that describes it.

    A metric names its ``aggregates``: one, or for COUNT those of ``*``, of a field and of DISTINCT;
    ``percent`` is that of a percentile which is not an argument. A date part has a ``part``.
    ``is_rare`` functions are offered late.
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
        """Whether a value counts again when more rows have it, in at least one of its uses."""
        return self.form is Form.TOP or any(a.counts_repeats for a in self.aggregates)

    @property
    def least(self) -> int:
        """The fewest arguments that it takes."""
        return sum(not p.optional for p in self.parameters)

    @property
    def most(self) -> int:
        """The most arguments that it takes, one that repeats counted once."""
        return len(self.parameters)

    @property
    def parts(self) -> tuple[str, ...]:
        """The arguments as a signature shows them."""
        shown = [f"[{p.name}]" if p.optional else p.name for p in self.parameters]
        return (*shown, "…") if self.repeats else tuple(shown)

    @property
    def repeats(self) -> bool:
        """Whether the last argument may stand any number of times."""
        return self.parameters[-1].repeats

    @property
    def signature(self) -> str:
        """``DATETIME(date, [format], [interval])``."""
        return f"{self.name}({', '.join(self.parts)})"
