"""What people are told beside the rows, on whatever they read: the command, the shell."""

from __future__ import annotations

from collections.abc import Iterator

from usql.language.diagnostics import render
from usql.language.rules import Severity
from usql.result.data import ResultData


def warnings(result: ResultData, name: str = "query") -> Iterator[str]:
    """The warnings about the query, drawn; ``name`` is what its text is called.
    ``default-limit`` is none of them: of a result it is known whether the default limit cut, which
    ``limit_note`` tells."""
    for problem in result.diagnostics:
        if problem.severity is Severity.WARNING and problem.name != "default-limit":
            yield render(result.text, [problem], name)
