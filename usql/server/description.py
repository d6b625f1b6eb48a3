"""The description of the vendor's endpoints in OpenAPI 3.1, as this server implements them.

The vendor's own description declares cells as objects, which no response matches, and lists no errors.
"""

from __future__ import annotations

from typing import Any

from usql.server.parameters import LONGEST_QUERY, MOST_ROWS
from usql.version import __version__

_INT32 = 2**31 - 1
_INT64 = 2**63 - 1

Schema = dict[str, Any]


def description() -> Schema:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "User sessions", "version": __version__},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": {
            "/userSessionQueryLanguage/table": {"get": _query("table", [*_common(), *_paging()])},
            "/userSessionQueryLanguage/tree": {"get": _query("tree", _common())},
            "/tokens/lookup": {"post": _lookup()},
            "/config/clusterversion": {
                "get": _operation("clusterVersion", "The version of the cluster", _VERSION, [401])
            },
            "/time": {"get": _time()},
        },
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "Api-Token, a space, and the token",
                }
            },
            "schemas": {"error": _ENVELOPE, "table": _TABLE, "tree": _TREE},
        },
    }


def _query(form: str, parameters: list[Schema]) -> Schema:
    schema = {"$ref": f"#/components/schemas/{form}"}
    statuses = [400, 401, 404, 429, 431, 503]
    operation = _operation(f"{form}OfQuery", f"The result of a query as a {form}", schema, statuses)
    return {**operation, "parameters": parameters}


def _lookup() -> Schema:
    statuses = [400, 401, 403, 404, 408, 413, 415]
    body = {
        "type": "object",
        "required": ["token"],
        "properties": {"token": {"type": "string"}},
    }
    operation = _operation("lookupToken", "Information about a token", _LOOKED_UP, statuses)
    content = {"application/json": {"schema": body}}
    return {**operation, "requestBody": {"required": True, "content": content}}


def _time() -> Schema:
    text = {"text/plain": {"schema": {"type": "string", "pattern": "^-?[0-9]+$"}}}
    return {
        "operationId": "time",
        "summary": "The clock of the default timeframe, in UTC milliseconds",
        "security": [],
        "responses": {"200": {"description": "The time", "content": text}},
    }


def _operation(name: str, summary: str, schema: Schema, statuses: list[int]) -> Schema:
    good = {"description": summary, "content": {"application/json": {"schema": schema}}}
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/error"}}}
    bad = {"description": "An error", "content": error}
    responses = {"200": good, **{str(status): bad for status in statuses}}
    return {"operationId": name, "summary": summary, "responses": responses}


def _common() -> list[Schema]:
    text = {"type": "string", "minLength": 1, "maxLength": LONGEST_QUERY}
    moment = {"type": "integer", "format": "int64", "minimum": -_INT64 - 1, "maximum": _INT64}
    minutes = {"type": "integer", "format": "int32", "minimum": -1439, "maximum": 1439}
    return [
        _parameter("query", "The query", text, required=True),
        _parameter("startTimestamp", "Start of the timeframe, UTC milliseconds", moment),
        _parameter("endTimestamp", "End of the timeframe, UTC milliseconds", moment),
        _parameter("offsetUTC", "Minutes by which local time is ahead of UTC", minutes),
        _parameter("addDeepLinkFields", "Add each row's session", {"type": "boolean"}),
        _parameter("explain", "Add explanations", {"type": "boolean"}),
    ]


def _paging() -> list[Schema]:
    size = {"type": "integer", "format": "int32", "minimum": 1, "maximum": MOST_ROWS}
    skip = {"type": "integer", "format": "int32", "minimum": 0, "maximum": _INT32}
    return [
        _parameter("pageSize", "Rows to return", size),
        _parameter("pageOffset", "Rows to skip", skip),
    ]


def _parameter(name: str, meaning: str, schema: Schema, required: bool = False) -> Schema:
    """A parameter. An optional one may be empty, which means that it is not set."""
    parameter = {"name": name, "in": "query", "description": meaning, "schema": schema}
    if required:
        return {**parameter, "required": True}
    return {**parameter, "schema": {"anyOf": [schema, {"type": "string", "maxLength": 0}]}}


def _object(required: list[str], **properties: Schema) -> Schema:
    return {"type": "object", "required": required, "properties": properties}


_TEXTS: Schema = {"type": "array", "items": {"type": "string"}}
_ROWS: Schema = {"type": "array", "items": {"type": "array", "items": True}}
_LEVEL: Schema = {"type": "integer", "minimum": 1}
_OPTIONAL: dict[str, Schema] = {
    "explanations": _TEXTS,
    "additionalColumnNames": _TEXTS,
    "additionalValues": _ROWS,
}

_TABLE = _object(
    ["extrapolationLevel", "columnNames", "values"],
    extrapolationLevel=_LEVEL,
    columnNames=_TEXTS,
    values=_ROWS,
    **_OPTIONAL,
)

_TREE = _object(
    ["extrapolationLevel", "branchNames", "leafNames", "values"],
    extrapolationLevel=_LEVEL,
    branchNames=_TEXTS,
    leafNames=_TEXTS,
    values={"type": ["object", "array"]},
    **_OPTIONAL,
)

_VERSION = _object(["version"], version={"type": "string"})

_LOOKED_UP = _object(
    ["id", "name", "userId", "revoked", "created", "personalAccessToken", "scopes"],
    id={"type": "string"},
    name={"type": "string"},
    userId={"type": "string"},
    revoked={"type": "boolean"},
    created={"type": "integer", "format": "int64"},
    personalAccessToken={"type": "boolean"},
    scopes=_TEXTS,
)

_VIOLATION = _object(
    ["path", "message", "parameterLocation"],
    path={"type": "string"},
    message={"type": "string"},
    parameterLocation={"enum": ["HEADER", "PATH", "PAYLOAD_BODY", "QUERY"]},
)

_EDIT = _object(["span", "text"], span={"type": "array"}, text={"type": "string"})

_PROBLEM = _object(
    ["code", "name", "message", "line", "column", "span", "fixes"],
    code={"type": "string"},
    name={"type": "string"},
    message={"type": "string"},
    line={"type": "integer", "minimum": 1},
    column={"type": "integer", "minimum": 1},
    span={
        "type": "array",
        "items": {"type": "integer", "minimum": 0},
        "minItems": 2,
        "maxItems": 2,
    },
    fixes={
        "type": "array",
        "items": _object(
            ["title", "edits"],
            title={"type": "string"},
            edits={"type": "array", "items": _EDIT},
        ),
    },
)

_ENVELOPE = _object(
    ["error"],
    error=_object(
        ["code", "message"],
        code={"type": "integer"},
        message={"type": "string"},
        constraintViolations={"type": "array", "items": _VIOLATION},
        usql={"type": "array", "items": _PROBLEM},
    ),
)
