"""All exceptions of this project, and the one base of those that are for callers.

::

    Exception
    ├─ Error                                 a request failed; the message says why, for people
    │  ├─ UsqlError                          a query was refused [usql.language.diagnostics]
    │  ├─ DataError                          data could not be read
    │  ├─ ConfigurationError (ValueError)    usql.toml or pyproject.toml is invalid
    │  ├─ QueryStopped                       a run ended without its answer
    │  │  ├─ TimeLimit                       it exceeded its time limit
    │  │  ├─ MemoryLimit                     it would have used too much memory
    │  │  ├─ Cancelled                       it was cancelled
    │  │  └─ SumOverflow                     a SUM left 64 bits
    │  ├─ PlaceTaken (FileExistsError)       something else exists where sessions were to be saved
    │  ├─ PlaceBusy (TimeoutError)           another process was writing there for too long
    │  ├─ VersionError                       a worker runs another version of usql
    │  ├─ WorkerError                        workers died, or what runs them refused
    │  ├─ NotTextError (ValueError)          a file is not text
    │  ├─ UnreadableError                    a file with queries in it is invalid in its language
    │  ├─ RenameError (ValueError)           an alias cannot have this name
    │  ├─ DateFormatError (ValueError)       a date format or an interval is invalid
    │  ├─ CommandError                       a command of the shell failed [usql.shell.state]
    │  └─ UnreadableArgument (UsageError)    a file that a command names [usql.cli.options]
    ├─ InternalError                         a fault in this project, which nobody should see
    │  └─ Undeclared (LookupError)           a function that no declaration has [usql.language.functions]
    ├─ ControlFlow                           leaves some calls at once; caught in the package that raises it
    │  ├─ BadValue                           a value of one session; becomes a DataError [usql.store.bad_data]
    │  │  └─ NoSession                       the value is not a session [usql.store.bad_data]
    │  ├─ NeedsSlowPath                      arrays cannot judge this data, rows must [usql.store.bad_data]
    │  ├─ _Damaged                           no header of a page of Parquet [usql.store.loading.tables.pages]
    │  ├─ Invalid                            refused, with a diagnostic already made [usql.analysis.function_calls]
    │  ├─ NotAValue                          the literal is not a value [usql.analysis.values]
    │  ├─ Refusal                            a request was refused [usql.server.refusals]
    │  ├─ ClientGone                         nobody waits for its answer [usql.server.refusals]
    │  ├─ AnsweredError (JsonRpcException)   the editor has been answered [usql.lsp.protocol]
    │  ├─ _TooLong                           the text is longer than the screen [usql.cli.paging]
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
    """All errors about a query, data or a file. Calls with wrong arguments raise Python's own
    exceptions."""

    __module__ = "usql"  # tracebacks name what people can import

    def _render_traceback_(self) -> list[str]:
        """The lines that IPython shows in place of a traceback: the place, and what is wrong."""
        from usql.tracebacks import short_traceback

        return short_traceback(self)


class InternalError(Exception):
    """A fault in usql itself, whatever the query and the data: please report it."""


class ControlFlow(Exception):
    """Leaves several calls at once, up to a caller in the same package that goes on in another
    way."""


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
    """An invalid configuration file; the message names it and what is wrong."""


class QueryStopped(Error):
    """A run ended without its answer; the message says why and what to do. Callers meet it as a
    :class:`usql.UsqlError` of the query."""


class TimeLimit(QueryStopped):
    """The query exceeded its time limit."""


class MemoryLimit(QueryStopped):
    """The query would use more memory than is available to it."""


class Cancelled(QueryStopped):
    """The caller cancelled the query."""


class SumOverflow(QueryStopped):
    """A SUM left 64 bits (LANGUAGE.md §8)."""


class PlaceTaken(Error, FileExistsError):
    """Something that is not a saved store exists where sessions were to be saved."""


class PlaceBusy(Error, TimeoutError):
    """Another process was writing there for too long; the message names it."""


class VersionError(Error):
    """A worker runs another version of usql than the program that asks; the message names both."""


class WorkerError(Error):
    """Workers could not do their part of a query: they died, or what runs them refused. The message
    says how, and what to do. What other workers found is not used."""


class NotTextError(Error, ValueError):
    """Bytes that are not text; the message names the first of them, counted from 1, and its
    line."""


class UnreadableError(Error):
    """A file with queries in it is not valid in its language, or the library that reads it is not
    installed."""

    @classmethod
    def lacks(cls, language: str) -> UnreadableError:
        """The error for a missing library that reads a ``language``."""
        return cls(f"to read {language}, pip install 'usql-engine[embedded]'")


class RenameError(Error, ValueError):
    """The name cannot be changed to this; the message says why."""


class DateFormatError(Error, ValueError):
    """An invalid date format; ``letters`` are those without a meaning."""

    def __init__(self, message: str, letters: str = "") -> None:
        super().__init__(message)
        self.letters = letters


class LimitWarning(UserWarning):
    """The default limit cut the rows of a query that has no LIMIT (LANGUAGE.md §10)."""

    __module__ = "usql"  # warnings name what people can import
