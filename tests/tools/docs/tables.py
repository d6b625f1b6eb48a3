"""The modules of the package that are generated, wholly or in part, of what others declare.

``python -m tests.tools.docs.tables`` writes them anew.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import usql
from tests.tools.docs import formats_table, kinds_table, native_digest, rules_table

PACKAGE = Path(usql.__file__).parent

TABLES: dict[Path, Callable[[], str]] = {
    PACKAGE / "formats" / "declared.py": formats_table.table,
    PACKAGE / "formats" / "kinds.py": kinds_table.table,
    PACKAGE / "language" / "rules" / "editors.py": rules_table.table,
    native_digest.NATIVE: native_digest.text,
}

if __name__ == "__main__":
    for file, made in TABLES.items():
        file.write_text(made(), encoding="utf-8")
