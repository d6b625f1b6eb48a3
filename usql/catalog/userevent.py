"""The table userevent: events: page changes, rage clicks, tags."""

from __future__ import annotations

from usql.catalog.enums import (
    EVENT_TYPE,
)
from usql.catalog.model import Cardinality, Field, FieldType, Table

_T = FieldType
_EXTREME = Cardinality.EXTREME

USEREVENT = Table(
    "userevent",
    "events",
    "Events: page changes, rage clicks, tags.",
    (
        Field(
            "type",
            _T.ENUM,
            "Kind of the event, such as PageChange, RageClick or UserTag.",
            values=EVENT_TYPE,
        ),
        Field("name", _T.STRING, "Name of the event."),
        Field("domain", _T.STRING, "Host name of the page on which the event happened."),
        Field("startTime", _T.TIMESTAMP, "When the event happened.", cardinality=_EXTREME),
        Field("application", _T.STRING, "Application in which the event happened."),
        Field(
            "internalApplicationId", _T.STRING, "Entity identifier of the application of the event."
        ),
        Field("metadata", _T.STRING, "Further details that came with the event."),
        Field("page", _T.STRING, "Page that a page change led to."),
        Field("pageGroup", _T.STRING, "Group of similar pages that a page change led to."),
        Field("pageReferrer", _T.STRING, "Page that a page change came from."),
        Field(
            "pageReferrerGroup", _T.STRING, "Group of similar pages that a page change came from."
        ),
    ),
)
"""The table userevent."""
