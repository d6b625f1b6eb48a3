"""Signature help: the arguments of the function whose brackets the cursor stands in."""

from __future__ import annotations

from usql.catalog import default_catalog
from usql.editor.context import context_at
from usql.frozen import dataclass
from usql.language.declarations import Function
from usql.language.diagnostics import Span
from usql.language.functions import FUNCTIONS


@dataclass(frozen=True, slots=True)
class Signature:
    """A call that is being written. ``label`` is the signature, ``parameters`` are the places of
    the arguments in it, ``active`` the number of the one at the cursor, ``None`` if it is one too
    many."""

    function: Function
    label: str
    parameters: tuple[Span, ...]
    active: int | None


def signature_help(text: str, offset: int) -> Signature | None:
    """The innermost function call around an offset; ``None`` outside of all.

    >>> found = signature_help("SELECT TOP(country, ", 20)
    >>> found and (found.label, found.active)
    ('TOP(field, [n])', 1)
    """
    context = context_at(text, offset, default_catalog())
    frames = context.frames if context is not None else ()
    for frame in reversed(frames):
        function = FUNCTIONS.get(frame.opener)
        if function is not None:
            return _signature(function, frame.argument)
    return None


def _signature(function: Function, argument: int) -> Signature:
    places = []
    at = len(function.name) + 1
    for part in function.parts:
        places.append(Span(at, at + len(part)))
        at += len(part) + 2
    last = len(function.parameters) - 1
    if function.repeats:
        argument = min(argument, last)
    active = argument if argument <= last else None
    return Signature(function, function.signature, tuple(places), active)
