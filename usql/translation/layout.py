"""The layout of the tables: where rows are, and how a row of the queried table reaches other
fields."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from sqlglot import exp

from usql.analysis.bound import FieldRef, Timeframe
from usql.catalog import PRIMARY
from usql.errors import InternalError
from usql.translation.columns import Columns, Form, Stored
from usql.translation.dialects.dialect import ENTRIES, Dialect
from usql.translation.nodes import (
    Node,
    add,
    all_of,
    call,
    coalesced,
    column,
    compare,
    member,
    named,
    present,
    subtract,
    truth,
    whole,
)
from usql.translation.unsupported import Findings, matches_name

OWNER = "sessionRow"
"""The column by which flat tables are joined: the number of the session's row."""

Raw = Callable[[FieldRef], Node | None]
"""The column of a field as it is stored; ``None`` if there is none."""


_ENTRY, _EXIT = "isEntryAction", "isExitAction"


def _is_place(field: FieldRef) -> bool:
    """Whether a field tells that an action is the first or the last of its session, which it also
    does where the data does not (LANGUAGE.md §3)."""
    return field.name in (_ENTRY, _EXIT)


class Layout(ABC):
    """The tables of one query of ``table``. The columns that are read are recorded on use, so
    ``query`` is called last."""

    def __init__(self, dialect: Dialect, columns: Columns, table: str, findings: Findings) -> None:
        self.dialect = dialect
        self.columns = columns
        self.table = table
        self._findings = findings

    def stored(self, field: FieldRef) -> Stored | None:
        """The column of a field; ``None`` if there is none, or if it cannot be read."""
        stored = self.columns.of(field.table, field.name)
        if stored is not None and stored.form is Form.FOREIGN:
            self._findings.add("foreign-type", matches_name(field.name))
            return None
        return stored

    def has_members(self, field: FieldRef) -> bool:
        """Whether the children have a column with all values of a field."""
        return self.stored(field) is not None and not _is_place(field)

    @abstractmethod
    def table_of(self, name: str) -> str:
        """The table of a column that is written by its name alone."""

    @abstractmethod
    def column_of(self, field: FieldRef) -> Node | None:
        """The column of a field of the queried row or of its session."""

    @abstractmethod
    def each(self, table: str, body: Callable[[Raw], Node]) -> Node:
        """A list of the results of ``body`` for each child; null or empty without children."""

    @abstractmethod
    def member(self, field: FieldRef) -> Node:
        """A list of a column of all children; null or empty without children."""

    @abstractmethod
    def some(self, field: FieldRef, test: Callable[[Node], Node]) -> Node:
        """Whether a test holds for the column of a child; null or false if not."""

    @abstractmethod
    def exists(self, field: FieldRef, test: Callable[[Node], Node]) -> Node:
        """The same within WHERE, where a query may stand in a condition."""

    @abstractmethod
    def over_members(self, field: FieldRef, aggregate: str) -> Node | None:
        """An aggregate of the column of each child, null without children; ``None`` where children
        are entries of lists, which functions of lists work on."""

    @abstractmethod
    def owner(self) -> Node | None:
        """What tells the rows of the table apart where their children are rows of other tables;
        ``None`` where these are entries of lists."""

    @abstractmethod
    def members_of(self, field: FieldRef) -> exp.Select:
        """The rows of a field's table that have a value, as ``session`` and ``value``."""

    @abstractmethod
    def query(self, frame: Timeframe) -> exp.Select:
        """A query over the rows of the table whose sessions overlap the timeframe."""

    def _within(self, frame: Timeframe, start: Node | None, end: Node | None) -> list[Node]:
        """The sessions that overlap a timeframe; a session without an end ends when it starts."""
        if frame == Timeframe():
            return []
        if start is None:
            return [truth(False)]
        last = start if end is None else call("coalesce", end, start)
        limits = []
        if frame.start is not None:
            limits.append(compare(">=", last, whole(frame.start)))
        limits.append(
            present(start) if frame.end is None else compare("<", start, whole(frame.end))
        )
        return limits


class Nested(Layout):
    """One table of sessions, whose children are lists of structs."""

    def __init__(
        self, dialect: Dialect, columns: Columns, table: str, findings: Findings, source: exp.Table
    ) -> None:
        super().__init__(dialect, columns, table, findings)
        self._source = source
        primary = columns.catalog.table(PRIMARY)
        self._lists = {name: property_ for property_, name in primary.children.items()}
        self._place: str | None = None

    def column_of(self, field: FieldRef) -> Node | None:
        if field.table == PRIMARY:
            stored = self.stored(field)
            return None if stored is None else column(stored.name, quoted=not stored.is_plain)
        if not _is_place(field):
            return self._of_child(column(self.table), field)
        self._place = f"{self.table}_place"
        place = column(self._place)
        if self.dialect.first_place == 0:
            place = add(place, whole(1))
        return self._is_edge(column(self.table), field, place)

    def each(self, table: str, body: Callable[[Raw], Node]) -> Node:
        reads_place = False

        def of_child(child: Node, place: Node) -> Node:
            def raw(field: FieldRef) -> Node | None:
                nonlocal reads_place
                if field.table != table:
                    return self.column_of(field)
                if not _is_place(field):
                    return self._of_child(child, field)
                reads_place = True
                return self._is_edge(child, field, place)

            return body(raw)

        children = self._children(table)
        placed = self.dialect.map_placed(children, of_child)
        if reads_place:
            return placed
        return self.dialect.map(children, lambda child: of_child(child, whole(0)), "entry")

    def _of_child(self, child: Node, field: FieldRef) -> Node | None:
        stored = self.stored(field)
        return None if stored is None else member(child, stored.name, quoted=not stored.is_plain)

    def _is_edge(self, child: Node, field: FieldRef, place: Node) -> Node:
        """Whether an action is the first or the last by its start, ties by place; as the data says
        where it does."""
        starts = self._starts(field.table)
        first = whole(1)
        if field.name == _ENTRY:
            if starts is not None:
                earliest = self.dialect.extreme(starts, largest=False)
                first = coalesced(self.dialect.place(starts, earliest), first)
            derived = compare("=", place, first)
        else:
            if starts is not None:
                latest = self.dialect.extreme(starts, largest=True)
                first = coalesced(self.dialect.place(self.dialect.reversed(starts), latest), first)
            from_end = subtract(self.dialect.size(self._children(field.table)), first)
            derived = compare("=", place, add(from_end, whole(1)))
        value = self._of_child(child, field)
        return derived if value is None else coalesced(value, derived)

    def _starts(self, table: str) -> Node | None:
        stored = self.columns.of(table, "startTime")
        if stored is None:
            return None
        return self.dialect.members(self._children(table), stored.name, quoted=False)

    def member(self, field: FieldRef) -> Node:
        stored = self.stored(field)
        assert stored is not None
        children = self._children(field.table)
        return self.dialect.members(children, stored.name, quoted=not stored.is_plain)

    def some(self, field: FieldRef, test: Callable[[Node], Node]) -> Node:
        if _is_place(field):
            flags = self.each(field.table, lambda raw: raw(field) or truth(False))
            return self.dialect.some(flags, test)
        stored = self.stored(field)
        if stored is None:
            return truth(False)
        children = self._children(field.table)
        return self.dialect.some_member(children, stored.name, test, quoted=not stored.is_plain)

    def exists(self, field: FieldRef, test: Callable[[Node], Node]) -> Node:
        return self.some(field, test)

    def over_members(self, field: FieldRef, aggregate: str) -> Node | None:
        return None

    def owner(self) -> Node | None:
        return None

    def members_of(self, field: FieldRef) -> exp.Select:
        raise InternalError(f"{field.name} is read as a list")

    def query(self, frame: Timeframe) -> exp.Select:
        query = exp.select().from_(self._source.copy())
        start, end = (self._time(name) for name in ("startTime", "endTime"))
        if self.table != PRIMARY:
            if not self.columns.tables[self.table]:
                return query.where(truth(False))
            query = self.dialect.unnested(
                query, self._children(self.table), self.table, self._place
            )
        limits = self._within(frame, start, end)
        return query.where(all_of(limits)) if limits else query

    def table_of(self, name: str) -> str:
        return (
            ENTRIES
            if name in (self.table, self._place) and self.table != PRIMARY
            else self._source.name
        )

    def _children(self, table: str) -> Node:
        return column(self._lists[table])

    def _time(self, name: str) -> Node | None:
        stored = self.columns.of(PRIMARY, name)
        return None if stored is None else column(stored.name)


class Flat(Layout):
    """A table of sessions and one for the children of each kind, joined by ``sessionRow``.

    The values of children that a row of usersession needs are aggregated per session, in a joined
    query.
    """

    def __init__(
        self, dialect: Dialect, columns: Columns, table: str, findings: Findings, prefix: str
    ) -> None:
        super().__init__(dialect, columns, table, findings)
        self._prefix = prefix
        self._gathered: dict[str, dict[Node, str]] = {}
        self._reads_session = table == PRIMARY
        self._beside_session: set[str] = set()

    def column_of(self, field: FieldRef) -> Node | None:
        stored = self.stored(field)
        if stored is None:
            return None
        self._reads_session |= field.table == PRIMARY
        return column(stored.name, field.table, quoted=not stored.is_plain)

    def each(self, table: str, body: Callable[[Raw], Node]) -> Node:
        def raw(field: FieldRef) -> Node | None:
            if field.table != table:
                self._beside_session.add(table)
            return self._of_child(field)

        return self._put(table, self.dialect.gather(body(raw)))

    def member(self, field: FieldRef) -> Node:
        raw = self._of_child(field)
        assert raw is not None
        return self._put(field.table, self.dialect.gather(raw))

    def some(self, field: FieldRef, test: Callable[[Node], Node]) -> Node:
        raw = self._of_child(field)
        if raw is None:
            return truth(False)
        return self._put(field.table, self.dialect.any_row(test(raw)))

    def exists(self, field: FieldRef, test: Callable[[Node], Node]) -> Node:
        raw = self._of_child(field)
        if raw is None:
            return truth(False)
        query = exp.select(whole(1)).from_(self._table(field.table))
        return exp.Exists(this=query.where(all_of([self._owned(field.table), test(raw)])))

    def over_members(self, field: FieldRef, aggregate: str) -> Node | None:
        raw = self._of_child(field)
        assert raw is not None
        return self._put(field.table, call(aggregate, raw))

    def owner(self) -> Node | None:
        return column(OWNER, self.table) if self.table == PRIMARY else None

    def members_of(self, field: FieldRef) -> exp.Select:
        raw = self._of_child(field)
        assert raw is not None
        shown = (named(column(OWNER, field.table), "session"), named(raw, "value"))
        return exp.select(*shown).from_(self._table(field.table)).where(present(raw))

    def stored(self, field: FieldRef) -> Stored | None:
        if _is_place(field):
            self._findings.add("entry-and-exit", matches_name(field.name))
        return super().stored(field)

    def table_of(self, name: str) -> str:
        raise InternalError(f"{name} is written without its table")

    def _of_child(self, field: FieldRef) -> Node | None:
        stored = self.stored(field)
        if stored is None:
            return None
        return column(stored.name, field.table, quoted=not stored.is_plain)

    def _put(self, table: str, aggregate: Node) -> Node:
        """What is put together of the children of a session, as a column of the joined query."""
        known = self._gathered.setdefault(table, {})
        name = known.setdefault(aggregate, f"of_session_{len(known) + 1}")
        return column(name, table)

    def query(self, frame: Timeframe) -> exp.Select:
        start, end = (self._time(name) for name in ("startTime", "endTime"))
        limits = self._within(frame, start, end)
        query = exp.select().from_(self._table(self.table))
        if self.table != PRIMARY:
            if not self.columns.tables[self.table]:
                return exp.select().from_(self._table(PRIMARY)).where(truth(False))
            if self._reads_session or limits:
                query = query.join(self._table(PRIMARY), on=self._owned(self.table))
        for table, columns in self._gathered.items():
            if self.columns.tables[table]:
                query = query.join(
                    self._per_session(table, columns), on=self._owned(table), join_type="left"
                )
        return query.where(all_of(limits)) if limits else query

    def _per_session(self, table: str, columns: dict[Node, str]) -> exp.Subquery:
        owner = column(OWNER, table)
        shown = [owner, *(named(node, name) for node, name in columns.items())]
        query = exp.select(*shown).from_(self._table(table)).group_by(owner)
        if table in self._beside_session:
            query = query.join(self._table(PRIMARY), on=self._owned(table))
        return query.subquery(table)

    def _owned(self, table: str) -> Node:
        return compare("=", column(OWNER, table), column(OWNER, PRIMARY))

    def _table(self, table: str) -> exp.Table:
        node = exp.to_table(f"{self._prefix}{table}", dialect=self.dialect.name)
        if self._prefix:
            node.set("alias", exp.TableAlias(this=exp.to_identifier(table)))
        return node

    def _time(self, name: str) -> Node | None:
        stored = self.columns.of(PRIMARY, name)
        return None if stored is None else column(stored.name, PRIMARY)
