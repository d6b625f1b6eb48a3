"""All exceptions of this project, and the one base of those that are for callers.

::

    Exception
    ├─ Error                                 what was asked for cannot be had; says why, for people
    │  ├─ UsqlError                          a query was refused [usql.language.diagnostics]
    │  ├─ DataError                          data could not be read
    │  ├─ ConfigurationError (ValueError)    usql.toml or pyproject.toml cannot be taken
    │  ├─ QueryStopped                       a run ended without its answer
    │  │  ├─ TimeLimit                       its time was over
    │  │  ├─ MemoryLimit                     it would have built too much
    │  │  ├─ Cancelled                       nobody wants the answer any more
    │  │  └─ SumOverflow                     a SUM left 64 bits
    │  ├─ PlaceTaken (FileExistsError)       something else stands where sessions were to be saved
    │  ├─ PlaceBusy (TimeoutError)           another process went on writing there
    │  ├─ NotTextError (ValueError)          a file is no text
    │  ├─ UnreadableError                    a file with queries in it is not of its language
    │  ├─ RenameError (ValueError)           an alias cannot be called so
    │  ├─ DateFormatError (ValueError)       a pattern or an interval of dates means nothing
    │  ├─ CommandError                       a command of the shell cannot be done [usql.shell.state]
    │  └─ UnreadableArgument (UsageError)    a file that a command names [usql.cli.options]
    ├─ InternalError                         a fault of this project: nobody should see it
    │  └─ Undeclared (LookupError)           a function that no declaration has [usql.language.functions]
    ├─ ControlFlow                           leaves some calls at once; caught in the package that raises it
    │  ├─ BadValue                           a value of one session; becomes a DataError [usql.store.bad_data]
    │  │  └─ NoSession                       what stands there is no session [usql.store.bad_data]
    │  ├─ NeedsPrecise                       arrays cannot judge this data, rows must [usql.store.bad_data]
    │  ├─ Invalid                            refused, with a diagnostic already made [usql.analysis.function_calls]
    │  ├─ NotAValue                          no literal stands there [usql.analysis.values]
    │  ├─ AnsweredError (JsonRpcException)   the editor has its answer [usql.lsp.protocol]
    │  ├─ _TooLong                           more than the screen holds [usql.cli.paging]
    │  └─ _Closed                            the pager was left [usql.cli.paging]
    └─ LimitWarning (UserWarning)            the default limit cut the rows of an answer

``except usql.Error`` catches all that is about a query, data or a file. Calls with wrong arguments
raise Python's own ``ValueError`` and ``TypeError``, rows without the column that is asked for
``KeyError``, the system's refusals ``OSError``, what is not installed ``ImportError``.

Brackets name the module of a class that does not stand here, because it holds what only its package
knows or never leaves it; parentheses the other base, of Python or of a library. A test compares the
drawing with the classes. Nothing is imported here that takes time.
"""

from __future__ import annotations

import functools
from typing import Any


class Error(Exception):
    """Whatever usql says about a query, about data or about a file: all of its errors but those of
    a call with wrong arguments, which are Python's."""

    __module__ = "usql"  # tracebacks name what people can import

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback: the place, and what is wrong."""
        from usql.tracebacks import short_traceback

        return short_traceback(self)


class InternalError(Exception):
    """A fault of usql itself, whatever the query and the data are: to be reported."""


class ControlFlow(Exception):
    """Leaves several calls at once, up to one of the same package that goes on in another way."""


class DataError(Error):
    """Data could not be read.

    ``source`` is the file or the place in a Python source, ``line`` its line (1-based, ``None``
    where there are none), ``path`` the field such as ``userActions[3].duration``, ``reason`` a
    sentence. ``str()`` of the error says it all in one line.
    """

    __module__ = "usql"

    def __init__(
        self, reason: str, *, source: str = "", line: int | None = None, path: str = ""
    ) -> None:
        self.reason = reason
        self.source = source
        self.line = line
        self.path = path
        where = ", ".join(
            part for part in (source, f"line {line}" if line is not None else "", path) if part
        )
        super().__init__(f"{where}: {reason}" if where else reason)

    def __reduce__(self) -> tuple[Any, ...]:
        make = functools.partial(type(self), source=self.source, line=self.line, path=self.path)
        return make, (self.reason,), self.__dict__


class ConfigurationError(Error, ValueError):
    """A file that cannot be taken; the message names it and what is wrong."""


class QueryStopped(Error):
    """A run ended without its answer; the message says why and what to do. Callers meet it as a
    :class:`usql.UsqlError` of the query."""


class TimeLimit(QueryStopped):
    """The time given to the query is over."""


class MemoryLimit(QueryStopped):
    """The query would build more than the memory it has left."""


class Cancelled(QueryStopped):
    """Whoever asked does not want the answer any more."""


class SumOverflow(QueryStopped):
    """A SUM left 64 bits (LANGUAGE.md §8)."""


class PlaceTaken(Error, FileExistsError):
    """Something that is no saved store stands where sessions were to be saved."""


class PlaceBusy(Error, TimeoutError):
    """Another process writes there, and was waited for long enough; the message names it."""


class NotTextError(Error, ValueError):
    """Bytes that are no text; the message names the first of them, counted from 1, and its line."""


class UnreadableError(Error):
    """A file with queries in it is not of its language, or what reads it is not installed."""

    @classmethod
    def lacks(cls, language: str) -> UnreadableError:
        """What reads a ``language`` is not installed."""
        return cls(f"to read {language}, pip install 'usql-engine[embedded]'")


class RenameError(Error, ValueError):
    """The name cannot be changed so; the message says why."""


class DateFormatError(Error, ValueError):
    """A format that cannot be read; ``letters`` are those that mean nothing."""

    def __init__(self, message: str, letters: str = "") -> None:
        super().__init__(message)
        self.letters = letters


class LimitWarning(UserWarning):
    """The default limit cut the rows of a query that has no LIMIT (LANGUAGE.md §10)."""

    __module__ = "usql"  # warnings name what people can import
