"""The library of kernels in C: where it is built, and whether this process can use it.

It only makes queries faster. Where there is none, or ``USQL_NATIVE=0`` asks to do without, the
kernels of ``usql.engine.arrays.native`` compute the same with numpy.
"""

from __future__ import annotations

import ctypes
import functools
import os
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "engine" / "arrays" / "native"
"""The C sources, and the library beside them."""

LIBRARY = FOLDER / "kernels.native"
"""The library, on every system under one name, which Python takes for no module."""

DIGEST = "2eb3589f46829608"
"""What tells these C sources from others: ``python -m tests.tools.docs`` writes it here. A library
says of which it was built, so that one of older sources is not taken for these."""

VARIABLE = "USQL_NATIVE"
"""The variable of the environment that decides: with ``0`` no library is built or loaded; anything
else is the path of the one to be loaded."""


def is_wanted() -> bool:
    """Whether the environment lets the library be built and loaded."""
    return os.environ.get(VARIABLE, "") != "0"


class Native(NamedTuple):
    """What runs the kernels in this process: the ``library``, or numpy, and then ``why``."""

    library: ctypes.CDLL | None
    why: str = ""

    def __str__(self) -> str:
        return "native" if self.library is not None else f"numpy ({self.why})"


@functools.cache
def native() -> Native:
    """What runs the kernels, which is decided when it is first asked for."""
    if not is_wanted():
        return Native(None, f"{VARIABLE}=0")
    return load(Path(os.environ.get(VARIABLE) or LIBRARY))


def load(path: Path) -> Native:
    """The library in a file, if it can be loaded and was built of these sources."""
    if not path.exists():
        return Native(None, "no library was built")
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        return Native(None, f"the library cannot be loaded: {error}")
    library.usql_sources.restype = ctypes.c_char_p
    if library.usql_sources().decode() != DIGEST:
        return Native(None, "the library was built from other sources; install again")
    _declare(library)
    return Native(library)


def _declare(library: ctypes.CDLL) -> None:
    """Declare the arguments of every kernel, so that a wrong one is an error and not a crash."""
    for name, (result, *arguments) in _SIGNATURES.items():
        kernel = getattr(library, name)
        kernel.restype, kernel.argtypes = result, arguments


_ARRAY, _TYPE, _SIZE, _REAL = ctypes.c_void_p, ctypes.c_int32, ctypes.c_int64, ctypes.c_double

_SIGNATURES = {
    "usql_buckets": (
        *(None, _ARRAY, _TYPE, _ARRAY, _TYPE, _SIZE),
        *(_SIZE, _TYPE, _TYPE, _TYPE, ctypes.c_uint32, _ARRAY),
    ),
    "usql_combine": (None, _ARRAY, _ARRAY, _ARRAY, _SIZE, _SIZE, _ARRAY, _TYPE),
    "usql_in_range": (None, _ARRAY, _TYPE, _SIZE, _SIZE, _SIZE, _ARRAY, _ARRAY),
    "usql_in_range_real": (None, _ARRAY, _SIZE, _REAL, _REAL, _ARRAY, _ARRAY),
    "usql_marked": (_SIZE, _ARRAY, _TYPE, _SIZE, _ARRAY, _SIZE, _ARRAY),
    "usql_rows": (_SIZE, _ARRAY, _SIZE, _SIZE, _ARRAY, _SIZE),
    "usql_fill": (None, _ARRAY, _TYPE, _ARRAY, _SIZE, ctypes.c_uint32),
    "usql_any_in_run": (_SIZE, _ARRAY, _SIZE, _SIZE, _ARRAY, _SIZE, _ARRAY),
    "usql_distinct_in_runs": (
        *(_SIZE, _ARRAY, _TYPE, _ARRAY, _SIZE),
        *(ctypes.c_uint32, _TYPE, _ARRAY, _SIZE, _ARRAY, _ARRAY),
    ),
    "usql_expand": (_SIZE, _ARRAY, _TYPE, _ARRAY, _SIZE, _ARRAY),
    "usql_mark_pairs": (_SIZE, _ARRAY, _TYPE, _ARRAY, _TYPE, _SIZE, _SIZE, _SIZE, _ARRAY),
    "usql_count": (_SIZE, _ARRAY, _TYPE, _SIZE, _ARRAY, _SIZE),
    "usql_sum": (
        *(_SIZE, _ARRAY, _TYPE, _SIZE),
        *(_ARRAY, _TYPE, _ARRAY, _ARRAY, _ARRAY, _SIZE),
    ),
    "usql_extremes": (
        *(_SIZE, _ARRAY, _TYPE, _SIZE, _ARRAY, _TYPE),
        *(_ARRAY, _TYPE, _ARRAY, _ARRAY, _SIZE),
    ),
}
"""The result and the arguments of each kernel, as its C source has them."""
