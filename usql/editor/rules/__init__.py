"""Rules beyond errors: queries that run but may not mean what was intended.

A check is a pure function from a :class:`Subject` to diagnostics, in a file with related checks.
The file declares in ``RULES`` its checks, each with the rules that it reports and their
documentation; ``registry`` finds them.
"""

from __future__ import annotations

from usql.editor.rules.subject import DataValues, Subject

__all__ = ["DataValues", "Subject"]
