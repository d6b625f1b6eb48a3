"""States of queries without groups: the rows that each part would show, with what orders them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from usql.analysis.bound import DateText, OrderBy, RowQuery, type_of
from usql.catalog.model import PRIMARY, FieldType
from usql.engine.arrays.sorting import ordered
from usql.engine.arrays.types import Array, Ints
from usql.engine.arrays.vectors import decode
from usql.engine.groups.parts import numbered_together
from usql.engine.output import columns_of_rows
from usql.engine.rows.access import Access
from usql.engine.rows.ordering import order_column, order_keys
from usql.engine.run import Answer, chosen_rows, cut_note
from usql.engine.runtime.limits import Control
from usql.engine.states import wire
from usql.engine.states.columns import decoded, encoded
from usql.frozen import dataclass
from usql.planner import Prepared
from usql.store.columns import Column
from usql.store.deep_links import LINKS, deep_links
from usql.store.views import arrow_view, take_values

_TOTAL = b"rows before the limit"


@dataclass(frozen=True, eq=False)
class RowStates:
    """Rows that parts would show. ``shown``: the columns of the result, after these those that tell
    of the session of each row. ``order``: the values of the order columns. ``places``: the part of
    each row, and its number there among those shown. ``total``: the rows before the limit, ``None``
    where reading ended with it."""

    shown: pa.Table
    order: Sequence[Column]
    places: tuple[Ints, Ints]
    total: int | None

    def __len__(self) -> int:
        return len(self.places[0])


def states_of(access: Access, prepared: Prepared, part: int) -> RowStates:
    """The rows that a part would show if it were all; ``part`` is its number."""
    query = _query(prepared)
    rows, total = chosen_rows(access, prepared)
    columns = columns_of_rows(access, rows, query.columns)
    sessions = rows if access.table == PRIMARY else access.parent[rows].astype(np.int64)
    links = deep_links(access.store.tables[PRIMARY].columns, sessions, access.control)
    return RowStates(
        wire.table([*columns, *links.columns]),
        [order_column(access, rows, one) for one in query.order],
        (np.full(len(rows), part, dtype=np.int64), np.arange(len(rows), dtype=np.int64)),
        total,
    )


def merged(control: Control, prepared: Prepared, states: Sequence[RowStates]) -> RowStates:
    """The rows that several parts would show together."""
    if len(states) == 1:
        return states[0]
    query = _query(prepared)
    shown = pa.concat_tables([state.shown for state in states], promote_options="permissive")
    order = [_joined(control, columns) for columns in zip(*(s.order for s in states), strict=True)]
    part, row = (np.concatenate(arrays) for arrays in zip(*(s.places for s in states), strict=True))
    keys: list[Array] = []
    for one, column in zip(query.order, order, strict=True):
        keys += order_keys(column, one.descending)
    chosen = ordered(control, [*keys, part, row], query.limit)
    totals = [state.total for state in states]
    total = None if any(count is None for count in totals) else sum(count or 0 for count in totals)
    return RowStates(
        _rows_at(shown, chosen),
        [take_values(column, chosen) for column in order],
        (part[chosen], row[chosen]),
        total,
    )


def _joined(control: Control, columns: Sequence[Column]) -> Column:
    factors, codes = numbered_together(control, columns)
    return decode(factors, np.concatenate(codes))


def _rows_at(table: pa.Table, rows: Ints) -> pa.Table:
    """The rows of a table; of the first ones a view."""
    if (rows == np.arange(len(rows))).all():
        return table.slice(0, len(rows))
    return table.take(arrow_view(rows))


@dataclass(frozen=True, eq=False)
class LinkedAnswer(Answer):
    """The answer to a query without groups, with what tells of the session of each row."""

    links: pa.Table | None = None


def finished(prepared: Prepared, states: RowStates, is_whole: bool) -> LinkedAnswer:
    """The answer; of all parts, unless reading ended with the limit."""
    query = _query(prepared)
    width = len(query.columns)
    total = states.total if is_whole else None
    note = None
    if query.limit is not None:
        note = cut_note(total, query.limit, query.limit_is_default)
    return LinkedAnswer(
        columns=tuple(states.shown.columns[:width]),
        rows=len(states),
        sessions=None,
        notes=() if note is None else (note,),
        total=total,
        limit_note=note if query.limit_is_default else None,
        links=pa.table(states.shown.columns[width:], names=list(LINKS)),
    )


def may_end_early(prepared: Prepared) -> bool:
    """Whether the rows of some parts may be all that are shown: there is a limit but no order, and
    the query does not ask how many rows there are in all, as it does without a LIMIT of its own."""
    query = _query(prepared)
    return query.limit is not None and not query.limit_is_default and not query.order


def is_full(prepared: Prepared, states: RowStates) -> bool:
    """Whether there are as many rows as the limit allows."""
    limit = _query(prepared).limit
    return limit is not None and len(states) >= limit


# --- as tables ------------------------------------------------------------------------------------


def tables_of(states: RowStates) -> list[pa.Table]:
    """States as tables, for sending."""
    metadata = {_TOTAL: b"" if states.total is None else str(states.total).encode()}
    order = [encoded(column) for column in states.order]
    numbers = [arrow_view(array) for array in states.places]
    return [
        states.shown.combine_chunks(),
        wire.table([*order, *numbers]).replace_schema_metadata(metadata),
    ]


def states_in(prepared: Prepared, tables: Sequence[pa.Table]) -> RowStates:
    """The states in tables made by :func:`tables_of`."""
    shown, others = tables
    arrays = wire.columns(others)
    order = [decoded(_type_of(one), next(arrays)) for one in _query(prepared).order]
    part, row = (array.to_numpy() for array in arrays)
    total = others.schema.metadata[_TOTAL]
    return RowStates(shown, order, (part, row), int(total) if total else None)


def _query(prepared: Prepared) -> RowQuery:
    assert isinstance(prepared.bound, RowQuery)
    return prepared.bound


def _type_of(order: OrderBy) -> FieldType:
    is_time = isinstance(order.expression, DateText)
    return FieldType.TIMESTAMP if is_time else type_of(order.expression)
