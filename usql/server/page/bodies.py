"""The bodies of the page's requests, checked by their types."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import msgspec
from starlette.requests import Request

from usql.checks import ProfileName
from usql.server.endpoints import body_of, wrong_body
from usql.server.parameters import MOST_ROWS

LONGEST_TEXT = 100_000
"""The most characters of a text. Parsing takes about 10 µs for each and is not interrupted."""

_LARGEST = 8 * LONGEST_TEXT
"""Bytes: each character of a text may be escaped."""

Offset = Annotated[int, msgspec.Meta(ge=-1439, le=1439)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]
Rows = Annotated[int, msgspec.Meta(ge=1, le=MOST_ROWS)]
Unit = Annotated[int, msgspec.Meta(ge=0)]
Written = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]


class Body(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, rename="camel"):
    """The object in a body."""


class Typed(Body, frozen=True, kw_only=True):
    """A text that is being written, with one or more queries; ``profile`` is the server's unless
    given."""

    text: Written
    profile: ProfileName | None = None


class Cursor(Typed, frozen=True, kw_only=True):
    """A place in such a text, in code units."""

    at: Unit


class Selection(Typed, frozen=True, kw_only=True):
    """A part of such a text, in code units; all of it unless given."""

    start: Unit | None = msgspec.field(name="from", default=None)
    end: Unit | None = msgspec.field(name="to", default=None)


class Timeframe(Body, frozen=True, kw_only=True):
    """Which sessions are meant, and on which clock: the options of :meth:`usql.Sessions.query`."""

    start: int | str | None = None
    end: int | str | None = None
    now: int | str | None = None
    offset: Offset = 0


class Question(Timeframe, frozen=True, kw_only=True):
    """A query with its options. ``timeout`` can only shorten the server's; ``limit`` is the most rows
    to send as JSON."""

    text: Written
    profile: ProfileName | None = None
    parameters: dict[str, str] | None = None
    timeout: Seconds | None = None
    limit: Rows = MOST_ROWS


class FileQuestion(Question, frozen=True, kw_only=True):
    """A query all of whose rows are to be a file; ``csv_safe`` keeps spreadsheets from evaluating
    texts."""

    form: Literal["csv", "ndjson", "parquet", "arrow"]
    csv_safe: bool = False


class ChartQuestion(Question, frozen=True, kw_only=True):
    """A query that is drawn as a chart of this kind."""

    kind: str = "auto"


class PlanQuestion(Question, frozen=True, kw_only=True):
    """A query whose plan is shown, and with ``analyze`` run."""

    analyze: bool = False


class FieldQuestion(Timeframe, frozen=True, kw_only=True):
    """A field, or a key of its properties, whose values are asked: those that begin with
    ``prefix``."""

    table: str
    field: str
    key: str | None = None
    prefix: str = ""


class SessionKey(Body, frozen=True, kw_only=True):
    """A session: its ID and, since an ID may have several sessions, its start in UTC
    milliseconds."""

    user_session_id: str
    start_time: int | None = None


B = TypeVar("B", bound=Body)


async def read_body(request: Request, kind: type[B]) -> B:
    """The body of a request; :class:`Refusal` for one that is not of this kind."""
    body = await body_of(request, _LARGEST)
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `$")
        raise wrong_body(path.strip("`."), f"is not as it should be: {problem}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise wrong_body("", "is not JSON") from None
