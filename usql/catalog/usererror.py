"""The table usererror: errors and crashes."""

from __future__ import annotations

from usql.catalog.enums import (
    EVENT_TYPE,
)
from usql.catalog.model import Cardinality, Field, FieldType, Table

_T = FieldType
_EXTREME = Cardinality.EXTREME

USERERROR = Table(
    "usererror",
    "errors",
    "Errors and crashes.",
    (
        Field("type", _T.ENUM, "Kind of the error, such as Error or Crash.", values=EVENT_TYPE),
        Field("name", _T.STRING, "Name or message of the error."),
        Field("domain", _T.STRING, "Host name of the page on which the error happened."),
        Field("startTime", _T.TIMESTAMP, "When the error happened.", cardinality=_EXTREME),
        Field("application", _T.STRING, "Application in which the error happened."),
        Field(
            "internalApplicationId", _T.STRING, "Entity identifier of the application of the error."
        ),
    ),
)
"""The table usererror."""
