"""What schemathesis is told, in its own process: half of the generated queries are real ones, and half
of the tokens that are looked up is the server's."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import schemathesis

from tests.places import ROOT
from tests.unit.server.asking import TOKEN
from usql.server.parameters import LONGEST_QUERY

_QUERIES = [
    line for line in (ROOT / "tests/data/queries.txt").read_text(encoding="utf-8").splitlines()
    if line.upper().startswith("SELECT")
]  # fmt: skip


@schemathesis.hook
def map_query(context: Any, query: Any) -> Any:
    """Parameters, some with a query of the examples."""
    text = (query or {}).get("query")
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST_QUERY:
        return query  # it is wrong on purpose
    if (number := crc32(text.encode("utf-8", "replace"))) % 2:
        return {**query, "query": _QUERIES[number // 2 % len(_QUERIES)]}
    return query


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Bodies, some with the token."""
    if isinstance(body, dict) and isinstance(body.get("token"), str) and len(body["token"]) % 2:
        return {**body, "token": TOKEN}
    return body
