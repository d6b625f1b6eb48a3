"""The table useraction: user actions: page loads, clicks, requests."""

from __future__ import annotations

from usql.catalog.enums import (
    ACTION_TYPE,
    APDEX_CATEGORY,
)
from usql.catalog.model import Cardinality, Field, FieldType, Origin, Table

_T = FieldType
_EXTREME = Cardinality.EXTREME

USERACTION = Table(
    "useraction",
    "userActions",
    "User actions: page loads, clicks, requests.",
    (
        Field(
            "name", _T.STRING, "Name of the action, such as a page load or a click on a control."
        ),
        Field("domain", _T.STRING, "Host name of the page on which the action ran."),
        Field("targetUrl", _T.STRING, "Address that the action led to."),
        Field(
            "type",
            _T.ENUM,
            "Kind of the action: page load, XHR, custom and so on.",
            values=ACTION_TYPE,
        ),
        Field("startTime", _T.TIMESTAMP, "When the action began.", cardinality=_EXTREME),
        Field("endTime", _T.TIMESTAMP, "When the action ended.", cardinality=_EXTREME),
        Field(
            "duration",
            _T.LONG,
            "How long the action took from start to end.",
            unit="ms",
            cardinality=_EXTREME,
        ),
        Field("application", _T.STRING, "Application in which the action ran."),
        Field("internalApplicationId", _T.STRING, "Entity identifier of the application."),
        Field(
            "internalKeyUserActionId",
            _T.STRING,
            "Entity identifier of the key user action, if it is one.",
        ),
        Field(
            "speedIndex",
            _T.INTEGER,
            "How quickly the visible part of the page filled on average.",
            unit="ms",
        ),
        Field(
            "apdexCategory",
            _T.ENUM,
            "Apdex verdict on this action: satisfied, tolerating or frustrated.",
            values=APDEX_CATEGORY,
        ),
        Field(
            "matchingConversionGoals",
            _T.STRING,
            "Names of the conversion goals that this action reached.",
            is_list=True,
        ),
        Field(
            "networkTime",
            _T.INTEGER,
            "Part of the duration spent on the network.",
            unit="ms",
            cardinality=_EXTREME,
        ),
        Field(
            "serverTime",
            _T.INTEGER,
            "Part of the duration spent on the server.",
            unit="ms",
            cardinality=_EXTREME,
        ),
        Field(
            "frontendTime",
            _T.INTEGER,
            "Part of the duration spent in the browser.",
            unit="ms",
            cardinality=_EXTREME,
        ),
        Field(
            "documentInteractiveTime",
            _T.INTEGER,
            "Until the document was parsed and could be used.",
            unit="ms",
            cardinality=_EXTREME,
        ),
        Field("thirdPartyResources", _T.INTEGER, "Number of resources loaded from third parties."),
        Field(
            "thirdPartyBusyTime",
            _T.INTEGER,
            "Time during which third-party resources were loading.",
            unit="ms",
            cardinality=_EXTREME,
        ),
        Field(
            "cdnResources", _T.INTEGER, "Number of resources loaded from content delivery networks."
        ),
        Field(
            "cdnBusyTime",
            _T.INTEGER,
            "Time during which content-delivery resources were loading.",
            unit="ms",
            cardinality=_EXTREME,
        ),
        Field(
            "firstPartyResources",
            _T.INTEGER,
            "Number of resources loaded from the site's own hosts.",
        ),
        Field(
            "firstPartyBusyTime",
            _T.INTEGER,
            "Time during which the site's own resources were loading.",
            unit="ms",
            cardinality=_EXTREME,
        ),
        Field("hasCrash", _T.BOOLEAN, "Whether the action ended in a crash."),
        Field(
            "domCompleteTime",
            _T.INTEGER,
            "Until the document and its resources were complete.",
            unit="ms",
            cardinality=_EXTREME,
        ),
        Field(
            "domContentLoadedTime",
            _T.INTEGER,
            "Until the DOMContentLoaded event.",
            unit="ms",
            cardinality=_EXTREME,
        ),
        Field(
            "loadEventStart",
            _T.INTEGER,
            "Until the load event began.",
            unit="ms",
            cardinality=_EXTREME,
        ),
        Field(
            "loadEventEnd",
            _T.INTEGER,
            "Until the load event's handlers had finished.",
            unit="ms",
            cardinality=_EXTREME,
        ),
        Field(
            "navigationStart",
            _T.TIMESTAMP,
            "When the browser began to navigate.",
            cardinality=_EXTREME,
        ),
        Field(
            "requestStart",
            _T.INTEGER,
            "Until the browser sent the request for the page.",
            unit="ms",
            cardinality=_EXTREME,
        ),
        Field(
            "responseStart",
            _T.INTEGER,
            "Until the first byte of the response arrived.",
            unit="ms",
            cardinality=_EXTREME,
        ),
        Field(
            "responseEnd",
            _T.INTEGER,
            "Until the last byte of the response arrived.",
            unit="ms",
            cardinality=_EXTREME,
        ),
        Field(
            "visuallyCompleteTime",
            _T.INTEGER,
            "Until the visible part of the page stopped changing.",
            unit="ms",
            cardinality=_EXTREME,
        ),
        Field(
            "syntheticEvent", _T.STRING, "Name of the synthetic monitor's step that ran the action."
        ),
        Field(
            "syntheticEventId",
            _T.STRING,
            "Identifier of the synthetic monitor's step that ran the action.",
        ),
        Field("keyUserAction", _T.BOOLEAN, "Whether the action is marked as a key user action."),
        Field(
            "stringProperties",
            _T.PROPERTIES,
            "Custom text properties of the action; name one as useraction.stringProperties.key.",
            value_type=_T.STRING,
        ),
        Field(
            "longProperties",
            _T.PROPERTIES,
            "Custom whole-number properties of the action; name one as useraction.longProperties.key.",
            value_type=_T.LONG,
        ),
        Field(
            "doubleProperties",
            _T.PROPERTIES,
            "Custom decimal properties of the action; name one as useraction.doubleProperties.key.",
            value_type=_T.DOUBLE,
        ),
        Field(
            "dateProperties",
            _T.PROPERTIES,
            "Custom date properties of the action; name one as useraction.dateProperties.key.",
            value_type=_T.TIMESTAMP,
        ),
        Field("userActionPropertyCount", _T.INTEGER, "How many custom properties the action has."),
        Field(
            "customErrorCount",
            _T.INTEGER,
            "Errors during the action that the application reported itself.",
        ),
        Field("javascriptErrorCount", _T.INTEGER, "JavaScript errors during the action."),
        Field("requestErrorCount", _T.INTEGER, "Failed requests during the action."),
        Field(
            "largestContentfulPaint",
            _T.INTEGER,
            "Until the largest visible element was drawn (Core Web Vital).",
            unit="ms",
            cardinality=_EXTREME,
        ),
        Field(
            "firstInputDelay",
            _T.INTEGER,
            "Wait between the first input and the browser's reaction (Core Web Vital).",
            unit="ms",
            cardinality=_EXTREME,
        ),
        Field(
            "totalBlockingTime",
            _T.INTEGER,
            "How long the main thread was blocked before the page became usable.",
            unit="ms",
            cardinality=_EXTREME,
            deprecated=True,
        ),
        Field(
            "cumulativeLayoutShift",
            _T.DOUBLE,
            "How much the layout jumped while loading, without a unit (Core Web Vital).",
        ),
        Field(
            "errorCount",
            _T.INTEGER,
            "Errors during the action, in old exports.",
            deprecated=True,
            successors=("javascriptErrorCount", "requestErrorCount", "customErrorCount"),
            origin=Origin.LEGACY,
        ),
        Field(
            "httpRequestsWithErrors",
            _T.INTEGER,
            "Failed requests of the action, in old exports.",
            deprecated=True,
            successors=("requestErrorCount",),
            origin=Origin.LEGACY,
        ),
        Field(
            "failedImages",
            _T.INTEGER,
            "Images that did not load, in old exports.",
            deprecated=True,
            successors=("requestErrorCount",),
            origin=Origin.LEGACY,
        ),
        Field(
            "failedXhrRequests",
            _T.INTEGER,
            "XHR requests that failed, in old exports.",
            deprecated=True,
            successors=("requestErrorCount",),
            origin=Origin.LEGACY,
        ),
        Field(
            "isEntryAction",
            _T.BOOLEAN,
            "Whether the action is the first of its session.",
            origin=Origin.DERIVED,
        ),
        Field(
            "isExitAction",
            _T.BOOLEAN,
            "Whether the action is the last of its session.",
            origin=Origin.DERIVED,
        ),
    ),
)
"""The table useraction."""
