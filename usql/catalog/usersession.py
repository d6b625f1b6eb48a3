"""The table usersession: closed user sessions."""

from __future__ import annotations

from usql.catalog.enums import (
    APPLICATION_TYPE,
    CONNECTION_TYPE,
    DISPLAY_RESOLUTION,
    END_REASON,
    LATER_DISPLAY_RESOLUTION,
    LATER_REASON_FOR_NO_SESSION_REPLAY,
    LATER_REASON_FOR_NO_SESSION_REPLAY_MOBILE,
    REASON_FOR_NO_SESSION_REPLAY,
    REASON_FOR_NO_SESSION_REPLAY_MOBILE,
    SCREEN_ORIENTATION,
    USER_EXPERIENCE_SCORE,
    USER_TYPE,
)
from usql.catalog.model import Cardinality, Field, FieldType, Refused, Table

_T = FieldType
_HIGH = Cardinality.HIGH
_EXTREME = Cardinality.EXTREME

USERSESSION = Table(
    "usersession",
    None,
    "Closed user sessions.",
    (
        Field(
            "userSessionId",
            _T.STRING,
            "Identifier of the session, unique in its environment.",
            cardinality=_HIGH,
        ),
        Field(
            "startTime",
            _T.TIMESTAMP,
            "When the session's first user action began.",
            cardinality=_EXTREME,
        ),
        Field(
            "endTime",
            _T.TIMESTAMP,
            "When the session's last user action ended.",
            cardinality=_EXTREME,
        ),
        Field(
            "duration",
            _T.LONG,
            "From the start of the first user action to the end of the last one.",
            unit="ms",
            cardinality=_EXTREME,
        ),
        Field(
            "internalUserId",
            _T.STRING,
            "Identifier given to the browser or device, the same in all its sessions.",
            cardinality=_HIGH,
        ),
        Field(
            "userType",
            _T.ENUM,
            "Who drove the session: a person, a robot or a synthetic monitor.",
            values=USER_TYPE,
        ),
        Field(
            "reasonForNoSessionReplay",
            _T.ENUM,
            "Why a web session has no Session Replay.",
            values=REASON_FOR_NO_SESSION_REPLAY,
            later_values=LATER_REASON_FOR_NO_SESSION_REPLAY,
        ),
        Field(
            "reasonForNoSessionReplayMobile",
            _T.ENUM,
            "Why a mobile session has no Session Replay.",
            values=REASON_FOR_NO_SESSION_REPLAY_MOBILE,
            later_values=LATER_REASON_FOR_NO_SESSION_REPLAY_MOBILE,
        ),
        Field(
            "applicationType",
            _T.ENUM,
            "Kind of application the session ran in: web, AMP, mobile or custom.",
            values=APPLICATION_TYPE,
        ),
        Field("bounce", _T.BOOLEAN, "Whether the session has at most one user action."),
        Field("newUser", _T.BOOLEAN, "Whether the user was seen for the first time."),
        Field("userActionCount", _T.INTEGER, "How many user actions the session has."),
        Field(
            "totalErrorCount",
            _T.INTEGER,
            "How many errors of all kinds were detected in the session.",
        ),
        Field(
            "totalLicenseCreditCount",
            _T.INTEGER,
            "License units (DEM units) that the session consumed.",
        ),
        Field(
            "matchingConversionGoalsCount",
            _T.INTEGER,
            "How many conversion goals the session reached.",
        ),
        Field(
            "matchingConversionGoals",
            _T.STRING,
            "Names of the conversion goals that the session reached.",
            is_list=True,
        ),
        Field(
            "ip",
            _T.IP,
            "Address that the session came from, IPv4 or IPv6, possibly masked.",
            cardinality=_HIGH,
        ),
        Field("continent", _T.STRING, "Continent, looked up from the address."),
        Field("country", _T.STRING, "Country, looked up from the address."),
        Field("region", _T.STRING, "Region or state, looked up from the address."),
        Field("city", _T.STRING, "City, looked up from the address."),
        Field(
            "browserType", _T.STRING, "Form of the browser, such as a desktop or mobile browser."
        ),
        Field(
            "browserFamily", _T.STRING, "Browser without its version, such as Chrome or Firefox."
        ),
        Field("browserMajorVersion", _T.STRING, "Browser with its major version."),
        Field(
            "osFamily", _T.STRING, "Operating system without its version, such as Windows or iOS."
        ),
        Field("osVersion", _T.STRING, "Operating system with its version."),
        Field("manufacturer", _T.STRING, "Maker of the device."),
        Field("device", _T.STRING, "Model of the device."),
        Field(
            "userId",
            _T.STRING,
            "Name by which session tagging identified the user.",
            cardinality=_HIGH,
        ),
        Field("screenHeight", _T.INTEGER, "Height of the device's screen in pixels."),
        Field("screenWidth", _T.INTEGER, "Width of the device's screen in pixels."),
        Field(
            "screenOrientation",
            _T.ENUM,
            "How the device was held: portrait or landscape.",
            values=SCREEN_ORIENTATION,
        ),
        Field(
            "displayResolution",
            _T.ENUM,
            "Name of the screen's resolution class, such as FHD.",
            values=DISPLAY_RESOLUTION,
            later_values=LATER_DISPLAY_RESOLUTION,
        ),
        Field("hasCrash", _T.BOOLEAN, "Whether the session contains a crash."),
        Field(
            "crashGroupId",
            _T.STRING,
            "Group of similar crashes that a crashed mobile session belongs to.",
        ),
        Field("hasSessionReplay", _T.BOOLEAN, "Whether Session Replay recorded the session."),
        Field("isp", _T.STRING, "Internet service provider, looked up from the address."),
        Field(
            "browserMonitorId",
            _T.STRING,
            "Identifier of the synthetic monitor that made the session.",
        ),
        Field(
            "browserMonitorName", _T.STRING, "Name of the synthetic monitor that made the session."
        ),
        Field(
            "stringProperties",
            _T.PROPERTIES,
            "Custom text properties of the session; name one as stringProperties.key.",
            value_type=_T.STRING,
        ),
        Field(
            "longProperties",
            _T.PROPERTIES,
            "Custom whole-number properties of the session; name one as longProperties.key.",
            value_type=_T.LONG,
        ),
        Field(
            "doubleProperties",
            _T.PROPERTIES,
            "Custom decimal properties of the session; name one as doubleProperties.key.",
            value_type=_T.DOUBLE,
        ),
        Field(
            "dateProperties",
            _T.PROPERTIES,
            "Custom date properties of the session; name one as dateProperties.key.",
            value_type=_T.TIMESTAMP,
        ),
        Field(
            "appVersion",
            _T.STRING,
            "Version of the application, reported by the mobile agent or OpenKit.",
        ),
        Field(
            "endReason",
            _T.ENUM,
            "What closed the session, such as a timeout or the action limit.",
            values=END_REASON,
        ),
        Field(
            "numberOfRageClicks",
            _T.INTEGER,
            "How often the user clicked one spot rapidly in frustration.",
        ),
        Field(
            "numberOfRageTaps",
            _T.INTEGER,
            "How often the user tapped one spot rapidly in frustration.",
        ),
        Field(
            "userExperienceScore",
            _T.ENUM,
            "Overall verdict on the session: satisfied, tolerated or frustrated.",
            values=USER_EXPERIENCE_SCORE,
        ),
        Field("carrier", _T.STRING, "Mobile network operator of the device."),
        Field(
            "networkTechnology",
            _T.STRING,
            "Radio technology of the mobile connection, such as LTE.",
        ),
        Field(
            "connectionType",
            _T.ENUM,
            "How the mobile device was connected, such as WIFI or MOBILE.",
            values=CONNECTION_TYPE,
        ),
        Field(
            "replayStart",
            _T.TIMESTAMP,
            "When the Session Replay recording began.",
            cardinality=_EXTREME,
        ),
        Field(
            "replayEnd",
            _T.TIMESTAMP,
            "When the Session Replay recording ended.",
            cardinality=_EXTREME,
        ),
        Field(
            "clientTimeOffset",
            _T.INTEGER,
            "How far the client's clock was from the server's.",
            unit="ms",
            cardinality=_EXTREME,
        ),
        Field(
            "rootedOrJailbroken",
            _T.BOOLEAN,
            "Whether the mobile device was rooted or jailbroken; empty if unknown.",
        ),
        Field("hasError", _T.BOOLEAN, "Whether the session contains an error."),
        Field("partNumber", _T.INTEGER, "Number of this part when a long session was split."),
    ),
    refused=(Refused("tenantId"), Refused("clientType", use_instead="browserType")),
    children={
        "userActions": "useraction",
        "events": "userevent",
        "errors": "usererror",
        "syntheticEvents": "usersyntheticevent",
    },
    older={
        "geolocationContinentName": "continent",
        "geolocationCountryName": "country",
        "geolocationRegionName": "region",
        "geolocationCityName": "city",
        "osFamilyName": "osFamily",
        "osVersionName": "osVersion",
        "browserTypeName": "browserType",
        "browserFamilyName": "browserFamily",
        "browserMajorVersionName": "browserMajorVersion",
        "stringTags": "stringProperties",
    },
)
"""The table usersession."""
