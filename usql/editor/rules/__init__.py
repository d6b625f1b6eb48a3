"""Rules beyond errors: a query that runs but may not say what was meant.

A rule is a pure function from a :class:`Subject` to diagnostics, in a file with its kin, listed
once in ``RULES``. Its code, name and severity stand in the one table of
``usql.language.diagnostics``, its page in RULES.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from usql.editor.rules.children import unfiltered_children
from usql.editor.rules.constant import constant_conditions
from usql.editor.rules.data import unknown_keys, unknown_values
from usql.editor.rules.limits import default_limit, distinct_counts
from usql.editor.rules.lists import several_tests
from usql.editor.rules.order import idle_orders
from usql.editor.rules.patterns import plain_patterns
from usql.editor.rules.subject import DataValues, Subject
from usql.language.diagnostics import Diagnostic

__all__ = ["RULES", "DataValues", "Subject"]

RULES: tuple[Callable[[Subject], Iterator[Diagnostic]], ...] = (
    constant_conditions,
    several_tests,
    plain_patterns,
    unfiltered_children,
    idle_orders,
    distinct_counts,
    default_limit,
    unknown_keys,
    unknown_values,
)
