"""Arrow's functions over arrays, without the wait for all of them.

When ``pyarrow.compute`` is imported it writes a Python function with its documentation for each of
three hundred functions, which takes a quarter as long as importing numpy and pyarrow. Many queries
call none of them: ``pc`` imports the module when one is first asked for. What every query calls
is taken by :func:`get_function` from the compiled module beneath it.
"""

from __future__ import annotations

import importlib
from typing import Any

from pyarrow._compute import TakeOptions, get_function

__all__ = ["TakeOptions", "get_function", "pc"]


class _Functions:
    """``pyarrow.compute``. What was asked for once is an attribute like any other."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(importlib.import_module("pyarrow.compute"), name)
        setattr(self, name, found)
        return found


pc = _Functions()
