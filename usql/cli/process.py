"""The process of the command, which answers and ends: it spends nothing on a life that it does not
have. A program that imports usql decides for itself."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

_NEW_OBJECTS = 100_000
"""How many more objects there may be before the collector looks for cycles. With the usual 700 it
looks some hundred times at modules and classes, which stay."""

_LINEAR_ALGEBRA = "OPENBLAS_NUM_THREADS"


def begin() -> None:
    """What holds from the start on, before numpy is imported: its library for linear algebra, which
    usql does not call, would start threads that wait for work and take processor time for it."""
    gc.set_threshold(_NEW_OBJECTS)
    os.environ.setdefault(_LINEAR_ALGEBRA, "1")


def end(code: int) -> NoReturn:
    """Leave with this exit code. Memory goes back with the process: the collector, which would go
    through all objects several times before, is told to pass over them."""
    gc.freeze()
    sys.exit(code)
