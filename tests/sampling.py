"""How much of many cases is tried: all with ``USQL_LONG=1``, otherwise what docs/TESTING.md says."""

from __future__ import annotations

import os

IS_LONG = bool(os.environ.get("USQL_LONG"))


def case_count(usual: int, *, ci: int | None = None, long: int | None = None) -> int:
    """How many generated cases a test looks at: ``USQL_CASES`` where it is set, otherwise ``long``
    with ``USQL_LONG=1``, and ``ci`` in CI; what is not given is as usual."""
    if asked := os.environ.get("USQL_CASES"):
        return int(asked)
    if IS_LONG and long is not None:
        return long
    return ci if os.environ.get("CI") and ci is not None else usual


def examples(many: int) -> int:
    """How many examples of a property are tried: ``many`` with ``USQL_LONG=1``, otherwise a third."""
    return many if IS_LONG else -(-many // 3)
