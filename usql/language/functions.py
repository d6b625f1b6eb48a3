"""Every function of the language, declared once (LANGUAGE.md §1, §7 to §9).

:data:`FUNCTIONS` determines what the analysis accepts, what EXPLAIN and the editor show, the
grammars for colours and the page ``docs/FUNCTIONS.md``. A metric is computed by the engine's
aggregate with the declared name, a date part by the engine's function with that name; a name that
is not declared cannot occur in a bound query.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from usql.errors import InternalError
from usql.language.declarations import (
    Aggregate,
    Form,
    Function,
    Over,
    Parameter,
    PartOfDate,
    Place,
    Result,
    Takes,
)
from usql.language.literals.calendar import MS_PER_DAY

Declaration = TypeVar("Declaration")


def _metric(
    name: str,
    meaning: str,
    parameters: tuple[Parameter, ...],
    example: str,
    *aggregates: Aggregate,
    form: Form = Form.AGGREGATE,
    percent: float | None = None,
) -> Function:
    """A number computed over the rows of a group, which FILTER and ORDER BY accept too."""
    return Function(
        name,
        form,
        meaning,
        parameters,
        (Place.SELECT, Place.FILTER, Place.ORDER_BY),
        Over.GROUPS,
        aggregates[0].result if aggregates else Result.METRIC,
        example,
        "8.11",
        aggregates,
        percent,
    )


_BY_ROW = (Place.SELECT, Place.GROUP_BY, Place.ORDER_BY)
_DATE = Parameter("date", Takes.DATE, "The date, read on the local clock.")


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
        "8.24",
        part=PartOfDate(values, unit),
        is_rare=True,
    )


_MEASURE = Parameter("field", Takes.MEASURE, "The field with the values.")
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
        "The number of rows (`*`), of rows that have a value of the field, or of the distinct "
        "values of the field (`DISTINCT`).",
        (
            Parameter(
                "* | [DISTINCT] field",
                Takes.COUNTED,
                "What to count: `*` for rows, a field for the rows that have a value of it, "
                "`DISTINCT` and a field for its distinct values.",
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
        (Parameter("field", Takes.NUMBER, "The field to add up."),),
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
        "The median of a numeric or date field: half of its values lie below it.",
        (_MEASURE,),
        "SELECT MEDIAN(useraction.duration) FROM usersession",
        _QUANTILE,
        percent=50.0,
    ),
    _metric(
        "PERCENTILE",
        "The value below which the given percentage of a field's values lies, interpolated between "
        "neighbouring values.",
        (_MEASURE, Parameter("percent", Takes.PERCENT, "The percentage, such as 95.")),
        "SELECT PERCENTILE(duration, 95) FROM usersession",
        _QUANTILE,
    ),
    _metric(
        "CONDITION",
        "A metric of only those rows that also meet a condition.",
        (
            Parameter("metric", Takes.METRIC, "The metric, such as `COUNT(*)`."),
            Parameter("WHERE condition", Takes.CONDITION, "Which rows of the group count."),
        ),
        "SELECT CONDITION(COUNT(*), WHERE bounce = TRUE) FROM usersession",
        form=Form.CONDITION,
    ),
    Function(
        "TOP",
        Form.TOP,
        "The n most frequent values of a field. As a key it keeps the groups of these values; "
        "otherwise it is a list.",
        (
            Parameter(
                "field", Takes.FIELD, "The field; its values are ranked by how many rows have them."
            ),
            Parameter("n", Takes.AMOUNT, "How many values; 1 if left out.", optional=True),
        ),
        _BY_ROW,
        Over.GROUPS,
        Result.VALUES,
        "SELECT TOP(country, 5), COUNT(*) FROM usersession GROUP BY TOP(country, 5)",
        "8.17",
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
                "What to show, such as `HH:mm` or `E`; plain text stands in single quotes.",
                optional=True,
            ),
            Parameter(
                "interval",
                Takes.INTERVAL,
                "What to round down to; without it, only the format decides what is equal.",
                optional=True,
            ),
        ),
        _BY_ROW,
        Over.ROWS,
        Result.TEXT,
        'SELECT DATETIME(startTime, "HH:mm", "30m") AS t, COUNT(*) FROM usersession GROUP BY t',
        "8.25",
    ),
    _date_part("YEAR", "The year of a date.", None, MS_PER_DAY),
    _date_part("MONTH", "The month of a date, 1 to 12.", range(1, 13), MS_PER_DAY),
    _date_part("DAY", "The day of the month of a date, 1 to 31.", range(1, 32), MS_PER_DAY),
    _date_part("HOUR", "The hour of a date, 0 to 23.", range(24), 3_600_000),
    _date_part("MINUTE", "The minute of a date, 0 to 59.", range(60), 60_000),
    Function(
        "KEYS",
        Form.KEYS,
        "The keys that a property list has in a row.",
        (
            Parameter(
                "properties", Takes.PROPERTIES, "The property list, such as `stringProperties`."
            ),
        ),
        _BY_ROW,
        Over.ROWS,
        Result.TEXTS,
        "SELECT DISTINCT KEYS(stringProperties) FROM usersession",
        "8.23",
        is_rare=True,
    ),
    Function(
        "FUNNEL",
        Form.FUNNEL,
        "The number of rows that meet the first condition, the first two conditions, and so on. It "
        "stands alone in the select list.",
        (
            Parameter(
                "condition [AS name]",
                Takes.STEPS,
                "A step of the funnel. The name is that of its column; without one, the condition is.",
                repeats=True,
            ),
        ),
        (Place.SELECT,),
        Over.TABLE,
        Result.COUNTS,
        'SELECT FUNNEL(useraction.name = "search" AS "Search", useraction.name = "pay" AS "Pay") '
        "FROM usersession",
        "9.1",
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
        "1.18",
    ),
)

FUNCTIONS: Mapping[str, Function] = {f.name: f for f in _ALL}
"""All functions by name, the most used ones first."""

AGGREGATES: Mapping[str, Aggregate] = {a.name: a for f in _ALL for a in f.aggregates}
"""What metrics compute, by the name that bound metrics use."""

DATE_PARTS: Mapping[str, PartOfDate] = {f.name: f.part for f in _ALL if f.part is not None}
"""The date parts, by the name of their function."""


class Undeclared(InternalError, LookupError):
    """A name that no declaration has: an error in the program, never in a query."""


def function(name: str) -> Function:
    """The function with a name, in upper case; :class:`Undeclared` if there is none."""
    return _declared(FUNCTIONS, name, "function")


def aggregate(name: str) -> Aggregate:
    """The aggregate with a name; :class:`Undeclared` if there is none."""
    return _declared(AGGREGATES, name, "aggregate")


def part_of_date(name: str) -> PartOfDate:
    """The date part with a name; :class:`Undeclared` if there is none."""
    return _declared(DATE_PARTS, name, "date part")


def _declared(table: Mapping[str, Declaration], name: str, what: str) -> Declaration:
    declaration = table.get(name)
    if declaration is None:
        raise Undeclared(f"no {what} {name!r} is declared in usql.language.functions")
    return declaration
