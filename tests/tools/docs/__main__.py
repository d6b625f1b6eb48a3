"""``python -m tests.tools.docs`` writes the generated pages and modules anew."""

from __future__ import annotations

import subprocess
import sys

if __name__ == "__main__":
    # The pages are made by what the modules say: by a process that has not read the older ones.
    subprocess.run([sys.executable, "-m", "tests.tools.docs.tables"], check=True)

    from tests.tools.docs.generated import PAGES

    for page, made in PAGES.items():
        page.write_text(made(), encoding="utf-8")
