"""Short tracebacks in notebooks, for errors whose message explains itself."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path


def short_traceback(error: BaseException) -> list[str]:
    """The lines that replace a traceback: the last place in the caller's code, the error, and its
    notes. IPython asks exceptions for them by ``_render_traceback_``."""
    kind = type(error)
    said = f"{kind.__module__}.{kind.__qualname__}: {error}"
    return [*_place(error), said, *getattr(error, "__notes__", ())]


def _place(error: BaseException) -> Iterator[str]:
    """The last frame that is neither in this package nor in IPython, which runs the cells; nothing
    if there is none."""
    packages = [_folder(name) for name in ("usql", "IPython") if name in sys.modules]
    places = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if not any(p in Path(frame.f_code.co_filename).parents for p in packages)
    ]
    if places:
        name, line = places[-1]
        yield f"{_called(name)}, line {line}"


def _called(name: str) -> str:
    """The name of a source as people know it: ``Cell In[3]``, or the path of a file."""
    if "IPython" in sys.modules:
        from IPython.core.getipython import get_ipython

        shell = get_ipython()
        cell = None if shell is None else shell.compile.format_code_name(name)
        if cell is not None:
            return " ".join(cell)
    return name


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None  # the package is loaded, so it has a folder
    assert spec.origin is not None
    return Path(spec.origin).parent
