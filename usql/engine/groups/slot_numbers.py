"""Slots by number: row-major over the codes of the keys."""

from __future__ import annotations

import math
from collections.abc import Sequence

from usql.analysis.bound import FieldRef
from usql.engine.groups.key_codes import KeyCodes, key_codes
from usql.engine.rows.access import Access
from usql.frozen import dataclass
from usql.planner.keys import GroupKey


@dataclass(frozen=True, eq=False)
class SlotNumbers:
    """How the codes of keys make slot numbers, of which there are ``space``: that of key i, one of
    ``sizes[i]``, counts ``strides[i]`` times. ``levels[i]``: whether the pairs for the first i + 1
    keys have to be counted separately, since a later key multiplies them; ``have_several``: whether
    a row may have several values of a key; ``have_parents``: whether a key is one of the session.
    """

    keys: tuple[KeyCodes, ...]
    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    space: int
    levels: tuple[bool, ...]
    have_several: bool
    have_parents: bool


def slot_numbers(keys: Sequence[KeyCodes]) -> SlotNumbers:
    """The slot numbers of keys."""
    sizes = tuple(key.coder.size for key in keys)
    several = [key.offsets is not None for key in keys]
    after = range(1, len(keys) + 1)
    return SlotNumbers(
        tuple(keys),
        sizes,
        tuple(math.prod(sizes[i:]) for i in after),
        math.prod(sizes),
        tuple(any(several[i:]) for i in after),
        any(several),
        any(key.parent is not None for key in keys),
    )


def numbers_of_keys(access: Access, keys: tuple[GroupKey, ...]) -> SlotNumbers | None:
    """The slot numbers of the keys of a plan; ``None`` if one has to be evaluated as a whole."""

    def numbered() -> SlotNumbers | None:
        coded = [key_codes(access, key.expression) for key in keys]
        known = [codes for codes in coded if codes is not None]
        return slot_numbers(known) if len(known) == len(keys) else None

    for key in keys:
        if not isinstance(key.expression, FieldRef) or key.expression.key is not None:
            return numbered()  # the codes may hold what is kept within limits
    return access.cache.of_part(keys, access.table, numbered)
