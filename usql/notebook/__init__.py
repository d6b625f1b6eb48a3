"""What notebooks have of their own: the cells ``%%usql`` and a bar that shows how far a load is.

Nothing here imports IPython before IPython itself has been loaded.
"""

from __future__ import annotations

import sys


def is_running() -> bool:
    """Whether this code runs in the kernel of a notebook; a terminal's IPython is none."""
    if "IPython" not in sys.modules:
        return False
    from IPython.core.getipython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None
