"""The vendor's table response of a query without grouping, as sessions (LANGUAGE.md §10a).

Each row is a session: the columns of sessions are its fields; the columns of a child table hold a
list each, and the values at one position are one child.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from usql.frozen import dataclass
from usql.store.bad_data import BadValue, NoSession
from usql.store.inputs.tally import Remark
from usql.store.recognition.answered import Column, Kind, column
from usql.store.recognition.sessionhood import child_fields, children, first_names
from usql.store.recognition.unwrapped import Refused, Unwrapped, Wrapped

RESPONSES = Remark(
    "1 table response was read as sessions.", "{count} table responses were read as sessions."
)
NAMELESS = Remark(
    "1 table response has neither userSessionId nor startTime; if its query groups, its rows are "
    "not sessions.",
    "{count} table responses have neither userSessionId nor startTime; if their queries group, their "
    "rows are not sessions.",
)
_EXPECTED = "sessions come from a query of usersession without grouping"


def sessions_of(response: Mapping[str, Any], path: str) -> Iterator[Wrapped]:
    """The sessions of a table response, or the reason why it has none."""
    try:
        answer = _Answer.of(response, path)
    except BadValue as bad:
        yield Refused(bad, response)
        return
    yield RESPONSES
    yield from answer.remarks(response.get("extrapolationLevel"))
    for number in range(len(answer.rows)):
        at = f"{answer.path}[{number}]"
        try:
            yield Unwrapped(at, answer.session(number, at))
        except BadValue as bad:
            yield Refused(bad, answer.rows[number])


def _passed(name: str) -> Remark:
    tail = "which is computed and not a field, was skipped."
    return Remark(
        f"The column {name} of 1 table response, {tail}",
        f"The column {name} of {{count}} table responses, {tail}",
    )


def _sampled(level: int) -> Remark:
    share = f"made from one in {level} sessions only"
    return Remark(f"1 table response was {share}.", f"{{count}} table responses were {share}.")


@dataclass(frozen=True)
class _Answer:
    """A table response whose rows may be sessions. ``more``: the columns and rows for deep links,
    which supply what the others lack."""

    path: str
    columns: Sequence[Column]
    rows: Sequence[Any]
    more: Sequence[Column]
    more_rows: Sequence[Any]

    @staticmethod
    def of(response: Mapping[str, Any], path: str) -> _Answer:
        """The response's parts; :class:`NoSession` if it holds groups or children."""
        columns = _columns(response["columnNames"], path)
        rows = response["values"]
        more = _columns(response.get("additionalColumnNames") or [], path)
        more_rows = (response.get("additionalValues") or []) if more else []
        if more and len(more_rows) != len(rows):
            raise NoSession(path, f"{len(more_rows)} additionalValues for {len(rows)} values")
        at = f"{path}.values" if path else "values"
        answer = _Answer(at, columns, rows, more, more_rows)
        answer._check_groups(path)
        return answer

    @property
    def _is_named(self) -> bool:
        """Whether the rows show that they are sessions."""
        return any(
            c.kind is Kind.JSON or c.child is not None or c.field in ("userSessionId", "startTime")
            for c in (*self.columns, *self.more)
        )

    def remarks(self, level: object) -> Iterator[Remark]:
        """The remarks on the response as a whole."""
        if isinstance(level, int) and level > 1:
            yield _sampled(level)
        if self.rows and not self._is_named:
            yield NAMELESS
        yield from (_passed(c.name) for c in self.columns if c.kind is Kind.OTHER)

    def _check_groups(self, path: str) -> None:
        metrics = [c.name for c in self.columns if c.kind is Kind.METRIC]
        if metrics:
            raise NoSession(path, f"a response with groups ({metrics[0]}); {_EXPECTED}")
        if not any(c.holds_sessions for c in (*self.columns, *self.more)):
            names = first_names([c.name for c in self.columns])
            reason = f"a response without a field of usersession among its columns ({names})"
            raise NoSession(path, f"{reason}; {_EXPECTED}")
        is_named = self._is_named
        for row in self.rows:
            for definition, cell in zip(
                self.columns, row if isinstance(row, list) else (), strict=False
            ):
                if definition.child is not None and not isinstance(cell, list | None):
                    reason = f"a response with one {definition.name} a row, not a list of them; {_EXPECTED}"
                    raise NoSession(path, reason)
                if cell == "null" and not is_named:
                    reason = f'a response with the group "null" of {definition.name}; {_EXPECTED}'
                    raise NoSession(path, reason)

    def session(self, number: int, path: str) -> dict[str, Any]:
        """The session of a row; :class:`BadValue` if its cells are inconsistent."""
        session = _session(self.columns, self.rows[number], path)
        if self.more:
            extra = _session(self.more, self.more_rows[number], f"{path} (additionalValues)")
            session = {**extra, **session}
        return session


def _columns(names: object, path: str) -> list[Column]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise NoSession(path, "the names of a response's columns are a list of texts")
    return [column(name) for name in names]


def _object(cell: object, path: str) -> Mapping[str, Any]:
    """The session in a cell of a JSON column, which may hold its text."""
    if isinstance(cell, str):
        try:
            cell = json.loads(cell, parse_constant=_no_json)
        except (ValueError, RecursionError):
            raise BadValue(path, "the text in the column JSON is not JSON") from None
    if not isinstance(cell, Mapping):
        raise BadValue(path, "expected an object in the column JSON")
    return cell


def _no_json(name: str) -> NoReturn:
    raise ValueError(name)


def _is_child(value: Mapping[str, Any]) -> bool:
    """Whether an object is an entry of a session's lists rather than a session."""
    return (
        "userSessionId" not in value
        and children().isdisjoint(value)
        and not child_fields().isdisjoint(value)
    )


def _session(columns: Sequence[Column], cells: object, path: str) -> dict[str, Any]:
    if not isinstance(cells, list | tuple):
        raise BadValue(path, "expected a list of values")
    if len(cells) != len(columns):
        raise BadValue(path, f"{len(cells)} values for {len(columns)} columns")
    held: dict[tuple[str | None, str, str | None], Any] = {}
    whole: Mapping[str, Any] | None = None
    names: dict[str, list[Column]] = {}
    for definition, cell in zip(columns, cells, strict=True):
        if definition.kind is Kind.JSON:
            whole = _object(cell, path)
            if _is_child(whole):
                raise NoSession(path, f"the column JSON holds an entry of a session; {_EXPECTED}")
        elif definition.kind is Kind.FIELD and cell is not None:
            if held.setdefault(definition.target, cell) != cell:
                raise BadValue(path, f"two columns give {definition.name} different values")
            if definition.child is not None:
                names.setdefault(definition.child, []).append(definition)
    record = _record({target[1:]: cell for target, cell in held.items() if target[0] is None})
    for child, child_columns in names.items():
        record[child] = _entries([(c, held[c.target]) for c in child_columns], path)
    if whole is not None:
        return {**record, **whole}
    return {"userActions": [], **record}  # a session, though all of its values may be missing


def _entries(columns: Sequence[tuple[Column, Any]], path: str) -> list[dict[str, Any]]:
    """The children whose fields are in these lists, which have the same length."""
    first, entries = columns[0]
    for other, cells in columns:
        if len(cells) != len(entries):
            reason = (
                f"lists of one table have different lengths: {first.name} {len(entries)}, "
                f"{other.name} {len(cells)}"
            )
            raise BadValue(path, reason)
    targets = [definition.target[1:] for definition, _ in columns]
    return [
        _record(dict(zip(targets, cells, strict=True)))
        for cells in zip(*(cells for _, cells in columns), strict=True)
    ]


def _record(cells: Mapping[tuple[str, str | None], Any]) -> dict[str, Any]:
    """Fields and properties nested as in the export. A single property is ignored if the whole list
    of its field is there too, since that contains it."""
    record: dict[str, Any] = {
        field: cell for (field, key), cell in cells.items() if key is None and cell is not None
    }
    pairs: dict[str, list[dict[str, Any]]] = {}
    for (field, key), cell in cells.items():
        if key is not None and cell is not None and field not in record:
            pairs.setdefault(field, []).append({"key": key, "value": cell})
    return record | pairs
