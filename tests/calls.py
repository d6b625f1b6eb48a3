"""Calls of Python functions while something runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any


def each_call(run: Callable[[], object], note: Callable[[CodeType], object]) -> None:
    """Run, and tell of the code of each call in this thread."""

    def seen(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            note(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        run()
    finally:
        sys.setprofile(before)
