"""Every function of the language, declared once (LANGUAGE.md §1, §7 to §9).

What the analysis takes, what EXPLAIN and the editor show, the grammars for colours and the page
``docs/FUNCTIONS.md`` are made of :data:`FUNCTIONS`. A metric is computed by the engine's aggregate
of the declared name, a date part by the engine's function of that name; a name that is not declared
cannot be put into a bound query.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

from usql.frozen import dataclass
from usql.language.calendar import MS_PER_DAY

Declaration = TypeVar("Declaration")


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
    STEPS = "conditions, each with an alias if wanted"
    FORMAT = "a date format"
    INTERVAL = "an interval"
    LENGTH = "a length of time"
    AMOUNT = "a whole number"
    PERCENT = "a number from 0 to 100"


class Result(Enum):
    """What a function gives, told by the type of the field that it reads."""

    COUNT = "a whole number"
    PART = "a small whole number"
    SUM = "a whole number if the field holds whole numbers, otherwise a number with decimals"
    MEAN = "a number with decimals; of dates it is a moment in milliseconds"
    SAME = "a value of the field's type"
    METRIC = "what the metric gives"
    VALUES = "a key of the field's type, or a list of such values"
    TEXT = "text"
    TEXTS = "a list of texts, or a key of one text"
    COUNTS = "one whole number for each condition, in a column of its own"
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
    """What a function reads to give one result."""

    ROWS = "each row"
    GROUPS = "the rows of each group"
    TABLE = "all rows that meet WHERE"
    NOTHING = "its argument alone"


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
    where it may stand, what it reads and gives, and a whole query that uses it.

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


def _metric(
    name: str,
    meaning: str,
    parameters: tuple[Parameter, ...],
    example: str,
    *aggregates: Aggregate,
    form: Form = Form.AGGREGATE,
    percent: float | None = None,
) -> Function:
    """A number computed over the rows of a group, which FILTER and ORDER BY take too."""
    return Function(
        name,
        form,
        meaning,
        parameters,
        (Place.SELECT, Place.FILTER, Place.ORDER_BY),
        Over.GROUPS,
        aggregates[0].result if aggregates else Result.METRIC,
        example,
        aggregates,
        percent,
    )


_BY_ROW = (Place.SELECT, Place.GROUP_BY, Place.ORDER_BY)
_DATE = Parameter("date", Takes.DATE, "The date, on the local clock; or a metric that is a date.")


def _date_part(name: str, meaning: str, values: range | None, unit: int) -> Function:
    """A part of a date as a whole number."""
    return Function(
        name,
        Form.DATE_PART,
        meaning,
        (_DATE,),
        _BY_ROW,
        Over.ROWS,
        Result.PART,
        f"SELECT {name}(startTime) AS part, COUNT(*) FROM usersession GROUP BY part",
        part=PartOfDate(values, unit),
        is_rare=True,
    )


_MEASURE = Parameter("field", Takes.MEASURE, "The field whose values are read.")
_QUANTILE = Aggregate("PERCENTILE", "percentile({field}, {percent})", Result.MEAN)

ROWS = Aggregate("ROWS", "count(*)", Result.COUNT)
"""``COUNT(*)``."""

PRESENT = Aggregate("COUNT", "count({field})", Result.COUNT)
"""``COUNT(f)``: rows that have a value."""

DISTINCT = Aggregate("DISTINCT", "count(distinct {field})", Result.COUNT, counts_repeats=False)
"""``COUNT(DISTINCT f)``."""

_ALL = (
    _metric(
        "COUNT",
        "How many rows there are (`*`), how many have a value of the field, or how many distinct "
        "values it has (`DISTINCT`).",
        (
            Parameter(
                "* | [DISTINCT] field",
                Takes.COUNTED,
                "What is counted: `*` for rows, a field for rows that have a value of it, "
                "`DISTINCT` and a field for its different values.",
            ),
        ),
        "SELECT country, COUNT(*) FROM usersession GROUP BY country",
        ROWS,
        PRESENT,
        DISTINCT,
        form=Form.COUNT,
    ),
    _metric(
        "SUM",
        "The sum of a numeric field; 0 if there are no values.",
        (Parameter("field", Takes.NUMBER, "The field whose values are added up."),),
        "SELECT SUM(totalErrorCount) FROM usersession",
        Aggregate("SUM", "sum({field})", Result.SUM),
    ),
    _metric(
        "AVG",
        "The mean of a numeric or date field.",
        (_MEASURE,),
        "SELECT AVG(duration) FROM usersession",
        Aggregate("AVG", "avg({field})", Result.MEAN),
    ),
    _metric(
        "MIN",
        "The smallest value of a numeric or date field.",
        (_MEASURE,),
        "SELECT MIN(startTime) FROM usersession",
        Aggregate("MIN", "min({field})", Result.SAME, counts_repeats=False),
    ),
    _metric(
        "MAX",
        "The largest value of a numeric or date field.",
        (_MEASURE,),
        "SELECT MAX(duration) FROM usersession",
        Aggregate("MAX", "max({field})", Result.SAME, counts_repeats=False),
    ),
    _metric(
        "MEDIAN",
        "The value in the middle of a numeric or date field: half of its values lie below.",
        (_MEASURE,),
        "SELECT MEDIAN(useraction.duration) FROM usersession",
        _QUANTILE,
        percent=50.0,
    ),
    _metric(
        "PERCENTILE",
        "The value below which the given percentage of values lies; between two values it is "
        "interpolated.",
        (_MEASURE, Parameter("percent", Takes.PERCENT, "The percentage, such as 95.")),
        "SELECT PERCENTILE(duration, 95) FROM usersession",
        _QUANTILE,
    ),
    _metric(
        "CONDITION",
        "A metric over the rows that also meet a condition.",
        (
            Parameter("metric", Takes.METRIC, "The metric, such as `COUNT(*)`."),
            Parameter("WHERE condition", Takes.CONDITION, "The rows of the group that it reads."),
        ),
        "SELECT CONDITION(COUNT(*), WHERE bounce = TRUE) FROM usersession",
        form=Form.CONDITION,
    ),
    Function(
        "TOP",
        Form.TOP,
        "The n most frequent values of a field: as a key it keeps the groups of these values, "
        "otherwise it is a list.",
        (
            Parameter("field", Takes.FIELD, "The field whose values are counted by rows."),
            Parameter("n", Takes.AMOUNT, "How many values; 1 if left out.", optional=True),
        ),
        _BY_ROW,
        Over.GROUPS,
        Result.VALUES,
        "SELECT TOP(country, 5), COUNT(*) FROM usersession GROUP BY TOP(country, 5)",
    ),
    Function(
        "DATETIME",
        Form.DATE_TEXT,
        "A date as text in a format (`yyyy-MM-dd HH:mm` if left out), first rounded down to an "
        "interval such as `10m`, `1h`, `1d` or `week`.",
        (
            _DATE,
            Parameter(
                "format",
                Takes.FORMAT,
                "Letters for what is shown, such as `HH:mm` or `E`; text in single quotes.",
                optional=True,
            ),
            Parameter(
                "interval",
                Takes.INTERVAL,
                "What the date is rounded down to; without it the format alone decides.",
                optional=True,
            ),
        ),
        _BY_ROW,
        Over.ROWS,
        Result.TEXT,
        'SELECT DATETIME(startTime, "HH:mm", "30m") AS t, COUNT(*) FROM usersession GROUP BY t',
    ),
    _date_part("YEAR", "The year of a date.", None, MS_PER_DAY),
    _date_part("MONTH", "The month of a date, 1 to 12.", range(1, 13), MS_PER_DAY),
    _date_part("DAY", "The day of the month of a date, 1 to 31.", range(1, 32), MS_PER_DAY),
    _date_part("HOUR", "The hour of a date, 0 to 23.", range(24), 3_600_000),
    _date_part("MINUTE", "The minute of a date, 0 to 59.", range(60), 60_000),
    Function(
        "KEYS",
        Form.KEYS,
        "The keys of a property list that a row has.",
        (
            Parameter(
                "properties", Takes.PROPERTIES, "The property list, such as `stringProperties`."
            ),
        ),
        _BY_ROW,
        Over.ROWS,
        Result.TEXTS,
        "SELECT DISTINCT KEYS(stringProperties) FROM usersession",
        is_rare=True,
    ),
    Function(
        "FUNNEL",
        Form.FUNNEL,
        "How many rows meet the first condition, the first two, and so on. Stands alone in the "
        "select list.",
        (
            Parameter(
                "condition [AS name]",
                Takes.STEPS,
                "A step of the funnel; its column has the name, or else the condition's text.",
                repeats=True,
            ),
        ),
        (Place.SELECT,),
        Over.TABLE,
        Result.COUNTS,
        'SELECT FUNNEL(useraction.name = "search" AS "Search", useraction.name = "pay" AS "Pay") '
        "FROM usersession",
    ),
    Function(
        "DURATION",
        Form.LENGTH,
        "A length of time that moves a date in a condition. Units: `y` year, `q` quarter, `M` "
        "month, `w` week, `d` day, `h` hour, `m` minute, `s` second.",
        (Parameter("length", Takes.LENGTH, "A whole number and a unit, such as `7d`."),),
        (Place.WHERE,),
        Over.NOTHING,
        Result.LENGTH,
        'SELECT COUNT(*) FROM usersession WHERE startTime > $NOW - DURATION("7d")',
    ),
)

FUNCTIONS: Mapping[str, Function] = {f.name: f for f in _ALL}
"""Every function by its name, the ones most used first."""

AGGREGATES: Mapping[str, Aggregate] = {a.name: a for f in _ALL for a in f.aggregates}
"""What metrics compute, by the name that a bound metric has for it."""

DATE_PARTS: Mapping[str, PartOfDate] = {f.name: f.part for f in _ALL if f.part is not None}
"""What the date parts may be, by the name of their function."""


class Undeclared(LookupError):
    """A name that no declaration has: a fault of the program, never of a query."""


def function(name: str) -> Function:
    """The function of a name in upper case; :class:`Undeclared` if there is none."""
    return _declared(FUNCTIONS, name, "function")


def aggregate(name: str) -> Aggregate:
    """The aggregate of a name; :class:`Undeclared` if there is none."""
    return _declared(AGGREGATES, name, "aggregate")


def part_of_date(name: str) -> PartOfDate:
    """The date part of a name; :class:`Undeclared` if there is none."""
    return _declared(DATE_PARTS, name, "date part")


def _declared(table: Mapping[str, Declaration], name: str, what: str) -> Declaration:
    found = table.get(name)
    if found is None:
        raise Undeclared(f"no {what} {name!r} is declared in usql.language.functions")
    return found
