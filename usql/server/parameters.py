"""The parameters of a request for a query, parsed and checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote

from usql.frozen import dataclass
from usql.server.refusals import Refusal, Violation, wrong_parameter

LONGEST_QUERY = 60_000
"""The most characters of a query: as many as fit into the target of a request. Parsing takes about
10 µs for each and is not interrupted."""

MOST_ROWS = 5000
"""The most rows of an answer, the same as the vendor's limit."""

_INT32 = 2**31 - 1
_INT64 = 2**63 - 1
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}")
_TWICE_ENCODED = re.compile(r"(?:SELECT|FUNNEL)%20\S*", re.IGNORECASE)
_MOST_PARAMETERS = 100

_PAGING = ("pageSize", "pageOffset")
_OTHERS = (
    "query", "startTimestamp", "endTimestamp", "offsetUTC", "addDeepLinkFields", "explain",
)  # fmt: skip
TOKEN = "api-token"
"""The parameter that may carry the token, in lower case; its case does not matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The parameters of a query: ``start`` and ``end`` (UTC milliseconds) and ``size`` (rows of a
    page), each ``None`` if it is not set; ``offset`` from UTC in minutes; ``skip``, the rows before
    the page. ``notes`` say what was interpreted differently from how it was written."""

    query: str
    start: int | None
    end: int | None
    offset: int
    size: int | None
    skip: int
    has_deep_links: bool
    explains: bool
    notes: tuple[str, ...]


def pairs_of(query_string: bytes) -> list[tuple[str, str]]:
    """Names and values; both ``+`` and ``%20`` mean a space. :class:`Refusal` for what is not UTF-8
    and for too many parameters."""
    try:
        return parse_qsl(
            query_string.decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except UnicodeDecodeError:
        raise Refusal(400, "The parameters are not UTF-8.") from None
    except ValueError:
        raise Refusal(400, f"There are more than {_MOST_PARAMETERS} parameters.") from None


def parameters_of(pairs: list[tuple[str, str]], has_pages: bool) -> Parameters:
    """The parameters of a request. If its answer does not have pages, parameters of pages are ignored,
    as the vendor does. :class:`Refusal` for the first invalid one."""
    known = (*_OTHERS, *_PAGING) if has_pages else _OTHERS
    values: dict[str, str] = {}
    for name, value in pairs:
        if name in values:
            raise wrong_parameter(name, "is given more than once")
        if name in known:
            values[name] = value
    query, notes = _query(values)
    size = _number(values, "pageSize", 1, MOST_ROWS)
    offset = _number(values, "offsetUTC", -1439, 1439)
    skip = _number(values, "pageOffset", 0, _INT32)
    start, end = (_number(values, n, -_INT64 - 1, _INT64) for n in _OTHERS[1:3])
    return Parameters(
        query=query,
        start=start or None,
        end=end or None,
        offset=offset or 0,
        size=size,
        skip=skip or 0,
        has_deep_links=_flag(values, "addDeepLinkFields"),
        explains=_flag(values, "explain"),
        notes=(*notes, *_misspelt(pairs, known)),
    )


def _query(values: dict[str, str]) -> tuple[str, list[str]]:
    """The text of the query, and notes on how it was decoded."""
    text = values.get("query", "")
    if not text.strip():
        missing = "The query is missing."
        raise Refusal(400, missing, Violation("query", missing))
    if len(text) > LONGEST_QUERY:
        raise wrong_parameter("query", f"is longer than {LONGEST_QUERY:,} characters")
    # Some clients encode the text before their HTTP library does so again. A query without any space
    # must be meant that way; one with spaces may be searching for a percent sign.
    if _TWICE_ENCODED.fullmatch(text):
        return unquote(text), ["The query was percent-encoded twice and was decoded twice."]
    return text, []


def _number(values: dict[str, str], name: str, least: int, most: int) -> int | None:
    """A whole number between limits; ``None`` if it is not set."""
    text = values.get(name, "").strip()
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise wrong_parameter(name, "is not a whole number")
    number = int(text)
    if not least <= number <= most:
        raise wrong_parameter(name, f"is not between {least} and {most}")
    return number


def _flag(values: dict[str, str], name: str) -> bool:
    text = values.get(name, "").strip().lower()
    if text not in ("", "true", "false"):
        raise wrong_parameter(name, "is neither true nor false")
    return text == "true"


def _misspelt(pairs: list[tuple[str, str]], known: tuple[str, ...]) -> Iterator[str]:
    """Notes on names that differ from that of a parameter only in case."""
    meant = {name.lower(): name for name in known}
    for name, _ in pairs:
        if name not in known and (right := meant.get(name.lower())) is not None:
            yield f"The parameter {name} is ignored; write {right}."
