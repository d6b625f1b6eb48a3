"""How much of many cases is tried: all with ``USQL_LONG=1``, otherwise what docs/TESTING.md says."""

from __future__ import annotations

import os

IS_LONG = bool(os.environ.get("USQL_LONG"))
