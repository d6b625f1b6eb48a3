"""Arrow's functions over arrays, by name, from the compiled module.

Importing ``pyarrow.compute`` generates a documented Python function for each of three hundred
kernels, which takes a quarter as long as importing numpy and pyarrow; the methods ``cast`` and
``is_null`` of arrays import it too. What common queries need is therefore called through this
module.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
from pyarrow._compute import (
    CastOptions,
    ExtractRegexOptions,
    IndexOptions,
    JoinOptions,
    MatchSubstringOptions,
    PadOptions,
    ReplaceSubstringOptions,
    ScalarAggregateOptions,
    SliceOptions,
    SplitPatternOptions,
    TakeOptions,
    get_function,
)

__all__ = [
    "ExtractRegexOptions",
    "JoinOptions",
    "MatchSubstringOptions",
    "PadOptions",
    "ReplaceSubstringOptions",
    "ScalarAggregateOptions",
    "SliceOptions",
    "SplitPatternOptions",
    "TakeOptions",
    "as_type",
    "decoded",
    "filled",
    "index_of",
    "is_missing",
    "pc",
    "taken",
]


class _Functions:
    """Arrow's functions, called with arrays and their ``options``; ``or_`` is the one named ``or``.
    A function is looked up once and is a plain attribute from then on."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        try:
            function = get_function(name.rstrip("_"))
        except KeyError as error:  # introspection asks for attributes that are not there
            raise AttributeError(*error.args) from None

        def call(*values: Any, options: Any = None) -> Any:
            return function.call(values, options)

        setattr(self, name, call)
        return call


pc = _Functions()


def as_type(values: pa.Array, kind: pa.DataType, *, safe: bool = True) -> pa.Array:
    """The values as another type; ``ArrowInvalid`` where that loses something, if ``safe``."""
    if values.type == kind:
        return values
    options = CastOptions.safe(kind) if safe else CastOptions.unsafe(kind)
    return pc.cast(values, options=options)


def filled(values: pa.Array, value: Any) -> pa.Array:
    """The values, and ``value`` in place of nulls."""
    return pc.coalesce(values, pa.scalar(value, values.type)) if values.null_count else values


def is_missing(values: pa.Array) -> Any:
    """Which values are null, as a numpy array."""
    return pc.is_null(values).to_numpy(zero_copy_only=False)


def taken(values: pa.Array, places: pa.Array) -> pa.Array:
    """The values at these places, which must all exist; null for null."""
    return pc.take(values, places, options=_UNCHECKED)


_UNCHECKED = TakeOptions(boundscheck=False)


def decoded(values: pa.DictionaryArray) -> pa.Array:
    """The values that the codes of a dictionary stand for."""
    return taken(values.dictionary, values.indices)


def index_of(values: pa.Array, value: str) -> int:
    """The position of the first value that equals the text; -1 if there is none."""
    return int(pc.index(values, options=IndexOptions(pa.scalar(value, values.type))).as_py())
