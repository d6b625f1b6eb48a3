"""Checks of options: each returns the value, or raises an error that names the option and the
value."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from numbers import Integral, Real
from typing import Any, Literal, get_args

ProfileName = Literal["dynatrace", "offline"]
"""The names of the profiles, for type checkers; :func:`usql.analysis.profile` knows the profiles."""

PROFILES: tuple[str, ...] = get_args(ProfileName)
"""The same names; the first one is the default."""


def whole_number(option: str, value: Any, least: int) -> int:
    """A whole number of at least ``least``; ``ValueError`` for anything else, booleans too.

    >>> whole_number("threads", 2, 1)
    2
    >>> whole_number("threads", "2", 1)
    Traceback (most recent call last):
        ...
    ValueError: threads must be a whole number of at least 1, not '2'
    """
    if _is(Integral, value) and value >= least:
        return int(value)
    raise ValueError(f"{option} must be a whole number of at least {least}, not {value!r}")


def query_text(value: Any) -> str:
    """The text of a query; ``TypeError`` for anything else."""
    if isinstance(value, str):
        return value
    raise TypeError(f"the query must be a string, not {value!r}")


def optional_number(option: str, value: Any, least: int) -> int | None:
    """:func:`whole_number`, or ``None``."""
    return None if value is None else whole_number(option, value, least)


def seconds(option: str, value: Any) -> float | None:
    """A length of time in seconds, 0 or more; ``None``, also for one without an end. ``ValueError``
    for anything else."""
    if value is None:
        return None
    if _is(Real, value) and 0 <= value <= _LONGEST:  # NaN is not
        return float(value)
    if _is(Real, value) and value > _LONGEST:
        return None
    raise ValueError(f"{option} must be a number of seconds of at least 0, not {value!r}")


def utc_offset(value: Any) -> int:
    """The local clock's offset in minutes: less than a day, else ``ValueError``."""
    if _is(Integral, value) and abs(value) < 24 * 60:
        return int(value)
    raise ValueError(
        f"utc_offset must be a whole number of minutes, less than a day, not {value!r}"
    )


def instant(option: str, value: Any) -> int | str | datetime.date | None:
    """A point in time: whole milliseconds, a text, a ``date`` or ``datetime``, or ``None``;
    ``ValueError`` for anything else. Texts are not parsed here."""
    if value is None or isinstance(value, str | datetime.date):
        return value
    if _is(Integral, value):
        return int(value)
    raise ValueError(
        f"{option} must be a date, a datetime, a string or whole milliseconds, not {value!r}"
    )


def one_of(option: str, value: Any, choices: Collection[str]) -> str:
    """One of some words; ``ValueError`` that lists them for anything else."""
    if isinstance(value, str) and value in choices:
        return value
    raise ValueError(f"{option} must be {' or '.join(map(repr, choices))}, not {value!r}")


def flag(option: str, value: Any) -> bool:
    """``True`` or ``False``; ``ValueError`` for anything else."""
    if isinstance(value, bool):
        return value
    raise ValueError(f"{option} must be True or False, not {value!r}")


def event(option: str, value: Any) -> None:
    """``ValueError`` unless the value is ``None`` or has a method ``is_set``."""
    if value is not None and not callable(getattr(value, "is_set", None)):
        raise ValueError(f"{option} must be a threading.Event, not {value!r}")


def texts(option: str, value: Any) -> Mapping[str, str] | None:
    """A mapping of texts to texts, or ``None``; ``ValueError`` naming an entry that is not text."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise ValueError(f"{option} must be a mapping of names to strings, not {value!r}")
    for name, text in value.items():
        if not isinstance(name, str):
            raise ValueError(f"{option} must have strings as names, not {name!r}")
        if not isinstance(text, str):
            raise ValueError(f"{option}[{name!r}] must be a string, not {text!r}")
    return value


_LONGEST = 1e9
"""More seconds than any query takes."""


def _is(kind: type, value: Any) -> bool:
    """Whether the value is such a number, including numpy's; booleans do not count."""
    return type(value) is int or (isinstance(value, kind) and not isinstance(value, bool))
