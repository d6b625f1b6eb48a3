"""What completion may offer at one place, before it is matched with what was typed."""

from __future__ import annotations

from enum import Enum

from usql.frozen import dataclass


class Kind(Enum):
    """What a completion is."""

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

    ``text`` is what is written, ``back`` how many characters before its end the cursor comes to
    stand. ``rank`` orders by likelihood: smaller is likelier. ``is_old`` marks what is deprecated.
    """

    label: str
    kind: Kind
    text: str
    rank: float
    detail: str = ""
    documentation: str = ""
    back: int = 0
    is_old: bool = False
