"""Rules beyond errors: a query that runs but may not say what was meant.

A check is a pure function from a :class:`Subject` to diagnostics, in a file with its kin. The file
declares in ``RULES`` its checks, each with the rules that it reports; ``registry`` finds them. What
is to be said of a rule stands in RULES.md.
"""

from __future__ import annotations

from usql.editor.rules.subject import DataValues, Subject

__all__ = ["DataValues", "Subject"]
