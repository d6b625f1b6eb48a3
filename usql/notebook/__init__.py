"""Support for notebooks: cells with ``%%usql``, and a progress bar for loads.

Nothing here imports IPython unless it has been loaded already.
"""

from __future__ import annotations

import sys


def is_running() -> bool:
    """Whether this code runs in the kernel of a notebook; IPython in a terminal does not count."""
    if "IPython" not in sys.modules:
        return False
    from IPython.core.getipython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None
