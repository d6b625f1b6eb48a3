"""The table usersyntheticevent: steps of synthetic monitors."""

from __future__ import annotations

from usql.catalog.model import Field, FieldType, Table

_T = FieldType

USERSYNTHETICEVENT = Table(
    "usersyntheticevent",
    "syntheticEvents",
    "Steps of synthetic monitors.",
    (
        Field("name", _T.STRING, "Name of the synthetic monitor's step."),
        Field("syntheticEventId", _T.STRING, "Identifier of the step."),
        Field("sequenceNumber", _T.INTEGER, "Place of the step in the monitor's script."),
        Field("timestamp", _T.TIMESTAMP, "When the step ran."),
        Field("type", _T.STRING, "Kind of the step, such as navigate or click."),
        Field("errorCode", _T.INTEGER, "Code of the error that the step met, if any."),
        Field("errorName", _T.STRING, "Name of the error that the step met, if any."),
    ),
    documented=False,
)
"""The table usersyntheticevent."""
