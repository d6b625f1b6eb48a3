"""``python -m usql``."""

from __future__ import annotations

from usql.cli import main

if __name__ == "__main__":
    main()
