"""A query as SQL for other engines: :func:`translate`.

What a query means is decided by the analysis and the planner, once; here a plan becomes nodes of
SQL, stage by stage, and each dialect writes them. Nothing here knows this project's own engine.
"""

from __future__ import annotations

from usql.translation.statement import Translation, translate
from usql.translation.unsupported import LAYOUTS

__all__ = ["LAYOUTS", "Translation", "translate"]
