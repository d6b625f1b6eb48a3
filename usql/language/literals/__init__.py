"""The contents of a query's strings: dates, durations, addresses, numbers, patterns.

All parsers raise ``ValueError`` with a sentence for the user.
"""

from __future__ import annotations

from usql.language.literals.addresses import parse_address
from usql.language.literals.dateformat import (
    LONGEST_FORMAT,
    DateFormat,
    Interval,
    parse_date_format,
    parse_interval,
)
from usql.language.literals.dates import parse_date
from usql.language.literals.durations import Duration, parse_duration, shift
from usql.language.literals.like import LikePattern, parse_like
from usql.language.literals.numbers import exact_number, number_value

__all__ = [
    "LONGEST_FORMAT", "DateFormat", "Duration", "Interval", "LikePattern", "exact_number", "number_value",
    "parse_address", "parse_date", "parse_date_format", "parse_duration", "parse_interval", "parse_like", "shift",
]  # fmt: skip
