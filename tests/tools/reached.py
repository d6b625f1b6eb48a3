"""The parts of the language that cases use, counted beside all that there are."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.oracle.agreement import Way, tree_of
from tests.oracle.strategies import Case, Question
from tests.oracle.strategies.fields import TABLES
from tests.oracle.strategies.oddities import ODDITIES
from usql.analysis import Clock, Timeframe, analyze, bound, profile_named
from usql.catalog.model import FieldType
from usql.language import syntax as s
from usql.language.functions import AGGREGATES, FUNCTIONS
from usql.language.literals.dateformat import LETTERS
from usql.queryable import Queryable

_TEXTS = ("string", "enum", "ip")
_VALUES = tuple(t.value for t in FieldType if t is not FieldType.PROPERTIES)
_ORDERED = tuple(t for t in _VALUES if t != "boolean")
_TESTS: dict[str, tuple[str, ...]] = {
    "Present": (*_VALUES, "properties"),
    "OneOf": _VALUES,
    "Range": _ORDERED,
    "Prefix": _TEXTS,
    "Matches": _TEXTS,
}

_REFUSED = {"Node", "Bare", "Hole", "Unjudged"}
"""Forms and kinds of bound nodes that no query has that runs: placeholders are filled in before."""

PARTS: dict[str, frozenset[str]] = {
    "table": frozenset(TABLES),
    "node": frozenset(n for n, c in vars(bound).items() if dataclasses.is_dataclass(c)) - _REFUSED,
    "form": frozenset(n for n, c in vars(s).items() if isinstance(c, type) and issubclass(c, s.Node)) - _REFUSED,
    "function": frozenset(FUNCTIONS),
    "metric": frozenset(AGGREGATES),
    "metric of rows that fit": frozenset(AGGREGATES),
    "type": frozenset(t.value for t in FieldType),
    "list of": frozenset({"string", "long", "double"}),
    "property of": frozenset({"string", "long", "double", "timestamp"}),
    "test": frozenset(f"{test} of {kind}" for test, kinds in _TESTS.items() for kind in kinds),
    "key of": frozenset({*_VALUES, "DatePart", "DateText", "Keys", "Calculation", "Rounded"}),
    "operator": frozenset("+-*/%"),
    "comparison": frozenset({"=", "!=", "<", "<=", ">", ">="}),
    "FILTER": frozenset({"=", "!=", "<", "<=", ">", ">="}),
    "letter": frozenset(f"{letter}{width}" for letter in LETTERS for width in range(1, 6)),
    "interval": frozenset({"fixed", "week", "month", "year"}),
    "variable": frozenset({"NOW", "TIME_FRAME_START", "TIME_FRAME_END"}),
    "duration": frozenset("yqMwdhms"),
    "clause": frozenset({"DISTINCT", "WHERE", "GROUP BY", "ORDER BY", "DESC", "LIMIT", "AS", "LIMIT 0"}),
    "profile": frozenset({"dynatrace", "offline"}),
    "timeframe": frozenset({"none", "start", "end", "both"}),
    "oddity": frozenset(ODDITIES),
    "way": frozenset({"whole", "in pieces", "in states", "1 thread", "2 threads", "indexes", "few indexes", "no indexes",
                      "asked again", "saved", "explained", "little memory", "many rows", "rows in order of time",
                      "in parts", "cancelled", "timeout"}),
}  # fmt: skip
"""All that there is of each part of the language and of each way to ask."""


class Reached:
    """Counts of what some cases used."""

    def __init__(self) -> None:
        self.questions = 0
        self.counts: dict[str, Counter[str]] = {part: Counter() for part in PARTS}

    def add(self, case: Case, way: Way, data: Queryable) -> None:
        """Count a case that was asked in some way; ``data`` are its sessions."""
        self.questions += len(case.questions)
        self.counts["oddity"].update(case.oddities)
        self.counts["way"].update(_ways(case, way))
        for question in case.questions:
            self._add(question, data)

    def percent(self, part: str) -> float:
        """Of all that there is of a part, the percent that was reached."""
        return 100 * len(PARTS[part] & self.counts[part].keys()) / len(PARTS[part])

    def table(self) -> str:
        """All parts, with what was never reached."""
        rows = [("", "reached", "", "never")]
        for part, every in PARTS.items():
            found = every & self.counts[part].keys()
            never = ", ".join(sorted(every - found))
            rows.append(
                (part, f"{len(found)} of {len(every)}", f"{self.percent(part):.1f} %", never)
            )
        return "\n".join(f"{a:24} {b:>12} {c:>8}  {d}".rstrip() for a, b, c, d in rows)

    def _add(self, question: Question, data: Queryable) -> None:
        tree = tree_of(question.text)
        assert tree.query is not None
        clock = Clock(question.options["now"], 0, 0, question.utc_offset)
        frame = Timeframe(question.start, question.end)
        meaning = analyze(tree, data.catalog, profile_named("offline"), clock, frame).bound
        assert meaning is not None
        self._count("table", meaning.table)
        self._count("profile", question.profile)
        limits = (
            "start" if question.start is not None else "",
            "end" if question.end is not None else "",
        )
        self._count("timeframe", "both" if all(limits) else "".join(limits) or "none")
        for clause in _clauses(tree.query):
            self._count("clause", clause)
        for node in walk(tree.query):
            self._count("form", type(node).__name__)
            self._form(node)
        for node in walk(meaning):
            self._count("node", type(node).__name__)
            self._node(node)

    def _count(self, part: str, name: str) -> None:
        self.counts[part][name] += 1

    def _form(self, node: object) -> None:
        match node:
            case s.Call(name="DURATION", arguments=(s.String(value=text),)):
                self._count("function", "DURATION")
                self._count("duration", text[-1])
            case s.Call(name=name):
                self._count("function", name)
            case s.Funnel():
                self._count("function", "FUNNEL")
            case s.Variable(name=name):
                self._count("variable", name)
            case s.Comparison(op=op):
                self._count("comparison", op)

    def _node(self, node: object) -> None:
        match node:
            case bound.FieldRef(type=kind, is_list=is_list, key=key):
                self._count("type", kind.value)
                if is_list:
                    self._count("list of", kind.value)
                if key is not None:
                    self._count("property of", kind.value)
            case bound.Test(field=field, predicate=predicate):
                self._count("test", f"{type(predicate).__name__} of {field.type.value}")
            case bound.Metric(function=function, where=where):
                self._count("metric" if where is None else "metric of rows that fit", function)
            case bound.Key(expression=bound.FieldRef(type=kind)):
                self._count("key of", kind.value)
            case bound.Key(expression=expression):
                self._count("key of", type(expression).__name__)
            case bound.Calculation(op=op):
                self._count("operator", op)
            case bound.GroupFilter(op=op):
                self._count("FILTER", op)
            case bound.DateText(format=form, interval=interval):
                for letter, width in form.parts:
                    self._count("letter", f"{letter}{width}")
                if interval is not None:
                    self._count("interval", interval.kind)


def walk(node: Any) -> Iterator[Any]:
    """A tree's or a bound query's nodes."""
    if isinstance(node, tuple):
        for entry in node:
            yield from walk(entry)
    elif dataclasses.is_dataclass(node):
        yield node
        for field in dataclasses.fields(node):
            yield from walk(getattr(node, field.name))


def _clauses(query: s.Query) -> Iterator[str]:
    found = {
        "DISTINCT": query.distinct,
        "WHERE": query.where,
        "GROUP BY": query.group_by,
        "ORDER BY": query.order_by,
        "DESC": any(order.direction is s.Direction.DESC for order in query.order_by),
        "LIMIT": query.limit is not None,
        "LIMIT 0": query.limit == 0,
        "AS": any(item.alias for item in query.items),
    }
    return (name for name, is_there in found.items() if is_there)


def _ways(case: Case, way: Way) -> Iterator[str]:
    found = {
        "whole": way.rows is None and way.spread is None and not way.parts,
        "in pieces": way.rows is not None,
        "in states": way.spread is not None,
        "in parts": way.parts,
        "cancelled": way.stopped,
        "timeout": way.stopped == 0,
        "1 thread": way.threads == 1,
        "2 threads": way.threads == 2,
        "indexes": way.index_memory is None,
        "few indexes": way.index_memory,
        "no indexes": way.index_memory == 0,
        "asked again": way.times > 1,
        "saved": way.saved,
        "explained": way.explained,
        "little memory": way.memory_limit,
        "many rows": case.repeated > 1,
        "rows in order of time": case.in_order,
    }
    return (name for name, is_there in found.items() if is_there)
