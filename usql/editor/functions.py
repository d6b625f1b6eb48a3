"""The functions of the language as an editor shows them (LANGUAGE.md §1, §8, §9)."""

from __future__ import annotations

from enum import Enum

from usql.analysis.expressions import METRICS
from usql.frozen import dataclass
from usql.language import syntax as s


class Wanted(Enum):
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


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument's name, what may stand there, and whether it may be left out."""

    name: str
    wanted: Wanted
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its name in upper case, what it gives, its arguments and an example of use.
    ``repeats`` tells that the last argument may stand any number of times."""

    name: str
    summary: str
    parameters: tuple[Parameter, ...]
    example: str
    repeats: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """The arguments as a signature shows them."""
        shown = [f"[{p.name}]" if p.optional else p.name for p in self.parameters]
        return (*shown, "…") if self.repeats else tuple(shown)

    @property
    def signature(self) -> str:
        """``DATETIME(date, [format], [interval])``."""
        return f"{self.name}({', '.join(self.parts)})"


_W = Wanted


def _date_part(name: str, summary: str) -> Function:
    example = f"SELECT {name}(startTime) AS part, COUNT(*) FROM usersession GROUP BY part"
    return Function(name, summary, (Parameter("date", _W.DATE),), example)


_ALL = (
    Function(
        "COUNT",
        "How many rows there are (`*`), how many have a value of the field, or how many distinct "
        "values it has (`DISTINCT`).",
        (Parameter("* | [DISTINCT] field", _W.COUNTED),),
        "SELECT country, COUNT(*) FROM usersession GROUP BY country",
    ),
    Function(
        "SUM",
        "The sum of a numeric field; 0 of no values.",
        (Parameter("field", _W.NUMBER),),
        "SELECT SUM(totalErrorCount) FROM usersession",
    ),
    Function(
        "AVG",
        "The mean of a numeric or date field.",
        (Parameter("field", _W.MEASURE),),
        "SELECT AVG(duration) FROM usersession",
    ),
    Function(
        "MIN",
        "The smallest value of a numeric or date field.",
        (Parameter("field", _W.MEASURE),),
        "SELECT MIN(startTime) FROM usersession",
    ),
    Function(
        "MAX",
        "The largest value of a numeric or date field.",
        (Parameter("field", _W.MEASURE),),
        "SELECT MAX(duration) FROM usersession",
    ),
    Function(
        "MEDIAN",
        "The value in the middle of a numeric or date field.",
        (Parameter("field", _W.MEASURE),),
        "SELECT MEDIAN(useraction.duration) FROM usersession",
    ),
    Function(
        "PERCENTILE",
        "The value below which the given percentage of values lies; between two values it is "
        "interpolated.",
        (Parameter("field", _W.MEASURE), Parameter("percent", _W.PERCENT)),
        "SELECT PERCENTILE(duration, 95) FROM usersession",
    ),
    Function(
        "CONDITION",
        "A metric over the rows that also meet a condition.",
        (Parameter("metric", _W.METRIC), Parameter("WHERE condition", _W.CONDITION)),
        "SELECT CONDITION(COUNT(*), WHERE bounce = TRUE) FROM usersession",
    ),
    Function(
        "TOP",
        "The n most frequent values of a field: as a key the groups that are kept, else a list; "
        "n is 1 if left out.",
        (Parameter("field", _W.FIELD), Parameter("n", _W.AMOUNT, optional=True)),
        "SELECT TOP(country, 5), COUNT(*) FROM usersession GROUP BY TOP(country, 5)",
    ),
    Function(
        "DATETIME",
        "A date as text in a format (`yyyy-MM-dd HH:mm` if left out), first rounded down to an "
        "interval such as `10m`, `1h`, `1d` or `week`.",
        (
            Parameter("date", _W.DATE),
            Parameter("format", _W.FORMAT, optional=True),
            Parameter("interval", _W.INTERVAL, optional=True),
        ),
        'SELECT DATETIME(startTime, "HH:mm", "30m") AS t, COUNT(*) FROM usersession GROUP BY t',
    ),
    _date_part("YEAR", "The year of a date."),
    _date_part("MONTH", "The month of a date, 1 to 12."),
    _date_part("DAY", "The day of the month of a date."),
    _date_part("HOUR", "The hour of a date, 0 to 23."),
    _date_part("MINUTE", "The minute of a date."),
    Function(
        "KEYS",
        "The keys of a property list that a row has.",
        (Parameter("properties", _W.PROPERTIES),),
        "SELECT DISTINCT KEYS(stringProperties) FROM usersession",
    ),
    Function(
        "FUNNEL",
        "How many rows meet the first condition, the first two, and so on. Stands alone in the "
        "select list.",
        (Parameter("condition [AS name]", _W.STEPS),),
        'SELECT FUNNEL(useraction.name = "search" AS "Search", useraction.name = "pay" AS "Pay") '
        "FROM usersession",
        repeats=True,
    ),
    Function(
        "DURATION",
        "A length of time that moves a date in a condition. Units: `y` year, `q` quarter, `M` "
        "month, `w` week, `d` day, `h` hour, `m` minute, `s` second.",
        (Parameter("length", _W.LENGTH),),
        'SELECT COUNT(*) FROM usersession WHERE startTime > $NOW - DURATION("7d")',
    ),
)

FUNCTIONS = {f.name: f for f in _ALL}
"""Every function by its name, the ones most used first."""


def has_metric(node: s.Node) -> bool:
    """Whether a metric is part of an item of the select list."""
    match node:
        case s.Call(name=name, arguments=arguments):
            return name in METRICS or any(has_metric(a) for a in arguments)
        case s.Arithmetic(left=left, right=right):
            return has_metric(left) or has_metric(right)
        case s.Negative(operand=inner) | s.Brackets(inner=inner):
            return has_metric(inner)
    return False
