"""What completion can offer at a place, before it is matched with what was typed."""

from __future__ import annotations

from enum import Enum

from usql.frozen import dataclass


class Kind(Enum):
    """The kind of a completion."""

    KEYWORD = "keyword"
    OPERATOR = "operator"
    FUNCTION = "function"
    TABLE = "table"
    FIELD = "field"
    PROPERTY = "property"
    VALUE = "value"
    VARIABLE = "variable"
    ALIAS = "alias"


@dataclass(frozen=True, slots=True)
class Offer:
    """A text that may stand at the cursor.

    ``text`` is the text to write; afterwards the cursor is ``back`` characters before its end.
    ``rank`` orders by likelihood: smaller is likelier. ``is_old`` marks deprecated fields.
    """

    label: str
    kind: Kind
    text: str
    rank: float
    detail: str = ""
    documentation: str = ""
    back: int = 0
    is_old: bool = False
